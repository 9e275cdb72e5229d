"""Notices of the operators to many people, and their messages in the outbox."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.create_table(
        "broadcasts",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("reply", sa.Text(), nullable=False),
        sa.Column("audience", sa.String(length=16), nullable=False),
        sa.Column("channels", sa.String(length=64), nullable=False),
        sa.Column("operator", sa.String(length=160), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("ends_at", sa.BigInteger(), nullable=False),
        sa.Column("people", sa.BigInteger(), nullable=False),
        sa.Column("past_channel", sa.String(length=16), nullable=False),
        sa.Column("past_user", sa.String(length=128), nullable=False),
        sa.Column("is_planned", sa.Boolean(), nullable=False),
        *(
            sa.Column(name, sa.BigInteger(), nullable=False)
            for name in ("planned", "sent", "refused", "unknown", "expired")
        ),
        sa.PrimaryKeyConstraint("id"),
        sqlite_autoincrement=True,
    )
    op.add_column("outbox", sa.Column("broadcast", sa.BigInteger(), nullable=True))
    for name in ("outbox_waiting", "outbox_by_end"):  # by its state SQLite read all that wait to find a few ids
        op.drop_index(name, "outbox")
    _index("outbox_by_end", ["expires_at"], "state = 'planned'")
    _index("outbox_under_way", ["channel"], "state = 'sending'")
    _index("outbox_ended", ["expires_at"], "state NOT IN ('planned', 'sending')")
    _index("outbox_waiting", ["channel", "turn", "id"], "state = 'planned' AND broadcast IS NULL")
    _index(
        "outbox_of_broadcasts",
        ["broadcast", "channel", "due_at", "id"],
        "state = 'planned' AND broadcast IS NOT NULL",
    )
    _index("outbox_once_a_broadcast", ["broadcast", "channel", "user"], "broadcast IS NOT NULL", unique=True)


def _index(name: str, columns: list[str], where: str, unique: bool = False) -> None:
    condition = sa.text(where)
    op.create_index(name, "outbox", columns, unique=unique, sqlite_where=condition, postgresql_where=condition)
