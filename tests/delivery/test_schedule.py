import asyncio
import random
from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from msgspec import structs
from sqlalchemy import select

from bot.delivery.schedule import planned
from bot.domain.people import Conversation
from bot.domain.subscriptions import History, NotForChildren, NotSubscribed, State
from bot.domain.tips import Taste
from bot.messages import Address, Outcome, Sent
from bot.storage.database import Database
from bot.storage.people import PeopleStore
from bot.storage.tables import deliveries, outbox
from tests.conftest import Clock
from tests.delivery.samples import LIBRARY, TIPS, Service
from tests.shipped import shipped

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
    await service.subscriptions.suspend(service.message("ana"))
    assert await day_of(service, clock) == []

    await service.subscriptions.welcome_back(service.message("ana"))
    assert len(await day_of(service, clock)) == 1


async def test_welcoming_leaves_the_pause_of_a_person_alone(service: Service) -> None:
    await service.subscribe("ana", "10:00")
    await service.subscriptions.set_state(service.message("ana"), "paused")
    await service.subscriptions.suspend(service.message("ana"))  # a block in between changes nothing
    await service.subscriptions.welcome_back(service.message("ana"))

    assert await service.states() == ["paused"]


async def test_a_block_leaves_a_pause_until_a_day_alone(service: Service) -> None:
    await service.subscribe("ana", "10:00")
    await service.subscriptions.change(service.message("ana"), paused_until=date(2026, 12, 24))
    await service.subscriptions.suspend(service.message("ana"))
    await service.subscriptions.welcome_back(service.message("ana"))

    ana = await service.subscriptions.of(service.message("ana").sender)
    assert ana is not None
    assert ana.due_at == datetime(2026, 12, 24, 2, 0, tzinfo=UTC)


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
    await asyncio.gather(*(service.courier.send_waiting() for service in services))

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
        (timedelta(hours=2, minutes=59), 1, ["sent"]),
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
    assert Counter(await service.delivered()) == {"skipped": 5 + (hour == 13), **({"sent": 1} if arrived else {})}
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
    went_out = sum(state == "sent" for *_, state in records)
    assert len(platform.got) == went_out
    assert {state for *_, state in records} == {"sent", "skipped"}
    assert 0 < len(records) - went_out < len(records) / 4, "some were skipped in the long outages"


async def test_a_channel_that_begins_to_push_makes_its_people_due_and_one_that_ends_it_nobody(
    service: Service, clock: Clock
) -> None:
    for user, channel in (("ana", "wechat"), ("ben", "wechat"), ("eva", "telegram")):
        await service.subscribe(user, "10:00", channel=channel)
    await service.subscriptions.set_state(service.message("ben", "wechat"), "paused")

    async def due() -> dict[str, bool]:
        people = [("ana", "wechat"), ("ben", "wechat"), ("eva", "telegram")]
        found = {user: await service.records.subscription(Address(channel, user, user)) for user, channel in people}
        return {user: bool(one and one.due_at) for user, one in found.items()}

    assert await due() == {"ana": False, "ben": False, "eva": True}
    await service.records.settle("wechat", True, clock.now)
    assert await due() == {"ana": True, "ben": False, "eva": True}
    await service.records.settle("wechat", False, clock.now)
    assert await due() == {"ana": False, "ben": False, "eva": True}


async def days_of(service: Service, clock: Clock, days: int) -> list[str]:
    """What arrives in as many days, with one tick a day, half an hour after the tips are due at ten."""
    clock.now = clock.now.replace(hour=2, minute=30)
    arrived = await service.tick()
    for _ in range(days - 1):
        clock.passes(days=1)
        arrived += await service.tick()
    return arrived


async def test_what_was_sent_within_a_year_is_remembered(service: Service, clock: Clock) -> None:
    await service.subscribe("ana", "10:00")
    await service.subscribe("ben", "10:00")
    got = await days_of(service, clock, 5)
    histories = await service.records.histories(
        [service.message("ana").sender, service.message("nobody").sender], date(2026, 1, 1)
    )

    assert len(set(got)) == 5
    assert len(got) == 10
    assert sorted(histories["telegram:ana"].had.values()) == [date(2026, 11, 23 + day) for day in range(5)]
    assert histories["telegram:nobody"] == History()
    later = await service.records.histories([service.message("ana").sender], date(2026, 11, 26))
    assert sorted(later["telegram:ana"].had.values()) == [date(2026, 11, 26), date(2026, 11, 27)]


