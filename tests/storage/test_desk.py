import asyncio
from datetime import timedelta
from hashlib import sha256
from typing import Any

import pytest
from sqlalchemy import select

from bot.domain.audit import Chain, Entry
from bot.domain.colleagues import ABSOLUTE, FREE_FAILURES, INVITATION_LASTS, Colleague
from bot.domain.desk import Acceptance, Actor, Amendment, Attempt, Entrance, Invitation, Rekeying
from bot.domain.reviewers import Reviewer
from bot.domain.stories import Decision
from bot.storage.audit import AuditLog
from bot.storage.database import Database
from bot.storage.desk import DeskRecords
from bot.storage.stories import StoryRecords
from bot.storage.tables import colleagues, desk_attempts, desk_sessions
from tests.storage.samples import AT
from tests.storage.test_stories import Author

KEY = b"k" * 32
MACHINE = Actor("terminal:root")
ATTEMPT = Attempt((b"account-lan-0001", b"address-1-000001"), AT)


def digest(text: str) -> bytes:
    return sha256(text.encode()).digest()


@pytest.fixture
def records(database: Database) -> DeskRecords:
    return DeskRecords(database, KEY)


async def works(records: DeskRecords, name: str, role: str = "administrator") -> Colleague:
    """Somebody who was invited and has come."""
    await records.invite(Invitation(name, role, digest(name), MACHINE, AT))  # type: ignore[arg-type]
    assert await records.accept(Acceptance(digest(name), "$phc", b"box", 100, digest(f"first {name}"), AT))
    found = await records.credentials(name)
    assert found
    return found.colleague


async def logged(database: Database) -> list[tuple[str, str, str, str]]:
    """The log, which is whole."""
    chain, rows = Chain(KEY), [row async for row in AuditLog(database).all()]
    assert all(chain.holds(row) for row in rows)
    return [(row.entry.who, row.entry.act, row.entry.subject, row.entry.outcome) for row in rows]


async def test_from_an_invitation_to_a_session(database: Database, records: DeskRecords) -> None:
    lan = await works(records, "lan")
    assert (lan.name, lan.role, lan.state) == ("lan", "administrator", "active")
    found = await records.session(digest("first lan"))
    assert found
    assert found[1] == lan
    assert await logged(database) == [
        ("terminal:root", "invite", "lan", "invited"),
        ("lan", "accept", "lan", "done"),
    ]


async def test_an_invitation_works_once_and_for_two_days(records: DeskRecords) -> None:
    await records.invite(Invitation("lan", "editor", digest("t"), MACHINE, AT))
    late = AT + INVITATION_LASTS
    assert await records.invited(digest("t"), late - timedelta(seconds=1))
    assert not await records.accept(Acceptance(digest("t"), "$phc", b"", 1, digest("s"), late))
    once = [records.accept(Acceptance(digest("t"), "$phc", b"", 1, digest(f"s{n}"), AT)) for n in range(5)]
    assert sorted(await asyncio.gather(*once)) == [False] * 4 + [True]
    assert await records.invited(digest("t"), AT) is None


async def test_a_name_is_given_once_for_ever(records: DeskRecords) -> None:
    lan = await works(records, "lan")
    await works(records, "bo")
    invitations = [records.invite(Invitation("Lan", "editor", digest(f"x{n}"), MACHINE, AT)) for n in range(2)]
    assert await asyncio.gather(*invitations) == ["taken", "taken"]
    assert await records.amend(Amendment(lan.id, "remove", MACHINE, AT)) == "done"
    assert await records.invite(Invitation("lan", "editor", digest("y"), MACHINE, AT)) == "taken"
    assert [one.name for one in await records.everybody()] == ["bo"]


async def test_a_time_step_is_used_once_also_at_once(database: Database, records: DeskRecords) -> None:
    lan = await works(records, "lan")
    again = Entrance(lan.id, 100, digest("s"), ATTEMPT)
    assert not await records.enter(again), "the step of the acceptance"
    tries = [records.enter(Entrance(lan.id, 101, digest(f"s{n}"), ATTEMPT)) for n in range(5)]
    assert sorted(await asyncio.gather(*tries)) == [False] * 4 + [True]
    assert not await records.enter(Entrance(lan.id, 99, digest("old"), ATTEMPT))
    assert (await logged(database)).count(("lan", "sign-in", "lan", "done")) == 1


