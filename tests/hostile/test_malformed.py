"""Whatever is posted to the webhooks: refused or answered, at once, and nobody notices."""

import gc
import logging
import os
import time
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.channels.wechat.official_account import Call, encrypted, signed_call
from tests.conftest import Clock
from tests.hostile.house import Heard, House
from tests.hostile.mangled import PAYLOAD_GRAMMAR, PAYLOADS, UPDATE_GRAMMAR, UPDATES, Chance

log = logging.getLogger(__name__)

SUITE, TORTURE = 20_000, 200_000
BY_GRAMMAR = 0.05  # of the bodies; the others are mutations
MOST_SECONDS = 0.020
MOST_GROWTH = 32 * 1024 * 1024
# A body that seems slow is posted again: what the machine or the collector of garbage did meanwhile is not its fault.
TRIES = 3
WARM = 2_000  # bodies after which caches are full and the memory is looked at


def stamp_of(clock: Clock) -> str:
    return str(int(clock.now.timestamp()))


def drawn(grammar: st.SearchStrategy[bytes], count: int) -> list[bytes]:
    """So many bodies of a grammar."""
    bodies: list[bytes] = []

    @settings(max_examples=count, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(grammar)
    def draw(body: bytes) -> None:
        bodies.append(body)

    draw()
    return bodies


def resident() -> int:
    """Bytes of memory that this process holds."""
    gc.collect()
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE")


class Trial:
    """Posts bodies one after the other and notes what should not be."""

    def __init__(self, home: House, clock: Clock) -> None:
        self._home = home
        self._clock = clock
        self.findings: list[str] = []
        self.statuses: dict[int, int] = {}
        self.slowest = 0.0

    async def of(self, bodies: Iterable[Any], post: Callable[[Any], Awaitable[Heard]]) -> None:
        before = 0
        for number, body in enumerate(bodies):
            self._clock.passes(milliseconds=20)
            await self._one(body, post)
            if number == WARM:
                before = resident()
            if len(self.findings) > 3:
                break
        grown = resident() - before
        if before and grown > MOST_GROWTH:
            self.findings.append(f"memory grew by {grown >> 20} MiB")

    async def _one(self, body: Any, post: Callable[[Any], Awaitable[Heard]]) -> None:
        taken = float("inf")
        for _ in range(TRIES):
            begun = time.thread_time()
            try:
                heard = await post(body)
            except Exception as fault:
                self.findings.append(f"{fault!r} got out, for {body!r:.2000}")
                return
            taken = min(taken, time.thread_time() - begun)
            if taken <= MOST_SECONDS:
                break
        self.slowest = max(self.slowest, taken)
        self.statuses[heard.status] = self.statuses.get(heard.status, 0) + 1
        if heard.status >= 500 or self._home.errors.said:
            self.findings.append(f"{heard.status} {self._home.errors.said[:1]} for {body!r:.2000}")
            self._home.errors.said.clear()
        elif taken > MOST_SECONDS:
            self.findings.append(f"{taken * 1000:.0f} ms for {len(body)} bytes: {body!r:.2000}")


amounts = pytest.mark.parametrize(
    "count",
    [
        pytest.param(SUITE, marks=pytest.mark.timeout(600)),  # a quarter of a minute; more where there is other work
        pytest.param(TORTURE, marks=[pytest.mark.torture, pytest.mark.timeout(7200)]),
    ],
)


async def test_what_is_not_broken_is_answered(home: House, clock: Clock) -> None:
    for update in UPDATES:
        assert (await home.post_telegram(update)).status == 200
    for xml in PAYLOADS:
        made = signed_call(encrypted(xml.encode()), timestamp=stamp_of(clock))
        assert (await home.post_wechat(made.query, made.body)).status == 200
    assert home.errors.said == []


@amounts
async def test_telegram(home: House, clock: Clock, seed: int, count: int) -> None:
    by_grammar = drawn(UPDATE_GRAMMAR, int(count * BY_GRAMMAR))
    trial = Trial(home, clock)
    await trial.of([*by_grammar, *Chance(seed).updates(count - len(by_grammar))], home.post_telegram)
    log.warning("seed %d: %s, slowest %.1f ms", seed, trial.statuses, trial.slowest * 1000)
    assert not trial.findings, f"HOSTILE_SEED={seed}: {trial.findings}"
    assert {200, 400} <= set(trial.statuses) <= {200, 400, 413}


@amounts
async def test_wechat(home: House, clock: Clock, seed: int, count: int) -> None:
    async def post(made: Call) -> Heard:
        return await home.post_wechat(made.query, made.body)

    by_grammar = drawn(PAYLOAD_GRAMMAR, int(count * BY_GRAMMAR))
    trial = Trial(home, clock)
    await trial.of((signed_call(encrypted(body), timestamp=stamp_of(clock)) for body in by_grammar), post)
    await trial.of(Chance(seed).calls(count - len(by_grammar), lambda: stamp_of(clock)), post)
    log.warning("seed %d: %s, slowest %.1f ms", seed, trial.statuses, trial.slowest * 1000)
    assert not trial.findings, f"HOSTILE_SEED={seed}: {trial.findings}"
    assert {200, 400, 403} <= set(trial.statuses) <= {200, 400, 403, 413}
