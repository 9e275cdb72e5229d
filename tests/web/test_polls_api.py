"""GET /api/polls/POLL: the contract."""

import httpx

from bot.domain.ledger import ChannelCount
from tests.web.stand_in import StandIn


async def test_standing_as_json(client: httpx.AsyncClient, stand_in: StandIn) -> None:
    stand_in.ballots = {"a": 1, "b": 4, "c": 4}
    response = await client.get("/api/polls/nanyue-stories")
    assert response.headers["content-type"] == "application/json"
    assert response.headers["cache-control"] == "no-store"
    assert response.json() == {
        "poll": "nanyue-stories",
        "title": "【演示】你最想让更多人知道哪件事？",
        "demo": True,
        "state": "open",
        "opens_at": "2026-11-22T12:00:00+00:00",
        "closes_at": None,
        "ballots": 3,
        "voters": 3,
        "held": 0,
        "options": [
            {"id": "zijing", "number": 1, "title": "紫荆云陪伴", "votes": 1},
            {"id": "e-growth", "number": 2, "title": "E成长计划", "votes": 0},
            {"id": "rumours", "number": 4, "title": "辟谣特工队 <script>alert(1)</script>", "votes": 2},
        ],
    }


async def test_what_is_held_and_the_channels_are_told_of_the_poll_and_of_no_candidate(
    client: httpx.AsyncClient, stand_in: StandIn
) -> None:
    stand_in.ballots, stand_in.held = {"a": 1, "b": 4, "c": 4}, 7
    stand_in.channels = {"telegram": ChannelCount(9, 8), "unknown": ChannelCount(1, 1)}
    told = (await client.get("/api/polls/nanyue-stories")).json()
    page = (await client.get("/polls/nanyue-stories")).text

    assert told["channels"] == {"telegram": {"ballots": 9, "voters": 8}, "unknown": {"ballots": 1, "voters": 1}}
    assert (told["ballots"], told["held"]) == (10, 7)
    assert sum(option["votes"] for option in told["options"]) == told["ballots"] - told["held"]
    assert "<dt>待核实票</dt><dd>7</dd>" in page
    assert "<dt>其中Telegram</dt><dd>8</dd>" in page
    assert "账号数，不等于人数" in page


async def test_unknown_poll_is_404_in_json(client: httpx.AsyncClient) -> None:
    response = await client.get("/api/polls/unknown")
    assert response.status_code == 404
    assert "没有找到" in response.json()["error"]
    assert response.headers["cache-control"] == "no-store"
