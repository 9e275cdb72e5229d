"""What the bot remembers of a talk with a person."""

from datetime import datetime
from typing import Protocol

from msgspec import Struct

from bot.messages import Address, Button


class Conversation(Struct, frozen=True):
    """The buttons last shown (a label or number typed means one of them) and the poll last shown."""

    menu: tuple[Button, ...] = ()
    poll: str = ""


class People(Protocol):
    async def conversation(self, sender: Address) -> Conversation:
        """What was last shown to this person; an empty one for a new person."""
        ...

    async def remember(self, sender: Address, conversation: Conversation, at: datetime) -> None:
        """Keep what was last shown. An empty poll keeps the one that was there."""
        ...

    async def meant(self, command: str, message_id: str) -> str:
        """The command that a typed label or number means: `command`, or what it was when this message first came."""
        ...

    async def joined_at(self, sender: Address) -> datetime | None:
        """Since when something is kept about this person; None when nothing is."""
        ...

    async def forget(self, sender: Address, message_id: str) -> None:
        """Delete all that is kept under this person's platform id, in every table; once for a message id."""
        ...
