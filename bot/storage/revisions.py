"""Revisions, and which of them is in force: each step in one commit with its row of the log."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from msgspec import structs
from sqlalchemy import Connection, Row, Select, func, insert, select, update

from bot.domain import revisions as rules
from bot.domain.audit import Entry
from bot.domain.revisions import PUBLISH, WRITE, Revision, State, Step, Stepped
from bot.storage.audit import append
from bot.storage.database import Database
from bot.storage.desk import is_allowed, logged
from bot.storage.instants import instant, milliseconds
from bot.storage.tables import publications, revisions
from bot.storage.upsert import upsert
from bot.storage.writer import Kind

# What publishing does besides, in the same commit: empty when done, or the code of why not, with nothing changed.
Effect = Callable[[Connection, Revision], str]


class RevisionRecords:
    """Satisfies bot.domain.revisions.RevisionStore and RevisionReader. `key` is the log's; `effects` are by kind."""

    def __init__(self, database: Database, key: bytes, effects: Mapping[rules.Kind, Effect]) -> None:
        self._database = database
        self._effects = effects
        self._step = Kind("desk-step", Stepped, logged(self._log_step, key))

    async def step(self, step: Step) -> Stepped:
        return await self._database.writer.write(self._step, step)

    async def revision(self, number: int) -> Revision | None:
        found = await self._read(select(revisions).where(revisions.c.id == number))
        return found[0] if found else None

    async def in_force(self, kind: rules.Kind) -> list[Revision]:
        return await self._read(_published(kind).order_by(revisions.c.subject))

    async def in_force_on(self, kind: rules.Kind, subject: str) -> Revision | None:
        found = await self._read(_published(kind).where(publications.c.subject == subject))
        return found[0] if found else None

    async def listed(self, kind: rules.Kind, states: Sequence[State], before: int | None, limit: int) -> list[Revision]:
        query = select(revisions).where(revisions.c.kind == kind, revisions.c.state.in_(states))
        if before is not None:
            query = query.where(revisions.c.id < before)
        return await self._read(query.order_by(revisions.c.id.desc()).limit(limit))

    async def proposed(self) -> dict[rules.Kind, int]:
        counted = select(revisions.c.kind, func.count().label("number")).group_by(revisions.c.kind)
        async with self._database.reading() as connection:
            rows = await connection.execute(counted.where(revisions.c.state == "proposed"))
            return {row.kind: row.number for row in rows}

    async def of(self, kind: rules.Kind, subject: str, limit: int) -> list[Revision]:
        query = select(revisions).where(revisions.c.kind == kind, revisions.c.subject == subject)
        return await self._read(query.order_by(revisions.c.id.desc()).limit(limit))

    async def publications(self) -> int:
        async with self._database.reading() as connection:
            return await connection.scalar(_LAST) or 0

    async def _read(self, query: Select[Any]) -> list[Revision]:
        async with self._database.reading() as connection:
            return [_from_row(row) for row in await connection.execute(query)]

    def _log_step(self, connection: Connection, key: bytes, step: Step) -> Stepped:
        outcome = self._take(connection, step)
        after = outcome.after
        subject = f"{after.subject[:40]} #{outcome.number}" if after else f"#{outcome.number}"
        append(connection, key, Entry(step.at, step.by.name, f"{step.kind}-{step.act}", subject, outcome.code))
        return outcome

    def _take(self, connection: Connection, step: Step) -> Stepped:
        needed = (PUBLISH if step.act in ("publish", "return") else WRITE)[step.kind]
        if not is_allowed(connection, step.by, needed):
            return Stepped("not-allowed", step.revision)
        if not step.revision:
            outcome = rules.begun(step)
            return _begin(connection, outcome.after) if outcome.after else outcome
        before = _revision(connection, step.revision)
        if not before:
            return Stepped("gone")
        outcome = rules.stepped(before, step, _in_force(connection, before))
        if outcome.after and step.act == "publish":
            effect = self._effects.get(step.kind)
            if effect and (refused := effect(connection, outcome.after)):
                return Stepped(refused, before.id)
            _put_in_force(connection, outcome.after)
        if outcome.after:
            connection.execute(update(revisions).where(revisions.c.id == before.id).values(_values(outcome.after)))
        return outcome


_LAST = select(func.max(publications.c.number))


def _published(kind: rules.Kind) -> Select[Any]:
    return select(revisions).where(publications.c.kind == kind, publications.c.revision == revisions.c.id)


def _revision(connection: Connection, number: int) -> Revision | None:
    row = connection.execute(select(revisions).where(revisions.c.id == number)).one_or_none()
    return _from_row(row) if row else None


def _in_force(connection: Connection, revision: Revision) -> int:
    """The number of the revision that is in force for the subject of this one, 0 for none."""
    query = select(publications.c.revision).where(
        publications.c.kind == revision.kind, publications.c.subject == revision.subject
    )
    return connection.scalar(query) or 0


def _begin(connection: Connection, draft: Revision) -> Stepped:
    number = connection.execute(insert(revisions).values(_values(draft))).inserted_primary_key[0]  # type: ignore[index]
    return Stepped("saved", number, structs.replace(draft, id=number))


def _put_in_force(connection: Connection, revision: Revision) -> None:
    values = {
        "number": (connection.scalar(_LAST) or 0) + 1,
        "revision": revision.id,
        "at": milliseconds(revision.changed_at),
    }
    statement = upsert(connection, publications).values(kind=revision.kind, subject=revision.subject, **values)
    connection.execute(statement.on_conflict_do_update(index_elements=["kind", "subject"], set_=values))


def _values(revision: Revision) -> dict[str, Any]:
    values = structs.asdict(revision)
    del values["id"]
    return values | {
        "authors": "\n".join(revision.authors),
        "made_at": milliseconds(revision.made_at),
        "changed_at": milliseconds(revision.changed_at),
    }


def _from_row(row: Row[Any]) -> Revision:
    values = {name: getattr(row, name) for name in Revision.__struct_fields__}
    return Revision(
        **values
        | {
            "body": bytes(row.body),
            "authors": tuple(row.authors.split("\n")),
            "made_at": instant(row.made_at),
            "changed_at": instant(row.changed_at),
        }
    )
