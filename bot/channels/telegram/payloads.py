"""The few fields of Telegram's updates that we read, and what they mean as a Message."""

import re
from datetime import datetime

from msgspec import Struct, field
from msgspec.json import Decoder

from bot.domain.text import TRADITIONAL
from bot.messages import Address, Medium, Message

CHANNEL = "telegram"
ALLOWED_UPDATES = ("message", "callback_query", "my_chat_member", "inline_query")

# Bot API, Message.from: stand-ins for an anonymous group admin and for a channel that speaks in a group.
GROUP_ANONYMOUS_BOT = 1087968824
CHANNEL_BOT = 136817688
_STAND_INS = frozenset({GROUP_ANONYMOUS_BOT, CHANNEL_BOT})
PHOTO_TYPES = frozenset({"image/jpeg", "image/png", "image/webp"})
# What stands for what, the first that is there: an animation comes with a document, a venue with a location.
_MEDIA: dict[str, Medium] = {
    "voice": "voice",
    "sticker": "sticker",
    "animation": "sticker",
    "dice": "sticker",
    "photo": "photo",
    "live_photo": "photo",
    "location": "location",
    "video": "video",
    "video_note": "video",
    "document": "document",
}
_MEMBERSHIP = {"kicked": "/left", "left": "/left", "member": "/back", "administrator": "/back"}
# Of a language tag: what is written in the traditional script.
_TRADITIONAL_PARTS = frozenset({"hant", "tw", "hk", "mo"})
NAMED_ALONE = "/help"  # who says our name and nothing else


class Content(Struct, frozen=True):
    """Something that is there; what is in it does not matter to us."""


class User(Struct, frozen=True):
    id: int
    is_bot: bool = False
    language_code: str = ""

    @property
    def language(self) -> str:
        """The one of ours that the IETF tag of the person's app means: `zh`, `zh-Hant`, `en`; empty for all others."""
        language, *parts = self.language_code.casefold().split("-")
        if language == "zh":
            return TRADITIONAL if _TRADITIONAL_PARTS.intersection(parts) else "zh"
        return "en" if language == "en" else ""


class Chat(Struct, frozen=True):
    id: int
    type: str

    @property
    def is_private(self) -> bool:
        return self.type == "private"

    @property
    def is_group(self) -> bool:
        return self.type in ("group", "supergroup")


class PhotoSize(Struct, frozen=True):
    """Bot API, PhotoSize: one of the sizes in which Telegram keeps a photo."""

    file_id: str = ""


class Document(Struct, frozen=True):
    file_id: str = ""
    mime_type: str = ""


class Replied(Struct, frozen=True):
    """Bot API, Message.reply_to_message: whose words somebody replies to."""

    sender: User | None = field(default=None, name="from")


class ChatMessage(Struct, frozen=True):
    """Bot API, Message: who, where, the words, and which kinds of content stand in for words."""

    message_id: int
    chat: Chat
    sender: User | None = field(default=None, name="from")
    sender_chat: Chat | None = None
    message_thread_id: int | None = None
    is_topic_message: bool = False
    via_bot: User | None = None
    reply_to_message: Replied | None = None
    migrate_to_chat_id: int | None = None
    migrate_from_chat_id: int | None = None
    text: str | None = None
    caption: str | None = None
    animation: Content | None = None
    audio: Content | None = None
    checklist: Content | None = None
    contact: Content | None = None
    dice: Content | None = None
    document: Document | None = None
    game: Content | None = None
    live_photo: Content | None = None
    location: Content | None = None
    paid_media: Content | None = None
    photo: list[PhotoSize] | None = None
    poll: Content | None = None
    rich_message: Content | None = None
    sticker: Content | None = None
    story: Content | None = None
    venue: Content | None = None
    video: Content | None = None
    video_note: Content | None = None
    voice: Content | None = None

    @property
    def image(self) -> str:
        """The file_id of the photo in its largest size, or of a file that is one; empty for none."""
        if self.photo:
            return self.photo[-1].file_id
        return self.document.file_id if self.document and self.document.mime_type in PHOTO_TYPES else ""

    @property
    def medium(self) -> Medium:
        if self.image:
            return "photo"
        return next((medium for name, medium in _MEDIA.items() if getattr(self, name) is not None), "")

    @property
    def has_content(self) -> bool:
        """Whether a person sent something, as opposed to a service message (a pin, a new title)."""
        return any(getattr(self, name) is not None for name in _CONTENT_FIELDS)


