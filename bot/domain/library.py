"""All authored content, loaded and checked as a whole."""

from collections.abc import Mapping
from datetime import date

from msgspec import Struct, structs

from bot.domain.knowledge import KnowledgeBase, Topic
from bot.domain.menus import Menu
from bot.domain.overlay import Authored
from bot.domain.phrases import Phrases
from bot.domain.polls import Poll
from bot.domain.review import Review
from bot.domain.text import manner_of
from bot.domain.tips import Tips


class Library(Struct, frozen=True):
    """`topics` are listed for people to choose from; `guides` can be asked and followed up only.

    `menus` are those below a chat, by platform; `files` are those of the entries, by the entry's id. `filed_tips` are
    the tips as they stand in the files, by id, whatever is laid over them.
    """

    knowledge: KnowledgeBase
    tips: Tips
    polls: dict[str, Poll]
    phrases: Phrases
    topics: tuple[Topic, ...] = ()
    reviews: tuple[Review, ...] = ()
    guides: tuple[Topic, ...] = ()
    menus: dict[str, Menu] = {}
    files: dict[str, str] = {}
    filed_tips: dict[str, Authored] = {}

    def topic(self, name: str) -> Topic | None:
        """The topic with this id, listed or not."""
        return next((known for known in (*self.topics, *self.guides) if known.id == name), None)

    def manner_of(self, question: str, talk: str = "zh") -> str:
        """How to answer a question: as any text, but in Chinese where it is Chinese in Latin letters."""
        manner = manner_of(question, talk)
        return "zh" if manner == "en" and self.knowledge.is_pinyin(question) else manner

    def unreviewed(self, day: date) -> tuple[Review, ...]:
        """The files in force that no person answers for on this day."""
        return tuple(review for review in self.reviews if not review.is_over(day) and not review.holds(day))

    def has_expired(self, day: date) -> bool:
        return any(entry.is_over(day) for entry in self.knowledge.current)

    def as_of(self, day: date) -> "Library":
        """This library without what has expired: builds the search anew, so not in the loop."""
        left = tuple(entry for entry in self.knowledge.entries.values() if not entry.is_over(day))
        held = {entry.topic for entry in left}
        topics = tuple(topic for topic in self.topics if topic.id in held)
        return structs.replace(self, knowledge=KnowledgeBase(left, self.knowledge), topics=topics)


class Shelf:
    """Holds the library in force; a new edition replaces it whole, so a talk never sees half of one.

    What the desk has published of polls lies over the `authored` edition.
    """

    def __init__(self, library: Library) -> None:
        self._published: Mapping[str, Poll] = {}
        self._stopped: frozenset[str] = frozenset()
        self.library = library

    @property
    def library(self) -> Library:
        return self._library

    @library.setter
    def library(self, authored: Library) -> None:
        self.authored = authored
        self._library = self.covered(authored)

    def covered(self, authored: Library) -> Library:
        """An edition with the polls that lie over it."""
        polls = {**authored.polls, **self._published}
        stopped = {name: structs.replace(polls[name], stopped=True) for name in self._stopped & polls.keys()}
        return structs.replace(authored, polls=polls | stopped)

    def lay(self, polls: Mapping[str, Poll], stopped: frozenset[str]) -> None:
        """The polls that are published at the desk, and the ids of all that are stopped."""
        if (polls, stopped) != (self._published, self._stopped):
            self._published, self._stopped = polls, stopped
            self.library = self.authored
