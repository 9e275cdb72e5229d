from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.subscriptions import LONGEST_OUTAGE, Subscription
from bot.messages import Address

ANA = Address("telegram", "ana", "ana")
ZONES = ("Asia/Shanghai", "America/New_York", "Australia/Lord_Howe", "Pacific/Kiritimati", "Africa/Cairo")
minutes = st.times().map(lambda at: at.replace(second=0, microsecond=0))
instants = st.datetimes(datetime(2026, 1, 1), datetime(2028, 1, 1)).map(lambda at: at.replace(tzinfo=UTC))  # noqa: DTZ001


def at(hour: int, day: int = 23) -> datetime:
    """An hour in Shanghai."""
    return datetime(2026, 11, day, hour, tzinfo=UTC) - timedelta(hours=8)


@pytest.mark.parametrize(
    ("now", "last_day", "due"),
    [
        (at(7), None, at(8)),
        (at(8), None, at(8, 24)),
        (at(7), date(2026, 11, 22), at(8)),
        (at(7), date(2026, 11, 23), at(8, 24)),
        (at(7), date(2026, 11, 24), at(8, 25)),  # moved to a zone farther west
    ],
)
def test_when_the_next_tip_is_due(now: datetime, last_day: date | None, due: datetime) -> None:
    assert Subscription(ANA, time(8), last_day=last_day).scheduled(now).due_at == due


@pytest.mark.parametrize(
    ("now", "due"),
    [
        (at(8), at(8, 24)),
        (at(10), at(8, 24)),
        (at(12), at(8, 24)),
        (at(7, 26), at(8, 24)),
        (at(11, 26), at(8, 24)),
        (at(8, 24) + timedelta(days=365), at(8, 25) + timedelta(days=365 - 31)),  # a clock that had gone wrong
    ],
)
def test_each_missed_day_has_its_turn(now: datetime, due: datetime) -> None:
    after = Subscription(ANA, time(8), due_at=at(8)).after_delivery(now)

    assert (after.due_at, after.last_day) == (due, date(2026, 11, 23))


@given(minutes, st.sampled_from(ZONES), instants, st.lists(st.timedeltas(timedelta(0), timedelta(days=4)), max_size=12))
def test_dates_only_go_forward_whatever_the_delays(
    at: time, zone: str, start: datetime, delays: list[timedelta]
) -> None:
    subscription = Subscription(ANA, at, zone=zone).scheduled(start)
    now = start
    for delay in delays:
        due = subscription.due_at
        assert due
        assert due > now - LONGEST_OUTAGE
        now = max(now, due) + delay
        after = subscription.after_delivery(now)
        assert after.due_at
        assert after.last_day == subscription.local_day(due)
        assert after.local_day(after.due_at) > after.last_day
        subscription = after


@given(minutes, minutes, st.sampled_from(ZONES), instants)
def test_a_change_of_time_never_gives_a_date_two_tips(first: time, second: time, zone: str, start: datetime) -> None:
    due = Subscription(ANA, first, zone=zone).scheduled(start).due_at
    assert due
    had = Subscription(ANA, first, zone=zone, due_at=due).after_delivery(due)
    changed = Subscription(ANA, second, zone=zone, last_day=had.last_day).scheduled(due)

    assert had.last_day
    assert changed.due_at
    assert changed.local_day(changed.due_at) == had.last_day + timedelta(days=1)
