from collections.abc import AsyncIterator

import httpx
import pytest

from tests.channels.wechat.served import Counter, channel_of, client_of
from tests.fakes.loopback import listening
from tests.fakes.wechat import FakeWeChat


@pytest.fixture
def counter() -> Counter:
    return Counter()


@pytest.fixture
async def client(counter: Counter) -> AsyncIterator[httpx.AsyncClient]:
    channel = channel_of(counter)
    async with client_of(channel) as client:
        yield client
    await channel.close()


@pytest.fixture
async def base(fake: FakeWeChat) -> AsyncIterator[str]:
    """Where a test's own fake of the platform's API listens."""
    async with listening(fake) as address:
        yield address
        fake.close()
