"""The terms of polls, their counters by the hour, and room for the slots of a daily vote."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column("polls", sa.Column("terms", sa.Text(), nullable=True))
    op.add_column("polls", sa.Column("last_at", sa.BigInteger(), nullable=True))
    op.create_table(
        "snapshots",
        sa.Column("poll", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("ballots", sa.BigInteger(), nullable=False),
        sa.Column("voters", sa.BigInteger(), nullable=False),
        sa.Column("votes", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("poll", "at"),
        sqlite_with_rowid=False,
    )
    if op.get_bind().dialect.name == "postgresql":  # SQLite's integers have one width
        op.alter_column("ledger", "slot", type_=sa.Integer())
        op.alter_column("ballots", "slot", type_=sa.Integer())
