"""What a channel keeps for itself: its access token, and how far it may write to a person."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.create_table(
        "channel_records",
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("user", sa.String(length=128), nullable=False),
        sa.Column("state", sa.LargeBinary(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("channel", "user"),
        sqlite_with_rowid=False,
    )
    op.create_index("channel_records_by_age", "channel_records", ["until"], unique=False)
