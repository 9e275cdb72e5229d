import asyncio
from collections.abc import Set

import pytest

from bot.context import Unavailable
from bot.storage.reads import GROUP_SIZE, GroupedRead


class Table:
    """A table whose statements take a while; what a statement sees is fixed when it begins."""

    def __init__(self) -> None:
        self.rows = {"a": 1, "b": 2}
        self.statements: list[set[str]] = []
        self.broken = False

    async def read(self, keys: Set[str]) -> dict[str, int]:
        self.statements.append(set(keys))
        found = {key: self.rows[key] for key in keys & self.rows.keys()}
        await asyncio.sleep(0.05)
        if self.broken:
            raise Unavailable
        return found


async def test_who_asks_at_once_shares_a_statement() -> None:
    table = Table()
    reads = GroupedRead(table.read)
    assert await asyncio.gather(*map(reads.get, ("a", "b", "nobody", "a"))) == [1, 2, None, 1]
    assert table.statements == [{"a", "b", "nobody"}]


async def test_a_late_asker_is_not_served_from_a_statement_that_began_before() -> None:
    table = Table()
    reads = GroupedRead(table.read)
    early = asyncio.create_task(reads.get("a"))
    await asyncio.sleep(0.005)
    assert table.statements == [{"a"}]
    table.rows["a"] = 5
    assert await reads.get("a") == 5
    assert await early == 1


async def test_a_fault_reaches_all_and_the_next_read_works() -> None:
    table = Table()
    reads = GroupedRead(table.read)
    table.broken = True
    results = await asyncio.gather(reads.get("a"), reads.get("b"), return_exceptions=True)
    assert [type(result) for result in results] == [Unavailable, Unavailable]
    table.broken = False
    assert await reads.get("a") == 1


async def test_who_goes_away_disturbs_nobody() -> None:
    table = Table()
    reads = GroupedRead(table.read)
    gone, stays = asyncio.create_task(reads.get("a")), asyncio.create_task(reads.get("b"))
    await asyncio.sleep(0)
    gone.cancel()
    assert await stays == 2
    with pytest.raises(asyncio.CancelledError):
        await gone


async def test_more_than_a_group_goes_in_several_statements() -> None:
    table = Table()
    reads = GroupedRead(table.read)
    await asyncio.gather(*(reads.get(str(number)) for number in range(GROUP_SIZE + 1)))
    assert [len(keys) for keys in table.statements] == [GROUP_SIZE, 1]
