"""How much there was on each day: counted in the commit that does it, or looked up from time to time."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from msgspec import Struct
from sqlalchemy import Connection, bindparam, func, literal_column, select

from bot.domain.figures import LEVELS, Count, Figure, Span, reason_of
from bot.domain.times import home_date
from bot.storage.database import Database
from bot.storage.instants import milliseconds
from bot.storage.prepared import Change
from bot.storage.tables import daily_figures, people, polls, snapshots, subscriptions
from bot.storage.upsert import upsert, upsert_in
from bot.storage.votes import channels_counted
from bot.storage.writer import Kind

SUBSCRIBED = ("active", "paused")
_DAY_MS = 24 * 60 * 60 * 1000
_HOME_MS = 8 * 60 * 60 * 1000  # Guangdong is at UTC+8; a day of it begins at a full hour, of which there is a snapshot
_COLUMNS = daily_figures.c
_KEYS = ["day", "channel", "figure", "subject", "place"]


class Levels(Struct, frozen=True):
    """How many there are now, by level and channel."""

    day: date
    numbers: dict[str, dict[str, int]]


class FigureRecords:
    """Satisfies bot.domain.figures.FigureStore."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def between(self, span: Span) -> list[Count]:
        number = func.sum(_COLUMNS.number).label("number")
        query = (
            select(_COLUMNS.day, _COLUMNS.channel, _COLUMNS.figure, _COLUMNS.subject, number)
            .where(_COLUMNS.day >= span.first.isoformat(), _COLUMNS.day <= span.last.isoformat())
            .where(_COLUMNS.figure.not_in(LEVELS))
            .group_by(_COLUMNS.day, _COLUMNS.channel, _COLUMNS.figure, _COLUMNS.subject)
        )
        async with self._database.reading() as connection:
            rows = await connection.execute(query)
            return [
                Count(date.fromisoformat(day), channel, figure, subject, int(number))
                for day, channel, figure, subject, number in rows
            ]

    async def levels(self, day: date) -> dict[str, int]:
        newest = (
            select(func.max(_COLUMNS.day))
            .where(_COLUMNS.day <= day.isoformat(), _COLUMNS.figure == bindparam("level"))
            .scalar_subquery()
        )
        query = select(func.sum(_COLUMNS.number)).where(_COLUMNS.day == newest, _COLUMNS.figure == bindparam("level"))
        async with self._database.reading() as connection:
            return {level: int(await connection.scalar(query, {"level": level}) or 0) for level in LEVELS}

    async def ballots(self, poll: str, instants: Sequence[datetime]) -> list[dict[str, int]]:
        """From the counters of full hours: the ledger is not looked at."""
        columns, since = snapshots.c, milliseconds(instants[0])
        of_poll = select(polls.c.id).where(polls.c.name == poll).scalar_subquery()
        first = (
            select(func.min(columns.at))
            .where(columns.poll == of_poll, columns.at >= since)
            .group_by((columns.at + _HOME_MS) // _DAY_MS)
        )
        query = select(columns.at, columns.channels).where(columns.poll == of_poll, columns.at.in_(first))
        async with self._database.reading() as connection:
            live = await connection.scalar(select(polls.c.channels).where(polls.c.name == poll))
            stood = [(row.at, row.channels) for row in await connection.execute(query.order_by(columns.at))]
        return [_ballots(_as_of(stood, milliseconds(instant), live or "{}")) for instant in instants]

    async def look(self, at: datetime) -> None:
        """Look up the levels: a while on many rows, beside which nobody waits."""
        known = select(people.c.channel, func.count()).group_by(people.c.channel)
        subscribed = (
            select(subscriptions.c.channel, func.count())
            .where(subscriptions.c.state.in_(SUBSCRIBED))
            .group_by(subscriptions.c.channel)
        )
        numbers = dict[str, dict[str, int]]()
        for level, query in zip(LEVELS, (known, subscribed), strict=True):
            async with self._database.reading() as connection:
                numbers[level] = {row[0]: row[1] for row in await connection.execute(query)}
        await self._database.writer.write(_LEVELS, Levels(home_date(at), numbers))


def _as_of(stood: Sequence[tuple[int, str]], at: int, live: str) -> str:
    """What the counters were at an instant: those that were written first at it or later."""
    return next((channels for hour, channels in stood if hour >= at), live)


def _ballots(channels: str) -> dict[str, int]:
    return {channel: counted.ballots for channel, counted in channels_counted(channels).items()}


def count(connection: Connection, counted: Iterable[tuple[date, str, Figure, str]]) -> None:
    """Add one to each of these figures, in the commit that makes it so: day, channel, figure, subject."""
    more = Counter(
        (day.isoformat(), channel, figure, reason_of(subject) if figure == "refused" else subject)
        for day, channel, figure, subject in counted
    )
    if more:
        names = ("day", "channel", "figure", "subject")
        _ADD.run(connection, [dict(zip(names, key, strict=True), number=more[key]) for key in sorted(more)])


def _adding(dialect: str) -> Any:
    place = func.pg_backend_pid() if dialect == "postgresql" else literal_column("0")
    named: dict[str, Any] = {name: bindparam(name) for name in ("day", "channel", "figure", "subject", "number")}
    statement = upsert_in(dialect, daily_figures).values(**named, place=place)
    more = {"number": _COLUMNS.number + statement.excluded.number}
    return statement.on_conflict_do_update(index_elements=_KEYS, set_=more)


_ADD = Change(_adding)


def _set_levels(connection: Connection, items: Sequence[Levels]) -> list[None]:
    rows = [
        {"day": item.day.isoformat(), "channel": channel, "figure": level, "subject": "", "place": 0, "number": number}
        for item in items
        for level, numbers in item.numbers.items()
        for channel, number in numbers.items()
    ]
    if rows:
        statement = upsert(connection, daily_figures)
        new = {"number": statement.excluded.number}
        connection.execute(statement.on_conflict_do_update(index_elements=_KEYS, set_=new), rows)
    return [None] * len(items)


_LEVELS: Kind[Levels, None] = Kind("levels", type(None), _set_levels)
