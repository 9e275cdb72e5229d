"""One writing process per SQLite file."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from bot.storage.database import database_url


class InUse(Exception):
    """Another process writes to this database."""


@contextmanager
def exclusive(url: str) -> Iterator[None]:
    """Hold the lock beside a SQLite database; PostgreSQL needs none. Raises InUse."""
    address = database_url(url)
    if address.get_backend_name() != "sqlite" or not address.database:
        yield
        return
    path = Path(f"{address.database}.lock")
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(path, timeout=0):
            yield
    except Timeout as fault:
        raise InUse(str(path)) from fault
