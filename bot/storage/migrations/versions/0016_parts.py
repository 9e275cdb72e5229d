"""Long answers are kept for who asks for the rest, and who wants little at a time is remembered."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    op.add_column("people", sa.Column("plain", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_table(
        "long_answers",
        sa.Column("channel", sa.String(16), nullable=False),
        sa.Column("user", sa.String(128), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("channel", "user"),
        sqlite_with_rowid=False,
    )
    op.create_index("long_answers_by_age", "long_answers", ["at"])
