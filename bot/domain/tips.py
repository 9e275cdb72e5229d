"""One digital-literacy trick a day: what a tip is, and whose turn it is."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from functools import cached_property
from hashlib import sha256
from typing import Literal

from msgspec import Struct

from bot.domain.seasons import Season, Span, running
from bot.domain.text import simplify

MAX_TIP_CHARACTERS = 120
SHORTEST_WORDS = 2  # characters: fewer are in nearly every tip
ALWAYS = Span(date.min, date.max)
# For so long nobody gets a tip again, as far as there are enough.
YEAR = timedelta(days=365)

Audience = Literal["everyone", "children", "teens", "parents", "elders", "teachers"]
Subject = Literal[
    "scams",
    "passwords",
    "privacy",
    "rumours",
    "ai",
    "devices",
    "screens",
    "kindness",
    "shopping",
    "learning",
    "reporting",
]


class Quiz(Struct, frozen=True):
    """A little question about a tip; `because` is told whichever answer is tapped."""

    question: str
    answers: tuple[str, ...]
    because: str


class Wording(Struct, frozen=True):
    """A tip in one language: one thing to do, in at most 120 characters, and why it helps."""

    text: str
    why: str = ""
    quiz: Quiz | None = None


class Tip(Struct, frozen=True):
    """`right` is the right answer's number, from 1. An empty `season` is all the year.

    `skipped` are the days on which it goes out to nobody, ALWAYS for one that is said no more; who had it can still
    look it up. With `swap` it has the place in everybody's order of the tip with that id, and that one has its place.
    """

    id: str
    chinese: Wording
    english: Wording | None = None
    audience: Audience = "everyone"
    topic: Subject | None = None
    right: int = 0
    source: str = ""
    season: Season = ""
    skipped: Span | None = None
    swap: str = ""

    def is_skipped(self, day: date) -> bool:
        return self.skipped is not None and day in self.skipped

    def wording(self, language: str) -> Wording:
        return self.english if language == "en" and self.english else self.chinese


class Taste(Struct, frozen=True):
    """Whom a person wants tips for (`everyone` is all of them), and about what; no `topics` are all."""

    audience: Audience = "everyone"
    topics: tuple[Subject, ...] = ()

    def is_for(self, tip: Tip) -> bool:
        """Whether the tip is written for whom the person wants to read."""
        return self.audience == "everyone" or tip.audience in (self.audience, "everyone")

    def is_about(self, tip: Tip) -> bool:
        return not self.topics or tip.topic in self.topics


# The day on which a person had a tip, by its id.
Had = Mapping[str, date]


class Tips(tuple[Tip, ...]):
    """All tips. A person's turn follows from what they had, so it holds whatever they or the authors change."""

    @cached_property
    def by_id(self) -> dict[str, Tip]:
        return {tip.id: tip for tip in self}

    def of_the_day(self, day: date) -> Tip:
        """One for everybody, for those whose choice is not known."""
        today = [tip for tip, span in self._in_season(day) if day == _own_day(tip, span)]
        if today:
            return today[0]
        ordinary, place = self._ordinary(Taste()), day.toordinal()
        days = [ordinary[(place + further) % len(ordinary)] for further in range(len(ordinary))]
        return next((tip for tip in days if not tip.is_skipped(day)), days[0])

    def turn(self, taste: Taste, day: date, had: Had) -> Tip:
        """What the person gets on that day: no tip again within a year, as far as there are enough.

        From its own day on a tip of the season goes before all others, but only until the season is over.
        """
        fresh = [(tip, span) for tip, span in self._in_season(day) if _is_fresh(tip, day, had)]
        due = [(tip, span) for tip, span in fresh if day >= _own_day(tip, span)]
        if due:
            return min(due, key=lambda one: (not taste.is_for(one[0]), not taste.is_about(one[0]), one[1].last))[0]
        ordinary = self._said(taste, day)
        found = next((tip for tip in ordinary if _is_fresh(tip, day, had)), None)
        early = fresh[0][0] if fresh else None
        return found or early or min(ordinary, key=lambda tip: had[tip.id])

    def further(self, taste: Taste, day: date, had: Had, number: int) -> Tip:
        """The `number`th tip beside that of the day: from the end of what the person has not had yet."""
        todays = (self.turn(taste, day, had), self.of_the_day(day))
        ordinary = [tip for tip in self._said(taste, day) if tip not in todays] or list(todays)
        fresh = [tip for tip in ordinary if _is_fresh(tip, day, had)] or ordinary
        suited = [tip for tip in fresh if taste.is_for(tip) and taste.is_about(tip)] or fresh
        return suited[-1 - (day.toordinal() * 7 + number - 1) % len(suited)]

    def with_words(self, words: str) -> tuple[Tip, ...]:
        """The tips in whose text all the words stand, in any script; none for less than two characters."""
        wanted = simplify(words).split()
        if len("".join(wanted)) < SHORTEST_WORDS:
            return ()
        found = (tip for tip, text in self._searched if all(word in text for word in wanted))
        return tuple(tip for tip in found if tip.skipped != ALWAYS)

    @cached_property
    def _searched(self) -> tuple[tuple[Tip, str], ...]:
        wordings = ((tip, filter(None, (tip.chinese, tip.english))) for tip in self)
        return tuple((tip, simplify("\n".join(f"{w.text}\n{w.why}" for w in every))) for tip, every in wordings)

    @cached_property
    def _orders(self) -> dict[Taste, tuple[Tip, ...]]:
        return {}

    def _said(self, taste: Taste, day: date) -> Sequence[Tip]:
        """The ordinary tips of this person that are not skipped on that day, in order; where all are, all the same."""
        ordinary = self._ordinary(taste)
        said = [tip for tip in ordinary if not tip.is_skipped(day)] if self._skips else ordinary
        return said or ordinary

    @cached_property
    def _skips(self) -> bool:
        return any(tip.skipped for tip in self)

    def _ordinary(self, taste: Taste) -> tuple[Tip, ...]:
        """Tips of no season in this person's order; where there are no others, all."""
        if taste not in self._orders:
            ordinary = [tip for tip in self._mixed if not tip.season] or list(self)
            ordinary.sort(key=lambda tip: (not taste.is_for(tip), not taste.is_about(tip)))
            self._orders[taste] = tuple(ordinary)
        return self._orders[taste]

    @cached_property
    def _mixed(self) -> tuple[Tip, ...]:
        """Shuffled, the same way every time, so that each audience and topic is spread evenly over the whole.

        Then those that are swapped have each other's place.
        """
        groups: dict[tuple[str, str | None], list[Tip]] = defaultdict(list)
        for tip in sorted(self, key=lambda tip: _lot(tip.id)):
            groups[tip.audience, tip.topic].append(tip)
        places = {
            tip.id: (place + _lot(f"{group}")) / len(tips)
            for group, tips in groups.items()
            for place, tip in enumerate(tips)
        }
        for tip in self:
            if tip.swap in places:
                places[tip.id], places[tip.swap] = places[tip.swap], places[tip.id]
        return tuple(sorted(self, key=lambda tip: places[tip.id]))

    @cached_property
    def _seasons(self) -> dict[date, tuple[tuple[Tip, Span], ...]]:
        return {}

    def _in_season(self, day: date) -> tuple[tuple[Tip, Span], ...]:
        """The tips whose season holds the day, each with the season."""
        if day not in self._seasons:
            spans = ((tip, running(tip.season, day)) for tip in self._mixed if tip.season)
            self._seasons[day] = tuple((tip, span) for tip, span in spans if span and not tip.is_skipped(day))
        return self._seasons[day]


def _is_fresh(tip: Tip, day: date, had: Had) -> bool:
    last = had.get(tip.id)
    return last is None or day - last >= YEAR


def _own_day(tip: Tip, span: Span) -> date:
    """The day from which the tip goes out: early enough that it comes within its season, whoever is before it."""
    early_half = (span.last - span.first).days // 2 + 1
    return span.first + timedelta(days=int(_lot(tip.id) * early_half))


def _lot(text: str) -> float:
    """A number from 0 up to 1 that is drawn once for a text."""
    return int.from_bytes(sha256(text.encode()).digest()[:6]) / 2**48