_CONTENT_FIELDS = ChatMessage.__struct_fields__[ChatMessage.__struct_fields__.index("caption") :]


class TappedMessage(Struct, frozen=True):
    """Bot API, MaybeInaccessibleMessage: `date` 0 marks a message that can no longer be edited."""

    message_id: int
    chat: Chat
    date: int = 0
    message_thread_id: int | None = None
    is_topic_message: bool = False
    photo: list[Content] | None = None

    @property
    def can_take_text(self) -> bool:
        """Whether editMessageText works on it: not on a picture, whose words are a caption."""
        return bool(self.date) and self.photo is None


class CallbackQuery(Struct, frozen=True):
    id: str
    sender: User = field(name="from")
    message: TappedMessage | None = None
    data: str = ""


class ChatMember(Struct, frozen=True):
    status: str

    @property
    def is_admin(self) -> bool:
        return self.status in ("creator", "administrator")


class ChatMemberUpdated(Struct, frozen=True):
    chat: Chat
    sender: User = field(name="from")
    new_chat_member: ChatMember


class InlineQuery(Struct, frozen=True):
    """Bot API, InlineQuery: what somebody types after our name in another chat."""

    id: str
    sender: User = field(name="from")
    query: str = ""


class Update(Struct, frozen=True):
    update_id: int
    message: ChatMessage | None = None
    callback_query: CallbackQuery | None = None
    my_chat_member: ChatMemberUpdated | None = None
    inline_query: InlineQuery | None = None

    @property
    def chat(self) -> int | None:
        """The chat whose order counts, where there is none the person; None for a kind that we do not read."""
        if self.inline_query:
            return self.inline_query.sender.id
        if self.message:
            return self.message.chat.id
        if tap := self.callback_query:
            return tap.message.chat.id if tap.message else tap.sender.id
        return self.my_chat_member.chat.id if self.my_chat_member else None


decode_update = Decoder(Update).decode


class Me(Struct, frozen=True):
    """Bot API, getMe."""

    username: str = ""
    supports_inline_queries: bool = False


class WebhookInfo(Struct, frozen=True):
    """Bot API, getWebhookInfo; `last_error_date` in seconds since 1970."""

    url: str = ""
    last_error_date: int = 0
    last_error_message: str = ""
    allowed_updates: tuple[str, ...] = ()

    @property
    def brings_all(self) -> bool:
        """Whether all that we read is delivered."""
        return set(ALLOWED_UPDATES) <= set(self.allowed_updates)


class SentPhoto(Struct, frozen=True):
    """What sendPhoto gives back; the largest size comes last."""

    photo: list[PhotoSize]


class File(Struct, frozen=True):
    """Bot API, getFile: where a file is for an hour, and how many bytes it has."""

    file_path: str = ""
    file_size: int = 0


class Origin(Struct, frozen=True):
    """Where the answer to an update goes: the chat and topic, the tap to confirm, the message to change.

    `reply_to` is the message that is answered where many talk.
    """

    chat: int | None = None
    thread: int | None = None
    tap: str = ""
    editable: int | None = None
    reply_to: int | None = None


def origin_of(update: Update) -> Origin:
    """The place of the answer; without a chat there is nothing to say (we were thrown out)."""
    tap = update.callback_query
    if tap:
        return _origin_of_tap(tap)
    message = update.message
    if message:
        thread = message.message_thread_id if message.is_topic_message else None
        return Origin(message.chat.id, thread, reply_to=None if message.chat.is_private else message.message_id)
    return Origin()


def _origin_of_tap(tap: CallbackQuery) -> Origin:
    tapped = tap.message
    if tapped is None:
        return Origin(tap=tap.id)
    thread = tapped.message_thread_id if tapped.is_topic_message else None
    return Origin(tapped.chat.id, thread, tap.id, tapped.message_id if tapped.can_take_text else None)


def to_message(update: Update, bot_id: str, bot_username: str, at: datetime) -> Message | None:
    """What a person said or tapped, or None for what is not meant for us.

    `bot_username` may be empty while it is not known yet; then every named command counts as ours.
    """
    message_id = f"tg{bot_id}:{update.update_id}"
    if update.callback_query:
        return _from_tap(update.callback_query, message_id, at)
    if update.message:
        is_ours = update.message.via_bot is not None and str(update.message.via_bot.id) == bot_id
        return None if is_ours else _from_chat(update.message, message_id, bot_id, bot_username, at)
    if update.my_chat_member:
        return _from_membership(update.my_chat_member, message_id, at)
    return None