async def test_a_skipped_tip_was_not_had(service: Service, clock: Clock) -> None:
    await service.subscribe("ana", "10:00")
    clock.passes(hours=5)

    assert await service.tick() == []
    assert await day_of(service, clock) == [nth(1)]


async def test_who_asks_where_nothing_is_sent_has_had_the_tip(service: Service, clock: Clock) -> None:
    await service.subscribe("ana", "10:00", channel="wechat")
    asked = []
    for _ in range(3):
        message = service.message("ana", "wechat")
        asked += [(await service.subscriptions.todays(message, TIPS)).id for _ in range(2)]
        clock.passes(days=1)

    assert asked[::2] == asked[1::2]
    assert len(set(asked)) == 3
    assert await service.delivered() == ["shown"] * 3


async def test_who_asks_for_a_tip_that_came_too_late_does_not_get_it_again(service: Service, clock: Clock) -> None:
    await service.subscribe("ana", "10:00")
    clock.passes(hours=5)
    await service.tick()
    asked = await service.subscriptions.todays(service.message("ana"), TIPS)

    assert f"今日一招：{asked.chinese.text}" == nth(1)
    assert await service.delivered() == ["shown"]
    assert await service.column(deliveries, "reason") == ["too late"]
    assert await day_of(service, clock) == [nth(2)]


async def test_a_change_of_audience_between_the_question_and_the_claim_wins(service: Service, clock: Clock) -> None:
    await service.subscribe("ana", "10:00")
    clock.passes(hours=1)
    (due,) = await service.records.due(clock.now, 10)
    changed = structs.replace(due, audience="elders", topics=("ai", "scams"))
    await service.records.save(service.message("ana"), changed)

    assert await service.records.plan(planned(due, LIBRARY, History(), clock.now)) is False
    assert await service.records.subscription(due.address) == changed


async def test_only_the_wanted_days(service: Service, clock: Clock) -> None:
    """It is Monday."""
    await service.subscribe("ana", "10:00", days="12345")
    await service.subscribe("ben", "10:00", days="67")
    await days_of(service, clock, 7)

    days = Counter(address.user for address, _ in service.platform.got)
    assert days == {"ana": 5, "ben": 2}


async def test_a_pause_ends_on_its_day_and_holds_back_what_was_planned(service: Service, clock: Clock) -> None:
    await service.subscribe("ana", "10:00")
    clock.passes(hours=1)
    await service.schedule.tick(clock.now)
    paused = await service.subscriptions.change(service.message("ana"), paused_until=date(2026, 11, 26))

    assert paused.due_at == datetime(2026, 11, 26, 2, 0, tzinfo=UTC)
    assert await service.posted() == ["expired"]
    assert await day_of(service, clock, hours=2 * 24) == []
    assert len(await day_of(service, clock, hours=2 * 24)) == 2


async def test_a_pause_that_has_ended_lets_a_tip_go_later(service: Service, clock: Clock) -> None:
    await service.subscribe("ana", "10:00")
    await service.subscriptions.change(service.message("ana"), paused_until=date(2026, 11, 26))
    assert len(await day_of(service, clock, hours=3 * 24)) == 0
    service.platform.answers = [Sent(Outcome.RETRY, retry_after=60, reason="busy")]
    assert len(await day_of(service, clock)) == 2, "the first time in vain"
    assert await service.posted() == ["sent"]


async def test_a_pause_holds_back_what_should_go_later(service: Service, clock: Clock) -> None:
    await service.subscribe("ana", "10:00")
    clock.passes(hours=1)
    await service.schedule.tick(clock.now)
    (post,) = await service.outbox.waiting("telegram", clock.now, 9)
    await service.outbox.begin(post.id, clock.now)
    await service.subscriptions.change(service.message("ana"), paused_until=date(2026, 11, 26))
    await service.outbox.finish(post, Sent(Outcome.RETRY, retry_after=60, reason="busy"), clock.now)
    assert await service.posted() == ["expired"]


