"""Views with the key figures, for tools that speak SQL; indexes for those by day and by job; the results of reconcile.

A server that cannot roll back a CREATE may have been stopped between two of them: what is there stays, or is replaced.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

from admetrics.adapters.sql.migrations.views import VIEWS, create_views

revision = "warehouse_0002"
down_revision = "warehouse_0001"

OPTIONS: dict[str, Any] = {
    "mysql_engine": "InnoDB",
    "mysql_charset": "utf8mb4",
    "mysql_collate": "utf8mb4_bin",
    "if_not_exists": True,
}
TIME = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")
INDEXES = {"events_by_day": ["dates"], "events_by_job": ["job_id", "event_hour"]}


def upgrade() -> None:
    create_indexes()
    create_reconciliations()
    create_views()


def downgrade() -> None:
    for view in VIEWS:
        op.execute(f"DROP VIEW {view}")
    op.drop_table("reconciliations")
    for index in INDEXES:
        op.drop_index(index, "events")


def create_indexes() -> None:
    """Create the indexes that are not there: CREATE INDEX IF NOT EXISTS is not known everywhere."""
    there = {index["name"] for index in sa.inspect(op.get_bind()).get_indexes("events")}
    for name in INDEXES.keys() - there:
        op.create_index(name, "events", INDEXES[name])


def create_reconciliations() -> None:
    op.create_table(
        "reconciliations",
        sa.Column("made", TIME, primary_key=True),
        sa.Column("first_hour", TIME),
        sa.Column("last_hour", TIME),
        sa.Column("hours", sa.BigInteger, nullable=False),
        sa.Column("cells", sa.BigInteger, nullable=False),
        sa.Column("different", sa.BigInteger, nullable=False),
        sa.Column("pending", sa.BigInteger, nullable=False),
        sa.Column("repaired", sa.BigInteger, nullable=False),
        sqlite_with_rowid=False,
        **OPTIONS,
    )
