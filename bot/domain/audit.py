"""The log of what was done at the desk: each row holds the digest of the row before, so that none goes unseen."""

import hashlib
import hmac
from collections.abc import Callable
from datetime import datetime

import msgspec
from msgspec import Struct

BEGINNING = bytes(hashlib.sha256().digest_size)
_HEAD_DIGITS = 16


class Entry(Struct, frozen=True):
    """Who did what to which subject, and what came of it. Never a password, nor a text of somebody."""

    at: datetime
    who: str
    act: str
    subject: str
    outcome: str


class Row(Struct, frozen=True):
    """An entry in its place of the chain."""

    number: int
    entry: Entry
    digest: bytes

    @property
    def head(self) -> str:
        """What to note down: a log that still has this row has all those before it."""
        return f"{self.number}:{self.digest.hex()[:_HEAD_DIGITS]}"


def in_words(entry: Entry, say: Callable[[str], str]) -> tuple[str, str]:
    """The act and the outcome; the bare code where no phrase is known, as a log must always be readable."""
    return _said(say, "act", entry.act), _said(say, "end", entry.outcome)


def _said(say: Callable[[str], str], part: str, code: str) -> str:
    try:
        return say(f"desk.{part}.{code}")
    except KeyError:
        return code


def digest_of(key: bytes, before: bytes, number: int, entry: Entry) -> bytes:
    """The row's digest, which only who has the key can make."""
    return hmac.digest(key, before + msgspec.json.encode((number, entry)), "sha256")


class Chain:
    """Looks at the rows of a log one after the other, from the first on."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._number = 0
        self._before = BEGINNING

    def holds(self, row: Row) -> bool:
        """Whether this is the next row, as it was written; none was changed, left out or put in before it."""
        self._number += 1
        wanted = digest_of(self._key, self._before, self._number, row.entry)
        self._before = row.digest
        return row.number == self._number and hmac.compare_digest(row.digest, wanted)
