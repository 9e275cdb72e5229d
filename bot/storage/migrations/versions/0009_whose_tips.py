"""What a person wants of the daily tip: whom it is for, about what, on which days, from when on; and a streak."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    for column in (
        sa.Column("audience", sa.String(length=16), nullable=False, server_default="everyone"),
        sa.Column("topics", sa.String(length=128), nullable=True),
        sa.Column("days", sa.String(length=7), nullable=False, server_default="1234567"),
        sa.Column("paused_until", sa.String(length=10), nullable=True),
        sa.Column("weekly_asked", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("streak", sa.Integer(), nullable=True),
        sa.Column("streak_day", sa.String(length=10), nullable=True),
    ):
        op.add_column("subscriptions", column)
