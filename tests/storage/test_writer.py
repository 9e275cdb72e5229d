import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

import pytest
from sqlalchemy import Connection, event, insert, select, text

from bot.context import Unavailable
from bot.storage import writer as writer_module
from bot.storage.database import Database
from bot.storage.tables import options, outcomes
from bot.storage.writer import Kind
from tests.conftest import Clock
from tests.storage.samples import POLL, installed, vote

MISTAKE, BAD_SQL = 1013, 1014


class Unlucky(Exception):
    pass


def add_options(connection: Connection, numbers: Sequence[int]) -> list[int]:
    """Any write will do: each number is stored once."""
    connection.execute(insert(options), [{"poll": 1, "number": n, "name": str(n)} for n in numbers])
    if MISTAKE in numbers:
        raise Unlucky
    if BAD_SQL in numbers:
        connection.execute(text("SELECT broken FROM nowhere"))
    return [number * 10 for number in numbers]


ADD: Kind[int, int] = Kind("add", int, add_options)


async def stored(database: Database) -> set[int]:
    async with database.reading() as connection:
        return set(await connection.scalars(select(options.c.number)))


@pytest.fixture
def commits(database: Database) -> Callable[[], int]:
    seen: list[object] = []
    event.listen(database._writing.sync_engine, "commit", seen.append)
    return lambda: len(seen)


async def test_concurrent_writes_share_commits(database: Database, commits: Callable[[], int]) -> None:
    done = await asyncio.gather(*(database.writer.write(ADD, n) for n in range(100, 600)))

    assert done == [n * 10 for n in range(100, 600)]
    assert len(await stored(database)) == 500
    assert commits() == 1


async def test_what_comes_during_a_commit_goes_in_the_next(database: Database, commits: Callable[[], int]) -> None:
    async def slowly(n: int) -> int:
        await asyncio.sleep(n / 1000)
        return await database.writer.write(ADD, n)

    await asyncio.gather(*(slowly(n) for n in range(100, 200)))

    assert len(await stored(database)) == 100
    assert 1 < commits() < 100


