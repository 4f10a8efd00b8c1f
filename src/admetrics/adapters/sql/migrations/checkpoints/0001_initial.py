"""The checkpoint store: the counter, claims by hour and minute, cells, handled and requested arrivals.

A server that cannot roll back a CREATE TABLE may have been stopped between two of them: what is there stays.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "checkpoints_0001"
down_revision = None

OPTIONS: dict[str, Any] = {
    "mysql_engine": "InnoDB",
    "mysql_charset": "utf8mb4",
    "mysql_collate": "utf8mb4_bin",
    "if_not_exists": True,
}
TIME = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")


def upgrade() -> None:
    create_counter()
    create_claims()
    create_cells()
    create_arrivals("checkpoint_handled")
    create_arrivals("checkpoint_requests")


def downgrade() -> None:
    for table in ("requests", "handled", "cells", "minutes", "hours", "counter"):
        op.drop_table(f"checkpoint_{table}")


def create_counter() -> None:
    op.create_table(
        "checkpoint_counter",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        **OPTIONS,
    )
    if op.get_bind().scalar(sa.text("SELECT count(*) FROM checkpoint_counter")) == 0:
        op.execute("INSERT INTO checkpoint_counter (id, version) VALUES (1, 0)")


def create_claims() -> None:
    op.create_table(
        "checkpoint_hours",
        sa.Column("hour", TIME, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("hour"),
        sqlite_with_rowid=False,
        **OPTIONS,
    )
    op.create_table(
        "checkpoint_minutes",
        sa.Column("hour", TIME, nullable=False),
        sa.Column("minute", TIME, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("hour", "minute"),
        sqlite_with_rowid=False,
        **OPTIONS,
    )


def create_cells() -> None:
    op.create_table(
        "checkpoint_cells",
        sa.Column("hour", TIME, nullable=False),
        sa.Column("job", sa.Integer, nullable=False),
        sa.Column("publisher", sa.Integer, nullable=False),
        sa.Column("campaign", sa.Integer, nullable=False),
        sa.Column("group_id", sa.Integer, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("digest", sa.LargeBinary(16)),
        sa.PrimaryKeyConstraint("hour", "job", "publisher", "campaign", "group_id"),
        sqlite_with_rowid=False,
        **OPTIONS,
    )
    create_index("checkpoint_cells_by_job", "checkpoint_cells", ["job", "hour"])
    create_index("checkpoint_cells_by_version", "checkpoint_cells", ["version"])


def create_arrivals(name: str) -> None:
    op.create_table(
        name,
        sa.Column("batch", sa.String(64), nullable=False),
        sa.Column("hour", TIME, nullable=False),
        sa.PrimaryKeyConstraint("batch", "hour"),
        sqlite_with_rowid=False,
        **OPTIONS,
    )


def create_index(name: str, table: str, columns: list[str], *, unique: bool = False) -> None:
    """Create an index unless it is there: CREATE INDEX IF NOT EXISTS is not known everywhere."""
    if name not in {index["name"] for index in sa.inspect(op.get_bind()).get_indexes(table)}:
        op.create_index(name, table, columns, unique=unique)
