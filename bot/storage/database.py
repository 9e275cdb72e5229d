"""Opens the database: one writing connection, readers apart, the schema brought up to date."""

import asyncio
import math
import time
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import URL, Connection, create_engine, event, inspect, make_url, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from bot.storage.faults import outages
from bot.storage.writer import FORGET_OUTCOMES, PULSE, Done, Writer

MIGRATIONS = Path(__file__).with_name("migrations")
READERS = 4
BUSY_TIMEOUT_MS = 5000
# However often somebody asks how the database is, it is written to for that no more often.
PULSE_SECONDS = 5.0
# Votes touch pages all over the tables: with SQLite's own 2 MiB and a checkpoint every 1,000 pages, many are read again
# and copied over and over. Pages have 4 KiB.
CACHE_KIB = 32768
CHECKPOINT_PAGES = 8000
# Any number will do that no other program takes for its advisory lock in the same PostgreSQL database.
_MIGRATION_LOCK = 0x68_61_6F_77
_DRIVERS = {
    "sqlite": "sqlite+aiosqlite",
    "postgres": "postgresql+asyncpg",
    "postgresql": "postgresql+asyncpg",
}


class DatabaseMissing(Exception):
    """There is no SQLite file yet to read from."""


class UnknownSchema(Exception):
    """The schema has a revision that this program does not know: it is newer, or another program's."""


class DatabaseUnusable(Exception):
    """The database cannot be opened, or is none of ours; the message says which one and why, without a password."""


class Database:
    """`writer` takes all writes; `reading` gives a connection for reads, `look_up` is for those that never end."""

    def __init__(self, url: str, clock: Callable[[], datetime]) -> None:
        self.url = database_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self._writing = SqliteWriting(self.url) if self.is_sqlite else NetworkWriting(self.url)
        self._reading = _reading_engine(self.url)
        self._looking_up = SqliteReading(self.url) if self.is_sqlite else None
        self.writer = Writer(self._writing.transact, clock)
        self._written_at = -math.inf

    async def migrate(self) -> None:
        """Bring the schema up to date, one process at a time. Raises DatabaseUnusable."""
        with self._faults_named():
            if self.is_sqlite and self.url.database:
                Path(self.url.database).parent.mkdir(parents=True, exist_ok=True)
            await self._writing.transact(_migrate)

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """A connection on which each statement sees what is committed. Raises Unavailable."""
        with outages():
            async with self._reading.connect() as connection:
                yield connection

    async def look_up(self, look: Callable[[Connection], Done]) -> Done:
        """What `look` finds, on SQLite in one call into the thread of its connection. Raises Unavailable."""
        with outages():
            if self._looking_up:
                return await self._looking_up.look_up(look)
            async with self._reading.connect() as connection:
                return await connection.run_sync(look)

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[AsyncConnection]:
        """A connection on which all statements see the same instant. Raises DatabaseMissing, DatabaseUnusable."""
        self._check_that_it_exists()
        with self._faults_named():
            async with self._reading.connect() as connection:
                begin = "BEGIN" if self.is_sqlite else "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
                await connection.exec_driver_sql(begin)
                try:
                    yield connection
                finally:
                    await connection.exec_driver_sql("ROLLBACK")

    @contextmanager
    def _faults_named(self) -> Iterator[None]:
        try:
            yield
        except (DBAPIError, UnknownSchema, OSError) as fault:
            where = self.url.render_as_string(hide_password=True)
            raise DatabaseUnusable(f"{where}: {getattr(fault, 'orig', fault)}") from fault

    def _check_that_it_exists(self) -> None:
        if self.is_sqlite and not Path(self.url.database or "").is_file():
            raise DatabaseMissing(self.url.database)

    async def check(self) -> None:
        """Read, and now and then write: a full disk can be read. Raises Unavailable, which says why."""
        async with self.reading() as connection:
            await connection.execute(text("SELECT 1"))
        if time.monotonic() - self._written_at >= PULSE_SECONDS:
            await self.writer.write(PULSE, None)
            self._written_at = time.monotonic()

    async def forget_outcomes(self, before: datetime) -> None:
        """Drop the outcomes of messages that are too old to be delivered again."""
        await self.writer.write(FORGET_OUTCOMES, before)

    async def close(self) -> None:
        await self.writer.close()
        await self._reading.dispose()
        if self._looking_up:
            await self._looking_up.close()
        await self._writing.close()


