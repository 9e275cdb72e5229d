"""Tells an outage of the database from a mistake of ours, and what kind of outage it is."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoFreeConnection

from bot.context import Unavailable


class Cause(StrEnum):
    """What keeps the database from its work, in words."""

    FULL = "its disk is full"
    READ_ONLY = "it can only be read"
    HELD = "another program holds it"
    DAMAGED = "its file is damaged"
    SILENT = "it does not answer"


# PostgreSQL, appendix A: connection lost, read-only after a failover, rolled back for another transaction (deadlock),
# out of resources, lock not available, shut down, system error, damaged.
_POSTGRES_OUTAGES = ("08", "25006", "40", "53", "55P03", "57", "58", "XX001", "XX002")
_SQLITE_OUTAGES = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_NOTADB,
        sqlite3.SQLITE_PERM,
        sqlite3.SQLITE_PROTOCOL,
    }
)
_SQLITE_CAUSES = {
    sqlite3.SQLITE_FULL: Cause.FULL,
    sqlite3.SQLITE_READONLY: Cause.READ_ONLY,
    sqlite3.SQLITE_BUSY: Cause.HELD,
    sqlite3.SQLITE_LOCKED: Cause.HELD,
    sqlite3.SQLITE_PROTOCOL: Cause.HELD,
    sqlite3.SQLITE_CORRUPT: Cause.DAMAGED,
    sqlite3.SQLITE_NOTADB: Cause.DAMAGED,
}
_POSTGRES_CAUSES = {"53100": Cause.FULL, "25006": Cause.READ_ONLY, "XX001": Cause.DAMAGED, "XX002": Cause.DAMAGED}


def is_outage(fault: BaseException) -> bool:
    """Whether the same statement may work later: the database is away, full, locked or out of connections."""
    if not isinstance(fault, DBAPIError):
        return isinstance(fault, OSError | NoFreeConnection)
    if isinstance(fault.orig, sqlite3.Error):
        code: int = getattr(fault.orig, "sqlite_errorcode", 0)  # the driver's own faults have none
        return code & 0xFF in _SQLITE_OUTAGES  # the low byte is the primary result code
    state = getattr(fault.orig, "sqlstate", None) or ""
    return fault.connection_invalidated or state.startswith(_POSTGRES_OUTAGES)


def cause_of(fault: BaseException) -> Cause:
    """Why, of a fault that is an outage."""
    original = getattr(fault, "orig", None)
    if isinstance(original, sqlite3.Error):
        return _SQLITE_CAUSES.get(getattr(original, "sqlite_errorcode", 0) & 0xFF, Cause.SILENT)
    return _POSTGRES_CAUSES.get(getattr(original, "sqlstate", None) or "", Cause.SILENT)


@contextmanager
def outages() -> Iterator[None]:
    """Inside, an outage of the database is raised as Unavailable."""
    try:
        yield
    except Exception as fault:
        if is_outage(fault):
            raise Unavailable(cause_of(fault)) from fault
        raise
