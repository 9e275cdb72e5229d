"""A wrong tip is put right in a real browser by two people, and is what arrives on Telegram the next morning."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import time, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from playwright.async_api import Page, expect

from bot.app import App, build
from bot.clock import utc_now
from bot.config import Settings
from bot.domain.colleagues import Role
from bot.domain.desk import MachineOrder, digest_of
from bot.messages import Address, Message
from tests.conftest import Clock
from tests.fakes.telegram import TOKEN, FakeTelegram, serving
from tests.web.conftest import serving_here
from tests.web.desk.conftest import PASSWORD
from tests.web.desk.test_journey import look

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(240)]
TEXT = "今天把家里路由器的密码换成自己想的一句话，写在纸上收好。"


@asynccontextmanager
async def running(folder: Path, clock: Clock, fake: FakeTelegram) -> AsyncIterator[tuple[App, str]]:
    async with serving(fake) as api_base:
        app = build(Settings(data_dir=folder, telegram_bot_token=TOKEN, telegram_api_base=api_base), clock)
        async with app.running(), serving_here(app.asgi) as address:
            yield app, address


def code(app: App, name: str, clock: Clock) -> str:
    return TOTP(app.desk.secret_for(name), 6, SHA1(), 30).generate(int(clock().timestamp())).decode()


async def comes(page: Page, app: App, address: str, clock: Clock, name: str, role: Role) -> None:
    """Somebody who was invited signs in; whoever sat there before is signed out."""
    if not await app.desk_records.is_known(name):
        assert await app.desk.obey(MachineOrder("invite", name, "terminal:root", role, digest_of(name))) == "invited"
        assert (await app.desk.accept(name, PASSWORD, code(app, name, clock))).token
    clock.passes(seconds=30)
    await page.context.clear_cookies()
    await page.goto(f"{address}/desk/sign-in")
    await page.get_by_label("名字").fill(name)
    await page.get_by_label("口令").fill(PASSWORD)
    await page.get_by_label("验证码").fill(code(app, name, clock))
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("link", name="小贴士", exact=True)).to_be_visible()


async def test_a_tip_is_put_right_and_arrives_in_the_morning(page: Page, tmp_path: Path) -> None:
    clock, fake = Clock(utc_now()), FakeTelegram()
    async with running(tmp_path, clock, fake) as (app, address):
        said = Message("s", Address("telegram", "4711", "4711"), "", clock())
        subscribed = await app.services.subscriptions.subscribe(said, time(7, 30), "zh")
        [foretold] = (await app.outlooks.made()).tips
        before = app.shelf.library.tips.by_id[foretold.tip]

        await comes(page, app, address, clock, "lan", "editor")
        await page.get_by_role("link", name="小贴士", exact=True).click()
        await look(page, "tips-1-year")
        await page.get_by_role("link", name="接下来发什么").click()
        await expect(page.get_by_text("人会收到小贴士")).to_be_visible(timeout=15_000)
        await look(page, "tips-2-next")
        await page.get_by_role("link", name=before.chinese.text).click()
        await expect(page.get_by_role("heading", name=before.chinese.text)).to_be_visible()
        await look(page, "tips-3-tip")
        await page.get_by_role("link", name="改这一条").click()
        await page.locator("[name=text]").fill("长")
        await page.locator("[name=why]").fill("被骗了打96110。")
        await page.locator("[name=source]").fill("")
        await page.get_by_role("button", name="送审").click()
        await expect(page.get_by_role("alert")).to_contain_text("96110")
        await look(page, "tips-4-faults")
        await page.locator("[name=text]").fill(TEXT)
        await page.locator("[name=why]").fill("默认的密码写在机身上，谁都看得到。")
        await page.get_by_text("英文", exact=True).click()
        await page.get_by_role("button", name="送审").click()
        await expect(page.get_by_role("status")).to_contain_text("送审了")
        draft = page.url.partition("?")[0]
        await look(page, "tips-5-draft")
        await expect(page.get_by_role("button", name="发布")).to_have_count(0)

        await comes(page, app, address, clock, "bo", "publisher")
        await page.goto(f"{address}/desk/tips?state=proposed")
        await page.get_by_role("link", name="等另一位同事看").click()
        assert page.url == draft
        await look(page, "tips-6-second")
        await page.get_by_role("button", name="发布").click()
        await expect(page.get_by_role("status")).to_contain_text("发布了")
        await page.get_by_role("link", name="该审的内容").click()
        await look(page, "tips-7-review")
        await page.goto(f"{address}/desk/password")
        await look(page, "tips-8-password")

        assert subscribed.due_at
        clock.passes(seconds=(subscribed.due_at - clock() + timedelta(seconds=1)).total_seconds())
        [sent] = await fake.wait_for("sendMessage", within=30)
        assert TEXT in str(sent.params["text"])
        assert before.chinese.text not in str(sent.params["text"])
