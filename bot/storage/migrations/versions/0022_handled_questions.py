"""Which kept questions somebody has dealt with, and which entry answered them."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    op.add_column("questions", sa.Column("handled_at", sa.BigInteger(), nullable=True))
    op.create_index("questions_by_entry", "questions", ["entry", "expires_at"], unique=False)
