"""Valid payloads, broken in every way that comes to mind: by chance from a seed, and by grammars."""

import base64
import json
import os
import random
import struct
from collections.abc import Callable, Iterator
from typing import Any

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from hypothesis import strategies as st

from tests.channels.telegram import recorded as telegram
from tests.channels.wechat import payloads_recorded as wechat
from tests.channels.wechat.official_account import AES_KEY, APP_ID, Call, encrypted, signed_call

KINDS = json.loads((telegram.FOLDER.parent / "kinds" / "updates.json").read_text("utf-8"))
UPDATES = (*map(telegram.body, telegram.NAMES), *(json.dumps(update).encode() for update in KINDS.values()))
PAYLOADS = tuple(text for name, text in sorted(vars(wechat).items()) if name.isupper())

_ODD_NUMBERS = (
    *(
        "-1",
        "0",
        "1e400",
        "-1e400",
        "1e-400",
        "NaN",
        "-NaN",
        "Infinity",
        "-0",
        "0.1",
        "1" + "0" * 400,
        "00",
        "+1",
        "1.",
        ".1",
    ),
    *(str(2**31), str(2**53 + 1), str(2**63), str(-(2**63) - 1), str(2**64), "0x10", "1_0", "١"),
)
_ODD_TEXTS = (
    *(
        '""',
        '"\\ud800"',
        '"\\udfff\\ud800"',
        '"\\u0000"',
        '"\x00"',
        '"\\uffff"',
        '"' + "长" * 5000 + '"',
        '"\\x41"',
        '"\\',
    ),
    *('"/"', '"/ "', '"/@"', '"/vote"', '"/vote nanyue-stories 99999999999999999999"', '"/start ' + "x" * 300 + '"'),
    *(
        '"\u202e\u2066"',
        '"' + "e" + "\u0301" * 4000 + '"',
        '"\\r\\n\\r\\nHTTP/1.1 500"',
        '"]]>"',
        '"{{7*7}}"',
        '"\u200d"',
    ),
)
_ODD_VALUES = (
    *_ODD_NUMBERS,
    *_ODD_TEXTS,
    *(
        "null",
        "true",
        "false",
        "[]",
        "{}",
        "[[]]",
        "[null]",
        '{"id": {}}',
        "[1, {}]",
        "nul",
        "undefined",
        "'a'",
        "// x",
    ),
    *("[" * 60 + "]" * 60, '{"a":' * 60 + "1" + "}" * 60, "[" * 5000 + "]" * 5000, '{"a":' * 5000 + "1" + "}" * 5000),
)
_ENCODINGS = ("utf-16", "utf-16-le", "utf-32", "gb18030", "big5", "latin-1", "utf-7", "utf-8-sig", "cp500")
_HOLE = "\ue000hole\ue000"


