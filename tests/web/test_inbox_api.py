"""GET and POST /api/inbox: what waits to be read on the web."""

from datetime import UTC, datetime

import httpx

from bot.messages import Button, Reply
from bot.web.people import COOKIE, NEWCOMERS_PER_ADDRESS
from tests.web.stand_in import StandIn

SENT = datetime(2026, 11, 22, 0, 0, tzinfo=UTC)
TIP = Reply("今日一招：收到链接先别点。", ((Button("退订", "/unsubscribe"),),))


async def test_new_person_has_no_messages_and_gets_the_cookie(client: httpx.AsyncClient) -> None:
    response = await client.get("/api/inbox")
    assert response.json() == {"messages": []}
    assert COOKIE in client.cookies
    assert response.headers["cache-control"] == "no-store"


async def test_unread_messages_come_until_they_were_seen(client: httpx.AsyncClient, stand_in: StandIn) -> None:
    await client.get("/api/inbox")
    stand_in.letters["web:person-1"] = [("7", TIP, SENT), ("8", Reply("第二招"), SENT)]
    stand_in.letters["web:person-2"] = [("9", Reply("给别人的"), SENT)]
    messages = (await client.get("/api/inbox")).json()["messages"]
    assert [message["id"] for message in messages] == ["7", "8"]
    assert messages[0]["text"] == TIP.text
    assert messages[0]["buttons"] == [{"label": "退订", "command": "/unsubscribe"}]
    assert datetime.fromisoformat(messages[0]["at"]) == SENT

    assert (await client.post("/api/inbox", json={"seen": ["7", "9"]})).status_code == 204
    assert [m["id"] for m in (await client.get("/api/inbox")).json()["messages"]] == ["8"]
    assert len(stand_in.letters["web:person-2"]) == 1


async def test_nobody_without_a_cookie_marks_anything(client: httpx.AsyncClient, stand_in: StandIn) -> None:
    stand_in.letters["web:person-1"] = [("7", TIP, SENT)]
    assert (await client.post("/api/inbox", json={"seen": ["7"]})).status_code == 204
    assert len(stand_in.letters["web:person-1"]) == 1


async def test_wrong_seen_is_told_what_to_send(client: httpx.AsyncClient) -> None:
    unusable: list[object] = [{"seen": "7"}, {"seen": [7]}, {}, [], {"seen": ["7"] * 201}, {"seen": ["9" * 19]}]
    for wrong in unusable:
        response = await client.post("/api/inbox", json=wrong)
        assert response.status_code == 400
        assert "seen" in response.json()["error"]


async def test_looking_into_the_inbox_counts_as_arriving(client: httpx.AsyncClient) -> None:
    for _ in range(NEWCOMERS_PER_ADDRESS):
        client.cookies.clear()
        await client.get("/api/inbox")
    client.cookies.clear()
    response = await client.get("/api/inbox")
    assert response.json() == {"messages": []}
    assert "set-cookie" not in response.headers
    assert (await client.post("/api/chat", json={"text": "你好"})).status_code == 429
