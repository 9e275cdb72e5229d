"""Counts by channel; ballots that are held, why, and what operators decided."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    for name in ("channel", "act"):
        op.add_column("ledger", sa.Column(name, sa.SmallInteger(), nullable=True))
    op.add_column("ledger", sa.Column("fresh", sa.Boolean(), nullable=True))
    op.add_column("ballots", sa.Column("channel", sa.SmallInteger(), nullable=True))
    for table in ("polls", "tallies", "snapshots"):
        op.add_column(table, sa.Column("held", sa.BigInteger(), nullable=False, server_default="0"))
    op.add_column("polls", sa.Column("holds", sa.BigInteger(), nullable=False, server_default="0"))
    for table in ("polls", "snapshots"):
        op.add_column(table, sa.Column("channels", sa.Text(), nullable=False, server_default="{}"))
    # Nobody knows over which channel the ballots came that are there already.
    op.execute("UPDATE polls SET channels = '{\"0\":[' || ballots || ',' || voters || ']}' WHERE ballots > 0")
    op.create_table(
        "watches",
        sa.Column("poll", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("poll"),
    )
    op.create_table(
        "cases",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("poll", sa.Integer(), nullable=False),
        sa.Column("detector", sa.String(length=16), nullable=False),
        sa.Column("option", sa.SmallInteger(), nullable=False),
        sa.Column("numbers", sa.Text(), nullable=False),
        sa.Column("voters", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sqlite_autoincrement=True,
    )
    op.create_index("cases_by_state", "cases", ["state", "at"], unique=False)
    op.create_table(
        "holds",
        sa.Column("poll", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("voter", sa.LargeBinary(length=16), nullable=False),
        sa.Column("case", sa.BigInteger(), nullable=False),
        sa.Column("act", sa.SmallInteger(), nullable=False),
        sa.PrimaryKeyConstraint("poll", "voter"),
        sqlite_with_rowid=False,
    )
    op.create_index("holds_by_case", "holds", ["case"], unique=False)
    op.create_table(
        "rulings",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("case", sa.BigInteger(), nullable=False),
        sa.Column("appeal", sa.BigInteger(), nullable=True),
        sa.Column("operator", sa.String(length=160), nullable=False),
        sa.Column("verdict", sa.String(length=16), nullable=False),
        sa.Column("voters", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("rulings_by_case", "rulings", ["case"], unique=False)
    op.create_table(
        "appeals",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("poll", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("user", sa.String(length=128), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("answer", sa.String(length=16), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sqlite_autoincrement=True,
    )
    op.create_index("appeals_by_person", "appeals", ["poll", "channel", "user"], unique=True)
