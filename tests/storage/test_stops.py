"""A poll is stopped between two votes: what was acknowledged stays, and nothing is taken after."""

import asyncio
from datetime import timedelta

import pytest
from msgspec import structs
from sqlalchemy import select

from bot.domain.audit import Chain
from bot.domain.colleagues import Role
from bot.domain.desk import Acceptance, Actor, Invitation
from bot.domain.polls import Poll
from bot.domain.refusals import PollStopped
from bot.domain.reviewers import reviewer_at_desk
from bot.domain.stops import StopAct, StopOrder
from bot.storage.audit import AuditLog
from bot.storage.database import Database
from bot.storage.desk import DeskRecords
from bot.storage.stops import StopRecords
from bot.storage.tables import stops
from bot.storage.votes import Votes
from tests.storage.samples import AT, POLL, installed, message, rules, vote

KEY = b"log"
CLOSES = AT + timedelta(hours=1)
CLOSING = structs.replace(POLL, closes_at=CLOSES)


class Office:
    """Colleagues who stop polls."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.records = StopRecords(database, KEY)
        self.ids: dict[str, int] = {}

    async def hires(self, name: str, role: Role = "publisher") -> None:
        desk, digest = DeskRecords(self.database, KEY), name.encode().ljust(32)
        assert await desk.invite(Invitation(name, role, digest, Actor("root"), AT)) == "invited"
        assert await desk.accept(Acceptance(digest, "p", b"", 1, digest, AT))
        self.ids = {one.name: one.id for one in await desk.everybody()}

    async def says(self, name: str, act: StopAct, poll: Poll = POLL, seconds: float = 0) -> str:
        person = reviewer_at_desk((), f"desk:{name}")
        at = AT + timedelta(seconds=seconds)
        return await self.records.order(StopOrder(poll.id, act, person, Actor(name, self.ids[name]), at))


@pytest.fixture
async def office(database: Database) -> Office:
    office = Office(database)
    await office.hires("mei")
    await office.hires("bo")
    return office


async def cast(votes: Votes, name: str, option: int = 1, poll: str = POLL.id) -> str:
    return (await votes.cast(vote(name, name, option, poll))).code


async def test_nothing_is_taken_while_it_is_stopped(database: Database, office: Office) -> None:
    votes = await installed(database)
    assert await cast(votes, "ana") == "counted"
    assert await office.says("mei", "stop") == "stopped"
    assert await cast(votes, "ben") == PollStopped.code
    assert (await votes.cast(vote("changed", "ana", 2))).code == PollStopped.code
    assert await cast(votes, "ana") == "counted", "the same message gets its first answer"
    assert (await votes.counts(POLL.id)).votes == {1: 1}
    assert [await office.says("bo", "go-on"), await office.says("mei", "go-on")] == ["second", "goes-on"]
    assert await office.records.stops() == {}
    assert await cast(votes, "ben") == PollStopped.code, "the same message gets its first answer"
    assert await cast(votes, "cai", 2) == "counted"
    recount = await votes.recount(POLL.id)
    assert recount
    assert recount.match
    assert (await votes.counts(POLL.id)).votes == {1: 1, 2: 1}


async def test_a_voter_is_told(database: Database, office: Office) -> None:
    polls = rules(await installed(database))
    await office.says("mei", "stop")
    with pytest.raises(PollStopped):
        await polls.cast(POLL, "1", message("m", "ana"))


async def test_another_poll_goes_on(database: Database, office: Office) -> None:
    other = structs.replace(POLL, id="other")
    votes = await installed(database, [POLL, other])
    await office.says("mei", "stop")
    assert await cast(votes, "ana", poll="other") == "counted"
    found = await office.records.stops()
    assert {name: (stop.at, stop.by, stop.wanted_by) for name, stop in found.items()} == {POLL.id: (AT, "mei", "")}


async def test_each_stop_is_kept_and_logged(database: Database, office: Office) -> None:
    await installed(database)
    said = [("mei", "stop"), ("bo", "stop"), ("mei", "go-on"), ("mei", "go-on"), ("bo", "go-on"), ("bo", "stop")]
    codes = [await office.says(who, act, seconds=n) for n, (who, act) in enumerate(said)]  # type: ignore[arg-type]
    assert codes == ["stopped", "unchanged", "second", "again", "goes-on", "stopped"]
    async with database.reading() as connection:
        kept = (await connection.execute(select(stops.c.by, stops.c.until).order_by(stops.c.id))).all()
    assert [(row.by, row.until is None) for row in kept] == [("mei", False), ("bo", True)]
    chain = Chain(KEY)
    rows = [row async for row in AuditLog(database).all()]
    assert all(map(chain.holds, rows))
    logged = [(r.entry.who, r.entry.act, r.entry.subject, r.entry.outcome) for r in rows if "poll" in r.entry.act]
    assert logged == [(who, f"poll-{act}", POLL.id, code) for (who, act), code in zip(said, codes, strict=True)]


@pytest.mark.parametrize("role", ["reviewer", "editor"])
async def test_who_may_not_does_not(database: Database, office: Office, role: Role) -> None:
    votes = await installed(database)
    await office.hires("yun", role)
    assert await office.says("yun", "stop") == "not-allowed"
    assert await cast(votes, "ana") == "counted"


async def test_what_is_not_there_or_over_is_not_stopped(database: Database, office: Office) -> None:
    await installed(database, [CLOSING])
    assert await office.says("mei", "stop", structs.replace(POLL, id="nothing")) == "unknown"
    assert await office.says("mei", "stop", seconds=3599.999) == "stopped"
    assert await office.says("mei", "go-on", seconds=3600) == "closed"
    assert await office.says("bo", "stop", seconds=3600) == "closed"


async def test_a_stop_among_many_votes(database: Database, office: Office) -> None:
    """Wherever it falls: what was told to count counts, what was told to be stopped does not, and none comes after."""
    votes = await installed(database, [CLOSING])
    told: dict[str, str] = {}

    async def votes_now(name: str) -> None:
        told[name] = await cast(votes, name, 1 + len(name) % 3)

    crowd = [asyncio.create_task(votes_now(f"v{n}")) for n in range(300)]
    await asyncio.sleep(0)
    stopping = asyncio.create_task(office.says("mei", "stop"))
    later = []
    for n in range(300, 600):
        await asyncio.sleep(0)
        later.append(asyncio.create_task(votes_now(f"v{n}")))
    assert await stopping == "stopped"
    await asyncio.gather(*crowd, *later)
    assert await cast(votes, "late") == PollStopped.code
    counted = sum(code == "counted" for code in told.values())
    assert counted > 0
    assert set(told.values()) <= {"counted", PollStopped.code}
    recount = await votes.recount(POLL.id)
    assert recount
    assert (recount.match, recount.ballots) == (True, counted)


@pytest.mark.postgres
async def test_two_services_on_one_database(two_processes: list[Database]) -> None:
    here, there = two_processes
    votes, elsewhere = await installed(here), Votes(there)
    office = Office(here)
    await office.hires("mei")

    async def crowd(of: Votes, names: str) -> list[str]:
        return await asyncio.gather(*(cast(of, f"{names}{n}") for n in range(100)))

    done = await asyncio.gather(crowd(votes, "a"), crowd(elsewhere, "b"), office.says("mei", "stop"))
    assert done[2] == "stopped"
    assert await cast(elsewhere, "late") == PollStopped.code
    recount = await votes.recount(POLL.id)
    assert recount
    assert (recount.match, recount.ballots) == (True, (done[0] + done[1]).count("counted"))


@pytest.mark.postgres
async def test_two_operators_stop_and_resume_at_once(two_processes: list[Database]) -> None:
    here, there = two_processes
    await installed(here)
    one, two = Office(here), Office(there)
    await one.hires("mei")
    await one.hires("bo")
    two.ids = one.ids
    assert sorted(await asyncio.gather(one.says("mei", "stop"), two.says("bo", "stop"))) == ["stopped", "unchanged"]
    assert sorted(await asyncio.gather(one.says("mei", "go-on"), two.says("bo", "go-on"))) == ["goes-on", "second"]
    assert await one.records.stops() == {}
