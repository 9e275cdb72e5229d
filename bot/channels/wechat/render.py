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
_GAP = len("\n\n")
# A label's characters, ever fewer until all options fit.
LABEL_WIDTHS = (80, 40, 20, 10, 5, 2)
# Of replies, written out: the same few come again and again.
OPTIONS_KEPT = 256
# The last line says it to everybody, so that it is no hint beside the others.
TYPED_HOME = "0"
# Ends the commands of a talk in traditional script, as the router marks them.
TRADITIONAL_MARK = "#hant"

_VOTE = re.compile(r"(?:投票|vote)\s*(\d+)", re.IGNORECASE)
# A text message knows one tag, <a>: its weixin:// links can send words in the reader's name. People's words hold none.
_LINK_TAG = re.compile(r"<(?=\s*/?\s*a(?![a-z]))", re.IGNORECASE)
# In an address all else may end it.
_CAN_BE_SAID = re.compile(r"[\w .:,，。、：；！？（）【】「」《》“”—✓👍👎-]+").fullmatch
_TAP = re.compile('<a href="weixin://bizmsgmenu[^"]*">([^<]*)</a>')
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def render(reply: Reply, phrases: Phrases, public_url: str = "", *, taps: bool = False) -> str:
    """The text that the person reads, at most MAX_TEXT_BYTES; empty when nothing is said.

    A long text is shortened, options and the link to the page under `public_url` never are left out. With `taps`
    the options can be tapped on as well as typed, where there is room for that.
    """
    body = _without_tags(printable(reply.text).strip())
    if not body:
        return ""
    if taps:
        below = _below(reply, phrases, public_url, taps=True)
        if below and _size(body) + _GAP + _size(below) <= MAX_TEXT_BYTES:
            return f"{body}\n\n{below}"
    below = _below(reply, phrases, public_url)
    if not below:
        return shortened(body, MAX_TEXT_BYTES)
    return shortened(body, MAX_TEXT_BYTES - _size(below) - _GAP) + "\n\n" + below


def _below(reply: Reply, phrases: Phrases, public_url: str, *, taps: bool = False) -> str:
    """The address of the page and the options."""
    link = f"{reply.link.label}：{public_url}{reply.link.path}" if reply.link and public_url else ""
    options = (_tapped_options if taps else _fitting_options)(reply.flat_buttons(), phrases)
    return "\n\n".join(filter(None, (link, options)))


def room_for(reply: Reply, phrases: Phrases, public_url: str = "") -> int:
    """How many bytes of text there is room for above the options and the link of this reply."""
    below = _below(reply, phrases, public_url)
    return MAX_TEXT_BYTES - (_size(below) + _GAP if below else 0)


def to_xml(content: str, *, openid: str, account: str, at: datetime) -> str:
    """The 被动回复 with this content, from the account to the person."""
    return (
        f"<xml><ToUserName>{_cdata(openid)}</ToUserName><FromUserName>{_cdata(account)}</FromUserName>"
        f"<CreateTime>{int(at.timestamp())}</CreateTime>{content}</xml>"
    )


def text_content(text: str) -> str:
    """Of the type text; empty when nothing is said."""
    return f"<MsgType><![CDATA[text]]></MsgType><Content>{_cdata(text)}</Content>" if text else ""


def image_content(media_id: str) -> str:
    """Of the type image: a message holds a picture or words, not both."""
    return f"<MsgType><![CDATA[image]]></MsgType><Image><MediaId>{_cdata(media_id)}</MediaId></Image>"


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


@lru_cache(OPTIONS_KEPT)
def _tapped_options(buttons: tuple[Button, ...], phrases: Phrases) -> str:
    return "\n".join(_option_lines(buttons, phrases, LABEL_WIDTHS[0], taps=True))


def _option_lines(buttons: tuple[Button, ...], phrases: Phrases, width: int, *, taps: bool = False) -> list[str]:
    if not buttons:
        return []
    language = "en" if _marked(buttons, ENGLISH_MARK) else "zh"
    labels = [_label(button, width) for button in buttons if not button.typed]
    numbered = [f"【{number}】{label}" for number, label in enumerate(labels, start=1)]
    if taps:
        typed = [button for button in buttons if button.typed not in ("", TYPED_HOME)]
        numbered = [
            *map(_tap, numbered, labels),
            *(_tap(_label(button, width), _label_of(button.typed, width)) for button in typed),
        ]
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


def _tap(shown: str, said: str) -> str:
    """Msgmenu in a text: a tap on `shown` sends `said`, which is matched by its content; some accounts give no id."""
    return (
        f'<a href="weixin://bizmsgmenu?msgmenucontent={said}&msgmenuid=1">{shown}</a>' if _CAN_BE_SAID(said) else shown
    )


def without_taps(text: str) -> str:
    """The words of a text that is written with taps."""
    return _TAP.sub(r"\1", text)


def _label(button: Button, width: int) -> str:
    return _label_of(button.label, width)


def _label_of(text: str, width: int) -> str:
    label = _without_tags(" ".join(printable(text).split()))
    return label if len(label) <= width else label[: width - 1] + "…"


def _cdata(text: str) -> str:
    """A CDATA section cannot hold its own end: the text is split there into two."""
    return "<![CDATA[" + printable(text).replace("]]>", "]]]]><![CDATA[>") + "]]>"


def _size(text: str) -> int:
    return len(text.encode())