async def test_a_day_that_is_ticked_off_after_a_pause_expires_nothing(service: Service, clock: Clock) -> None:
    await service.subscribe("ana", "10:00", "web", streak=0)
    await service.subscriptions.change(service.message("ana", "web"), paused_until=date(2026, 11, 24))
    await day_of(service, clock, hours=2 * 24)
    await service.subscriptions.tick_off(service.message("ana", "web"))
    assert await service.posted() == ["planned"]


async def test_who_has_paused_cannot_choose_childrens_tips_for_school_hours(service: Service) -> None:
    await service.subscribe("ana", "09:00")
    await service.subscriptions.set_state(service.message("ana"), "paused")
    with pytest.raises(NotForChildren):
        await service.subscriptions.change(service.message("ana"), audience="children")


async def test_children_get_nothing_at_night_nor_in_school_hours(service: Service, clock: Clock) -> None:
    for at in ("21:00", "23:30", "05:59", "08:00", "12:00", "16:29"):
        with pytest.raises(NotForChildren):
            await service.subscribe("ana", at, audience="children")
    await service.subscribe("ben", "12:00", audience="children", days="67")
    with pytest.raises(NotForChildren):
        await service.subscriptions.change(service.message("ben"), days="1234567")
    await service.subscribe("cho", "12:00")
    with pytest.raises(NotForChildren):
        await service.subscriptions.change(service.message("cho"), audience="children")

    assert await service.states() == ["active", "active"]


@pytest.mark.parametrize(
    ("at", "until"),
    [("07:30", "08:00"), ("06:00", "08:00"), ("16:30", "19:30"), ("20:30", "21:00"), ("20:59", "21:00")],
)
async def test_a_late_tip_keeps_to_childrens_hours_too(service: Service, clock: Clock, at: str, until: str) -> None:
    clock.now = datetime(2026, 11, 22, 15, 0, tzinfo=UTC)  # before midnight from Sunday to Monday in Shanghai
    due = (await service.subscribe("ana", at, audience="children")).due_at
    assert due
    end = datetime.combine(date(2026, 11, 23), time.fromisoformat(until), ZoneInfo("Asia/Shanghai"))
    (found,) = await service.records.due(due, 1)

    assert planned(found, LIBRARY, History(), due).expires_at == end
    assert planned(found, LIBRARY, History(), end - timedelta(seconds=1)).reply
    assert planned(found, LIBRARY, History(), end).reply is None


async def test_on_weekends_a_tip_for_children_may_be_late_into_the_morning(service: Service, clock: Clock) -> None:
    found = await service.subscribe("ana", "07:30", audience="children", days="67")
    assert found.due_at
    assert found.send_until() == found.due_at + timedelta(hours=3)


async def test_sunday_looks_back_on_the_week_in_the_same_message(service: Service, clock: Clock) -> None:
    await service.subscribe("ana", "10:00")
    week = await days_of(service, clock, 8)

    assert [place for place, text in enumerate(week) if "这一周：" in text] == [6]
    assert week[6].count("、") >= 2
    assert len(week) == 8, "no message more"


@pytest.mark.parametrize(
    ("days", "looked_back"),
    [("12345", [5, 10]), ("135", [3, 6]), ("236", [3, 6]), ("1234567", [7, 14]), ("67", []), ("7", [])],
)
async def test_the_last_tip_of_a_week_looks_back_on_it_whatever_its_days(
    service: Service, clock: Clock, days: str, looked_back: list[int]
) -> None:
    await service.subscribe("ana", "10:00", days=days)
    arrived = await days_of(service, clock, 14)

    assert [number for number, text in enumerate(arrived, start=1) if "这一周：" in text] == looked_back


