"""Joins the platform's tries of one message in one answer.

被动回复用户消息: the platform hangs up after 5 s without an answer and tries again, three times in all,
with the same MsgId. So the first two tries simply wait. They speak when the answer is there; else the
platform hangs up, and its next try waits for the same answer. Only the last try must speak within the 5 s.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Coroutine
from datetime import datetime, timedelta

from msgspec import Struct

from bot.messages import Message

DEADLINE_SECONDS = 4.5
# The first tries wait until the platform has surely hung up at 5 s.
HANG_UP_SECONDS = 6.0
MAX_TRIES = 3
# All tries come within 15 s. After that the outcome kept in storage makes a redelivery harmless.
REMEMBERED = timedelta(seconds=60)
MAX_REMEMBERED = 10_000


class Attempt(Struct, frozen=True):
    """The text of the answer, None when it was not there in time; `last` when no other try will come."""

    text: str | None
    last: bool


class _Answer:
    def __init__(self, task: asyncio.Task[str], since: datetime) -> None:
        self.task = task
        self.since = since
        self.tries = 0


class Tries:
    """The answers given or being worked out in the last minute, by message id."""

    def __init__(self, answer: Callable[[Message], Coroutine[None, None, str]], clock: Callable[[], datetime]) -> None:
        self._answer = answer
        self._clock = clock
        self._answers: OrderedDict[str, _Answer] = OrderedDict()
        self._running: set[asyncio.Task[str]] = set()

    async def attempt(self, message: Message) -> Attempt:
        """One try of the platform to get the answer to this message; all of them get the first answer."""
        known = self._join(message)
        last = known.tries >= MAX_TRIES
        await asyncio.wait({known.task}, timeout=DEADLINE_SECONDS if last else HANG_UP_SECONDS)
        there = known.task.done() and not known.task.cancelled()
        return Attempt(known.task.result() if there else None, last)

    async def close(self) -> None:
        """Let running answers finish for one deadline, then stop them."""
        running = set(self._running)
        if running:
            _, late = await asyncio.wait(running, timeout=DEADLINE_SECONDS)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    def _join(self, message: Message) -> _Answer:
        self._forget_old()
        known = self._answers.get(message.id)
        if known is None:
            if len(self._answers) >= MAX_REMEMBERED:
                self._answers.popitem(last=False)
            known = self._answers[message.id] = _Answer(self._start(message), self._clock())
        known.tries += 1
        return known

    def _start(self, message: Message) -> asyncio.Task[str]:
        """The answer as a task of its own: it goes on when the platform hangs up."""
        task = asyncio.create_task(self._answer(message))
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return task

    def _forget_old(self) -> None:
        before = self._clock() - REMEMBERED
        while self._answers and next(iter(self._answers.values())).since <= before:
            self._answers.popitem(last=False)
