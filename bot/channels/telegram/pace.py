"""When the next call may leave: Telegram's limits, answers before bulk, a 429 holds everybody back."""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable

# Bot FAQ, "My bot is hitting limits": 1 message/s in a chat, 20 a minute in a group, about 30/s in bulk.
CHAT_GAP_SECONDS = 1.0
GROUP_MESSAGES, GROUP_SECONDS = 20, 60.0
BULK_PER_SECOND = 30
# A tenth more than the second that Telegram counts: of two messages the first may take longer on its way.
WINDOW_SECONDS = 1.1

_LONGEST_YIELD_SECONDS = 1.0
# A timer that goes off late is made up for, up to this.
_CATCH_UP_SECONDS = 0.02
_CHATS_KEPT = 10_000


def seconds_for(messages: int, per_second: int = BULK_PER_SECOND) -> float:
    """How long so many messages in bulk take, when nobody else writes."""
    return messages * WINDOW_SECONDS / per_second


class Pace:
    """At most `per_second` messages in any second. `clock` is monotonic, in seconds.

    A message in bulk has its turn, then is marked as begun, which takes a commit, now a short one and now a long one,
    and departs: the turns set the pace, the departures keep the limit.
    An answer waits for bulk that has just left, a moment, and never for bulk that waits; answers alone, which no
    document limits, are not held back.
    """

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        per_second: int = BULK_PER_SECOND,
    ) -> None:
        self._clock = clock
        self._sleep = sleep
        self._per_second = per_second
        self._gap = WINDOW_SECONDS / per_second
        self._held_until = 0.0
        self._bulk_at = 0.0
        self._last_bulk = -WINDOW_SECONDS
        self._left: deque[float] = deque(maxlen=per_second)
        self._departed: deque[float] = deque(maxlen=per_second)
        self._chats: dict[str, float] = {}
        self._groups: dict[str, deque[float]] = {}
        self._answers_waiting = 0
        self._answer_turn = asyncio.Lock()
        self._bulk_turn = asyncio.Lock()
        self._departure = asyncio.Lock()

    async def answer_turn(self, chat: str) -> None:
        """Wait until an answer may go to the chat; an empty chat stands for a call that sends no message."""
        if not chat:
            await self._reach(lambda: self._held_until)
            return
        await self._reach_instant(self._reserve(chat))
        self._answers_waiting += 1
        try:
            async with self._answer_turn:
                await self._reach(self._answer_may_leave)
                self._left.append(self._clock())
                self._departed.append(self._clock())
        finally:
            self._answers_waiting -= 1

    async def bulk_turn(self, chat: str) -> None:
        """Wait until a message on our own account may go to the chat; first come, first served."""
        await self._reach_instant(self._reserve(chat))
        async with self._bulk_turn:
            since = self._clock()
            await self._reach(lambda: self._bulk_may_leave(since))
            now = self._last_bulk = self._clock()
            self._left.append(now)
            self._bulk_at = max(self._bulk_at, now - _CATCH_UP_SECONDS) + self._gap

    @property
    def held_for(self) -> float:
        """How long nothing may leave, in seconds."""
        return max(0.0, self._held_until - self._clock())

    async def depart(self) -> float:
        """Called just before a message that has had its turn in bulk is sent: wait the moment that is missing.

        0 when it may leave; else so many seconds are missing that it is to be asked once more whether it is wanted.
        """
        async with self._departure:
            await self._reach(lambda: self._opens(self._departed))
            if not (held := self.held_for):
                self._departed.append(self._clock())
            return held

    def hold(self, seconds: float) -> None:
        """Nothing leaves for so long: a 429 with this `retry_after`. Answers go first afterwards."""
        self._held_until = max(self._held_until, self._clock() + seconds)
        self._bulk_at = self._held_until + self._gap

    def _answer_may_leave(self) -> float:
        bulk_is_gone = self._last_bulk + WINDOW_SECONDS
        return max(self._held_until, min(self._opens(self._left), bulk_is_gone))

    def _bulk_may_leave(self, since: float) -> float:
        """Answers that wait come first, and fill the window, but bulk waits a second at most for them."""
        answers = self._clock() + self._gap if self._answers_waiting else 0.0
        yielded = min(max(answers, self._opens(self._left)), since + _LONGEST_YIELD_SECONDS)
        return max(self._held_until, self._bulk_at, yielded)

    def _opens(self, window: deque[float]) -> float:
        is_full = len(window) == self._per_second
        return window[0] + WINDOW_SECONDS if is_full else 0.0

    async def _reach(self, instant: Callable[[], float]) -> None:
        """Wait until an instant that may move meanwhile."""
        while (wait := instant() - self._clock()) > 0:
            await self._sleep(wait)

    async def _reach_instant(self, instant: float) -> None:
        await self._reach(lambda: instant)

    def _reserve(self, chat: str) -> float:
        """The next instant at which the chat may get a message: a 429 for one chat would hold back all."""
        now = self._clock()
        if len(self._chats) >= _CHATS_KEPT:
            self._chats = {chat: free_at for chat, free_at in self._chats.items() if free_at > now}
        instant = max(now, self._chats.get(chat, 0.0))
        if chat.startswith("-"):
            instant = self._reserve_in_group(chat, instant)
        self._chats[chat] = instant + CHAT_GAP_SECONDS
        return instant

    def _reserve_in_group(self, group: str, earliest: float) -> float:
        if len(self._groups) >= _CHATS_KEPT:
            since = self._clock() - GROUP_SECONDS
            self._groups = {group: taken for group, taken in self._groups.items() if taken[-1] > since}
        taken = self._groups.setdefault(group, deque(maxlen=GROUP_MESSAGES))
        is_full = len(taken) == GROUP_MESSAGES
        taken.append(max(earliest, taken[0] + GROUP_SECONDS) if is_full else earliest)
        return taken[-1]