async def test_a_password_is_changed_once_also_at_once(database: Database, records: DeskRecords) -> None:
    """Of two who were told the old password one changes it; whoever was in is out, but for who did it."""
    lan = await works(records, "lan")
    found = await records.credentials("lan")
    assert found
    assert await records.enter(Entrance(lan.id, 101, digest("elsewhere"), ATTEMPT))
    tries = [
        records.rekey(Rekeying(lan.id, found.password, f"new {step}", step, digest(f"s{step}"), ATTEMPT))
        for step in (102, 103)
    ]
    assert await asyncio.gather(*tries) == [True, False]
    assert not await records.rekey(Rekeying(lan.id, "new 102", "x", 102, digest("x"), ATTEMPT)), "the step was used"
    after = await records.credentials("lan")
    assert after
    assert (after.password, after.last_step) == ("new 102", 102)
    sessions = [await records.session(digest(name)) for name in ("elsewhere", "s102", "s103", "x")]
    assert [one is not None for one in sessions] == [False, True, False, False]
    assert [row[1] for row in await logged(database)].count("password") == 1


async def test_attempts_at_once_are_all_counted(database: Database, records: DeskRecords) -> None:
    waits = await asyncio.gather(*(records.attempt(ATTEMPT) for _ in range(20)))
    assert sum(not wait for wait in waits) == FREE_FAILURES
    assert set(waits[FREE_FAILURES:]) == {timedelta(seconds=1)}
    later = Attempt(ATTEMPT.keys, AT + timedelta(seconds=1))
    assert await records.attempt(later) == timedelta(0)
    assert await records.attempt(later) == timedelta(seconds=2)
    elsewhere = Attempt((b"account-mei-0001", ATTEMPT.keys[1]), later.at)
    assert await records.attempt(elsewhere) == timedelta(seconds=2), "the address waits for all names"
    day = Attempt((b"account-mei-0002", b"address-2-000001"), AT + timedelta(hours=25))
    assert await records.attempt(day) == timedelta(0)
    async with database.reading() as connection:
        kept = {bytes(key) for key in (await connection.scalars(select(desk_attempts.c.key)))}
    assert kept == set(day.keys), "what is a day old is forgotten"


async def test_who_gets_in_begins_anew_and_so_does_the_address(database: Database, records: DeskRecords) -> None:
    lan = await works(records, "lan")
    await records.attempt(Attempt((b"account-mei-0001", ATTEMPT.keys[1]), AT))
    for _ in range(4):
        await records.attempt(ATTEMPT)
    assert await records.enter(Entrance(lan.id, 101, digest("s"), ATTEMPT))
    async with database.reading() as connection:
        rows = (await connection.execute(select(desk_attempts))).all()
    assert [(bytes(row.key), row.failures) for row in rows] == [(b"account-mei-0001", 1)]


async def test_what_was_counted_by_a_clock_far_ahead_is_forgotten(records: DeskRecords) -> None:
    for _ in range(FREE_FAILURES + 1):
        await records.attempt(Attempt(ATTEMPT.keys, AT + timedelta(days=3)))
    waits = [await records.attempt(ATTEMPT) for _ in range(FREE_FAILURES + 1)]
    assert waits == [timedelta(0)] * FREE_FAILURES + [timedelta(seconds=1)]


@pytest.mark.parametrize("change", ["lock", "remove", "invite-again"])
async def test_who_is_shut_out_is_out_at_once(records: DeskRecords, change: Any) -> None:
    lan, mei = await works(records, "lan"), await works(records, "mei", "reviewer")
    assert await records.amend(Amendment(mei.id, change, Actor("lan", lan.id), AT, None, b"")) == "done"
    assert await records.session(digest("first mei")) is None
    assert await records.credentials("mei") is None
    assert not await records.enter(Entrance(mei.id, 200, digest("s"), ATTEMPT))


async def test_what_somebody_signed_in_with_goes_with_them(database: Database, records: DeskRecords) -> None:
    await works(records, "lan")
    mei = await works(records, "mei", "reviewer")
    await records.amend(Amendment(mei.id, "remove", MACHINE, AT))
    async with database.reading() as connection:
        row = (await connection.execute(select(colleagues).where(colleagues.c.id == mei.id))).one()
    assert (row.password, bytes(row.totp), row.invitation) == ("", b"", None)


