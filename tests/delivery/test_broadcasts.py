"""A notice to many people on the real storage and courier: who gets it, when, once, and figures that add up."""

import asyncio
import random
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from msgspec import structs
from sqlalchemy import event, func, select
from sqlalchemy.exc import IntegrityError

from bot.context import Unavailable
from bot.delivery import broadcasts as delivery
from bot.delivery.broadcasts import Announcer, Broadcasts, Prospects
from bot.delivery.outbox import Courier
from bot.domain.broadcasts import LASTS, Audited, Confirmed, Draft, Ends, Notice, Order, Ordered, Progress, unfit
from bot.domain.desk import Actor
from bot.domain.library import Shelf
from bot.domain.subscriptions import waking_hours
from bot.domain.tips import Audience
from bot.messages import Address, Outcome, Reply, Sent
from bot.storage import broadcasts as storage
from bot.storage.broadcasts import BroadcastRecords
from bot.storage.database import Database
from bot.storage.notices import NoticeOrders
from bot.storage.outbox import outbox_row
from bot.storage.people import PeopleStore
from bot.storage.tables import broadcasts, outbox
from bot.web import Letterbox
from tests.conftest import Clock
from tests.delivery.samples import Platform, Service
from tests.shipped import shipped

TEXT = "明天下午三点，社区手机课改到二楼。"


class Road(Platform):
    """Also tells what an operator asks before a broadcast."""

    async def reachable(self, people: Sequence[Address], now: datetime) -> int:
        return len(people)

    def seconds_for(self, messages: int) -> float:
        return messages / 30

    def shown(self, reply: Reply) -> str:
        return reply.text


class Desk:
    """The operators' side of a service."""

    def __init__(self, service: Service) -> None:
        self.service, self.clock = service, service.clock
        self.records = BroadcastRecords(service.database)
        self.announcer = Announcer(self.records)
        self.broadcasts = Broadcasts(self.records, [Road(), Letterbox()], Shelf(shipped()))
        self.orders = NoticeOrders(service.database, b"log", self.broadcasts.notice)
        self._keys = count()

    async def start(
        self,
        audience: Audience = "everyone",
        channels: tuple[str, ...] = ("telegram", "web"),
        text: str = TEXT,
        key: str = "",
    ) -> int:
        key = key or f"{text} {next(self._keys)}"
        confirmed = Confirmed(text, audience, channels, "terminal:lan", 0, self.clock(), key)
        return int(await self.orders.begin(confirmed))

    def notice(self) -> Notice:
        return self.broadcasts.notice(TEXT, "everyone", ("telegram", "web"), self.clock())

    async def order(self, number: int, order: Order) -> str:
        return await self.orders.order(Ordered(number, order, self.clock()), Actor("terminal:lan"))

    async def tick(self) -> list[str]:
        """What arrives now, by person."""
        before = len(self.service.platform.got)
        await self.announcer.tick(self.clock())
        while await self.service.courier.send_waiting():
            pass
        await self.announcer.tick(self.clock())
        return sorted(address.user for address, _ in self.service.platform.got[before:])

    async def progress(self, number: int) -> Progress:
        found = await self.records.progress(number, self.clock())
        assert found
        return found

    async def stands(self, number: int) -> tuple[str, Audited]:
        """The state and the figures, which are those of the outbox."""
        one = (await self.progress(number)).broadcast
        async with self.service.database.reading() as connection:
            rows = await connection.execute(
                select(outbox.c.state, func.count()).where(outbox.c.broadcast == number).group_by(outbox.c.state)
            )
            states = dict(map(tuple, rows))
        ends = {state: states.get(state, 0) for state in ("sent", "refused", "unknown", "expired")}
        assert one.audited == Audited(planned=sum(states.values()), **ends)
        assert one.audited.waiting == states.get("planned", 0) + states.get("sending", 0)
        return one.state, one.audited


@pytest.fixture
def desk(service: Service) -> Desk:
    return Desk(service)


