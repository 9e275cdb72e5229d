from collections.abc import AsyncIterator

import httpx
import pytest

from tests.channels.wechat.served import Counter, channel_of, client_of


@pytest.fixture
def counter() -> Counter:
    return Counter()


@pytest.fixture
async def client(counter: Counter) -> AsyncIterator[httpx.AsyncClient]:
    channel = channel_of(counter)
    async with client_of(channel) as client:
        yield client
    await channel.close()
