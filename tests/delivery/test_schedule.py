import asyncio
import random
from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from msgspec import structs
from sqlalchemy import select

from bot.delivery.schedule import planned
from bot.domain.subscriptions import History, NotSubscribed, State
from bot.domain.tips import Taste
from bot.storage.database import Database
from bot.storage.tables import deliveries, outbox
from tests.conftest import Clock
from tests.delivery.samples import LIBRARY, TIPS, Service

HOURS_A_DAY = 24


async def day_of(service: Service, clock: Clock, hours: int = HOURS_A_DAY) -> list[str]:
    """What arrives in the next hours, with a tick every half hour."""
    arrived = []
    for _ in range(hours * 2):
        clock.passes(minutes=30)
        arrived += await service.tick()
    return arrived


def nth(number: int) -> str:
    """What the person who wants everything gets as their `number`th tip."""
    had: dict[str, date] = {}
    for turn in range(number):
        tip = TIPS.turn(Taste(), date(2026, 11, 23), had)
        had[tip.id] = date(2026, 11, 23)
        if turn == number - 1:
            return f"今日一招：{tip.chinese.text}"
    raise ValueError(number)


async def test_a_tip_comes_at_its_time_once_a_day(service: Service, clock: Clock) -> None:
    subscription = await service.subscribe("ana", "10:00")

    assert subscription.due_at == clock.now + timedelta(hours=1)
    assert await service.tick() == []
    clock.passes(minutes=59, seconds=59)
    assert await service.tick() == []
    clock.passes(seconds=1)
    assert await service.tick() == [nth(1)]
    assert await service.tick() == []
    assert await day_of(service, clock) == [nth(2)]


async def test_a_time_that_has_passed_means_tomorrow(service: Service, clock: Clock) -> None:
    await service.subscribe("ana", "09:00")

    assert await service.tick() == []
    assert len(await day_of(service, clock)) == 1


async def test_the_tip_comes_in_the_persons_language(service: Service, clock: Clock) -> None:
    await service.subscribe("ana", "10:00", language="en")
    clock.passes(hours=1)

    assert await service.tick() == [nth(1).replace("今日一招：招数", "Today: trick")]


async def test_changing_the_time_gives_no_second_tip_on_that_day(service: Service, clock: Clock) -> None:
    await service.subscribe("ana", "10:00")
    clock.passes(hours=1)
    assert len(await service.tick()) == 1

    changed = await service.subscribe("ana", "20:00")

    assert changed.due_at == datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
    assert await day_of(service, clock, hours=14) == []
    assert await day_of(service, clock) == [nth(2)]


async def test_stopping_and_subscribing_again_gives_no_second_tip_on_that_day(service: Service, clock: Clock) -> None:
    await service.subscribe("ana", "10:00")
    clock.passes(hours=1)
    await service.tick()
    await service.subscriptions.set_state(service.message("ana"), "stopped")
    await service.subscribe("ana", "12:00")

    assert await day_of(service, clock, hours=13) == []
    assert len(await day_of(service, clock)) == 1


async def test_changing_the_time_before_the_tip_moves_it(service: Service, clock: Clock) -> None:
    await service.subscribe("ana", "10:00")
    await service.subscribe("ana", "11:00")
    clock.passes(hours=1)
    assert await service.tick() == []
    clock.passes(hours=1)
    assert len(await service.tick()) == 1


async def test_pause_resume_and_stop(service: Service, clock: Clock) -> None:
    await service.subscribe("ana", "10:00")
    paused = await service.subscriptions.set_state(service.message("ana"), "paused")
    assert paused.due_at is None
    assert await day_of(service, clock) == []

    resumed = await service.subscriptions.set_state(service.message("ana"), "active")
    assert resumed.at == time(10)
    assert len(await day_of(service, clock)) == 1

    await service.subscriptions.set_state(service.message("ana"), "stopped")
    assert await day_of(service, clock) == []
    assert await service.subscriptions.of(service.message("ana").sender) is None
    with pytest.raises(NotSubscribed):
        await service.subscriptions.set_state(service.message("ana"), "active")


