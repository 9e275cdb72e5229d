"""POST /api/chat: what is said, who says it, and what a wrong request is told."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest

from bot.messages import Address
from bot.web import bodies
from tests.web.conftest import client_of, serving_here
from tests.web.stand_in import StandIn, application

PERSON_COOKIE = "haowangmin_person"


async def test_answer_has_text_and_buttons(client: httpx.AsyncClient) -> None:
    response = await client.post("/api/chat", json={"text": "订阅 8点"})
    assert response.status_code == 200
    assert response.headers["cache-control"] == "no-store"
    assert response.json() == {
        "text": "好的，每天 08:00 给你一招。",
        "buttons": [
            {"label": "改时间", "command": "/subscribe"},
            {"label": "退订", "command": "/unsubscribe"},
        ],
    }


async def test_message_is_of_the_cookies_person_and_carries_the_clients_id(
    client: httpx.AsyncClient, stand_in: StandIn
) -> None:
    await client.post("/api/chat", json={"text": "你好", "id": "a1"})
    await client.post("/api/chat", json={"text": "再见", "id": "a2"})
    await client.post("/api/chat", json={"text": "没有编号"})
    first, second, third = stand_in.heard
    assert (first.id, second.id) == ("web:person-1:a1", "web:person-1:a2")
    assert first.sender == second.sender == third.sender == Address("web", "person-1", "person-1")
    assert third.id.startswith("web:person-1:")
    assert len(third.id) > len("web:person-1:") + 16
    assert first.at == stand_in.now


async def test_repeated_request_changes_nothing(client: httpx.AsyncClient, stand_in: StandIn) -> None:
    first = await client.post("/api/chat", json={"text": "/vote nanyue-stories 1", "id": "v1"})
    await client.post("/api/chat", json={"text": "/vote nanyue-stories 2", "id": "v2"})
    again = await client.post("/api/chat", json={"text": "/vote nanyue-stories 1", "id": "v1"})
    assert again.json() == first.json()
    assert stand_in.ballots == {"web:person-1": 2}


async def test_without_a_cookie_everybody_is_new(stand_in: StandIn) -> None:
    app = application(stand_in)
    for _ in range(2):
        async with client_of(app) as client:
            await client.post("/api/chat", json={"text": "/vote nanyue-stories 1", "id": "same"})
    assert sorted(stand_in.ballots) == ["web:person-1", "web:person-2"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"[]", 400),
        (b'"text"', 400),
        (b"null", 400),
        (b"{}", 400),
        (b'{"text": 3}', 400),
        (b'{"text": null}', 400),
        (b'{"text": "a", "id": 7}', 400),
        (b'{"text": "a", "id": "' + b"x" * 65 + b'"}', 400),
        (b'{"text": "\xff"}', 400),
        (b'{"text": "\\ud800"}', 400),
        (b'{"text": "a", "more": ' + b"[" * 100_000, 400),
        (b'{"text": "' + b"x" * 1024 * 1024 + b'"}', 413),
    ],
)
async def test_unusable_body_is_told_what_to_send(
    client: httpx.AsyncClient, stand_in: StandIn, body: bytes, status: int
) -> None:
    response = await client.post("/api/chat", content=body, headers={"Content-Type": "application/json"})
    assert response.status_code == status
    assert list(response.json()) == ["error"]
    assert "JSON" in response.json()["error"] or status == 413
    assert "set-cookie" not in response.headers
    assert stand_in.heard == []


async def test_body_without_a_length_is_limited_too(client: httpx.AsyncClient, stand_in: StandIn) -> None:
    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield b" " * 65536

    response = await client.post("/api/chat", content=endless(), headers={"Content-Type": "application/json"})
    assert response.status_code == 413
    assert stand_in.heard == []


@pytest.mark.parametrize("path", ["/api/chat", "/api/inbox"])
async def test_body_that_never_ends_is_given_up(stand_in: StandIn, monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    monkeypatch.setattr(bodies, "BODY_SECONDS", 0.1)
    async with serving_here(application(stand_in)) as address:
        reader, writer = await asyncio.open_connection("127.0.0.1", httpx.URL(address).port)
        head = f"POST {path} HTTP/1.1\r\nHost: bot\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n"
        writer.write(head.encode() + b'{"text":')
        async with asyncio.timeout(5):
            said = (await reader.read()).decode()
        writer.close()
        await writer.wait_closed()
    assert said.startswith("HTTP/1.1 408 ")
    assert '{"error":"内容到得太慢了' in said
    assert stand_in.heard == []


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", ""])
async def test_other_content_types_are_refused(client: httpx.AsyncClient, stand_in: StandIn, kind: str) -> None:
    response = await client.post("/api/chat", content=b'{"text": "a"}', headers={"Content-Type": kind})
    assert response.status_code == 415
    assert "application/json" in response.json()["error"]
    assert stand_in.heard == []


async def test_content_type_may_name_its_charset(client: httpx.AsyncClient) -> None:
    headers = {"Content-Type": "Application/JSON; charset=utf-8"}
    assert (await client.post("/api/chat", content=b'{"text": "a"}', headers=headers)).status_code == 200


async def test_odd_texts_reach_the_conversation(client: httpx.AsyncClient, stand_in: StandIn) -> None:
    texts = ["", "😀😀", "a\x00b\x07", "长" * 20_000, "<b>&\"'"]
    for text in texts:
        assert (await client.post("/api/chat", json={"text": text})).status_code == 200
    assert [message.text for message in stand_in.heard] == texts


async def test_what_cannot_be_stored_is_asked_for_again(client: httpx.AsyncClient, stand_in: StandIn) -> None:
    stand_in.down = True
    vote = {"text": "/vote nanyue-stories 1", "id": "v1"}
    response = await client.post("/api/chat", json=vote)
    assert response.status_code == 503
    assert int(response.headers["retry-after"]) > 0
    assert "再试" in response.json()["text"]
    stand_in.down = False
    assert (await client.post("/api/chat", json=vote)).status_code == 200
    assert stand_in.ballots == {"web:person-1": 1}, "the retry came from the same person"


async def test_sentences_in_english(client: httpx.AsyncClient) -> None:
    response = await client.post("/api/chat?lang=en", json=[])
    assert response.json()["error"].startswith("Please send")


async def test_get_is_not_allowed(client: httpx.AsyncClient) -> None:
    assert (await client.get("/api/chat")).status_code == 405


@pytest.mark.parametrize(("said", "size"), [("大字", "large"), ("标准", "standard")])
async def test_a_reply_may_set_the_size_of_the_type(client: httpx.AsyncClient, said: str, size: str) -> None:
    assert (await client.post("/api/chat", json={"text": said})).json()["size"] == size
    assert "size" not in (await client.post("/api/chat", json={"text": "你好"})).json()
