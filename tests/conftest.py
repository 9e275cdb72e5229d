"""What all tests share: both database engines, a clock that stands still until told, and no way out to the network."""

import asyncio
import os
import secrets
import shutil
import sys
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from bot.storage.database import Database

pytest_plugins = ("tests.secrets_in_logs",)

POSTGRES = os.environ.get("TEST_POSTGRES_URL", "postgresql://postgres@127.0.0.1:5432/postgres")
# Emptying the tables takes a tenth of the time of making them anew.
_EMPTIED = """DO $$ BEGIN
IF to_regclass('alembic_version') IS NOT NULL THEN
    EXECUTE (SELECT 'TRUNCATE ' || string_agg(quote_ident(tablename), ',') || ' RESTART IDENTITY'
             FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version');
END IF; END $$"""
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1", "0.0.0.0", "::", "", None})


def _forbid_the_network(event: str, arguments: tuple[Any, ...]) -> None:
    """An audit hook: every connection and look-up of this process passes here."""
    if event in {"socket.connect", "socket.sendto"}:
        address = arguments[1]
        host = address[0] if isinstance(address, tuple) else None  # a unix socket has a path
    elif event == "socket.getaddrinfo":
        host = arguments[0].decode() if isinstance(arguments[0], bytes) else arguments[0]
    else:
        return
    if host not in _LOOPBACK:
        raise AssertionError(f"a test reaches out to {host}; tests talk to the loopback only")


sys.addaudithook(_forbid_the_network)


class Clock:
    """Time as an argument: it passes when a test says so."""

    def __init__(self, now: datetime = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def passes(self, **amount: float) -> datetime:
        self.now += timedelta(**amount)
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The URL of a PostgreSQL database of this run's own."""
    name = f"haowangmin_{secrets.token_hex(6)}"
    try:
        asyncio.run(_execute(POSTGRES, f'CREATE DATABASE "{name}"'))
        asyncio.run(_execute(POSTGRES, f'ALTER DATABASE "{name}" SET synchronous_commit = off'))  # only for speed
    except (OSError, asyncpg.PostgresError) as fault:
        pytest.skip(f"no PostgreSQL to test with ({type(fault).__name__}): start one or set TEST_POSTGRES_URL")
    yield POSTGRES.rpartition("/")[0] + f"/{name}"
    asyncio.run(_execute(POSTGRES, f'DROP DATABASE "{name}" WITH (FORCE)'))


async def _execute(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database without a row in it, on each engine."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/bot.db"
    url: str = request.getfixturevalue("postgres")
    asyncio.run(_execute(url, _EMPTIED))
    return url


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with every table and no row: a copy takes a twentieth of the time of making them anew."""
    file = tmp_path_factory.mktemp("migrated") / "empty.db"
    asyncio.run(_migrate(f"sqlite:///{file}"))
    return file


async def _migrate(url: str) -> None:
    database = Database(url, Clock())
    await database.migrate()
    await database.close()


@pytest.fixture
async def database(database_url: str, migrated: Path, clock: Clock) -> AsyncIterator[Database]:
    """A migrated database, on each engine."""
    if database_url.startswith("sqlite"):
        shutil.copy(migrated, database_url.removeprefix("sqlite:///"))
    database = Database(database_url, clock)
    await database.migrate()
    yield database
    await database.close()


@pytest.fixture
async def two_processes(postgres: str, clock: Clock) -> AsyncIterator[list[Database]]:
    """Two services on one PostgreSQL database: a Database shares nothing with another."""
    await _execute(postgres, _EMPTIED)
    databases = [Database(postgres, clock), Database(postgres, clock)]
    await databases[0].migrate()
    yield databases
    for database in databases:
        await database.close()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """One line for each reason why tests were skipped, however many they are."""
    reasons = {report.longrepr[2] for report in terminalreporter.stats.get("skipped", [])}
    for reason in sorted(reasons):
        terminalreporter.write_line(reason)