async def test_who_was_unreachable_is_welcomed_back(service: Service, clock: Clock) -> None:
    await service.subscribe("ana", "10:00")
    await service.subscriptions.set_state(service.message("ana"), "suspended")
    assert await day_of(service, clock) == []

    await service.subscriptions.welcome_back(service.message("ana"))
    assert len(await day_of(service, clock)) == 1


async def test_welcoming_leaves_the_pause_of_a_person_alone(service: Service) -> None:
    await service.subscribe("ana", "10:00")
    await service.subscriptions.set_state(service.message("ana"), "paused")
    await service.subscriptions.welcome_back(service.message("ana"))

    assert await service.states() == ["paused"]


async def test_redelivered_messages_change_nothing_and_hear_the_same(service: Service, clock: Clock) -> None:
    subscribing, pausing, stopping = (service.message("ana") for _ in range(3))
    first = await service.subscriptions.subscribe(subscribing, time(10), "zh")
    paused = await service.subscriptions.set_state(pausing, "paused")
    assert await service.subscriptions.subscribe(subscribing, time(10), "zh") == first
    assert await service.states() == ["paused"]

    stopped = await service.subscriptions.set_state(stopping, "stopped")
    late = structs.replace(pausing, at=clock.passes(hours=5))
    assert await service.subscriptions.set_state(late, "paused") == paused
    assert await service.subscriptions.set_state(stopping, "stopped") == stopped
    assert await service.states() == ["stopped"]


async def test_a_pause_that_was_refused_stays_refused(service: Service) -> None:
    """Subscribed since, the person is not paused by an old message that comes again."""
    early = service.message("ana")
    with pytest.raises(NotSubscribed):
        await service.subscriptions.set_state(early, "paused")
    await service.subscribe("ana", "10:00")
    with pytest.raises(NotSubscribed):
        await service.subscriptions.set_state(early, "paused")

    assert await service.states() == ["active"]


@pytest.mark.parametrize("state", ["paused", "stopped", "suspended"])
async def test_who_wants_no_tips_gets_none_that_was_planned_before(
    service: Service, clock: Clock, state: State
) -> None:
    await service.subscribe("ana", "10:00")
    await service.subscribe("ben", "10:00")
    clock.passes(hours=1)
    await service.schedule.tick(clock.now)
    await service.subscriptions.set_state(service.message("ana"), state)

    assert len(await service.tick()) == 1
    assert [address.user for address, _ in service.platform.got] == ["ben"]
    assert sorted(map(str, await service.posted())) == ["expired", "sent"]


async def test_where_we_cannot_push_nothing_is_due(service: Service, clock: Clock) -> None:
    subscription = await service.subscribe("ana", "10:00", channel="wechat")

    assert (subscription.state, subscription.due_at) == ("active", None)
    assert await day_of(service, clock) == []
    assert await service.posted() == []


async def test_two_ticks_at_once_claim_once(service: Service, clock: Clock) -> None:
    await asyncio.gather(*(service.subscribe(f"person-{n}", "10:00") for n in range(40)))
    clock.passes(hours=1)
    await asyncio.gather(*(service.schedule.tick(clock.now) for _ in range(5)))

    assert Counter(await service.posted()) == {"planned": 40}
    assert Counter(await service.delivered()) == {"planned": 40}


@pytest.mark.postgres
async def test_two_processes_tick_at_once(two_processes: list[Database], clock: Clock) -> None:
    services = [Service(database, clock) for database in two_processes]
    await asyncio.gather(*(services[0].subscribe(f"person-{n}", "10:00") for n in range(200)))
    clock.passes(hours=1)
    await asyncio.gather(*(service.schedule.tick(clock.now) for service in services))
    await asyncio.gather(*(service.courier.send_waiting() for service in services * 16))

    got = Counter(address.user for service in services for address, _ in service.platform.got)
    assert set(got.values()) == {1}
    while await services[0].courier.send_waiting():
        pass
    assert sum(len(service.platform.got) for service in services) == 200


