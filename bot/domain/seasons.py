"""When a tip that is tied to the calendar fits: festivals, special weeks, or from one day of the year to another."""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache
from typing import NamedTuple

from bot.domain.lexicon import word_list

# A season is written as its name, or as its first and last day: 09-01..09-10.
Season = str

_EVERY_YEAR = re.compile(r"(\d\d)-(\d\d)\.\.(\d\d)-(\d\d)")
_BY_RULE = ("national-day", "cyber-week")
# A day that a year without a leap day has as well.
_ANY_YEAR = 2027


class Span(NamedTuple):
    """From the first to the last day, both included."""

    first: date
    last: date

    def __contains__(self, day: object) -> bool:
        return isinstance(day, date) and self.first <= day <= self.last


def season_names() -> tuple[str, ...]:
    return (*word_list("seasons"), *_BY_RULE)


def is_day_of_year(text: str) -> bool:
    """Whether 09-01 is a day that every year has."""
    try:
        date.fromisoformat(f"{_ANY_YEAR}-{text}")
    except ValueError:
        return False
    return bool(re.fullmatch(r"\d\d-\d\d", text))


def running(season: Season, day: date) -> Span | None:
    """The span of the season that holds the day; None out of season, and past the last year that is known."""
    years = (day.year - 1, day.year, day.year + 1)
    return next((span for year in years for span in _spans(season, year) if day in span), None)


def spans_in(season: Season, year: int) -> tuple[Span, ...]:
    """When the season is in a year: also what begins in the year before, or ends in the next."""
    first, last = date(year, 1, 1), date(year, 12, 31)
    found = {span for other in (year - 1, year, year + 1) for span in _spans(season, other)}
    return tuple(sorted(span for span in found if span.first <= last and span.last >= first))


@cache
def _spans(season: Season, year: int) -> tuple[Span, ...]:
    if found := _EVERY_YEAR.fullmatch(season):
        first, last = date(year, int(found[1]), int(found[2])), date(year, int(found[3]), int(found[4]))
        return (Span(first, last if last >= first else last.replace(year=year + 1)),)
    if season == "national-day":
        return (Span(date(year, 9, 28), date(year, 10, 8)),)
    if season == "cyber-week":
        return (_third_week_of_september(year),)
    return tuple(_moved(season, year))


def _moved(season: Season, year: int) -> Iterator[Span]:
    known = word_list("seasons")[season]
    for day in known["days"]:
        if day.year == year:
            yield Span(day - timedelta(days=known["before"]), day + timedelta(days=known["after"]))


def _third_week_of_september(year: int) -> Span:
    """国家网络安全宣传周: in the third week of September, since 2016 (中央网信办 and five others, 2016-03)."""
    first = date(year, 9, 15)
    monday = first + timedelta(days=-first.weekday() % 7)
    return Span(monday, monday + timedelta(days=6))
