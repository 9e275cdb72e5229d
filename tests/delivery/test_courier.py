import asyncio
from collections.abc import Awaitable, Callable
from datetime import date, timedelta

import pytest

from bot.context import Unavailable
from bot.delivery import outbox as delivery
from bot.delivery.outbox import Courier
from bot.domain.outbox import Post
from bot.messages import Address, Outcome, Reply, Sent
from bot.storage.tables import deliveries, outbox
from tests.conftest import Clock
from tests.delivery.samples import Platform, Service


@pytest.fixture
async def waiting(service: Service, clock: Clock) -> Service:
    """One tip for Ana waits to be sent."""
    await service.subscribe("ana", "10:00")
    clock.passes(hours=1)
    await service.schedule.tick(clock.now)
    return service


async def test_sent(waiting: Service) -> None:
    assert await waiting.courier.send_waiting() == 1
    assert await waiting.courier.send_waiting() == 0
    assert await waiting.posted() == ["sent"]
    assert [address for address, _ in waiting.platform.got] == [Address("telegram", "ana", "ana")]


@pytest.mark.parametrize(
    ("answer", "posted", "subscription"),
    [
        (Sent(Outcome.REFUSED, reason="too long " * 40), "refused", "active"),
        (Sent(Outcome.UNREACHABLE, reason="forbidden"), "refused", "suspended"),
        (Sent(Outcome.UNKNOWN, reason="timeout"), "unknown", "active"),
        (RuntimeError("unforeseen"), "unknown", "active"),
    ],
)
async def test_what_is_never_sent_again(
    waiting: Service, clock: Clock, answer: Sent | Exception, posted: str, subscription: str
) -> None:
    waiting.platform.answers = [answer]
    await waiting.tick()
    clock.passes(hours=1)

    assert await waiting.tick() == []
    assert await waiting.posted() == [posted]
    assert await waiting.states() == [subscription]


async def test_who_is_unreachable_gets_nothing_more(waiting: Service, clock: Clock) -> None:
    await waiting.subscribe("ben", "11:00")
    waiting.platform.answers = [Sent(Outcome.UNREACHABLE)]
    await waiting.tick()
    for _ in range(48):
        clock.passes(hours=1)
        await waiting.tick()

    assert [address.user for address, _ in waiting.platform.got] == ["ana", "ben", "ben"]


async def test_a_retry_waits_as_long_as_the_platform_says(waiting: Service, clock: Clock) -> None:
    waiting.platform.answers = [Sent(Outcome.RETRY, 17.5, "flood"), Sent(Outcome.RETRY, 60.0, "flood")]
    assert len(await waiting.tick()) == 1
    clock.passes(seconds=17.4)
    assert await waiting.tick() == []
    clock.passes(seconds=0.1)
    assert len(await waiting.tick()) == 1
    clock.passes(minutes=1)
    assert len(await waiting.tick()) == 1
    assert await waiting.posted() == ["sent"]


async def test_who_has_had_enough_while_it_is_under_way_does_not_get_it_later(waiting: Service, clock: Clock) -> None:
    (post,) = await waiting.outbox.waiting("telegram", clock.now, 10)
    assert await waiting.outbox.begin(post.id, clock.now)
    await waiting.subscriptions.change(waiting.message("ana"), state="stopped")
    await waiting.outbox.finish(post, Sent(Outcome.RETRY, 5.0, "flood"), clock.now)

    clock.passes(seconds=10)
    assert await waiting.tick() == []
    assert await waiting.posted() == ["expired"]


async def test_a_retry_ends_when_the_tip_is_too_late(waiting: Service, clock: Clock) -> None:
    waiting.platform.answers = [Sent(Outcome.RETRY, timedelta(hours=3).total_seconds(), "flood")]
    await waiting.tick()
    clock.passes(hours=3)

    assert await waiting.tick() == []
    await waiting.outbox.expire(clock.now)
    assert await waiting.posted() == ["expired"]


async def test_expired_is_never_sent(waiting: Service, clock: Clock) -> None:
    (post,) = await waiting.outbox.waiting("telegram", clock.now, 10)
    clock.passes(hours=3)

    assert await waiting.courier.send_waiting() == 0
    assert await waiting.outbox.begin(post.id, clock.now) is False
    await waiting.outbox.expire(clock.now)
    assert await waiting.outbox.begin(post.id, clock.now - timedelta(hours=2)) is False
    assert waiting.platform.got == []


