"""Table `events`, the accounting and the dimensions.

A server that cannot roll back a CREATE TABLE may have been stopped between two of them: what is there stays.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "warehouse_0001"
down_revision = None

OPTIONS: dict[str, Any] = {
    "mysql_engine": "InnoDB",
    "mysql_charset": "utf8mb4",
    "mysql_collate": "utf8mb4_bin",
    "if_not_exists": True,
}
TIME = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")
AMOUNT = sa.Numeric(30, 10).with_variant(sa.String(32), "sqlite")
SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    create_events()
    create_accounting()
    create_dimensions()


def downgrade() -> None:
    for table in ("moved_jobs", "master_publisher", "company", "group", "campaign", "job", "accounting", "events"):
        op.drop_table(table)


def create_events() -> None:
    op.create_table(
        "events",
        sa.Column("job_id", sa.Integer, nullable=False),
        sa.Column("dates", TIME, nullable=False),
        sa.Column("hours", sa.Integer, nullable=False),
        sa.Column("publisher_id", sa.Integer, nullable=False),
        sa.Column("company_id", sa.Integer),
        sa.Column("campaign_id", sa.Integer, nullable=False),
        sa.Column("group_id", sa.Integer, nullable=False),
        sa.Column("disqualified_application", sa.BigInteger, nullable=False),
        sa.Column("qualified_application", sa.BigInteger, nullable=False),
        sa.Column("conversion", sa.BigInteger, nullable=False),
        sa.Column("clicks", sa.BigInteger, nullable=False),
        sa.Column("bid_set", sa.Double, nullable=False),
        sa.Column("spend_hour", sa.Double, nullable=False),
        sa.Column("sources", sa.String(64), nullable=False),
        sa.Column("latest_update_time", TIME, nullable=False),
        sa.Column("impressions", sa.BigInteger, nullable=False),
        sa.Column("page_views", sa.BigInteger, nullable=False),
        sa.Column("event_hour", TIME, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("event_hour", "job_id", "publisher_id", "campaign_id", "group_id"),
        sqlite_with_rowid=False,
        **OPTIONS,
    )
    create_index("events_by_campaign", "events", ["campaign_id", "event_hour"])
    create_index("events_by_company", "events", ["company_id", "event_hour"])
    create_index("events_by_update", "events", ["latest_update_time"])


def create_accounting() -> None:
    op.create_table(
        "accounting",
        sa.Column("event_hour", TIME, nullable=False),
        sa.Column("outcome", sa.String(100), nullable=False),
        sa.Column("events", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("event_hour", "outcome"),
        sqlite_with_rowid=False,
        **OPTIONS,
    )


def create_dimensions() -> None:
    create_dimension(
        "job",
        sa.Column("company_id", sa.Integer),
        sa.Column("campaign_id", sa.Integer),
        sa.Column("group_id", sa.Integer),
        sa.Column("title", sa.Text),
        sa.Column("budget", AMOUNT),
    )
    create_dimension(
        "campaign",
        sa.Column("company_id", sa.Integer),
        sa.Column("name", sa.Text),
        sa.Column("budget_total", AMOUNT),
        sa.Column("unit_budget", sa.String(64)),
        sa.Column("start_date", sa.Date),
        sa.Column("end_date", sa.Date),
    )
    create_dimension(
        "group",
        sa.Column("campaign_id", sa.Integer),
        sa.Column("name", sa.Text),
        sa.Column("budget_group", AMOUNT),
    )
    create_dimension("company", sa.Column("name", sa.Text))
    create_dimension(
        "master_publisher",
        sa.Column("name", sa.Text),
        sa.Column("currency", sa.String(64)),
        sa.Column("time_zone", sa.String(64)),
        sa.Column("cpc_increment", AMOUNT),
        sa.Column("min_bid", AMOUNT),
        sa.Column("max_bid", AMOUNT),
    )
    op.create_table(
        "moved_jobs",
        sa.Column("number", SERIAL, primary_key=True),
        sa.Column("job", sa.Integer, nullable=False),
        sqlite_autoincrement=True,
        **OPTIONS,
    )
    create_index("moved_jobs_by_job", "moved_jobs", ["job"], unique=True)


def create_dimension(name: str, *columns: sa.Column[Any]) -> None:
    identity = sa.Column("id", sa.Integer, primary_key=True, autoincrement=False)
    op.create_table(name, identity, *columns, **OPTIONS)


def create_index(name: str, table: str, columns: list[str], *, unique: bool = False) -> None:
    """Create an index unless it is there: CREATE INDEX IF NOT EXISTS is not known everywhere."""
    if name not in {index["name"] for index in sa.inspect(op.get_bind()).get_indexes(table)}:
        op.create_index(name, table, columns, unique=unique)
