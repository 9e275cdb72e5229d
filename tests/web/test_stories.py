"""The pages of public stories, and the route by which the command line decides."""

from datetime import UTC, datetime

import httpx
import pytest
from msgspec import structs

from bot.domain.broadcasts import Confirmed, Ordered
from bot.domain.desk import Actor
from bot.domain.holds import Ruling
from bot.domain.reviewers import Reviewer
from bot.domain.stories import Decision, Story
from bot.messages import Address
from tests.web.stand_in import StandIn

AT = datetime(2026, 11, 22, 18, tzinfo=UTC)
STORY = Story(
    author=Address("telegram", "4711", "4711"),
    language="zh",
    changed_at=AT,
    id=12,
    state="approved",
    title="楼下的<手机>课",
    text="第一段。\n\n第二段 <script>alert(1)</script>。",
    about="adult",
    agreed=True,
    name="阿明",
    published_at=AT,
)
KEY = {"Authorization": f"Bearer {(b'r' * 32).hex()}"}
LAN = {"accounts": ["terminal:lan"]}
WANTED = {"story": 12, "verdict": "approve", "code": "abcd1234", "reviewer": LAN}


async def test_a_story_has_its_page(client: httpx.AsyncClient, stand_in: StandIn) -> None:
    stand_in.stories = [STORY]
    response = await client.get("/stories/12")
    assert response.status_code == 200
    html = response.text
    assert "楼下的&lt;手机&gt;课" in html
    assert '<p dir="auto">第一段。</p>' in html
    assert "&lt;script&gt;alert(1)" in html
    assert "阿明" in html
    assert "2026-11-23" in html  # the date in Guangdong
    assert "撤下 12" in html
    assert "4711" not in html
    stand_in.stories = [structs.replace(STORY, name="")]
    assert "匿名" in (await client.get("/stories/12")).text
    assert "anonymous" in (await client.get("/stories/12?lang=en")).text


@pytest.mark.parametrize("number", ["13", "x", "9" * 30, "１２"])
async def test_what_is_not_public_is_not_found(client: httpx.AsyncClient, stand_in: StandIn, number: str) -> None:
    stand_in.stories = [STORY]
    response = await client.get(f"/stories/{number}")
    assert response.status_code == 404
    assert "现在没有公开" in response.text


async def test_the_list_in_pages_and_searched(client: httpx.AsyncClient, stand_in: StandIn) -> None:
    stand_in.stories = [structs.replace(STORY, id=number, title=f"第{number}篇") for number in range(1, 24)]
    first = (await client.get("/stories")).text
    assert "/stories/20" in first
    assert "/stories/21" not in first
    assert "/stories?page=2" in first
    assert "/stories/23?lang=en" in (await client.get("/stories?page=2&lang=en")).text
    found = (await client.get("/stories", params={"q": "第2"})).text
    assert "/stories/21" in found
    assert '/stories/1"' not in found
    assert "没有找到" in (await client.get("/stories", params={"q": '"><b>'})).text


async def test_a_ruling_of_the_command_line(client: httpx.AsyncClient, stand_in: StandIn) -> None:
    wanted = {"case": 3, "verdict": "release", "seen": 40, "reviewer": LAN}
    response = await client.post("/api/held", json=wanted, headers=KEY)
    assert response.json() == {"outcome": "second"}
    assert stand_in.rulings == [Ruling(3, "release", Reviewer(("terminal:lan",)), 40, stand_in.now)]
    for headers, body in (({}, wanted), (KEY, {**wanted, "verdict": "approve"}), (KEY, {**wanted, "seen": -1})):
        refused = await client.post("/api/held", json=body, headers=headers)
        assert refused.status_code == (400 if headers else 403)
    assert len(stand_in.rulings) == 1


async def test_a_broadcast_of_the_command_line(client: httpx.AsyncClient, stand_in: StandIn) -> None:
    wanted = {
        "text": "课改到二楼。",
        "audience": "parents",
        "channels": ["telegram", "web"],
        "operator": LAN,
        "people": 42,
        "key": "0123456789abcdef",
    }
    response = await client.post("/api/broadcast", json=wanted, headers=KEY)
    assert response.json() == {"outcome": "7"}
    confirmed = Confirmed(
        *("课改到二楼。", "parents", ("telegram", "web"), "terminal:lan", 42), stand_in.now, "0123456789abcdef"
    )
    assert stand_in.broadcasts == [confirmed]
    order = {"number": 7, "order": "pause", "operator": LAN}
    paused = await client.post("/api/broadcast/order", json=order, headers=KEY)
    assert paused.json() == {"outcome": "paused"}
    assert stand_in.orders == [(Ordered(7, "pause", stand_in.now), Actor("terminal:lan"))]
    for change in ({"text": ""}, {"text": "字" * 501}, {"audience": "pupils"}, {"key": "short"}, {"people": -1}):
        refused = await client.post("/api/broadcast", json={**wanted, **change}, headers=KEY)
        assert refused.status_code == 400
    assert (await client.post("/api/broadcast", json=wanted)).status_code == 403
    assert len(stand_in.broadcasts) == 1


async def test_a_decision_of_the_command_line(client: httpx.AsyncClient, stand_in: StandIn) -> None:
    response = await client.post("/api/review", json={**WANTED, "reason": "好"}, headers=KEY)
    assert response.json() == {"outcome": "approved"}
    assert stand_in.decisions == [Decision(12, "approve", "abcd1234", Reviewer(("terminal:lan",)), stand_in.now, "好")]


@pytest.mark.parametrize(
    ("headers", "body", "status"),
    [
        ({}, WANTED, 403),
        ({"Authorization": "Bearer " + "0" * 64}, WANTED, 403),
        (KEY, {**WANTED, "verdict": "publish"}, 400),
        (KEY, {**WANTED, "reviewer": {"accounts": ["x" * 200]}}, 400),
        (KEY, {**WANTED, "reviewer": {"accounts": []}}, 400),
        (KEY, {}, 400),
    ],
)
async def test_nobody_else_decides(
    client: httpx.AsyncClient, stand_in: StandIn, headers: dict[str, str], body: dict[str, object], status: int
) -> None:
    response = await client.post("/api/review", json=body, headers=headers)
    assert response.status_code == status
    assert stand_in.decisions == []
