"""What every answer tells a browser, and what nobody gets, over the whole app."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from bot.app import App
from bot.config import Settings
from tests.conftest import Clock
from tests.shipped import shipped

EVERYWHERE = (
    "/",
    "/stories",
    "/polls/nanyue-stories",
    "/desk/sign-in",
    "/api/polls/nanyue-stories",
    "/livez",
    "/nowhere",
)


@pytest.fixture
async def site(tmp_path: Path, clock: Clock, request: pytest.FixtureRequest) -> AsyncIterator[httpx.AsyncClient]:
    address: str = getattr(request, "param", "https://bot.example.org")
    app = App(Settings(data_dir=tmp_path, public_url=address), shipped(), clock)
    async with app.running(), httpx.AsyncClient(transport=httpx.ASGITransport(app.asgi), base_url=address) as client:
        yield client


@pytest.mark.parametrize("path", EVERYWHERE)
async def test_a_browser_that_came_over_https_comes_so_for_a_year(site: httpx.AsyncClient, path: str) -> None:
    assert (await site.get(path)).headers["strict-transport-security"] == "max-age=31536000"


@pytest.mark.parametrize("site", ["http://127.0.0.1:8080"], indirect=True)
async def test_a_site_without_https_does_not_promise_it(site: httpx.AsyncClient) -> None:
    assert "strict-transport-security" not in (await site.get("/")).headers


@pytest.mark.parametrize("path", EVERYWHERE)
async def test_no_other_site_may_read_an_answer(site: httpx.AsyncClient, path: str) -> None:
    answer = await site.get(path, headers={"Origin": "https://elsewhere.example"})
    assert not [name for name in answer.headers if name.startswith("access-control-")]
    asked = await site.options(
        path, headers={"Origin": "https://elsewhere.example", "Access-Control-Request-Method": "POST"}
    )
    assert not [name for name in asked.headers if name.startswith("access-control-")]


@pytest.mark.parametrize("path", [*EVERYWHERE, "/static/style.css", "/static/chat.js"])
async def test_each_text_names_its_characters(site: httpx.AsyncClient, path: str) -> None:
    kind = (await site.get(path)).headers["content-type"]
    assert kind == "application/json" or kind.endswith("; charset=utf-8")


@pytest.mark.parametrize(
    "path",
    [
        *("/.git/config", "/.env", "/data/haowangmin.db", "/static/", "/static/vendor/", "/static/../guard.py"),
        *("/static/%2e%2e/guard.py", "/docs", "/openapi.json", "/debug", "/server-status"),
    ],
)
async def test_what_is_no_page_is_not_there(site: httpx.AsyncClient, path: str) -> None:
    assert (await site.get(path)).status_code == 404


@pytest.mark.parametrize("path", EVERYWHERE)
async def test_nobody_is_told_their_own_headers(site: httpx.AsyncClient, path: str) -> None:
    answer = await site.request("TRACE", path, headers={"Cookie": "secret=1"})
    assert answer.status_code in (404, 405)
    assert "secret" not in answer.text
