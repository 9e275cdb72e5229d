"""Statements that run all the time: on SQLite compiled once and handed to the driver.

SQLAlchemy takes ten times as long over such a statement, and twice as long over each of its rows, as SQLite does.
"""

import sqlite3
from collections import namedtuple
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property, lru_cache
from itertools import starmap
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, Select
from sqlalchemy.dialects.sqlite import dialect as sqlite
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql import ClauseElement

_SQLITE = sqlite(paramstyle="named")
_SQLITE_BY_PLACE = sqlite(paramstyle="qmark")

Parameters = Mapping[str, object]


class Change:
    """A statement that changes rows. `build` makes it for an engine, by the name of its dialect.

    All its parameters come with the rows: constants are to be literal.
    """

    def __init__(self, build: Callable[[str], Any]) -> None:
        self._built = lru_cache(build)

    def run(self, connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
        """Once for each row of parameters, all of which have the same names."""
        if connection.dialect.name == "sqlite":
            sql, in_order = self._for_driver
            _in_driver(connection, sqlite3.Connection.executemany, sql, map(in_order, rows))
        else:
            connection.execute(self._built(connection.dialect.name), rows)

    @cached_property
    def _for_driver(self) -> tuple[str, Callable[[Mapping[str, Any]], tuple[Any, ...]]]:
        """The statement with its parameters by place, which the driver binds faster than by name; what puts them so."""
        compiled = self._built("sqlite").compile(dialect=_SQLITE_BY_PLACE)
        names = compiled.positiontup
        return str(compiled), itemgetter(*names) if len(names) > 1 else lambda row: (row[names[0]],)


class Finding:
    """A query. Where it has a parameter `keys`, an expanding one, it finds the rows of a whole group at once."""

    def __init__(self, statement: Select[*tuple[Any, ...]]) -> None:
        self._statement = statement
        self._row = namedtuple("Found", statement.selected_columns.keys())  # type: ignore[misc]  # its names come late
        self._sql = lru_cache(self._compile)

    def rows(self, connection: Connection, keys: Sequence[object] = (), **parameters: object) -> list[Any]:
        """The rows, their columns by name."""
        if connection.dialect.name == "sqlite":
            sql, given = self._for_driver(keys, parameters)
            return list(starmap(self._row, _in_driver(connection, sqlite3.Connection.execute, sql, given)))
        return list(starmap(self._row, connection.execute(self._statement, _given(keys, parameters))))

    def _for_driver(self, keys: Sequence[object], parameters: Parameters) -> tuple[str, Parameters]:
        names, sql = self._sql(_padded(len(keys)))
        filled = [*keys, *[keys[-1]] * (len(names) - len(keys))] if keys else ()
        return sql, {**parameters, **dict(zip(names, filled, strict=True))}

    def _compile(self, count: int) -> tuple[tuple[str, ...], str]:
        """The names of so many keys, and the statement with them."""
        params = self._statement.compile(dialect=_SQLITE).params
        named = {name: value for name, value in params.items() if value is None}
        statement = self._statement.params(named | ({"keys": [b""] * count} if count else {}))
        return tuple(f"keys_{number}" for number in range(1, count + 1)), _compiled(statement)


def _given(keys: Sequence[object], parameters: Parameters) -> dict[str, object]:
    return {**parameters, **({"keys": keys} if keys else {})}


def _padded(count: int) -> int:
    """The power of two that holds so many: a statement of a few sizes stays known to SQLite."""
    return 1 << (count - 1).bit_length() if count else 0


def _compiled(statement: ClauseElement) -> str:
    return str(statement.compile(dialect=_SQLITE, compile_kwargs={"render_postcompile": True}))


def _in_driver(
    connection: Connection, run: Callable[..., sqlite3.Cursor], sql: str, parameters: object
) -> sqlite3.Cursor:
    with _faults_of(sql):
        return run(connection.connection.driver_connection, sql, parameters)


@contextmanager
def _faults_of(sql: str) -> Iterator[None]:
    """What the driver raises, as SQLAlchemy would."""
    try:
        yield
    except sqlite3.Error as fault:
        raise DBAPIError.instance(sql, None, fault, sqlite3.Error, hide_parameters=True) from fault
