"""The signed cookie and the limit on new people."""

from datetime import timedelta

import httpx
import pytest

from bot.web.people import COOKIE, NEWCOMERS_PER_ADDRESS
from tests.web.conftest import client_of
from tests.web.stand_in import StandIn, application


async def say(client: httpx.AsyncClient, text: str = "你好") -> httpx.Response:
    return await client.post("/api/chat", json={"text": text})


async def test_cookie_is_kept_from_scripts_and_other_sites(stand_in: StandIn) -> None:
    async with client_of(application(stand_in, secure=True)) as client:
        cookie = (await say(client)).headers["set-cookie"].lower()
    parts = {part.strip() for part in cookie.split(";")[1:]}
    assert parts == {"httponly", "samesite=lax", "secure", "path=/", "max-age=15552000"}


async def test_cookie_over_plain_http_is_not_marked_secure(client: httpx.AsyncClient) -> None:
    assert "secure" not in (await say(client)).headers["set-cookie"].lower()


async def test_cookie_is_renewed_daily_and_not_with_every_message(client: httpx.AsyncClient, stand_in: StandIn) -> None:
    await say(client)
    assert "set-cookie" not in (await say(client)).headers
    stand_in.now += timedelta(days=1, seconds=1)
    assert "set-cookie" in (await say(client)).headers
    stand_in.now += timedelta(days=179)
    await say(client)
    assert {message.sender.user for message in stand_in.heard} == {"person-1"}


async def test_cookie_ends_after_180_days(client: httpx.AsyncClient, stand_in: StandIn) -> None:
    await say(client)
    stand_in.now += timedelta(days=180, seconds=2)
    await say(client)
    assert [message.sender.user for message in stand_in.heard] == ["person-1", "person-2"]


async def test_forged_cookie_is_a_new_person(client: httpx.AsyncClient, stand_in: StandIn) -> None:
    await say(client)
    good = client.cookies[COOKIE]
    for forged in ("person-1", good[:-1] + ("A" if good[-1] != "A" else "B"), good.replace("-1", "-7"), "é", ""):
        client.cookies.clear()
        header = {"Cookie": f"{COOKIE}={forged}".encode()}
        await client.post("/api/chat", json={"text": "你好"}, headers=header)  # type: ignore[arg-type]
    assert len({message.sender.user for message in stand_in.heard}) == 6


async def test_another_keys_cookie_is_a_new_person(stand_in: StandIn) -> None:
    async with client_of(application(stand_in)) as client:
        await say(client)
        cookie = client.cookies[COOKIE]
    stranger = application(stand_in, key=b"x" * 32)
    async with client_of(stranger) as client:
        client.cookies[COOKIE] = cookie
        await say(client)
    assert [message.sender.user for message in stand_in.heard] == ["person-1", "person-2"]


async def arrive(client: httpx.AsyncClient, people: int) -> list[int]:
    statuses = []
    for _ in range(people):
        client.cookies.clear()
        statuses.append((await say(client)).status_code)
    return statuses


async def test_a_school_may_come_and_a_flood_may_not(client: httpx.AsyncClient, stand_in: StandIn) -> None:
    assert set(await arrive(client, NEWCOMERS_PER_ADDRESS)) == {200}
    known = client.cookies[COOKIE]
    client.cookies.clear()
    refused = await say(client)
    assert refused.status_code == 429
    assert 0 < int(refused.headers["retry-after"]) <= 600
    assert "再试" in refused.json()["text"]
    assert len(stand_in.heard) == NEWCOMERS_PER_ADDRESS
    client.cookies[COOKIE] = known
    assert (await say(client)).status_code == 200, "who is known already is not limited"


async def test_limit_ends_with_its_window(client: httpx.AsyncClient, stand_in: StandIn) -> None:
    await arrive(client, NEWCOMERS_PER_ADDRESS + 1)
    stand_in.now += timedelta(minutes=10)
    assert await arrive(client, 1) == [200]


async def test_limit_is_for_the_address_alone(stand_in: StandIn) -> None:
    app = application(stand_in)
    async with client_of(app, "192.0.2.1") as crowd, client_of(app, "192.0.2.2") as other:
        assert (await arrive(crowd, NEWCOMERS_PER_ADDRESS + 1))[-1] == 429
        assert await arrive(other, 1) == [200]


@pytest.mark.parametrize(
    ("first", "second"),
    [("2001:db8:1:2::1", "2001:db8:1:2:ffff::9"), ("::ffff:192.0.2.1", "192.0.2.1")],
)
async def test_one_subscriber_has_one_share(stand_in: StandIn, first: str, second: str) -> None:
    app = application(stand_in)
    async with client_of(app, first) as one, client_of(app, second) as two:
        await arrive(one, NEWCOMERS_PER_ADDRESS)
        assert await arrive(two, 1) == [429]


async def test_message_that_cannot_be_used_makes_no_person(client: httpx.AsyncClient) -> None:
    for _ in range(NEWCOMERS_PER_ADDRESS + 1):
        await client.post("/api/chat", json=[])
    assert (await say(client)).status_code == 200
