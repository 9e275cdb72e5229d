from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.times import UnclearTime, home_date, next_occurrence, parse_time

SAID = {
    "8": "08:00",
    "8点": "08:00",
    "8點": "08:00",
    "８点": "08:00",
    "八点": "08:00",
    "八点整": "08:00",
    "8点钟": "08:00",
    "8點鐘": "08:00",
    "8时": "08:00",
    "八點半": "08:30",
    "早上八点半": "08:30",
    "早上八點半": "08:30",
    "早 8 点 半": "08:30",
    "清早六点": "06:00",
    "早晨七点一刻": "07:15",
    "上午九点三刻": "09:45",
    "上午9:05": "09:05",
    "上午12点": "12:00",
    "今早 7 点": "07:00",
    "凌晨五点": "05:00",
    "凌晨12点": "00:00",
    "凌晨零点三十分": "00:30",
    "中午12点": "12:00",
    "中午十二点半": "12:30",
    "中午1点": "13:00",
    "中午11点": "11:00",
    "中午10点半": "10:30",
    "下午1点": "13:00",
    "下午两点": "14:00",
    "下午三點一刻": "15:15",
    "下午12点半": "12:30",
    "下午15点": "15:00",
    "傍晚6点": "18:00",
    "傍晚六時": "18:00",
    "晚上8点": "20:00",
    "晚上八点半": "20:30",
    "晚上十点十分": "22:10",
    "晚上十一点五十九分": "23:59",
    "晚上12点": "00:00",
    "晚上零点": "00:00",
    "晚上一点": "01:00",
    "晚上20点": "20:00",
    "今晚9点": "21:00",
    "今晚十二点": "00:00",
    "晚九点": "21:00",
    "夜里11点": "23:00",
    "夜里两点": "02:00",
    "夜里12点": "00:00",
    "每天早上8点": "08:00",
    "每日 20:00": "20:00",
    "每天七点半": "07:30",
    "07:30": "07:30",
    "7：30": "07:30",
    "0:00": "00:00",
    "00:05": "00:05",
    "23:59": "23:59",
    "零点": "00:00",
    "〇点五分": "00:05",
    "三点零五分": "03:05",
    "二十点": "20:00",
    "二十三点五十九": "23:59",
    "十点": "10:00",
    "十二点": "12:00",
    "8点05": "08:05",
    "8点5分": "08:05",
    "8am": "08:00",
    "8 PM": "20:00",
    "8 p.m.": "20:00",
    "7:30 a.m.": "07:30",
    "7:30pm": "19:30",
    "12am": "00:00",
    "12:30 AM": "00:30",
    "12pm": "12:00",
    "０７：３０": "07:30",
    " 7:30 ": "07:30",
    "7:30\u200b": "07:30",
}
UNCLEAR = [
    *("", " ", "早上", "每天", "点", "半", "时间", "随便", "明天", "一会儿", "morning", "noon", "pm", "😀", "\x00"),
    *("24点", "24:00", "25:00", "8:60", "8点60分", "99", "100", "早上15点", "上午13:00", "凌晨13点", "13am"),
    *("下午0点", "0pm", "中午9点", "傍晚两点", "8:5", "8:", ":30", "8点2刻", "8点半30", "-8", "8.5", "八点或九点"),
    *("8点 9点", "早上早上8点", "订阅8点", "8点吧", "8点怎么样", "一百点", "8:30:00", "1e1", "八" * 500, "8" * 5000),
]


@pytest.mark.parametrize(("said", "meant"), SAID.items())
def test_a_time_as_people_say_it(said: str, meant: str) -> None:
    assert f"{parse_time(said):%H:%M}" == meant


@pytest.mark.parametrize("said", UNCLEAR)
def test_what_names_no_time_is_unclear(said: str) -> None:
    with pytest.raises(UnclearTime):
        parse_time(said)


@given(st.text(alphabet="早晚上午下中夜里凌晨点时半刻分整零一二两三十12358:ampm. 每天", max_size=9))
def test_any_text_is_a_time_of_day_or_unclear(said: str) -> None:
    try:
        parsed = parse_time(said)
    except UnclearTime:
        return
    assert parsed.second == parsed.microsecond == 0
    assert parsed.tzinfo is None


@given(st.times())
def test_what_we_say_ourselves_is_understood(at: time) -> None:
    at = at.replace(second=0, microsecond=0)
    assert parse_time(f"{at:%H:%M}") == at
    assert parse_time(f"{at.hour}点{at.minute}分") == at
    assert parse_time(f"{at:%I:%M %p}") == at


