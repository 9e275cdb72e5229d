"""Replies as calls of the Bot API: plain text, inline keyboards, Telegram's sizes."""

import unicodedata
from collections.abc import Iterable

from msgspec import Struct
from msgspec.json import Encoder

from bot.channels.telegram.payloads import Origin
from bot.messages import Button, Link, Offer, Offers, Photo, Picture, Reply

# Bot API, sendMessage, answerCallbackQuery and InlineKeyboardButton; limits.tginfo.me for the keyboard.
TEXT_UNITS = 4096
CAPTION_UNITS = 1024
NOTICE_UNITS = 200
CALLBACK_DATA_BYTES = 64
BUTTONS_A_ROW = 8
BUTTONS = 100
# Bot API, answerInlineQuery; the rest are sizes that clients show, of which it says nothing.
RESULTS = 50
RESULT_TITLE_UNITS = 128
RESULT_SUMMARY_UNITS = 256
# Who asks for the same words again gets the same: so long may somebody be offered a story that was taken down.
RESULTS_KEPT_SECONDS = 60
_INVITED = "inline"  # what follows /start where the line above the results leads

_NO_PREVIEW = {"is_disabled": True}
_BREAKS = ("\n", "。", "！", "？", ". ", " ")
_JOINER = "\u200d"
_SKIN_TONES = "\U0001f3fb\U0001f3fc\U0001f3fd\U0001f3fe\U0001f3ff"

_encode = Encoder().encode

# Bot API, InlineKeyboardButton.
Key = dict[str, object]


class Call(Struct, frozen=True):
    """A method of the Bot API with its parameters."""

    method: str
    params: dict[str, object]

    @property
    def picture(self) -> Picture | Photo | None:
        """The picture that the call is to show, as long as it is a description."""
        photo = self.params.get("photo")
        return photo if isinstance(photo, Picture | Photo) else None

    def with_photo(self, photo: object) -> "Call":
        return Call(self.method, self.params | {"photo": photo})

    def in_reply_to(self, message_id: int) -> "Call":
        """Shown below the message that it answers, as long as that is there (Bot API, ReplyParameters)."""
        answered = {"message_id": message_id, "allow_sending_without_reply": True}
        return Call(self.method, self.params | {"reply_parameters": answered})

    def in_words(self) -> "Call":
        """The caption as a message of its own."""
        params = {name: value for name, value in self.params.items() if name not in ("photo", "caption")}
        return Call("sendMessage", params | {"text": self.params["caption"], "link_preview_options": _NO_PREVIEW})


class Answer(Struct, frozen=True):
    """The calls that answer an update, in order.

    `before` is the beginning of a long text, or a picture that may have to be uploaded; `main` may ride in the
    webhook's HTTP response, `after` is a courtesy: it stops a button's spinner.
    """

    before: tuple[Call, ...] = ()
    main: Call | None = None
    after: Call | None = None


def to_http(call: Call) -> bytes:
    """The body of a webhook's response that makes the call (Bot API, "Making requests")."""
    return _encode({"method": call.method, **call.params})


def with_link(reply: Reply, username: str) -> Reply:
    """The link as one that opens the talk with this bot (Telegram, "Deep linking"); none while its name is unknown."""
    return reply.linked(f"https://t.me/{username}?start={reply.link.payload}" if reply.link and username else "")


def page_key(link: Link | None, site: str, private: bool) -> Key | None:
    """A button that opens the page of what can be passed on; only https is allowed (Bot API, WebAppInfo).

    In a private chat it opens inside Telegram; in a group Telegram takes no such button, and it is a link.
    """
    if not (link and link.opens and site.startswith("https:")):
        return None
    address = site + link.path
    return {"text": link.opens, "web_app": {"url": address}} if private else {"text": link.opens, "url": address}


def to_answer(reply: Reply, origin: Origin, page: Key | None = None) -> Answer:
    """What the person gets to see; `page` is one more button, below all others.

    Raises ValueError for buttons that Telegram cannot carry.
    """
    if origin.tap and (reply.notice or not _says(reply, origin)):
        return Answer(main=_stop_spinner(origin.tap, reply.notice))
    if origin.chat is None or not _says(reply, origin):
        return Answer()
    after = _stop_spinner(origin.tap) if origin.tap else None
    first, *further = to_messages(reply, origin.chat, origin.thread, page)
    *before, last = (first.in_reply_to(origin.reply_to) if origin.reply_to else first, *further)
    if last.picture:
        return Answer((*before, last), after=after)
    if reply.replaces and origin.editable is not None and not before:
        return Answer(main=_as_edit(last, origin.editable), after=after)
    return Answer(tuple(before), last, after)


def to_results(offers: Offers, query_id: str, username: str) -> Call:
    """The articles to choose from, and the line above them that leads to the private chat."""
    results = [_article(str(number), offer, username) for number, offer in enumerate(offers.offers[:RESULTS], start=1)]
    params: dict[str, object] = {
        "inline_query_id": query_id,
        "results": results,
        "cache_time": RESULTS_KEPT_SECONDS,
        "is_personal": True,  # in the language of who asks
    }
    if offers.invitation:
        params["button"] = {"text": offers.invitation, "start_parameter": _INVITED}
    return Call("answerInlineQuery", params)


