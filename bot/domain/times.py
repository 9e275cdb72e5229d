"""Times of day as people type them, and the date where the people are that this service is for."""

import re
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.domain.text import simplify, with_digits

HOME_ZONE = ZoneInfo("Asia/Shanghai")
# Days of the week as isoweekday counts them: 1 is Monday. Working days are plain Monday to Friday, whatever the state
# moves around its holidays.
EVERY_DAY, WORKING_DAYS, WEEKEND = "1234567", "12345", "67"

_PERIOD = "凌晨|早上|早晨|清早|上午|今早|中午|下午|傍晚|晚上|今晚|夜里|早|晚"
# What may follow 订阅 and be a time. The same pattern decides whether a typed line is that command at all.
TIME_OF_DAY = (
    rf"(?:每天|每日)?\s*(?P<period>{_PERIOD})?\s*(?P<hour>\d{{1,2}})\s*"
    r"(?:(?:点钟?|时)\s*(?:(?P<half>半)钟?|整|(?P<quarter>[13])刻钟?|(?P<minute>\d{1,2})分?)?"
    r"|[:;.](?P<digital>\d{2})(?:分|整)?)?\s*(?P<half_day>am|pm|a\.m\.?|p\.m\.?)?"
)
_TIME_OF_DAY = re.compile(TIME_OF_DAY)
_MORNING = frozenset({"凌晨", "早上", "早晨", "清早", "上午", "今早", "早", "am"})
_MIDDAY = frozenset({"中午", "下午", "傍晚", "pm"})
_EVENING = frozenset({"晚上", "今晚", "晚"})
_MIDNIGHT = _EVENING | {"夜里", "凌晨", "am"}  # where 12 is the hour 0
# The spoken hours that count from noon: 晚上 8 点, but 晚上 1 点 is after midnight, and 中午 11 点 before noon.
_FROM_NOON = {
    **dict.fromkeys(("下午", "pm"), range(1, 12)),
    **dict.fromkeys(_EVENING, range(5, 12)),
    "中午": range(1, 4),
    "傍晚": range(4, 12),
    "夜里": range(6, 12),
}
_EARLIEST_MIDDAY = 10


@cache
def zone_of(name: str) -> ZoneInfo:
    """The IANA zone. ZoneInfo itself remembers eight, and reads the files of the others again and again."""
    return ZoneInfo(name)


def is_zone(name: str) -> bool:
    """Whether this machine knows the IANA zone."""
    try:
        zone_of(name)
    except ZoneInfoNotFoundError:
        return False
    return True


def home_date(instant: datetime) -> date:
    """The date in Guangdong at an instant: a date that an author writes is meant there."""
    return instant.astimezone(HOME_ZONE).date()


class UnclearTime(ValueError):
    """The text names no time that can be understood with certainty.

    `choices` are times that may be meant, `days` the days of the week that were said beside it.
    """

    def __init__(self, text: str, choices: tuple[time, ...] = ()) -> None:
        super().__init__(text)
        self.choices = choices
        self.days: str | None = None


class UnclearDays(UnclearTime):
    """It names days that are none of the week: every other day, once a month. `at` is the time that was said."""

    def __init__(self, text: str, at: time | None) -> None:
        super().__init__(text)
        self.at = at


class LaterStart(UnclearTime):
    """It names a day from which on tips are to come; they begin with the next time that was said."""


class NoTime(UnclearTime):
    """The text is about something else than a time."""


def parse_time(text: str) -> time:
    """The time of day in `8点`, `晚上八点半`, `07:30`, `7:30 pm`. Raises UnclearTime."""
    found = _TIME_OF_DAY.fullmatch(with_digits(simplify(text)).strip())
    if not found:
        raise NoTime(text)
    hour = _hour(int(found["hour"]), *filter(None, (found["period"], (found["half_day"] or "").replace(".", ""))))
    minute = 30 if found["half"] else int(found["quarter"] or 0) * 15 or int(found["minute"] or found["digital"] or 0)
    if hour > 23 or minute > 59:
        raise UnclearTime(text)
    return time(hour, minute)


def _hour(hour: int, *periods: str) -> int:
    """The hour of 24 for a spoken one. Raises UnclearTime for such as 早上 15 点 or 早上 8 点 pm."""
    meant = {_hour_in(hour, period) for period in periods or ("",)}
    if len(meant) > 1:
        raise UnclearTime(f"{periods}{hour}")
    return meant.pop()


def _hour_in(hour: int, period: str) -> int:
    if hour == 12:
        return 0 if period in _MIDNIGHT else 12
    if hour in _FROM_NOON.get(period, ()):
        hour += 12
    if (period in _MORNING and hour > 12) or (period in _MIDDAY and hour < _EARLIEST_MIDDAY):
        raise UnclearTime(f"{period}{hour}")
    return hour


def next_occurrence(at: time, zone: str, after: datetime) -> datetime:
    """The first instant (UTC) later than `after` at which clocks in the IANA zone show `at`.

    A time that a clock change skips counts at the length it would have had; one that comes twice counts once.
    """
    place = zone_of(zone)
    day = after.astimezone(place).date()
    while True:
        instant = _instant(day, at, place)
        if instant > after:
            return instant
        day += timedelta(days=1)


def _instant(day: date, at: time, place: ZoneInfo) -> datetime:
    """On that date, also where the clock change skips the end of it, as in Nuuk: then as much earlier."""
    instant = datetime.combine(day, at, place).astimezone(UTC)
    if instant.astimezone(place).date() == day:
        return instant
    return datetime.combine(day, at.replace(fold=1), place).astimezone(UTC)