async def test_a_group_has_its_limit(
    database: Database, commits: Callable[[], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer_module, "GROUP_SIZE", 10)
    await asyncio.gather(*(database.writer.write(ADD, n) for n in range(100, 135)))

    assert commits() == 4


@pytest.mark.parametrize("bad", [MISTAKE, BAD_SQL])
async def test_one_bad_item_fails_alone(database: Database, bad: int) -> None:
    numbers = [*range(1, 6), bad, *range(20, 26)]
    done = await asyncio.gather(*(database.writer.write(ADD, n) for n in numbers), return_exceptions=True)

    assert await stored(database) == set(numbers) - {bad}
    assert [n for n, result in zip(numbers, done, strict=True) if result != n * 10] == [bad]


async def test_the_caller_of_a_bad_item_hears_what_is_wrong(database: Database) -> None:
    with pytest.raises(Unlucky):
        await database.writer.write(ADD, MISTAKE, "m13")
    assert await stored(database) == set()

    assert await database.writer.write(ADD, 12, "m13") == 120, "a write that failed leaves no outcome"


async def test_a_caller_who_goes_away_does_not_undo_the_write(database: Database) -> None:
    writes = [asyncio.create_task(database.writer.write(ADD, n, f"m{n}")) for n in range(1, 6)]
    await asyncio.sleep(0)
    for write in writes[1:4]:
        write.cancel()
    await asyncio.gather(*writes, return_exceptions=True)
    await database.writer.close()

    assert await stored(database) == {1, 2, 3, 4, 5}
    assert await database.writer.write(ADD, 2, "m2") == 20, "the redelivered message hears the outcome"


async def test_the_same_message_has_one_effect(database: Database) -> None:
    together = await asyncio.gather(*(database.writer.write(ADD, n, "m1") for n in (1, 2, 3)))

    assert together == [10, 10, 10]
    assert await database.writer.write(ADD, 4, "m1") == 10
    assert await stored(database) == {1}


async def test_the_same_message_may_cause_writes_of_two_kinds(database: Database) -> None:
    def other(connection: Connection, items: Sequence[str]) -> list[str]:
        return [item.upper() for item in items]

    kind: Kind[str, str] = Kind("other", str, other)
    number, word = await asyncio.gather(database.writer.write(ADD, 1, "m1"), database.writer.write(kind, "a", "m1"))

    assert (number, word) == (10, "A")
    assert await database.writer.write(kind, "b", "m1") == "A"


async def test_message_ids_may_be_long_and_strange(database: Database) -> None:
    for n, message_id in enumerate(["长" * 500, "nul\x00", "\ud83d", "a" * 161], 1):
        assert await database.writer.write(ADD, n, message_id) == n * 10
        assert await database.writer.write(ADD, 99, message_id) == n * 10


async def test_a_redelivered_message_in_the_same_group_keeps_its_place(database: Database) -> None:
    """A late copy of the older message must not overtake the newer one."""
    votes = await installed(database)
    results = await asyncio.gather(
        votes.cast(vote("m1", "ana", 1)), votes.cast(vote("m2", "ana", 2)), votes.cast(vote("m1", "ana", 1))
    )

    assert [result.code for result in results] == ["counted", "changed", "counted"]
    assert (await votes.counts(POLL.id)).votes == {1: 0, 2: 1}


async def test_outcomes_are_kept_as_long_as_asked(database: Database, clock: Clock) -> None:
    await database.writer.write(ADD, 1, "old")
    clock.passes(hours=1)
    await database.writer.write(ADD, 2, "new")
    await database.forget_outcomes(clock.now)
    async with database.reading() as connection:
        assert len((await connection.execute(select(outcomes))).all()) == 1

    assert await database.writer.write(ADD, 3, "new") == 20
    assert await database.writer.write(ADD, 4, "old") == 40


async def test_too_many_waiting_are_told_to_come_back(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer_module, "MOST_WAITING", 10)
    done = await asyncio.gather(*(database.writer.write(ADD, n) for n in range(1, 21)), return_exceptions=True)

    assert sum(isinstance(result, Unavailable) for result in done) == 10
    assert len(await stored(database)) == 10
    assert await database.writer.write(ADD, 99) == 990


async def test_closing_waits_for_what_is_under_way(database: Database) -> None:
    writes = [asyncio.create_task(database.writer.write(ADD, n)) for n in range(1, 50)]
    await asyncio.sleep(0)
    await database.writer.close()

    assert all(write.done() or not write.cancelled() for write in writes)
    assert len(await stored(database)) == 49
    await asyncio.gather(*writes)


@asynccontextmanager
async def locked_out(database: Database) -> AsyncIterator[None]:
    """The database refuses to write: another program holds the SQLite file; the PostgreSQL server is read-only."""
    if database.is_sqlite:
        event.listen(database._writing.sync_engine, "connect", _impatient)
        database._writing.sync_engine.dispose()
        other = Database(database.url.render_as_string(), Clock())
        with other._writing.sync_engine.begin():
            yield
        await other.close()
        return
    engine = database._writing.sync_engine
    event.listen(engine, "begin", _read_only)
    yield
    event.remove(engine, "begin", _read_only)


def _impatient(connection: object, _record: object) -> None:
    cursor = connection.cursor()  # type: ignore[attr-defined]
    cursor.execute("PRAGMA busy_timeout=20")
    cursor.close()


def _read_only(connection: object) -> None:
    connection.exec_driver_sql("SET TRANSACTION READ ONLY")  # type: ignore[attr-defined]


async def test_an_operational_fault_is_an_outage_for_everybody_in_the_group(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    async with locked_out(database):
        done = await asyncio.gather(
            *(database.writer.write(ADD, n, f"m{n}") for n in range(1, 6)), return_exceptions=True
        )
    assert [type(result) for result in done] == [Unavailable] * 5
    assert caplog.text.count("refused a write") == 1
    assert "m1" not in caplog.text

    assert await database.writer.write(ADD, 1, "m1") == 10
    assert await stored(database) == {1}


async def test_votes_of_a_missing_poll_fail_alone(database: Database) -> None:
    votes = await installed(database)
    done = await asyncio.gather(
        votes.cast(vote("m1", "ana", 1)),
        votes.cast(vote("m2", "ben", 1, poll="nowhere")),
        votes.cast(vote("m3", "cai", 2)),
        return_exceptions=True,
    )

    assert isinstance(done[1], Exception)
    assert (await votes.counts(POLL.id)).votes == {1: 1, 2: 1}
