"""One writer: concurrent writes wait for the running commit, then go together in the next one."""

import asyncio
import hashlib
import itertools
import logging
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextvars import Context
from datetime import datetime
from typing import Any, Generic, Protocol, TypeVar

import msgspec
from sqlalchemy import Connection, bindparam, delete, insert, select
from sqlalchemy.exc import DBAPIError

from bot.context import Unavailable
from bot.storage.faults import cause_of, is_outage
from bot.storage.instants import milliseconds
from bot.storage.prepared import Change, Finding
from bot.storage.tables import outcomes

log = logging.getLogger(__name__)

_RECORDED = Finding(
    select(outcomes.c.message, outcomes.c.kind, outcomes.c.outcome).where(
        outcomes.c.message.in_(bindparam("keys", expanding=True))
    )
)
_RECORD = Change(lambda _: insert(outcomes))

Item = TypeVar("Item")
Done = TypeVar("Done")

# The most writes in one commit, and the most that may wait; over it callers are told to come back later.
GROUP_SIZE = 1000
MOST_WAITING = 20_000


class Transact(Protocol):
    """Runs a function in a transaction of its own, which is committed when it returns and undone when it raises."""

    def __call__(self, work: Callable[[Connection], Done]) -> Awaitable[Done]: ...


class Kind(msgspec.Struct, Generic[Item, Done], frozen=True):
    """A kind of write: how a group of its items is applied, and the type of what comes out for each.

    `apply` gets the items in their order of arrival and returns as many outcomes. Its statements are set-based: one
    for the group, not one for each item. It is a plain function, for it runs where the connection is: on SQLite in
    the connection's thread, in one go.
    """

    name: str
    done: type[Done]
    apply: Callable[[Connection, Sequence[Item]], Sequence[Done]]


# A message's digest with the kind of write. Ids can name an account; a digest can be kept when that is forgotten.
Key = tuple[bytes, str]


class Waiting(msgspec.Struct, eq=False):
    """A write with the caller who waits for it. `key` is the same for a message and its redeliveries."""

    kind: Kind[Any, Any]
    item: Any
    key: Key
    future: asyncio.Future[Any]


class Writer:
    """Applies writes in groups. A message id makes a write happen once: the next time its outcome is returned."""

    def __init__(self, transact: Transact, clock: Callable[[], datetime]) -> None:
        self._transact = transact
        self._clock = clock
        self._waiting: list[Waiting] = []
        self._task: asyncio.Task[None] | None = None
        self._nameless = itertools.count()

    async def write(self, kind: Kind[Item, Done], item: Item, message_id: str = "") -> Done:
        """Apply `item`; returns its outcome after the commit. Raises Unavailable when it was not stored."""
        return await self.begin(kind, item, message_id)

    def begin(self, kind: Kind[Item, Done], item: Item, message_id: str = "") -> asyncio.Future[Done]:
        """Put `item` among those of the next commit; the outcome is there after it. Nobody has to wait for it.

        Raises Unavailable, at once or where the outcome is awaited, when it was not stored. A caller that is cancelled
        does not undo its write.
        """
        if len(self._waiting) >= MOST_WAITING:
            raise Unavailable("too many writes are waiting")
        future: asyncio.Future[Done] = asyncio.get_running_loop().create_future()
        key = (_digest(message_id), kind.name) if message_id else (b"", str(next(self._nameless)))
        self._waiting.append(Waiting(kind, item, key, future))
        if self._task is None:
            self._task = asyncio.create_task(self._commit_all(), context=Context())  # it is nobody's alone
        return future

    @property
    def waiting(self) -> int:
        """How many writes wait for the next commit."""
        return len(self._waiting)

    async def close(self) -> None:
        """Wait for the writes that are under way."""
        while self._task:
            await self._task

    async def _commit_all(self) -> None:
        try:
            while self._waiting:
                group, self._waiting = self._waiting[:GROUP_SIZE], self._waiting[GROUP_SIZE:]
                await self._commit(group)
        finally:
            self._task = None

    async def _commit(self, group: list[Waiting], again: bool = True) -> None:
        """Commit the group; when one of its items is at fault, each by itself, so that the others are stored.

        One by itself is tried `again`: another process may have stored the same message at the same time.
        """
        try:
            done = await self._transact(lambda connection: self._apply(connection, group))
        except Exception as fault:
            if is_outage(fault):
                log.error("the database refused a write: %s (%s)", cause_of(fault), type(fault).__name__)
                for waiting in group:
                    _settle(waiting, fault=Unavailable(cause_of(fault)))
            elif len(group) > 1:
                for waiting in group:
                    await self._commit([waiting])
            elif again and isinstance(fault, DBAPIError):
                await self._commit(group, again=False)
            else:
                _settle(group[0], fault=fault)
        else:
            for waiting in group:
                _settle(waiting, done[waiting.key])

    def _apply(self, connection: Connection, group: list[Waiting]) -> dict[Key, Any]:
        done = _recorded(connection, group)
        fresh: dict[Key, Waiting] = {}
        for waiting in group:  # in their order of arrival; of a message and its redelivery the first
            if waiting.key not in done:
                fresh.setdefault(waiting.key, waiting)
        for kind, items in _by_kind(fresh.values()).items():
            results = kind.apply(connection, [waiting.item for waiting in items])
            done.update(zip((waiting.key for waiting in items), results, strict=True))
        _record(connection, {key: done[key] for key in fresh if key[0]}, self._clock())
        return done


