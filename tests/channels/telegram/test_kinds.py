"""Every kind of update and of message (Bot API 10.1), as we read it and as two others do."""

import warnings
from pathlib import Path
from typing import Any

import pytest
import telegram
from msgspec import Struct, json
from telegram.constants import UpdateType

from bot.channels.telegram.payloads import Update, decode_update, to_message
from bot.messages import Medium
from tests.channels.telegram.recorded import AT, NAMES, payload

FOLDER = Path(__file__).parent / "kinds"
KINDS = json.decode((FOLDER / "updates.json").read_bytes(), type=dict[str, dict[str, Any]])
ALL = KINDS | {name: payload(name) for name in NAMES if name != "unknown_kind"}
# What python-telegram-bot 22.8 has no attribute for, and what aiogram knows of later versions than 10.1.
UNKNOWN_TO_PTB = frozenset({"rich_message"})
LATER_CONTENTS = frozenset({"community_chat_added", "community_chat_removed", "community_chat_joined", "user_shared"})
LATER_KINDS = frozenset({"subscription", "stopped_message_generation"})

# What a person sends in place of words.
MEDIA: dict[str, Medium] = {
    "animation": "sticker",
    "audio": "",
    "checklist": "",
    "contact": "",
    "dice": "sticker",
    "document": "document",
    "game": "",
    "live_photo": "photo",
    "location": "location",
    "paid_media": "",
    "photo": "photo",
    "poll": "",
    "rich_message": "",
    "sticker": "sticker",
    "story": "",
    "venue": "",
    "video": "video",
    "video_note": "video",
    "voice": "voice",
}
# What python-telegram-bot counts as no attachment, or as one that is no message of a person to us.
NO_ATTACHMENT = frozenset({"checklist", "rich_message"})
NO_MESSAGE = frozenset({"invoice", "passport_data", "successful_payment"})


class Read(Struct, frozen=True):
    """How aiogram reads an update."""

    update: int
    kind: str
    content: str
    chat: int | None
    user: int | None
    words: str


class ByAiogram(Struct, frozen=True):
    aiogram: str
    kinds: tuple[str, ...]
    contents: tuple[str, ...]
    read: dict[str, Read]


BY_AIOGRAM = json.decode((FOLDER / "read_by_aiogram.json").read_bytes(), type=ByAiogram)
each = pytest.mark.parametrize("name", ALL)


def ours(name: str) -> Update:
    return decode_update(json.encode(ALL[name]))


def by_ptb(name: str) -> telegram.Update:
    return telegram.Update.de_json(ALL[name], None)


def test_no_kind_is_missing() -> None:
    kinds = {kind for update in KINDS.values() for kind in update if kind != "update_id"}
    contents = {name.removeprefix("message.") for name in KINDS if name.startswith("message.")}
    assert kinds == {kind.value for kind in UpdateType} == set(BY_AIOGRAM.kinds) - LATER_KINDS
    assert contents == set(BY_AIOGRAM.contents) - LATER_CONTENTS - {"unknown", "any"}
    assert set(KINDS) <= set(BY_AIOGRAM.read), "run tests/channels/telegram/kinds/read_by_aiogram.py anew"


@pytest.mark.parametrize("name", KINDS)
def test_what_a_kind_means(name: str) -> None:
    """Words are answered, what stands in place of them too; service messages and all other kinds are let pass."""
    message = to_message(ours(name), "7000000001", "haowangmin_test_bot", AT)
    content = name.removeprefix("message.")
    if name.startswith("text with ") or name in ("message.text", "callback_query"):
        assert message
        assert (message.text, message.wordless) == (BY_AIOGRAM.read[name].words, False)
    elif content in MEDIA and name.startswith("message."):
        assert message
        assert (message.text, message.wordless, message.medium) == ("", True, MEDIA[content])
    elif content in ("migrate_to_chat_id", "migrate_from_chat_id"):
        assert message
        assert message.event
    else:
        assert message is None


@each
def test_as_python_telegram_bot_reads_it(name: str) -> None:
    update, other = ours(name), by_ptb(name)
    assert update.update_id == other.update_id
    (kind,) = (kind for kind in ALL[name] if kind != "update_id")
    assert getattr(other, kind) is not None
    if update.chat is None:
        assert kind not in ("message", "my_chat_member", "inline_query")
        return
    person = update.message or update.callback_query or update.my_chat_member or update.inline_query
    assert person
    assert other.effective_user is None or person.sender is None or person.sender.id == other.effective_user.id
    where = other.effective_chat or other.effective_user
    assert where
    assert update.chat == where.id
    if update.message and other.message:
        assert (update.message.text, update.message.caption) == (other.message.text, other.message.caption)
        content = name.removeprefix("message.")
        with warnings.catch_warnings(action="ignore"):  # of what later versions will not count
            has_attachment = other.message.effective_attachment is not None
        if content not in NO_ATTACHMENT | NO_MESSAGE:
            assert update.message.has_content == has_attachment
        if name.startswith("message.") and content not in UNKNOWN_TO_PTB:
            assert getattr(other.message, content) not in (None, ()), "it reads the same content"


@pytest.mark.parametrize("name", BY_AIOGRAM.read)
def test_as_aiogram_reads_it(name: str) -> None:
    update, other = ours(name), BY_AIOGRAM.read[name]
    assert update.update_id == other.update
    assert other.kind in ALL[name]
    if update.message:
        assert (update.message.chat.id, update.message.text or "") == (other.chat, other.words)
        assert other.user == (update.message.sender.id if update.message.sender else None)
        assert update.message.has_content == (other.content in MEDIA)
    elif update.callback_query:
        assert (update.callback_query.sender.id, update.callback_query.data) == (other.user, other.words)
        assert update.chat == (other.chat or other.user)
    elif update.inline_query:
        assert (update.inline_query.sender.id, update.inline_query.query) == (other.user, other.words)
    elif update.my_chat_member:
        assert (update.my_chat_member.sender.id, update.chat) == (other.user, other.chat)
    else:
        assert other.kind not in ("message", "callback_query", "inline_query", "my_chat_member")


def test_a_kind_of_a_later_version_is_let_pass() -> None:
    for kind in LATER_KINDS:
        update = decode_update(json.encode({"update_id": 1, kind: {"id": "1", "from": {"id": 5}}}))
        assert to_message(update, "7000000001", "haowangmin_test_bot", AT) is None
