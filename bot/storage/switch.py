"""Whether all sending waits: a row while it does, with whoever wanted it so."""

from sqlalchemy import Connection, delete, insert, select

from bot.domain.audit import Entry
from bot.domain.switch import Halt, Turned
from bot.storage.audit import append
from bot.storage.database import Database
from bot.storage.desk import is_allowed, logged
from bot.storage.instants import instant, milliseconds
from bot.storage.tables import halts
from bot.storage.writer import Kind

SUBJECT = "sending"
_ONLY = 1


class SwitchRecords:
    """Satisfies bot.domain.switch.Switch. `key` is the log's."""

    def __init__(self, database: Database, key: bytes) -> None:
        self._database = database
        self._turn = Kind("turn-switch", str, logged(_turn, key))

    async def halt(self) -> Halt | None:
        async with self._database.reading() as connection:
            row = (await connection.execute(select(halts))).one_or_none()
        return Halt(row.who, instant(row.at)) if row else None

    async def turn(self, turned: Turned) -> str:
        return await self._database.writer.write(self._turn, turned)


def _turn(connection: Connection, key: bytes, turned: Turned) -> str:
    code = _turned(connection, turned) if is_allowed(connection, turned.by, "switch") else "not-allowed"
    append(connection, key, Entry(turned.at, turned.by.name, turned.turn, SUBJECT, code))
    return code


def _turned(connection: Connection, turned: Turned) -> str:
    is_halted = connection.scalar(select(halts.c.id)) is not None
    if is_halted == (turned.turn == "halt"):
        return "unchanged"
    if turned.turn == "halt":
        connection.execute(insert(halts).values(id=_ONLY, who=turned.by.name, at=milliseconds(turned.at)))
    else:
        connection.execute(delete(halts))
    return "done"
