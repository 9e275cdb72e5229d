"""Whose turn it is: so many messages are answered at a time, and those of one person one after the other."""

import asyncio
import itertools
import logging
import math
import time
from collections.abc import Awaitable, Callable
from contextvars import ContextVar

from bot.context import Crowded
from bot.messages import Address, Message, Reply

log = logging.getLogger(__name__)

# As many as keep the writer busy; with more, whoever is to be sent away would wait until all of them are heard.
AT_A_TIME = 128
# More would all be late: at 1,000 answers a second the last has waited a second, and WeChat hangs up after five.
MOST_PRESENT = 1000
# Of one person, the one that is being answered included. What a platform delivers again after an outage of ours comes
# thick, and is no flood.
MOST_OF_ONE = 32


# Of the message that is being answered; it means nothing elsewhere, and ties together what the log says of it.
NUMBER: ContextVar[int] = ContextVar("NUMBER", default=0)
FULL_SECONDS = 60.0
READY = "ready"


class _Place:
    """One person's messages that are here now."""

    __slots__ = ("present", "turn")

    def __init__(self) -> None:
        self.present = 0
        self.turn = asyncio.Lock()


class Turns:
    """Answers by `answer`, as long as there is room; whoever sends too many at once hears `slow_down`.

    Who floods waits for the own answers, and takes nobody else's place.
    """

    def __init__(self, answer: Callable[[Message], Awaitable[Reply]], slow_down: Callable[[Message], Reply]) -> None:
        self.present = 0
        self._numbers = itertools.count(1)
        self._full_at = -math.inf
        self._answer = answer
        self._slow_down = slow_down
        self._places: dict[Address, _Place] = {}
        self._at_a_time = asyncio.Semaphore(AT_A_TIME)

    @property
    def state(self) -> str:
        """`ready`, or a sentence for a while after somebody had to be sent away."""
        if time.monotonic() - self._full_at > FULL_SECONDS:
            return READY
        return f"too many people at once: {self.present} messages are here, and some were sent away in the last minute"

    def has_room(self) -> bool:
        """Whether one more is let in. That nobody is, is logged when it begins."""
        if self.present < MOST_PRESENT:
            return True
        now = time.monotonic()
        if now - self._full_at > FULL_SECONDS:
            log.warning("%d messages are here: whoever comes now is sent away", self.present)
        self._full_at = now
        return False

    async def answer(self, message: Message) -> Reply:
        """Raises Crowded where nobody more is let in, and for a report on who floods; Unavailable as `answer` does."""
        NUMBER.set(next(self._numbers))
        if not self.has_room():
            raise Crowded("too many people wait")
        place = self._places.get(message.sender) or self._places.setdefault(message.sender, _Place())
        if place.present >= MOST_OF_ONE:
            if message.event:  # which nobody says again; the platform does
                raise Crowded("too many messages of one person")
            return self._slow_down(message)
        place.present += 1
        self.present += 1
        try:
            async with place.turn, self._at_a_time:
                return await self._answer(message)
        finally:
            place.present -= 1
            self.present -= 1
            if not place.present:
                del self._places[message.sender]