async def test_more_are_due_than_one_query_takes(service: Service, clock: Clock) -> None:
    await asyncio.gather(*(service.subscribe(f"person-{n}", "10:00") for n in range(603)))
    clock.passes(hours=1)
    await service.schedule.tick(clock.now)

    assert Counter(await service.posted()) == {"planned": 603}


@pytest.mark.parametrize(
    ("down", "arrived", "recorded"),
    [
        (timedelta(hours=2, minutes=59), 1, ["planned"]),
        (timedelta(hours=3), 0, ["skipped"]),
        (timedelta(hours=20), 0, ["skipped"]),
    ],
)
async def test_missed_while_down(
    service: Service, clock: Clock, down: timedelta, arrived: int, recorded: list[str]
) -> None:
    due = (await service.subscribe("ana", "10:00")).due_at
    assert due
    clock.now = due + down

    assert len(await service.tick()) == arrived
    assert await service.delivered() == recorded


@pytest.mark.parametrize(("hour", "arrived"), [(9, 0), (10, 1), (12, 1), (13, 0)])
async def test_after_days_of_outage_there_is_at_most_the_tip_of_today(
    service: Service, clock: Clock, hour: int, arrived: int
) -> None:
    await service.subscribe("ana", "10:00")
    clock.now = datetime(2026, 11, 28, hour, tzinfo=ZoneInfo("Asia/Shanghai"))

    assert await service.tick() == [nth(1)] * arrived
    assert await service.tick() == []
    assert (await service.delivered()).count("planned") == arrived
    assert len(await day_of(service, clock)) == 1, "and tomorrow all is as before"


async def test_a_change_between_the_question_and_the_claim_wins(service: Service, clock: Clock) -> None:
    await service.subscribe("ana", "10:00")
    clock.passes(hours=1)
    (due,) = await service.records.due(clock.now, 10)
    await service.subscriptions.set_state(service.message("ana"), "paused")

    assert await service.records.plan(planned(due, LIBRARY, History(), clock.now)) is False
    assert await service.states() == ["paused"]
    assert await service.posted() == []


ZONES = (
    *("Asia/Shanghai", "America/New_York", "Europe/Berlin"),
    *("Australia/Lord_Howe", "Pacific/Kiritimati", "Asia/Kathmandu"),
)


async def test_a_month_of_tips_with_restarts(database: Database, clock: Clock) -> None:
    """Fifty people in six zones, over the changes to winter and summer time: no date without, none with two."""
    month = 30 if database.is_sqlite else 10  # the rules are the same; what differs is seen in ten days
    chance = random.Random(30)
    clock.now = datetime(2026, 10, 1, tzinfo=UTC)
    service = Service(database, clock)
    people = {f"person-{n}": ZONES[n % len(ZONES)] for n in range(50)}
    for user, zone in people.items():
        await service.subscribe(user, chance.choice(("00:00", "02:15", "02:30", "08:00", "20:00")))
        await service.move_to(user, zone)
    platform, end = service.platform, clock.now + timedelta(days=month + 2)
    while clock.now < end:
        clock.passes(minutes=chance.choice((120, 150, 175)) if chance.random() < 0.97 else chance.randrange(240, 1100))
        if chance.random() < 0.05:
            service = Service(database, clock, platform)
            await service.outbox.give_up_interrupted("telegram")
        await service.tick()

    async with database.reading() as connection:
        records = (await connection.execute(select(deliveries.c.user, deliveries.c.day, deliveries.c.state))).all()
        sent = await connection.scalar(select(outbox.c.id).where(outbox.c.state != "sent").limit(1))
    assert sent is None
    days = [(date(2026, 10, 2) + timedelta(days=n)).isoformat() for n in range(month)]
    found = Counter((user, day) for user, day, _ in records)
    assert {(user, day): found[user, day] for user in people for day in days} == dict.fromkeys(
        ((user, day) for user in people for day in days), 1
    )
    planned = sum(state == "planned" for *_, state in records)
    assert len(platform.got) == planned
    assert 0 < len(records) - planned < len(records) / 4, "some were skipped in the long outages"
