"""Sums of the days that are over. Days from before are summed one after the other, by the loads that follow."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

from admetrics.adapters.sql.measures import SUMMED

revision = "warehouse_0004"
down_revision = "warehouse_0003"

TIME = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")
OPTIONS = {"mysql_engine": "InnoDB", "mysql_charset": "utf8mb4", "mysql_collate": "utf8mb4_bin"}
KEYS = ("job_id", "publisher_id", "campaign_id", "group_id")


def upgrade() -> None:
    op.create_table(
        "days",
        sa.Column("dates", TIME, nullable=False),
        sa.Column("is_summed", sa.Boolean, nullable=False),
        sa.Column("changed", TIME, nullable=False),
        sa.PrimaryKeyConstraint("dates"),
        sqlite_with_rowid=False,
        if_not_exists=True,
        **OPTIONS,
    )
    op.create_table(
        "daily_sums",
        sa.Column("dates", TIME, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        *(sa.Column(name, sa.Integer, nullable=False) for name in KEYS),
        sa.Column("company_id", sa.Integer),
        *(sa.Column(name, kind, nullable=False) for name, kind in SUMMED.items()),
        sa.PrimaryKeyConstraint("dates", "number"),
        sqlite_with_rowid=False,
        if_not_exists=True,
        **OPTIONS,
    )
    op.execute("DELETE FROM days")  # of an upgrade that was stopped
    op.execute("INSERT INTO days (dates, is_summed, changed) SELECT DISTINCT dates, 0, dates FROM events")


def downgrade() -> None:
    op.drop_table("daily_sums")
    op.drop_table("days")
