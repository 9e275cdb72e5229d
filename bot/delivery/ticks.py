"""When the jobs of the clock run: every so often, also where this machine's clock is set meanwhile."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.base import BaseTrigger

CHECK_SECONDS = 1.0


class Every(BaseTrigger):  # type: ignore[misc]  # APScheduler has no types
    """Counted from when a job ran last: where the clock was set forward, nothing is made up for.

    APScheduler's own counts each time in between: for a year that takes minutes, in which nobody is answered.
    """

    def __init__(self, interval: timedelta) -> None:
        self.interval = interval

    def get_next_fire_time(self, _previous: datetime | None, now: datetime) -> datetime:
        return now + self.interval


async def keep_ticking(scheduler: AsyncIOScheduler, clock: Callable[[], datetime]) -> None:
    """Until cancelled: where the clock was set back, jobs do not wait until it shows the same time again."""
    while True:
        await asyncio.sleep(CHECK_SECONDS)
        now = clock()
        for job in scheduler.get_jobs():
            if job.next_run_time > now + job.trigger.interval:
                job.modify(next_run_time=now)
