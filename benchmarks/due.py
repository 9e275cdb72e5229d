"""due: who is due among 1,000,000 subscriptions, against a limit of a millisecond.

Ours is one query of an index, from the file on disk to objects; nothing about subscriptions is kept in memory. A job of
APScheduler for each of them would be.
"""

import asyncio
import sys
import time
import tracemalloc
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

import msgspec
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from sqlalchemy import Connection, insert

from benchmarks.processes import on_disk
from bot.storage.database import Database
from bot.storage.instants import milliseconds
from bot.storage.subscriptions import SubscriptionRecords
from bot.storage.tables import subscriptions
from bot.storage.writer import Kind

SUBSCRIPTIONS, DUE, JOBS, TIMES = 1_000_000, 5, 5000, 1000
LIMIT_SECONDS = 0.001
NOW = datetime(2026, 11, 23, tzinfo=UTC)


def fill(connection: Connection, ranges: Sequence[tuple[int, int]]) -> list[None]:
    """Spread over the day, the first DUE of them up to now."""
    for first, last in ranges:
        connection.execute(insert(subscriptions), [_row(number) for number in range(first, last)])
    return [None] * len(ranges)


def _row(number: int) -> dict[str, object]:
    due = NOW + timedelta(milliseconds=86.4 * (number - DUE + 1))
    user = str(100_000_000 + number)
    return {
        "channel": "telegram",
        "user": user,
        "chat": user,
        "minute": 480,
        "language": "zh",
        "zone": "Asia/Shanghai",
        "state": "active",
        "due_at": milliseconds(due),
        "last_day": None,
    }


FILL: Kind[tuple[int, int], None] = Kind("fill", type(None), fill)


class Cost(msgspec.Struct, frozen=True):
    """Seconds of a look: the processor's, all threads together, and the median of what passed on the clock."""

    cpu: float
    wall: float


async def ours(folder: Path) -> tuple[Cost, Cost, int]:
    """The cost of a look with DUE people due, and with nobody; bytes that a look leaves in memory."""
    database = Database(f"sqlite:///{folder}/bot.db", lambda: NOW)
    await database.migrate()
    for first in range(0, SUBSCRIPTIONS, 50_000):
        await database.writer.write(FILL, (first, first + 50_000))
    records = SubscriptionRecords(database)

    async def look(now: datetime, expected: int) -> None:
        found = await records.due(now, 500)
        assert len(found) == expected, len(found)

    async def cost(now: datetime, expected: int) -> Cost:
        await look(now, expected)
        spent, walls = time.process_time(), []
        for _ in range(TIMES):
            begun = time.perf_counter()
            await look(now, expected)
            walls.append(time.perf_counter() - begun)
        return Cost((time.process_time() - spent) / TIMES, median(walls))

    some, none = await cost(NOW, DUE), await cost(NOW - timedelta(hours=1), 0)
    tracemalloc.start()
    await look(NOW, DUE)
    kept = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    await database.close()
    return some, none, kept


def peer() -> float:
    """Bytes for a job for each subscriber."""
    tracemalloc.start()
    scheduler = AsyncIOScheduler(timezone=UTC)
    for number in range(JOBS):
        scheduler.add_job(print, "cron", hour=8, id=str(number), args=[number])
    size = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    return size / JOBS


def main() -> int:
    """Print the figures and the JSON line; 1 when the query did not find just those who are due."""
    with on_disk() as folder:
        some, none, kept = asyncio.run(ours(folder))
    job = peer()
    for who, cost in ((f"{DUE} due of {SUBSCRIPTIONS}", some), ("nobody", none)):
        print(f"{who}: {cost.cpu * 1e3:.3f} ms of CPU, {cost.wall * 1e3:.3f} ms by the clock")
    print(f"a look keeps {kept} bytes")
    figures = {
        "due_ms": round(some.cpu * 1e3, 3),
        "due_wall_ms": round(some.wall * 1e3, 3),
        "nobody_ms": round(none.cpu * 1e3, 3),
        "kept_bytes": kept,
        "peer_bytes_for_each": round(job),
    }
    line = {
        "benchmark": "due",
        "ratio": round(LIMIT_SECONDS / max(some.cpu, some.wall), 2),
        "against": "a limit of 1 ms",
    }
    print(msgspec.json.encode({**line, "figures": figures}).decode())
    return 0


if __name__ == "__main__":
    sys.exit(main())