async def crowd(service: Service, number: int) -> None:
    for first in range(0, number, 50):
        some = range(first, min(first + 50, number))
        await asyncio.gather(*(service.subscribe(f"person-{n:04}", "07:00") for n in some))


async def test_who_gets_it(desk: Desk, service: Service, clock: Clock) -> None:
    for user in ("ana", "ben", "away", "gone", "blocked", "back"):
        await service.subscribe(user, "07:00", audience="parents")
    await service.subscribe("teacher", "07:00", audience="teachers")
    await service.subscribe("terminal", "07:00", channel="terminal", audience="parents")
    await service.subscriptions.change(service.message("away"), paused_until=datetime(2026, 12, 24, tzinfo=UTC).date())
    await service.subscriptions.set_state(service.message("gone"), "stopped")
    await service.subscriptions.set_state(service.message("blocked"), "suspended")
    await service.subscriptions.set_state(service.message("back"), "paused")
    await service.subscriptions.set_state(service.message("back"), "active")

    number = await desk.start("parents")
    assert await desk.tick() == ["ana", "back", "ben"]
    assert await desk.stands(number) == ("done", Audited(planned=3, sent=3))
    await desk.start()
    assert await desk.tick() == ["ana", "back", "ben", "teacher"]
    texts = {text for _, text in service.platform.got}
    assert texts == {TEXT}


async def test_on_the_web_it_waits_until_it_is_seen(desk: Desk, service: Service, clock: Clock) -> None:
    for user in ("ana", "ben", "eva"):
        await service.subscribe(user, "07:00", channel="web", audience="children")
    ana, ben = Address("web", "ana", "ana"), Address("web", "ben", "ben")
    number = await desk.start()
    assert await service.outbox.unread(ana) == []
    assert await desk.tick() == []
    ((letter, reply, _),) = await service.outbox.unread(ana)
    assert reply.text == TEXT
    assert [button.command for button in reply.flat_buttons()] == ["/unsubscribe"]

    await desk.order(number, "pause")
    assert await service.outbox.unread(ben) == []
    await desk.order(number, "resume")
    await service.outbox.mark_seen(ana, [letter], clock.now)
    progress = await desk.progress(number)
    assert (progress.later, progress.rests) == (2, True)
    assert await desk.stands(number) == ("sending", Audited(planned=3, sent=1))

    await desk.order(number, "stop")
    assert await service.outbox.unread(ben) == []
    await desk.tick()
    assert await desk.stands(number) == ("stopped", Audited(planned=3, sent=1, expired=2))


async def test_on_the_web_it_ends_after_three_days(desk: Desk, service: Service, clock: Clock) -> None:
    await service.subscribe("ana", "07:00", channel="web")
    number = await desk.start()
    await desk.tick()
    clock.passes(seconds=LASTS.total_seconds() - 1)
    await desk.tick()
    assert (await desk.stands(number))[0] == "sending"
    clock.passes(seconds=1)
    await service.outbox.expire(clock.now)
    await desk.tick()

    assert await desk.stands(number) == ("done", Audited(planned=1, expired=1))
    assert await desk.records.ends(number) == [Ends("expired", "too late", 1)]


async def test_the_same_order_given_again_is_one_broadcast(desk: Desk, service: Service) -> None:
    await service.subscribe("ana", "07:00")
    first = await desk.start(key="confirmed once")
    assert await desk.tick() == ["ana"]
    assert await desk.start(key="confirmed once") == first
    assert await desk.tick() == []
    assert await desk.start(key="confirmed again") != first
    assert await desk.tick() == ["ana"]


async def test_nobody_twice_is_kept_by_the_database(desk: Desk, service: Service) -> None:
    await service.subscribe("ana", "07:00")
    number = await desk.start()
    await desk.tick()
    again = outbox_row(Address("telegram", "ana", "ana"), None, service.clock(), service.clock()) | {
        "broadcast": number
    }
    with pytest.raises(IntegrityError):
        await service.database._writing.transact(lambda connection: connection.execute(outbox.insert(), again))


