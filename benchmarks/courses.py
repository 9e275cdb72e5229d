"""Kinds of legs against servers, and what both webhook benchmarks do with them."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median

import msgspec
import uvloop
from msgspec import structs

from benchmarks.load import Leg, drive
from benchmarks.processes import PROJECT, Process

POLL = "nanyue-stories"
CONNECTIONS = 64
ROUNDS = 5
ROUND_SECONDS = 3.0
WARM_UP_SECONDS = 2.0


class Course:
    """One kind of leg: a server, the requests that it gets for new accounts, and what its answers must hold."""

    def __init__(
        self,
        name: str,
        server: Process,
        requests_of: Callable[[Iterator[int]], Iterator[bytes]],
        is_right: Callable[[bytes], object],
    ) -> None:
        self.name = name
        self.legs: list[Leg] = []
        self._server = server
        self._requests_of = requests_of
        self._is_right = is_right

    def run(self, ids: Iterator[int]) -> int:
        """One leg; how many were answered."""
        self.legs.append(self._drive(ids, ROUND_SECONDS))
        return self.legs[-1].answered

    def warm_up(self, ids: Iterator[int]) -> int:
        """A leg that does not count; how many were answered."""
        return self._drive(ids, WARM_UP_SECONDS).answered

    def _drive(self, ids: Iterator[int], seconds: float) -> Leg:
        requests, spent = self._requests_of(ids), self._server.cpu_seconds()
        leg = uvloop.run(drive(self._server.port, requests, self._is_right, CONNECTIONS, seconds))
        self._server.wait_until_it_rests()
        return structs.replace(leg, cpu=(self._server.cpu_seconds() - spent) / leg.answered)

    @property
    def rate(self) -> float:
        """The median of the rounds, in answers per second."""
        return self.middle("rate")

    @property
    def cpu_us(self) -> int:
        """The median of the rounds: the server's processor time for an answer."""
        return round(self.middle("cpu") * 1e6)

    def line(self) -> str:
        rates = " ".join(f"{leg.rate:6.0f}" for leg in self.legs)
        middle, slowest = self.middle("median") * 1e3, self.middle("p99") * 1e3
        return (
            f"{self.name:<28}{self.rate:7.0f}/s  CPU {self.cpu_us:5} us  "
            f"p50 {middle:5.1f} ms  p99 {slowest:5.1f} ms  rounds {rates}"
        )

    def middle(self, figure: str) -> float:
        """The median of the rounds for a figure of Leg."""
        return float(median(getattr(leg, figure) for leg in self.legs))


class Recount(msgspec.Struct):
    ballots: int
    match: bool


def recount(folder: Path) -> Recount:
    """What the command says, beside the running server."""
    done = subprocess.run(
        [sys.executable, "-m", "bot", "recount", POLL, "--json"],
        env={**os.environ, "DATA_DIR": str(folder / "data")},
        cwd=PROJECT,
        stdout=subprocess.PIPE,
        check=False,
    )
    return msgspec.json.decode(done.stdout, type=Recount)
