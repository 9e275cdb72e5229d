"""The log of what was done at the desk: written in the commit of the deed, and never changed."""

from collections.abc import AsyncIterator
from typing import Any

from msgspec import structs
from sqlalchemy import Connection, Row, insert, select, text

from bot.domain.audit import BEGINNING, Entry, digest_of
from bot.domain.audit import Row as Logged
from bot.storage.database import Database
from bot.storage.instants import instant, milliseconds
from bot.storage.tables import desk_log


class AuditLog:
    """Reads the log; satisfies what the desk's page and the command line ask for."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def before(self, number: int | None, limit: int) -> list[Logged]:
        """The newest rows first, those before this one."""
        query = select(desk_log).order_by(desk_log.c.number.desc()).limit(limit)
        if number is not None:
            query = query.where(desk_log.c.number < number)
        async with self._database.reading() as connection:
            return [_from_row(row) for row in await connection.execute(query)]

    async def all(self) -> AsyncIterator[Logged]:
        """Every row in order, as of one instant. Raises DatabaseMissing, DatabaseUnusable."""
        async with self._database.snapshot() as connection:
            rows = await connection.stream(select(desk_log).order_by(desk_log.c.number))
            async for row in rows:
                yield _from_row(row)


def one_at_a_time(connection: Connection) -> None:
    """Until the commit nobody else writes to the log, nor does what it tells of. SQLite has one writer anyway."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("LOCK TABLE desk_log IN EXCLUSIVE MODE"))


def append(connection: Connection, key: bytes, entry: Entry) -> None:
    """Add a row behind the last; the caller has called `one_at_a_time`."""
    last = connection.execute(select(desk_log).order_by(desk_log.c.number.desc()).limit(1)).one_or_none()
    number, before = (last.number + 1, bytes(last.digest)) if last else (1, BEGINNING)
    at = milliseconds(entry.at)
    entry = structs.replace(entry, at=instant(at))  # as it will be read
    connection.execute(
        insert(desk_log).values(
            number=number,
            at=at,
            who=entry.who,
            act=entry.act,
            subject=entry.subject,
            outcome=entry.outcome,
            digest=digest_of(key, before, number, entry),
        )
    )


def _from_row(row: Row[Any]) -> Logged:
    entry = Entry(instant(row.at), row.who, row.act, row.subject, row.outcome)
    return Logged(row.number, entry, bytes(row.digest))
