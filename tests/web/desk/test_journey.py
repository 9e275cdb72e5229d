"""A morning at the desk in a real browser: invited, signed in, a story read, approved and public."""

import os
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from io import BytesIO
from pathlib import Path

import pytest
import segno
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from PIL import Image
from playwright.async_api import Page, expect

from bot.app import App, build
from bot.clock import utc_now
from bot.config import Settings
from bot.domain.desk import MachineOrder, digest_of
from bot.messages import Address
from tests.conftest import Clock
from tests.storage.test_stories import Author
from tests.web.conftest import serving_here
from tests.web.desk.conftest import PASSWORD
from tests.web.walk import reach

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]
# Where to put pictures of the pages, for whoever wants to look at them.
TEXT = "王阿姨每周教邻居用手机，电话13800138000。"
SHOTS = os.environ.get("DESK_SHOTS", "")
WIDTHS = {"phone": {"width": 390, "height": 844}, "desktop": {"width": 1280, "height": 900}}


@asynccontextmanager
async def running(folder: Path, clock: Clock) -> AsyncIterator[tuple[App, str]]:
    app = build(Settings(data_dir=folder), clock)
    async with app.running(), serving_here(app.asgi) as address:
        yield app, address


def code(app: App, token: str, clock: Clock) -> str:
    secret = app.desk.secret_for(token)
    return TOTP(secret, 6, SHA1(), 30).generate(int(clock().timestamp())).decode()


async def look(page: Page, name: str) -> None:
    """Nothing sticks out at the side; with DESK_SHOTS a picture of each width and colour scheme."""
    for width, size in WIDTHS.items():
        await page.set_viewport_size(size)  # type: ignore[arg-type]
        assert await page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), (name, width)
        for scheme in ("light", "dark") if SHOTS else ():
            await page.emulate_media(color_scheme=scheme)
            await page.screenshot(path=f"{SHOTS}/{name}-{width}-{scheme}.png", full_page=True)
    await page.set_viewport_size(WIDTHS["phone"])  # type: ignore[arg-type]


async def holds_code_of(page: Page, uri: str) -> None:
    """What a camera sees: each module dark or white, with the margin around them."""
    drawn = [[bool(one) for one in row] for row in segno.make(uri, error="l", micro=False).matrix_iter(border=4)]
    seen = Image.open(BytesIO(await page.locator(".qr svg").screenshot())).convert("L")
    step = seen.width / len(drawn)
    assert step >= 4, "a module is too small for a camera"
    middles = [int((place + 0.5) * step) for place in range(len(drawn))]
    is_dark = seen.point(lambda grey: grey < 64)
    assert [[bool(is_dark.getpixel((x, y))) for x in middles] for y in middles] == drawn


async def test_a_morning_at_the_desk(page: Page, tmp_path: Path) -> None:
    clock = Clock(utc_now())  # the browser drops cookies by its own clock
    async with running(tmp_path, clock) as (app, address):
        order = MachineOrder("invite", "王小兰", "terminal:root", "administrator", digest_of("first"))
        assert await app.desk.obey(order) == "invited"
        number = await Author(app.stories, Address("web", "ana", "ana")).sends(TEXT)

        await page.goto(f"{address}/desk/invitation/first")
        await look(page, "1-invitation")
        for scheme in ("light", "dark"):
            await page.emulate_media(color_scheme=scheme)
            await holds_code_of(page, await page.get_by_role("link", name="点这里").get_attribute("href") or "")
        await page.get_by_label("口令", exact=True).fill(PASSWORD)
        await page.get_by_label("再写一遍口令").fill(PASSWORD)
        await page.get_by_label("验证码").fill(code(app, "first", clock))
        await page.get_by_role("button", name="好了").click()
        await expect(page.get_by_role("heading", name="等你处理")).to_be_visible()
        await page.get_by_role("button", name="退出").click()

        clock.passes(seconds=30)
        await page.get_by_label("名字").fill("王小兰")
        await page.get_by_label("口令").fill("这个口令是不对的呀呀呀")
        await page.get_by_label("验证码").fill(code(app, "first", clock))
        await page.get_by_role("button", name="登录").click()
        await expect(page.get_by_role("alert")).to_contain_text("没有登录上")
        await look(page, "2-sign-in")
        await page.get_by_label("口令").fill(PASSWORD)
        await page.get_by_label("验证码").fill(code(app, "first", clock))
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("link", name="1 篇故事等着审")).to_be_visible()
        await look(page, "3-home")

        for target in (page.get_by_role("link", name="1 篇故事等着审"), page.get_by_role("link", name="楼下的手机课")):
            await reach(page, target)
            await page.keyboard.press("Enter")
        await expect(page.get_by_text("电话号码：")).to_be_visible()
        await look(page, "4-story")
        await page.goto(f"{address}/desk/stories")
        await look(page, "5-queue")
        await page.get_by_role("link", name="楼下的手机课").click()
        assert (await page.request.get(f"{address}/stories/{number}")).status == 404
        await reach(page, page.get_by_role("button", name="同意公开"))
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("status")).to_contain_text("已经公开")
        response = await page.request.get(f"{address}/stories/{number}")
        assert "王阿姨每周教邻居用手机" in await response.text()

        await page.get_by_role("link", name="公开的故事").click()
        await page.get_by_role("link", name="楼下的手机课").click()
        await look(page, "6-public-story")
        await page.get_by_role("link", name="人员").click()
        await page.get_by_text("改 王小兰").click()
        await look(page, "7-people")
        await page.get_by_label("名字").fill("mei")
        await page.get_by_role("button", name="邀请一位同事").click()
        link = await page.locator("#link").text_content()
        assert re.fullmatch(rf"{address}/desk/invitation/\w{{64}}", link or "")
        await look(page, "8-link")
        await page.get_by_role("link", name="记录").click()
        await expect(page.get_by_text("同意公开")).to_be_visible()
        await look(page, "9-log")
