"""Who works at the desk, their sessions and attempts, and what they decide: each in one commit with its log row."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar

from msgspec import Struct
from sqlalchemy import Connection, Row, delete, insert, select, update

from bot.domain.audit import Entry
from bot.domain.colleagues import (
    ABSOLUTE,
    FAILURES_LAST,
    INVITATION_LASTS,
    LONGEST_DELAY,
    Attempts,
    Colleague,
    Permission,
    Session,
    changed,
    may,
)
from bot.domain.desk import (
    AT_MACHINE,
    Acceptance,
    Actor,
    Amendment,
    Attempt,
    Credentials,
    Entrance,
    Invitation,
    Rekeying,
)
from bot.domain.stories import Decision, Story
from bot.storage.audit import append, one_at_a_time
from bot.storage.database import Database
from bot.storage.instants import instant, milliseconds
from bot.storage.stories import StoryRecords, add_stories, decide_one
from bot.storage.tables import colleagues, desk_attempts, desk_sessions
from bot.storage.upsert import upsert
from bot.storage.writer import Kind

Item = TypeVar("Item")
Done = TypeVar("Done")

# Nobody to sign in as any more: the password and the secret are gone from the row.
_WITHOUT_CREDENTIALS = {"password": "", "totp": b"", "last_step": -1}
_LOCKING_OUT = frozenset({"lock", "remove", "invite-again"})


class Leaving(Struct, frozen=True):
    session: bytes
    entry: Entry


class Seen(Struct, frozen=True):
    session: bytes
    at: datetime


class DeskDecision(Struct, frozen=True):
    """A decision on a story, and which colleague makes it."""

    decision: Decision
    by: Actor


class Bringing(Struct, frozen=True):
    """Stories that a colleague brings to the reviewers."""

    stories: tuple[Story, ...]
    by: Actor
    at: datetime


class DeskRecords:
    """Satisfies bot.domain.desk.DeskStore and DeskReader. `key` is the log's."""

    def __init__(self, database: Database, key: bytes) -> None:
        self._database = database
        self._attempt = Kind("desk-attempt", timedelta, _each(_attempt))
        self._see = Kind("desk-see", type(None), _each(_see))
        self._enter = Kind("desk-enter", bool, logged(_enter, key))
        self._rekey = Kind("desk-rekey", bool, logged(_rekey, key))
        self._accept = Kind("desk-accept", bool, logged(_accept, key))
        self._invite = Kind("desk-invite", str, logged(_invite, key))
        self._amend = Kind("desk-amend", str, logged(_amend, key))
        self._leave = Kind("desk-leave", type(None), logged(_leave, key))
        self._note = Kind("desk-note", type(None), logged(append, key))
        self._decide = Kind("desk-decide", str, logged(_decide, key))
        self._bring = Kind("desk-bring", int, logged(_bring, key))

    async def attempt(self, attempt: Attempt) -> timedelta:
        return await self._database.writer.write(self._attempt, attempt)

    async def enter(self, entrance: Entrance) -> bool:
        return await self._database.writer.write(self._enter, entrance)

    async def rekey(self, rekeying: Rekeying) -> bool:
        return await self._database.writer.write(self._rekey, rekeying)

    async def accept(self, acceptance: Acceptance) -> bool:
        return await self._database.writer.write(self._accept, acceptance)

    async def invite(self, invitation: Invitation) -> str:
        return await self._database.writer.write(self._invite, invitation)

    async def amend(self, amendment: Amendment) -> str:
        return await self._database.writer.write(self._amend, amendment)

    async def see(self, session: bytes, at: datetime) -> None:
        await self._database.writer.write(self._see, Seen(session, at))

    async def leave(self, session: bytes, entry: Entry) -> None:
        await self._database.writer.write(self._leave, Leaving(session, entry))

    async def note(self, entry: Entry) -> None:
        await self._database.writer.write(self._note, entry)

    async def decide(self, decision: Decision, by: Actor) -> str:
        return await self._database.writer.write(self._decide, DeskDecision(decision, by))

    async def bring(self, stories: Sequence[Story], by: Actor, at: datetime) -> int:
        return await self._database.writer.write(self._bring, Bringing(tuple(stories), by, at))

    async def credentials(self, name: str) -> Credentials | None:
        query = select(colleagues).where(colleagues.c.name == name, colleagues.c.state == "active")
        async with self._database.reading() as connection:
            row = (await connection.execute(query)).one_or_none()
        return Credentials(_from_row(row), row.password, bytes(row.totp), row.last_step) if row else None

    async def is_known(self, name: str) -> bool:
        query = select(colleagues.c.id).where(colleagues.c.name == name)
        async with self._database.reading() as connection:
            return await connection.scalar(query) is not None

    async def invited(self, digest: bytes, at: datetime) -> Colleague | None:
        async with self._database.reading() as connection:
            return await connection.run_sync(_invited, digest, at)

    async def session(self, digest: bytes) -> tuple[Session, Colleague] | None:
        query = (
            select(colleagues, desk_sessions.c.began_at, desk_sessions.c.seen_at)
            .join(desk_sessions, desk_sessions.c.colleague == colleagues.c.id)
            .where(desk_sessions.c.digest == digest)
        )
        async with self._database.reading() as connection:
            row = (await connection.execute(query)).one_or_none()
        return (Session(row.id, instant(row.began_at), instant(row.seen_at)), _from_row(row)) if row else None

    async def everybody(self) -> list[Colleague]:
        async with self._database.reading() as connection:
            return [one for one in await connection.run_sync(_everybody) if one.state != "removed"]


