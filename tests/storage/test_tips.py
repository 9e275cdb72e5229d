"""What publishing a tip does to what waits, and what is counted of those who are due, on both engines."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bot.domain.outlook import Outlooks, hour_of
from bot.domain.overlay import Written
from bot.domain.reviewers import Reviewer
from bot.domain.revisions import Act, Step
from bot.storage.database import Database
from bot.storage.revisions import RevisionRecords
from bot.storage.tables import deliveries
from bot.storage.tips import TAKEN_BACK, take_back
from tests.conftest import Clock
from tests.delivery.samples import LIBRARY, TIPS, Service
from tests.storage.test_desk import KEY
from tests.storage.test_revisions import Colleagues


class Editors(Colleagues):
    """Colleagues who publish tips."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.records = RevisionRecords(database, KEY, {"tip": take_back})

    async def publish(self, service: Service, tip: str, **table: object) -> None:
        saved = await self._take("lan", "save", service, body=Written({"id": tip, **table}).body(), subject=tip)
        assert saved
        await self._take("lan", "propose", service, revision=saved.id, code=saved.code)
        assert await self._take("bo", "publish", service, revision=saved.id, code=saved.code)

    async def _take(self, who: str, act: Act, service: Service, **more: Any) -> Any:
        step = Step(act, "tip", self.actors[who], Reviewer((f"desk:{who}",)), service.clock(), **more)
        return (await self.records.step(step)).after


@pytest.fixture
async def editors(database: Database) -> Editors:
    editors = Editors(database)
    await editors.hires("lan", "editor")
    await editors.hires("bo", "publisher")
    return editors


async def claims(service: Service) -> list[tuple[str, str, str]]:
    """The tip, the state and the reason of each claim."""
    query = select(deliveries.c.tip, deliveries.c.state, deliveries.c.reason).order_by(*deliveries.primary_key)
    async with service.database.reading() as connection:
        return [(row.tip, row.state, row.reason) for row in await connection.execute(query)]


@pytest.fixture
async def waiting(database: Database, clock: Clock) -> Service:
    """Three people have a tip in the outbox, of whom the first has had others before."""
    service = Service(database, clock)
    people = [await service.subscribe(user, "09:30") for user in ("ana", "bob", "cy")]
    first = await turn(service)
    await service.records.show(people[0], first, date(2026, 1, 1), clock.now)
    clock.passes(hours=1)
    await service.schedule.tick(clock.now)
    return service


async def turn(service: Service) -> str:
    """What comes first for who has had nothing."""
    outlook = await Outlooks(service.records, lambda: LIBRARY, service.clock, lambda: 0, lambda _: 0).made()
    return outlook.tips[0].tip


async def test_what_is_said_no_more_goes_out_to_nobody(waiting: Service, editors: Editors) -> None:
    planned = [tip for tip, state, _ in await claims(waiting) if state == "planned"]
    gone = planned[-1]
    assert sorted(map(planned.count, set(planned))) == [1, 2]
    await editors.publish(waiting, gone, skip=True)
    await waiting.courier.send_waiting()
    assert [one for one in await claims(waiting) if one[0] == gone and one[1] != "shown"] == [
        (gone, "expired", TAKEN_BACK)
    ] * 2
    assert len(waiting.platform.got) == 1


@pytest.mark.parametrize("table", [{"skip": ["2026-01-01", "2030-01-01"]}, {"text": "改过的"}, {"skip": False}])
async def test_what_is_planned_arrives_though_it_is_changed_or_skipped(
    waiting: Service, editors: Editors, table: dict[str, object]
) -> None:
    for tip in {tip for tip, _, _ in await claims(waiting)}:
        await editors.publish(waiting, tip, **table)
    await waiting.courier.send_waiting()
    assert len(waiting.platform.got) == 3


async def test_what_has_ended_does_not_change(waiting: Service, editors: Editors) -> None:
    await waiting.courier.send_waiting()
    before = await claims(waiting)
    for tip in {tip for tip, _, _ in before}:
        await editors.publish(waiting, tip, skip=True)
    assert await claims(waiting) == before


async def test_what_is_on_its_way_ends_as_it_ends(waiting: Service, editors: Editors, clock: Clock) -> None:
    for post in await waiting.outbox.waiting("telegram", clock.now, 10):
        await waiting.outbox.begin(post.id, clock.now)
    for tip in {tip for tip, _, _ in await claims(waiting)}:
        await editors.publish(waiting, tip, skip=True)
    await waiting.outbox.give_up_interrupted("telegram")
    assert {state for _, state, _ in await claims(waiting)} == {"shown", "unknown"}


async def test_who_is_due_is_counted_by_hour_and_audience(database: Database, clock: Clock) -> None:
    service = Service(database, clock)
    for number in range(7):
        await service.subscribe(f"e{number}", "20:10", audience="elders")
    for number in range(3):
        await service.subscribe(f"c{number}", f"18:{10 + number}", audience="children")
    await service.subscribe("later", "20:10", days="7")
    end = clock.now + timedelta(hours=24)
    groups = await service.records.groups(clock.now, end)
    assert sorted(groups.values()) == [3, 7]
    assert {audience for _, audience in groups} == {"elders", "children"}
    instants = await service.records.instants(clock.now, end)
    assert [people for _, people in instants] == [1, 1, 1, 7]
    assert {hour_of(at) for at, _ in instants} == {hour for hour, _ in groups}
    last = instants[-1][0]
    for start in (("", ""), ("telegram", "e3"), ("web", "zzz")):
        found = await service.records.at(last, start, 7)
        assert sorted(one.address.user for one in found) == [f"e{number}" for number in range(7)], start
    assert [one.address.user for one in await service.records.at(last, ("telegram", "e3"), 2)] == ["e4", "e5"]


async def test_the_outlook_says_what_then_goes_out(database: Database, clock: Clock) -> None:
    """People with different histories: what was foretold for each tip is what is then claimed."""
    service = Service(database, clock)
    people = [
        await service.subscribe(f"p{number}", f"{number % 24:02}:00", audience=("elders", "teens")[number % 2])
        for number in range(30)
    ]
    had: dict[str, date] = {}
    for number in range(1, 5):
        had[TIPS.turn(people[0].taste, clock.now.date(), had).id] = date(2026, 6, number)
    for number, one in enumerate(people):
        for tip, day in list(had.items())[: number % 5]:
            await service.records.show(one, tip, day, clock.now)
    outlook = await Outlooks(service.records, lambda: LIBRARY, clock, lambda: 0, lambda _: 0).made()
    assert (outlook.people, outlook.looked, outlook.is_exact) == (30, 30, True)
    foretold = {one.tip: one.people for one in outlook.tips}
    assert len(foretold) == 5
    for _ in range(24):
        clock.passes(hours=1)
        await service.schedule.tick(clock.now)
    claimed = [tip for tip, state, _ in await claims(service) if state != "shown"]
    assert {tip: claimed.count(tip) for tip in set(claimed)} == foretold
