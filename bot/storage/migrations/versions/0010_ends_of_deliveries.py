"""What became of a delivery, in what order messages go out, and when their records go."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.add_column("deliveries", sa.Column("reason", sa.String(length=64), nullable=False, server_default=sa.text("''")))
    op.create_index("deliveries_by_age", "deliveries", ["at"], unique=False)
    op.add_column("outbox", sa.Column("day", sa.String(length=10), nullable=True))
    op.add_column("outbox", sa.Column("turn", sa.BigInteger(), nullable=False, server_default=sa.text("0")))
    op.execute("UPDATE outbox SET turn = -due_at")
    op.drop_index("outbox_by_state", "outbox")
    op.drop_index("outbox_by_person", "outbox")
    op.create_index(
        "outbox_waiting",
        "outbox",
        ["channel", "turn", "id"],
        unique=False,
        sqlite_where=sa.text("state = 'planned'"),
        postgresql_where=sa.text("state = 'planned'"),
    )
    op.create_index("outbox_by_end", "outbox", ["state", "expires_at"], unique=False)
    op.create_index("outbox_by_person", "outbox", ["channel", "user"], unique=False)
    # What was planned by the version before cannot be told from what went out: its link is not on record.
    op.execute("UPDATE deliveries SET state = 'unknown', reason = 'not recorded' WHERE state = 'planned'")
