"""Keeps what was drawn lately, and draws one picture at a time beside the talk."""

import asyncio

from bot.messages import Picture
from bot.pictures.fonts import Typeface

KEPT = 32  # pictures of about 60 kB


class Gallery:
    def __init__(self, typeface: Typeface) -> None:
        self._typeface = typeface
        self._drawn: dict[Picture, bytes] = {}
        self._turn = asyncio.Lock()

    async def png(self, picture: Picture) -> bytes:
        """The picture as a PNG, drawn in a thread where it is new. Raises OSError when the font cannot be used."""
        if picture not in self._drawn:
            async with self._turn:
                if picture not in self._drawn:
                    self._keep(picture, await asyncio.to_thread(self._draw, picture))
        return self._drawn[picture]

    def _draw(self, picture: Picture) -> bytes:
        from bot.pictures.drawing import draw  # Pillow loads with the first picture

        return draw(picture, self._typeface)

    def _keep(self, picture: Picture, png: bytes) -> None:
        self._drawn[picture] = png
        while len(self._drawn) > KEPT:
            del self._drawn[next(iter(self._drawn))]
