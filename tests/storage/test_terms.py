"""The terms of a poll are written down with it, and stay as they are once it has opened."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from msgspec import structs
from sqlalchemy import Connection, func, select, text

from bot.domain.kinds import Choose, Daily, Single
from bot.domain.polls import Option, Poll
from bot.storage.database import Database
from bot.storage.schema import _config
from bot.storage.tables import ledger, snapshots
from bot.storage.votes import Conflict, Votes
from tests.conftest import Clock
from tests.storage.samples import AT, OPTIONS, POLL, installed, message, rules, vote

OPENS = AT + timedelta(hours=1)
SCHEDULED = structs.replace(POLL, opens_at=OPENS, closes_at=OPENS + timedelta(days=3), kind=Daily(5, 2))
CHANGES: dict[str, dict[str, Any]] = {
    "kind": {"kind": Single()},
    "kind of the same name": {"kind": Daily(5, 3)},
    "results": {"results": "hidden"},
    "demo": {"demo": False},
    "channels": {"channels": frozenset({"telegram"})},
    "joined": {"joined": "before-opening"},
    "opens_at": {"opens_at": OPENS + timedelta(seconds=1)},
    "opens_at taken out": {"opens_at": None},
    "closes_at": {"closes_at": None},
    "zone": {"zone": "Asia/Tokyo"},
}


@pytest.mark.parametrize("name", CHANGES)
async def test_other_rules_are_refused_after_the_opening(database: Database, name: str) -> None:
    votes = await installed(database, [SCHEDULED])
    changed = structs.replace(SCHEDULED, **CHANGES[name])
    with pytest.raises(Conflict, match=f"deeds: it has opened.*put back.*: {name.split()[0]}$"):
        await votes.install(changed, b"check", OPENS)
    await votes.install(SCHEDULED, b"check", OPENS)


@pytest.mark.parametrize("name", CHANGES)
async def test_until_the_opening_rules_may_change(database: Database, name: str) -> None:
    votes = await installed(database, [SCHEDULED])
    changed = structs.replace(SCHEDULED, **CHANGES[name])
    now = OPENS - timedelta(milliseconds=1)
    await votes.install(changed, b"check", now)
    assert (await votes.counts(POLL.id)).opened_at == (changed.opens_at or now)
    with pytest.raises(Conflict):
        await votes.install(SCHEDULED, b"check", OPENS + timedelta(seconds=1))


async def test_texts_may_change_at_any_time(database: Database) -> None:
    votes = await installed(database, [SCHEDULED])
    options = tuple(structs.replace(o, title=f"{o.title}!", withdrawn=True, category="x") for o in OPTIONS)
    texts = structs.replace(SCHEDULED, title="New", english="New", rules="r", options=(*options, Option("new", 6, "")))
    await votes.install(texts, b"check", OPENS)


async def test_without_an_opening_rules_stay_from_the_installation_on(database: Database) -> None:
    votes = await installed(database)
    with pytest.raises(Conflict, match="kind"):
        await votes.install(structs.replace(POLL, kind=Choose(2)), b"check", AT)


async def test_days_count_from_the_installation_where_there_is_no_opening(database: Database) -> None:
    poll = structs.replace(POLL, kind=Daily(2, 2))
    polls = rules(await installed(database, [poll]))
    for day in (0, 0, 1, 30_000):  # more slots than a small integer holds
        await polls.cast(poll, "1", message(f"m{day}{day}", "ana", at=AT + timedelta(days=day)))
        await polls.cast(poll, "1", message(f"n{day}", "ana", at=AT + timedelta(days=day)))
    async with database.reading() as connection:
        slots = list(await connection.scalars(select(ledger.c.slot).order_by(ledger.c.seq)))
    assert slots == [0, 1, 2, 3, 60_000, 60_001]


async def test_counters_are_kept_once_for_an_hour(database: Database) -> None:
    votes = await installed(database)
    polls = rules(votes)
    for minute in (0, 1, 59, 61, 62, 200):
        await polls.cast(POLL, "1", message(f"m{minute}", f"v{minute}", at=AT + timedelta(minutes=minute)))
    async with database.reading() as connection:
        kept = (await connection.execute(select(snapshots.c.ballots, snapshots.c.votes).order_by(snapshots.c.at))).all()
    assert [tuple(row) for row in kept] == [(0, "{}"), (3, '{"1":3}'), (5, '{"1":5}')]


def _to_the_first_schema(connection: Connection) -> None:
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, "0001")


def _from_before(connection: Connection) -> None:
    _to_the_first_schema(connection)
    for line in (
        "INSERT INTO polls VALUES (1, 'deeds', 1, X'636865636b', 1, 1, 1)",
        "INSERT INTO options VALUES (1, 1, 'deed-1')",
        "INSERT INTO ledger VALUES (1, X'61', 1, 0, 1, 5)",
        "INSERT INTO ballots VALUES (1, X'61', 0, 1, 1)",
        "INSERT INTO tallies VALUES (1, 1, 1)",
    ):
        connection.execute(text(line))


@pytest.mark.parametrize("opens_at", [None, OPENS])
async def test_a_database_from_before_there_were_terms(tmp_path: Path, clock: Clock, opens_at: Any) -> None:
    database = Database(f"sqlite:///{tmp_path}/bot.db", clock)
    await database._writing.transact(_from_before)
    await database.migrate()
    poll = structs.replace(POLL, opens_at=opens_at)
    votes = await installed(database, [poll])
    await votes.cast(vote("m", "ana", 2))

    counts, recount = await votes.counts(poll.id), await votes.recount(poll.id)
    assert (counts.votes, counts.voters, counts.opened_at.year) == ({1: 1, 2: 1}, 2, 2026 if opens_at else 1970)
    assert recount
    assert recount.match
    with pytest.raises(Conflict):
        await votes.install(structs.replace(poll, kind=Choose(2)), b"check", OPENS)
    await database.close()


@pytest.mark.postgres
@pytest.mark.parametrize("kind", [Choose(2), Daily(3, 2)])
async def test_two_processes_keep_to_the_limits_together(two_processes: list[Database], kind: Choose | Daily) -> None:
    poll: Poll = structs.replace(POLL, kind=kind)
    both = [Votes(database) for database in two_processes]
    await asyncio.gather(*(votes.install(poll, b"check", AT) for votes in both))
    cast = [vote(f"m{n}", n % 7, (1, 2, 3, 5)[n // 7 % 4]) for n in range(140)]
    results = await asyncio.gather(*(both[n % 2].cast(each) for n, each in enumerate(cast)))

    recount = await both[0].recount(poll.id)
    assert recount
    most = 2 if isinstance(kind, Choose) else 3
    assert (recount.match, recount.voters, recount.ballots) == (True, 7, 7 * most)
    assert sum(result.code == "counted" for result in results) == 7 * most
    async with two_processes[0].reading() as connection:
        assert await connection.scalar(select(func.count()).select_from(ledger)) == 7 * most
