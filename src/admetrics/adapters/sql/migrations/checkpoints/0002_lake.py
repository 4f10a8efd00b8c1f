"""The lake that the claims are of. Which one that was before is not known: the first that fits is adopted."""

import sqlalchemy as sa
from alembic import op

revision = "checkpoints_0002"
down_revision = "checkpoints_0001"

OPTIONS = {"mysql_engine": "InnoDB", "mysql_charset": "utf8mb4", "mysql_collate": "utf8mb4_bin"}


def upgrade() -> None:
    op.create_table(
        "checkpoint_lake",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("identity", sa.String(64), nullable=False),
        if_not_exists=True,
        **OPTIONS,
    )


def downgrade() -> None:
    op.drop_table("checkpoint_lake")
