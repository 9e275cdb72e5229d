"""The platform's own time: its windows close by that, whatever this machine's clock is set to."""

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta


class PlatformClock:
    """What the platform's clock shows, as far as it has told; `monotonic` counts seconds and is never set.

    `heard` is told of each instant that the platform tells.

    Each instant that the platform tells has passed when we hear it, so the latest of them is the nearest.
    """

    def __init__(
        self, monotonic: Callable[[], float] = time.monotonic, heard: Callable[[datetime], None] = lambda _: None
    ) -> None:
        self._monotonic = monotonic
        self._heard = heard
        self._epoch: datetime | None = None
        self._told = asyncio.Event()

    def hear(self, instant: datetime) -> None:
        """The platform has said what time it is."""
        epoch = instant - timedelta(seconds=self._monotonic())
        self._epoch = max(epoch, self._epoch or datetime.min.replace(tzinfo=UTC))
        self._told.set()
        self._heard(instant)

    async def told(self) -> None:
        """Wait until the platform has said what time it is."""
        await self._told.wait()

    def now(self) -> datetime:
        """The instant on the platform's clock, or a little before it. Only after `told`."""
        assert self._epoch is not None
        return self._epoch + timedelta(seconds=self._monotonic())
