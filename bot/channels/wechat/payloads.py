"""Translates a decrypted payload of an Official Account into a Message."""

import re
from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any

from msgspec import Struct
from wechatpy import parse_message

from bot.channels.wechat.refusals import Malformed
from bot.messages import Address, Medium, Message

# What the platform reports of a person and nobody can type (接收事件推送; wechatpy has three names for 关注).
_REPORTS = {
    "subscribe": "/follow",
    "subscribe_scan": "/follow",
    "subscribe_scan_product": "/follow",
    "unsubscribe": "/left",
    "user_authorization_cancellation": "/gone",
}
# What people do with us: each says something that could be typed as well.
_SCAN, _CLICK = "scan", "click"
_SCANNED = frozenset({_SCAN, "subscribe_scan"})
# 生成带参数的二维码: scene_str has 64 characters; of ours it is a link as Telegram's start carries it, story_12.
_SCENE = re.compile(r"[A-Za-z0-9_-]{1,64}")
# 接收普通消息
_MEDIA: dict[str, Medium] = {
    "image": "photo",
    "voice": "voice",
    "video": "video",
    "shortvideo": "video",
    "location": "location",
    "file": "document",
}
_SENT_BY_PEOPLE = frozenset({*_MEDIA, "link"})
MAX_MESSAGE_ID_DIGITS = 20
# The longest (photos from a menu) has some sixty elements; the reader takes a millisecond for each three hundred.
MAX_TAGS = 1000
# A text as the platform writes it (接收普通消息); any other payload is read as XML, which takes ten times as long.
_WRITTEN = r"[^\]\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]*+"
_CDATA = rf"<{{0}}><!\[CDATA\[(?P<{{0}}>{_WRITTEN}(?:\](?!\]>){_WRITTEN})*)\]\]></{{0}}>\s*"
_NUMBER = r"<{0}>(?P<{0}>\d+)</{0}>\s*"
_TEXT = re.compile(
    r"<xml>\s*{}{}{}<MsgType><!\[CDATA\[(?P<MsgType>text)\]\]></MsgType>\s*{}{}</xml>\s*".format(
        *map(_CDATA.format, ("ToUserName", "FromUserName")),
        _NUMBER.format("CreateTime"),
        _CDATA.format("Content"),
        _NUMBER.format("MsgId"),
    )
)


class Payload(Struct, frozen=True):
    """The elements as they came, each a text or what it holds; `type` is wechatpy's name for what it is."""

    type: str
    elements: Mapping[str, Any]


class Incoming(Struct, frozen=True):
    """A message with the account (gh_...) that it was sent to: the answer comes from there."""

    message: Message
    account: str


def to_message(xml: str, at: datetime) -> Incoming | None:
    """What the person said; None when nobody waits for an answer (a page opened, an event that we do not know).

    `at` is when it was accepted. Raises Malformed when it lacks what 接收普通消息 and 接收事件推送 promise.
    """
    payload = parse(xml)
    # 授权用户资料变更: OpenID is whom the event is about.
    openid, account = field(payload, "OpenID") or field(payload, "FromUserName"), field(payload, "ToUserName")
    if not openid or not account:
        raise Malformed("the payload names no sender or no account")
    text = _text(payload)
    if text is None:
        return None
    sender = Address("wechat", openid, openid)
    is_report = is_event(payload) and _event(payload) in _REPORTS
    photo = field(payload, "PicUrl") if payload.type == "image" else ""
    medium = "" if text else _MEDIA.get(field(payload, "MsgType").lower(), "")
    message = Message(
        message_id(payload),
        sender,
        text,
        at,
        wordless=not text,
        event=is_report,
        photo=photo,
        medium=medium,
        spoken=bool(text) and payload.type == "voice",
    )
    return Incoming(message, account)


def parse(xml: str) -> Payload:
    """Raises Malformed."""
    usual = _TEXT.fullmatch(xml)
    if usual:
        return Payload("text", {name: value.strip() for name, value in usual.groupdict().items()})
    if xml.count("<") > MAX_TAGS:
        raise Malformed("the payload has too many elements")
    try:
        payload = parse_message(xml)
    except Exception as error:  # wechatpy meets junk with at least eight unrelated types
        raise Malformed("the payload cannot be read") from error
    if payload is None:
        raise Malformed("the payload is empty")
    return Payload(payload.type, payload._data)


def field(payload: Payload, name: str) -> str:
    """The text of an element as it came, empty for none; wechatpy's own attributes convert, and fail, on reading."""
    value = payload.elements.get(name)
    return value if isinstance(value, str) else ""


def is_event(payload: Payload) -> bool:
    return payload.type == "event" or field(payload, "MsgType").lower() == "event"


def _text(payload: Payload) -> str | None:
    if is_event(payload):
        return _command(payload)
    if payload.type == "voice":
        return field(payload, "Recognition")
    if payload.type == "text":
        return _without_face(field(payload, "Content"))
    return "" if field(payload, "MsgType").lower() in _SENT_BY_PEOPLE else None


def _command(payload: Payload) -> str | None:
    """What an event means as it would be typed; None for one that asks for no answer."""
    event = _event(payload)
    if event == _CLICK:
        return field(payload, "EventKey") or None
    command = "/start" if event == _SCAN else _REPORTS.get(event)
    scene = field(payload, "EventKey") if event in _SCANNED else ""
    return f"{command} {scene}" if command and _SCENE.fullmatch(scene) else command


def _event(payload: Payload) -> str:
    return field(payload, "Event").lower()


def _without_face(text: str) -> str:
    """WeChat writes its own faces as /::) and /:heart: a slash that begins no command."""
    return text.removeprefix("/") if text.startswith("/:") else text


def message_id(payload: Payload) -> str:
    """One id for all deliveries; events have none of their own (接收事件推送: FromUserName + CreateTime)."""
    if is_event(payload):
        parts = [field(payload, name) for name in ("FromUserName", "CreateTime", "Event", "EventKey")]
        about = field(payload, "OpenID")
        return "wx:" + sha256("\n".join([*parts, about] if about else parts).encode()).hexdigest()[:32]
    number = field(payload, "MsgId")
    if not (number.isascii() and number.isdigit() and len(number) <= MAX_MESSAGE_ID_DIGITS):
        raise Malformed("the payload has no MsgId")
    return f"wx:{number}"
