"""A spreadsheet with three broken rows becomes drafts, the chief's figures and 20,000 ballots are taken away."""

import asyncio
import csv
import hashlib
import io
from datetime import timedelta
from pathlib import Path

import pytest
from axe_playwright_python.async_playwright import Axe
from openpyxl import load_workbook
from playwright.async_api import Locator, Page, expect

from bot.app import App
from bot.clock import utc_now
from bot.domain.desk import MachineOrder, digest_of
from bot.domain.times import home_date
from bot.storage.tables import daily_figures
from tests.conftest import Clock
from tests.web.desk.conftest import PASSWORD, Desk
from tests.web.desk.test_exports import POLL, voted
from tests.web.desk.test_imports import GOOD, broken, filled
from tests.web.desk.test_journey import code, look, running

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]
BALLOTS = 20_000


async def seeded(app: App, clock: Clock) -> None:
    """A month in which many come, a few leave, and some tips are refused."""
    yesterday = home_date(clock()) - timedelta(1)
    figures = [
        *(("telegram", "active", "", 300), ("wechat", "active", "", 640), ("web", "active", "", 40)),
        *(("telegram", "joined", "", 12), ("wechat", "joined", "", 31), ("wechat", "subscribed", "", 24)),
        *(("", "asked", "answered", 210), ("", "asked", "menu", 33), ("", "asked", "unanswered", 14)),
        *(("wechat", "due", "", 500), ("wechat", "sent", "", 466), ("wechat", "refused", "window-closed", 34)),
        *(("wechat", "left", "stopped", 4), ("wechat", "left", "unreachable", 11), ("wechat", "people", "", 8123)),
        ("wechat", "subscribers", "", 5051),
    ]
    rows = [
        {
            "day": (yesterday - timedelta(ago)).isoformat(),
            "channel": channel,
            "figure": figure,
            "subject": subject,
            "place": 0,
            "number": number + (ago * 37) % 23 if number > 10 else number,
        }
        for ago in range(30)
        for channel, figure, subject, number in figures
    ]
    await app.database._writing.transact(lambda connection: connection.execute(daily_figures.insert(), rows) and None)


async def signed_in(page: Page, app: App, address: str, clock: Clock) -> None:
    assert await app.desk.obey(MachineOrder("invite", "小兰", "terminal:root", "editor", digest_of("lan"))) == "invited"
    await page.goto(f"{address}/desk/invitation/lan")
    await page.get_by_label("口令", exact=True).fill(PASSWORD)
    await page.get_by_label("再写一遍口令").fill(PASSWORD)
    await page.get_by_label("验证码").fill(code(app, "lan", clock))
    await page.get_by_role("button", name="好了").click()
    await expect(page.get_by_role("heading", name="等你处理")).to_be_visible()


async def downloaded(page: Page, link: Locator) -> bytes:
    async with page.expect_download() as coming:
        await link.click()
    file: Path = await (await coming.value).path()
    return await asyncio.to_thread(file.read_bytes)


async def is_accessible(page: Page) -> None:
    found = await Axe().run(page)
    serious = [one["id"] for one in found.response["violations"] if one["impact"] in ("serious", "critical")]
    assert serious == []


async def test_figures_and_spreadsheets(page: Page, tmp_path: Path) -> None:
    clock = Clock(utc_now())  # the browser drops cookies by its own clock
    async with running(tmp_path / "data", clock) as (app, address):
        await seeded(app, clock)
        await voted(Desk(app, clock), BALLOTS)
        await signed_in(page, app, address, clock)

        await page.get_by_role("link", name="统计").click()
        await expect(page.get_by_role("heading", name="统计", exact=True)).to_be_visible()
        await expect(page.locator("dd").first).to_have_text("8120")
        await page.get_by_text("看数字").first.click()
        await look(page, "numbers-1-statistics")
        await is_accessible(page)
        await page.get_by_label("从哪天").fill((home_date(clock()) - timedelta(7)).isoformat())
        await page.get_by_role("button", name="看这些天").click()
        await expect(page.get_by_role("heading", name="每天来过的账号")).to_be_visible()
        await expect(page.locator("section").first.locator("tbody tr")).to_have_count(7)
        data = await downloaded(page, page.locator("section").first.get_by_role("link", name="存成表格"))
        assert load_workbook(io.BytesIO(data)).worksheets[0].max_row == 8

        await page.get_by_role("link", name="表格", exact=True).click()
        await look(page, "numbers-2-sheets")
        await is_accessible(page)
        template = await downloaded(page, page.get_by_role("link", name="下载模板：答案"))
        headings = [str(cell.value) for cell in next(load_workbook(io.BytesIO(template)).worksheets[0].iter_rows())]
        assert set(GOOD) <= set(headings)
        (tmp_path / "回答.xlsx").write_bytes(filled(headings, *broken(Desk(app, clock))))
        await page.get_by_label("填好的表格（xlsx）").first.set_input_files(tmp_path / "回答.xlsx")
        await page.get_by_role("button", name="先看一遍").first.click()
        await expect(page.get_by_text("3 行有问题，3 行没问题。")).to_be_visible()
        await expect(page.get_by_text("第 5 行 D 列（答案）：请写上。")).to_be_visible()
        await look(page, "numbers-3-import")
        await is_accessible(page)
        assert await app.revisions.listed("entry", ("draft",), None, 10) == []
        await page.get_by_role("button", name="只导入没问题的 3 行").click()
        await expect(page.get_by_text("导入了 3 份")).to_be_visible()
        assert len(await app.revisions.listed("entry", ("draft",), None, 10)) == 3

        title = app.shelf.library.polls[POLL].title
        data = await downloaded(page, page.get_by_role("link", name=f"选票：{title} csv"))
        *rows, last = csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""))
        assert (len(rows) - 1, last[0]) == (BALLOTS, f"以上共 {BALLOTS} 行")
        assert last[2] == hashlib.sha256(data[: data.rstrip(b"\r\n").rindex(b"\n") + 1]).hexdigest()
