"""What is published at the desk of an entry or a tip: it lies over what the authored files say."""

import hashlib
from typing import Any, Literal

import msgspec
from msgspec import Struct

from bot.domain.tips import Tips


class Written(Struct, frozen=True):
    """The body of a revision: a table as it would stand in a file; an empty one leaves the word to the file.

    `file` is where a table goes that no file has, relative to the content folder.
    """

    table: dict[str, Any] = {}
    file: str = ""

    def body(self) -> bytes:
        return msgspec.json.encode(self)


class Laid(Struct, frozen=True):
    """What is published of a subject, the id of a tip or of an entry."""

    kind: Literal["tip", "entry"]
    subject: str
    written: Written

    @property
    def name(self) -> str:
        return name_of(self.kind, self.subject)


class Authored(Struct, frozen=True):
    """What the file itself says of a subject, whatever is laid over it."""

    file: str
    table: dict[str, Any]

    @property
    def digest(self) -> str:
        text = msgspec.json.encode(self.table, order="deterministic")
        return hashlib.sha256(text).hexdigest()


class Fitted(Struct, frozen=True):
    """The tips with what is laid over them; `misfits` by id is what the files do not bear any more, with why."""

    tips: Tips
    misfits: dict[str, str] = {}


def name_of(kind: str, subject: str) -> str:
    return f"{kind}/{subject}"


def written_in(body: bytes) -> Written:
    return msgspec.json.decode(body, type=Written)
