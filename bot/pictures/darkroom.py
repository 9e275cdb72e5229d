"""Develops photos beside the talk, one at a time: each may take a hundred megabytes for a moment."""

import asyncio


class Unreadable(Exception):
    """This is no photo that can be taken; the message is for the log."""


class Darkroom:
    def __init__(self) -> None:
        self._turn = asyncio.Lock()

    async def develop(self, data: bytes) -> bytes:
        """A JPEG without metadata, made in a thread. Raises Unreadable."""
        async with self._turn:
            return await asyncio.to_thread(_develop, data)


def _develop(data: bytes) -> bytes:
    from bot.pictures.photos import develop  # Pillow loads with the first photo

    return develop(data)