async def test_a_group_that_gets_another_id_meanwhile_gets_it_once(
    desk: Desk, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storage, "AT_ONCE", 1)
    await service.subscribe("-1", "07:00")
    await service.subscribe("ana", "07:00")
    number = await desk.start()
    await desk.records.plan(number, desk.clock())
    await service.subscriptions.move(service.message("-1"), "-1001")  # behind the place up to which it is planned

    assert await desk.tick() == ["-1001", "ana"]
    assert await desk.stands(number) == ("done", Audited(planned=2, sent=2))


async def test_one_whose_time_zone_is_unknown_here_stops_no_broadcast(desk: Desk, service: Service) -> None:
    for user in ("ana", "ben"):
        await service.subscribe(user, "07:00", audience="children")
    message = service.message("ana")
    found = await service.records.subscription(message.sender)
    assert found
    await service.records.save(message, structs.replace(found, zone="Mars/Olympus"))
    number = await desk.start()
    await desk.tick()

    assert (await desk.broadcasts.forecast(desk.notice(), desk.clock())).people == 1
    assert await desk.stands(number) == ("sending", Audited(planned=1))


async def test_pause_resume_and_stop(desk: Desk, service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storage, "AT_ONCE", 10)
    await crowd(service, 35)
    number = await desk.start()
    assert await desk.order(number, "pause") == "paused"
    assert await desk.tick() == []
    assert await desk.stands(number) == ("paused", Audited())
    assert await desk.order(number, "pause") == "paused"
    assert await desk.order(number, "resume") == "sending"
    await desk.records.plan(number, desk.clock())
    await desk.records.plan(number, desk.clock())
    assert await desk.order(number, "pause") == "paused"
    assert await desk.tick() == []
    assert await desk.stands(number) == ("paused", Audited(planned=20))
    assert await desk.order(number, "stop") == "stopped"
    assert await desk.tick() == []
    assert await desk.stands(number) == ("stopped", Audited(planned=20, expired=20))
    assert await desk.records.ends(number) == [Ends("expired", "stopped", 20)]

    for order in ("pause", "resume"):
        assert await desk.order(number, order) == "not-now"
    assert await desk.order(number, "stop") == "stopped"
    assert await desk.order(number + 1, "stop") == "unknown"
    assert await desk.records.unsettled(desk.clock()) == []


async def test_what_is_under_way_ends_after_the_stop(desk: Desk, service: Service, clock: Clock) -> None:
    await crowd(service, 2)
    number = await desk.start()
    await desk.announcer.tick(clock.now)
    sending, retried = await service.outbox.waiting("telegram", clock.now, 10)
    assert await service.outbox.begin(sending.id, clock.now)
    assert await service.outbox.begin(retried.id, clock.now)
    await desk.order(number, "stop")
    assert await desk.tick() == []
    assert await desk.stands(number) == ("stopped", Audited(planned=2))
    await service.outbox.finish(sending, Sent(Outcome.SENT), clock.now)
    await service.outbox.finish(retried, Sent(Outcome.RETRY, 1.0, "flood"), clock.now)
    clock.passes(seconds=2)
    assert await desk.tick() == []
    assert await desk.stands(number) == ("stopped", Audited(planned=2, sent=1, expired=1))


async def test_a_pause_holds_back_what_the_courier_has_read_already(desk: Desk, service: Service, clock: Clock) -> None:
    await crowd(service, 1)
    number = await desk.start()
    await desk.announcer.tick(clock.now)
    (post,) = await service.outbox.waiting("telegram", clock.now, 10)
    await desk.order(number, "pause")
    assert await service.outbox.begin(post.id, clock.now) is False
    await desk.order(number, "resume")
    assert await service.outbox.begin(post.id, clock.now) is True


