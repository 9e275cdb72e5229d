"""Stories full of markup in a real browser: words are shown, nothing runs, nothing is asked for elsewhere."""

from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, Request, expect

from bot.domain.stories import written
from bot.web.guard import SECURITY_HEADERS
from tests.conftest import Clock
from tests.hostile.house import House, house
from tests.hostile.samples import HOSTILE
from tests.hostile.writing import published
from tests.web.conftest import serving_here
from tests.web.walk import answers, say

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

PATHS = ("/", "/?lang=en", "/stories", "/stories/1", "/stories/999", "/polls/nanyue-stories", "/api/inbox", "/livez")


@pytest_asyncio.fixture(loop_scope="session")
async def home(tmp_path: Path) -> AsyncIterator[tuple[House, str]]:
    async with (
        house(tmp_path, Clock(), operator_name=f"名{HOSTILE['html']}") as home,
        serving_here(home.app.asgi) as base,
    ):
        yield home, base


class Watched:
    """A page with what it asked for and what popped up."""

    def __init__(self, page: Page, base: str) -> None:
        self.page = page
        self.base = base
        self.elsewhere: list[str] = []
        self.dialogs: list[str] = []
        page.on("request", self._asked)
        page.on("dialog", lambda dialog: self.dialogs.append(dialog.message))

    def _asked(self, request: Request) -> None:
        if urlsplit(request.url).netloc != urlsplit(self.base).netloc:
            self.elsewhere.append(request.url)

    async def is_quiet(self) -> bool:
        ran = await self.page.evaluate("typeof window.ran")
        return not self.elsewhere and not self.dialogs and ran == "undefined"


@pytest.mark.timeout(600)
async def test_stories_are_read_as_text(page: Page, home: tuple[House, str]) -> None:
    watched = Watched(page, home[1])
    for place, text in enumerate(HOSTILE.values()):
        number = await published(home[0], text[:38], text, f"作{text[:13]}", place)
        await page.goto(f"{home[1]}/stories/{number}")
        shown = await page.locator("main p[dir=auto]").all_text_contents()
        assert shown == [line for line in written(text).split("\n") if line]
        await expect(page.get_by_role("heading", level=1)).to_have_text(" ".join(written(text[:38]).split()))
    await page.goto(f"{home[1]}/stories?q=%3Cscript%3Ewindow.ran=1%3C/script%3E")
    await page.goto(f"{home[1]}/stories")
    assert await page.locator("main a[dir=auto]").count() > 10
    assert await watched.is_quiet()


@pytest.mark.timeout(600)
async def test_the_chat_repeats_text_as_text(page: Page, home: tuple[House, str]) -> None:
    watched = Watched(page, home[1])
    kinds = ("html", "attribute", "closing", "template", "json", "bidi", "stacked")
    numbers = {
        kind: await published(home[0], HOSTILE[kind][:38], HOSTILE[kind], "作者", n) for n, kind in enumerate(kinds)
    }
    await page.goto(home[1])
    await expect(page.get_by_role("log").get_by_role("button").first).to_be_visible()
    for kind, number in numbers.items():
        await say(page, f"看故事 {number}")
        await expect(answers(page).last).to_contain_text(written(HOSTILE[kind])[:60])
        await say(page, HOSTILE[kind].replace("\n", " "))
    await page.reload()  # what the browser kept is drawn again
    await expect(page.locator(".entry-mine .entry-text").nth(1)).to_have_text(HOSTILE["html"])
    assert await page.locator(".log script, .log img, .log svg, .log iframe, .log style, .log b, .log a").count() == 0
    assert await watched.is_quiet()


async def test_even_what_got_in_would_not_run(browser: Browser, home: tuple[House, str]) -> None:
    """The policy alone stops it: a script, a handler, a style and a picture of others."""
    context = await browser.new_context()
    page = await context.new_page()
    watched = Watched(page, home[1])
    await page.goto(home[1])
    await page.evaluate(
        """() => {
            const script = document.createElement("script");
            script.textContent = "window.ran = 1";
            document.body.append(script);
            const box = document.createElement("div");
            box.innerHTML = '<img src="/nothing" onerror="window.ran = 1"><p id="p" style="color: red">x</p>'
                + '<a id="a" href="javascript:window.ran = 1">x</a><img src="http://127.0.0.1:9/x.png">'
                + '<iframe src="http://127.0.0.1:9/"></iframe><form action="http://127.0.0.1:9/"><button id="b">';
            document.body.append(box);
        }"""
    )
    await page.evaluate("document.getElementById('a').click()")
    await page.evaluate("document.getElementById('b').click()")
    await page.wait_for_timeout(300)
    assert await page.evaluate("typeof window.ran") == "undefined"
    assert await page.evaluate("getComputedStyle(document.getElementById('p')).color") != "rgb(255, 0, 0)"
    refused = await page.evaluate("fetch('http://127.0.0.1:9/').then(() => 'went', () => 'refused')")
    assert (refused, page.url, watched.dialogs) == ("refused", f"{home[1]}/", [])
    await context.close()


async def test_every_page_has_the_policy(home: tuple[House, str], page: Page) -> None:
    for path in PATHS:
        response = await page.request.get(home[1] + path)
        for name, value in SECURITY_HEADERS.items():
            assert response.headers[name.lower()] == value, path
        policy = response.headers["content-security-policy"]
        assert "default-src 'self'" in policy
        assert not {"'unsafe-inline'", "'unsafe-eval'", "*", "data:", "https:"} & set(policy.replace(";", " ").split())
