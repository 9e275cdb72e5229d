"""All authored content, loaded and checked as a whole."""

from msgspec import Struct

from bot.domain.knowledge import KnowledgeBase, Topic
from bot.domain.phrases import Phrases
from bot.domain.polls import Poll
from bot.domain.tips import Tip


class Library(Struct, frozen=True):
    knowledge: KnowledgeBase
    tips: tuple[Tip, ...]
    polls: dict[str, Poll]
    phrases: Phrases
    topics: tuple[Topic, ...] = ()


class Shelf:
    """Holds the library in force; a new edition replaces it whole, so a talk never sees half of one."""

    def __init__(self, library: Library) -> None:
        self.library = library
