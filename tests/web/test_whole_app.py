"""The web chat of the real service: its conversation, its content, its database."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from playwright.async_api import Page

from bot.app import App, build
from bot.config import load_settings
from tests.web.conftest import serving_here
from tests.web.walk import walk

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


@pytest.fixture(autouse=True)
def settings_in_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nothing is configured, whatever the machine's environment says."""
    for name in os.environ:
        if name.startswith(("TELEGRAM_", "WECHAT_", "OPERATOR_", "DATABASE_URL", "CONTENT_DIR", "PUBLIC_URL")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("DATA_DIR", str(tmp_path))


@asynccontextmanager
async def running() -> AsyncIterator[tuple[App, str]]:
    app = build(load_settings(Path("no.env")))
    async with app.running(), serving_here(app.asgi) as address:
        yield app, address


async def test_walk_through_the_real_service(page: Page) -> None:
    async with running() as (app, address):
        await walk(page, address)
        standing = await app.standing("nanyue-stories")
        assert standing
        assert standing.votes
        assert (standing.ballots, standing.votes[2]) == (1, 1)


async def test_restart_keeps_the_vote_and_the_person(page: Page) -> None:
    async with running() as (_, address):
        await walk(page, address)
        cookies = await page.context.cookies()
    async with running() as (app, address):
        value = next(cookie["value"] for cookie in cookies if cookie["name"] == "haowangmin_person")
        vote = {"text": "/vote nanyue-stories 5", "id": "after-restart"}
        headers = {"Cookie": f"haowangmin_person={value}"}
        response = await page.request.post(f"{address}/api/chat", data=vote, headers=headers)
        assert response.ok
        standing = await app.standing("nanyue-stories")
        assert standing
        assert standing.votes
        assert (standing.ballots, standing.voters, standing.votes[5]) == (1, 1, 1)
