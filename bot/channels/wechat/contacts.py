"""Reads from a payload how its sender can be written to from now on."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Literal

from msgspec import Struct, structs

from bot.channels.wechat.payloads import Payload, field, is_event, message_id, parse
from bot.channels.wechat.windows import Reach

# 客服消息: 用户发送信息. A tap on a msgmenu item comes as text and counts as a menu click.
_MESSAGES = frozenset({"text", "image", "voice", "video", "shortvideo", "location", "link"})
# 客服消息: 关注公众号 (wechatpy has three names for it), 扫描二维码, 点击自定义菜单 (where it pushes an event).
_TAPS = frozenset({"subscribe", "subscribe_scan", "subscribe_scan_product", "scan", "click"})
_LEFT = "unsubscribe"
# 订阅通知 事件推送; wechatpy knows none of them. Each with the element that holds the templates.
_CONSENTS = {
    "subscribe_msg_popup_event": "SubscribeMsgPopupEvent",
    "subscribe_msg_change_event": "SubscribeMsgChangeEvent",
    "subscribe_msg_sent_event": "SubscribeMsgSentEvent",
}
_MAX_STAMP_DIGITS = 10

Kind = Literal["message", "tap", "left", "consent"]


class Consent(Struct, frozen=True):
    """What a 订阅通知 event says of a template: one consent more, or none left."""

    template: str
    given: bool


class Contact(Struct, frozen=True):
    """The sender did this at that instant, by the platform's clock. `id` is the same for all deliveries."""

    id: str
    user: str
    at: datetime
    kind: Kind
    consents: tuple[Consent, ...] = ()

    def about(self, template: str) -> "Contact | None":
        """The same without the consents to other templates, which nobody here needs; None if nothing is left."""
        consents = tuple(consent for consent in self.consents if consent.template == template)
        return structs.replace(self, consents=consents) if consents or self.kind != "consent" else None

    def changed(self, reach: Reach) -> Reach:
        """How the sender can be written to afterwards."""
        match self.kind:
            case "message":
                return reach.after_message(self.at)
            case "tap":
                return reach.after_tap(self.at)
            case "left":
                return reach.after_leaving(self.at)
        for consent in self.consents:
            change = reach.after_consent if consent.given else reach.after_withdrawal
            reach = change(consent.template, self.at)
        return reach


def to_contact(xml: str) -> Contact | None:
    """None for what opens and closes nothing. Raises Malformed."""
    payload = parse(xml)
    user, stamp = field(payload, "FromUserName"), field(payload, "CreateTime")
    kind = _kind(payload)
    if not (user and kind and stamp.isascii() and stamp.isdigit() and len(stamp) <= _MAX_STAMP_DIGITS):
        return None
    at = datetime.fromtimestamp(int(stamp), UTC)
    consents = _consents(payload) if kind == "consent" else ()
    return Contact(message_id(payload), user, at, kind, consents) if consents or kind != "consent" else None


def _kind(payload: Payload) -> Kind | None:
    if not is_event(payload):
        kind = field(payload, "MsgType").lower()
        is_tap = kind == "text" and "bizmsgmenuid" in payload.elements
        return "tap" if is_tap else "message" if kind in _MESSAGES else None
    event = field(payload, "Event").lower()
    if event in _TAPS:
        return "tap"
    return "left" if event == _LEFT else "consent" if event in _CONSENTS else None


def _consents(payload: Payload) -> tuple[Consent, ...]:
    event = field(payload, "Event").lower()
    items = _items(payload.elements.get(_CONSENTS[event]))
    changes = [(item.get("TemplateId"), _meaning(event, item)) for item in items]
    return tuple(Consent(name, given) for name, given in changes if isinstance(name, str) and given is not None)


def _meaning(event: str, item: dict[str, Any]) -> bool | None:
    """Whether a consent was given, or all are gone; None for what changes nothing: a pop-up declined, a notice sent."""
    status = str(item.get("SubscribeStatusString") or item.get("ErrorStatus") or "")
    if event == "subscribe_msg_popup_event":
        return True if status == "accept" else None
    if event == "subscribe_msg_change_event":
        return False if status == "reject" else None
    return False if "block" in status else None


def _items(element: Any) -> Sequence[dict[str, Any]]:
    """The entries of an element's List, which XML does not tell from a single one."""
    entries = element.get("List") if isinstance(element, dict) else None
    entries = entries if isinstance(entries, list) else [entries]
    return [entry for entry in entries if isinstance(entry, dict)]
