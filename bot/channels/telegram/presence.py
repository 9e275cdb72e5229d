"""“typing” in the chat while the work on a message takes longer than a moment."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager

from bot.channels.telegram.payloads import Update, origin_of
from bot.channels.telegram.render import Call

TYPING_AFTER_SECONDS = 1.0
# Bot API, sendChatAction: it is shown for five seconds or less.
TYPING_AGAIN_SECONDS = 4.5
AT_ONCE = 30  # where everybody waits, the calls that answer them matter more
UPDATES_KEPT = 10_000


class Presence:
    """`hint` makes a call that nobody waits for, and raises nothing."""

    def __init__(self, hint: Callable[[Call], Awaitable[None]]) -> None:
        self._hint = hint
        self._seen: dict[int, None] = {}
        self._typing: set[asyncio.Task[None]] = set()

    @contextmanager
    def during(self, update: Update) -> Iterator[None]:
        """Show it from a second on until the work is done; not for a tap, which spins, nor for what comes again."""
        origin = origin_of(update)
        if not self._is_new(update.update_id) or origin.tap or origin.chat is None:
            yield
            return
        where: dict[str, object] = {"chat_id": origin.chat, "action": "typing"}
        if origin.thread is not None:
            where["message_thread_id"] = origin.thread
        begun: list[asyncio.Task[None]] = []
        timer = asyncio.get_running_loop().call_later(TYPING_AFTER_SECONDS, self._begin, where, begun)
        try:
            yield
        finally:
            timer.cancel()
            for task in begun:
                task.cancel()

    def _begin(self, where: dict[str, object], begun: list[asyncio.Task[None]]) -> None:
        if len(self._typing) >= AT_ONCE:
            return
        task = asyncio.create_task(self._type(where))
        begun.append(task)
        self._typing.add(task)
        task.add_done_callback(self._typing.discard)

    async def _type(self, where: dict[str, object]) -> None:
        while True:
            await self._hint(Call("sendChatAction", where))
            await asyncio.sleep(TYPING_AGAIN_SECONDS)

    def _is_new(self, update_id: int) -> bool:
        """Whether this process has not seen the update yet, as far as it remembers."""
        if update_id in self._seen:
            return False
        if len(self._seen) >= UPDATES_KEPT:
            del self._seen[next(iter(self._seen))]
        self._seen[update_id] = None
        return True
