from typing import Any

import pytest
from msgspec import json

from bot.channels.telegram.payloads import (
    InlineQuery,
    Origin,
    User,
    decode_update,
    origin_of,
    to_inquiry,
    to_message,
)
from bot.messages import Address, Medium, Message
from tests.channels.telegram.recorded import AT, NAMES, payload, update

BOT_ID = "7000000001"
BOT = "haowangmin_test_bot"
ZHEN = Address("telegram", "482910377", "482910377")
WING = Address("telegram", "5120043377", "-1001789012345")
ADMIN = Address("telegram", "1087968824", "-1001789012345")
LINKED = Address("telegram", "777000", "-1001789012345")
GROUP = Address("telegram", "-1001789012345", "-1001789012345")
SMALL_GROUP = Address("telegram", "-4012345678", "-4012345678")
NEWS = Address("telegram", "136817688", "-1001789012345")


def said(number: int, sender: Address, text: str, photo: str = "", medium: Medium = "", **marks: Any) -> Message:
    return Message(f"tg7000000001:{875214000 + number}", sender, text, AT, photo=photo, medium=medium, **marks)


MEANT: dict[str, Message | None] = {
    "private_text": said(1, ZHEN, "紫荆云陪伴是什么？"),
    "private_start_payload": said(2, ZHEN, "/start poll_nanyue"),
    "private_photo_caption": said(3, ZHEN, "这是真的吗", "AgACAgUAAxkBAAMrZ2", "photo", wordless=True),
    "private_sticker": said(4, ZHEN, "", medium="sticker", wordless=True),
    "private_location": said(5, ZHEN, "", medium="location", wordless=True),
    "private_voice": said(6, ZHEN, "", medium="voice", wordless=True),
    "private_video": said(30, ZHEN, "", medium="video", wordless=True),
    "private_document": said(31, ZHEN, "", medium="document", wordless=True),
    "private_animation": said(32, ZHEN, "", medium="sticker", wordless=True),
    "private_video_note": said(33, ZHEN, "", medium="video", wordless=True),
    "private_contact": said(34, ZHEN, "", wordless=True),
    "private_pin": None,
    "group_chatter": None,
    "group_command": said(9, WING, "/vote nanyue-stories 3"),
    "group_command_topic": said(10, WING, "/tip"),
    "group_command_other_bot": None,
    "group_mention": said(40, WING, "紫荆云陪伴是什么？"),
    "group_mention_command": said(41, WING, "/tip"),
    "group_mention_alone": said(42, WING, "/help"),
    "group_mention_of_another": None,
    "group_reply_to_us": said(44, WING, "那有多少人参加"),
    "group_reply_to_another": None,
    "group_anonymous_admin": said(12, ADMIN, "/vote nanyue-stories 3", anonymous=True, by_admin=True),
    "group_as_channel": said(13, NEWS, "/vote nanyue-stories 1", anonymous=True),
    "group_forward_of_channel": said(26, LINKED, "/vote nanyue-stories 1", anonymous=True),
    "group_other_bot_speaks": None,
    "group_migrates": said(15, SMALL_GROUP, "/moved -1002233445566", event=True),
    "tap": said(16, ZHEN, "/vote nanyue-stories 3", tapped=True),
    "tap_in_topic": said(17, WING, "/stories 2", tapped=True),
    "tap_on_inaccessible": said(18, ZHEN, "/stories 2", tapped=True),
    "tap_by_anonymous_admin": said(19, ADMIN, "/vote nanyue-stories 3", tapped=True, anonymous=True, by_admin=True),
    "tap_on_inline_message": None,
    "blocked": said(21, ZHEN, "/left", event=True),
    "unblocked": said(22, ZHEN, "/back", event=True),
    "removed_from_group": said(23, GROUP, "/left", event=True),
    "edited": None,
    "unknown_kind": None,
    "inline_words": None,
    "inline_empty": None,
    "private_via_us": None,
}

ORIGINS = {
    "private_text": Origin(482910377),
    "group_command": Origin(-1001789012345, reply_to=9002),
    "group_command_topic": Origin(-1001789012345, thread=77, reply_to=9003),
    "group_reply_to_us": Origin(-1001789012345, reply_to=9144),
    "tap": Origin(482910377, tap="2074084325771265536", editable=48),
    "tap_in_topic": Origin(-1001789012345, thread=77, tap="2074084325771265537", editable=9010),
    "tap_on_inaccessible": Origin(482910377, tap="2074084325771265538"),
    "tap_on_inline_message": Origin(tap="2074084325771265540"),
    "blocked": Origin(),
    "unknown_kind": Origin(),
}


def test_every_recorded_update_is_in_the_table() -> None:
    assert tuple(sorted(MEANT)) == NAMES


@pytest.mark.parametrize(("name", "meant"), MEANT.items(), ids=MEANT)
def test_what_an_update_means(name: str, meant: Message | None) -> None:
    assert to_message(update(name), BOT_ID, BOT, AT) == meant


@pytest.mark.parametrize(("name", "origin"), ORIGINS.items(), ids=ORIGINS)
def test_where_the_answer_goes(name: str, origin: Origin) -> None:
    assert origin_of(update(name)) == origin


@pytest.mark.parametrize(("name", "words"), [("inline_words", "紫荆云陪伴"), ("inline_empty", "")])
def test_an_inline_query_does_not_say_who_asks(name: str, words: str) -> None:
    query = update(name).inline_query
    assert query
    inquiry = to_inquiry(query, AT)
    assert (inquiry.text, inquiry.sender, inquiry.at) == (words, Address("telegram", "", ""), AT)


@pytest.mark.parametrize(
    ("tag", "language"),
    [
        ("zh-hans", "zh"),
        ("zh-CN", "zh"),
        ("zh", "zh"),
        ("zh-hant", "zh-Hant"),
        ("zh-TW", "zh-Hant"),
        ("zh-Hant-HK", "zh-Hant"),
        ("en", "en"),
        ("en-GB", "en"),
        ("enm", ""),
        ("ru", ""),
        ("", ""),
    ],
)
def test_an_inline_query_tells_the_language_of_the_account(tag: str, language: str) -> None:
    query = InlineQuery("1", User(1, language_code=tag))
    assert to_inquiry(query, AT).language == language


def test_what_was_sent_on_through_another_bot_is_answered() -> None:
    assert to_message(update("private_via_us"), "7000000002", BOT, AT) is not None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("早啊@haowangmin_test_bot，投票 3", "早啊 ，投票 3"),
        ("写信到 me@haowangmin_test_bot.example", ""),
        ("@haowangmin_test_bot_too 在吗", ""),
        ("大家 @HAOWANGMIN_TEST_BOT\n今日一招", "大家 今日一招"),
        ("/tip@haowangmin_test_bot @haowangmin_test_bot", "/tip"),
    ],
)
def test_a_group_is_heard_where_it_says_our_name(text: str, words: str) -> None:
    recorded = payload("group_mention")
    recorded["message"]["text"] = text
    heard = to_message(decode_update(json.encode(recorded)), BOT_ID, BOT, AT)
    assert (heard.text if heard else "") == words


def test_a_named_command_is_ours_while_our_name_is_unknown() -> None:
    assert to_message(update("group_command"), BOT_ID, "", AT) == MEANT["group_command"]