async def test_interrupted_becomes_unknown_and_is_never_sent_again(
    waiting: Service, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process dies while the platform has the message and has not answered."""
    monkeypatch.setattr(delivery, "ENDING_SECONDS", 0.0)

    class Silent(Platform):
        asked = asyncio.Event()

        async def send(self, address: Address, reply: Reply, *, is_tip: bool = True) -> Sent:
            self.asked.set()
            await asyncio.Event().wait()
            raise AssertionError

    platform = Silent()
    dying = Service(waiting.database, clock, platform)
    running = asyncio.create_task(dying.courier.run())
    async with asyncio.timeout(10):
        await platform.asked.wait()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert await waiting.posted() == ["sending"]

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.3):
            await waiting.courier.run()

    assert await waiting.posted() == ["unknown"]
    assert waiting.platform.got == []


async def test_a_stop_waits_for_what_the_platform_has(service: Service, clock: Clock) -> None:
    """Of two, one has left when the service is stopped, and the other waits for its turn."""

    class Slow(Platform):
        asked = asyncio.Event()

        async def turn(self, address: Address) -> None:
            if address.user == "ben":
                await asyncio.Event().wait()

        async def send(self, address: Address, reply: Reply, *, is_tip: bool = True) -> Sent:
            self.asked.set()
            await asyncio.sleep(0.1)
            return await super().send(address, reply)

    for user in ("ana", "ben"):
        await service.subscribe(user, "10:00")
    clock.passes(hours=1)
    await service.schedule.tick(clock.now)
    platform = Slow()
    running = asyncio.create_task(Service(service.database, clock, platform).courier.run())
    async with asyncio.timeout(10):
        await platform.asked.wait()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)

    assert [address.user for address, _ in platform.got] == ["ana"]
    assert sorted(map(str, await service.delivered())) == ["planned", "sent"]


async def test_what_waits_for_its_turn_goes_out_after_a_restart(waiting: Service, clock: Clock) -> None:
    class Held(Platform):
        asked = asyncio.Event()

        async def turn(self, address: Address) -> None:
            self.asked.set()
            await asyncio.Event().wait()

    platform = Held()
    running = asyncio.create_task(Service(waiting.database, clock, platform).courier.run())
    async with asyncio.timeout(10):
        await platform.asked.wait()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert await waiting.posted() == ["planned"]

    await waiting.outbox.give_up_interrupted("telegram")
    assert len(await waiting.tick()) == 1
    assert await waiting.posted() == ["sent"]


async def stopped(service: Service, clock: Clock) -> None:
    await service.subscriptions.set_state(service.message("ana"), "stopped")


async def paused(service: Service, clock: Clock) -> None:
    await service.subscriptions.change(service.message("ana"), paused_until=date(2026, 12, 24))


async def late(service: Service, clock: Clock) -> None:
    clock.passes(hours=3)


async def night(service: Service, clock: Clock) -> None:
    clock.passes(minutes=30)


@pytest.mark.parametrize(
    ("at", "audience", "happens", "reason"),
    [
        ("10:00", "everyone", stopped, "not wanted any more"),
        ("10:00", "everyone", paused, "not wanted any more"),
        ("10:00", "everyone", late, "too late"),
        ("20:30", "children", night, "too late"),
    ],
)
async def test_what_waits_for_its_turn_is_not_sent_when_it_is_not_wanted_any_more(
    service: Service,
    clock: Clock,
    at: str,
    audience: str,
    happens: Callable[[Service, Clock], Awaitable[None]],
    reason: str,
) -> None:
    class Held(Platform):
        async def turn(self, address: Address) -> None:
            await happens(service, clock)

    found = await service.subscribe("ana", at, audience=audience)
    assert found.due_at
    clock.now = found.due_at
    await service.schedule.tick(clock.now)
    platform = Held()
    await Service(service.database, clock, platform).courier.send_waiting()
    await service.outbox.expire(clock.now)

    assert platform.got == []
    assert await service.delivered() == ["expired"]
    assert await service.column(deliveries, "reason") == [reason]


async def test_interrupted_messages_of_other_channels_are_left_alone(waiting: Service, clock: Clock) -> None:
    (post,) = await waiting.outbox.waiting("telegram", clock.now, 10)
    await waiting.outbox.begin(post.id, clock.now)
    await waiting.outbox.give_up_interrupted("wechat")

    assert await waiting.posted() == ["sending"]


async def test_two_couriers_do_not_send_the_same(waiting: Service, clock: Clock) -> None:
    other = Service(waiting.database, clock, waiting.platform)
    await asyncio.gather(waiting.courier.send_waiting(), other.courier.send_waiting())

    assert len(waiting.platform.got) == 1


async def test_a_crowd_is_sent_in_order_and_once(service: Service, clock: Clock) -> None:
    for n in range(70):
        await service.subscribe(f"person-{n:02}", f"10:{n // 10:02}")
    clock.passes(hours=2)
    await service.tick()

    users = [address.user for address, _ in service.platform.got]
    assert sorted(users) == [f"person-{n:02}" for n in range(70)]
    assert [user[7] for user in users] == [minute for minute in "6543210" for _ in range(10)], "the newest first"


async def test_the_record_survives_what_the_person_does_meanwhile(waiting: Service, clock: Clock) -> None:
    (post,) = await waiting.outbox.waiting("telegram", clock.now, 10)
    await waiting.outbox.finish(
        Post(post.id + 1, post.address, post.reply, post.created_at), Sent(Outcome.SENT), clock.now
    )

    assert await waiting.posted() == ["planned"]


async def test_on_the_web_it_waits_until_it_is_seen(service: Service, clock: Clock) -> None:
    await service.subscribe("ana", "10:00", channel="web")
    await service.subscribe("ben", "10:00", channel="web")
    clock.passes(hours=1)
    await service.tick()
    ana, ben = Address("web", "ana", "ana"), Address("web", "ben", "ben")
    ((letter, reply, since),) = await service.outbox.unread(ana)
    assert reply.text.startswith("今日一招")
    assert since == clock.now

    await service.outbox.mark_seen(ben, [letter], clock.now)
    await service.outbox.mark_seen(Address("telegram", "ana", "ana"), [letter], clock.now)
    await service.outbox.mark_seen(
        ana, ["0", "-1", "x", "", "٣", "9" * 18, "9" * 19, "9" * 5000, letter + "9"], clock.now
    )
    assert len(await service.outbox.unread(ana)) == 1

    await service.outbox.mark_seen(ana, [letter, letter], clock.now)
    assert await service.outbox.unread(ana) == []
    assert len(await service.outbox.unread(ben)) == 1
    assert service.platform.got == []


async def test_on_the_web_it_waits_three_days(service: Service, clock: Clock) -> None:
    await service.subscribe("ana", "10:00", channel="web")
    clock.passes(hours=1)
    await service.tick()
    clock.passes(days=3, seconds=-1)
    await service.outbox.expire(clock.now)
    assert len(await service.outbox.unread(Address("web", "ana", "ana"))) == 1
    clock.passes(seconds=1)
    await service.outbox.expire(clock.now)

    assert await service.outbox.unread(Address("web", "ana", "ana")) == []
    assert await service.column(outbox, "state") == ["expired"]


async def test_a_fault_of_the_database_does_not_send_twice(waiting: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    """The platform has it, and the record of that cannot be written."""

    async def fail(*_: object) -> None:
        raise Unavailable("for a moment")

    with monkeypatch.context() as broken:
        broken.setattr(waiting.outbox, "finish", fail)
        with pytest.raises(Unavailable):
            await waiting.courier.send_waiting()
    await waiting.outbox.give_up_interrupted("telegram")
    assert await waiting.courier.send_waiting() == 0

    assert len(waiting.platform.got) == 1
    assert await waiting.posted() == ["unknown"]


ENDS = [
    (Sent(Outcome.SENT), "sent", ""),
    (Sent(Outcome.REFUSED, reason="message is too long"), "refused", "message is too long"),
    (Sent(Outcome.UNREACHABLE, reason="forbidden"), "refused", "forbidden"),
    (Sent(Outcome.UNKNOWN, reason="timeout"), "unknown", "timeout"),
    (RuntimeError("unforeseen"), "unknown", "RuntimeError"),
    (Sent(Outcome.RETRY, 5.0, "flood"), "planned", ""),
]


@pytest.mark.parametrize(("answer", "state", "reason"), ENDS, ids=[f"{row[1]}, {row[2]}" for row in ENDS])
async def test_the_delivery_says_what_became_of_its_message(
    waiting: Service, answer: Sent | Exception, state: str, reason: str
) -> None:
    waiting.platform.answers = [answer]
    await waiting.courier.send_waiting()

    assert await waiting.column(deliveries, "state") == [state]
    assert await waiting.column(deliveries, "reason") == [reason]


async def test_the_delivery_says_that_nobody_knows(waiting: Service, clock: Clock) -> None:
    (post,) = await waiting.outbox.waiting("telegram", clock.now, 10)
    await waiting.outbox.begin(post.id, clock.now)
    await waiting.outbox.give_up_interrupted("telegram")

    assert await waiting.column(deliveries, "state") == ["unknown"]
    assert await waiting.column(deliveries, "reason") == ["interrupted"]


async def test_the_delivery_says_that_it_was_too_late(waiting: Service, clock: Clock) -> None:
    await waiting.outbox.expire(clock.passes(hours=3))

    assert await waiting.column(deliveries, "state") == ["expired"]
    assert await waiting.column(deliveries, "reason") == ["too late"]


async def test_the_delivery_says_that_it_was_seen_on_the_web(service: Service, clock: Clock) -> None:
    await service.subscribe("ana", "10:00", channel="web")
    clock.passes(hours=1)
    await service.tick()
    ana = Address("web", "ana", "ana")
    ((letter, _, _),) = await service.outbox.unread(ana)
    await service.outbox.mark_seen(ana, [letter], clock.now)

    assert await service.delivered() == ["sent"]


async def test_what_ended_once_does_not_end_again(waiting: Service, clock: Clock) -> None:
    """A late answer of the platform changes nothing about what is on record."""
    (post,) = await waiting.outbox.waiting("telegram", clock.now, 10)
    await waiting.outbox.begin(post.id, clock.now)
    await waiting.outbox.give_up_interrupted("telegram")
    await waiting.outbox.finish(post, Sent(Outcome.SENT), clock.now)

    assert (await waiting.posted(), await waiting.delivered()) == (["unknown"], ["unknown"])


async def test_nobody_gets_the_tips_of_two_days_at_once(service: Service, clock: Clock) -> None:
    """An outage from eleven in the evening until one; the time was changed to half past midnight meanwhile."""
    await service.subscribe("ana", "23:30")
    await service.subscribe("web-ana", "23:30", channel="web")
    clock.passes(hours=14, minutes=40)
    await service.schedule.tick(clock.now)
    await service.subscribe("ana", "00:30")
    clock.passes(hours=1, minutes=20)
    await service.tick()

    assert len(service.platform.got) == 1
    assert await service.column(deliveries, "state") == ["expired", "sent", "planned"]
    assert await service.column(deliveries, "reason") == ["a newer one came", "", ""]


async def test_a_slow_message_holds_up_nobody(service: Service, clock: Clock) -> None:
    class Slow(Platform):
        others = asyncio.Semaphore(0)

        async def send(self, address: Address, reply: Reply, *, is_tip: bool = True) -> Sent:
            if address.user == "slow":
                for _ in range(40):
                    await self.others.acquire()
            self.others.release()
            return await super().send(address, reply)

    for user in ("slow", *(f"person-{n}" for n in range(40))):
        await service.subscribe(user, "10:00")
    clock.passes(hours=1)
    await service.schedule.tick(clock.now)
    platform = Slow()
    courier = Courier(service.outbox, platform, clock, at_once=4)
    async with asyncio.timeout(10):
        assert await courier.send_waiting() == 41
    assert platform.got[-1][0].user == "slow"


async def test_records_go_when_their_time_is_over(waiting: Service, clock: Clock) -> None:
    await waiting.tick()
    clock.passes(days=30, hours=2, minutes=59)
    await waiting.schedule.tick(clock.now)
    await waiting.outbox.prune(clock.now)
    assert "sent" in await waiting.posted()
    await waiting.outbox.prune(clock.passes(minutes=2))
    assert await waiting.posted() == ["planned"]
    assert "sent" in await waiting.delivered()
    await waiting.outbox.prune(clock.passes(days=370))

    assert "sent" not in await waiting.delivered()
    assert "planned" in await waiting.posted(), "what has not ended stays"
