"""The vocabulary that channels, handlers and delivery share."""

from datetime import datetime
from enum import StrEnum
from itertools import chain
from typing import Literal

from msgspec import Struct, structs


class Address(Struct, frozen=True):
    """Where a person is reached: `user` is the platform's id of the account, `chat` the place of the talk.

    In a private chat the two are equal; in a Telegram group `chat` is the group.
    """

    channel: str
    user: str
    chat: str

    @property
    def person(self) -> str:
        """One string for the account, the same in every chat: `telegram:42`."""
        return f"{self.channel}:{self.user}"

    @property
    def is_private(self) -> bool:
        return self.user == self.chat


Medium = Literal["", "voice", "sticker", "photo", "location", "video", "document"]


class Message(Struct, frozen=True):
    """What a person said, tapped or clicked, on whatever platform.

    A redelivered message carries the `id` of the first delivery. `at` is the instant (UTC, our clock) at which
    it was accepted. `anonymous` marks a sender that is no account of a person: an anonymous group admin, a channel.
    `tapped` marks a button press on a platform that shows the outcome of a press by itself (Reply.notice).
    `wordless` marks a sticker, a picture, a location: something without text; `medium` says which, where we know it.
    `spoken` marks words that a platform has recognised in speech.
    `photo` is what the channel knows a photo by that came with it, empty for none. `event` marks what the platform
    reports of a person and nobody can type: that they left. `by_admin` says whether who speaks in a group is one of its
    administrators; None where nobody has looked. `language` is what the platform says that the account reads (`zh`,
    `zh-Hant`, `en`), for words that do not tell; empty where it says nothing, or nothing that we speak.
    """

    id: str
    sender: Address
    text: str
    at: datetime
    anonymous: bool = False
    tapped: bool = False
    wordless: bool = False
    event: bool = False
    photo: str = ""
    medium: Medium = ""
    by_admin: bool | None = None
    spoken: bool = False
    language: str = ""

    @property
    def is_private(self) -> bool:
        """Whether a person talks with us alone, so that what is theirs may be shown and changed."""
        return self.sender.is_private and not self.anonymous

    def for_group(self) -> "Message":
        """The same, said by the group as a whole."""
        chat = self.sender.chat
        return structs.replace(self, sender=structs.replace(self.sender, user=chat), anonymous=False)


class Button(Struct, frozen=True):
    """A typed command with a label: a tap, the label typed, and the command typed all do the same.

    `typed` is what a person on a platform without buttons is told to type; empty means the button's place in the
    list (1, 2, 3...).
    """

    label: str
    command: str
    typed: str = ""


class Bar(Struct, frozen=True):
    """A line of a chart: what it stands for, its figure as it is written, its length from 0 to 1."""

    label: str
    figure: str
    length: float


class Photo(Struct, frozen=True, tag=True):
    """A photo that is stored under its name `key`, with the digest of its bytes.

    `title` says what it belongs to, `path` is where the web has it, empty while it is not public.
    """

    key: str
    digest: str
    title: str
    path: str = ""


class Picture(Struct, frozen=True, tag=True):
    """A picture as what it shows, from top to bottom; whoever shows it draws it.

    `mark` stands out below the title, `large` is what a card is made for, with the title small above it, `foot` is
    small below a line. `path` is where the web has it. Everything that matters in it is in the reply's text too.
    """

    path: str
    title: str
    mark: str = ""
    text: tuple[str, ...] = ()
    bars: tuple[Bar, ...] = ()
    notes: tuple[str, ...] = ()
    foot: tuple[str, ...] = ()
    large: str = ""


_PATHS = {"story": "stories", "tip": "tips", "poll": "polls"}


class Link(Struct, frozen=True):
    """Something that can be passed on: `kind` and `id` name it, `label` stands before its address.

    An entry is found in a chat only, the other kinds have a page on the web as well; `opens` is the label of a button
    that leads there, empty for none.
    """

    kind: str
    id: str
    label: str
    opens: str = ""

    @property
    def path(self) -> str:
        """Where the web has it: /stories/12."""
        return f"/{_PATHS[self.kind]}/{self.id}"

    @property
    def payload(self) -> str:
        """What follows /start where a platform's own links carry it: story_12."""
        return f"{self.kind}_{self.id}"


class Reply(Struct, frozen=True):
    """What is said back. An empty `text` means that nothing is said.

    `notice` is the outcome in at most 200 characters, for a tap that needs no new message. `poll` names the poll
    that is shown, so that 投票 3 means it from now on; `topic` the campaign or guide that an answer is about, so that
    那有多少人 means it. `replaces` lets the channel change the tapped message in
    place (the next page of a list) where the platform can. `asks` is the command that the person's next plain sentence
    completes: asked for by `/story`, 我家楼下 is `/story 我家楼下`. `link` is what can be passed on, `picture` goes
    with the text where the channel shows pictures. `takes_photo` says that a photo may be sent now.
    `unremembered` says that nothing of this reply is kept, and that what was asked before is not offered again.
    `asks_who` says that an administrator of the group may do it: the channel looks who speaks and asks again.
    `part` is which part is meant of what is too long to be shown at once. `again` asks the channel for its last answer
    once more, `text` is what is said where it has none. `type_size` is for where the size of the type is ours to set.
    `then` is a command whose answer follows this one in the same message: a greeting, then what was asked for.
    """

    text: str = ""
    buttons: tuple[tuple[Button, ...], ...] = ()
    notice: str = ""
    poll: str = ""
    topic: str = ""
    replaces: bool = False
    asks: str = ""
    link: Link | None = None
    picture: Picture | Photo | None = None
    takes_photo: bool = False
    unremembered: bool = False
    asks_who: bool = False
    then: str = ""
    part: int = 1
    again: bool = False
    type_size: Literal["", "large", "standard"] = ""

    def linked(self, address: str) -> "Reply":
        """The reply with its link as a line of text. An empty `address` means that there is none on this platform."""
        if not (self.link and address):
            return self
        return structs.replace(self, text=f"{self.text}\n\n{self.link.label}：{address}", link=None)

    def flat_buttons(self) -> tuple[Button, ...]:
        return tuple(chain.from_iterable(self.buttons))


class Offer(Struct, frozen=True):
    """Something to be sent on into another chat: who chooses sees `title` and `summary`, the chat gets `text`."""

    title: str
    summary: str
    text: str
    link: Link | None = None


class Offers(Struct, frozen=True):
    """What is offered for a few words. `invitation` is the line that leads to the talk with us; empty for none."""

    offers: tuple[Offer, ...] = ()
    invitation: str = ""


class Outcome(StrEnum):
    """What became of a message that we sent on our own account: a closed list."""

    SENT = "sent"
    REFUSED = "refused"  # for this message: too late, malformed; no use to try again
    UNREACHABLE = "unreachable"  # for this person: blocked, deleted, never met
    RETRY = "retry"  # certainly not sent; try again after `retry_after` seconds
    UNKNOWN = "unknown"  # may have arrived; never sent again


class Sent(Struct, frozen=True):
    """The outcome of one send. `retry_after` is in seconds, `reason` a short code for the record."""

    outcome: Outcome
    retry_after: float = 0.0
    reason: str = ""
