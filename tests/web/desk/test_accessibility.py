"""axe looks at every page of the desk and of the public site, in light and dark: nothing serious."""

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import pytest
import pytest_asyncio
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page

from bot.app import build
from bot.clock import utc_now
from bot.config import Settings
from bot.domain import passwords
from bot.domain.desk import MachineOrder, digest_of
from bot.domain.times import HOME_ZONE
from bot.messages import Address
from tests.conftest import Clock
from tests.handlers.conftest import Talk
from tests.web.conftest import serving_here
from tests.web.desk import test_answers, test_broadcasts, test_polls, test_reviewing, test_tips
from tests.web.desk.conftest import COOKIE, Desk
from tests.web.desk.test_doors import OPEN_TO

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(600)]
GRAVE = frozenset({"serious", "critical"})
# Pictures, to which no link leads, a file that only some polls have, and what is no page of the desk.
NO_PAGES = frozenset(
    {"/desk/photos/{number}", "/desk/tips/card/{name}", "/desk/polls/of/{poll}/bundle", "/desk/{rest:path}"}
)
# Where nobody is signed in.
OUTSIDE = ("/desk/sign-in", "/desk/invitation/{token}")
PUBLIC = (
    "/",
    "/?lang=en",
    "/polls/nanyue-stories",
    "/stories",
    "/stories?q=x",
    "/tips/read-it-aloud-first",
    "/tips/none",
)
TEXT = "把家里路由器的密码换成自己想的一句话，写在纸上收好。"


def pattern_of(path: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(path)))


FILES = (".png", ".csv", ".xlsx")
PAGES = [path for method, path in OPEN_TO if method == "GET" and path not in NO_PAGES and not path.endswith(FILES)]
DOORS = {path: pattern_of(path) for path in PAGES}


def door_of(path: str) -> str:
    """The door that a path opens; one without a blank before one with."""
    fitting = [door for door, pattern in DOORS.items() if pattern.fullmatch(path)]
    return min(fitting, key=lambda door: door.count("{"), default="")


@pytest_asyncio.fixture(loop_scope="session")
async def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[tuple[Desk, str]]:
    """A desk at which there is something of everything, and its address."""
    monkeypatch.setattr(passwords, "MEMORY_KIB", 64)
    monkeypatch.setattr(passwords, "PASSES", 1)
    clock = Clock(utc_now())
    app = build(Settings(data_dir=tmp_path, operator_accounts="telegram:1+desk:mei"), clock)
    async with app.running(), serving_here(app.asgi) as address:
        desk = Desk(app, clock)
        for name, role in (("lan", "administrator"), ("bo", "publisher"), ("mei", "publisher"), ("yun", "editor")):
            await desk.hires(name, role)  # type: ignore[arg-type]
        await furnish(desk)
        yield desk, address
        for browser in desk.browsers:
            await browser.http.aclose()


async def furnish(desk: Desk) -> None:
    """Stories, answers, questions, tips and a notice, in each of the states that have a page of their own."""
    await desk.gets_story(address=Address("web", "eva", "eva"))
    public = await desk.gets_story(address=Address("web", "ana", "ana"))
    await test_reviewing.decides(await desk.at_work("bo", f"/desk/stories/{public}"), public, "approve")
    await test_tips.published(desk, f"/desk/tips/of/{test_tips.NAME}/edit", text=TEXT)
    await test_tips.edits(await desk.at_work("yun"), "/desk/tips/new", text="把三个月没用过的应用删掉一个，今天就删。")
    await test_answers.writes(await desk.at_work("yun"), answer="改过的答案。")
    for question in ("村口的大榕树有几岁", "村口那棵大榕树几岁了", test_answers.ASKED):
        await Talk(desk.app).says(question)
    await vote(desk)
    await test_broadcasts.subscribe(desk, "ana", "ben", "eva")
    await test_broadcasts.proposes(desk)
    await test_broadcasts.starts(desk, await test_broadcasts.proposes(desk), people="3")


