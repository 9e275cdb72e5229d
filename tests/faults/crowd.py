"""Many people at once, each on a connection of their own: what they are told, and how soon they are sent away."""

import asyncio
import re
import time
from typing import cast

from bot.messages import Address
from tests.faults.electorate import Cast, Electorate
from tests.faults.webhook_client import ANSWERS, REQUESTS

# Whom WeChat tells nothing says it again after a while. Telegram waits as long as it is told to.
PATIENCE_SECONDS = 5.0
ARRIVAL_SECONDS = 2.0
TOO_FAST = "我一条一条来".encode()
_LENGTH = re.compile(rb"\r\ncontent-length: (\d+)", re.IGNORECASE)
_RETRY_AFTER = re.compile(rb"\r\nretry-after: (\d+)\r\n", re.IGNORECASE)


class Crowd:
    """Newcomers who vote, or one `flooding` account that votes again and again.

    `answered`, `sent_away` and `slowed` have the seconds that each answer took.
    """

    def __init__(self, electorate: Electorate, port: int, flooding: Address | None = None) -> None:
        self.electorate = electorate
        self.answered: list[float] = []
        self.sent_away: list[float] = []
        self.slowed: list[float] = []
        self.took = 0.0
        self._lines: list[Line] = []
        self._port = port
        self._flooding = flooding
        self._until = 0.0

    async def come(self, lines: int) -> None:
        """So many, who say nothing yet."""
        connect = asyncio.get_running_loop().create_connection
        self._lines = [(await connect(lambda: Line(self), "127.0.0.1", self._port))[1] for _ in range(lines)]

    async def vote(self, seconds: float, arrival: float = ARRIVAL_SECONDS) -> None:
        """For so long; they begin within `arrival`, and then nobody pauses but who was sent away."""
        begun = time.perf_counter()
        self._until = begun + seconds
        for line in self._lines:
            asyncio.get_running_loop().call_later(self.electorate.chance.uniform(0, arrival), line.say)
        await asyncio.gather(*(line.done for line in self._lines))
        self.took = time.perf_counter() - begun

    @property
    def is_over(self) -> bool:
        return time.perf_counter() >= self._until

    def next(self) -> Cast:
        return self.electorate.vote(self._flooding or self.electorate.newcomer())

    def told(self, vote: Cast, answer: bytes, body: bytes, seconds: float) -> float | None:
        """Note it; for how long to go away, None after an answer."""
        retry_after = _RETRY_AFTER.search(answer) if answer[9:12] == b"503" else None
        if retry_after or (vote.voter.channel == "wechat" and body == b"success"):
            self.sent_away.append(seconds)
            return float(retry_after[1]) if retry_after else PATIENCE_SECONDS
        if TOO_FAST in body:
            self.slowed.append(seconds)
            return 0.0
        self.answered.append(seconds)
        self.electorate.told(vote, int(answer[9:12]), ANSWERS[vote.voter.channel](body))
        return None


class Line(asyncio.Protocol):
    """One connection, lean, for thousands share a core: a vote, its answer, the next one."""

    def __init__(self, crowd: Crowd) -> None:
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._crowd = crowd
        self._received = b""
        self._vote: Cast | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def connection_lost(self, error: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(error or ConnectionError("the server hung up"))

    def say(self) -> None:
        if self._crowd.is_over:
            self.done.set_result(None)
            self._transport.close()
            return
        self._vote = self._vote or self._crowd.next()
        request = REQUESTS[self._vote.voter.channel](self._vote)
        self._sent = time.perf_counter()
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._received += data
        head = self._received.find(b"\r\n\r\n")
        length = _LENGTH.search(self._received) if head > 0 else None
        if not length or len(self._received) < head + 4 + int(length[1]):
            return
        seconds = time.perf_counter() - self._sent
        received, self._received = self._received, b""
        assert self._vote
        pause = self._crowd.told(self._vote, received, received[head + 4 :], seconds)
        if pause is None:
            self._vote = None
            self.say()
        else:
            asyncio.get_running_loop().call_later(pause, self.say)


def percentile(seconds: list[float], hundredth: int) -> float:
    return sorted(seconds)[len(seconds) * hundredth // 100] if seconds else 0.0
