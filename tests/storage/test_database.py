import asyncio
import shutil
import sqlite3
import sys
from pathlib import Path

import asyncpg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import DBAPIError, OperationalError

from bot.context import Unavailable
from bot.storage.database import BUSY_TIMEOUT_MS, Database, DatabaseMissing, database_url
from bot.storage.faults import Cause, cause_of, is_outage
from bot.storage.tables import metadata
from bot.storage.votes import Votes
from tests.conftest import Clock
from tests.storage.samples import POLL, installed, vote

MIGRATE = """
import asyncio, sys
from datetime import UTC, datetime
from bot.storage.database import Database
async def migrate():
    database = Database(sys.argv[1], lambda: datetime.now(UTC))
    sys.stdin.readline()
    await database.migrate()
    await database.close()
asyncio.run(migrate())
"""


def differences(connection: Connection) -> list[object]:
    context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
    return list(compare_metadata(context, metadata))


def primary_keys(connection: Connection) -> dict[str, list[str]]:
    inspector = inspect(connection)
    return {name: inspector.get_pk_constraint(name)["constrained_columns"] for name in metadata.tables}


async def wiped(url: str) -> None:
    """Not even the tables are left."""
    connection = await asyncpg.connect(url)
    await connection.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    await connection.close()


async def test_the_migrations_make_the_tables_that_the_code_speaks_of(database_url: str, clock: Clock) -> None:
    if database_url.startswith("postgresql"):
        await wiped(database_url)
    database = Database(database_url, clock)
    await database.migrate()
    async with database.reading() as connection:
        assert await connection.run_sync(differences) == []
        keys = await connection.run_sync(primary_keys)
    await database.close()
    assert keys == {name: [c.name for c in table.primary_key] for name, table in metadata.tables.items()}


async def test_migrating_again_changes_nothing(database: Database) -> None:
    votes = await installed(database)
    await votes.cast(vote("m1", "ana", 1))

    await database.migrate()

    assert (await votes.counts(POLL.id)).votes == {1: 1}


@pytest.mark.postgres
async def test_two_processes_migrate_one_database(postgres: str, clock: Clock) -> None:
    await wiped(postgres)
    processes = [
        await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", MIGRATE, postgres), stdin=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
        )
        for _ in range(2)
    ]
    ended = await asyncio.gather(*(process.communicate(b"\n") for process in processes))

    assert [process.returncode for process in processes] == [0, 0], ended
    database = Database(postgres, clock)
    async with database.reading() as reading:
        assert await reading.run_sync(differences) == []
    await database.close()


@pytest.fixture
async def sqlite(tmp_path: Path, clock: Clock) -> Database:
    return Database(f"sqlite:///{tmp_path}/bot.db", clock)


async def test_sqlite_writes_as_durably_as_promised(sqlite: Database) -> None:
    await sqlite.migrate()
    names = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
    pragmas = await sqlite._writing.transact(
        lambda connection: {name: connection.scalar(text(f"PRAGMA {name}")) for name in names}
    )
    await sqlite.close()

    full = 2
    expected = {"journal_mode": "wal", "synchronous": full, "foreign_keys": 1, "busy_timeout": BUSY_TIMEOUT_MS}
    assert pragmas == expected


@pytest.mark.parametrize("statement", ["DELETE FROM polls", "CREATE TABLE t (x)", "PRAGMA wal_checkpoint(TRUNCATE)"])
async def test_sqlite_readers_cannot_write(sqlite: Database, tmp_path: Path, statement: str) -> None:
    await sqlite.migrate()
    await (await installed(sqlite)).cast(vote("m1", "ana", 1))
    logged = (tmp_path / "bot.db-wal").read_bytes()

    with pytest.raises((Unavailable, OperationalError)):
        async with sqlite.reading() as connection:
            await connection.execute(text(statement))

    assert (tmp_path / "bot.db-wal").read_bytes() == logged
    await sqlite.close()


@pytest.mark.parametrize("folder", ["plain", "数据 folder", "100% sure", "a#b", "a&b=c"])
async def test_sqlite_in_a_folder_of_any_name(tmp_path: Path, clock: Clock, folder: str) -> None:
    database = Database(f"sqlite:///{tmp_path}/{folder}/bot.db", clock)
    await database.migrate()
    votes = await installed(database)
    await votes.cast(vote("m1", "ana", 1))

    assert (await votes.counts(POLL.id)).votes == {1: 1}
    assert (tmp_path / folder / "bot.db").is_file()
    await database.close()


async def test_what_a_killed_process_left_behind_can_be_read(sqlite: Database, tmp_path: Path, clock: Clock) -> None:
    await sqlite.migrate()
    await (await installed(sqlite)).cast(vote("m1", "ana", 1))
    (tmp_path / "left").mkdir()
    for name in ("bot.db", "bot.db-wal"):  # the bytes on disk at this instant, without the shared memory
        shutil.copy(tmp_path / name, tmp_path / "left" / name)
    await sqlite.close()

    left = Database(f"sqlite:///{tmp_path}/left/bot.db", clock)
    recount = await Votes(left).recount(POLL.id)
    await left.close()

    assert recount
    assert (recount.match, recount.ballots) == (True, 1)


