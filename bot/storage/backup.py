"""A consistent copy of a SQLite database beside the running service, and the way back."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path

import msgspec

from bot.domain.service import Backup
from bot.storage.database import DatabaseMissing, DatabaseUnusable, database_url
from bot.storage.schema import known_revisions

_OURS = frozenset({"alembic_version", "ledger", "ballots", "outcomes", "people"})
# SQLite, "File Naming Conventions": what belongs to a database of this name and must go where it goes.
_COMPANIONS = ("-wal", "-shm", "-journal")
_NOTE = ".last-backup"


class OtherEngine(Exception):
    """Not SQLite: its own tools copy it."""


class NoBackup(Exception):
    """The file is not a whole database of ours; the message says what is wrong."""


def copy(url: str, target: Path) -> None:
    """Write the database as it stands now to `target`, readable by its owner only.

    Raises OtherEngine, DatabaseMissing, DatabaseUnusable, OSError (FileExistsError for a target that is there). The
    target is there as a whole or not at all.
    """
    source = _file(url)
    if not source.is_file():
        raise DatabaseMissing(str(source))
    if target.exists():
        raise FileExistsError(str(target))
    with _whole_copy(source, target) as new:
        _rename(new, target)


def note(url: str, target: Path, at: datetime) -> None:
    """Write down beside the database that this copy of it was made. Raises OSError."""
    source = _file(url)
    file = source.with_name(source.name + _NOTE)
    new = file.with_name(f"{file.name}.{os.getpid()}.new")
    new.write_bytes(msgspec.json.encode(Backup(at, target.stat().st_size)))
    new.replace(file)


def last(url: str) -> Backup | None:
    """The last copy that was made here, as far as is known; of another engine nothing is."""
    try:
        source = _file(url)
        return msgspec.json.decode(source.with_name(source.name + _NOTE).read_bytes(), type=Backup)
    except (OtherEngine, OSError, msgspec.DecodeError):
        return None


def put_back(url: str, backup: Path, now: datetime) -> Path | None:
    """Put a copy in the place of the database; the caller holds the lock.

    Returns where the database that was there is kept, None when there was none. Raises OtherEngine, NoBackup,
    DatabaseUnusable, OSError.
    """
    place = _file(url)
    check(backup)
    place.parent.mkdir(parents=True, exist_ok=True)
    with _whole_copy(backup, place) as new:
        kept = _set_aside(place, now)
        _rename(new, place)
    return kept


def check(backup: Path) -> None:
    """Raises NoBackup for a file that is no whole database of ours, or of a newer version than this program."""
    if not backup.is_file():
        raise NoBackup("there is no such file")
    try:
        with closing(_reading(backup)) as connection:
            tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
            if not tables >= _OURS:
                raise NoBackup("it has other tables")
            (verdict,) = connection.execute("PRAGMA quick_check(1)").fetchone()
            revisions = {version for (version,) in connection.execute("SELECT version_num FROM alembic_version")}
    except sqlite3.Error as fault:
        raise NoBackup(str(fault)) from fault
    if verdict != "ok":
        raise NoBackup(f"it is damaged ({verdict})")
    if not revisions or not revisions <= known_revisions():
        raise NoBackup("it was made by a newer version of this program")


def _file(url: str) -> Path:
    address = database_url(url)
    if address.get_backend_name() != "sqlite":
        raise OtherEngine(address.get_backend_name())
    return Path(address.database or "")


def _reading(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)


@contextmanager
def _whole_copy(source: Path, target: Path) -> Iterator[Path]:
    """A copy next to `target` that only we may read, to be renamed; away again where that does not come about."""
    new = target.with_name(f"{target.name}.{os.getpid()}.new")
    os.close(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    try:
        with closing(_reading(source)) as connection:
            connection.execute("VACUUM INTO ?", (str(new),))  # one read transaction; writers go on
        yield new
    except sqlite3.Error as fault:
        raise DatabaseUnusable(f"{source}: {fault}") from fault
    finally:
        new.unlink(missing_ok=True)


def _rename(new: Path, target: Path) -> None:
    """Give the written file its name, on disk before and after."""
    _sync(new)
    new.replace(target)
    _sync(target.parent)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _set_aside(place: Path, now: datetime) -> Path | None:
    """Rename the database, with what belongs to it, after the instant."""
    if not place.exists():
        return None
    kept = place.with_name(f"{place.name}.before-{now:%Y%m%dT%H%M%S%f}")
    for suffix in ("", *_COMPANIONS):
        companion = place.with_name(place.name + suffix)
        if companion.exists():
            companion.rename(kept.with_name(kept.name + suffix))
    return kept
