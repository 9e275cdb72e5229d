"""Telegram's and WeChat's APIs away from the start: the service starts, and people are answered as ever."""

import asyncio
import logging
import random
import time
from pathlib import Path

import httpx
import pytest

from tests.fakes.dead import Death, dead
from tests.faults.audit import Audit, recount_findings
from tests.faults.crowd import Crowd, percentile
from tests.faults.electorate import FIRST_UPDATE, TELEGRAM_TEXT, Electorate
from tests.faults.service import SECRET, Service

log = logging.getLogger(__name__)

LINES = 20
VISITORS = 4
SUBSCRIBERS = 30
ANSWERED_WITHIN_SECONDS = 0.5


@pytest.mark.parametrize(
    "seconds",
    [
        pytest.param(4, marks=pytest.mark.timeout(300)),
        pytest.param(600, marks=[pytest.mark.torture, pytest.mark.timeout(1800)]),
    ],
)
@pytest.mark.parametrize("death", ["hangs", "refuses", "had too many"])
async def test_a_dead_platform_holds_nobody_up(tmp_path: Path, seed: int, death: Death, seconds: float) -> None:
    electorate = Electorate(random.Random(seed), "telegram", "wechat")
    async with dead(death) as address:
        away = {"WECHAT_API_BASE": address, "WECHAT_VERIFIED": "true"}
        service = Service(tmp_path, f"{address}/bot", "webhook", **away)
        await service.start()
        try:
            async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{service.port}") as http:
                await have_something_to_send(service, http)
                crowd, waited = Crowd(electorate, service.port), list[float]()
                await crowd.come(LINES)
                asking = [ask(service.port, seconds, waited) for _ in range(VISITORS)]
                await asyncio.gather(crowd.vote(seconds), *asking)
                ready = await http.get("/readyz")
            assert not electorate.faults
            assert not await Audit(electorate, service).after_restart()
            assert not await recount_findings(service.database)
        finally:
            await service.close()
    log.warning(
        "%s: %d votes, p99 %.3f s; %d questions on the web, p99 %.3f s; %s",
        *(death, len(crowd.answered), percentile(crowd.answered, 99), len(waited), percentile(waited, 99), ready.text),
    )
    assert percentile(crowd.answered, 99) < ANSWERED_WITHIN_SECONDS
    assert percentile(waited, 99) < ANSWERED_WITHIN_SECONDS
    assert ready.status_code == 200
    assert "Telegram" in ready.json()["telegram"]
    assert "WeChat's API" in ready.json()["wechat"]
    assert "Traceback" not in service.log()


async def have_something_to_send(service: Service, http: httpx.AsyncClient) -> None:
    """A notice to subscribers, each of whom has to be called for."""
    for number in range(SUBSCRIBERS):
        said = TELEGRAM_TEXT.format(update=FIRST_UPDATE - 1 - number, account=1000 + number, words="/subscribe 8:00")
        headers = {"X-Telegram-Bot-Api-Secret-Token": SECRET}
        assert (await http.post("/telegram/webhook", content=said, headers=headers)).status_code == 200
    code, output = await service.command(
        "broadcast", "--text", "今晚八点停机十分钟", "--yes", "--port", str(service.port)
    )
    assert code == 0, output


async def ask(port: int, seconds: float, waited: list[float]) -> None:
    """A person on the web, one question after the other."""
    until = time.perf_counter() + seconds
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as http:
        while (begun := time.perf_counter()) < until:
            response = await http.post("/api/chat", json={"text": "今日一招"})
            assert response.status_code == 200
            waited.append(time.perf_counter() - begun)
            await asyncio.sleep(0.05)
