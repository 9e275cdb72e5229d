"""What is published at the desk of a tip: it lies over what the authored files say."""

import hashlib
from typing import Any

import msgspec
from msgspec import Struct

from bot.domain.revisions import Revision
from bot.domain.tips import Tip, Tips


class Written(Struct, frozen=True):
    """The body of a revision: a table as it would stand in a file; an empty one leaves the word to the file.

    `file` is where a table goes that no file has, relative to the content folder.
    """

    table: dict[str, Any] = {}
    file: str = ""

    def body(self) -> bytes:
        return msgspec.json.encode(self)


class Laid(Struct, frozen=True):
    """What is published of a tip, by its id."""

    subject: str
    written: Written


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


class Fault(Struct, frozen=True):
    """What is wrong with a draft: the key of its table, and a code with the blanks of its sentence at the desk."""

    key: str
    code: str = "wrong"
    blanks: dict[str, str] = {}


class Checked(Struct, frozen=True):
    """A draft as the tip that it would be, where it can be read; `faults` keep it from being published."""

    tip: Tip | None
    faults: tuple[Fault, ...] = ()


def written_in(body: bytes) -> Written:
    """What a revision says; what cannot be read leaves the word to the file."""
    try:
        return msgspec.json.decode(body, type=Written)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return Written()


def laid_by(revision: Revision) -> Laid:
    """A published tip, to be laid over the files."""
    return Laid(revision.subject, written_in(revision.body))
