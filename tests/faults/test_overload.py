"""More people at once than can be answered: who is let in is answered, the others are sent away at once."""

import asyncio
import logging
import random
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.fakes.telegram import FakeTelegram, serving
from tests.faults.audit import Audit, recount_findings
from tests.faults.crowd import Crowd, percentile
from tests.faults.electorate import Electorate
from tests.faults.service import Service

log = logging.getLogger(__name__)

PEAK_LINES = 200  # more do not make it faster
CROWD_LINES = 10 * PEAK_LINES
# Each tenth on WeChat, whose messages are sealed: that takes the one who sends them longer than the one who answers.
PLATFORMS = (*["telegram"] * 9, "wechat")
RECOVERED_WITHIN_SECONDS = 10
FLOODING_LINES = 100


@asynccontextmanager
async def served(folder: Path) -> AsyncIterator[Service]:
    async with serving(FakeTelegram()) as api_base:
        service = Service(folder, api_base, "webhook")
        await service.start()
        try:
            yield service
        finally:
            await service.close()


class Leg:
    """A crowd of so many; `work` is how many it had answered for a second of the server's processor.

    Not of the clock's, for whatever else the machine does takes from that.
    """

    def __init__(self, service: Service, electorate: Electorate, lines: int) -> None:
        self.crowd = Crowd(electorate, service.port)
        self.work = 0.0
        self._service = service
        self._lines = lines

    async def run(self, seconds: float) -> "Leg":
        await self.crowd.come(self._lines)
        before = self._service.cpu_seconds()
        await self.crowd.vote(seconds)
        self.work = len(self.crowd.answered) / (self._service.cpu_seconds() - before)
        return self

    def line(self) -> str:
        answered, away = self.crowd.answered, self.crowd.sent_away
        return (
            f"{self._lines} lines: {len(answered) / self.crowd.took:.0f}/s, {self.work:.0f} for a CPU second, "
            f"p99 {percentile(answered, 99):.3f} s; {len(away)} sent away, p50 {percentile(away, 50):.3f} s, "
            f"p99 {percentile(away, 99):.3f} s"
        )


@pytest.mark.parametrize(
    ("seconds", "least_work", "away_within", "hundredth"),
    [
        # On a busy machine the time between two answers is long, and who is sent away comes back all the same.
        pytest.param(4, 0.6, 0.5, 50, marks=pytest.mark.timeout(300)),
        pytest.param(60, 0.8, 0.05, 99, marks=[pytest.mark.torture, pytest.mark.timeout(900)]),
    ],
)
async def test_ten_times_as_many_as_can_be_answered(
    tmp_path: Path, seed: int, seconds: float, least_work: float, away_within: float, hundredth: int
) -> None:
    electorate = Electorate(random.Random(seed), *PLATFORMS)
    async with served(tmp_path) as service:
        peak = await Leg(service, electorate, PEAK_LINES).run(seconds)
        over = await Leg(service, electorate, CROWD_LINES).run(seconds)
        ended = time.perf_counter()
        after = Crowd(electorate, service.port)
        await after.come(PEAK_LINES // 10)
        await after.vote(0.01, arrival=0)  # one vote each
        recovered = time.perf_counter() - ended
        log.warning("%s\n%s\nrecovered in %.1f s", peak.line(), over.line(), recovered)
        assert not electorate.faults, f"KILL_SEED={seed}: {electorate.faults[:3]}"
        assert not await Audit(electorate, service).after_restart()
        assert not await recount_findings(service.database)
        assert "Traceback" not in service.log()
    assert not peak.crowd.sent_away
    assert len(over.crowd.sent_away) >= CROWD_LINES // 4
    assert percentile(over.crowd.sent_away, hundredth) < away_within
    assert over.work > least_work * peak.work
    assert len(after.answered) >= PEAK_LINES // 10
    assert recovered < RECOVERED_WITHIN_SECONDS


@pytest.mark.timeout(300)
async def test_who_floods_is_slowed_and_others_are_not(tmp_path: Path, seed: int) -> None:
    electorate = Electorate(random.Random(seed), "telegram")
    async with served(tmp_path) as service:
        flooding = electorate.newcomer()
        flood = Crowd(electorate, service.port, flooding=flooding)
        others = Crowd(electorate, service.port)
        await flood.come(FLOODING_LINES)
        await others.come(PEAK_LINES // 10)
        await asyncio.gather(flood.vote(4), others.vote(4))
        assert not electorate.faults, f"KILL_SEED={seed}: {electorate.faults[:3]}"
        findings = await Audit(electorate, service).after_restart()
        # Of many votes of one account that are on their way at a time, any may be the last to arrive.
        assert not [finding for finding in findings if not finding.startswith(f"{flooding.person} ")]
    assert len(flood.slowed) > len(flood.answered)
    assert not others.slowed
    assert not others.sent_away
    assert len(others.answered) > 3 * len(flood.answered)
    assert percentile(others.answered, 50) < percentile(flood.answered, 50)
