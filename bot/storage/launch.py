"""What somebody has seen to before the service opens, and how much waits in the tables."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from msgspec import Struct
from sqlalchemy import Connection, Select, delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.audit import Entry
from bot.domain.launch import Tick, Ticked
from bot.storage.audit import append
from bot.storage.database import Database
from bot.storage.desk import is_allowed, logged
from bot.storage.instants import instant, milliseconds
from bot.storage.outbox import UNDER_WAY, WAITS
from bot.storage.tables import broadcasts, cases, outbox, stories, ticks
from bot.storage.writer import Kind

# Nobody needs to know whether a million wait or two: what there is more of is not counted.
MOST_COUNTED = 10_000


class Waiting(Struct, frozen=True):
    """Messages that are due by channel, all of broadcasts, those under way; stories and cases to decide on."""

    own: Mapping[str, int]
    broadcasts: int
    under_way: int
    stories: int
    cases: int


class LaunchRecords:
    """Satisfies bot.domain.launch.TickStore. `key` is the log's."""

    def __init__(self, database: Database, key: bytes) -> None:
        self._database = database
        self._tick = Kind("tick", str, logged(_tick, key))

    async def ticks(self) -> Mapping[str, Tick]:
        async with self._database.reading() as connection:
            rows = await connection.execute(select(ticks))
            return {row.item: Tick(row.who, instant(row.at)) for row in rows}

    async def tick(self, ticked: Ticked) -> str:
        return await self._database.writer.write(self._tick, ticked)

    async def waiting(self, channels: Sequence[str], now: datetime) -> Waiting:
        """What is due on these channels, and what waits for a person; each counted up to MOST_COUNTED."""
        async with self._database.reading() as connection:
            own = {channel: await _count(connection, _own(channel, now)) for channel in channels}
            return Waiting(
                own,
                await connection.scalar(_LEFT_OF_BROADCASTS) or 0,
                await _count(connection, select(outbox.c.id).where(UNDER_WAY)),
                await _count(connection, select(stories.c.id).where(stories.c.state.in_(("submitted", "taken-down")))),
                await _count(connection, select(cases.c.id).where(cases.c.state == "waiting")),
            )


_LEFT_OF_BROADCASTS = select(
    func.sum(
        broadcasts.c.planned - (broadcasts.c.sent + broadcasts.c.refused + broadcasts.c.unknown + broadcasts.c.expired)
    )
).where(broadcasts.c.state.in_(("planned", "sending", "paused")))


def _own(channel: str, now: datetime) -> Select[tuple[int]]:
    columns = outbox.c
    return select(columns.id).where(
        columns.channel == channel, WAITS, columns.broadcast.is_(None), columns.due_at <= milliseconds(now)
    )


async def _count(connection: AsyncConnection, query: Select[tuple[int]]) -> int:
    some = query.limit(MOST_COUNTED).subquery()
    return await connection.scalar(select(func.count()).select_from(some)) or 0


def _tick(connection: Connection, key: bytes, ticked: Ticked) -> str:
    code = _ticked(connection, ticked) if is_allowed(connection, ticked.by, "service") else "not-allowed"
    act = "tick" if ticked.is_done else "untick"
    append(connection, key, Entry(ticked.at, ticked.by.name, act, ticked.item, code))
    return code


def _ticked(connection: Connection, ticked: Ticked) -> str:
    is_there = connection.scalar(select(ticks.c.item).where(ticks.c.item == ticked.item)) is not None
    if is_there == ticked.is_done:
        return "unchanged"
    if ticked.is_done:
        row = {"item": ticked.item, "who": ticked.by.name, "at": milliseconds(ticked.at)}
        connection.execute(insert(ticks).values(row))
    else:
        connection.execute(delete(ticks).where(ticks.c.item == ticked.item))
    return "done"
