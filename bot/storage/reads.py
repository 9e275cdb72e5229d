"""Reads that many ask for at once: they wait for the running one, then go together in the next."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Set
from typing import Generic, TypeVar

Key = TypeVar("Key")
Value = TypeVar("Value")

# As many values as every SQLite and PostgreSQL takes in one statement.
GROUP_SIZE = 500


class GroupedRead(Generic[Key, Value]):
    """`read` gives the values of a set of keys in one statement; a key without a value is left out."""

    def __init__(self, read: Callable[[Set[Key]], Awaitable[Mapping[Key, Value]]]) -> None:
        self._read = read
        self._waiting: list[tuple[Key, asyncio.Future[Value | None]]] = []
        self._task: asyncio.Task[None] | None = None

    async def get(self, key: Key) -> Value | None:
        """The value as it is committed at some instant after the call. Raises what `read` raises."""
        future: asyncio.Future[Value | None] = asyncio.get_running_loop().create_future()
        self._waiting.append((key, future))
        if self._task is None:
            self._task = asyncio.create_task(self._read_all())
        return await future

    async def _read_all(self) -> None:
        try:
            while self._waiting:
                group, self._waiting = self._waiting[:GROUP_SIZE], self._waiting[GROUP_SIZE:]
                await self._read_group(group)
        finally:
            self._task = None

    async def _read_group(self, group: list[tuple[Key, asyncio.Future[Value | None]]]) -> None:
        waiting = [(key, future) for key, future in group if not future.done()]  # the others went away
        try:
            found = await self._read({key for key, _ in waiting})
        except Exception as fault:
            for _, future in waiting:
                _fail(future, fault)
        else:
            for key, future in waiting:
                if not future.done():
                    future.set_result(found.get(key))


def _fail(future: asyncio.Future[Value | None], fault: Exception) -> None:
    if not future.done():
        future.set_exception(fault)
