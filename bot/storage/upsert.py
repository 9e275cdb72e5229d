"""INSERT ... ON CONFLICT, which both engines have and SQLAlchemy offers per engine."""

from typing import Any

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection


def upsert(connection: AsyncConnection, table: Table) -> Any:
    """An insert for `table` that has on_conflict_do_update and on_conflict_do_nothing."""
    return sqlite.insert(table) if connection.dialect.name == "sqlite" else postgresql.insert(table)
