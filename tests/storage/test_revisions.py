import asyncio
from typing import Any

import pytest
from sqlalchemy import Connection

from bot.domain.desk import Actor
from bot.domain.reviewers import Reviewer
from bot.domain.revisions import Act, Revision, Step, Stepped, code_of
from bot.storage.database import Database
from bot.storage.desk import DeskRecords
from bot.storage.revisions import RevisionRecords
from tests.storage.samples import AT
from tests.storage.test_desk import KEY, logged, works

REFUSED = b'"contradicts"'


class Colleagues:
    """People of the desk who write and publish."""

    def __init__(self, database: Database) -> None:
        self.desk = DeskRecords(database, KEY)
        self.records = RevisionRecords(database, KEY, {"entry": self._effect})
        self.effects: list[str] = []
        self.actors: dict[str, Actor] = {}

    def _effect(self, _connection: Connection, revision: Revision) -> str:
        self.effects.append(revision.subject)
        return "contradicts" if revision.body == REFUSED else ""

    async def hires(self, name: str, role: str) -> None:
        self.actors[name] = Actor(name, (await works(self.desk, name, role)).id)

    async def step(self, who: str, act: Act, number: int = 0, body: bytes = b"{}", **more: Any) -> Stepped:
        values: dict[str, Any] = {"subject": "e", "code": code_of(body), "body": body, "revision": number}
        return await self.records.step(
            Step(act, "entry", self.actors[who], Reviewer((f"desk:{who}",)), AT, **values | more)
        )

    async def published(self, body: bytes = b"{}", **more: Any) -> int:
        number = (await self.step("lan", "save", 0, body, **more)).number
        await self.step("lan", "propose", number, body)
        assert (await self.step("bo", "publish", number, body)).code == "published"
        return number


@pytest.fixture
async def people(database: Database) -> Colleagues:
    people = Colleagues(database)
    for name, role in (("lan", "editor"), ("bo", "publisher"), ("mei", "publisher"), ("yan", "reviewer")):
        await people.hires(name, role)
    return people


async def test_from_a_draft_to_what_is_in_force(database: Database, people: Colleagues) -> None:
    assert await people.records.publications() == 0
    number = await people.published()
    found = await people.records.in_force_on("entry", "e")
    assert found == await people.records.revision(number)
    assert found
    assert (found.state, found.authors, found.second) == ("published", ("desk:lan",), "desk:bo")
    assert await people.records.in_force("entry") == [found]
    assert await people.records.in_force("tip") == []
    assert await people.records.publications() == 1
    assert people.effects == ["e"]
    assert [row for row in await logged(database) if row[1].startswith("entry-")] == [
        ("lan", "entry-save", "e #1", "saved"),
        ("lan", "entry-propose", "e #1", "proposed"),
        ("bo", "entry-publish", "e #1", "published"),
    ]


async def test_a_later_one_replaces_it_and_what_it_overtook_is_told(people: Colleagues) -> None:
    first = await people.published()
    waiting = (await people.step("lan", "save", over=first)).number
    await people.step("lan", "propose", waiting)
    second = await people.published(b'"new"', over=first)
    assert (await people.step("bo", "publish", waiting)).code == "overtaken"
    assert [found.id for found in await people.records.in_force("entry")] == [second]
    assert await people.records.publications() == 2
    assert [found.id for found in await people.records.of("entry", "e", 10)] == [second, waiting, first]
    assert [found.id for found in await people.records.listed("entry", ("proposed",), None, 10)] == [waiting]
    assert await people.records.listed("entry", ("proposed",), waiting, 10) == []


async def test_who_may_not_does_not(people: Colleagues) -> None:
    assert (await people.step("yan", "save")).code == "not-allowed"
    number = (await people.step("lan", "save")).number
    await people.step("lan", "propose", number)
    assert (await people.step("lan", "publish", number)).code == "not-allowed"
    assert (await people.step("yan", "publish", number)).code == "not-allowed"
    await people.step("mei", "save", number)
    await people.step("mei", "propose", number)
    assert (await people.step("mei", "publish", number)).code == "own"
    assert (await people.step("bo", "publish", 99)).code == "gone"


async def test_two_at_once_publish_it_once(people: Colleagues) -> None:
    number = (await people.step("lan", "save")).number
    await people.step("lan", "propose", number)
    outcomes = await asyncio.gather(*(people.step(who, "publish", number) for who in ("bo", "mei", "bo")))
    assert sorted(outcome.code for outcome in outcomes) == ["published", "settled", "settled"]
    assert people.effects == ["e"]


async def test_two_who_write_at_once_lose_nothing_silently(people: Colleagues) -> None:
    number = (await people.step("lan", "save")).number
    seen = code_of(b"{}")
    both = (people.step(who, "save", number, who.encode(), code=seen) for who in ("lan", "mei"))
    assert sorted(outcome.code for outcome in await asyncio.gather(*both)) == ["changed", "saved"]


async def test_what_its_effect_refuses_stays_as_it_was(people: Colleagues) -> None:
    number = (await people.step("lan", "save", 0, REFUSED)).number
    await people.step("lan", "propose", number, REFUSED)
    assert (await people.step("bo", "publish", number, REFUSED)).code == "contradicts"
    found = await people.records.revision(number)
    assert found
    assert found.state == "proposed"
    assert await people.records.publications() == 0
