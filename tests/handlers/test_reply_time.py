"""A poll of 160 candidates answers at once, however many have voted."""

import itertools
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from hashlib import sha256
from pathlib import Path

import pytest
from msgspec import structs

from bot.app import App
from bot.config import Settings
from bot.domain.kinds import Choose, Daily, Kind, Single
from bot.domain.library import Library
from bot.domain.polls import Option, Poll
from tests.conftest import Clock
from tests.handlers.conftest import Talk

SECONDS = 0.02  # for 99 of 100 replies
TRIES = 3  # the best counts
REPLIES = 200
OPTIONS = tuple(
    Option(f"story-{n}", n, f"第{n}个好网民故事", "讲了一件事。" * 20, category=f"第{n % 10}类") for n in range(1, 161)
)
SAID = (
    "/stories real {}",
    "/results real {}",
    "/vote real {}",
    "/ballot real",
    "投票 {}号",
    "找 第{}个",
    "看结果",
    "我的",
    "第 {} 页",
)


def ballots(count: int) -> Iterator[tuple[bytes, int, int]]:
    """A voter, an option and a row's number."""
    for n in range(count):
        yield sha256(n.to_bytes(8, "big")).digest()[:16], n % 160 + 1, n + 1


def fill(file: Path, poll: str, count: int) -> None:
    """As if so many had voted."""
    with closing(sqlite3.connect(file)) as database, database:
        ((number,),) = database.execute("SELECT id FROM polls WHERE name = ?", (poll,))
        rows = sorted(ballots(count))
        columns, places = "poll, slot, voter, option, seq", f"{number}, 0, ?, ?, ?"
        database.executemany(f"INSERT INTO ledger ({columns}, at) VALUES ({places}, 0)", rows)
        database.executemany(f"INSERT INTO ballots ({columns}) VALUES ({places})", rows)
        database.execute(
            f"INSERT INTO tallies (poll, option, votes) SELECT {number}, option, count(*) FROM ballots GROUP BY 2"
        )
        database.execute("UPDATE polls SET ballots = ?1, voters = ?1, last_seq = ?1 WHERE id = ?2", (count, number))


async def slowest_of_a_hundred(app: App) -> float:
    """The processor's time for a reply, in seconds, that one in a hundred exceeds.

    What others do meanwhile on the same machine is not in it, nor is the disk.
    """
    times = []
    for n, said in zip(range(REPLIES), itertools.cycle(SAID), strict=False):
        talk = Talk(app, "telegram", f"person-{n % 50}")
        began = time.process_time()
        await talk.says(said.format(n % 20 + 1))
        times.append(time.process_time() - began)
    return sorted(times)[REPLIES * 99 // 100]


async def best_time(settings: Settings, library: Library, clock: Clock, kind: Kind, count: int) -> float:
    poll = Poll("real", "2027年好网民故事", OPTIONS, demo=True, kind=kind)
    with_real = structs.replace(library, polls={poll.id: poll})
    async with App(settings, with_real, clock).running() as app:
        fill(settings.data_dir / "haowangmin.db", poll.id, count)
        return min([await slowest_of_a_hundred(app) for _ in range(TRIES)])


async def test_after_many_votes(settings: Settings, library: Library, clock: Clock) -> None:
    assert await best_time(settings, library, clock, Daily(5, 2), 20_000) < SECONDS


@pytest.mark.torture
@pytest.mark.parametrize("kind", [Single(), Choose(5), Daily(5, 2)], ids=repr)
async def test_after_a_million_votes(settings: Settings, library: Library, clock: Clock, kind: Kind) -> None:
    assert await best_time(settings, library, clock, kind, 1_000_000) < SECONDS