def to_inquiry(query: InlineQuery, at: datetime) -> Message:
    """The words of an inline query, without who asks: what is offered is the same for all of one language."""
    return Message(f"inline:{query.id}", Address(CHANNEL, "", ""), query.query, at, language=query.sender.language)


def _from_tap(tap: CallbackQuery, message_id: str, at: datetime) -> Message | None:
    anonymous = tap.sender.id in _STAND_INS
    if tap.message is None or not tap.data or (tap.sender.is_bot and not anonymous):
        return None
    sender = _address(tap.sender, tap.message.chat)
    by_admin = True if tap.sender.id == GROUP_ANONYMOUS_BOT else None
    return Message(message_id, sender, tap.data, at, anonymous=anonymous, tapped=True, by_admin=by_admin)


def _from_chat(message: ChatMessage, message_id: str, bot_id: str, bot_username: str, at: datetime) -> Message | None:
    if message.migrate_to_chat_id is not None:
        return moved(message_id, message.chat.id, message.migrate_to_chat_id, at)
    if message.migrate_from_chat_id is not None:
        return moved(message_id, message.migrate_from_chat_id, message.chat.id, at)
    if message.sender is None:
        return None
    anonymous = message.sender_chat is not None or message.sender.id in _STAND_INS
    if message.sender.is_bot and not anonymous:
        return None
    sender = _address(message.sender, message.chat)
    text = _words_for_us(message, bot_id, bot_username)
    if text:
        by_admin = True if message.sender_chat == message.chat else None
        return Message(message_id, sender, text, at, anonymous=anonymous, by_admin=by_admin)
    if message.chat.is_private and message.has_content:
        return Message(
            message_id,
            sender,
            message.caption or "",
            at,
            anonymous=anonymous,
            wordless=True,
            photo=message.image,
            medium=message.medium,
        )
    return None


def _words_for_us(message: ChatMessage, bot_id: str, bot_username: str) -> str:
    """In a group we hear commands, what names us, and replies to us; all else is none of our business."""
    text = message.text or ""
    if message.chat.is_private:
        return _own_command(text, bot_username) if text.startswith("/") else text
    rest = _without_mention(text, bot_username)
    if rest.startswith("/"):
        return _own_command(rest, bot_username)
    replied = message.reply_to_message.sender if message.reply_to_message else None
    is_to_us = rest != text or (replied is not None and str(replied.id) == bot_id)
    return (rest or NAMED_ALONE) if is_to_us else ""


def _without_mention(text: str, bot_username: str) -> str:
    """The words without our name; all of them where it is not said."""
    if not bot_username or "@" not in text:
        return text
    named = re.compile(rf"(?<![\w/@])@{re.escape(bot_username)}(?!\w)", re.IGNORECASE | re.ASCII)
    return " ".join(named.sub(" ", text).split()) if named.search(text) else text


def _own_command(text: str, bot_username: str) -> str:
    """`/vote@our_bot x` without the name; empty when the command names another bot."""
    head, space, rest = text.partition(" ")
    command, _, named = head.partition("@")
    if named and bot_username and named.casefold() != bot_username.casefold():
        return ""
    return f"{command}{space}{rest}"


def _from_membership(change: ChatMemberUpdated, message_id: str, at: datetime) -> Message | None:
    """A person blocked us, or a group threw us out, which says nothing about the admin who did it; or no more so."""
    event = _MEMBERSHIP.get(change.new_chat_member.status)
    if not event:
        return None
    if change.chat.is_group:
        return Message(message_id, _group(change.chat.id), event, at, event=True)
    if not change.chat.is_private:
        return None
    anonymous = change.sender.id in _STAND_INS
    return Message(message_id, _address(change.sender, change.chat), event, at, anonymous=anonymous, event=True)


def _address(user: User, chat: Chat) -> Address:
    return Address(CHANNEL, str(user.id), str(chat.id))


def _group(group: int) -> Address:
    """A group as the one that is written to: its ids are no account's (Bot API, Chat)."""
    return Address(CHANNEL, str(group), str(group))


def moved(message_id: str, before: int, after: int, at: datetime) -> Message:
    """Told in the old group and in the new one (Bot API, Message), and to who writes to the old one."""
    return Message(message_id, _group(before), f"/moved {after}", at, event=True)
