"""A notice of the desk begins with the commit that publishes it: once, or not at all; on each engine."""

import asyncio
from collections.abc import Sequence
from datetime import datetime

import msgspec
import pytest

from bot.domain.broadcasts import LASTS, Draft, Notice, Order, Ordered
from bot.domain.desk import Actor
from bot.domain.reviewers import Reviewer
from bot.domain.revisions import Act, Step, Stepped, code_of
from bot.domain.tips import Audience
from bot.messages import Reply
from bot.storage.broadcasts import BroadcastRecords
from bot.storage.database import Database
from bot.storage.desk import DeskRecords
from bot.storage.notices import NoticeOrders, unconfirmed
from bot.storage.revisions import RevisionRecords
from tests.storage.samples import AT
from tests.storage.test_desk import KEY, logged, works

DRAFT = Draft("明天改到二楼。", "parents", ("telegram", "web"))
BODY = msgspec.json.encode(DRAFT)


def compose(text: str, audience: Audience, channels: Sequence[str], at: datetime) -> Notice:
    return Notice(Reply(text), audience, tuple(channels), at + LASTS)


def broken(text: str, audience: Audience, channels: Sequence[str], at: datetime) -> Notice:
    raise RuntimeError("in the middle of the commit")


def step(act: Act, by: Actor, number: int = 0) -> Step:
    more = {"subject": "notice-1", "body": BODY} if act == "save" else {}
    return Step(act, "broadcast", by, Reviewer((f"desk:{by.name}",)), AT, number, code_of(BODY), **more)  # type: ignore[arg-type]


async def proposed(database: Database) -> tuple[int, Actor, Actor]:
    """The revision, who wrote it, and a second person."""
    desk, revisions = DeskRecords(database, KEY), RevisionRecords(database, KEY, {"broadcast": unconfirmed})
    yun = Actor("yun", (await works(desk, "yun", "editor")).id)
    mei = Actor("mei", (await works(desk, "mei", "publisher")).id)
    number = (await revisions.step(step("save", yun))).number
    assert (await revisions.step(step("propose", yun, number))).code == "proposed"
    return number, yun, mei


async def test_it_begins_with_its_publication(database: Database) -> None:
    number, yun, mei = await proposed(database)
    orders, records = NoticeOrders(database, KEY, compose), BroadcastRecords(database)
    assert (await orders.start(step("publish", yun, number), 7)).code == "not-allowed"
    assert await records.begun_with(number) == 0
    assert (await orders.start(step("publish", mei, number), 7)).code == "published"
    (one,) = await records.recent(5)
    assert (one.notice, one.people, one.operator, one.revision, one.state) == (
        compose(DRAFT.text, DRAFT.audience, DRAFT.channels, AT),
        7,
        "desk:mei",
        number,
        "planned",
    )
    assert await records.begun_with(number) == one.id
    assert [row[1:] for row in await logged(database) if row[1] == "broadcast-publish"] == [
        ("broadcast-publish", f"#{number}", "not-allowed"),
        ("broadcast-publish", f"notice-1 #{number}", "published"),
    ]


async def test_a_commit_that_breaks_leaves_it_proposed(database: Database) -> None:
    number, _, mei = await proposed(database)
    before = await logged(database)
    with pytest.raises(RuntimeError):
        await NoticeOrders(database, KEY, broken).start(step("publish", mei, number), 7)
    found = await RevisionRecords(database, KEY, {}).revision(number)
    assert found
    assert found.state == "proposed"
    assert await logged(database) == before
    assert await BroadcastRecords(database).recent(5) == []
    assert (await NoticeOrders(database, KEY, compose).start(step("publish", mei, number), 7)).code == "published"


async def test_no_other_way_begins_it(database: Database) -> None:
    number, _, mei = await proposed(database)
    revisions = RevisionRecords(database, KEY, {"broadcast": unconfirmed})
    assert (await revisions.step(step("publish", mei, number))).code == "not-allowed"
    assert await BroadcastRecords(database).recent(5) == []


@pytest.mark.postgres
async def test_two_processes_begin_it_once(two_processes: list[Database]) -> None:
    number, _, mei = await proposed(two_processes[0])
    starts = [NoticeOrders(one, KEY, compose).start(step("publish", mei, number), 7) for one in two_processes * 3]
    ends: list[Stepped] = await asyncio.gather(*starts)
    assert sorted(end.code for end in ends) == ["published", *["settled"] * 5]
    assert len(await BroadcastRecords(two_processes[0]).recent(9)) == 1


async def test_orders_of_the_desk(database: Database) -> None:
    number, yun, mei = await proposed(database)
    orders = NoticeOrders(database, KEY, compose)
    await orders.start(step("publish", mei, number), 7)
    given: list[tuple[Order, Actor, int, str]] = [
        ("pause", yun, 1, "not-allowed"),
        ("pause", mei, 1, "paused"),
        ("resume", mei, 1, "sending"),
        ("stop", mei, 1, "stopped"),
        ("resume", mei, 1, "not-now"),
        ("stop", mei, 9, "unknown"),
    ]
    for order, by, which, outcome in given:
        assert await orders.order(Ordered(which, order, AT), by) == outcome
    assert (await logged(database))[-len(given) :] == [
        (by.name, f"broadcast-{order}", f"#{which}", outcome) for order, by, which, outcome in given
    ]
