"""Photos on the web: one that is sent in the chat where it was asked for, and those of public stories."""

import hashlib
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Protocol

from starlette.requests import Request
from starlette.responses import Response

from bot.domain.photos import MAX_PHOTO_BYTES, UPLOADED, Developed, photo_key
from bot.messages import Address
from bot.pictures import Unreadable
from bot.web.bodies import Refused, read_bytes

PHOTO_TYPES = frozenset({"image/jpeg", "image/png", "image/webp"})
# A photo over a slow mobile network; a few at once, for each is held in memory, and one of each person.
UPLOAD_SECONDS = 60.0
AT_ONCE = 4
ETAG_DIGITS = 32


class Develops(Protocol):
    async def develop(self, data: bytes) -> bytes: ...


class Uploads:
    """Takes a photo from whom it was asked of. `wanted` says whether a person's photo with this key is welcome now."""

    def __init__(
        self,
        wanted: Callable[[Address, str], Awaitable[bool]],
        darkroom: Develops,
        bring: Callable[[Developed, str], Awaitable[None]],
        clock: Callable[[], datetime],
    ) -> None:
        self._wanted = wanted
        self._darkroom = darkroom
        self._bring = bring
        self._clock = clock
        self._under_way: set[Address] = set()

    async def take(self, request: Request, address: Address, message_id: str) -> str:
        """Keep the photo in the request's body; what the message refers to it by. Raises Refused."""
        _check_origin(request)
        key = photo_key(message_id)
        if not await self._wanted(address, key):
            raise Refused(409, "web.refused.photo_unasked")
        if address in self._under_way or len(self._under_way) >= AT_ONCE:
            raise Refused(503, "web.refused.photo_later")
        self._under_way.add(address)
        try:
            await self._keep(request, key)
        finally:
            self._under_way.discard(address)
        return UPLOADED

    async def _keep(self, request: Request, key: str) -> None:
        megabytes = MAX_PHOTO_BYTES // 1024 // 1024
        unreadable = Refused(415, "web.refused.photo", megabytes=megabytes)
        too_large = Refused(413, "web.refused.photo", megabytes=megabytes)
        data = await read_bytes(request, MAX_PHOTO_BYTES, UPLOAD_SECONDS, unreadable, too_large)
        try:
            jpeg = await self._darkroom.develop(data)
        except Unreadable as fault:
            raise unreadable from fault
        await self._bring(Developed(key, jpeg, self._clock()), "web")


def _check_origin(request: Request) -> None:
    """Another site's page can send a body of these types only where we allow it, and we never do (Fetch, CORS)."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in PHOTO_TYPES:
        raise Refused(415, "web.refused.photo", megabytes=MAX_PHOTO_BYTES // 1024 // 1024)
    if request.headers.get("sec-fetch-site", "same-origin") != "same-origin":
        raise Refused(403, "web.refused.photo_unasked")


def unchanged(request: Request, tag: str) -> Response | None:
    """304 for who has the picture with this tag already."""
    is_known = request.headers.get("if-none-match") == f'"{tag}"'
    return Response(status_code=304, headers={"ETag": f'"{tag}"'}) if is_known else None


def png_response(request: Request, png: bytes) -> Response:
    """What was drawn; who has it already gets 304."""
    tag = hashlib.sha256(png).hexdigest()[:ETAG_DIGITS]
    return unchanged(request, tag) or picture_response(png, "image/png", tag)


def picture_response(image: bytes, media_type: str, tag: str) -> Response:
    """A picture that is asked for anew each time."""
    return Response(image, media_type=media_type, headers={"ETag": f'"{tag}"'})