async def test_every_end_is_counted_and_who_blocked_us_gets_nothing_more(
    desk: Desk, service: Service, clock: Clock
) -> None:
    await crowd(service, 5)
    first, second = await desk.start(), await desk.start(text="另一条")
    await desk.announcer.tick(clock.now)
    service.platform.answers = [
        Sent(Outcome.SENT),
        Sent(Outcome.UNREACHABLE, reason="forbidden"),
        Sent(Outcome.RETRY, 30.0, "flood"),
        Sent(Outcome.UNKNOWN, reason="timeout"),
        RuntimeError("unforeseen"),
    ]
    service.courier = Courier(service.outbox, service.platform, clock, at_once=1)  # one after the other
    assert len(await desk.tick()) == 9
    clock.passes(seconds=30)
    assert len(await desk.tick()) == 1
    both = [(await desk.stands(number))[1] for number in (first, second)]
    assert [audited.planned for audited in both] == [5, 5]
    assert [(await desk.stands(number))[0] for number in (first, second)] == ["done", "done"]
    assert sum(audited.refused for audited in both) == 2, "one tried, the other not even that"
    assert sum(audited.unknown for audited in both) == 2
    ends = [*await desk.records.ends(first), *await desk.records.ends(second)]
    assert {end.reason for end in ends} == {"forbidden", "unreachable", "timeout", "RuntimeError"}
    assert list(await service.states()).count("suspended") == 1


async def test_who_leaves_meanwhile_gets_nothing(desk: Desk, service: Service, clock: Clock) -> None:
    for user in ("ana", "ben", "eva", "ivo"):
        await service.subscribe(user, "07:00")
    number = await desk.start()
    await desk.announcer.tick(clock.now)
    (ivo,) = [post for post in await service.outbox.waiting("telegram", clock.now, 10) if post.address.user == "ivo"]
    await service.outbox.begin(ivo.id, clock.now)
    await service.subscriptions.set_state(service.message("ana"), "stopped")
    await service.subscriptions.change(service.message("ben"), paused_until=(clock.now + timedelta(days=9)).date())
    people = PeopleStore(service.database)
    for user in ("eva", "ivo"):
        await people.forget(Address("telegram", user, user), service.clock(), f"forget {user}")
    await service.outbox.finish(ivo, Sent(Outcome.SENT), clock.now)

    assert await desk.tick() == []
    one = (await desk.progress(number)).broadcast
    assert (one.state, one.audited) == ("done", Audited(planned=4, unknown=1, expired=3))


async def test_children_are_left_alone(desk: Desk, service: Service, clock: Clock) -> None:
    """It is Monday, 09:00 in Shanghai: school, for the child there; in Berlin it is night."""
    await service.subscribe("child", "07:00", audience="children")
    await service.subscribe("late", "07:00", audience="children")
    await service.subscribe("berlin", "07:00", audience="children")
    await service.move_to("berlin", "Europe/Berlin")
    await service.subscribe("ana", "07:00")
    number = await desk.start()
    assert await desk.tick() == ["ana"]
    assert (await desk.progress(number)).rests
    clock.now = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)
    assert await desk.tick() == ["berlin"]
    clock.now = datetime(2026, 11, 23, 8, 29, tzinfo=UTC)
    assert await desk.tick() == []
    service.platform.answers = [Sent(Outcome.RETRY, timedelta(hours=7).total_seconds(), "flood")]
    clock.now = datetime(2026, 11, 23, 8, 30, tzinfo=UTC)
    assert await desk.tick() == ["child", "late"]
    assert (await desk.stands(number))[0] == "sending", (
        "one got it, the other's came back until half past eleven at night"
    )
    clock.now = datetime(2026, 11, 23, 15, 30, tzinfo=UTC)
    await service.outbox.expire(clock.now)
    assert await desk.tick() == []
    clock.now = datetime(2026, 11, 23, 22, 0, tzinfo=UTC)
    assert len(await desk.tick()) == 1
    state, audited = await desk.stands(number)
    assert (state, audited.sent, audited.expired) == ("done", audited.planned, 0)


