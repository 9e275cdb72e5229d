"""Pictures on Telegram: uploaded once, shown again by their file_id, told in words where they cannot be shown."""

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from msgspec import json, structs

from bot.channels.telegram.client import TelegramClient
from bot.channels.telegram.payloads import Origin, Update, decode_update, origin_of
from bot.channels.telegram.render import Answer, Call, to_answer, to_messages
from bot.messages import Address, Button, Outcome, Picture, Reply
from bot.pictures import Gallery, Typeface
from tests.channels.telegram.recorded import AT
from tests.fakes.telegram import DROP, TOKEN, WRONG_FILE, FakeTelegram, serving
from tests.pictures.samples import opened, typeface

PICTURE = Picture("/polls/p.png", "你最想让更多人知道哪件事？")
RESULT = Reply("一共 40 个账号投了票", ((Button("看候选", "/stories p"),),), picture=PICTURE)
KEYS = {"inline_keyboard": [[{"text": "看候选", "callback_data": "/stories p"}]]}
ZHEN = Address("telegram", "42", "42")


async def stored(key: str) -> bytes | None:
    return b"a jpeg" if key == "here" else None


@contextlib.asynccontextmanager
async def client_of(fake: FakeTelegram, gallery: Gallery | None) -> AsyncIterator[TelegramClient]:
    async with serving(fake) as api_base:
        client = TelegramClient(TOKEN, api_base, gallery=gallery)
        yield client
        await client.close()


@pytest.fixture
async def fake() -> FakeTelegram:
    return FakeTelegram()


@pytest.fixture
async def client(fake: FakeTelegram) -> AsyncIterator[TelegramClient]:
    async with client_of(fake, Gallery(typeface(), stored)) as client:
        yield client


def call(reply: Reply = RESULT) -> Call:
    return to_messages(reply, 42)[0]


async def test_a_picture_is_uploaded_once(client: TelegramClient, fake: FakeTelegram) -> None:
    await client.say(call())
    await client.say(call())
    first, second = (shown.params for shown in fake.said("sendPhoto"))
    assert opened(first["photo"]).width == 1080
    assert second["photo"] == "photo-1"
    assert {name: first[name] for name in first if name != "photo"} == {
        "chat_id": 42,
        "caption": "一共 40 个账号投了票",
        "reply_markup": KEYS,
    }


async def test_a_file_id_that_telegram_forgot_is_told_in_words_and_uploaded_the_next_time(
    client: TelegramClient, fake: FakeTelegram
) -> None:
    await client.say(call())
    fake.fail("sendPhoto", WRONG_FILE)
    await client.say(call())
    (words,) = fake.said("sendMessage")
    assert (words.params["text"], words.params["reply_markup"]) == ("一共 40 个账号投了票", KEYS)
    await client.say(call())
    assert isinstance(fake.said("sendPhoto")[-1].params["photo"], bytes)


async def test_a_lost_connection_says_nothing_twice(client: TelegramClient, fake: FakeTelegram) -> None:
    fake.fail("sendPhoto", DROP)
    await client.say(call())
    assert fake.said("sendMessage") == []


async def test_without_a_font_there_are_words(fake: FakeTelegram, tmp_path: Path) -> None:
    nothing = Typeface(tmp_path / "none.ttf", tmp_path / "none.ttf")
    for gallery in (None, Gallery(nothing, stored)):
        async with client_of(fake, gallery) as client:
            await client.say(call())
    assert [said.params["text"] for said in fake.said()] == ["一共 40 个账号投了票"] * 2


async def test_on_our_own_account_too(client: TelegramClient, fake: FakeTelegram) -> None:
    assert (await client.send(ZHEN, RESULT)).outcome is Outcome.SENT
    assert fake.said("sendPhoto")[0].params["chat_id"] == 42


async def test_a_long_text_follows_its_picture(client: TelegramClient, fake: FakeTelegram) -> None:
    for part in to_messages(structs.replace(RESULT, text="好" * 1025), 42):
        await client.say(part)
    photo, text = fake.said()
    assert (photo.params["caption"], "reply_markup" in photo.params) == (PICTURE.title, False)
    assert (text.params["text"], text.params["reply_markup"]) == ("好" * 1025, KEYS)
    assert len(to_messages(structs.replace(RESULT, text="好" * 1024), 42)) == 1


def test_a_picture_never_rides_in_the_response_nor_replaces_a_text() -> None:
    tapped = Origin(42, tap="t1", editable=7)
    answer = to_answer(structs.replace(RESULT, replaces=True), tapped)
    assert answer == Answer((call(),), None, Call("answerCallbackQuery", {"callback_query_id": "t1"}))


def test_a_button_under_a_picture_gets_a_new_message() -> None:
    message = {"message_id": 7, "date": int(AT.timestamp()), "chat": {"id": 42, "type": "private"}}
    photo = {**message, "photo": [{"file_id": "x", "width": 90}], "caption": "一共"}
    assert origin_of(tap_on(message)).editable == 7
    assert origin_of(tap_on(photo)).editable is None


def tap_on(message: dict[str, object]) -> Update:
    query = {"id": "q", "from": {"id": 42, "is_bot": False}, "message": message, "data": "/stories p"}
    return decode_update(json.encode({"update_id": 1, "callback_query": query}))
