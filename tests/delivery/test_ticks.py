"""The jobs of the clock go on where this machine's clock is set."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path

import pytest
from apscheduler.schedulers import base

from bot.app import App
from bot.config import Settings
from tests.shipped import shipped

SOON_SECONDS = 10.0


class SetClock(datetime):
    """APScheduler's and the app's, which somebody sets."""

    off = timedelta()

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
        return datetime.now(tz) + cls.off


@asynccontextmanager
async def ticking(folder: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[list[float]]:
    """When the schedule ticked, by a clock that nobody sets."""
    monkeypatch.setattr(SetClock, "off", timedelta())
    monkeypatch.setattr(base, "datetime", SetClock)
    monkeypatch.setattr("bot.app.utc_now", lambda: SetClock.now(UTC))
    monkeypatch.setattr("bot.app.TICK", timedelta(seconds=0.2))
    app = App(Settings(data_dir=folder), shipped(), lambda: SetClock.now(UTC))
    ticks = list[float]()

    async def tick(_now: datetime) -> None:
        ticks.append(time.monotonic())

    monkeypatch.setattr(app.schedule, "tick", tick)
    async with app.running():
        yield ticks


async def until(happened: Callable[[], bool]) -> None:
    async with asyncio.timeout(SOON_SECONDS):
        while not happened():  # noqa: ASYNC110  # the clock wakes nobody
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("off", [timedelta(minutes=-10), timedelta(days=-400), timedelta(days=20)])
async def test_ticks_go_on_where_the_clock_is_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, off: timedelta
) -> None:
    """Set forward, no tick is made up for: nobody waits for them."""
    async with ticking(tmp_path, monkeypatch) as ticks:
        await until(lambda: len(ticks) >= 2)
        monkeypatch.setattr(SetClock, "off", off)
        before, began = len(ticks), time.process_time()
        await until(lambda: len(ticks) >= before + 3)
        assert time.process_time() - began < SOON_SECONDS / 5
