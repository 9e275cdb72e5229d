"""Gives pictures as bytes: drawn, one at a time beside the talk and kept for a while, or photos as they are stored."""

import asyncio
from collections.abc import Awaitable, Callable

from bot.messages import Photo, Picture
from bot.pictures.fonts import Typeface

KEPT = 32  # drawn pictures of about 60 kB


class Gallery:
    """Without a `typeface` nothing is drawn. `jpeg` gives a stored photo by its key."""

    def __init__(self, typeface: Typeface | None, jpeg: Callable[[str], Awaitable[bytes | None]]) -> None:
        self._typeface = typeface
        self._jpeg = jpeg
        self._drawn: dict[Picture, bytes] = {}
        self._turn = asyncio.Lock()

    @property
    def draws(self) -> bool:
        return self._typeface is not None

    async def image(self, shown: Picture | Photo) -> bytes:
        """A PNG or a JPEG. Raises OSError when there is no font, or no such photo any more."""
        return await self._photo(shown) if isinstance(shown, Photo) else await self._picture(shown)

    async def _photo(self, photo: Photo) -> bytes:
        jpeg = await self._jpeg(photo.key)
        if jpeg is None:
            raise FileNotFoundError("the photo is gone")
        return jpeg

    async def _picture(self, picture: Picture) -> bytes:
        if picture not in self._drawn:
            async with self._turn:
                if picture not in self._drawn:
                    self._keep(picture, await asyncio.to_thread(self._draw, picture))
        return self._drawn[picture]

    def _draw(self, picture: Picture) -> bytes:
        from bot.pictures.drawing import draw  # Pillow loads with the first picture

        if not self._typeface:
            raise FileNotFoundError("no font with Chinese characters")
        return draw(picture, self._typeface)

    def _keep(self, picture: Picture, png: bytes) -> None:
        self._drawn[picture] = png
        while len(self._drawn) > KEPT:
            del self._drawn[next(iter(self._drawn))]