async def test_the_look_back_tells_of_what_arrived(service: Service, clock: Clock) -> None:
    """On Wednesday, Thursday and Friday nothing does."""
    await service.subscribe("ana", "10:00")
    sent, refused = Sent(Outcome.SENT), Sent(Outcome.REFUSED, reason="window-closed")
    service.platform.answers = [sent, sent, refused, refused, refused, sent, sent]
    week = await days_of(service, clock, 7)
    topics = {f"今日一招：{tip.chinese.text}": tip.topic for tip in TIPS}
    came = [topics[text.partition("\n")[0]] for text in (*week[:2], *week[5:])]

    assert set(week[6].partition("这一周：")[2].split("、")) == set(came)


async def test_nothing_is_looked_back_on_where_hardly_anything_arrived(service: Service, clock: Clock) -> None:
    await service.subscribe("ana", "10:00")
    service.platform.answers = [Sent(Outcome.REFUSED, reason="window-closed")] * 5
    assert not any("这一周：" in text for text in await days_of(service, clock, 7))


async def test_who_has_been_silent_for_two_weeks_is_asked_once(service: Service, clock: Clock) -> None:
    people = PeopleStore(service.database)
    await service.subscribe("ana", "10:00")
    await service.subscribe("ben", "10:00")
    await people.remember(service.message("ana").sender, Conversation(), clock.now)
    for _ in range(20):
        await people.remember(service.message("ben").sender, Conversation(), clock.now)
        await days_of(service, clock, 1)
        clock.passes(days=1)

    asked = [address.user for address, text in service.platform.got if "每周一条？" in text]
    assert asked == ["ana"]
    first = next(place for place, (_, text) in enumerate(service.platform.got) if "每周一条？" in text)
    assert first // 2 == 14, "two weeks, counted from the first day"


async def test_who_reads_on_the_web_is_there_without_a_word(service: Service, clock: Clock) -> None:
    await service.subscribe("ana", "10:00", channel="web")
    ana = service.message("ana", "web").sender
    await PeopleStore(service.database).remember(ana, Conversation(), clock.now)
    asked = []
    for _ in range(20):
        await days_of(service, clock, 1)
        letters = await service.outbox.unread(ana)
        asked += [reply.text for _, reply, _ in letters if "每周一条？" in reply.text]
        await service.outbox.mark_seen(ana, [letter for letter, _, _ in letters], clock.now)
        clock.passes(days=1)

    assert asked == []


async def test_who_gets_one_a_week_is_not_asked(service: Service, clock: Clock) -> None:
    await service.subscribe("ana", "10:00", days="7")
    await PeopleStore(service.database).remember(service.message("ana").sender, Conversation(), clock.now)
    arrived = await days_of(service, clock, 22)

    assert len(arrived) == 3
    assert not any("每周一条？" in text for text in arrived)


async def test_the_buttons_of_a_tip_are_answered_in_its_language(service: Service, clock: Clock) -> None:
    found = await service.subscribe("ana", "10:00", language="en")
    assert found.due_at
    reply = planned(found, shipped(), History(), found.due_at).reply
    assert reply
    commands = [button.command for button in reply.flat_buttons()]

    assert len(commands) == 5
    assert all(command.endswith(" #en") for command in commands)


async def ticks_with_a_wrong_clock(service: Service, clock: Clock, days: int, hours: int = 0) -> list[str]:
    """What arrives while the clock is so many days ahead, with a tick each hour; then it is right again."""
    clock.passes(days=days)
    arrived = await service.tick()
    for _ in range(hours):
        clock.passes(hours=1)
        arrived += await service.tick()
    clock.passes(days=-days)
    return arrived


@pytest.mark.parametrize("days", [1, 2, 3, 5, 40, 300, 3000])
@pytest.mark.parametrize("restarted", [False, True])
async def test_a_clock_that_was_far_ahead_silences_nobody(
    database: Database, clock: Clock, days: int, restarted: bool
) -> None:
    """It is nine; whoever gets the tip at ten gets it today, and on each day that was skipped by the wrong clock."""
    service = Service(database, clock)
    await service.subscribe("ana", "10:00")
    await service.subscribe("ben", "10:00", days="6")
    assert await ticks_with_a_wrong_clock(service, clock, days) == []
    if restarted:
        service = Service(database, clock, service.platform)
    await service.tick()
    got = [await day_of(service, clock) for _ in range(8)]

    users = [address.user for address, _ in service.platform.got]
    assert (users.count("ana"), users.count("ben")) == (8, 1)
    assert [len(day) for day in got] == [1, 1, 1, 1, 1, 2, 1, 1]


