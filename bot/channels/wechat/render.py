"""Writes a Reply as one WeChat text, its buttons as numbered options and typed hints, and as XML."""

import re
from datetime import datetime
from functools import lru_cache

from bot.domain.phrases import Phrases
from bot.domain.text import traditional
from bot.messages import Button, Reply
from bot.router import ENGLISH_MARK

# 被动回复: 2048 bytes of UTF-8; the margin is for what the platform may count differently.
MAX_TEXT_BYTES = 2000
# What options leave to the text above them, however many they are.
MIN_BODY_BYTES = 200
MAX_HINT_BYTES = 600
# A label's characters, ever fewer until all options fit.
LABEL_WIDTHS = (80, 40, 20, 10, 5, 2)
# Of replies, written out: the same few come again and again.
OPTIONS_KEPT = 256
# The last line says it to everybody, so that it is no hint beside the others.
TYPED_HOME = "0"
# Ends the commands of a talk in traditional script, as the router marks them.
TRADITIONAL_MARK = "#hant"

_VOTE = re.compile(r"(?:投票|vote)\s*(\d+)", re.IGNORECASE)
# A text message knows one tag, <a>: its weixin:// links can send words in the reader's name. None of it is ours.
_LINK_TAG = re.compile(r"<(?=\s*/?\s*a(?![a-z]))", re.IGNORECASE)
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def render(reply: Reply, phrases: Phrases, public_url: str = "") -> str:
    """The text that the person reads, at most MAX_TEXT_BYTES; empty when nothing is said.

    A long text is shortened, options and the link to the page under `public_url` never are left out.
    """
    body = _without_tags(printable(reply.text).strip())
    if not body:
        return ""
    link = f"{reply.link.label}：{public_url}{reply.link.path}" if reply.link and public_url else ""
    options = "\n\n".join(filter(None, (link, _fitting_options(reply.flat_buttons(), phrases))))
    if not options:
        return shortened(body, MAX_TEXT_BYTES)
    return shortened(body, MAX_TEXT_BYTES - _size(options) - 2) + "\n\n" + options


def to_xml(text: str, *, openid: str, account: str, at: datetime) -> str:
    """The 被动回复 of type text, from the account to the person."""
    return (
        f"<xml><ToUserName>{_cdata(openid)}</ToUserName><FromUserName>{_cdata(account)}</FromUserName>"
        f"<CreateTime>{int(at.timestamp())}</CreateTime><MsgType><![CDATA[text]]></MsgType>"
        f"<Content>{_cdata(text)}</Content></xml>"
    )


def printable(text: str) -> str:
    """The text without what XML 1.0 forbids: controls, lone surrogates, U+FFFE and U+FFFF."""
    return _NOT_XML.sub("", text)


def _without_tags(text: str) -> str:
    """The same to read, with nothing in it to tap."""
    return _LINK_TAG.sub("＜", text)


def shortened(text: str, limit: int) -> str:
    """At most `limit` bytes, cut between characters, with an ellipsis where something is missing."""
    if _size(text) <= limit:
        return text
    kept = text.encode()[: max(limit - _size("…"), 0)].decode(errors="ignore")
    return kept.rstrip() + "…"


@lru_cache(OPTIONS_KEPT)
def _fitting_options(buttons: tuple[Button, ...], phrases: Phrases) -> str:
    options = ""
    for width in LABEL_WIDTHS:
        options = "\n".join(_option_lines(buttons, phrases, width))
        if _size(options) <= MAX_TEXT_BYTES - MIN_BODY_BYTES:
            break
    return options


def _option_lines(buttons: tuple[Button, ...], phrases: Phrases, width: int) -> list[str]:
    if not buttons:
        return []
    language = "en" if _marked(buttons, ENGLISH_MARK) else "zh"
    labels = [_label(button, width) for button in buttons if not button.typed]
    numbered = [f"【{number}】{label}" for number, label in enumerate(labels, start=1)]
    home = phrases.say(language, "wechat.pick_or_home" if numbered else "wechat.home")
    hints = [*_hint_lines(buttons, phrases, language), home]
    return [*numbered, *(map(traditional, hints) if _marked(buttons, TRADITIONAL_MARK) else hints)]


def _marked(buttons: tuple[Button, ...], mark: str) -> bool:
    return any(button.command.endswith(f" {mark}") for button in buttons)


def _hint_lines(buttons: tuple[Button, ...], phrases: Phrases, language: str) -> list[str]:
    """One line for all votes (the first number stands for every other), one for all else that is typed."""
    typed = dict.fromkeys(printable(b.typed) for b in buttons if b.typed not in ("", TYPED_HOME))
    votes = [match for hint in typed if (match := _VOTE.fullmatch(hint))]
    others = [f"“{hint}”" for hint in typed if not _VOTE.fullmatch(hint)]
    lines = []
    if votes:
        lines.append(phrases.say(language, "wechat.type_vote", typed=votes[0].group(), number=votes[0][1]))
    if others:
        hints = shortened(("、" if language == "zh" else ", ").join(others), MAX_HINT_BYTES)
        lines.append(phrases.say(language, "wechat.type_hint", hints=hints))
    return lines


def _label(button: Button, width: int) -> str:
    label = _without_tags(" ".join(printable(button.label).split()))
    return label if len(label) <= width else label[: width - 1] + "…"


def _cdata(text: str) -> str:
    """A CDATA section cannot hold its own end: the text is split there into two."""
    return "<![CDATA[" + printable(text).replace("]]>", "]]]]><![CDATA[>") + "]]>"


def _size(text: str) -> int:
    return len(text.encode())