def to_messages(reply: Reply, chat: int | str, thread: int | None = None, page: Key | None = None) -> tuple[Call, ...]:
    """The reply as one or more calls, the buttons under the last; a text that fits is its picture's caption.

    Raises ValueError for buttons that Telegram cannot carry.
    """
    parts = split(reply.text, TEXT_UNITS)
    calls = [_send(part, chat, thread) for part in parts]
    if reply.picture:
        is_caption = len(parts) == 1 and _fits(parts[0], CAPTION_UNITS)
        caption = parts[0] if is_caption else cut(reply.picture.title, CAPTION_UNITS)
        calls = [_show(reply.picture, caption, chat, thread), *calls[is_caption:]]
    if (reply.buttons or page) and calls:
        keys = [*_keyboard(reply.buttons), *([[page]] if page else [])]
        calls[-1].params["reply_markup"] = {"inline_keyboard": keys}
    return tuple(calls)


def split(text: str, units: int) -> tuple[str, ...]:
    """The text in parts of at most `units` UTF-16 code units, ending with a line or sentence if they can."""
    parts = []
    while text:
        end = _end_of_part(text, units)
        part = text[:end].strip()
        text = text[end:]
        if part:
            parts.append(part)
    return tuple(parts)


def cut(text: str, units: int) -> str:
    """The beginning of the text that fits into `units` UTF-16 code units; … marks what was left out."""
    if _fits(text, units):
        return text
    return text[: _whole(text, _fitting(text, units - 1))].rstrip() + "…"


def _article(name: str, offer: Offer, username: str) -> dict[str, object]:
    content = {"message_text": _shared_text(offer, username), "link_preview_options": _NO_PREVIEW}
    title, summary = cut(offer.title, RESULT_TITLE_UNITS), cut(offer.summary, RESULT_SUMMARY_UNITS)
    return {"type": "article", "id": name, "title": title, "description": summary, "input_message_content": content}


def _shared_text(offer: Offer, username: str) -> str:
    """The text with the link to it, which is there to the end however long the text is."""
    link = with_link(Reply(link=offer.link), username).text
    return f"{cut(offer.text, TEXT_UNITS - len(link))}{link}"


def _says(reply: Reply, origin: Origin) -> bool:
    return origin.chat is not None and bool(reply.text) and not reply.text.isspace()


def _send(text: str, chat: int | str, thread: int | None) -> Call:
    params: dict[str, object] = {"chat_id": chat, "text": text, "link_preview_options": _NO_PREVIEW}
    if thread is not None:
        params["message_thread_id"] = thread
    return Call("sendMessage", params)


def _show(picture: Picture | Photo, caption: str, chat: int | str, thread: int | None) -> Call:
    params: dict[str, object] = {"chat_id": chat, "photo": picture, "caption": caption}
    if thread is not None:
        params["message_thread_id"] = thread
    return Call("sendPhoto", params)


def _as_edit(call: Call, message_id: int) -> Call:
    params = {key: value for key, value in call.params.items() if key != "message_thread_id"}
    return Call("editMessageText", params | {"message_id": message_id})


def _stop_spinner(tap: str, notice: str = "") -> Call:
    params: dict[str, object] = {"callback_query_id": tap}
    if notice:
        params |= {"text": cut(notice, NOTICE_UNITS), "show_alert": True}
    return Call("answerCallbackQuery", params)


def _keyboard(rows: Iterable[tuple[Button, ...]]) -> list[list[Key]]:
    keyboard = [
        [_key(button) for button in row[start : start + BUTTONS_A_ROW]]
        for row in rows
        for start in range(0, len(row), BUTTONS_A_ROW)
    ]
    if sum(map(len, keyboard)) > BUTTONS:
        raise ValueError(f"a message carries at most {BUTTONS} buttons; show the list in pages")
    return keyboard


def _key(button: Button) -> Key:
    if len(button.command.encode()) > CALLBACK_DATA_BYTES:
        raise ValueError(f"a button's command has at most {CALLBACK_DATA_BYTES} bytes: {button.command}")
    return {"text": button.label, "callback_data": button.command}


def _end_of_part(text: str, units: int) -> int:
    end = _fitting(text, units)
    if end == len(text):
        return end
    for mark in _BREAKS:
        found = text.rfind(mark, end // 2, end)
        if found >= 0:
            return found + len(mark)
    return _whole(text, end)


def _fits(text: str, units: int) -> bool:
    return 2 * len(text) <= units or len(text) + sum(character > "\uffff" for character in text) <= units


def _fitting(text: str, units: int) -> int:
    """How many characters of the text fit into `units`."""
    if _fits(text, units):
        return len(text)
    used = 0
    for index, character in enumerate(text):
        used += 2 if character > "\uffff" else 1
        if used > units:
            return index
    return len(text)


def _whole(text: str, end: int) -> int:
    """`end`, moved forward to before a character that is made of several (family emoji, accents)."""
    start = end
    while 0 < start < len(text) and (_continues(text[start]) or text[start - 1] == _JOINER):
        start -= 1
    return start or end


def _continues(character: str) -> bool:
    return character == _JOINER or character in _SKIN_TONES or unicodedata.category(character) in {"Mn", "Me", "Mc"}
