"""What talks were about is forgotten by its age."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0011"


def upgrade() -> None:
    op.create_index(
        "people_by_topic_age",
        "people",
        ["topic_at"],
        unique=False,
        sqlite_where=sa.text("topic_at IS NOT NULL"),
        postgresql_where=sa.text("topic_at IS NOT NULL"),
    )