class Chance:
    """The same seed makes the same bodies."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def updates(self, count: int) -> Iterator[bytes]:
        """Bodies for the Telegram webhook."""
        for _ in range(count):
            yield self.broken(self.random.choice(UPDATES))

    def calls(self, count: int, stamp: Callable[[], str]) -> Iterator[Call]:
        """Calls of the WeChat callback: broken payloads well sealed, broken envelopes, broken seals."""
        for _ in range(count):
            yield self.random.choice((self._broken_payload, self._broken_envelope, self._broken_seal))(stamp())

    def broken(self, body: bytes) -> bytes:
        """A JSON document, or other bytes, with something else in it, or damaged."""
        if body[:1] == b"{" and self.random.random() < 0.7:
            body = self._value_replaced(body)
        return self._bytes_broken(body) if self.random.random() < 0.5 else body

    def _value_replaced(self, body: bytes) -> bytes:
        """Another value somewhere, or a key twice, missing or renamed."""
        update = json.loads(body)
        holder, key = self.random.choice(list(_places(update)))
        kind = self.random.random()
        if kind < 0.15:
            del holder[key]
            return json.dumps(update).encode()
        odd = self.random.choice(_ODD_VALUES)
        if kind < 0.3 and isinstance(holder, dict):
            holder[_HOLE] = holder[key]
            twice = f"{json.dumps(key)}: {odd}, {json.dumps(key)}"
            return json.dumps(update, ensure_ascii=False).replace(json.dumps(_HOLE, ensure_ascii=False), twice).encode()
        holder[key] = _HOLE
        written = json.dumps(update, ensure_ascii=self.random.random() < 0.5)
        for hole in (json.dumps(_HOLE), json.dumps(_HOLE, ensure_ascii=False)):
            written = written.replace(hole, odd)
        return written.encode("utf-8", "surrogatepass")

    def _bytes_broken(self, body: bytes) -> bytes:
        return self.random.choice(
            (self._cut, self._flipped, self._inserted, self._encoded, self._repeated, self._marked, self._padded)
        )(body)

    def _cut(self, body: bytes) -> bytes:
        return body[: self.random.randrange(len(body) + 1)]

    def _flipped(self, body: bytes) -> bytes:
        changed = bytearray(body or b"\0")
        for _ in range(self.random.randint(1, 8)):
            changed[self.random.randrange(len(changed))] ^= 1 << self.random.randrange(8)
        return bytes(changed)

    def _inserted(self, body: bytes) -> bytes:
        at = self.random.randrange(len(body) + 1)
        return body[:at] + self.random.randbytes(self.random.randint(1, 16)) + body[at:]

    def _encoded(self, body: bytes) -> bytes:
        return body.decode("utf-8", "replace").encode(self.random.choice(_ENCODINGS), "replace")

    def _repeated(self, body: bytes) -> bytes:
        start, end = sorted(self.random.randrange(len(body) + 1) for _ in range(2))
        return body[:end] + body[start:end] * self.random.randint(1, 4) + body[end:]

    def _marked(self, body: bytes) -> bytes:
        return self.random.choice((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff", b"\0", b" " * 100, b"\n")) + body

    def _padded(self, body: bytes) -> bytes:
        """Seldom large: 64 KiB and a byte, a MiB and a byte."""
        if self.random.random() < 0.02:
            return body + b" " * (self.random.choice((64, 1024)) * 1024 + 1 - len(body))
        return body + self.random.choice((b" ", b"\0", b"}", b"</xml>", b"\xff")) * self.random.randint(1, 20)

    def _broken_payload(self, stamp: str) -> Call:
        xml = self._xml_broken(self.random.choice(PAYLOADS))
        body = self._bytes_broken(xml.encode("utf-8", "surrogatepass")) if self.random.random() < 0.4 else xml.encode()
        return signed_call(encrypted(body), timestamp=stamp)

    def _broken_envelope(self, stamp: str) -> Call:
        made = signed_call(encrypted(self.random.choice(PAYLOADS).encode()), timestamp=stamp)
        body = self._xml_broken(made.body.decode()).encode() if self.random.random() < 0.5 else made.body
        return Call(made.query, self._bytes_broken(body) if self.random.random() < 0.7 else body)

    def _broken_seal(self, stamp: str) -> Call:
        """Signed as it should be, and not to be opened."""
        sealed = self.random.choice((self._junk, self._cut_seal, self._wrongly_packed, self._other_key))()
        return signed_call(sealed, timestamp=stamp)

    def _junk(self) -> str:
        return "".join(self.random.choices("ABCabc019+/=-_ \n网", k=self.random.randint(1, 400)))

    def _cut_seal(self) -> str:
        sealed = encrypted(self.random.choice(PAYLOADS).encode())
        return sealed[: self.random.randrange(1, len(sealed))]

    def _wrongly_packed(self) -> str:
        """A length that lies, no app id, a padding of nothing."""
        text = self.random.choice(PAYLOADS).encode()
        length = self.random.choice((0, 1, len(text) + 1, len(text) + 500, 2**31, 2**32 - 1))
        packed = self.random.randbytes(16) + struct.pack(">I", length) + text + APP_ID.encode()
        count = 32 - len(packed) % 32
        padding = bytes([self.random.choice((0, 1, count, 33, 255))]) * count
        key = base64.b64decode(AES_KEY + "=")
        cipher = Cipher(algorithms.AES(key), modes.CBC(key[:16])).encryptor()
        return base64.b64encode(cipher.update(packed + padding) + cipher.finalize()).decode()

    def _other_key(self) -> str:
        return encrypted(self.random.choice(PAYLOADS).encode(), aes_key=base64.b64encode(os.urandom(33)).decode()[:43])

    def _xml_broken(self, xml: str) -> str:
        first, second = self.random.choices(_XML_TRICKS, k=2)
        return self._tricked(self._tricked(xml, first) if self.random.random() < 0.3 else xml, second)

    def _tricked(self, xml: str, trick: Callable[[str, random.Random], str]) -> str:
        return trick(xml, self.random)


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every holder of a value in a JSON document, with the key or place."""
    found = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in found:
        yield value, key
        yield from _places(inner)


def _elements(xml: str) -> list[str]:
    return [part.partition(">")[0] for part in xml.split("<")[1:] if part[:1].isalpha()]


def _dropped(xml: str, chance: random.Random) -> str:
    name = chance.choice(_elements(xml) or ["xml"])
    start, end = xml.find(f"<{name}>"), xml.find(f"</{name}>")
    return xml if end < 0 else xml[:start] + xml[end + len(name) + 3 :]


def _doubled(xml: str, chance: random.Random) -> str:
    name = chance.choice(_elements(xml) or ["xml"])
    start, end = xml.find(f"<{name}>"), xml.find(f"</{name}>") + len(name) + 3
    return xml[:end] + xml[start:end] + xml[end:]


def _refilled(xml: str, chance: random.Random) -> str:
    name = chance.choice(_elements(xml) or ["xml"])
    start, end = xml.find(f"<{name}>") + len(name) + 2, xml.find(f"</{name}>")
    return xml if end < 0 else xml[:start] + chance.choice(_XML_VALUES) + xml[end:]