async def test_the_dates_that_a_wrong_clock_has_skipped_get_their_tip(service: Service, clock: Clock) -> None:
    await service.subscribe("ana", "10:00")
    await ticks_with_a_wrong_clock(service, clock, 300)
    claimed = set(await service.column(deliveries, "day"))
    assert len(claimed) > 30
    clock.passes(days=280)
    await service.subscribe("ana", "10:00")  # who subscribes anew has no outage to look back on
    got = [len(await day_of(service, clock)) for _ in range(30)]

    assert got == [1] * 30


async def test_what_went_out_by_a_wrong_clock_counts_for_today(service: Service, clock: Clock) -> None:
    await service.subscribe("ana", "10:00")
    assert len(await ticks_with_a_wrong_clock(service, clock, 300, hours=1)) == 1
    assert await day_of(service, clock, hours=14) == []
    assert [len(await day_of(service, clock)) for _ in range(3)] == [1, 1, 1]
    days = await service.column(deliveries, "day")
    assert list(zip(map(str, days), map(str, await service.delivered()), strict=True)) == [
        ("2026-11-23", "skipped"),
        ("2026-11-24", "sent"),
        ("2026-11-25", "sent"),
        ("2026-11-26", "sent"),
        ("2027-09-19", "sent"),
    ]


@pytest.mark.parametrize("behind", [2, 5, 8, 400])
async def test_a_clock_that_is_behind_for_a_while_gives_no_date_a_second_tip(
    service: Service, clock: Clock, behind: int
) -> None:
    await service.subscribe("ana", "10:00")
    clock.passes(hours=1)
    assert len(await service.tick()) == 1
    clock.passes(days=-behind, minutes=30)
    restarted = Service(service.database, clock, service.platform)
    assert len(await restarted.tick()) <= 1  # at a date of its own, which is long over
    clock.passes(days=behind)
    assert await restarted.tick() == []
    clock.passes(minutes=10)
    assert await restarted.tick() == []
    assert len(await day_of(restarted, clock)) == 1


async def test_what_waits_by_a_wrong_clock_does_not_go_out_later(service: Service, clock: Clock) -> None:
    await service.subscribe("ana", "10:00")
    clock.passes(days=300, hours=1)
    await service.schedule.tick(clock.now)
    assert "planned" in await service.posted()
    clock.passes(days=-300)

    assert len(await service.tick()) == 1
    assert sorted(map(str, await service.posted())) == ["expired", "sent"]


async def test_a_pause_lasts_though_a_wrong_clock_has_ended_it(service: Service, clock: Clock) -> None:
    await service.subscribe("ana", "10:00")
    await service.subscriptions.change(service.message("ana"), paused_until=date(2026, 12, 24))
    await ticks_with_a_wrong_clock(service, clock, 300)
    await service.tick()

    ana = await service.records.subscription(service.message("ana").sender)
    assert ana is not None
    assert ana.due_at == datetime(2026, 12, 24, 2, 0, tzinfo=UTC)


async def test_who_subscribes_while_the_clock_is_wrong_gets_the_tip_when_it_is_right(
    service: Service, clock: Clock
) -> None:
    clock.passes(days=300)
    await service.subscribe("ana", "10:00")
    clock.passes(days=-300)
    await service.tick()

    assert len(await day_of(service, clock)) == 1


async def test_mending_leaves_alone_what_is_well(service: Service, clock: Clock) -> None:
    await service.subscribe("ana", "08:00", days="1")
    await service.subscribe("ben", "10:00")
    await service.subscriptions.change(service.message("ben"), paused_until=date(2027, 6, 1))
    before = [await service.records.subscription(service.message(user).sender) for user in ("ana", "ben")]
    await service.tick()
    await Service(service.database, clock).tick()

    assert [await service.records.subscription(service.message(user).sender) for user in ("ana", "ben")] == before