def _recorded(connection: Connection, group: list[Waiting]) -> dict[Key, Any]:
    kinds = {waiting.kind.name: waiting.kind for waiting in group}
    messages = {message for message, _ in (waiting.key for waiting in group) if message}
    if not messages:
        return {}
    rows = _RECORDED.rows(connection, keys=list(messages))
    return {
        (message, name): msgspec.json.decode(outcome, type=kinds[name].done)
        for message, name, outcome in rows
        if name in kinds
    }


def _record(connection: Connection, done: dict[Key, Any], now: datetime) -> None:
    if not done:
        return
    at = milliseconds(now)
    _RECORD.run(
        connection,
        [
            {"message": message, "kind": kind, "outcome": msgspec.json.encode(result), "at": at}
            for (message, kind), result in done.items()
        ],
    )


def _digest(message_id: str) -> bytes:
    return hashlib.sha256(message_id.encode("utf-8", "surrogatepass")).digest()[:16]


def _forget_outcomes(connection: Connection, before: Sequence[datetime]) -> Sequence[None]:
    for instant in before:
        connection.execute(delete(outcomes).where(outcomes.c.at < milliseconds(instant)))
    return [None] * len(before)


def _pulse(connection: Connection, items: Sequence[None]) -> Sequence[None]:
    """A write that leaves nothing, too large for the room that a page may have left."""
    connection.execute(insert(outcomes).values(message=_PULSE, kind="pulse", outcome=bytes(_PULSE_BYTES), at=0))
    connection.execute(delete(outcomes).where(outcomes.c.message == _PULSE))
    return [None] * len(items)


_PULSE, _PULSE_BYTES = bytes(16), 8192
PULSE: Kind[None, None] = Kind("pulse", type(None), _pulse)
FORGET_OUTCOMES: Kind[datetime, None] = Kind("forget-outcomes", type(None), _forget_outcomes)


def _by_kind(items: Iterable[Waiting]) -> dict[Kind[Any, Any], list[Waiting]]:
    by_kind: dict[Kind[Any, Any], list[Waiting]] = {}
    for waiting in items:
        by_kind.setdefault(waiting.kind, []).append(waiting)
    return by_kind


def _settle(waiting: Waiting, result: Any = None, fault: BaseException | None = None) -> None:
    if waiting.future.done():  # the caller went away
        return
    if fault:
        waiting.future.set_exception(fault)
        waiting.future.exception()  # asyncio need not say so where nobody waits
    else:
        waiting.future.set_result(result)
