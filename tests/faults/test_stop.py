"""SIGTERM to the real server under load: it ends soon and well, what was acknowledged is there, and counts once."""

import asyncio
import logging
import random
import time
from pathlib import Path

import pytest

from tests.fakes.telegram import FakeTelegram, serving
from tests.faults.service import SECRET, Service
from tests.faults.test_kill import MOST_ANSWERS, Trial, check_recount_command

log = logging.getLogger(__name__)

DRAINED_WITHIN_SECONDS = 10
SLOW_ONE_IN = 5
HALF_A_REQUEST = (
    "POST /telegram/webhook HTTP/1.1\r\nHost: 127.0.0.1\r\n"
    f"X-Telegram-Bot-Api-Secret-Token: {SECRET}\r\nContent-Length: 100\r\n\r\n{{"
)


class Stopping(Service):
    """Is asked to stop instead of killed; now and then while a request is half sent."""

    def __init__(self, folder: Path, api_base: str) -> None:
        super().__init__(folder, api_base, "webhook")
        self.ends: list[tuple[int, float]] = []  # exit code, and the seconds that the stop took

    async def kill(self) -> None:
        if not self._process or not self.is_alive():
            return
        _, writer = await asyncio.open_connection("127.0.0.1", self.port)
        if len(self.ends) % SLOW_ONE_IN == 0:
            writer.write(HALF_A_REQUEST.encode())
            await asyncio.sleep(0.05)
        begun = time.perf_counter()
        code = await self.stop()
        self.ends.append((code, time.perf_counter() - begun))
        writer.close()


@pytest.mark.parametrize(
    "rounds",
    [
        pytest.param(5, marks=pytest.mark.timeout(900)),  # it takes 20 s; more when the machine has other work
        pytest.param(50, marks=[pytest.mark.torture, pytest.mark.timeout(7200)]),
    ],
)
async def test_a_stop_under_load_loses_nothing_and_is_soon_over(tmp_path: Path, seed: int, rounds: int) -> None:
    async with serving(FakeTelegram()) as api_base:
        service = Stopping(tmp_path, api_base)
        await service.start()
        try:
            voting = Trial(service, random.Random(seed), MOST_ANSWERS)
            for _ in range(rounds):
                findings = await voting.findings_of_a_round()
                assert not findings, f"round {voting.rounds}, KILL_SEED={seed}: {findings[:5]}"
            findings = await voting.findings_of_redelivery(voting.electorate.casts)
            assert not findings, f"everything again, KILL_SEED={seed}: {findings[:5]}"
            await check_recount_command(service, voters=len(voting.electorate.by_voter()))
        finally:
            await service.close()
    log.warning("stops took %s s", sorted(round(seconds, 1) for _, seconds in service.ends))
    assert [code for code, _ in service.ends] == [0] * (rounds + 1)
    assert max(seconds for _, seconds in service.ends) < DRAINED_WITHIN_SECONDS, service.ends
    assert "Traceback" not in service.log()
