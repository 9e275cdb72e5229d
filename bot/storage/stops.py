"""Stopping a poll and letting it go on: in one commit with the row of the log, and before or after each vote."""

from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from bot.domain.audit import Entry
from bot.domain.stops import Stop, StopOrder, after_order
from bot.storage.audit import append
from bot.storage.database import Database
from bot.storage.desk import is_allowed, logged
from bot.storage.instants import instant, milliseconds
from bot.storage.tables import polls, stops
from bot.storage.votes import terms_of
from bot.storage.writer import Kind

_IN_FORCE = select(stops, polls.c.name).join(polls, polls.c.id == stops.c.poll).where(stops.c.until.is_(None))


class StopRecords:
    """Satisfies bot.domain.stops.StopStore. `key` is the log's."""

    def __init__(self, database: Database, key: bytes) -> None:
        self._database = database
        self._order = Kind("desk-stop", str, logged(_obey, key))

    async def order(self, order: StopOrder) -> str:
        return await self._database.writer.write(self._order, order)

    async def stops(self) -> dict[str, Stop]:
        async with self._database.reading() as connection:
            return {row.name: _from_row(row) for row in await connection.execute(_IN_FORCE)}


def _obey(connection: Connection, key: bytes, order: StopOrder) -> str:
    code = _obey_one(connection, order) if is_allowed(connection, order.by, "polls.publish") else "not-allowed"
    append(connection, key, Entry(order.at, order.by.name, f"poll-{order.act}", order.poll, code))
    return code


def _obey_one(connection: Connection, order: StopOrder) -> str:
    # The lock that votes take as well: each is either counted before, or sees the stop.
    poll = connection.execute(select(polls).where(polls.c.name == order.poll).with_for_update()).one_or_none()
    if not poll:
        return "unknown"
    row = connection.execute(_IN_FORCE.where(stops.c.poll == poll.id)).one_or_none()
    before = _from_row(row) if row else None
    closed = terms_of(poll.terms).state(order.at) == "closed" if poll.terms else False
    after, code = after_order(before, order, closed=closed)
    if after != before:
        _settle(connection, poll.id, before, after, order)
    return code


def _settle(connection: Connection, poll: int, before: Stop | None, after: Stop | None, order: StopOrder) -> None:
    if not before and after:
        connection.execute(insert(stops).values(poll=poll, at=milliseconds(after.at), by=after.by, wanted_by=""))
    else:
        values: dict[str, Any] = {"wanted_by": after.wanted_by} if after else {"until": milliseconds(order.at)}
        connection.execute(update(stops).where(stops.c.poll == poll, stops.c.until.is_(None)).values(values))
    stopped_at = milliseconds(after.at) if after else None
    connection.execute(update(polls).where(polls.c.id == poll).values(stopped_at=stopped_at))


def _from_row(row: Row[Any]) -> Stop:
    return Stop(row.name, instant(row.at), row.by, row.wanted_by)