def _renamed(xml: str, chance: random.Random) -> str:
    name = chance.choice(_elements(xml) or ["xml"])
    return xml.replace(
        name, chance.choice(("Other", "xml", "网", "a:b", "1a", "", name.lower(), "Encrypt", "#text", "@id"))
    )


def _prefixed(xml: str, chance: random.Random) -> str:
    return chance.choice(_PROLOGUES) + xml


_XML_VALUES = (
    *(
        "",
        " ",
        "<![CDATA[]]>",
        "<![CDATA[",
        "]]>",
        "<![CDATA[a]]]]><![CDATA[>b]]>",
        "<a>1</a>",
        "<a/>",
        "<!-- -->",
        "&amp;",
    ),
    *(
        "&a;",
        "&#0;",
        "&#x1F600;",
        "&#xD800;",
        "&lt;xml&gt;",
        "<?php ?>",
        "\x00",
        "\x0b",
        "\ufffe",
        "9" * 30,
        "-1",
        "1e9",
        "NaN",
    ),
    *(
        f"<![CDATA[{value}]]>"
        for value in ("text", "event", "TEXT", "image", "voice", "video", "location", "link", "file")
    ),
    *(
        f"<![CDATA[{value}]]>"
        for value in ("subscribe", "SCAN", "CLICK", "LOCATION", "VIEW", "unknown_2030", "shake", "device_text")
    ),
    *(
        f"<![CDATA[{value}]]>"
        for value in (
            "/:heart:",
            "/",
            "/vote nanyue-stories 3",
            "投票 3",
            "订阅 8点",
            "长" * 3000,
            "e" + "\u0301" * 900,
        )
    ),
    *("<a>" * 50 + "</a>" * 50, "<a>" * 3000 + "</a>" * 3000, "<a b='1' c=\"2\"/>" * 40, "<x xmlns='u'/>", "<x:y/>"),
)
_PROLOGUES = (
    *(
        '<?xml version="1.0" encoding="utf-8"?>',
        '<?xml version="1.0" encoding="gb2312"?>',
        '<?xml version="9.9"?>',
        "\ufeff",
        "\n",
        "x",
    ),
    '<!DOCTYPE xml [<!ENTITY a "好"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;">]>',
    '<!DOCTYPE xml [<!ENTITY a SYSTEM "file:///etc/hostname">]>',
    '<!DOCTYPE xml [<!ENTITY % a SYSTEM "http://127.0.0.1:9/x.dtd"> %a;]>',
    '<!DOCTYPE xml SYSTEM "http://127.0.0.1:9/x.dtd">',
    "<!-- -->",
    "<xml>",
)
_XML_TRICKS: tuple[Callable[[str, random.Random], str], ...] = (
    _dropped,
    _doubled,
    _refilled,
    _refilled,
    _renamed,
    _prefixed,
)

_scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=40)
_values = st.recursive(
    _scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
_user = st.fixed_dictionaries({"id": st.integers() | _values}, optional={"is_bot": _values, "first_name": _values})
_chat = st.fixed_dictionaries(
    {"id": st.integers() | _values, "type": st.sampled_from(["private", "group", "channel"]) | _values}
)
_message = st.fixed_dictionaries(
    {"message_id": st.integers() | _values, "chat": _chat | _values},
    optional={
        "from": _user | _values,
        "text": st.text(max_size=200) | _values,
        "caption": _values,
        "photo": st.lists(_values, max_size=3) | _values,
        "sender_chat": _chat | _values,
        "via_bot": _user | _values,
        "document": _values,
        "sticker": _values,
        "date": _values,
    },
)
UPDATE_GRAMMAR = st.fixed_dictionaries(
    {"update_id": st.integers(min_value=0) | _values},
    optional={
        "message": _message | _values,
        "edited_message": _message,
        "callback_query": st.fixed_dictionaries(
            {"id": st.text(max_size=20) | _values, "from": _user | _values},
            optional={"data": st.text(max_size=64) | _values, "message": _message | _values},
        ),
        "inline_query": st.fixed_dictionaries(
            {"id": st.text(max_size=20), "from": _user, "query": st.text(max_size=64) | _values}
        ),
        "my_chat_member": _values,
    },
).map(lambda update: json.dumps(update, ensure_ascii=False).encode("utf-8", "surrogatepass"))

_names = st.sampled_from(
    ["ToUserName", "FromUserName", "CreateTime", "MsgType", "Content", "MsgId", "Event", "EventKey", "Recognition", "a"]
)
_inner = st.text(max_size=40) | st.sampled_from(_XML_VALUES)
_element = st.recursive(
    st.builds(lambda name, inner: f"<{name}>{inner}</{name}>", _names, _inner),
    lambda inner: st.builds(
        lambda name, parts: f"<{name}>{''.join(parts)}</{name}>", _names, st.lists(inner, max_size=4)
    ),
    max_leaves=10,
)
PAYLOAD_GRAMMAR = st.builds(
    lambda prologue, parts: f"{prologue}<xml>{''.join(parts)}</xml>".encode("utf-8", "surrogatepass"),
    st.sampled_from(["", *_PROLOGUES]),
    st.lists(_element, max_size=8),
)
