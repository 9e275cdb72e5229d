"""Sends what waits in the outbox, each message once, and records what became of it."""

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from bot.domain.outbox import Post
from bot.messages import Address, Outcome, Reply, Sent

log = logging.getLogger(__name__)

AT_ONCE = 32
IDLE_SECONDS = 1.0


class OutboxStore(Protocol):
    async def waiting(self, channel: str, now: datetime, limit: int) -> list[Post]: ...

    async def begin(self, post: int, at: datetime) -> bool: ...

    async def finish(self, post: Post, sent: Sent, at: datetime) -> None: ...

    async def give_up_interrupted(self, channel: str) -> None: ...


class Sender(Protocol):
    name: str

    async def turn(self, address: Address) -> None:
        """Wait until a message may go to the address at once."""

    async def send(self, address: Address, reply: Reply) -> Sent: ...


class Courier:
    """Carries the outbox of one channel. A fault of the platform only delays that channel's messages."""

    def __init__(self, store: OutboxStore, sender: Sender, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._sender = sender
        self._clock = clock

    async def run(self) -> None:
        """Send until cancelled."""
        await self._store.give_up_interrupted(self._sender.name)
        while True:
            if not await self.send_waiting():
                await asyncio.sleep(IDLE_SECONDS)

    async def send_waiting(self) -> int:
        """Send what waits now, up to AT_ONCE messages; how many there were."""
        posts = await self._store.waiting(self._sender.name, self._clock(), AT_ONCE)
        await asyncio.gather(*(self._carry(post) for post in posts))
        return len(posts)

    async def _carry(self, post: Post) -> None:
        await self._sender.turn(post.address)  # before it begins: a restart gives up what has begun
        if not await self._store.begin(post.id, self._clock()):
            return
        try:
            sent = await self._sender.send(post.address, post.reply)
        except Exception as fault:
            log.exception("sending failed in an unforeseen way; the message counts as unknown")
            sent = Sent(Outcome.UNKNOWN, reason=type(fault).__name__)
        await self._store.finish(post, sent, self._clock())
