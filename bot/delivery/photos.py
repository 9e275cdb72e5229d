"""Fetches the photos that stories wait for, outside of any answer; what cannot be had is given up after a while."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Protocol

from bot.domain.photos import ATTEMPTS, Developed, Fetch, NoPhoto, NotYet, PhotoStore, Wanted
from bot.pictures import Unreadable

log = logging.getLogger(__name__)

AT_A_TIME = 4
FETCH_SECONDS = 20.0  # the end of the service waits for it


class Develops(Protocol):
    async def develop(self, data: bytes) -> bytes: ...


class Collector:
    """`fetch` knows how each channel gives its photos; `lose` goes on without one that cannot be had."""

    def __init__(
        self,
        store: PhotoStore,
        fetch: Mapping[str, Fetch],
        darkroom: Develops,
        lose: Callable[[str, datetime], Awaitable[None]],
    ) -> None:
        self._store = store
        self._fetch = fetch
        self._darkroom = darkroom
        self._lose = lose

    async def tick(self, now: datetime) -> None:
        """Fetch what is due."""
        async with asyncio.TaskGroup() as group:
            for photo in await self._store.wanted(now, AT_A_TIME):
                group.create_task(self._collect(photo, now))

    async def _collect(self, photo: Wanted, now: datetime) -> None:
        try:
            jpeg = await self._darkroom.develop(await self._fetched(photo))
        except NotYet as fault:
            await self._try_later(photo, now, fault)
        except (NoPhoto, Unreadable) as fault:
            await self._give_up(photo, now, fault)
        else:
            await self._store.keep(Developed(photo.key, jpeg, now))

    async def _fetched(self, photo: Wanted) -> bytes:
        fetch = self._fetch.get(photo.channel)
        if not fetch:
            raise NoPhoto("its channel gives no photos now")
        try:
            async with asyncio.timeout(FETCH_SECONDS):
                return await fetch(photo.source)
        except TimeoutError:
            raise NotYet("it takes too long") from None

    async def _try_later(self, photo: Wanted, now: datetime, fault: Exception) -> None:
        if photo.attempts + 1 >= ATTEMPTS:
            await self._give_up(photo, now, fault)
        else:
            await self._store.postpone(photo, photo.due_again(now))

    async def _give_up(self, photo: Wanted, now: datetime, fault: Exception) -> None:
        log.warning("a photo on %s cannot be had: %s", photo.channel, fault)
        await self._lose(photo.key, now)
