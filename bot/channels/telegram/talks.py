"""What is said to each chat while further updates are fetched: in order, and who is behind holds nobody else up."""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Iterable

from bot.channels.telegram.render import Call

log = logging.getLogger(__name__)

# What is said at once is said before Telegram hears that its update is done with.
PATIENCE_SECONDS = 0.3
# Calls that wait for one chat, and for all: so much an answered flood may have ahead of it, 1 message/s.
MOST_OF_ONE = 32
MOST_WAITING = 1000
LAST_WORDS_SECONDS = 3.0  # at a stop


class Talks:
    """`say` makes a call, as soon as the pace allows it, and raises nothing."""

    def __init__(self, say: Callable[[Call], Awaitable[None]]) -> None:
        self._say = say
        self._waiting: dict[int | None, deque[Call]] = {}
        self._talks: set[asyncio.Task[None]] = set()
        self._begun: set[asyncio.Task[None]] = set()

    def say(self, chat: int | None, calls: Iterable[Call]) -> None:
        """After all that the chat is still to be told; of too much for one chat the last is left out."""
        said = list(calls)
        waiting = self._waiting.get(chat)
        if waiting is None:
            if said:
                self._begin(chat, deque(said))
        elif len(waiting) + len(said) > MOST_OF_ONE:
            log.warning("%d calls were left out: a chat that asks faster than it can be answered", len(said))
        else:
            waiting.extend(said)

    async def listened(self) -> None:
        """Wait a moment for what was begun since the last time; as long as too much waits, for that."""
        if begun := {talk for talk in self._begun if not talk.done()}:
            await asyncio.wait(begun, timeout=PATIENCE_SECONDS)
        self._begun.clear()
        while sum(map(len, self._waiting.values())) > MOST_WAITING:
            await asyncio.wait(self._talks, timeout=PATIENCE_SECONDS, return_when=asyncio.FIRST_COMPLETED)

    async def close(self) -> None:
        """What can be said in a few seconds is said."""
        if not self._talks:
            return
        _, late = await asyncio.wait(self._talks, timeout=LAST_WORDS_SECONDS)
        for talk in late:
            talk.cancel()
        if late:
            await asyncio.wait(late)
            log.warning("%d chats were not told all before the end", len(late))

    def _begin(self, chat: int | None, calls: deque[Call]) -> None:
        self._waiting[chat] = calls
        talk = asyncio.create_task(self._tell(chat, calls))
        self._begun.add(talk)
        self._talks.add(talk)
        talk.add_done_callback(self._talks.discard)

    async def _tell(self, chat: int | None, calls: deque[Call]) -> None:
        try:
            while calls:
                await self._say(calls.popleft())
        finally:
            del self._waiting[chat]
