"""Valid and invalid clicks in table `events` and in the views; the campaigns whose flight changed.

Rows from before hold 0 in the new columns until their hours are rebuilt. A server that cannot roll back an ALTER may
have been stopped between two of them: what is there stays.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

from admetrics.adapters.sql.migrations.views import GROSS, GROSS_RATIOS, VIEWS, create_views

revision = "warehouse_0003"
down_revision = "warehouse_0002"

COLUMNS: dict[str, Any] = {
    "paid_clicks": sa.BigInteger,
    "valid_clicks": sa.BigInteger,
    "valid_spend": sa.Double,
    "internal_clicks": sa.BigInteger,
    "robot_clicks": sa.BigInteger,
    "repeat_clicks": sa.BigInteger,
    "out_of_flight_clicks": sa.BigInteger,
}


def upgrade() -> None:
    there = {column["name"] for column in sa.inspect(op.get_bind()).get_columns("events")}
    for name, kind in COLUMNS.items():
        if name not in there:
            op.add_column("events", sa.Column(name, kind, nullable=False, server_default="0"))
    create_moved_campaigns()
    create_views(
        measures={**GROSS, **{name: name for name in COLUMNS}},
        ratios={**GROSS_RATIOS, "invalid_rate": "1e0 * (f.clicks - f.valid_clicks) / NULLIF(f.clicks, 0)"},
    )


def downgrade() -> None:
    for view in VIEWS:
        op.execute(f"DROP VIEW {view}")
    op.drop_table("moved_campaigns")
    for name in COLUMNS:
        op.drop_column("events", name)
    create_views()


def create_moved_campaigns() -> None:
    serial = sa.BigInteger().with_variant(sa.Integer(), "sqlite")  # SQLite numbers only columns of its own INTEGER
    op.create_table(
        "moved_campaigns",
        sa.Column("number", serial, primary_key=True),
        sa.Column("campaign", sa.Integer, nullable=False),
        sqlite_autoincrement=True,
        mysql_engine="InnoDB",
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
        if_not_exists=True,
    )
    there = {index["name"] for index in sa.inspect(op.get_bind()).get_indexes("moved_campaigns")}
    if "moved_campaigns_by_campaign" not in there:
        op.create_index("moved_campaigns_by_campaign", "moved_campaigns", ["campaign"], unique=True)
