"""Photos of stories: from what a platform names them by to a picture without anything but what it shows."""

import hashlib
from datetime import datetime, timedelta
from typing import Protocol

from msgspec import Struct

MAX_PHOTO_BYTES = 10 * 1024 * 1024
ATTEMPTS = 6
# After the first failure; each further one doubles it. The last attempt is about a quarter of an hour after the first.
FIRST_PAUSE = timedelta(seconds=30)
# What was sent to the web chat and belongs to no story an hour later is deleted.
ADRIFT_LASTS = timedelta(hours=1)
UPLOADED = "upload"  # the reference of a photo that came with the request, and is here already


class NoPhoto(Exception):
    """This will never be a photo: too large, another format, broken, gone; the message is for the log."""


class NotYet(Exception):
    """The photo cannot be fetched now, perhaps later."""


def photo_key(message_id: str) -> str:
    """The key of the photo that came with a message, the same for a redelivery."""
    return hashlib.sha256(f"photo {message_id}".encode()).hexdigest()[:32]


class Wanted(Struct, frozen=True):
    """A photo to be fetched: the channel and what that names it by. `attempts` have failed so far."""

    key: str
    channel: str
    source: str
    attempts: int = 0

    def due_again(self, at: datetime) -> datetime:
        """When to try again after a failure at this instant."""
        return at + FIRST_PAUSE * float(2**self.attempts)


class Developed(Struct, frozen=True):
    """A photo as it is kept: a JPEG without any metadata."""

    key: str
    jpeg: bytes
    at: datetime

    @property
    def digest(self) -> bytes:
        return hashlib.sha256(self.jpeg).digest()


class PhotoStore(Protocol):
    async def wanted(self, at: datetime, limit: int) -> list[Wanted]:
        """Photos whose turn to be fetched has come."""
        ...

    async def keep(self, photo: Developed) -> None: ...

    async def postpone(self, photo: Wanted, at: datetime) -> None:
        """It failed: count that, and try again at this instant."""
        ...


class Fetch(Protocol):
    async def __call__(self, source: str) -> bytes:
        """What a platform has under this reference, at most MAX_PHOTO_BYTES. Raises NoPhoto or NotYet."""
        ...
