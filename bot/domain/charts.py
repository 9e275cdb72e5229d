"""A poll as a picture and as a curve: at most a minute old, so that many who look see what was drawn once."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Protocol
from zoneinfo import ZoneInfo

from msgspec import Struct

from bot.domain.polls import Option, Poll, Polls, Standing, Terms
from bot.messages import Bar, Picture

HOUR = timedelta(hours=1)
CHART_LASTS = timedelta(minutes=1)
BARS = 12
POINTS = 120  # of a curve; a phone shows no more

Say = Callable[..., str]


class Point(Struct, frozen=True):
    """How many ballots there were at an instant, in the whole poll."""

    at: datetime
    ballots: int


class Chart(Struct, frozen=True):
    """A standing with the instant `at` which it was taken, and how its ballots came: the first point is the opening."""

    standing: Standing
    at: datetime
    curve: tuple[Point, ...] = ()

    @property
    def as_of(self) -> datetime:
        """The instant of the figures."""
        return self.standing.as_of or self.at


class History(Protocol):
    async def history(self, poll: str) -> Sequence[Point]:
        """The ballots at each full hour that something changed in, in order, as they were at its beginning."""
        ...


class Charts:
    def __init__(self, polls: Polls, history: History) -> None:
        self._polls = polls
        self._history = history
        self._charts: dict[str, Chart] = {}

    async def chart(self, poll: Poll, at: datetime) -> Chart:
        """How the poll stood within the last minute, as far as its terms let it be shown at this instant."""
        chart = self._charts.get(poll.id)
        if not chart or not _holds(chart, poll, at):
            standing = await self._polls.standing(poll, at)
            chart = Chart(standing, at, curve_of(standing, await self._history.history(poll.id), at))
            self._charts[poll.id] = chart
        return chart


def _holds(chart: Chart, poll: Poll, at: datetime) -> bool:
    standing = chart.standing
    return standing.poll == poll and standing.state == poll.state(at) and chart.at <= at < chart.at + CHART_LASTS


def curve_of(standing: Standing, history: Sequence[Point], at: datetime) -> tuple[Point, ...]:
    """From the opening to the figures of the standing, in at most POINTS points; empty before the opening."""
    end = min(filter(None, (standing.as_of or at, standing.closes_at)))
    if not standing.opens_at or standing.opens_at >= end:
        return ()
    last = Point(end, standing.ballots)
    between = list(_with_quiet_hours([point for point in history if standing.opens_at < point.at < end], last))
    step = -(-len(between) // (POINTS - 2)) or 1
    return (Point(standing.opens_at, 0), *between[step - 1 :: step], last)


def _with_quiet_hours(history: Sequence[Point], last: Point) -> Iterator[Point]:
    """With a point where a pause begins: what changed before the next point changed within the hour."""
    for point, following in pairwise((*history, last)):
        yield point
        if following.at > point.at + HOUR:
            yield Point(point.at + HOUR, following.ballots)


def picture_of(chart: Chart, say: Say, foot: tuple[str, ...], *, english: bool = False) -> Picture:
    """The chart as a picture. `say` speaks the reader's language; `foot` tells who runs this."""
    standing, poll = chart.standing, chart.standing.poll
    return Picture(
        path=f"/polls/{poll.id}.png{'?lang=en' if english else ''}",
        title=(english and poll.english) or poll.title,
        mark=say("chart.demo") if poll.demo else "",
        text=(say("votes.hidden"),) if standing.votes is None else (),
        bars=_bars(standing, say, english),
        notes=(
            *_rest(standing, say),
            *_totals(standing, say),
            say("chart.as_of", at=spoken_instant(say, poll, chart.as_of)),
        ),
        foot=foot,
    )


def _bars(standing: Standing, say: Say, english: bool) -> tuple[Bar, ...]:
    votes = standing.votes
    if votes is None:
        return ()
    most, total = max(votes.values(), default=0) or 1, sum(votes.values()) or 1
    return tuple(
        Bar(
            say("chart.candidate", number=option.number, title=_title(option, say, english)),
            say("chart.figure", votes=votes[option.number], share=f"{votes[option.number] / total:.0%}"),
            votes[option.number] / most,
        )
        for option in _first(standing.poll, votes)
    )


def _first(poll: Poll, votes: dict[int, int]) -> Sequence[Option]:
    """All of a few candidates as they stand, those with the most votes of many."""
    if len(poll.options) <= BARS:
        return poll.options
    return sorted(poll.options, key=lambda option: (-votes[option.number], option.number))[:BARS]


def _title(option: Option, say: Say, english: bool) -> str:
    title = (english and option.english) or option.title
    return title + say("votes.withdrawn") if option.withdrawn else title


def _rest(standing: Standing, say: Say) -> tuple[str, ...]:
    left_out = len(standing.poll.options) - BARS
    return (say("chart.rest", options=left_out),) if left_out > 0 and standing.votes is not None else ()


def _totals(standing: Standing, say: Say) -> tuple[str, ...]:
    ballots = (say("votes.ballots", ballots=standing.ballots),) if standing.ballots != standing.voters else ()
    held = (say("chart.held", held=standing.held),) if standing.held else ()
    return (say("chart.accounts", voters=standing.voters), *ballots, *held, say("web.poll.note"))


def spoken_instant(say: Say, poll: Poll, at: datetime) -> str:
    """The date and time in the poll's zone, with seconds only where there are any."""
    local = at.astimezone(ZoneInfo(poll.zone)).replace(microsecond=0)
    zone = say("votes.home_zone") if poll.zone == Terms().zone else poll.zone
    return say("votes.time", at=local.strftime("%Y-%m-%d %H:%M:%S").removesuffix(":00"), zone=zone)