def database_url(text: str) -> URL:
    """The URL with the driver that we use: `sqlite:///x.db`, `postgresql://...`. Raises ValueError for others."""
    url = make_url(text)
    driver = _DRIVERS.get(url.get_backend_name())
    if not driver:
        raise ValueError(f"no such database: {url.get_backend_name()}; use sqlite:///FILE or postgresql://...")
    query = {"ssl" if name == "sslmode" else name: value for name, value in url.query.items()}  # as asyncpg calls it
    return url.set(drivername=driver, query=query)


def _is_newest(connection: Connection) -> bool:
    """Whether the schema's revision is that of the last migration file, which begins with its number."""
    if not inspect(connection).has_table("alembic_version"):
        return False
    newest = max(file.name for file in (MIGRATIONS / "versions").glob("[0-9]*.py"))
    revision = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return bool(revision) and newest.startswith(f"{revision}_")


class SqliteWriting:
    """The one connection that writes, in a thread of its own: a group of writes is one call into it."""

    def __init__(self, url: URL) -> None:
        self._thread = ThreadPoolExecutor(1, "sqlite-writer")
        self.sync_engine = create_engine(url.set(drivername="sqlite+pysqlite"), hide_parameters=True, pool_size=1)
        event.listen(self.sync_engine, "connect", _prepare_writer)
        event.listen(self.sync_engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))

    async def transact(self, work: Callable[[Connection], Done]) -> Done:
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._run, work)

    async def close(self) -> None:
        await asyncio.get_running_loop().run_in_executor(self._thread, self.sync_engine.dispose)
        self._thread.shutdown()

    def _run(self, work: Callable[[Connection], Done]) -> Done:
        with self.sync_engine.begin() as connection:
            return work(connection)


class SqliteReading:
    """A connection for reads in a thread of its own: to take one from the pool costs more than what is looked up."""

    def __init__(self, url: URL) -> None:
        self._thread = ThreadPoolExecutor(1, "sqlite-reader")
        self._engine = create_engine(_read_only(url, "sqlite+pysqlite"), hide_parameters=True, **_WITHOUT_TRANSACTIONS)
        self._connection: Connection | None = None

    async def look_up(self, look: Callable[[Connection], Done]) -> Done:
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._run, look)

    async def close(self) -> None:
        await asyncio.get_running_loop().run_in_executor(self._thread, self._close)
        self._thread.shutdown()

    def _run(self, look: Callable[[Connection], Done]) -> Done:
        if self._connection is None:
            self._connection = self._engine.connect()
        return look(self._connection)

    def _close(self) -> None:
        if self._connection:
            self._connection.close()
        self._engine.dispose()


class NetworkWriting:
    """The one connection that writes to a database server; its statements go there and back."""

    def __init__(self, url: URL) -> None:
        self._engine = create_async_engine(url, hide_parameters=True, pool_size=1, max_overflow=0, pool_pre_ping=True)
        self.sync_engine = self._engine.sync_engine

    async def transact(self, work: Callable[[Connection], Done]) -> Done:
        async with self._engine.begin() as connection:
            return await connection.run_sync(work)

    async def close(self) -> None:
        await self._engine.dispose()


def _migrate(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MIGRATION_LOCK})
    if not _is_newest(connection):
        from bot.storage.schema import upgrade  # Alembic loads longer than a start may take

        upgrade(connection)


def _prepare_writer(dbapi_connection: Any, _record: Any) -> None:
    dbapi_connection.isolation_level = None  # we begin transactions ourselves, at once for writing
    cursor = dbapi_connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        f"busy_timeout={BUSY_TIMEOUT_MS}",
        f"cache_size=-{CACHE_KIB}",
        f"wal_autocheckpoint={CHECKPOINT_PAGES}",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _reading_engine(url: URL) -> AsyncEngine:
    is_file = url.get_backend_name() == "sqlite"
    return create_async_engine(
        _read_only(url, url.drivername) if is_file else url,
        hide_parameters=True,
        pool_size=READERS,
        max_overflow=0,  # opening a connection costs more than waiting for one
        pool_pre_ping=not is_file,  # a connection over the network may have died while it was idle
        **_WITHOUT_TRANSACTIONS,
    )


def _read_only(url: URL, driver: str) -> URL:
    """Readers commit nothing and never checkpoint: SQLite before 3.51.3 can lose data when two connections do."""
    query = {"mode": "ro", "uri": "true"}
    return url.set(drivername=driver, database=f"file:{quote(url.database or '')}", query=query)


# There is nothing to undo.
_WITHOUT_TRANSACTIONS: dict[str, Any] = {"isolation_level": "AUTOCOMMIT", "skip_autocommit_rollback": True}
