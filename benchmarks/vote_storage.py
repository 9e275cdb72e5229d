"""vote-storage: votes in groups, against the same rules, tables and pragmas with a commit for each through aiosqlite.

Both sides get votes of new accounts from as many callers at once, each of whom waits for the answer before the next.
Legs alternate; at the end the recount of either database must know every vote that was answered.
"""

import asyncio
import os
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

import msgspec
import uvloop

from benchmarks.load import WrongAnswer
from benchmarks.peers.one_by_one import one_by_one
from benchmarks.processes import on_disk
from bot.clock import utc_now
from bot.domain.polls import Option, Poll, Result, Vote
from bot.storage.database import Database
from bot.storage.votes import Votes

CALLERS = (256, 2000)
ROUNDS = 5
LEG_SECONDS = 2.0
OPTIONS = 8
POLL = Poll(
    id="deeds",
    title="Deeds",
    options=tuple(Option(f"deed-{number}", number, f"Deed {number}") for number in range(1, OPTIONS + 1)),
    opens_at=datetime(2026, 1, 1, tzinfo=UTC),
)

Cast = Callable[[Vote], Awaitable[Result]]


class Leg(msgspec.Struct, frozen=True):
    """How many were answered, by second, and the processor time for each in seconds."""

    answered: int
    rate: float
    cpu: float


class Side:
    """One way to store votes, and its legs by how many call at once."""

    def __init__(self, name: str, cast: Cast) -> None:
        self.name = name
        self.legs: dict[int, list[Leg]] = {callers: [] for callers in CALLERS}
        self._cast = cast

    async def run(self, votes: Iterator[Vote], callers: int) -> None:
        begun, spent = time.perf_counter(), time.process_time()
        answered = sum(await asyncio.gather(*(self._call(votes, begun + LEG_SECONDS) for _ in range(callers))))
        took, cpu = time.perf_counter() - begun, time.process_time() - spent
        self.legs[callers].append(Leg(answered, answered / took, cpu / answered))

    async def _call(self, votes: Iterator[Vote], deadline: float) -> int:
        answered = 0
        while time.perf_counter() < deadline:
            result = await self._cast(next(votes))
            if result.code != "counted":
                raise WrongAnswer(result.code)
            answered += 1
        return answered

    @property
    def answered(self) -> int:
        return sum(leg.answered for legs in self.legs.values() for leg in legs)

    def rate(self, callers: int) -> float:
        """The median of the rounds, in votes per second."""
        return median(leg.rate for leg in self.legs[callers])

    def cpu_us(self, callers: int) -> int:
        return round(median(leg.cpu for leg in self.legs[callers]) * 1e6)

    def lines(self) -> Iterator[str]:
        for callers, legs in self.legs.items():
            rates = " ".join(f"{leg.rate:6.0f}" for leg in legs)
            yield f"{self.name:<26}{callers:5}  {self.rate(callers):7.0f}/s  CPU {self.cpu_us(callers):4} us  {rates}"


def votes_of_new_accounts() -> Iterator[Vote]:
    number = 0
    while True:
        number += 1
        yield Vote(f"message:{number}", POLL.id, os.urandom(16), number % OPTIONS + 1, utc_now())


def main() -> int:
    """Print the table and the JSON line; 1 when a vote is missing or a recount does not match."""
    with on_disk() as folder:
        return uvloop.run(measure(folder))


async def measure(folder: Path) -> int:
    mine, theirs = folder / "groups.db", folder / "one-by-one.db"
    await set_up(theirs)
    database = await set_up(mine, keep=True)
    async with one_by_one(theirs) as peer:
        ours, other = Side("ours, in groups", Votes(database).cast), Side("aiosqlite, one by one", peer.cast)
        votes = votes_of_new_accounts()
        for _ in range(ROUNDS):
            for callers in CALLERS:
                await ours.run(votes, callers)
                await other.run(votes, callers)
    await database.close()
    right = await knows_all(mine, ours) & await knows_all(theirs, other)
    return report(ours, other, right)


async def set_up(path: Path, keep: bool = False) -> Database:
    """A database with the tables and the poll; closed unless it is to be kept."""
    database = Database(f"sqlite:///{path}", utc_now)
    await database.migrate()
    await Votes(database).install(POLL, b"check", utc_now())
    if not keep:
        await database.close()
    return database


async def knows_all(path: Path, side: Side) -> bool:
    database = Database(f"sqlite:///{path}", utc_now)
    found = await Votes(database).recount(POLL.id)
    await database.close()
    print(f"{side.name}: {side.answered} answered, recount: {found and (found.ballots, found.match)}")
    return bool(found and found.match and found.ballots == side.answered)


def report(ours: Side, other: Side, right: bool) -> int:
    print(*ours.lines(), *other.lines(), sep="\n")
    ratios = {callers: round(ours.rate(callers) / other.rate(callers), 2) for callers in CALLERS}
    print(*(f"{ratio:.2f} x with {callers} at a time" for callers, ratio in ratios.items()), sep="\n")
    figures = {
        f"{side}_{callers}": {"per_s": round(kept.rate(callers)), "cpu_us": kept.cpu_us(callers)}
        for side, kept in (("ours", ours), ("peer", other))
        for callers in CALLERS
    }
    line = {
        "benchmark": "vote-storage",
        "ratio": ratios[CALLERS[0]],
        "against": "aiosqlite commit per vote",
        "figures": {f"ratio_{callers}": ratio for callers, ratio in ratios.items()} | figures | {"match": right},
    }
    print(msgspec.json.encode(line).decode())
    return 0 if right else 1


if __name__ == "__main__":
    sys.exit(main())
