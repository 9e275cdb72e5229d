"""The switch by which all sending waits, what somebody has seen to before the service opens, notices of the desk."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"


def upgrade() -> None:
    op.add_column("broadcasts", sa.Column("revision", sa.Integer(), nullable=True))
    op.create_index("broadcasts_by_revision", "broadcasts", ["revision"], unique=True)
    op.create_table(
        "halts",
        sa.Column("id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("who", sa.String(length=160), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "ticks",
        sa.Column("item", sa.String(length=32), nullable=False),
        sa.Column("who", sa.String(length=160), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("item"),
    )
