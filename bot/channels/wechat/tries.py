"""Joins the platform's tries of one message in one answer.

被动回复用户消息: the platform hangs up after 5 s without an answer and tries again, three times in all,
with the same MsgId. So the first two tries simply wait. They speak when the answer is there; else the
platform hangs up, and its next try waits for the same answer. Only the last try must speak within the 5 s: it
offers the answer to who says 继续, and keeps it until then. Whoever comes when too many wait is told nothing, at once.

The first try works the answer out itself, as long as it takes: the server lets it go on when the platform hangs up, and
nearly every message has no other try, so that it needs neither a task of its own nor a timer.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from msgspec import Struct

from bot.domain.text import simplify
from bot.messages import Message

DEADLINE_SECONDS = 4.0
# The second try waits until the platform has surely hung up at 5 s.
HANG_UP_SECONDS = 6.0
MAX_TRIES = 3
# All tries come within 15 s. After that the outcome kept in storage makes a redelivery harmless.
REMEMBERED = timedelta(seconds=60)
MAX_REMEMBERED = 10_000
# So long an answer that came too late is kept for who asks for it.
LATE_LASTS = timedelta(minutes=10)
MAX_LATE = 1_000
GO_ON = frozenset({"继续", "continue", "go on"})
_GO_ON_CHARACTERS = 12


class Attempt(Struct, frozen=True):
    """The content of the answer, None when it was not there in time; `last` when no other try will come."""

    content: str | None
    last: bool


class _Answer:
    """`there` is the content when it is worked out, or the fault; `user` is who gets it."""

    __slots__ = ("since", "there", "tries", "user")

    def __init__(self, there: asyncio.Future[str], user: str, since: datetime) -> None:
        self.there = there
        self.user = user
        self.since = since
        self.tries = 1


class Tries:
    """The answers given or being worked out in the last minute, by message id; a new one where it `has_room`."""

    def __init__(
        self,
        answer: Callable[[Message], Awaitable[str]],
        clock: Callable[[], datetime],
        has_room: Callable[[], bool] = lambda: True,
    ) -> None:
        self._answer = answer
        self._clock = clock
        self._answers: OrderedDict[str, _Answer] = OrderedDict()
        self._late: OrderedDict[str, _Answer] = OrderedDict()
        self._has_room = has_room

    def takes(self, message: Message) -> bool:
        """Whether there is room to answer this; what is being answered already has its place."""
        return message.id in self._answers or self._has_room()

    def forget(self, message: Message) -> None:
        """The next try begins anew."""
        self._answers.pop(message.id, None)

    async def attempt(self, message: Message) -> Attempt:
        """One try of the platform to get the answer to this message; all of them get the first answer, or its fault."""
        self._forget_old()
        known = self._answers.get(message.id)
        if known:
            known.tries += 1
        elif late := self._late_for(message):
            known = self._begin(message, late)
        else:
            known = self._begin(message, asyncio.get_running_loop().create_future())
            return Attempt(await self._work_out(message, known), last=False)
        return await self._join(known)

    async def _work_out(self, message: Message, known: _Answer) -> str:
        try:
            content = await self._answer(message)
        except asyncio.CancelledError:  # the service stops
            known.there.cancel()
            raise
        except Exception as fault:
            known.there.set_exception(fault)
            known.there.exception()  # often nobody else asks
            raise
        known.there.set_result(content)
        return content

    async def _join(self, known: _Answer) -> Attempt:
        last = known.tries >= MAX_TRIES
        await asyncio.wait({known.there}, timeout=DEADLINE_SECONDS if last else HANG_UP_SECONDS)
        there = known.there.done() and not known.there.cancelled()
        if last and not there:
            self._keep_late(known)
        return Attempt(known.there.result() if there else None, last)

    def _begin(self, message: Message, there: asyncio.Future[str]) -> _Answer:
        if len(self._answers) >= MAX_REMEMBERED:
            self._answers.popitem(last=False)
        known = self._answers[message.id] = _Answer(there, message.sender.user, self._clock())
        return known

    def _keep_late(self, known: _Answer) -> None:
        self._late[known.user] = known
        self._late.move_to_end(known.user)
        if len(self._late) > MAX_LATE:
            self._late.popitem(last=False)

    def _late_for(self, message: Message) -> asyncio.Future[str] | None:
        """The answer that came too late, for who asks to go on; None where none is meant."""
        if not self._late or len(message.text) > _GO_ON_CHARACTERS:
            return None
        if simplify(message.text).strip("。.!,") not in GO_ON:
            return None
        late = self._late.pop(message.sender.user, None)
        return late.there if late and self._clock() - late.since <= LATE_LASTS else None

    def _forget_old(self) -> None:
        before = self._clock() - REMEMBERED
        while self._answers and next(iter(self._answers.values())).since <= before:
            self._answers.popitem(last=False)
