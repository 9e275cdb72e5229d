"""Delivers updates to the webhook on kept connections, as Telegram's servers do."""

import asyncio
from collections.abc import Sequence

from tests.faults.electorate import Cast, Electorate
from tests.faults.service import SECRET

DUPLICATES = 0.3

_HEAD = (
    "POST /telegram/webhook HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
    f"X-Telegram-Bot-Api-Secret-Token: {SECRET}\r\nContent-Length: "
)


class Line:
    """One connection to the webhook."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def open(cls, port: int) -> "Line":
        return cls(*await asyncio.open_connection("127.0.0.1", port))

    async def deliver(self, cast: Cast, electorate: Electorate) -> bool:
        """Deliver and note the answer; whether there was one."""
        body = cast.body.encode()
        try:
            self._writer.write(f"{_HEAD}{len(body)}\r\n\r\n".encode() + body)
            status, answer = await self._answer()
        except (OSError, asyncio.IncompleteReadError):
            return False
        electorate.told(cast, status, answer)
        return True

    async def close(self) -> None:
        self._writer.close()
        await asyncio.gather(self._writer.wait_closed(), return_exceptions=True)

    async def _answer(self) -> tuple[int, str]:
        head = (await self._reader.readuntil(b"\r\n\r\n")).decode()
        length = int(head.lower().partition("content-length:")[2].partition("\r\n")[0])
        return int(head.split(" ", 2)[1]), (await self._reader.readexactly(length)).decode()


class Seat:
    """A voter's place: one account that changes its vote again and again, or one newcomer after the other.

    An impatient sender delivers now and then a second time before the first delivery is answered.
    """

    def __init__(self, lines: Sequence[Line], account: int | None, impatient: bool) -> None:
        self._lines = lines
        self._account = account
        self._impatient = impatient

    @classmethod
    async def taken(cls, port: int, account: int | None, impatient: bool) -> "Seat":
        return cls([await Line.open(port) for _ in range(1 + impatient)], account, impatient)

    async def vote_until_killed(self, electorate: Electorate) -> None:
        alive = True
        while alive:
            cast = electorate.vote(self._account or electorate.newcomer())
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
