"""All that a handler may touch."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from msgspec import Struct

from bot.domain.charts import Charts
from bot.domain.holds import Holds
from bot.domain.knowledge import Chooser
from bot.domain.library import Library, Shelf
from bot.domain.people import Conversation, People
from bot.domain.polls import Polls
from bot.domain.questions import Questions
from bot.domain.reviewers import Reviewer, reviewer_with
from bot.domain.stories import Stories
from bot.domain.subscriptions import Subscriptions
from bot.messages import Message, Reply


@dataclass(frozen=True, slots=True)
class Operator:
    """Who runs this installation, as it says of itself everywhere.

    `reviewers` may decide on stories and held ballots in the chat. `site` is where the public pages are, without a
    slash at the end; empty where nobody said.
    """

    name: str
    contact: str = ""
    official: bool = False
    icp_number: str = ""
    reviewers: tuple[Reviewer, ...] = ()
    site: str = ""

    @property
    def identity(self) -> str:
        """The key of the sentence that says what this program is and is not."""
        return "identity.official" if self.official else "identity.unofficial"


@dataclass(frozen=True, slots=True)
class Services:
    """What the composition root wires once for all handlers.

    `picturing` are the channels that show pictures with their words, `shows_alone` those that show what is drawn in the
    place of its words; `draws` says whether it can be drawn. `photographing` are the channels that take photos. `room`
    says by channel, where a message holds only so much, how many bytes of text fit above a reply's buttons.
    """

    shelf: Shelf
    people: People
    polls: Polls
    charts: Charts
    subscriptions: Subscriptions
    questions: Questions
    stories: Stories
    holds: Holds
    operator: Operator
    chooser: Chooser | None = None
    picturing: frozenset[str] = frozenset()
    shows_alone: frozenset[str] = frozenset()
    draws: bool = False
    photographing: frozenset[str] = frozenset()
    room: Mapping[str, Callable[[Reply], int]] = field(default_factory=dict)

    @property
    def drawing(self) -> frozenset[str]:
        """The channels on which something drawn can be shown."""
        return self.picturing | self.shows_alone if self.draws else frozenset()


def nothing_foretold(_: Reply) -> None:
    """Where nothing is remembered of a reply, nothing can be foretold of it."""


class Context(Struct, frozen=True):
    """One message with what is needed to answer it.

    `args` is what followed the command; for a plain sentence it is the whole text. `known` is what was last shown to
    the person, where it had to be read to understand them. `foretell` takes a reply of which all but the text is known,
    before something is written: what it shows is remembered in the same commit. It need not come true.
    """

    message: Message
    args: str
    language: str
    library: Library
    services: Services
    known: Conversation | None = None
    foretell: Callable[[Reply], None] = nothing_foretold

    @property
    def now(self) -> datetime:
        return self.message.at

    def say(self, key: str, **blanks: object) -> str:
        """The fixed sentence `key` in the language of the talk."""
        return self.library.phrases.say(self.language, key, **blanks)

    @property
    def reviewer(self) -> Reviewer | None:
        """Who speaks, if they decide on stories and held ballots."""
        return reviewer_with(self.services.operator.reviewers, self.message.sender.person)

    async def conversation(self) -> Conversation:
        """What was last shown to this person."""
        return self.known or await self.services.people.conversation(self.message.sender)


class Unavailable(Exception):
    """What the message should change could not be stored; the channel asks its platform to deliver it again."""


class Crowded(Unavailable):
    """Too many people wait: whoever comes now is sent away at once, and can come again."""
