"""How much there was on each day, counted from what is stored, and what is uploaded at the desk."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"

# The local day of an instant in milliseconds: Guangdong has been at UTC+8 without summer time since 1991.
_DAY = {
    "sqlite": "date(joined_at / 1000 + 28800, 'unixepoch')",
    "postgresql": "to_char(to_timestamp(joined_at / 1000 + 28800) AT TIME ZONE 'UTC', 'YYYY-MM-DD')",
}
_ENDS = "'sent', 'refused', 'unknown', 'expired', 'skipped'"


def upgrade() -> None:
    op.create_table(
        "daily_figures",
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("figure", sa.String(length=16), nullable=False),
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("place", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("day", "channel", "figure", "subject", "place"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "desk_uploads",
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("colleague", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("digest"),
    )
    op.create_index("desk_uploads_by_age", "desk_uploads", ["at"], unique=False)
    day = _DAY[op.get_bind().dialect.name]
    into = "INSERT INTO daily_figures (day, channel, figure, subject, place, number)"
    op.execute(f"{into} SELECT {day}, channel, 'joined', '', 0, count(*) FROM people GROUP BY 1, 2")  # noqa: S608
    # Their reasons may be a platform's own words, and were not counted by day: they stay where they are.
    op.execute(
        f"{into} SELECT day, channel, state, '', 0, count(*) FROM deliveries"  # noqa: S608
        f" WHERE state IN ({_ENDS}) GROUP BY 1, 2, 3"
    )
    op.execute(
        f"{into} SELECT day, channel, 'due', '', 0, count(*) FROM deliveries"  # noqa: S608
        " WHERE state NOT IN ('skipped', 'shown') GROUP BY 1, 2"
    )
