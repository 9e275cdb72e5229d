"""One digital-literacy trick a day: what a tip is, and which one is whose turn."""

from collections.abc import Sequence
from datetime import date
from typing import Literal

from msgspec import Struct

from bot.domain.seasons import Season

MAX_TIP_CHARACTERS = 120

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
    """`right` is the right answer's number, from 1. An empty `season` is all the year."""

    id: str
    chinese: Wording
    english: Wording | None = None
    audience: Audience = "everyone"
    topic: Subject | None = None
    right: int = 0
    source: str = ""
    season: Season = ""

    def wording(self, language: str) -> Wording:
        return self.english if language == "en" and self.english else self.chinese


def tip_of_the_day(tips: Sequence[Tip], day: date) -> Tip:
    """The same tip for everybody on one local date; each once before any comes again."""
    return tips[day.toordinal() % len(tips)]
