"""The big red switch: all that we send on our own account waits, until somebody lets it go on."""

from datetime import datetime
from typing import Literal, Protocol

from msgspec import Struct

from bot.domain.desk import Actor

Turn = Literal["halt", "go-on"]


class Halt(Struct, frozen=True):
    """All sending waits: since when, and who wanted it so."""

    who: str
    at: datetime


class Turned(Struct, frozen=True):
    turn: Turn
    by: Actor
    at: datetime


class Switch(Protocol):
    async def halt(self) -> Halt | None:
        """None while all goes its way."""
        ...

    async def turn(self, turned: Turned) -> str:
        """`done`, `unchanged` where it is so already, or `not-allowed`; in the log in the same commit."""
        ...
