"""The picture of a poll, its curve, and the picture in the chat."""

import re
from datetime import timedelta

import httpx
import pytest
from playwright.async_api import Page, expect

from bot.domain.charts import Point
from tests.pictures.samples import opened, typeface
from tests.web.conftest import client_of
from tests.web.stand_in import POLL, StandIn, application

PICTURE = "/polls/nanyue-stories.png"


@pytest.fixture(autouse=True)
def _font() -> None:
    typeface()


async def test_the_picture_of_a_poll(client: httpx.AsyncClient) -> None:
    answer = await client.get(PICTURE)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/png")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert opened(answer.content).width == 1080
    assert (await client.get(f"{PICTURE}?lang=en")).content != answer.content
    assert (await client.get("/polls/unknown.png")).status_code == 404


async def test_who_has_the_picture_gets_it_again_when_it_is_another(
    client: httpx.AsyncClient, stand_in: StandIn
) -> None:
    tag = (await client.get(PICTURE)).headers["etag"]
    again = await client.get(PICTURE, headers={"If-None-Match": tag})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    stand_in.ballots["a"] = 1
    anew = await client.get(PICTURE, headers={"If-None-Match": tag})
    assert (anew.status_code, anew.headers["etag"] != tag) == (200, True)


async def test_without_a_font_there_is_no_picture(stand_in: StandIn) -> None:
    async with client_of(application(stand_in, drawn=False)) as client:
        assert (await client.get(PICTURE)).status_code == 404
        assert "<img src" not in (await client.get("/polls/nanyue-stories")).text


async def test_the_page_shows_the_picture_with_its_words(client: httpx.AsyncClient) -> None:
    html = (await client.get("/polls/nanyue-stories")).text
    assert '<img src="/polls/nanyue-stories.png" alt="投票结果图，内容和这一页的表格相同"' in html
    assert '<img src="/polls/nanyue-stories.png?lang=en"' in (await client.get("/polls/nanyue-stories?lang=en")).text


async def test_the_curve_of_votes_with_its_figures(client: httpx.AsyncClient, stand_in: StandIn) -> None:
    opening = stand_in.opened_at
    stand_in.history = [Point(opening + timedelta(hours=1), 1), Point(opening + timedelta(hours=3), 2)]
    stand_in.ballots = {"a": 1, "b": 1, "c": 1, "d": 4}
    stand_in.now = opening + timedelta(hours=4)
    html = (await client.get("/polls/nanyue-stories")).text
    assert 'points="0.0,200.0 150.0,150.0 300.0,100.0 450.0,100.0 600.0,0.0"' in html
    rows = re.findall(r'<th scope="row"><time datetime="[^"]+">([^<]+)</time></th><td>(\d+)</td>', html)
    assert rows == [
        ("2026-11-22 20:00", "0"),
        ("2026-11-22 21:00", "1"),
        ("2026-11-22 22:00", "2"),
        ("2026-11-22 23:00", "2"),
        ("2026-11-23 00:00", "4"),
    ]


async def test_a_poll_without_votes_has_no_curve(client: httpx.AsyncClient, stand_in: StandIn) -> None:
    stand_in.now += timedelta(hours=4)
    assert "<polyline" not in (await client.get("/polls/nanyue-stories")).text


async def test_a_long_poll_shows_some_of_its_figures(client: httpx.AsyncClient, stand_in: StandIn) -> None:
    stand_in.history = [Point(stand_in.opened_at + timedelta(hours=n), n) for n in range(1, 100)]
    stand_in.ballots = {str(n): 1 for n in range(100)}
    stand_in.now += timedelta(hours=100)
    html = (await client.get("/polls/nanyue-stories")).text
    rows = re.findall(r'<th scope="row"><time[^>]+>[^<]+</time></th><td>(\d+)</td>', html)
    assert len(rows) == 12
    assert (rows[0], rows[-1]) == ("0", "100")


async def test_hidden_results_have_the_curve_of_the_whole_poll_alone(
    client: httpx.AsyncClient, stand_in: StandIn
) -> None:
    stand_in.hidden = True
    stand_in.ballots = {"a": 1, "b": 1}
    stand_in.now += timedelta(hours=4)
    html = (await client.get("/polls/nanyue-stories")).text
    assert "<polyline" in html
    assert "未公布" in html


async def test_the_chat_api_gives_the_address_of_a_picture(client: httpx.AsyncClient) -> None:
    with_picture = (await client.post("/api/chat", json={"text": "/chart"})).json()
    assert with_picture["picture"] == PICTURE
    assert "picture" not in (await client.post("/api/chat", json={"text": "/start"})).json()


@pytest.mark.browser
@pytest.mark.asyncio(loop_scope="session")
async def test_the_chat_shows_the_picture_also_after_a_reload(page: Page, base_url: str) -> None:
    await page.goto(base_url)
    await expect(page.locator(".entry-bot")).to_have_count(1)
    await page.fill("#question", "/chart")
    await page.click("#send")
    picture = page.locator(".entry-bot img.entry-picture")
    await expect(picture).to_have_attribute("alt", "图片，和下面的文字是一起的")
    await expect(picture).to_have_js_property("naturalWidth", 1080)
    await page.reload()
    await expect(picture).to_be_visible()


@pytest.mark.browser
@pytest.mark.asyncio(loop_scope="session")
async def test_the_page_is_no_wider_than_a_phone(page: Page, base_url: str, stand_in: StandIn) -> None:
    stand_in.ballots = {"a": 1, "b": 2}
    stand_in.now += timedelta(hours=4)
    await page.goto(f"{base_url}/polls/{POLL.id}")
    await expect(page.locator(".curve svg")).to_be_visible()
    await page.locator(".chart img").scroll_into_view_if_needed()
    await expect(page.locator(".chart img")).to_have_js_property("naturalWidth", 1080)
    assert await page.evaluate("document.documentElement.scrollWidth") <= 390
