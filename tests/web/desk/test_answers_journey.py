"""A wrong answer is right on Telegram and WeChat, and what nobody could answer is answered: in a real browser."""

import asyncio
import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from bot.app import App, build
from bot.clock import utc_now
from bot.domain.desk import MachineOrder, digest_of
from tests.conftest import Clock
from tests.fakes.telegram import TOKEN, FakeTelegram, serving
from tests.fakes.wechat import FakeWeChat, listening
from tests.journeys.clients import CHAT, WING
from tests.test_app_wechat import says, settings_of
from tests.web.conftest import serving_here
from tests.web.desk.conftest import PASSWORD
from tests.web.desk.test_journey import code, look
from tests.web.desk.test_numbers_journey import is_accessible

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]
ASKED, UNKNOWN = "紫荆云陪伴辅导了多少小时", "社区食堂周末开不开门"


class Service:
    """The whole app between a fake Telegram and a fake WeChat, with people who ask on both."""

    def __init__(self, app: App, address: str, telegram: FakeTelegram, clock: Clock) -> None:
        self.app = app
        self.address = address
        self.clock = clock
        self._telegram = telegram
        self._asked = 0

    async def telegram(self, text: str) -> str:
        self._asked += 1
        stamp = int(self.clock().timestamp())
        message = {"message_id": self._asked, "from": WING, "chat": CHAT, "date": stamp, "text": text}
        self._telegram.push({"update_id": 700 + self._asked, "message": message})
        calls = await self._telegram.wait_for("sendMessage", self._asked)
        return str(calls[-1].params["text"])

    async def wechat(self, text: str) -> str:
        self.clock.passes(seconds=1)
        return await says(self.app, text)

    async def both_say(self, asked: str, wanted: str) -> float:
        """How many seconds it takes until both platforms do."""
        began = time.monotonic()
        while not (wanted in await self.telegram(asked) and wanted in await self.wechat(asked)):
            assert time.monotonic() - began < 5
            await asyncio.sleep(0.05)
        return time.monotonic() - began

    async def hires(self, name: str, role: str) -> None:
        order = MachineOrder("invite", name, "terminal:root", role, digest_of(name))  # type: ignore[arg-type]
        assert await self.app.desk.obey(order) == "invited"
        assert (await self.app.desk.accept(name, PASSWORD, code(self.app, name, self.clock))).token

    async def signs_in(self, page: Page, name: str) -> None:
        self.clock.passes(seconds=30)
        if await page.get_by_role("button", name="退出").count():
            await page.get_by_role("button", name="退出").click()
        await page.goto(f"{self.address}/desk/sign-in")
        await page.get_by_label("名字").fill(name)
        await page.get_by_label("口令").fill(PASSWORD)
        await page.get_by_label("验证码").fill(code(self.app, name, self.clock))
        await page.get_by_role("button", name="登录").click()
        await expect(page.get_by_role("heading", name="等你处理")).to_be_visible()


@asynccontextmanager
async def running(folder: Path) -> AsyncIterator[Service]:
    clock, telegram = Clock(utc_now()), FakeTelegram()
    wechat = FakeWeChat(clock)
    async with serving(telegram) as api_base, listening(wechat) as base:
        settings = settings_of(folder, base, telegram_bot_token=TOKEN, telegram_api_base=api_base)
        app = build(settings, clock)
        async with app.running(), serving_here(app.asgi) as address:
            service = Service(app, address, telegram, clock)
            await service.hires("yun", "editor")
            await service.hires("bo", "publisher")
            yield service
            telegram.close()
            wechat.close()


async def see(page: Page, name: str) -> None:
    await look(page, name)
    await is_accessible(page)


async def publishes(service: Service, page: Page, shot: str) -> None:
    await service.signs_in(page, "bo")
    await page.get_by_role("link", name="1 条答案等另一位同事看").click()
    await see(page, f"{shot}-list")
    await page.locator("ul.tasks a").first.click()
    await page.locator("ul.tasks a").first.click()
    await see(page, f"{shot}-second")
    await page.get_by_role("button", name="发布").click()
    await expect(page.get_by_text("发布了，几秒钟后各处都能看到")).to_be_visible()


async def test_a_wrong_answer_is_right_on_every_channel(page: Page, tmp_path: Path) -> None:
    async with running(tmp_path) as service:
        assert "5000" in await service.telegram(ASKED)
        await service.signs_in(page, "yun")
        await page.get_by_role("link", name="答案", exact=True).click()
        await see(page, "answers-1-list")
        await page.get_by_label("找什么字").fill("辅导 小时")
        await page.keyboard.press("Enter")
        await page.get_by_role("link", name=re.compile("多少小时")).first.click()
        await see(page, "answers-2-entry")
        await page.get_by_role("link", name="改这一条").click()
        await see(page, "answers-3-edit")
        await page.locator("[name=answer]").fill("累计辅导超六千小时。")
        await page.get_by_label("试着问").fill(ASKED)
        await page.get_by_role("button", name="看一看、试一试").click()
        await expect(page.get_by_text("有把握，直接回答")).to_be_visible()
        await expect(page.get_by_label("微信").first).to_contain_text("累计辅导超六千小时。")
        await see(page, "answers-4-tried")
        await page.get_by_role("button", name="存好并送审").click()
        await expect(page.get_by_role("status").first).to_contain_text("换一位同事看过")
        await see(page, "answers-5-proposed")
        await publishes(service, page, "answers-6")
        took = await service.both_say(ASKED, "累计辅导超六千小时。")
        assert took < 5
        await expect(page.get_by_text("各处看到的就是下面这一版")).to_be_visible()
        await expect(page.get_by_label("现在的答案")).to_contain_text("累计辅导超六千小时。")
        await see(page, "answers-7-live")


async def test_what_nobody_could_answer_is_answered(page: Page, tmp_path: Path) -> None:
    async with running(tmp_path) as service:
        assert "你的问题我记下了" in await service.telegram(UNKNOWN)
        await service.wechat(f"{UNKNOWN}呀")
        await service.signs_in(page, "yun")
        await page.get_by_role("link", name="大家问的").click()
        await expect(page.get_by_role("link", name=re.compile(UNKNOWN))).to_be_visible()
        await see(page, "questions-1-list")
        await page.get_by_role("link", name=re.compile(UNKNOWN)).click()
        await see(page, "questions-2-group")
        await page.get_by_role("link", name="写一条新答案").click()
        await page.get_by_label("主题").select_option("service")
        await page.locator("[name=answer]").fill("开的，早上八点到晚上七点。")
        await see(page, "questions-3-new")
        await page.get_by_role("button", name="存好并送审").click()
        await expect(page.get_by_role("status").first).to_contain_text("换一位同事看过")
        await page.get_by_role("link", name="大家问的").click()
        await expect(page.get_by_text("没有要看的")).to_be_visible()
        await publishes(service, page, "questions-4")
        await service.both_say(UNKNOWN, "开的，早上八点到晚上七点。")