@pytest.mark.parametrize(
    ("now", "begin", "end"),
    [
        ("2026-11-23 05:59", "2026-11-23 06:00", "2026-11-23 08:00"),
        ("2026-11-23 06:00", "2026-11-23 06:00", "2026-11-23 08:00"),
        ("2026-11-23 07:59", "2026-11-23 07:59", "2026-11-23 08:00"),
        ("2026-11-23 08:00", "2026-11-23 16:30", "2026-11-23 21:00"),
        ("2026-11-23 20:59", "2026-11-23 20:59", "2026-11-23 21:00"),
        ("2026-11-23 21:00", "2026-11-24 06:00", "2026-11-24 08:00"),
        ("2026-11-27 21:00", "2026-11-28 06:00", "2026-11-28 21:00"),
        ("2026-11-28 12:00", "2026-11-28 12:00", "2026-11-28 21:00"),
        ("2026-11-29 23:00", "2026-11-30 06:00", "2026-11-30 08:00"),
    ],
)
def test_waking_hours(now: str, begin: str, end: str) -> None:
    def at(text: str) -> datetime:
        return datetime.fromisoformat(f"{text}+08:00")

    assert waking_hours("Asia/Shanghai", at(now)) == (at(begin), at(end))


async def test_tips_go_before_broadcasts_and_these_share_what_is_left(
    desk: Desk, service: Service, clock: Clock
) -> None:
    await crowd(service, 30)
    first = await desk.start(text="先来的")
    await desk.announcer.tick(clock.now)
    second = await desk.start(text="后来的")
    clock.passes(hours=22)  # the tips are due
    await desk.announcer.tick(clock.now)
    await service.schedule.tick(clock.now)

    posts = await service.outbox.waiting("telegram", clock.now, 50)
    assert [post.is_tip for post in posts] == [True] * 30 + [False] * 20
    assert Counter(post.reply.text for post in posts[30:]) == {"先来的": 10, "后来的": 10}
    assert len({post.id for post in posts}) == 50
    again = await service.outbox.waiting("telegram", clock.now, 50, [post.id for post in posts])
    assert not {post.id for post in posts} & {post.id for post in again}
    while await service.courier.send_waiting():
        pass
    await desk.announcer.tick(clock.now)
    for number in (first, second):
        assert await desk.stands(number) == ("done", Audited(planned=30, sent=30))


async def test_what_it_would_do(desk: Desk, service: Service, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivery, "AT_ONCE", 50)
    await crowd(service, 120)
    await service.subscribe("child", "07:00", audience="children")
    await service.subscribe("web", "07:00", channel="web", audience="children")
    notice = desk.broadcasts.notice(TEXT, "everyone", ("telegram", "web"), clock.now)
    forecast = await desk.broadcasts.forecast(notice, clock.now)

    shares = {share.channel: (share.people, share.reachable, share.resting) for share in forecast.shares}
    assert shares == {"telegram": (121, 121, 1), "web": (1, 1, 0)}
    assert forecast.people == 122
    assert forecast.seconds == pytest.approx(121 / 30)
    assert desk.broadcasts.shown(notice) == {"telegram": TEXT, "web": f"{TEXT}\n[退订]"}
    number = await desk.start()
    await desk.tick()
    assert (await desk.stands(number))[1].planned == forecast.people
    nobody = desk.broadcasts.notice(TEXT, "elders", ("telegram", "web"), clock.now)
    assert (await desk.broadcasts.forecast(nobody, clock.now)).people == 0


def test_what_is_no_notice() -> None:
    assert [unfit(text) for text in ("", "字" * 500, "字" * 501, "😀" * 375, "😀" * 376)] == [
        "empty",
        "",
        "long",
        "",
        "long",
    ]


async def test_an_english_notice_has_an_english_way_out(desk: Desk, service: Service, clock: Clock) -> None:
    notice = desk.broadcasts.notice("The class moves to the second floor.", "everyone", ("telegram",), clock.now)
    assert [(b.label, b.command) for b in notice.reply.flat_buttons()] == [("Unsubscribe", "/unsubscribe #en")]


