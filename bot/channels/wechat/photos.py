"""Fetches the pictures that people send: the platform gives an address of its own with each (接收普通消息, PicUrl)."""

import asyncio
from urllib.parse import urlsplit

import httpx

from bot.domain.photos import MAX_PHOTO_BYTES, NoPhoto, NotYet

HOSTS = ("qpic.cn", "qlogo.cn")  # the platform's; nothing else is ever asked for
FETCH_SECONDS = 20.0


class Photos:
    """`hosts` are the domains that addresses may be in."""

    def __init__(self, hosts: tuple[str, ...] = HOSTS) -> None:
        self._hosts = hosts
        self._client = httpx.AsyncClient(timeout=FETCH_SECONDS, follow_redirects=False)

    async def fetch(self, source: str) -> bytes:
        """What is at the address. Raises NoPhoto or NotYet."""
        if not self._is_ours(source):
            raise NoPhoto("its address is not the platform's")
        try:
            async with asyncio.timeout(FETCH_SECONDS), self._client.stream("GET", source) as response:
                return await _read(response)
        except (httpx.HTTPError, TimeoutError) as fault:
            raise NotYet(type(fault).__name__) from None  # the address is in the fault's words

    async def close(self) -> None:
        await self._client.aclose()

    def _is_ours(self, source: str) -> bool:
        try:
            url = urlsplit(source)
        except ValueError:
            return False
        host = url.hostname or ""
        return url.scheme in ("http", "https") and any(host == one or host.endswith(f".{one}") for one in self._hosts)


async def _read(response: httpx.Response) -> bytes:
    if response.status_code >= httpx.codes.INTERNAL_SERVER_ERROR:
        raise NotYet(f"HTTP {response.status_code}")
    if response.status_code != httpx.codes.OK:
        raise NoPhoto(f"HTTP {response.status_code}")
    data = bytearray()
    async for chunk in response.aiter_bytes():
        data += chunk
        if len(data) > MAX_PHOTO_BYTES:
            raise NoPhoto("it is too large")
    return bytes(data)
