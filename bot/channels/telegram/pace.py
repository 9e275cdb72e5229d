"""When the next call may leave: Telegram's limits, answers before bulk, a 429 holds everybody back."""

import asyncio
import time
from collections.abc import Awaitable, Callable

# Bot FAQ, "My bot is hitting limits": 1 message/s in a chat, 20 a minute in a group, about 30/s in bulk.
CHAT_GAP_SECONDS = 1.0
GROUP_GAP_SECONDS = 3.0
BULK_GAP_SECONDS = 1 / 30

_LONGEST_YIELD_SECONDS = 1.0
_CHATS_KEPT = 10_000


class Pace:
    """`clock` is monotonic, in seconds."""

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._clock = clock
        self._sleep = sleep
        self._held_until = 0.0
        self._bulk_at = 0.0
        self._chats: dict[str, float] = {}
        self._bulk_turn = asyncio.Lock()

    async def answer_turn(self, chat: str) -> None:
        """Wait until an answer may go to the chat; an empty chat stands for a call that sends no message."""
        if chat:
            await self._reach(self._reserve(chat, CHAT_GAP_SECONDS))
        while (wait := self._held_until - self._clock()) > 0:
            await self._sleep(wait)
        if chat:
            self._spend()

    async def bulk_turn(self, chat: str) -> None:
        """Wait until a message on our own account may go to the chat; first come, first served."""
        gap = GROUP_GAP_SECONDS if chat.startswith("-") else CHAT_GAP_SECONDS
        await self._reach(self._reserve(chat, gap))
        async with self._bulk_turn:
            while (wait := max(self._held_until, self._bulk_at) - self._clock()) > 0:
                await self._sleep(wait)
            self._spend()

    def hold(self, seconds: float) -> None:
        """Nothing leaves for so long: a 429 with this `retry_after`. Answers go first afterwards."""
        self._held_until = max(self._held_until, self._clock() + seconds)
        self._bulk_at = self._held_until + BULK_GAP_SECONDS

    async def _reach(self, instant: float) -> None:
        while (wait := instant - self._clock()) > 0:
            await self._sleep(wait)

    def _reserve(self, chat: str, gap: float) -> float:
        now = self._clock()
        if len(self._chats) >= _CHATS_KEPT:
            self._chats = {chat: free_at for chat, free_at in self._chats.items() if free_at > now}
        instant = max(now, self._chats.get(chat, 0.0))
        self._chats[chat] = instant + gap
        return instant

    def _spend(self) -> None:
        """Every message counts against the bulk rate, but answers make bulk wait a second at most."""
        now = self._clock()
        self._bulk_at = min(max(self._bulk_at, now) + BULK_GAP_SECONDS, now + _LONGEST_YIELD_SECONDS)
