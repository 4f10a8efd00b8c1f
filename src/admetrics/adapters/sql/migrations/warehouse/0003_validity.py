"""Valid and invalid clicks in table `events` and in the views; the campaigns whose flight changed.

Rows from before hold 0 in the new columns until their hours are rebuilt. A server that cannot roll back an ALTER may
have been stopped between two of them: what is there stays.
"""

import sqlalchemy as sa
from alembic import op

from admetrics.adapters.sql.measures import GROSS, NET, NET_RATIOS
from admetrics.adapters.sql.migrations.views import VIEWS, add_columns, create_views

revision = "warehouse_0003"
down_revision = "warehouse_0002"


def upgrade() -> None:
    add_columns("events", NET)
    create_moved_campaigns()
    create_views(measures={**GROSS, **{name: name for name in NET}}, ratios=NET_RATIOS)


def downgrade() -> None:
    for view in VIEWS:
        op.execute(f"DROP VIEW {view}")
    op.drop_table("moved_campaigns")
    for name in NET:
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