class DeskStories(StoryRecords):
    """The stories as a colleague decides on them; satisfies bot.domain.stories.StoryStore."""

    def __init__(self, database: Database, records: DeskRecords, by: Actor) -> None:
        super().__init__(database)
        self._records = records
        self._by = by

    async def decide(self, decision: Decision, _message_id: str) -> str:
        return await self._records.decide(decision, self._by)


def _each(apply: Callable[[Connection, Item], Done]) -> Callable[[Connection, Sequence[Item]], list[Done]]:
    """One after the other: these writes are few, and a later one sees what an earlier one did."""

    def run(connection: Connection, items: Sequence[Item]) -> list[Done]:
        one_at_a_time(connection)
        return [apply(connection, item) for item in items]

    return run


def logged(
    apply: Callable[[Connection, bytes, Item], Done], key: bytes
) -> Callable[[Connection, Sequence[Item]], list[Done]]:
    return _each(lambda connection, item: apply(connection, key, item))


def _attempt(connection: Connection, attempt: Attempt) -> timedelta:
    """It counts as failed until it has succeeded: many at once are counted like many one after the other."""
    at = milliseconds(attempt.at)
    long_ago, to_come = milliseconds(attempt.at - FAILURES_LAST), milliseconds(attempt.at + LONGEST_DELAY)
    connection.execute(delete(desk_attempts).where((desk_attempts.c.at < long_ago) | (desk_attempts.c.at > to_come)))
    rows = connection.execute(select(desk_attempts).where(desk_attempts.c.key.in_(attempt.keys)))
    before = {bytes(row.key): Attempts(row.failures, instant(row.at)) for row in rows}
    wait = max((known.wait(attempt.at) for known in before.values()), default=timedelta(0))
    if not wait:
        statement = upsert(connection, desk_attempts)
        more = {"failures": desk_attempts.c.failures + 1, "at": at}
        connection.execute(
            statement.on_conflict_do_update(index_elements=["key"], set_=more),
            [{"key": key, "failures": 1, "at": at} for key in attempt.keys],
        )
    return wait


def _take_back(connection: Connection, attempt: Attempt) -> None:
    """It did not fail: the account and the address begin anew.

    An office shares one address: its typing errors must not add up for ever. Each account still has its own count.
    """
    connection.execute(delete(desk_attempts).where(desk_attempts.c.key.in_(attempt.keys)))


def _enter(connection: Connection, key: bytes, entrance: Entrance) -> bool:
    at = entrance.attempt.at
    entered = connection.execute(
        update(colleagues)
        .where(
            colleagues.c.id == entrance.colleague,
            colleagues.c.state == "active",
            colleagues.c.last_step < entrance.step,
        )
        .values(last_step=entrance.step)
    )
    if not entered.rowcount:
        return False
    _take_back(connection, entrance.attempt)
    _begin(connection, entrance.colleague, entrance.session, at)
    name = connection.scalar(select(colleagues.c.name).where(colleagues.c.id == entrance.colleague)) or ""
    append(connection, key, Entry(at, name, "sign-in", name, "done"))
    return True


def _rekey(connection: Connection, key: bytes, rekeying: Rekeying) -> bool:
    of, at = rekeying.colleague, rekeying.attempt.at
    changed = connection.execute(
        update(colleagues)
        .where(
            colleagues.c.id == of,
            colleagues.c.state == "active",
            colleagues.c.password == rekeying.before,
            colleagues.c.last_step < rekeying.step,
        )
        .values(password=rekeying.password, last_step=rekeying.step, changed_at=milliseconds(at))
    )
    if not changed.rowcount:
        return False
    _take_back(connection, rekeying.attempt)
    connection.execute(delete(desk_sessions).where(desk_sessions.c.colleague == of))
    _begin(connection, of, rekeying.session, at)
    name = connection.scalar(select(colleagues.c.name).where(colleagues.c.id == of)) or ""
    append(connection, key, Entry(at, name, "password", name, "done"))
    return True


def _begin(connection: Connection, colleague: int, session: bytes, at: datetime) -> None:
    now = milliseconds(at)
    connection.execute(delete(desk_sessions).where(desk_sessions.c.began_at < milliseconds(at - ABSOLUTE)))
    connection.execute(insert(desk_sessions).values(digest=session, colleague=colleague, began_at=now, seen_at=now))


def _invited(connection: Connection, digest: bytes, at: datetime) -> Colleague | None:
    row = connection.execute(
        select(colleagues).where(
            colleagues.c.invitation == digest,
            colleagues.c.state == "invited",
            colleagues.c.invited_until > milliseconds(at),
        )
    ).one_or_none()
    return _from_row(row) if row else None


