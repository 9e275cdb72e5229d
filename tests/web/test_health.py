"""/livez, /readyz and /metrics."""

import logging

import httpx
import pytest

from bot.web import Metrics
from tests.web.stand_in import StandIn


async def test_alive(client: httpx.AsyncClient) -> None:
    assert (await client.get("/livez")).status_code == 200


@pytest.mark.parametrize(
    ("states", "status"),
    [
        ({"database": "ready", "content": "ready"}, 200),
        ({"database": "ready", "content": "ready", "telegram": "token refused"}, 200),
        ({"database": "locked", "content": "ready"}, 503),
        ({"database": "ready", "content": "3 mistakes"}, 200),
        ({"content": "ready"}, 503),
    ],
)
async def test_ready_with_a_database(
    client: httpx.AsyncClient, stand_in: StandIn, states: dict[str, str], status: int
) -> None:
    stand_in.states = states
    response = await client.get("/readyz")
    assert response.status_code == status
    assert response.json() == states


async def test_metrics_count_what_happened(client: httpx.AsyncClient, stand_in: StandIn) -> None:
    for _ in range(3):
        await client.post("/api/chat", json={"text": "你好"})
    stand_in.down = True
    await client.post("/api/chat", json={"text": "你好"})
    lines = (await client.get("/metrics")).text.splitlines()
    assert 'haowangmin_messages_answered_total{channel="web"} 3.0' in lines
    assert 'haowangmin_messages_unavailable_total{channel="web"} 1.0' in lines
    assert 'haowangmin_answer_seconds_count{channel="web"} 4.0' in lines
    assert not any("person-" in line for line in lines)


def test_metrics_count_logged_errors() -> None:
    metrics = Metrics()
    logger = logging.Logger("bot.somewhere")
    logger.addHandler(metrics.error_counter())
    logger.warning("no error")
    logger.error("an error")
    text, _ = metrics.exposition({})
    assert b'haowangmin_errors_logged_total{logger="bot.somewhere"} 1.0' in text