async def vote(desk: Desk) -> None:
    """One poll is written, and another one over, of which some votes are held."""
    await test_polls.writes(await desk.at_work("yun"), "手机课", "辟谣队", id="written")
    opens, closes = (desk.clock() + timedelta(hours=hours) for hours in (1, 24))
    local = [f"{at.astimezone(HOME_ZONE):%Y-%m-%dT%H:%M:%S}" for at in (opens, closes)]
    poll = await test_polls.publishes(desk, opens_at=local[0], closes_at=local[1])
    desk.clock.passes(hours=2)
    for user in ("7", "8", "9"):
        await test_polls.votes(desk, 1, user)
    await test_polls.hold(desk, poll, "7", "8")
    desk.clock.passes(hours=24)


async def faults(page: Page, scheme: str) -> list[tuple[str, str, str]]:
    """What axe finds that is grave: the rule, where, and on which page."""
    await page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    found = await Axe().run(page)
    return [
        (one["id"], urlsplit(page.url).path, f"{scheme}: {node['target']} {node['html'][:120]}")
        for one in found.response["violations"]
        if one["impact"] in GRAVE
        for node in one["nodes"]
    ]


async def look_at(page: Page) -> list[tuple[str, str, str]]:
    """With everything open that can be opened."""
    await page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    return [fault for scheme in ("light", "dark") for fault in await faults(page, scheme)]


async def walk(page: Page, start: str) -> tuple[dict[str, str], list[tuple[str, str, str]]]:
    """From link to link, to one page of each door: where each was found, and what is grave."""
    waiting, seen, found = [start], dict[str, str](), list[tuple[str, str, str]]()
    while waiting:
        address = waiting.pop(0)
        door = door_of(urlsplit(address).path)
        if not door or door in seen:
            continue
        response = await page.context.request.get(address)
        assert response.status == 200, address
        seen[door] = urlsplit(address).path
        if not response.headers["content-type"].startswith("text/html"):
            continue  # a file
        await page.goto(address)
        found += await look_at(page)
        links = await page.eval_on_selector_all("a[href]", "all => all.map(one => one.getAttribute('href'))")
        waiting += [urljoin(address, link) for link in links if not urlsplit(link).netloc]
    return seen, found


async def test_every_page_of_the_desk(desk: tuple[Desk, str], browser: Browser) -> None:
    at, address = desk
    await at.at_work("lan")
    token = at.browsers[-1].http.cookies[COOKIE]
    context = await browser.new_context(bypass_csp=True, viewport={"width": 1280, "height": 900})
    await context.add_cookies([{"name": COOKIE, "value": token, "url": address}])
    page = await context.new_page()
    seen, found = await walk(page, f"{address}/desk")
    await context.close()
    assert found == []
    unseen = set(DOORS) - set(seen) - set(OUTSIDE)
    assert not unseen, "give `furnish` something that a link leads to"


async def test_every_page_for_those_outside(desk: tuple[Desk, str], browser: Browser) -> None:
    at, address = desk
    order = MachineOrder("invite", "new", "terminal:root", "editor", digest_of("token"))
    assert await at.app.desk.obey(order) == "invited"
    context = await browser.new_context(bypass_csp=True, viewport={"width": 390, "height": 844})
    page = await context.new_page()
    [story] = [one.id for one in await at.app.services.stories.published(0, 5)]
    found = []
    for path in (*PUBLIC, f"/stories/{story}", "/desk/sign-in", "/desk/invitation/token", "/desk/invitation/gone"):
        await page.goto(f"{address}{path}")
        await asyncio.sleep(0.3 if path.startswith("/?") or path == "/" else 0)  # the talk is shown by a script
        found += await look_at(page)
    await context.close()
    assert found == []


async def test_axe_finds_what_is_wrong(browser: Browser) -> None:
    """The test can fail: a page with a picture without words, a field without a name and grey on grey."""
    context = await browser.new_context()
    page = await context.new_page()
    await page.set_content(
        "<html lang=zh><title>t</title><body style='background:#888'><img src=x><input>"
        "<p style='color:#999'>灰色的字看不清</p></body></html>"
    )
    assert {rule for rule, _, _ in await look_at(page)} >= {"image-alt", "label", "color-contrast"}
    await context.close()