async def test_a_reader_works_beside_the_closed_database(sqlite: Database, clock: Clock) -> None:
    await sqlite.migrate()
    await (await installed(sqlite)).cast(vote("m1", "ana", 1))
    await sqlite.close()

    reader = Database(sqlite.url.render_as_string(), clock)
    recount = await Votes(reader).recount(POLL.id)
    await reader.close()

    assert recount
    assert recount.match


async def test_reading_before_there_is_a_database(sqlite: Database) -> None:
    with pytest.raises(DatabaseMissing):
        await Votes(sqlite).recount(POLL.id)
    await sqlite.close()


async def test_a_snapshot_does_not_see_what_comes_later(database: Database) -> None:
    votes = await installed(database)
    async with database.snapshot() as connection:
        count = text("SELECT count(*) FROM ledger")
        before = await connection.scalar(count)
        await votes.cast(vote("m1", "ana", 1))
        assert await connection.scalar(count) == before == 0
    async with database.reading() as connection:
        assert await connection.scalar(count) == 1


@pytest.mark.parametrize(
    ("given", "driver"),
    [
        ("sqlite:///x.db", "sqlite+aiosqlite"),
        ("postgres://u@h/d", "postgresql+asyncpg"),
        ("postgresql://u@h/d", "postgresql+asyncpg"),
        ("postgresql+psycopg2://u@h/d", "postgresql+asyncpg"),
    ],
)
def test_addresses_get_our_drivers(given: str, driver: str) -> None:
    assert database_url(given).drivername == driver


@pytest.mark.parametrize("given", ["mysql://u@h/d", "oracle://h/d"])
def test_other_databases_are_refused(given: str) -> None:
    with pytest.raises(ValueError, match="no such database"):
        database_url(given)


@pytest.mark.postgres
async def test_the_sslmode_of_hosted_databases_is_understood(postgres: str, clock: Clock) -> None:
    database = Database(f"{postgres}?sslmode=disable", clock)
    await database.migrate()
    await database.check()
    await database.close()


@pytest.mark.postgres
async def test_after_the_server_was_away_all_goes_on(postgres: str, clock: Clock) -> None:
    database = Database(postgres, clock)
    await database.migrate()
    votes = await installed(database)
    await votes.cast(vote("m1", "ana", 1))
    await votes.counts(POLL.id)
    await hang_up(postgres)

    await votes.cast(vote("m2", "ben", 1))
    counts = await votes.counts(POLL.id)
    await database.close()

    assert counts.votes == {1: 2}


async def hang_up(url: str) -> None:
    """The server ends all connections to this database, as it does when it restarts."""
    connection = await asyncpg.connect(url)
    await connection.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    await connection.close()


async def test_a_server_that_does_not_answer_is_an_outage(clock: Clock) -> None:
    database = Database("postgresql://nobody@127.0.0.1:1/none", clock)
    votes = Votes(database)
    with pytest.raises(Unavailable):
        await votes.cast(vote("m1", "ana", 1))
    with pytest.raises(Unavailable):
        await votes.counts(POLL.id)
    await database.close()


async def test_a_file_whose_beginning_is_overwritten_is_an_outage(tmp_path: Path, clock: Clock) -> None:
    file = tmp_path / "damaged.db"
    database = Database(f"sqlite:///{file}", clock)
    await database.migrate()
    votes = await installed(database)
    with sqlite3.connect(file) as other:
        other.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    with file.open("r+b") as damaged:
        damaged.write(b"not what was written " * 400)
    with pytest.raises(Unavailable, match="its file is damaged"):
        await votes.cast(vote("m1", "ana", 1))
    with pytest.raises(Unavailable, match="its file is damaged"):
        await votes.counts(POLL.id)
    with pytest.raises(Unavailable, match="its file is damaged"):
        await database.check()
    await database.close()


class Refusal(Exception):
    """As asyncpg's own, which has the code of appendix A."""

    def __init__(self, sqlstate: str) -> None:
        super().__init__()
        self.sqlstate = sqlstate


@pytest.mark.parametrize(
    ("sqlstate", "cause"),
    [
        ("40P01", Cause.SILENT),
        ("40001", Cause.SILENT),
        ("55P03", Cause.SILENT),
        ("XX001", Cause.DAMAGED),
        ("53100", Cause.FULL),
        ("XX000", None),
        ("23505", None),
    ],
)
def test_what_may_work_later_is_an_outage(sqlstate: str, cause: Cause | None) -> None:
    fault = DBAPIError("", None, Refusal(sqlstate))
    assert is_outage(fault) is (cause is not None)
    if cause:
        assert cause_of(fault) is cause
