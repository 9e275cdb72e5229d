"""Pictures that people send to an Official Account: fetched from the platform's own address, and from no other."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from starlette.types import Receive, Scope, Send

from bot.channels.wechat.payloads import to_message
from bot.channels.wechat.photos import Photos
from bot.domain.photos import MAX_PHOTO_BYTES, NoPhoto, NotYet
from tests.channels.wechat import payloads_recorded as recorded
from tests.channels.wechat.official_account import NOW
from tests.channels.wechat.served import Counter, channel_of
from tests.fakes.loopback import listening

Answer = tuple[int, bytes]


class Platform:
    """Answers with what a test says; `asked` are the paths."""

    def __init__(self) -> None:
        self.answer: Answer = (200, b"a photo")
        self.asked: list[str] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.asked.append(scope["path"])
        status, body = self.answer
        headers: list[Any] = [(b"location", b"http://127.0.0.1/secret")] if 300 <= status < 400 else []
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})


@pytest.fixture
def platform() -> Platform:
    return Platform()


@pytest.fixture
async def address(platform: Platform) -> AsyncIterator[str]:
    async with listening(platform) as address:
        yield f"{address}/mmbiz_jpg/Kd6v2YbG8mVx/0"


@pytest.fixture
async def photos() -> AsyncIterator[Photos]:
    photos = Photos(hosts=("127.0.0.1",))
    yield photos
    await photos.close()


async def test_a_picture_is_fetched(photos: Photos, platform: Platform, address: str) -> None:
    assert await photos.fetch(address) == b"a photo"
    assert platform.asked == ["/mmbiz_jpg/Kd6v2YbG8mVx/0"]


@pytest.mark.parametrize(("status", "fault"), [(404, NoPhoto), (403, NoPhoto), (302, NoPhoto), (500, NotYet)])
async def test_what_the_platform_refuses(
    photos: Photos, platform: Platform, address: str, status: int, fault: type[Exception]
) -> None:
    platform.answer = (status, b"")
    with pytest.raises(fault):
        await photos.fetch(address)
    assert len(platform.asked) == 1, "a redirection is not followed"


async def test_what_is_too_large(photos: Photos, platform: Platform, address: str) -> None:
    platform.answer = (200, bytes(MAX_PHOTO_BYTES + 1))
    with pytest.raises(NoPhoto):
        await photos.fetch(address)
    platform.answer = (200, bytes(MAX_PHOTO_BYTES))
    assert len(await photos.fetch(address)) == MAX_PHOTO_BYTES


async def test_a_platform_that_is_away(photos: Photos) -> None:
    with pytest.raises(NotYet):
        await photos.fetch("http://127.0.0.1:9/0")


FOREIGN = [
    "http://127.0.0.1/0",
    "http://evil-qpic.cn/0",
    "http://qpic.cn.evil.example/0",
    "http://mmbiz.qpic.cn@127.0.0.1/0",
    "file:///etc/passwd",
    "ftp://mmbiz.qpic.cn/0",
    "//mmbiz.qpic.cn/0",
    "http://[::1",
    "upload",
    "",
]


@pytest.mark.parametrize("source", FOREIGN)
async def test_no_other_address_is_asked(source: str) -> None:
    photos = Photos()
    with pytest.raises(NoPhoto):
        await photos.fetch(source)
    await photos.close()


def test_which_messages_are_photos() -> None:
    picture, video = to_message(recorded.IMAGE, NOW), to_message(recorded.VIDEO, NOW)
    assert picture is not None
    assert (picture.message.photo, picture.message.wordless) == ("http://mmbiz.qpic.cn/mmbiz_jpg/Kd6v2YbG8mVx/0", True)
    assert video is not None
    assert video.message.photo == ""


async def test_the_channel_fetches(platform: Platform, address: str) -> None:
    channel = channel_of(Counter(), Photos(hosts=("127.0.0.1",)))
    assert await channel.fetch(address) == b"a photo"
    await channel.close()
