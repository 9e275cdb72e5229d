"""Pictures on their way to WeChat: uploaded once as temporary material, known by their media_id from then on."""

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Protocol

from msgspec import Struct

from bot.channels.wechat.client import WeChatClient
from bot.channels.wechat.outcomes import CallFailed
from bot.context import Unavailable
from bot.messages import Photo, Picture

log = logging.getLogger(__name__)

_UPLOAD = "/cgi-bin/media/upload"
# 新增临时素材: a media_id lasts 3 days; an answer may come again within the hour.
MEDIA_LASTS = timedelta(days=3) - timedelta(hours=2)
MAX_KEPT = 500
# Of the 4 s that an answer may take; what takes longer is told in words, and there for the next who asks.
UPLOAD_SECONDS = 2.5


class Gallery(Protocol):
    async def image(self, shown: Picture | Photo) -> bytes: ...


class _Uploaded(Struct, frozen=True):
    media_id: str


class Pictures:
    """Without the right to upload, a font or an answer in time a picture is told in words."""

    def __init__(self, client: WeChatClient, gallery: Gallery, clock: Callable[[], datetime]) -> None:
        self._client = client
        self._gallery = gallery
        self._clock = clock
        self._ids: dict[bytes, tuple[str, datetime]] = {}
        self._uploads: dict[bytes, asyncio.Task[str]] = {}

    async def media_id(self, picture: Picture) -> str:
        """What WeChat knows the picture by; empty where it cannot be shown now."""
        try:
            async with asyncio.timeout(UPLOAD_SECONDS):
                return await self._known(await self._gallery.image(picture))
        except TimeoutError:
            log.warning("a picture was not there in time, its words went out alone")
        except OSError as fault:
            log.error("a picture cannot be shown (%s), its words go out alone: haowangmin doctor", fault)
        return ""

    async def close(self) -> None:
        for upload in tuple(self._uploads.values()):
            upload.cancel()
        await asyncio.gather(*self._uploads.values(), return_exceptions=True)

    async def _known(self, data: bytes) -> str:
        digest = sha256(data).digest()
        media_id, until = self._ids.get(digest, ("", self._clock()))
        if self._clock() < until:
            return media_id
        if digest not in self._uploads:
            upload = self._uploads[digest] = asyncio.create_task(self._upload(data, digest))
            upload.add_done_callback(lambda _: self._uploads.pop(digest, None))
        return await asyncio.shield(self._uploads[digest])

    async def _upload(self, data: bytes, digest: bytes) -> str:
        began = self._clock()
        try:
            uploaded = await self._client.upload(_UPLOAD, "image", ("picture.png", data, "image/png"), _Uploaded)
        except (CallFailed, Unavailable) as fault:
            log.warning("WeChat did not take a picture (%s), its words go out alone", fault)
            return ""
        self._ids.pop(digest, None)
        self._ids[digest] = (uploaded.media_id, began + MEDIA_LASTS)
        while len(self._ids) > MAX_KEPT:
            del self._ids[next(iter(self._ids))]
        return uploaded.media_id