async def test_a_notice_is_said_to_the_letter(desk: Desk, service: Service, clock: Clock) -> None:
    mixed = "請到后海居委会，找乾爸"
    notice = desk.broadcasts.notice(mixed, "everyone", ("telegram",), clock.now)
    assert notice.reply.text == mixed
    assert [(b.label, b.command) for b in notice.reply.flat_buttons()] == [("退訂", "/unsubscribe #hant")]


class Careful(Platform):
    """Tells at once when somebody gets a notice that they have."""

    def __init__(self) -> None:
        super().__init__()
        self.arrived = Counter[tuple[str, str]]()

    async def send(self, address: Address, reply: Reply, *, is_tip: bool = True) -> Sent:
        answer = await super().send(address, reply)
        self.arrived[address.user, reply.text] += answer.outcome in (Outcome.SENT, Outcome.UNKNOWN)
        return answer


class Turmoil:
    """Whatever can happen to broadcasts while they go out, one thing after the other."""

    def __init__(self, desk: Desk, numbers: list[int], clock: Clock, chance: random.Random) -> None:
        self.desk, self.numbers, self.clock, self.chance = desk, numbers, clock, chance
        self.service = desk.service
        self.happenings = (
            *(self.orders, self.ticks, self.plans, self.dies, self.comes_back, self.passes),
            *(self.sends, self.sends, self.sends),
        )

    async def step(self) -> None:
        self.service.platform.answers = list(self.chance.choices(OUTCOMES, k=9))
        await self.chance.choice(self.happenings)()

    async def orders(self) -> None:
        order: Order = self.chance.choice(("pause", "pause", "resume", "resume", "resume", "stop"))
        await self.desk.order(self.chance.choice(self.numbers), order)

    async def ticks(self) -> None:
        await self.desk.announcer.tick(self.clock.now)

    async def plans(self) -> None:
        await self.desk.records.plan(self.chance.choice(self.numbers), self.clock.now)

    async def dies(self) -> None:
        """While some are under way."""
        for post in await self.service.outbox.waiting("telegram", self.clock.now, 3):
            await self.service.outbox.begin(post.id, self.clock.now)
        await self.service.outbox.give_up_interrupted("telegram")

    async def comes_back(self) -> None:
        user = f"person-{self.chance.randrange(60):04}"
        await self.service.subscriptions.welcome_back(self.service.message(user))

    async def passes(self) -> None:
        await self.service.outbox.expire(self.clock.passes(seconds=self.chance.randrange(40)))

    async def sends(self) -> None:
        for post in await self.service.outbox.waiting("telegram", self.clock.now, 9):
            await self.service.courier._carry(post)


OUTCOMES = (
    *[Sent(Outcome.SENT)] * 12,
    Sent(Outcome.UNREACHABLE, reason="forbidden"),
    Sent(Outcome.RETRY, 5.0, "flood"),
    Sent(Outcome.UNKNOWN, reason="timeout"),
)


