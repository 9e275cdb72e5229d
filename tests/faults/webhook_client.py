"""Delivers votes to the webhooks on kept connections, as the servers of Telegram and WeChat do."""

import asyncio
import time
from collections.abc import Callable, Sequence
from urllib.parse import urlencode

from bot.messages import Address
from tests.channels.wechat.official_account import call, decrypted, elements
from tests.faults.electorate import Cast, Electorate
from tests.faults.service import SECRET

DUPLICATES = 0.3

_TELEGRAM = (
    "POST /telegram/webhook HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
    f"X-Telegram-Bot-Api-Secret-Token: {SECRET}\r\nContent-Length: {{}}\r\n\r\n"
)
_WECHAT = "POST /wechat/callback?{} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: text/xml\r\nContent-Length: {}\r\n\r\n"


def _by_telegram(cast: Cast) -> bytes:
    body = cast.body.encode()
    return _TELEGRAM.format(len(body)).encode() + body


def _by_wechat(cast: Cast) -> bytes:
    """Sealed and signed anew for each delivery, as the platform's tries may be."""
    made = call(cast.body, timestamp=str(int(time.time())))
    return _WECHAT.format(urlencode(made.query), len(made.body)).encode() + made.body


def _opened(answer: bytes) -> str:
    """What a WeChat user reads; an answer that is not sealed as it came."""
    text = answer.decode()
    return decrypted(elements(text)["Encrypt"]) if text.startswith("<xml>") else text


REQUESTS: dict[str, Callable[[Cast], bytes]] = {"telegram": _by_telegram, "wechat": _by_wechat}
ANSWERS: dict[str, Callable[[bytes], str]] = {"telegram": bytes.decode, "wechat": _opened}


class Line:
    """One connection to the service."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def open(cls, port: int) -> "Line":
        return cls(*await asyncio.open_connection("127.0.0.1", port))

    async def deliver(self, cast: Cast, electorate: Electorate) -> bool:
        """Deliver and note the answer; whether there was one."""
        try:
            self._writer.write(REQUESTS[cast.voter.channel](cast))
            status, answer = await self._answer()
        except (OSError, asyncio.IncompleteReadError):
            return False
        electorate.told(cast, status, ANSWERS[cast.voter.channel](answer))
        return True

    async def ask(self, request: bytes) -> int:
        """The status of the answer. Raises OSError or IncompleteReadError when there is none."""
        self._writer.write(request)
        status, _ = await self._answer()
        return status

    async def close(self) -> None:
        self._writer.close()
        await asyncio.gather(self._writer.wait_closed(), return_exceptions=True)

    async def _answer(self) -> tuple[int, bytes]:
        head = (await self._reader.readuntil(b"\r\n\r\n")).decode()
        length = int(head.lower().partition("content-length:")[2].partition("\r\n")[0])
        return int(head.split(" ", 2)[1]), await self._reader.readexactly(length)


class Seat:
    """A voter's place: one voter that changes its vote again and again, or one newcomer after the other.

    An impatient sender delivers now and then a second time before the first delivery is answered.
    """

    def __init__(self, lines: Sequence[Line], voter: Address | None, impatient: bool) -> None:
        self._lines = lines
        self._voter = voter
        self._impatient = impatient

    @classmethod
    async def taken(cls, port: int, voter: Address | None, impatient: bool) -> "Seat":
        return cls([await Line.open(port) for _ in range(1 + impatient)], voter, impatient)

    async def vote_until_killed(self, electorate: Electorate) -> None:
        alive = True
        while alive:
            cast = electorate.vote(self._voter or electorate.newcomer())
            copies = 2 if self._impatient and electorate.chance.random() < DUPLICATES else 1
            alive = all(await asyncio.gather(*(line.deliver(cast, electorate) for line in self._lines[:copies])))
        for line in self._lines:
            await line.close()


async def redeliver(electorate: Electorate, port: int, casts: Sequence[Cast], lines: int) -> None:
    """Deliver these again, in this order on so many connections. Raises ConnectionError when the server is gone."""
    waiting = iter(casts)

    async def work() -> None:
        line = await Line.open(port)
        for cast in waiting:
            if not await line.deliver(cast, electorate):
                raise ConnectionError("the server went away")
        await line.close()

    await asyncio.gather(*(work() for _ in range(lines)))
