"""What a channel keeps for itself, on both engines."""

import asyncio
from datetime import datetime, timedelta

from bot.storage.channels import ChannelRecords, Rule
from bot.storage.database import Database
from bot.storage.people import PeopleStore
from tests.storage.samples import AT, message


def adding(letter: bytes, until: datetime | None = None) -> Rule:
    return lambda state: (state + letter, until, (state + letter).decode())


async def test_a_state_is_changed_by_rules(database: Database) -> None:
    records = ChannelRecords(database, "wechat")
    assert await records.read("ana") == b""
    assert await records.change("ana", adding(b"a")) == "a"
    assert await records.change("ana", adding(b"b")) == "ab"
    assert await records.change("", adding(b"c")) == "c"
    assert (await records.read("ana"), await records.read()) == (b"ab", b"c")
    assert await ChannelRecords(database, "other").read("ana") == b""


async def test_changes_of_one_commit_see_each_other(database: Database) -> None:
    records = ChannelRecords(database, "wechat")
    users = ("ana", "ben") * 50
    seen = await asyncio.gather(*(records.change(user, adding(b"x")) for user in users))
    assert sorted(map(len, seen)) == sorted([*range(1, 51), *range(1, 51)])


async def test_a_known_message_changes_nothing(database: Database) -> None:
    records = ChannelRecords(database, "wechat")
    for _ in range(3):
        assert await records.change("ana", adding(b"a"), "wx:1") == "a"
    assert await records.read("ana") == b"a"


async def test_what_is_empty_is_deleted(database: Database) -> None:
    records = ChannelRecords(database, "wechat")
    await records.change("ana", adding(b"a"))
    await asyncio.gather(records.change("ana", lambda _: (b"", None, "")), records.change("ben", adding(b"b")))
    assert (await records.read("ana"), await records.read("ben")) == (b"", b"b")


async def test_what_has_expired_is_forgotten(database: Database) -> None:
    records = ChannelRecords(database, "wechat")
    await records.change("ana", adding(b"a", AT + timedelta(hours=1)))
    await records.change("ben", adding(b"b", AT + timedelta(hours=2)))
    await records.change("", adding(b"c"))
    await records.forget_expired(AT + timedelta(hours=1))
    assert [await records.read(user) for user in ("ana", "ben", "")] == [b"", b"b", b"c"]


async def test_forgetting_a_person_forgets_it_too(database: Database) -> None:
    records = ChannelRecords(database, "wechat")
    await records.change("ana", adding(b"a"))
    await records.change("ben", adding(b"b"))
    await PeopleStore(database).forget(message("wx:1", "ana", channel="wechat").sender, AT, "wx:1")
    assert (await records.read("ana"), await records.read("ben")) == (b"", b"b")


async def test_two_processes_change_one_after_the_other(two_processes: list[Database]) -> None:
    records = [ChannelRecords(database, "wechat") for database in two_processes]
    await asyncio.gather(*(one.change("ana", adding(b"x")) for one in records * 100))
    assert await records[0].read("ana") == b"x" * 200
