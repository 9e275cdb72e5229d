"""Pictures on their way to Telegram: uploaded once, known by their file_id from then on (Bot API, "Sending files")."""

import logging
from typing import Protocol

import msgspec
from msgspec import ValidationError
from telegram import InputFile

from bot.channels.telegram.payloads import SentPhoto
from bot.channels.telegram.render import Call
from bot.messages import Photo, Picture

log = logging.getLogger(__name__)

REMEMBERED = 256


class Gallery(Protocol):
    async def image(self, picture: Picture | Photo) -> bytes: ...


class Photos:
    """Without a `gallery` every picture is told in words."""

    def __init__(self, gallery: Gallery | None = None) -> None:
        self._gallery = gallery
        self._file_ids: dict[Picture | Photo, str] = {}

    async def load(self, call: Call, picture: Picture | Photo) -> Call:
        """The call with what Telegram takes for the picture; in words where it cannot be shown."""
        if picture in self._file_ids:
            return call.with_photo(self._file_ids[picture])
        if not self._gallery:
            return call.in_words()
        try:
            image = await self._gallery.image(picture)
        except OSError as fault:
            log.error("a picture cannot be shown (%s), its words go out alone: haowangmin doctor", fault)
            return call.in_words()
        name = "photo.jpg" if isinstance(picture, Photo) else "picture.png"
        return call.with_photo(InputFile(image, filename=name))

    def remember(self, picture: Picture | Photo, result: object) -> None:
        """Keep the file_id of a picture that was sent."""
        try:
            sizes = msgspec.convert(result, SentPhoto).photo
        except ValidationError:
            return
        if sizes:
            self._file_ids[picture] = sizes[-1].file_id
        while len(self._file_ids) > REMEMBERED:
            self.forget(next(iter(self._file_ids)))

    def forget(self, picture: Picture | Photo) -> None:
        self._file_ids.pop(picture, None)