def _accept(connection: Connection, key: bytes, acceptance: Acceptance) -> bool:
    colleague = _invited(connection, acceptance.digest, acceptance.at)
    if not colleague:
        return False
    connection.execute(
        update(colleagues)
        .where(colleagues.c.id == colleague.id)
        .values(
            state="active",
            password=acceptance.password,
            totp=acceptance.box,
            last_step=acceptance.step,
            invitation=None,
            invited_until=None,
            changed_at=milliseconds(acceptance.at),
        )
    )
    _begin(connection, colleague.id, acceptance.session, acceptance.at)
    append(connection, key, Entry(acceptance.at, colleague.name, "accept", colleague.name, "done"))
    return True


def is_allowed(connection: Connection, by: Actor, permission: Permission) -> bool:
    """Whether they still may, in the commit that does it."""
    if by.id == AT_MACHINE:
        return True
    row = connection.execute(select(colleagues).where(colleagues.c.id == by.id)).one_or_none()
    return row is not None and may(_from_row(row), permission)


def _invite(connection: Connection, key: bytes, invitation: Invitation) -> str:
    code = _invite_one(connection, invitation)
    append(connection, key, Entry(invitation.at, invitation.by.name, "invite", invitation.name, code))
    return code


def _invite_one(connection: Connection, invitation: Invitation) -> str:
    if not is_allowed(connection, invitation.by, "people"):
        return "not-allowed"
    if any(one.name.casefold() == invitation.name.casefold() for one in _everybody(connection)):
        return "taken"
    connection.execute(
        insert(colleagues).values(
            name=invitation.name,
            role=invitation.role,
            state="invited",
            invitation=invitation.digest,
            invited_until=milliseconds(invitation.at + INVITATION_LASTS),
            changed_at=milliseconds(invitation.at),
            **_WITHOUT_CREDENTIALS,
        )
    )
    return "invited"


def _amend(connection: Connection, key: bytes, amendment: Amendment) -> str:
    everybody = _everybody(connection)
    code = _amend_one(connection, everybody, amendment)
    subject = next((one.name for one in everybody if one.id == amendment.number), str(amendment.number))
    act = f"role-{amendment.role}" if amendment.role else amendment.change
    append(connection, key, Entry(amendment.at, amendment.by.name, act, subject, code))
    return code


def _amend_one(connection: Connection, everybody: Sequence[Colleague], amendment: Amendment) -> str:
    if not is_allowed(connection, amendment.by, "people"):
        return "not-allowed"
    at_machine = amendment.by.id == AT_MACHINE
    outcome = changed(everybody, amendment.number, amendment.change, amendment.role, at_machine=at_machine)
    if not outcome.after:
        return outcome.code
    values: dict[str, Any] = {
        "role": outcome.after.role,
        "state": outcome.after.state,
        "changed_at": milliseconds(amendment.at),
    }
    if outcome.after.state in ("invited", "removed"):
        until = milliseconds(amendment.at + INVITATION_LASTS) if amendment.digest else None
        values |= {**_WITHOUT_CREDENTIALS, "invitation": amendment.digest or None, "invited_until": until}
    if amendment.change in _LOCKING_OUT:
        connection.execute(delete(desk_sessions).where(desk_sessions.c.colleague == amendment.number))
    connection.execute(update(colleagues).where(colleagues.c.id == amendment.number).values(values))
    return outcome.code


def _see(connection: Connection, seen: Seen) -> None:
    connection.execute(
        update(desk_sessions).where(desk_sessions.c.digest == seen.session).values(seen_at=milliseconds(seen.at))
    )


def _leave(connection: Connection, key: bytes, leaving: Leaving) -> None:
    connection.execute(delete(desk_sessions).where(desk_sessions.c.digest == leaving.session))
    append(connection, key, leaving.entry)


def _decide(connection: Connection, key: bytes, item: DeskDecision) -> str:
    decision = item.decision
    code = decide_one(connection, decision) if is_allowed(connection, item.by, "stories.decide") else "not-allowed"
    subject = f"#{decision.story} {decision.code[:8] if decision.code.isalnum() else ''}".strip()
    append(connection, key, Entry(decision.at, item.by.name, decision.verdict, subject, code))
    return code


def _bring(connection: Connection, key: bytes, item: Bringing) -> int:
    is_theirs = is_allowed(connection, item.by, "stories.write")
    if is_theirs:
        add_stories(connection, item.stories)
    subject, outcome = f"{len(item.stories)}", "done" if is_theirs else "not-allowed"
    append(connection, key, Entry(item.at, item.by.name, "bring-stories", subject, outcome))
    return len(item.stories) if is_theirs else 0


def _everybody(connection: Connection) -> list[Colleague]:
    return [_from_row(row) for row in connection.execute(select(colleagues).order_by(colleagues.c.id))]


def _from_row(row: Row[Any]) -> Colleague:
    return Colleague(row.id, row.name, row.role, row.state)