async def test_the_broken_row_of_one_person_stops_nobody_else(
    service: Service, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    """A zone that this machine does not know: the tip goes to all the others, and to this person once it is known."""
    for user in ("ana", "person-4711", "cho"):
        await service.subscribe(user, "10:00")
    message = service.message("person-4711")
    found = await service.records.subscription(message.sender)
    assert found
    await service.records.save(message, structs.replace(found, zone="Mars/Olympus"))
    clock.passes(hours=1)

    assert len(await service.tick()) == 2
    assert await service.tick() == []
    assert "Mars/Olympus" in caplog.text
    assert "4711" not in caplog.text
    await service.records.save(service.message("person-4711"), found)
    assert len(await day_of(service, clock, hours=2)) == 1
    assert len(await day_of(service, clock)) == 3


async def test_a_channel_begins_to_push_though_one_row_is_broken(service: Service, clock: Clock) -> None:
    for user in ("ana", "ben"):
        await service.subscribe(user, "10:00", channel="wechat")
    found = await service.records.subscription(Address("wechat", "ana", "ana"))
    assert found
    await service.records.save(service.message("ana", "wechat"), structs.replace(found, zone="Mars/Olympus"))
    await service.records.settle("wechat", True, clock.now)

    ben = await service.records.subscription(Address("wechat", "ben", "ben"))
    assert ben
    assert ben.due_at


async def test_who_changes_the_subscription_between_the_instant_and_the_tick_has_it_on_record(
    service: Service, clock: Clock
) -> None:
    for user in ("ana", "ben", "cho", "dan"):
        await service.subscribe(user, "10:00")
    clock.passes(hours=1, seconds=2)
    await service.subscribe("ana", "09:30")  # tomorrow
    await service.subscribe("ben", "20:00")  # today
    await service.subscriptions.set_state(service.message("cho"), "paused")

    assert len(await service.tick()) == 1
    assert await service.delivered() == ["skipped", "skipped", "sent"]
    assert await service.column(deliveries, "reason") == ["changed", "changed", ""]
    assert await service.column(deliveries, "user") == ["ana", "cho", "dan"]
    clock.passes(hours=10)
    assert len(await service.tick()) == 1, "Ben's"


async def test_days_of_an_outage_are_on_record_whatever_is_changed_after_it(service: Service, clock: Clock) -> None:
    await service.subscribe("ana", "10:00")
    await service.subscribe("ben", "10:00", streak=0)
    clock.passes(days=3, hours=2)
    await service.subscribe("ana", "20:00")
    await service.subscriptions.tick_off(service.message("ben"))
    await service.tick()

    assert await service.column(deliveries, "user") == ["ana"] * 3 + ["ben"] * 4
    assert await service.delivered() == ["skipped"] * 6 + ["sent"]


async def test_who_has_a_zone_that_is_unknown_here_can_choose_another(service: Service, clock: Clock) -> None:
    found = await service.subscribe("ana", "10:00")
    await service.records.save(service.message("ana"), structs.replace(found, zone="Mars/Olympus"))
    clock.passes(hours=2)
    assert await service.tick() == []
    changed = await service.subscriptions.change(service.message("ana"), zone="Asia/Tokyo")

    assert changed.due_at == datetime(2026, 11, 24, 1, 0, tzinfo=UTC)


async def test_what_children_were_refused_stays_refused_and_what_they_got_stays_so(
    service: Service, clock: Clock
) -> None:
    """The message comes again after what decided about it has changed."""
    late, early = service.message("ana"), service.message("ana")
    await service.subscribe("ana", "10:00", days="67", audience="children")
    with pytest.raises(NotForChildren):
        await service.subscriptions.change(late, days="12345")
    weekly = await service.subscriptions.change(early, days="7")
    await service.subscribe("ana", "17:30", days="12345")
    with pytest.raises(NotForChildren):
        await service.subscriptions.change(late, days="12345")
    await service.subscriptions.change(service.message("ana"), audience="everyone")
    await service.subscribe("ana", "10:00")
    await service.subscriptions.change(service.message("ana"), days="67")
    await service.subscriptions.change(service.message("ana"), audience="children")

    assert await service.subscriptions.change(early, days="1234567") == weekly
