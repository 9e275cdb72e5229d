"""The real size: a campaign of 18,000,000 votes in ten days, counted, sealed, recounted, exported and verified.

Two polls take votes at once: five a day for 21 candidates, and one choice of 160 that may be changed. Voters come as
people do, in the evening more than at night; some lose the connection and send twice, some try a sixth vote, and one
vote in a hundred is a machine's. The clock is simulated, everything else is real: rules, ledger, ballots, tallies,
message ids that are forgotten after three days, signed checkpoints.
Prints one JSON line; exit code 1 when a count is wrong.
"""

import argparse
import asyncio
import json
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from array import array
from bisect import bisect
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import accumulate, count
from math import isqrt
from pathlib import Path
from typing import Any

import uvloop

from benchmarks.processes import PROJECT
from bot.app import OUTCOMES_KEPT, App
from bot.config import Settings
from bot.content import load
from bot.domain.refusals import DailyLimit
from bot.domain.times import home_date
from bot.edition import settle_memory
from bot.messages import Address, Message

VOTES = 18_000_000
DAYS = 10
OPENS = datetime(2026, 10, 31, 16, tzinfo=UTC)  # midnight in Guangdong
VOTERS_AT_ONCE = 2000
DAILY, SINGLE = "campaign-daily", "campaign-single"
CANDIDATES = {DAILY: 21, SINGLE: 160}
RULES = {DAILY: 'kind = "daily"\nper_day = 5\nper_option_per_day = 1', SINGLE: 'kind = "single"'}
PER_DAY = 5
AVERAGE = (1 + PER_DAY) / 2  # of a person's votes on one day
SINGLE_SHARE, BOT_SHARE, TWICE_SHARE, SIXTH_SHARE = 1 / 9, 0.01, 0.03, 0.02
BOTS_FAVOURITE = 7
CHANNELS = ("telegram", "wechat")
_CANDIDATES = range(1, CANDIDATES[DAILY] + 1)
# How many votes come in each hour of a day, as parts of the day.
HOURS = (1, 1, 1, 1, 1, 2, 4, 6, 8, 9, 9, 10, 14, 12, 9, 8, 9, 11, 14, 18, 24, 22, 12, 4)
_BUSY = list(accumulate(HOURS))
READS = 2000
UPKEEP = timedelta(seconds=30)

_POLL = """id = "{name}"
title = "{name}"
channels = ["telegram", "wechat"]
joined = "any"
opens_at = {opens_at}
closes_at = {closes_at}
organiser = "-"
contact = "-"
rules = "-"
eligibility = "-"
{rules}
"""


class SimulatedClock:
    """Passes with the votes; before and after a campaign it stands."""

    def __init__(self) -> None:
        self._now = OPENS

    def __call__(self) -> datetime:
        return self._now

    def turn(self, day: int, part: float) -> None:
        """To the instant of the day at which this part of its votes is in; never back."""
        votes = min(part, 1.0) * _BUSY[-1]
        hour = min(bisect(_BUSY, votes), len(HOURS) - 1)
        within = (votes - _BUSY[hour] + HOURS[hour]) / HOURS[hour]
        self._now = max(self._now, OPENS + timedelta(days=day, hours=hour + min(within, 0.999)))


