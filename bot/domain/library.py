"""All authored content, loaded and checked as a whole."""

from datetime import date

from msgspec import Struct

from bot.domain.knowledge import KnowledgeBase, Topic
from bot.domain.phrases import Phrases
from bot.domain.polls import Poll
from bot.domain.review import Review
from bot.domain.tips import Tip


class Library(Struct, frozen=True):
    knowledge: KnowledgeBase
    tips: tuple[Tip, ...]
    polls: dict[str, Poll]
    phrases: Phrases
    topics: tuple[Topic, ...] = ()
    reviews: tuple[Review, ...] = ()

    def unreviewed(self, day: date) -> tuple[Review, ...]:
        """The files that no person answers for on this day."""
        return tuple(review for review in self.reviews if not review.holds(day))


class Shelf:
    """Holds the library in force; a new edition replaces it whole, so a talk never sees half of one."""

    def __init__(self, library: Library) -> None:
        self.library = library
