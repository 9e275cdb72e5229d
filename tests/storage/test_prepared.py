import asyncio
from collections.abc import Sequence

import pytest
from sqlalchemy import Connection, bindparam, insert, select
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from bot.storage.database import Database
from bot.storage.prepared import Change, Finding
from bot.storage.tables import options
from bot.storage.writer import Kind

ADD = Change(lambda _: insert(options))
NAMES = Finding(select(options.c.number, options.c.name).where(options.c.number.in_(bindparam("keys", expanding=True))))
OF_POLL = Finding(select(options.c.name).where(options.c.poll == bindparam("poll")))

WAITED_SECONDS = 5


def _add(connection: Connection, numbers: Sequence[int]) -> list[int]:
    ADD.run(connection, [{"poll": 1, "number": n, "name": str(n)} for n in numbers])
    return list(numbers)


def _add_without_name(connection: Connection, numbers: Sequence[int]) -> list[int]:
    ADD.run(connection, [{"poll": 1, "number": n} for n in numbers])
    return list(numbers)


def _find(connection: Connection, counts: Sequence[int]) -> list[str]:
    return [",".join(row.name for row in NAMES.rows(connection, list(range(1, count + 1)))) for count in counts]


async def test_what_is_changed_is_found_by_any_number_of_keys(database: Database) -> None:
    await asyncio.gather(*(database.writer.write(Kind("add", int, _add), n) for n in range(1, 10)))
    found = await database.writer.write(Kind("find", str, _find), 5)
    assert sorted(found.split(",")) == ["1", "2", "3", "4", "5"]
    assert await database.writer.write(Kind("find", str, _find), 1) == "1"


async def test_what_is_found_has_its_columns_by_name(database: Database) -> None:
    await database.writer.write(Kind("add", int, _add), 7)

    def names(connection: Connection, polls: Sequence[int]) -> list[list[str]]:
        return [[row.name for row in OF_POLL.rows(connection, poll=poll)] for poll in polls]

    assert await database.writer.write(Kind("names", list, names), 1) == ["7"]
    assert await database.writer.write(Kind("names", list, names), 2) == []


async def test_a_key_that_is_there_already_is_the_drivers_fault_by_its_known_name(database: Database) -> None:
    await database.writer.write(Kind("add", int, _add), 7)
    with pytest.raises(DBAPIError):
        await database.writer.write(Kind("add", int, _add), 7)


async def test_a_mistake_in_a_statement_leaves_nobody_waiting(database: Database) -> None:
    with pytest.raises((SQLAlchemyError, KeyError)):
        async with asyncio.timeout(WAITED_SECONDS):
            await database.writer.write(Kind("add-badly", int, _add_without_name), 7)
    assert await database.writer.write(Kind("add", int, _add), 7) == 7
