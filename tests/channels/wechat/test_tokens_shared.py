"""Two processes on one PostgreSQL database: one token, however they call."""

import asyncio

from bot.channels.wechat.client import Done
from bot.storage.database import Database
from tests.channels.wechat.test_client import HELLO, OPENID, Process
from tests.conftest import Clock
from tests.fakes.wechat import CUSTOM_SEND, QUOTA, FakeWeChat, Fault, listening


async def test_one_forces_a_token_and_the_other_takes_it(two_processes: list[Database], clock: Clock) -> None:
    fake = FakeWeChat(clock)
    fake.said(OPENID)
    async with listening(fake) as base:
        first, second = (Process(fake, base, database) for database in two_processes)
        fake.fail(CUSTOM_SEND, Fault(40001), times=2)
        await asyncio.gather(
            *(process.client.call(QUOTA, {"cgi_path": CUSTOM_SEND}, Done) for process in (first, second))
        )
        assert (await first.failure()).sent.reason == "token"
        await asyncio.gather(*(process.client.call(CUSTOM_SEND, HELLO, Done) for process in (first, second)))
        assert fake.fetches.count(True) == 1, "the platform allows one in 30 s"
        for process in (first, second):
            await process.client.close()
    assert fake.refused == []
