"""What was uploaded at the desk and is looked through, until drafts are made of it or an hour has passed."""

from collections.abc import Sequence

import msgspec
from sqlalchemy import Connection, delete, insert, select

from bot.domain.audit import Entry
from bot.domain.imports import UPLOAD_LASTS, Brought, Taking, Upload
from bot.storage.audit import append
from bot.storage.database import Database
from bot.storage.desk import is_allowed, logged
from bot.storage.instants import milliseconds
from bot.storage.tables import desk_uploads
from bot.storage.writer import Kind

_Rows = tuple[Brought, ...]


class _Taken(msgspec.Struct, frozen=True):
    rows: _Rows | None


class UploadRecords:
    """Satisfies bot.domain.imports.UploadStore. `key` is the log's."""

    def __init__(self, database: Database, key: bytes) -> None:
        self._database = database
        self._take = Kind("desk-take", _Taken, logged(_take, key))

    async def keep(self, upload: Upload) -> None:
        await self._database.writer.write(_KEEP, upload)

    async def take(self, taking: Taking) -> _Rows | None:
        return (await self._database.writer.write(self._take, taking)).rows


def _keep(connection: Connection, items: Sequence[Upload]) -> list[None]:
    for item in items:
        too_old = desk_uploads.c.at < milliseconds(item.at - UPLOAD_LASTS)
        connection.execute(delete(desk_uploads).where(too_old))
        connection.execute(
            insert(desk_uploads).values(
                digest=item.digest,
                colleague=item.by.id,
                kind=item.kind,
                content=msgspec.json.encode(item.good),
                at=milliseconds(item.at),
            )
        )
    return [None] * len(items)


def _take(connection: Connection, key: bytes, taking: Taking) -> _Taken:
    columns = desk_uploads.c
    theirs = (columns.digest == taking.digest, columns.colleague == taking.by.id, columns.kind == taking.kind)
    found = connection.scalar(
        select(columns.content).where(*theirs, columns.at >= milliseconds(taking.at - UPLOAD_LASTS))
    )
    rows = msgspec.json.decode(found, type=_Rows) if found else ()
    code = "done" if rows else "gone"
    if rows and not is_allowed(connection, taking.by, taking.needs):
        rows, code = (), "not-allowed"
    if rows:
        connection.execute(delete(desk_uploads).where(*theirs))
    append(connection, key, Entry(taking.at, taking.by.name, "import", f"{taking.kind} {len(rows)}", code))
    return _Taken(rows or None)


_KEEP: Kind[Upload, None] = Kind("desk-upload", type(None), _keep)
