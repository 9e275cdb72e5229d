"""INSERT ... ON CONFLICT, which both engines have and SQLAlchemy offers per engine."""

from importlib import import_module
from typing import Any

from sqlalchemy import Connection, Table


def upsert(connection: Connection, table: Table) -> Any:
    """An insert for `table` that has on_conflict_do_update and on_conflict_do_nothing."""
    return upsert_in(connection.dialect.name, table)


def upsert_in(dialect: str, table: Table) -> Any:
    """The same for an engine, by the name of its dialect."""
    return import_module(f"sqlalchemy.dialects.{dialect}").insert(table)  # the one in use is loaded already
