"""INSERT ... ON CONFLICT, which both engines have and SQLAlchemy offers per engine."""

from importlib import import_module
from typing import Any

from sqlalchemy import Connection, Table


def upsert(connection: Connection, table: Table) -> Any:
    """An insert for `table` that has on_conflict_do_update and on_conflict_do_nothing."""
    dialect = import_module(f"sqlalchemy.dialects.{connection.dialect.name}")  # the one in use is loaded already
    return dialect.insert(table)