class Campaign:
    """Casts the votes through the rules of the service; `tally`, by option of the daily poll, is what must come out.

    A visit is one account that comes to one of the polls on one day. `single` marks the accounts with a single vote.
    """

    def __init__(self, app: App, clock: SimulatedClock, votes: int, chance: random.Random) -> None:
        self._app = app
        self._clock = clock
        self._votes = votes
        self._chance = chance
        self._messages = 0
        self._accounts = next(number for number in count(max(votes // 12, 1000)) if _is_prime(number))
        self.acknowledged = self.refused = self.twice = 0
        self.tally: Counter[int] = Counter()
        self.single = bytearray(self._accounts)

    async def hold(self) -> None:
        visits = self._visits()

        async def seat() -> None:
            for account, poll in visits:
                now = self._clock()  # of the whole visit: nobody votes from one day into the next
                await (self._choose(account, now) if poll == SINGLE else self._vote_for_several(account, now))

        upkeep = asyncio.create_task(self._upkeep())
        async with asyncio.TaskGroup() as group:
            for _ in range(VOTERS_AT_ONCE):
                group.create_task(seat())
        upkeep.cancel()
        await self._app.notary.tick(self._clock())

    async def _upkeep(self) -> None:
        """What the service does by the clock."""
        done = self._clock()
        while True:
            await asyncio.sleep(0.02)
            if self._clock() - done >= UPKEEP:
                done = self._clock()
                await self._app.notary.tick(done)
                await self._app.database.forget_outcomes(done - OUTCOMES_KEPT)

    def _visits(self) -> Iterator[tuple[int, str]]:
        """Day by day, as chance has it; the machines of a day come one after the other, at its end."""
        per_day = self._votes / DAYS
        single = round(per_day * SINGLE_SHARE)
        bots = round(per_day * BOT_SHARE / PER_DAY)
        several = round((per_day - single - bots * PER_DAY) / AVERAGE)
        for day in range(DAYS):
            begun = self.acknowledged
            people = array("q", self._some(several))
            people.extend(-1 - account for account in self._some(single))
            self._chance.shuffle(people)
            people.extend(range(self._accounts, self._accounts + bots))
            for person in people:
                self._clock.turn(day, (self.acknowledged - begun) / per_day)
                yield (person, DAILY) if person >= 0 else (-1 - person, SINGLE)

    def _some(self, many: int) -> Iterator[int]:
        """So many accounts, each once, without a list of all: steps around a circle of a prime number of places."""
        step, start = self._chance.randrange(1, self._accounts), self._chance.randrange(self._accounts)
        return ((start + step * number) % self._accounts for number in range(many))

    async def _vote_for_several(self, account: int, at: datetime) -> None:
        """A person for one to five candidates, a machine for as many as it may, its favourite among them."""
        is_bot = account >= self._accounts
        wanted = self._chance.sample(_CANDIDATES, PER_DAY if is_bot else self._chance.randint(1, PER_DAY))
        if is_bot and BOTS_FAVOURITE not in wanted:
            wanted[0] = BOTS_FAVOURITE
        for number in wanted:
            await self._cast(DAILY, account, number, at)
            self.tally[number] += 1
        if len(wanted) == PER_DAY and self._chance.random() < SIXTH_SHARE:
            await self._try_a_sixth(account, next(number for number in _CANDIDATES if number not in wanted), at)

    async def _try_a_sixth(self, account: int, number: int, at: datetime) -> None:
        try:
            await self._cast(DAILY, account, number, at)
        except DailyLimit:
            self.refused += 1
        else:
            raise AssertionError("a sixth vote was counted")

    async def _choose(self, account: int, at: datetime) -> None:
        await self._cast(SINGLE, account, self._chance.randint(1, CANDIDATES[SINGLE]), at)
        self.single[account] = 1

    async def _cast(self, name: str, account: int, number: int, at: datetime) -> None:
        """One vote, now and then delivered twice: then both deliveries must be told the same."""
        poll, polls = self._app.shelf.library.polls[name], self._app.services.polls
        sender = Address(CHANNELS[account % 2], f"{account:010}", f"{account:010}")
        self._messages += 1
        message = Message(f"{sender.channel}:{self._messages}", sender, f"/vote {name} {number}", at)
        receipt = await polls.cast(poll, str(number), message, agreed=True)
        self.acknowledged += 1
        if self._chance.random() < TWICE_SHARE:
            assert await polls.cast(poll, str(number), message, agreed=True) == receipt
            self.twice += 1


def _is_prime(number: int) -> bool:
    return all(number % divisor for divisor in range(2, isqrt(number) + 1))


def content(folder: Path) -> Path:
    """The shipped content, and the campaign's two polls."""
    shutil.copytree(PROJECT / "content", folder)
    for name, candidates in CANDIDATES.items():
        text = _POLL.format(
            name=name, rules=RULES[name], opens_at=OPENS.isoformat(), closes_at=(OPENS + timedelta(DAYS)).isoformat()
        )
        options = (f'[[option]]\nid = "c{n}"\nnumber = {n}\ntitle = "候选 {n}"\n' for n in range(1, candidates + 1))
        (folder / "polls" / f"{name}.toml").write_text("\n".join([text, *options]), "utf-8")
    return folder


async def held(folder: Path, votes: int, chance: random.Random) -> tuple[dict[str, Any], Campaign]:
    """Hold the campaign in this folder, and measure."""
    clock = SimulatedClock()
    settings = Settings(data_dir=folder / "data", content_dir=content(folder / "content"))
    app = App(settings, load(settings.content_dir, home_date(OPENS)), clock)
    try:
        await app.database.migrate()
        await app.install_polls(app.shelf.library)
        settle_memory()  # as the service does
        campaign = Campaign(app, clock, votes, chance)
        begun, cpu = time.perf_counter(), time.process_time()
        await campaign.hold()
        seconds, cpu = time.perf_counter() - begun, time.process_time() - cpu
        live = [await _timed_read(app, name) for name in CANDIDATES for _ in range(READS)]
        await app.database.forget_outcomes(clock() + timedelta(days=1))
    finally:
        await app.database.close()
    live.sort()
    return {
        "votes": campaign.acknowledged,
        "delivered_twice": campaign.twice,
        "sixth_votes_refused": campaign.refused,
        "seconds": round(seconds),
        "votes_per_second": round(campaign.acknowledged / seconds),
        "cpu_us_per_vote": round(cpu / campaign.acknowledged * 1e6, 1),
        "live_tally_p50_ms": round(live[len(live) // 2] * 1e3, 3),
        "live_tally_p99_ms": round(live[len(live) * 99 // 100] * 1e3, 3),
    }, campaign


async def _timed_read(app: App, name: str) -> float:
    begun = time.perf_counter()
    await app.votes.counts(name)
    return time.perf_counter() - begun


def peak_memory(status: str) -> int:
    """Megabytes, from what /proc tells of a process."""
    return int(status.rpartition("VmHWM:")[2].split()[0]) // 1024


def size(folder: Path) -> dict[str, int]:
    """The database's bytes, without and with the pages that forgotten message ids have left free."""
    with closing(sqlite3.connect(folder / "data" / "haowangmin.db")) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        pages, free, page = (
            database.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "freelist_count", "page_size")
        )
    return {"bytes": (pages - free) * page, "file_bytes": pages * page}


def run(folder: Path, *arguments: str) -> tuple[str, dict[str, float]]:
    """A command on the campaign's data; what it says, and what it took."""
    environment = {"PATH": "", "DATA_DIR": str(folder / "data"), "CONTENT_DIR": str(folder / "content")}
    environment |= {"PYTHONPATH": str(PROJECT), "PYTHONIOENCODING": "utf-8", "TMPDIR": str(folder)}
    timed = "import runpy, sys; sys.argv = sys.argv[1:]\ntry: runpy.{}(sys.argv[0], run_name='__main__')\n"
    timed += "finally: print(open('/proc/self/status').read(), file=sys.stderr)"
    how = "run_path" if arguments[0].endswith(".py") else "run_module"
    begun = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", timed.format(how), *arguments],
        env=environment,
        cwd=folder,
        capture_output=True,
        text=True,
    )
    seconds = round(time.perf_counter() - begun, 1)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout, {"seconds": seconds, "memory_mb": peak_memory(done.stderr)}


def checked(folder: Path, campaign: Campaign) -> dict[str, dict[str, Any]]:
    """Recount, export and verify both polls. Raises AssertionError for a count that is wrong."""
    taken: dict[str, dict[str, Any]] = {}
    for name in CANDIDATES:
        said, recount = run(folder, "bot", "recount", name, "--json")
        counted = json.loads(said)
        assert counted["match"] is True
        if name == DAILY:
            assert counted["tally"] == {f"c{number}": campaign.tally[number] for number in _CANDIDATES}
        else:
            assert counted["ballots"] == counted["voters"] == sum(campaign.single)
        _, export = run(folder, "bot", "export-poll", name, str(folder / name))
        _, verify = run(folder, str(folder / name / "verify.py"))
        taken[name] = {"ballots": counted["ballots"], "recount": recount, "export": export, "verify": verify}
    return taken


def campaign(votes: int, folder: Path, seed: int = 1) -> dict[str, Any]:
    """Hold and check a campaign of so many votes, give or take what chance does; returns the figures."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:  # the loop that the service runs on
        figures, done = runner.run(held(folder, votes, random.Random(seed)))
    space = size(folder)
    figures |= space | {"bytes_per_vote": round(space["bytes"] / figures["votes"], 1)}
    figures["memory_mb"] = peak_memory(Path("/proc/self/status").read_text())
    return figures | {"polls": checked(folder, done)}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.campaign", description=__doc__)
    parser.add_argument("--votes", type=int, default=VOTES)
    parser.add_argument("--keep", type=Path, help="work in this new folder and leave all there, to look at it again")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="campaign-") as passing:
        folder: Path = given.keep or Path(passing)
        folder.mkdir(exist_ok=not given.keep)
        print(json.dumps({"benchmark": "campaign", "figures": campaign(given.votes, folder)}, ensure_ascii=False))
    return 0


if __name__ == "__main__":
    sys.exit(main())
