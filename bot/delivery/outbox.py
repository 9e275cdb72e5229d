"""Sends what waits in the outbox, each message once, and records what became of it."""

import asyncio
import logging
from collections.abc import Callable, Collection
from datetime import datetime
from typing import Protocol

from bot.domain.outbox import Post
from bot.messages import Address, Outcome, Reply, Sent

log = logging.getLogger(__name__)

AT_ONCE = 256
IDLE_SECONDS = 1.0
# A platform answers within milliseconds; a stop is over soon, whatever does not answer.
ENDING_SECONDS = 3.0


class OutboxStore(Protocol):
    async def waiting(self, channel: str, now: datetime, limit: int, besides: Collection[int] = ()) -> list[Post]: ...

    async def begin(self, post: int, at: datetime) -> bool: ...

    async def finish(self, post: Post, sent: Sent, at: datetime) -> None: ...

    async def give_up_interrupted(self, channel: str) -> None: ...


class Sender(Protocol):
    name: str

    async def turn(self, address: Address) -> None:
        """Wait until a message may go to the address at once."""

    async def send(self, address: Address, reply: Reply, *, is_tip: bool) -> Sent:
        """Send it at once. What a person has agreed to for the daily tip alone is used for that alone."""


class Courier:
    """Carries the outbox of one channel. A fault of the platform only delays that channel's messages."""

    def __init__(
        self, store: OutboxStore, sender: Sender, clock: Callable[[], datetime], at_once: int = AT_ONCE
    ) -> None:
        self._store = store
        self._sender = sender
        self._clock = clock
        self._at_once = at_once
        self._under_way: dict[int, asyncio.Task[None]] = {}
        self._begun: set[int] = set()
        self._ended = asyncio.Event()
        self._fault: BaseException | None = None

    async def run(self) -> None:
        """Send until cancelled."""
        await self._store.give_up_interrupted(self._sender.name)
        while True:
            if not await self.send_waiting():
                await asyncio.sleep(IDLE_SECONDS)

    async def send_waiting(self) -> int:
        """Send until nothing waits, at most `at_once` side by side, so that a slow one holds up nobody; how many."""
        count = 0
        try:
            while posts := await self._next():
                count += len(posts)
                for post in posts:
                    self._start(post)
                await self._until_under_way(self._at_once // 2)
            await self._until_under_way(0)
        finally:
            await self._stop()
        return count

    async def _next(self) -> list[Post]:
        """What waits, without what is under way and has not begun."""
        room = self._at_once - len(self._under_way)
        return await self._store.waiting(self._sender.name, self._clock(), room, self._under_way.keys())

    def _start(self, post: Post) -> None:
        task = self._under_way[post.id] = asyncio.create_task(self._carry(post))
        task.add_done_callback(lambda _: self._end(post.id))

    def _end(self, post: int) -> None:
        task = self._under_way.pop(post)
        self._begun.discard(post)
        fault = None if task.cancelled() else task.exception()
        self._fault = self._fault or fault
        self._ended.set()

    async def _until_under_way(self, most: int) -> None:
        """Wait until so few are left. What one of them raised is raised when all have ended."""
        while len(self._under_way) > (0 if self._fault else most):
            self._ended.clear()
            await self._ended.wait()
        if fault := self._fault:
            self._fault = None
            raise fault

    async def _stop(self) -> None:
        """What has begun may end, so that it is known what became of it; all else can begin again."""
        tasks = dict(self._under_way)
        begun = [task for post, task in tasks.items() if post in self._begun]
        for task in tasks.values():
            if task not in begun:
                task.cancel()
        if begun:
            await asyncio.wait(begun, timeout=ENDING_SECONDS)
        for task in begun:
            task.cancel()
        await asyncio.gather(*tasks.values(), return_exceptions=True)
        self._fault = None  # whoever stops it does not ask any more

    async def _carry(self, post: Post) -> None:
        await self._sender.turn(post.address)  # before it begins: a restart gives up what has begun
        self._begun.add(post.id)
        if not await self._store.begin(post.id, self._clock()):
            return
        try:
            sent = await self._sender.send(post.address, post.reply, is_tip=post.is_tip)
        except Exception as fault:
            log.exception("sending failed in an unforeseen way; the message counts as unknown")
            sent = Sent(Outcome.UNKNOWN, reason=type(fault).__name__)
        await self._store.finish(post, sent, self._clock())
