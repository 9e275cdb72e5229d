"""A lean HTTP client that keeps many connections busy: the next request leaves when the answer is there."""

import asyncio
import re
import time
from collections.abc import Callable, Iterator
from typing import cast

from msgspec import Struct

_LENGTH = re.compile(rb"\r\ncontent-length: (\d+)", re.IGNORECASE)


class Leg(Struct, frozen=True):
    """What one stretch of load gave; `rate` is in answers per second, the times in seconds.

    `cpu` is what the server spent for an answer, its own work afterwards included.
    """

    answered: int
    rate: float
    median: float
    p99: float
    cpu: float = 0.0


class WrongAnswer(Exception):
    """An answer was not what it has to be."""


class Caller(asyncio.Protocol):
    """One connection. Once begun, it sends one request after the other until `deadline` (time.perf_counter)."""

    def __init__(self, requests: Iterator[bytes], is_right: Callable[[bytes], object]) -> None:
        self.latencies: list[float] = []
        self._requests = requests
        self._is_right = is_right
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's has its methods, not its class

    def begin(self, deadline: float) -> asyncio.Future[None]:
        """Done when the last answer has come; fails with WrongAnswer."""
        self._deadline = deadline
        self._done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._next()
        return self._done

    def close(self) -> None:
        self._transport.close()

    def data_received(self, data: bytes) -> None:
        received = self._received + data if self._received else data
        head = received.find(b"\r\n\r\n")
        length = _LENGTH.search(received) if head > 0 else None
        if not length or len(received) < head + 4 + int(length[1]):
            self._received = received
            return
        self._received = b""
        self.latencies.append(time.perf_counter() - self._sent)
        if received[9:12] == b"200" and self._is_right(received):
            self._next()
        else:
            self._fail(WrongAnswer(received[:500].decode(errors="replace")))

    def connection_lost(self, error: Exception | None) -> None:
        self._fail(error or ConnectionError("the server closed the connection"))

    def _next(self) -> None:
        self._sent = time.perf_counter()
        if self._sent < self._deadline:
            self._transport.write(next(self._requests))
        else:
            self._done.set_result(None)

    def _fail(self, error: Exception) -> None:
        if not self._done.done():
            self._done.set_exception(error)


async def drive(
    port: int, requests: Iterator[bytes], is_right: Callable[[bytes], object], connections: int, seconds: float
) -> Leg:
    """Load for so many seconds. Raises WrongAnswer, or what the connection raises."""
    loop = asyncio.get_running_loop()
    opened = [
        await loop.create_connection(lambda: Caller(requests, is_right), "127.0.0.1", port) for _ in range(connections)
    ]
    callers = [caller for _, caller in opened]
    begun = time.perf_counter()
    await asyncio.gather(*(caller.begin(begun + seconds) for caller in callers))
    took = time.perf_counter() - begun
    for caller in callers:
        caller.close()
    latencies = sorted(latency for caller in callers for latency in caller.latencies)
    count = len(latencies)
    return Leg(count, count / took, latencies[count // 2], latencies[count * 99 // 100])
