"""Photos of stories."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.add_column("stories", sa.Column("photo", sa.String(length=32), nullable=True))
    op.add_column("stories", sa.Column("photo_digest", sa.LargeBinary(length=32), nullable=True))
    op.create_table(
        "photos",
        sa.Column("key", sa.String(length=32), nullable=False),
        sa.Column("story", sa.BigInteger(), nullable=True),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=True),
        sa.Column("jpeg", sa.LargeBinary(), nullable=True),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_index("photos_by_story", "photos", ["story"], unique=False)
    op.create_index(
        "photos_due",
        "photos",
        ["due_at"],
        unique=False,
        sqlite_where=sa.text("due_at IS NOT NULL"),
        postgresql_where=sa.text("due_at IS NOT NULL"),
    )
