"""What the bot remembers of a talk with a person."""

from collections.abc import Awaitable
from datetime import datetime, timedelta
from typing import Protocol

from msgspec import Struct

from bot.domain.parts import Kept
from bot.messages import Address, Button

# So long after an answer 那有多少人 still means what it was about.
TOPIC_LASTS = timedelta(minutes=10)


class Conversation(Struct, frozen=True):
    """The buttons last shown (a label or number typed means one of them), and the poll and topic last shown.

    `asks` is the command that a plain sentence completes; empty when nothing is asked any more, None when nothing ever
    was. `plain` says that the person has asked for little at a time.
    """

    menu: tuple[Button, ...] = ()
    poll: str = ""
    topic: str = ""
    topic_at: datetime | None = None
    asks: str | None = None
    plain: bool = False

    def topic_now(self, now: datetime) -> str:
        """The topic that is still meant; empty where none is."""
        return self.topic if self.topic_at and now - self.topic_at <= TOPIC_LASTS else ""


class People(Protocol):
    async def conversation(self, sender: Address) -> Conversation:
        """What was last shown to this person; an empty one for a new person."""
        ...

    def remember(
        self, sender: Address, conversation: Conversation, at: datetime, message_id: str, *, otherwise: bool = False
    ) -> Awaitable[None]:
        """Keep what was last shown, once for a message. An empty poll or topic keeps the one that was there.

        It is under way with the call, and stored when that is awaited. `otherwise` is for what is shown in the place of
        what was to be kept for this message before.
        """
        ...

    async def meant(self, command: str, message_id: str) -> str:
        """The command that a typed label or number means: `command`, or what it was when this message first came."""
        ...

    async def take_plain(self, sender: Address, plain: bool, at: datetime, message_id: str) -> None:
        """Keep whether this person wants little at a time, once for a message."""
        ...

    async def keep(self, sender: Address, answer: Kept, at: datetime, message_id: str) -> None:
        """Keep a long answer in the place of the one before, once for a message."""
        ...

    async def kept(self, sender: Address, since: datetime) -> Kept | None:
        """The long answer that this person got last, if it is not older."""
        ...

    async def joined_at(self, sender: Address) -> datetime | None:
        """Since when something is kept about this person; None when nothing is."""
        ...

    async def forget(self, sender: Address, at: datetime, message_id: str) -> None:
        """Delete all that is kept under this person's platform id, in every table; once for a message id."""
        ...