# (local time, zone, after, next one): winter to summer, and back.
CHANGES = [
    ("02:30", "America/New_York", "2026-03-07T12:00Z", "2026-03-08T07:30Z"),  # 02:30 never comes: 03:30 EDT
    ("02:30", "America/New_York", "2026-03-08T07:30Z", "2026-03-09T06:30Z"),
    ("03:00", "America/New_York", "2026-03-08T06:59Z", "2026-03-08T07:00Z"),
    ("01:30", "America/New_York", "2026-11-01T00:00Z", "2026-11-01T05:30Z"),  # comes twice: the first
    ("01:30", "America/New_York", "2026-11-01T05:30Z", "2026-11-02T06:30Z"),  # and not the second
    ("08:00", "America/New_York", "2026-10-31T12:00Z", "2026-11-01T13:00Z"),
    ("02:30", "Europe/Berlin", "2026-03-28T12:00Z", "2026-03-29T01:30Z"),
    ("08:00", "Europe/Berlin", "2026-03-28T07:00Z", "2026-03-29T06:00Z"),
    ("02:30", "Europe/Berlin", "2026-10-24T12:00Z", "2026-10-25T00:30Z"),
    ("02:30", "Europe/Berlin", "2026-10-25T00:30Z", "2026-10-26T01:30Z"),
    ("02:30", "Europe/Berlin", "2026-10-25T00:45Z", "2026-10-26T01:30Z"),  # between the two
    ("02:15", "Australia/Lord_Howe", "2026-10-03T00:00Z", "2026-10-03T15:45Z"),  # half an hour is skipped
    ("02:15", "Australia/Lord_Howe", "2026-10-03T15:45Z", "2026-10-04T15:15Z"),
    ("01:45", "Australia/Lord_Howe", "2026-04-04T00:00Z", "2026-04-04T14:45Z"),  # half an hour comes twice
    ("01:45", "Australia/Lord_Howe", "2026-04-04T14:45Z", "2026-04-05T15:15Z"),
    ("00:00", "Africa/Cairo", "2026-04-23T12:00Z", "2026-04-23T22:00Z"),  # midnight itself is skipped
    ("23:30", "America/Nuuk", "2026-03-28T12:00Z", "2026-03-29T00:30Z"),  # skipped, and half an hour later is tomorrow
    ("23:30", "America/Nuuk", "2026-03-29T00:30Z", "2026-03-30T00:30Z"),
    ("23:30", "America/Nuuk", "2026-10-24T12:00Z", "2026-10-25T00:30Z"),
    ("23:30", "America/Nuuk", "2026-10-25T00:30Z", "2026-10-26T01:30Z"),
    ("08:00", "Asia/Shanghai", "2026-11-23T00:00Z", "2026-11-24T00:00Z"),  # never the same instant
    ("08:00", "Asia/Shanghai", "2026-11-22T23:59Z", "2026-11-23T00:00Z"),
]


@pytest.mark.parametrize(("at", "zone", "after", "expected"), CHANGES)
def test_clock_changes(at: str, zone: str, after: str, expected: str) -> None:
    found = next_occurrence(time.fromisoformat(at), zone, datetime.fromisoformat(after))

    assert found == datetime.fromisoformat(expected)


ZONES = (
    *("America/New_York", "America/Nuuk", "Europe/Berlin", "Australia/Lord_Howe", "Asia/Shanghai", "Asia/Kathmandu"),
    "Africa/Cairo",
)
minutes = st.times().map(lambda at: at.replace(second=0, microsecond=0))


@given(minutes, st.sampled_from(ZONES), st.datetimes(datetime(2024, 1, 1), datetime(2032, 1, 1)))  # noqa: DTZ001
def test_the_next_one_is_later_within_a_day_and_on_time(at: time, zone: str, naive: datetime) -> None:
    after = naive.replace(tzinfo=UTC)
    found = next_occurrence(at, zone, after)

    assert after < found <= after + timedelta(hours=25)
    assert found.tzinfo is UTC
    local = found.astimezone(ZoneInfo(zone))
    assert local.time() == at or is_skipped(local.date(), at, zone)


@given(minutes, st.sampled_from(ZONES), st.dates(date(2024, 1, 1), date(2032, 1, 1)))
def test_every_local_date_has_exactly_one(at: time, zone: str, day: date) -> None:
    instant = datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC) - timedelta(seconds=1)
    days = []
    for _ in range(4):
        instant = next_occurrence(at, zone, instant)
        days.append(instant.astimezone(ZoneInfo(zone)).date())

    assert days == [day + timedelta(days=later) for later in range(4)]


def is_skipped(day: date, at: time, zone: str) -> bool:
    """No instant has this local time: there and back gives another one."""
    local = datetime.combine(day, at, ZoneInfo(zone))
    return local.astimezone(UTC).astimezone(ZoneInfo(zone)).time() != at


@pytest.mark.parametrize(
    ("instant", "day"),
    [
        (datetime(2026, 11, 30, 15, 59, 59, tzinfo=UTC), date(2026, 11, 30)),
        (datetime(2026, 11, 30, 16, 0, tzinfo=UTC), date(2026, 12, 1)),
    ],
)
def test_the_date_is_that_of_guangdong(instant: datetime, day: date) -> None:
    assert home_date(instant) == day
