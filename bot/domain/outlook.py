"""What goes out in the next 24 hours, to how many people: counted by group, and looked at person by person."""

import asyncio
import logging
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Protocol

from msgspec import Struct

from bot.domain.library import Library
from bot.domain.subscriptions import History, Subscription, daily, since
from bot.domain.times import HOME_ZONE
from bot.domain.tips import Audience
from bot.messages import Address

log = logging.getLogger(__name__)

# Everybody who wants a tip a day has one instant within it.
AHEAD = timedelta(hours=24)
# So many people are looked at one by one; where there are more, they stand for the others of their group.
LOOKED_AT = 4000
# At a time: what they have had is read in some milliseconds, for which others wait.
AT_ONCE = 50
# An outlook of that age is still shown, while a new one is made.
FRESH = timedelta(minutes=5)
# Fewer people are not told: the hour and whom it is for would be nearly a name.
FEWEST = 10

CHANNELS = ("telegram", "web", "wechat")
_MANY = 10**10  # as a text it begins with any digit

# The people of an hour (UTC, since 1970) who want tips for an audience.
Group = tuple[int, Audience]


class DuePeople(Protocol):
    async def groups(self, first: datetime, end: datetime) -> Mapping[Group, int]:
        """How many people have their next tip after an instant, up to another, by hour and audience."""
        ...

    async def instants(self, first: datetime, end: datetime) -> Sequence[tuple[datetime, int]]:
        """How many people have theirs at each instant."""
        ...

    async def at(self, instant: datetime, start: tuple[str, str], limit: int) -> Sequence[Subscription]:
        """Some of those who have theirs at an instant: those from this channel and user on, and then the first ones."""
        ...

    async def histories(self, people: Sequence[Address], since: date) -> Mapping[str, History]: ...


class Forecast(Struct, frozen=True):
    """What a tip is expected to do: to how many people it goes, by hour and by audience."""

    tip: str
    people: int
    hours: Mapping[int, int]
    audiences: Mapping[Audience, int]


class Outlook(Struct, frozen=True):
    """Made at an instant, for the 24 hours after it. Of `people`, `looked` were looked at; where all were, it is exact.

    A group of which nobody was looked at is in `groups`, and in no forecast.
    """

    at: datetime
    people: int
    looked: int
    groups: Mapping[Group, int]
    tips: tuple[Forecast, ...]
    edition: int = 0

    @property
    def is_exact(self) -> bool:
        return self.looked >= self.people

    def of(self, tip: str) -> Forecast | None:
        return next((one for one in self.tips if one.tip == tip), None)


class Outlooks:
    """Makes one at a time, and keeps the last; `edition` changes when other tips are in force.

    `draw` gives a number below another by chance, so that not only the oldest accounts are looked at.
    """

    def __init__(
        self,
        store: DuePeople,
        library: Callable[[], Library],
        clock: Callable[[], datetime],
        edition: Callable[[], int],
        draw: Callable[[int], int],
    ) -> None:
        self._store = store
        self._library = library
        self._clock = clock
        self._edition = edition
        self._draw = draw
        self._last: Outlook | None = None
        self._making: asyncio.Task[None] | None = None
        self._is_closed = False

    async def last(self, patience: float) -> Outlook | None:
        """The newest one; a new one is begun where that is old, and waited for so many seconds. None: not made yet."""
        if not self._is_fresh():
            if not self._making or self._making.done():
                self._making = asyncio.create_task(self._make())
            await asyncio.wait([self._making], timeout=patience)
        return self._last

    async def close(self) -> None:
        """What is being counted ends at its next step: work that is cut short leaves its connection behind."""
        self._is_closed = True
        if self._making:
            await asyncio.wait([self._making])

    def _is_fresh(self) -> bool:
        last = self._last
        if not last or last.edition != self._edition():
            return False
        return timedelta() <= self._clock() - last.at < FRESH

    async def _make(self) -> None:
        try:
            self._last = await self.made()
        except Exception as fault:
            log.warning("what goes out next could not be counted: %s", type(fault).__name__)

    async def made(self) -> Outlook:
        """A new one. Takes seconds where there are many people."""
        now, edition = self._clock(), self._edition()
        end = now + AHEAD
        groups = await self._store.groups(now, end)
        people = sum(groups.values())
        got = defaultdict[Group, Counter[str]](Counter)
        for instant, count in await self._store.instants(now, end):
            start = (CHANNELS[self._draw(len(CHANNELS))], str(self._draw(_MANY)))
            if self._is_closed:
                break
            for some in _in_lots(await self._store.at(instant, start, _share(count, people))):
                await self._look(some, now, got)
        looked = sum(counter.total() for counter in got.values())
        return Outlook(now, people, looked, groups, _forecasts(groups, got), edition)

    async def _look(self, some: Sequence[Subscription], now: datetime, got: Mapping[Group, Counter[str]]) -> None:
        histories = await self._store.histories([one.address for one in some], since(now))
        tips = self._library().tips
        for one in some:
            assert one.due_at
            today = daily(one, tips, histories[one.address.person], one.due_at)
            got[hour_of(one.due_at), one.audience][today.tip.id] += 1


def _share(count: int, people: int) -> int:
    """How many of those of an instant are looked at."""
    return count if people <= LOOKED_AT else max(1, round(count * LOOKED_AT / people))


def _in_lots(people: Sequence[Subscription]) -> list[Sequence[Subscription]]:
    return [people[at : at + AT_ONCE] for at in range(0, len(people), AT_ONCE)]


def _forecasts(groups: Mapping[Group, int], got: Mapping[Group, Counter[str]]) -> tuple[Forecast, ...]:
    """Who was looked at stands for all of the group."""
    hours, audiences = defaultdict[str, Counter[int]](Counter), defaultdict[str, Counter[Audience]](Counter)
    for group, counter in got.items():
        for tip, number in _scaled(counter, groups.get(group, counter.total())).items():
            hours[tip][group[0]] += number
            audiences[tip][group[1]] += number
    found = [Forecast(tip, by_hour.total(), dict(by_hour), dict(audiences[tip])) for tip, by_hour in hours.items()]
    return tuple(sorted(found, key=lambda one: (-one.people, one.tip)))


def _scaled(counter: Counter[str], people: int) -> dict[str, int]:
    """Whole numbers that add up to the people, by the greatest remainders."""
    total = counter.total()
    parts = {tip: divmod(number * people, total) for tip, number in counter.items()}
    left = people - sum(whole for whole, _ in parts.values())
    last_ones = sorted(parts, key=lambda tip: (-parts[tip][1], tip))[:left]
    return {tip: whole + (tip in last_ones) for tip, (whole, _) in parts.items()}


def hour_of(instant: datetime) -> int:
    return int(instant.timestamp()) // 3600


def hour_shown(hour: int) -> datetime:
    """The hour by Guangdong's clock."""
    return datetime.fromtimestamp(hour * 3600, HOME_ZONE)
