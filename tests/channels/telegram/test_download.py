"""What a person sent, fetched from Telegram: getFile, then the file beside the API."""

import logging
from collections.abc import AsyncIterator

import pytest
from msgspec import json

from bot.channels.telegram.client import TelegramClient
from bot.channels.telegram.payloads import decode_update, to_message
from bot.domain.photos import MAX_PHOTO_BYTES, NoPhoto, NotYet
from tests.channels.telegram.recorded import AT
from tests.fakes.telegram import DROP, TOKEN, FakeTelegram, Fault, serving, too_many

FILE = "BQACAgUAAxkBAAMr"


@pytest.fixture
async def fake() -> FakeTelegram:
    fake = FakeTelegram()
    fake.files[FILE] = b"a photo"
    return fake


@pytest.fixture
async def client(fake: FakeTelegram) -> AsyncIterator[TelegramClient]:
    async with serving(fake) as api_base:
        client = TelegramClient(TOKEN, api_base)
        yield client
        await client.close()


async def test_a_file_is_fetched(client: TelegramClient, fake: FakeTelegram) -> None:
    assert await client.download(FILE) == b"a photo"
    assert fake.said("getFile")[0].params == {"file_id": FILE}


@pytest.mark.parametrize("size", [MAX_PHOTO_BYTES + 1, 20 * 1024 * 1024 + 1])
async def test_a_large_file_is_refused_before_it_is_fetched(
    client: TelegramClient, fake: FakeTelegram, size: int
) -> None:
    fake.files[FILE] = bytes(size)
    fake.fail("file", Fault(500, "must not be asked for"))
    with pytest.raises(NoPhoto):
        await client.download(FILE)


async def test_a_file_that_is_larger_than_announced(
    client: TelegramClient, fake: FakeTelegram, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake.files[FILE] = bytes(MAX_PHOTO_BYTES + 1)
    monkeypatch.setattr(fake, "_file", lambda file_id: {"file_id": file_id, "file_path": f"photos/{file_id}"})
    with pytest.raises(NoPhoto):
        await client.download(FILE)


async def test_an_id_that_telegram_does_not_know(client: TelegramClient) -> None:
    with pytest.raises(NoPhoto):
        await client.download("nothing")


FAULTS = [
    ("getFile", too_many(3)),
    ("getFile", DROP),
    ("getFile", Fault(500, "Internal Server Error")),
    ("getFile", Fault(200, page='{"ok": true, "result": []}')),
    ("file", Fault(404, page='{"ok": false, "error_code": 404, "description": "Not Found"}')),
    ("file", Fault(502, page="<h1>Bad Gateway</h1>")),
]


@pytest.mark.parametrize(("method", "fault"), FAULTS)
async def test_what_may_be_over_later(
    client: TelegramClient, fake: FakeTelegram, method: str, fault: Fault, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    fake.fail(method, fault)
    with pytest.raises(NotYet) as told:
        await client.download(FILE)
    assert TOKEN not in str(told.value) + caplog.text
    assert await client.download(FILE) == b"a photo"


@pytest.mark.parametrize(
    ("content", "photo"),
    [
        ({"photo": [{"file_id": "small"}, {"file_id": "large"}]}, "large"),
        ({"photo": [{"file_id": "large"}], "caption": "楼下"}, "large"),
        ({"document": {"file_id": "doc", "mime_type": "image/png"}}, "doc"),
        ({"document": {"file_id": "doc", "mime_type": "image/gif"}}, ""),
        ({"document": {"file_id": "doc", "mime_type": "application/pdf"}}, ""),
        ({"document": {"file_id": "doc"}}, ""),
        ({"photo": []}, ""),
        ({"video": {"file_id": "film"}}, ""),
    ],
)
def test_which_messages_are_photos(content: dict[str, object], photo: str) -> None:
    message = {"message_id": 1, "from": {"id": 42, "is_bot": False}, "chat": {"id": 42, "type": "private"}, **content}
    heard = to_message(decode_update(json.encode({"update_id": 1, "message": message})), "7", "", AT)
    assert heard is not None
    assert (heard.photo, heard.wordless) == (photo, True)
