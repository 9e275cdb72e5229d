"""A notice in a real browser on a fake Telegram: written, begun by a second person, paused, halted, ended."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import time
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from bot.app import App, build
from bot.clock import utc_now
from bot.config import Settings
from bot.domain.colleagues import Role
from bot.domain.desk import MachineOrder, digest_of
from bot.domain.subscriptions import Subscription
from bot.messages import Address, Message
from tests.conftest import Clock
from tests.fakes.telegram import BLOCKED, TOKEN, FakeTelegram, serving
from tests.web.conftest import serving_here
from tests.web.desk.conftest import PASSWORD
from tests.web.desk.test_journey import code, look

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]
TEXT = "明天下午三点，社区手机课改到二楼。\n带上手机和充电器。"
PEOPLE = 70
FIRST = 5_000_001
QUIET_SECONDS = 1.6  # what has begun has arrived by then, and the courier has looked again


@asynccontextmanager
async def running(folder: Path, clock: Clock, fake: FakeTelegram) -> AsyncIterator[tuple[App, str]]:
    async with serving(fake) as api_base:
        settings = Settings(
            data_dir=folder,
            telegram_bot_token=TOKEN,
            telegram_api_base=api_base,
            telegram_bulk_per_second=12,
        )
        app = build(settings, clock)
        async with app.running(), serving_here(app.asgi) as address:
            yield app, address


async def comes(app: App, clock: Clock, name: str, role: Role) -> None:
    """Somebody who was invited and has come."""
    assert await app.desk.obey(MachineOrder("invite", name, "terminal:root", role, digest_of(name))) == "invited"
    assert (await app.desk.accept(name, PASSWORD, code(app, name, clock))).token
    clock.passes(seconds=30)


async def subscribe(app: App, clock: Clock) -> None:
    for number in range(PEOPLE):
        user = str(FIRST + number)
        who = Address("telegram", user, user)
        message = Message(f"m-{user}", who, "", clock())
        await app.subscriptions.save(message, Subscription(who, time(8), state="active"))


async def signs_in(page: Page, address: str, app: App, clock: Clock, name: str) -> None:
    clock.passes(seconds=30)
    await page.goto(f"{address}/desk/sign-in")
    await page.get_by_label("名字").fill(name)
    await page.get_by_label("口令").fill(PASSWORD)
    await page.get_by_label("验证码").fill(code(app, name, clock))
    await page.get_by_role("button", name="登录").click()
    await expect(page.get_by_role("heading", name="等你处理")).to_be_visible()


def arrived(fake: FakeTelegram) -> Counter[str]:
    """What people have got of the notice, by chat."""
    return Counter(
        str(call.params["chat_id"]) for call in fake.calls if TEXT.split()[0] in str(call.params.get("text", ""))
    )


async def stands_still(fake: FakeTelegram) -> int:
    """How many have arrived, which are no more after a while."""
    await asyncio.sleep(QUIET_SECONDS)
    before = arrived(fake).total()
    await asyncio.sleep(QUIET_SECONDS)
    assert arrived(fake).total() == before
    return before


async def test_a_notice_with_pause_and_the_switch(page: Page, tmp_path: Path) -> None:
    clock, fake = Clock(utc_now()), FakeTelegram()
    fake.fail("sendMessage", BLOCKED)
    context = page.context.browser
    assert context
    second = await (await context.new_context(viewport={"width": 390, "height": 844}, locale="zh-CN")).new_page()
    async with running(tmp_path, clock, fake) as (app, address):
        for name, role in (("云", "editor"), ("梅", "publisher")):
            await comes(app, clock, name, role)  # type: ignore[arg-type]
        await subscribe(app, clock)

        await signs_in(page, address, app, clock, "云")
        await page.get_by_role("link", name="群发通知").click()
        await page.get_by_role("link", name="写一条通知").click()
        await page.get_by_label("通知内容").fill(TEXT)
        await page.get_by_label("网页").uncheck()
        await look(page, "n1-form")
        await page.get_by_role("button", name="存好，看看效果").click()
        await expect(page.get_by_role("heading", name="Telegram · 看到的样子")).to_be_visible()
        await expect(page.locator("#people")).to_contain_text(f"一共 {PEOPLE} 人")
        await look(page, "n2-draft")
        await page.get_by_role("button", name="送审").click()
        await expect(page.get_by_role("status")).to_contain_text("送审了")

        await signs_in(second, address, app, clock, "梅")
        await second.get_by_role("link", name="群发通知").click()
        await look(second, "n3-list")
        await second.get_by_role("link", name="明天下午三点").click()
        await second.get_by_label("看清楚了？").fill("12")
        await look(second, "n4-confirm")
        await second.get_by_role("button", name="开始发").click()
        await expect(second.get_by_role("status")).to_contain_text("对不上")
        await second.get_by_label("看清楚了？").fill(str(PEOPLE))
        await second.get_by_role("button", name="开始发").click()
        await expect(second.get_by_role("status")).to_contain_text("开始发了")

        # It moves by itself, for who began it and for who wrote it.
        await page.goto(f"{address}/desk/broadcasts/1")
        await expect(page.locator("#progress")).to_contain_text("正在发", timeout=15_000)
        await expect(page.locator("#progress progress")).not_to_have_attribute("value", "0", timeout=15_000)
        await look(page, "n5-progress")
        await second.get_by_role("button", name="暂停").click()
        await expect(second.get_by_role("heading", name="暂停着")).to_be_visible()
        paused = await stands_still(fake)
        assert 0 < paused < PEOPLE
        await look(second, "n6-paused")
        await second.get_by_role("button", name="继续发").click()
        await expect(second.get_by_role("status")).to_contain_text("接着发了")
        async with asyncio.timeout(10):
            while arrived(fake).total() < paused + 5:  # noqa: ASYNC110  # the fake sets no event for it
                await asyncio.sleep(0.05)

        await second.goto(f"{address}/desk/switch")
        await look(second, "s1-switch")
        await second.get_by_role("button", name="马上全部停发").click()
        await expect(second.locator(".halted")).to_contain_text("梅 停的")
        halted = await stands_still(fake)
        assert paused < halted < PEOPLE
        await look(second, "s2-halted")
        await page.goto(f"{address}/desk")
        await expect(page.locator(".halted")).to_be_visible()
        await page.goto(f"{address}/desk/broadcasts/1")
        await second.get_by_role("button", name="恢复发送").click()
        await expect(second.locator(".halted")).to_have_count(0)

        # The page that looks on tells the end by itself.
        await expect(page.get_by_role("heading", name="发完了")).to_be_visible(timeout=30_000)
        await expect(page.locator("#sent")).to_have_text(str(PEOPLE - 1))
        await expect(page.locator("#progress")).to_contain_text("被拒：1 条，找不到人了")
        await look(page, "n7-done")
        await page.goto(f"{address}/desk/broadcasts")
        await look(page, "n8-list")
        await second.goto(f"{address}/desk/service")
        await look(second, "v1-service")
        await second.get_by_role("link", name="上线清单").click()
        await second.get_by_role("button", name="打勾：总开关按过一次").click()
        await expect(second.get_by_role("status")).to_contain_text("成了")
        await look(second, "v2-launch")
        await second.context.close()
    got = arrived(fake)
    assert len(got) == PEOPLE  # one of the calls was refused
    assert set(got.values()) == {1}
