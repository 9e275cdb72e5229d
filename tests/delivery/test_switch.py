"""The switch that halts all sending, on the real storage and courier: at once, nothing lost or doubled."""

import asyncio
from collections import Counter

import pytest

from bot.delivery.outbox import Courier
from bot.domain.audit import Chain
from bot.domain.desk import Actor
from bot.domain.switch import Turn, Turned
from bot.messages import Address, Outcome, Reply, Sent
from bot.storage.audit import AuditLog
from bot.storage.switch import SwitchRecords
from bot.storage.tables import deliveries
from tests.conftest import Clock
from tests.delivery.samples import Service
from tests.delivery.test_broadcasts import Desk, crowd

KEY = b"k" * 32
MACHINE = Actor("terminal:lan")


async def turn(service: Service, way: Turn, by: Actor = MACHINE) -> str:
    return await SwitchRecords(service.database, KEY).turn(Turned(way, by, service.clock()))


async def test_how_it_stands_and_the_log(service: Service, clock: Clock) -> None:
    switch = SwitchRecords(service.database, KEY)
    assert await switch.halt() is None
    assert await turn(service, "go-on") == "unchanged"
    ways: list[Turn] = ["halt"] * 5
    assert sorted(await asyncio.gather(*(turn(service, way) for way in ways))) == ["done", *["unchanged"] * 4]
    halt = await switch.halt()
    assert halt
    assert (halt.who, halt.at) == ("terminal:lan", clock())
    assert await turn(service, "go-on", Actor("nobody", 77)) == "not-allowed"
    assert await switch.halt() == halt
    assert await turn(service, "go-on") == "done"
    assert await switch.halt() is None
    chain, rows = Chain(KEY), [row async for row in AuditLog(service.database).all()]
    assert all(chain.holds(row) for row in rows)
    entries = Counter((row.entry.who, row.entry.act, row.entry.subject, row.entry.outcome) for row in rows)
    assert entries == {
        ("terminal:lan", "go-on", "sending", "unchanged"): 1,
        ("terminal:lan", "halt", "sending", "done"): 1,
        ("terminal:lan", "halt", "sending", "unchanged"): 4,
        ("nobody", "go-on", "sending", "not-allowed"): 1,
        ("terminal:lan", "go-on", "sending", "done"): 1,
    }


async def test_what_came_due_meanwhile_goes_out_up_to_three_hours_late(service: Service, clock: Clock) -> None:
    await service.subscribe("ana", "10:00")
    await service.subscribe("ben", "12:00")
    await turn(service, "halt")
    for _ in range(4):  # 13:00
        clock.passes(hours=1)
        assert await service.tick() == []
    again = Service(service.database, clock, service.platform)  # a restart changes nothing
    await again.outbox.expire(clock())
    assert await again.tick() == []
    await turn(again, "go-on")
    assert len(await again.tick()) == 1
    assert await again.column(deliveries, "state") == ["expired", "sent"]
    assert await again.column(deliveries, "reason") == ["too late", ""]
    assert [address.user for address, _ in service.platform.got] == ["ben"]
    clock.passes(hours=21)  # 10:00 of the next day
    await again.tick()
    clock.passes(hours=2)
    await again.tick()
    assert Counter(address.user for address, _ in service.platform.got) == {"ben": 2, "ana": 1}


async def test_a_long_halt_leaves_a_record_for_each_day(service: Service, clock: Clock) -> None:
    await service.subscribe("ana", "10:00")
    await turn(service, "halt")
    for _ in range(24 * 3):
        clock.passes(hours=1)
        await service.tick()
        await service.outbox.expire(clock())
    assert await service.column(deliveries, "state") == ["expired"] * 3
    await turn(service, "go-on")
    clock.passes(hours=1)
    assert len(await service.tick()) == 1
    assert await service.column(deliveries, "state") == ["expired"] * 3 + ["sent"]


@pytest.mark.parametrize("at", [0, 1, 17])
async def test_in_the_middle_of_a_broadcast(service: Service, at: int) -> None:
    """What the platform has is sent, nothing begins after the commit, and the rest goes out once."""
    desk, halted = Desk(service), asyncio.Event()
    await crowd(service, 60)
    service.courier = Courier(service.outbox, service.platform, service.clock, at_once=8)
    send, got = service.platform.send, service.platform.got

    async def halting(address: Address, reply: Reply, *, is_tip: bool = True) -> Sent:
        if len(got) >= at and not halted.is_set():
            halted.set()
            assert await turn(service, "halt") == "done"
        return await send(address, reply, is_tip=is_tip)

    number = await desk.start(channels=("telegram",))
    if at:
        service.platform.send = halting  # type: ignore[method-assign]
    else:
        await turn(service, "halt")
    await desk.tick()
    before = len(got)
    assert before < 60
    assert await service.outbox.waiting("telegram", service.clock(), 100) == []
    assert await desk.tick() == []
    assert (await desk.stands(number))[1].waiting == 60 - before
    service.platform.send = send  # type: ignore[method-assign]
    await turn(service, "go-on")
    await desk.tick()
    state, audited = await desk.stands(number)
    assert (state, audited.sent, audited.waiting) == ("done", 60, 0)
    assert set(Counter(address.user for address, _ in got).values()) == {1}


async def test_what_was_taken_up_does_not_begin(service: Service, clock: Clock) -> None:
    await service.subscribe("ana", "10:00")
    clock.passes(hours=1)
    await service.schedule.tick(clock())
    (post,) = await service.outbox.waiting("telegram", clock(), 10)
    await turn(service, "halt")
    assert not await service.outbox.begin(post.id, clock())
    await turn(service, "go-on")
    assert await service.outbox.begin(post.id, clock())
    await service.outbox.finish(post, Sent(Outcome.SENT), clock())
    assert await service.posted() == ["sent"]


async def test_on_the_web_nothing_is_shown_either(service: Service, clock: Clock) -> None:
    desk, ana = Desk(service), Address("web", "ana", "ana")
    await service.subscribe("ana", "07:00", channel="web")
    await desk.start(channels=("web",))
    await desk.tick()
    assert len(await service.outbox.unread(ana)) == 1
    await turn(service, "halt")
    assert await service.outbox.unread(ana) == []
    await turn(service, "go-on")
    assert len(await service.outbox.unread(ana)) == 1
