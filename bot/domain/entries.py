"""What authors write, a question with its answer, and what a search makes of it."""

from datetime import date

from msgspec import Struct


class Source(Struct, frozen=True):
    title: str
    publisher: str
    date: date


class Topic(Struct, frozen=True):
    """A campaign or guide that groups entries. Without `english_title` there is none."""

    id: str
    title: str
    english_title: str = ""


class Entry(Struct, frozen=True):
    """One authored answer to one question.

    `id` is unique and stable (`zijing-hours`); `topic` is the id of the campaign or guide that groups entries.
    `questions` are the phrasings that authors expect, `title` the one that stands on a button.
    `english` is the answer for who writes English; empty means there is none.
    `period` says which time the figures are for, in the report's words. `unsaid` marks an answer that only tells
    that the source does not say it. `valid_until` is the last day of an answer of the operators' own layer, which says
    what is on now and goes before what holds for good (None).
    """

    id: str
    topic: str
    title: str
    questions: tuple[str, ...]
    answer: str
    english: str = ""
    english_title: str = ""
    period: str = ""
    source: Source | None = None
    unsaid: bool = False
    valid_until: date | None = None

    def is_over(self, day: date) -> bool:
        """Whether the answer has expired: its last day is gone."""
        return self.valid_until is not None and self.valid_until < day


class Match(Struct, frozen=True):
    """An entry with how well it fits (0 to 1) and the phrasing that fitted."""

    entry: Entry
    score: float
    phrasing: str


class Finding(Struct, frozen=True):
    """What a search came to: a certain `answer`, or up to three `suggestions` to choose from, or neither.

    With neither, nothing authored fits and the bot says so. `beyond` where the question names what no suggestion
    holds: another place or year, a price, a phone number.
    """

    answer: Match | None = None
    suggestions: tuple[Match, ...] = ()
    beyond: bool = False