@pytest.mark.parametrize("seed", range(4))
async def test_orders_blocks_floods_and_crashes_by_chance(
    database: Database, clock: Clock, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody gets a notice twice, every message ends, and the figures add up at every moment."""
    monkeypatch.setattr(storage, "AT_ONCE", 7)
    platform = Careful()
    desk = Desk(Service(database, clock, platform))
    await crowd(desk.service, 60)
    numbers = [await desk.start(text=f"第 {n} 条") for n in range(3)]
    turmoil = Turmoil(desk, numbers, clock, random.Random(seed))
    for _ in range(60):
        await turmoil.step()
        for number in numbers:
            await desk.stands(number)
    for number in numbers:
        await desk.order(number, "resume")
    for _ in range(5):
        await desk.tick()
        clock.passes(seconds=10)

    assert len(platform.arrived) > 30
    assert max(platform.arrived.values()) == 1
    for number in numbers:
        state, audited = await desk.stands(number)
        assert state in ("done", "stopped")
        assert audited.waiting == 0


@pytest.mark.postgres
async def test_two_processes_plan_and_send_together(two_processes: list[Database], clock: Clock) -> None:
    platform = Careful()
    desks = [Desk(Service(database, clock, platform)) for database in two_processes]
    await crowd(desks[0].service, 300)
    numbers = [await desks[0].start(text="一"), await desks[1].start(text="二")]

    async def work(desk: Desk) -> None:
        for _ in range(10):
            await desk.tick()

    await asyncio.gather(*map(work, desks))
    assert max(platform.arrived.values()) == 1
    assert len(platform.arrived) == 600
    for number in numbers:
        assert await desks[0].stands(number) == ("done", Audited(planned=300, sent=300))


async def test_memory_does_not_grow_with_the_crowd(
    desk: Desk, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many they are, no statement reads or makes more than a batch."""
    monkeypatch.setattr(storage, "AT_ONCE", 10)
    await crowd(service, 45)
    number = await desk.start()
    sizes = []
    while await desk.records.plan(number, desk.clock()):
        sizes.append((await desk.progress(number)).broadcast.audited.planned)
    assert sizes == [10, 20, 30, 40]
    assert (await desk.stands(number))[1] == Audited(planned=45)
    async with service.database.reading() as connection:
        assert await connection.scalar(select(func.max(func.length(outbox.c.reply)))) == 0, "the text is kept once"
        assert TEXT in (await connection.scalars(select(broadcasts.c.reply))).one()


class SlowRoad(Road):
    """Counts when it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.goes_on = asyncio.Event()
        self.asked = 0

    async def reachable(self, people: Sequence[Address], now: datetime) -> int:
        self.asked += 1
        await self.goes_on.wait()
        return len(people)


async def test_people_are_counted_once_however_long_it_takes(
    desk: Desk, service: Service, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "COUNT_SECONDS", 0.01)
    await crowd(service, 3)
    road, draft = SlowRoad(), Draft(TEXT, "everyone", ("telegram",))
    prospects = Prospects(Broadcasts(desk.records, [road], Shelf(shipped())), clock)
    for _ in range(3):  # longer than a count holds
        assert await prospects.counted(draft) is None
        clock.passes(minutes=4)
    assert road.asked == 1
    road.goes_on.set()
    monkeypatch.setattr(delivery, "COUNT_SECONDS", 10.0)
    for minutes, asked in ((0, 1), (4, 1), (2, 2)):
        clock.passes(minutes=minutes)
        forecast = await prospects.counted(draft)
        assert forecast
        assert (forecast.people, road.asked) == (3, asked)
    await prospects.close()


async def test_a_count_that_failed_is_tried_again(desk: Desk, clock: Clock) -> None:
    class Broken(Road):
        async def reachable(self, people: Sequence[Address], now: datetime) -> int:
            raise Unavailable

    await crowd(desk.service, 3)
    broken, draft = Broken(), Draft(TEXT, "everyone", ("telegram",))
    prospects = Prospects(Broadcasts(desk.records, [broken], Shelf(shipped())), clock)
    with pytest.raises(Unavailable):
        await prospects.counted(draft)
    broken.reachable = Road().reachable  # type: ignore[method-assign]
    forecast = await prospects.counted(draft)
    assert forecast
    assert forecast.people == 3


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_page_of_people_is_found_where_it_begins(database: Database) -> None:
    """Else a million are read again for each five hundred, and counting takes minutes."""
    seen: list[str] = []
    event.listen(database._reading.sync_engine, "before_cursor_execute", lambda *a: seen.append(a[2]))
    await BroadcastRecords(database).subscribers("telegram", "5", 10)
    async with database.reading() as connection:
        plan = (await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {seen[-1]}", ("telegram", "5", 10, 0))).all()
    assert "PRIMARY KEY (channel=? AND user>?)" in str(plan)