async def test_two_administrators_lock_each_other_at_once(records: DeskRecords) -> None:
    lan, bo = await works(records, "lan"), await works(records, "bo")
    one, other = await asyncio.gather(
        records.amend(Amendment(bo.id, "lock", Actor("lan", lan.id), AT)),
        records.amend(Amendment(lan.id, "lock", Actor("bo", bo.id), AT)),
    )
    assert (one, other) == ("done", "not-allowed")
    assert [one.state for one in await records.everybody()] == ["active", "locked"]


async def test_two_processes_never_lock_the_last_administrator(two_processes: list[Database]) -> None:
    one, other = (DeskRecords(database, KEY) for database in two_processes)
    lan, bo = await works(one, "lan"), await works(one, "bo")
    for _ in range(5):
        await asyncio.gather(
            one.amend(Amendment(bo.id, "lock", Actor("lan", lan.id), AT)),
            other.amend(Amendment(lan.id, "lock", Actor("bo", bo.id), AT)),
        )
        states = {colleague.id: colleague.state for colleague in await one.everybody()}
        assert sorted(states.values()) == ["active", "locked"]
        await one.amend(Amendment(lan.id if states[lan.id] == "locked" else bo.id, "unlock", MACHINE, AT))
    assert len(await logged(two_processes[0])) == 4 + 5 * 3


async def test_old_sessions_are_swept_out(database: Database, records: DeskRecords) -> None:
    lan = await works(records, "lan")
    later = Attempt(ATTEMPT.keys, AT + ABSOLUTE + timedelta(seconds=1))
    assert await records.enter(Entrance(lan.id, 500, digest("new"), later))
    async with database.reading() as connection:
        assert [bytes(one) for one in await connection.scalars(select(desk_sessions.c.digest))] == [digest("new")]


async def test_leaving_ends_the_session(database: Database, records: DeskRecords) -> None:
    await works(records, "lan")
    await records.leave(digest("first lan"), Entry(AT, "lan", "sign-out", "lan", "done"))
    assert await records.session(digest("first lan")) is None
    assert (await logged(database))[-1] == ("lan", "sign-out", "lan", "done")


async def test_a_decision_and_its_row_are_one(database: Database, records: DeskRecords) -> None:
    mei, yun = await works(records, "mei", "reviewer"), await works(records, "yun", "editor")
    stories, author = StoryRecords(database), Author(StoryRecords(database))
    number = await author.sends()
    story = await author.story()
    decision = Decision(number, "approve", story.code, Reviewer(("desk:mei",)), AT)
    assert await records.decide(decision, Actor("yun", yun.id)) == "not-allowed"
    assert await records.decide(decision, Actor("mei", mei.id)) == "approved"
    down = Decision(number, "take-down", story.code, Reviewer(("desk:mei",)), AT, "有人的名字")
    assert await records.decide(down, Actor("mei", mei.id)) == "taken-down"
    after = await stories.story(number)
    assert after
    assert (after.state, after.round, after.reason) == ("taken-down", 2, "有人的名字")
    subject = f"#{number} {story.code}"
    assert (await logged(database))[-3:] == [
        ("yun", "approve", subject, "not-allowed"),
        ("mei", "approve", subject, "approved"),
        ("mei", "take-down", subject, "taken-down"),
    ]


async def test_who_was_joined_to_other_accounts_later_is_no_second_person(
    database: Database, records: DeskRecords
) -> None:
    mei = await works(records, "Mei", "reviewer")
    author = Author(StoryRecords(database))
    number = await author.sends(about="minor")
    code = (await author.story()).code
    alone = Decision(number, "approve", code, Reviewer(("desk:Mei",)), AT)
    joined = Decision(number, "approve", code, Reviewer(("telegram:1", "desk:mei")), AT)
    assert await records.decide(alone, Actor("Mei", mei.id)) == "second"
    assert await records.decide(joined, Actor("Mei", mei.id)) == "again"


async def test_the_log_is_read_newest_first(database: Database, records: DeskRecords) -> None:
    for number in range(5):
        await records.note(Entry(AT, "lan", "door", f"/desk/{number}", "refused"))
    log = AuditLog(database)
    assert [row.number for row in await log.before(None, 2)] == [5, 4]
    assert [row.number for row in await log.before(4, 9)] == [3, 2, 1]


async def test_a_row_changed_in_the_database_is_found(database: Database, records: DeskRecords) -> None:
    await works(records, "lan")
    await database._writing.transact(
        lambda connection: connection.exec_driver_sql("UPDATE desk_log SET who = 'bo' WHERE number = 1")
    )
    chain = Chain(KEY)
    assert [row.number async for row in AuditLog(database).all() if not chain.holds(row)] == [1]
