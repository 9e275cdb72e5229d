"""A poll that is published at the desk is set up in the commit that publishes it, or not at all."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from msgspec import structs
from sqlalchemy import func, select

from bot.domain.desk import Acceptance, Actor, Invitation
from bot.domain.kinds import Daily
from bot.domain.library import Shelf
from bot.domain.pollroll import PollRoll
from bot.domain.pollrules import body_of
from bot.domain.polls import Option, Poll
from bot.domain.reviewers import Reviewer
from bot.domain.revisions import Act, Step, Stepped, code_of
from bot.storage.database import Database
from bot.storage.desk import DeskRecords
from bot.storage.revisions import RevisionRecords
from bot.storage.stops import StopRecords
from bot.storage.stories import StoryRecords
from bot.storage.tables import polls
from bot.storage.votes import Votes, install_published
from tests.shipped import shipped
from tests.storage.samples import AT, vote

KEY = b"log"
REAL: dict[str, Any] = {"organiser": "o", "contact": "c", "rules": "r", "eligibility": "e", "joined": "any"}
POLL = Poll(
    "deeds",
    "Deeds",
    tuple(Option(str(n), n, f"Deed {n}") for n in (1, 2)),
    opens_at=AT + timedelta(hours=1),
    closes_at=AT + timedelta(days=3),
    **REAL,
)


class Office:
    def __init__(self, database: Database) -> None:
        self.database = database
        self.desk = DeskRecords(database, KEY)
        self.revisions = RevisionRecords(database, KEY, {"poll": install_published(lambda _: b"check")})
        self.votes = Votes(database)
        self.shelf = Shelf(shipped())
        stops, stories = StopRecords(database, KEY), StoryRecords(database)
        self.roll = PollRoll(self.shelf, self.revisions, stops, stories.public_among)
        self.ids: dict[str, int] = {}

    async def hires(self, *names: str) -> None:
        for name in names:
            digest = name.encode().ljust(32)
            await self.desk.invite(Invitation(name, "publisher", digest, Actor("root"), AT))
            assert await self.desk.accept(Acceptance(digest, "p", b"", 1, digest, AT))
        self.ids = {one.name: one.id for one in await self.desk.everybody()}

    async def step(self, who: str, act: Act, poll: Poll, number: int = 0, over: int = 0, hours: float = 0) -> Stepped:
        body, at = body_of(poll), AT + timedelta(hours=hours)
        return await self.revisions.step(
            Step(
                act, "poll", Actor(who, self.ids[who]), Reviewer((f"desk:{who}",)), at,
                revision=number, code=code_of(body), subject=poll.id, body=body, over=over,
            )
        )  # fmt: skip

    async def publishes(self, poll: Poll, over: int = 0, hours: float = 0) -> Stepped:
        number = (await self.step("mei", "save", poll, 0, over, hours)).number
        await self.step("mei", "propose", poll, number, hours=hours)
        return await self.step("bo", "publish", poll, number, hours=hours)


@pytest.fixture
async def office(database: Database) -> Office:
    office = Office(database)
    await office.hires("mei", "bo")
    return office


async def test_it_is_set_up_with_its_publication(office: Office) -> None:
    done = await office.publishes(POLL)
    assert done.code == "published"
    assert await office.votes.numbers(POLL.id) == {1: "1", 2: "2"}
    assert (await office.votes.counts(POLL.id)).opened_at == POLL.opens_at
    await office.roll.refresh()
    assert office.shelf.library.polls[POLL.id] == POLL
    assert "nanyue-stories" in office.shelf.library.polls


@pytest.mark.parametrize(
    ("changes", "hours", "code"),
    [
        ({"options": ()}, 0, "unfit"),
        ({"organiser": ""}, 0, "unfit"),
        ({}, 1, "past"),
        ({"opens_at": None, "closes_at": AT}, 0, "past"),
    ],
)
async def test_what_is_not_right_is_not_set_up(
    office: Office, changes: dict[str, object], hours: float, code: str
) -> None:
    assert (await office.publishes(structs.replace(POLL, **changes), hours=hours)).code == code
    async with office.database.reading() as connection:
        assert await connection.scalar(select(func.count()).select_from(polls)) == 0
    assert await office.revisions.publications() == 0


async def test_what_contradicts_what_was_counted_changes_nothing(office: Office) -> None:
    first = await office.publishes(POLL)
    await office.votes.cast(vote("m", "ana", 1))
    other = (Option("1", 1, "x"), Option("other", 2, "y"))
    for changes, code in (
        ({"kind": Daily(5, 2)}, "terms-fixed"),
        ({"closes_at": AT + timedelta(days=9)}, "terms-fixed"),
        ({"options": other}, "number-taken"),
        ({"options": other, "kind": Daily(5, 2)}, "number-taken"),
    ):
        changed = structs.replace(POLL, **changes)
        assert (await office.publishes(changed, first.number, hours=2)).code == code
    renamed = structs.replace(POLL, title="New", options=(*POLL.options[::-1], Option("3", 3, "z")))
    assert (await office.publishes(renamed, first.number, hours=2)).code == "published"
    assert await office.votes.numbers(POLL.id) == {1: "1", 2: "2", 3: "3"}
    assert (await office.votes.counts(POLL.id)).votes == {1: 1}


async def test_refused_numbers_leave_the_terms_as_they_are(office: Office) -> None:
    """Before the opening the terms may change, but not together with what is refused."""
    first = await office.publishes(POLL)
    later = structs.replace(
        POLL, opens_at=AT + timedelta(hours=5), options=(Option("1", 1, "x"), Option("other", 2, "y"))
    )
    assert (await office.publishes(later, first.number)).code == "number-taken"
    assert (await office.votes.counts(POLL.id)).opened_at == POLL.opens_at


async def test_with_another_key_nothing_is_published(office: Office) -> None:
    first = await office.publishes(POLL)
    await office.votes.cast(vote("m", "ana", 1))
    office.revisions = RevisionRecords(office.database, KEY, {"poll": install_published(lambda _: b"other")})
    renamed = structs.replace(POLL, title="New")
    assert (await office.publishes(renamed, first.number)).code == "other-key"


async def test_it_lies_over_a_file_of_the_same_name(office: Office) -> None:
    library = shipped()
    authored = structs.replace(library.polls["nanyue-stories"])
    await office.votes.install(authored, b"check", AT)
    changed = structs.replace(authored, title="改了的标题", **REAL | {"joined": authored.joined})
    assert (await office.publishes(changed)).code == "published"
    await office.roll.refresh()
    assert office.shelf.library.polls["nanyue-stories"].title == "改了的标题"
    assert office.shelf.authored.polls["nanyue-stories"] == authored
    office.shelf.library = library  # a new edition of the files
    assert office.shelf.library.polls["nanyue-stories"].title == "改了的标题"


@pytest.mark.postgres
async def test_two_publish_two_drafts_at_once(two_processes: list[Database]) -> None:
    one, two = map(Office, two_processes)
    await one.hires("mei", "bo")
    two.ids = one.ids
    drafts = [structs.replace(POLL, title=title) for title in ("one", "two")]
    numbers = []
    for poll in drafts:
        numbers.append((await one.step("mei", "save", poll)).number)
        await one.step("mei", "propose", poll, numbers[-1])
    done = await asyncio.gather(
        one.step("bo", "publish", drafts[0], numbers[0]), two.step("bo", "publish", drafts[1], numbers[1])
    )
    assert sorted(step.code for step in done) == ["overtaken", "published"]
    for office in (one, two):
        await office.roll.refresh()
    assert one.shelf.library.polls[POLL.id] == two.shelf.library.polls[POLL.id]
