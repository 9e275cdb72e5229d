"""A poll in a real browser, from the form to the picture, with votes over Telegram and WeChat between."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from playwright.async_api import Browser, Page, expect

from bot.app import App, build
from bot.clock import utc_now
from bot.domain.desk import MachineOrder, digest_of
from tests.conftest import Clock
from tests.fakes.telegram import TOKEN, FakeTelegram
from tests.fakes.telegram import serving as serving_telegram
from tests.fakes.wechat import FakeWeChat, listening
from tests.test_app_wechat import says as says_on_wechat
from tests.test_app_wechat import settings_of
from tests.web.conftest import serving_here
from tests.web.desk.conftest import PASSWORD
from tests.web.desk.test_journey import code, look
from tests.web.walk import reach

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]
HOME = ZoneInfo("Asia/Shanghai")
POLL = "stories-test"


class Platforms:
    """The app between a fake Telegram and a fake WeChat."""

    def __init__(self, app: App, address: str, telegram: FakeTelegram) -> None:
        self.app = app
        self.address = address
        self.telegram = telegram
        self._updates = 1000

    async def says_on_telegram(self, text: str) -> str:
        """What somebody hears there."""
        heard = len(self.telegram.said("sendMessage"))
        self._updates += 1
        person = {"id": 7, "is_bot": False, "first_name": "Ana", "language_code": "zh-hans"}
        message = {"message_id": self._updates, "from": person, "chat": {"id": 7, "type": "private"}, "text": text}
        stamp = int(self.app.clock().timestamp())
        self.telegram.push({"update_id": self._updates, "message": {**message, "date": stamp}})
        calls = await self.telegram.wait_for("sendMessage", heard + 1, within=10)
        return str(calls[-1].params["text"])

    async def says_on_wechat(self, text: str) -> str:
        self.app.clock.passes(seconds=1)  # type: ignore[attr-defined]  # the time stands in the message's id
        return await says_on_wechat(self.app, text)


@asynccontextmanager
async def running(folder: Path, clock: Clock) -> AsyncIterator[Platforms]:
    telegram, wechat = FakeTelegram(), FakeWeChat(clock)
    async with serving_telegram(telegram) as telegram_base, listening(wechat) as wechat_base:
        settings = settings_of(
            folder,
            wechat_base,
            telegram_bot_token=TOKEN,
            telegram_api_base=telegram_base,
            telegram_mode="polling",
        )
        app = build(settings, clock)
        async with app.running(), serving_here(app.asgi) as address:
            yield Platforms(app, address, telegram)
        wechat.close()


async def enters(page: Page, platforms: Platforms, clock: Clock, name: str, role: str) -> None:
    """Invited, and in."""
    order = MachineOrder("invite", name, "terminal:root", role, digest_of(name))  # type: ignore[arg-type]
    assert await platforms.app.desk.obey(order) == "invited"
    await page.goto(f"{platforms.address}/desk/invitation/{name}")
    await page.get_by_label("口令", exact=True).fill(PASSWORD)
    await page.get_by_label("再写一遍口令").fill(PASSWORD)
    await page.get_by_label("验证码").fill(code(platforms.app, name, clock))
    await page.get_by_role("button", name="好了").click()
    await expect(page.get_by_role("heading", name="等你处理")).to_be_visible()
    clock.passes(seconds=30)


def local(at: datetime) -> str:
    return f"{at.astimezone(HOME):%Y-%m-%dT%H:%M:%S}"


async def test_a_poll_from_the_form_to_the_picture(page: Page, browser: Browser, tmp_path: Path) -> None:
    clock = Clock(utc_now())  # the browser drops cookies by its own clock
    async with running(tmp_path, clock) as platforms:
        assert "小助手" in await platforms.says_on_telegram("/start")  # they were here before the opening
        assert "小助手" in await platforms.says_on_wechat("开始")
        await enters(page, platforms, clock, "yun", "editor")
        opens, closes = clock() + timedelta(minutes=10), clock() + timedelta(minutes=20)
        await _writes(page, opens, closes)
        draft = page.url.partition("?")[0]

        other = await (await browser.new_context(viewport={"width": 390, "height": 844}, locale="zh-CN")).new_page()
        await enters(other, platforms, clock, "mei", "publisher")
        await other.get_by_role("link", name="投票", exact=True).click()
        await other.get_by_role("link", name="你最喜欢哪一个").click()
        await other.get_by_role("link", name="看各平台的样子").click()
        await look(other, "polls-4-preview")
        await expect(other.get_by_text("1 号　楼下的手机课").first).to_be_visible()
        await other.goto(draft)
        await look(other, "polls-5-publish")
        await reach(other, other.get_by_role("button", name="发布"))
        await other.keyboard.press("Enter")
        await expect(other.get_by_role("status")).to_contain_text("发布了")

        assert "还没开始" in await platforms.says_on_telegram(f"/stories {POLL}")
        clock.now = opens
        await _vote(platforms)
        await other.goto(f"{platforms.address}/desk/polls/of/{POLL}")
        await expect(other.locator("#standing")).to_contain_text("正在投票")
        await look(other, "polls-6-open")
        await other.get_by_text("要暂停").click()
        await other.get_by_role("button", name="马上暂停").click()
        await expect(other.get_by_role("status")).to_contain_text("停了")
        await look(other, "polls-7-stopped")
        assert "投票暂停了" in await platforms.says_on_telegram("投票 2")
        assert "投票暂停了" in await platforms.says_on_wechat("投票 1")

        clock.now = closes
        assert "已经结束" in await platforms.says_on_telegram("投票 2")
        await other.reload()
        await expect(other.locator("#standing")).to_contain_text("已经结束")
        votes = await other.locator("table.bars td.votes").all_text_contents()
        assert votes == ["1", "1"]
        picture = other.get_by_role("img", name="投票结果图")
        await picture.scroll_into_view_if_needed()
        await expect(picture).to_have_js_property("complete", True)
        assert await picture.evaluate("image => image.naturalWidth") == 1080
        await look(other, "polls-8-closed")
        async with other.expect_download() as downloading:
            await other.get_by_role("link", name="下载公开数据包").click()
        assert (await downloading.value).suggested_filename == f"{POLL}.zip"
        await other.context.close()


async def _writes(page: Page, opens: datetime, closes: datetime) -> None:
    """A poll with two candidates, after a mistake; proposed."""
    await page.get_by_role("link", name="投票", exact=True).click()
    await look(page, "polls-1-list")
    await page.get_by_role("link", name="新做一个投票").click()
    await page.get_by_label("标题", exact=True).fill("你最喜欢哪一个好网民故事？")
    await page.get_by_label("网址里的名字").fill(POLL)
    await page.get_by_label("开始", exact=True).fill(local(opens))
    await page.get_by_label("截止", exact=True).fill(local(opens))
    await page.get_by_label("主办单位").fill("样例单位")
    await page.get_by_label("联系方式").fill("vote@example.org")
    await page.get_by_label("谁可以参加").fill("住在样例县的人。")
    await page.get_by_label("规则全文").fill("一个账号一票，截止以前可以改。")
    await look(page, "polls-2-form")
    await page.get_by_role("button", name="存草稿").click()
    await expect(page.get_by_role("alert")).to_contain_text("有 1 处要改")
    await expect(page.get_by_text("截止要晚于开始。")).to_be_visible()
    await expect(page.get_by_label("规则全文")).to_have_value("一个账号一票，截止以前可以改。")
    await look(page, "polls-2-mistake")
    await page.get_by_label("截止", exact=True).fill(local(closes))
    await page.get_by_role("button", name="存草稿").click()
    for name in ("楼下的手机课", "辟谣小分队"):
        await expect(page.get_by_role("status")).to_contain_text("存好了")
        if not await page.get_by_label("名字", exact=True).is_visible():
            await page.get_by_text("加一个候选").first.click()
        await page.get_by_label("名字", exact=True).fill(name)
        await page.get_by_role("button", name="加一个候选").click()
        await expect(page.get_by_text(f"《{name}》")).to_be_visible()
    await look(page, "polls-3-draft")
    await page.get_by_role("link", name="1 号《楼下的手机课》").click()
    await look(page, "polls-3-candidate")
    await page.go_back()
    await page.get_by_role("button", name="送审").click()
    await expect(page.get_by_role("status")).to_contain_text("送审了")


async def _vote(platforms: Platforms) -> None:
    """One on each platform, as people do it: asked once before the first vote."""
    said: dict[str, Any] = {"telegram": platforms.says_on_telegram, "wechat": platforms.says_on_wechat}
    for number, says in enumerate(said.values(), 1):
        assert "楼下的手机课" in await says(f"/stories {POLL}")
        assert "公布全部选票" in await says(f"投票 {number}")
        assert re.search(r"投好了.*回执 \w{4}-\w{4}", await says("同意"))
