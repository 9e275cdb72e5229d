"""The page of the statistics: what is shown, as a table, a drawing, a picture and a spreadsheet."""

import io
import re
import time
from collections.abc import Iterable
from datetime import date, timedelta

import pytest
from openpyxl import load_workbook
from PIL import Image
from sqlalchemy import insert

from bot.domain.figures import TIP_ENDS
from bot.storage.database import Database
from bot.storage.tables import daily_figures
from tests.web.desk.conftest import Desk

YESTERDAY = date(2026, 11, 22)
Seed = tuple[int, str, str, str, int]


async def counted(database: Database, rows: Iterable[Seed]) -> None:
    """So many days before yesterday: channel, figure, subject, number."""
    names = ("channel", "figure", "subject", "number")
    values = [
        {"day": (YESTERDAY - timedelta(ago)).isoformat(), "place": 0, **dict(zip(names, row, strict=True))}
        for ago, *row in rows
    ]
    await database._writing.transact(lambda connection: connection.execute(insert(daily_figures), values) and None)


SEEDS: list[Seed] = [
    (0, "telegram", "active", "", 40),
    (0, "web", "active", "", 9),
    (0, "wechat", "active", "", 20),
    (1, "telegram", "active", "", 7),
    (2, "telegram", "active", "", 31),
    (-1, "telegram", "active", "", 777),  # today: not over
    (0, "", "asked", "answered", 25),
    (0, "", "asked", "unanswered", 13),
    (0, "telegram", "due", "", 60),
    (0, "telegram", "sent", "", 44),
    (0, "telegram", "refused", "unreachable", 12),
    (0, "telegram", "refused", "risky", 4),
    (0, "telegram", "people", "", 1234),
    (0, "telegram", "subscribers", "", 6),
]


def table(page: str, name: str) -> list[list[str]]:
    """The rows of a chart's table, as they are read."""
    section = page.split(f'<h2 id="{name}">')[1].split("</section>")[0]
    rows = re.findall(r"<tr>(.*?)</tr>", section.split("<tbody>")[1])
    return [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row) for row in rows]


async def test_the_page(desk: Desk) -> None:
    await counted(desk.app.database, SEEDS)
    await desk.hires("mei", "reviewer")
    page = await (await desk.at_work("mei")).opens("/desk/statistics?from=2026-11-20&to=2026-11-30")
    assert page.status_code == 200
    assert table(page.text, "active") == [
        ["2026-11-20", "31", "0", "0", "31"],
        ["2026-11-21", "少于10", "0", "0", "少于10"],
        ["2026-11-22", "40", "少于10", "不显示", "69"],
        ["合计", "71", "0", "0", "100"],
    ]
    assert table(page.text, "asked")[-1] == ["合计", "25", "13", "38"]
    assert table(page.text, "tips")[2] == ["2026-11-22", "44", "16", "60"]
    assert table(page.text, "refused") == [["其他", "16"], ["合计", "16"]], "12 and 4 would tell the 4"
    assert "约" not in page.text
    facts = re.findall(r"<dd>(.*?)</dd>", page.text)
    assert facts[:2] == ["1230", "少于10"]
    assert "777" not in page.text
    assert "style=" not in page.text
    assert page.text.count("<rect") == 3 * page.text.count("<svg")
    assert page.text.count("这些天没有可以显示的。") == 4, "joined, subscribed, left, and votes"


async def test_pictures_and_spreadsheets(desk: Desk) -> None:
    await counted(desk.app.database, SEEDS)
    await desk.hires("mei", "reviewer")
    browser = await desk.at_work("mei")
    picture = await browser.http.get("/desk/statistics/active.png?from=2026-11-20&to=2026-11-22")
    assert picture.headers["content-type"] == "image/png"
    assert Image.open(io.BytesIO(picture.content)).width == 1080
    sheet = await browser.http.get("/desk/statistics/active.xlsx?from=2026-11-20&to=2026-11-22")
    assert sheet.headers["content-disposition"] == 'attachment; filename="active.xlsx"'
    rows = [[cell.value for cell in row] for row in load_workbook(io.BytesIO(sheet.content)).worksheets[0].iter_rows()]
    assert rows == [
        ["日期", "Telegram", "网页", "微信", "一共"],
        ["2026-11-20", 31, 0, 0, 31],
        ["2026-11-21", "少于10", 0, 0, "少于10"],
        ["2026-11-22", 40, "少于10", "不显示", 69],
    ]
    for chart in ("joined", "subscribed", "left", "asked", "tips", "refused", "votes"):
        for ending in ("png", "xlsx"):
            found = await browser.http.get(f"/desk/statistics/{chart}.{ending}")
            assert found.status_code == 200, (chart, ending)
    assert (await browser.http.get("/desk/statistics/nothing.png")).status_code == 404


@pytest.mark.parametrize(
    "query",
    [
        "from=2026-02-30",
        "from=x&to=y",
        "from=0001-01-01&to=9999-12-31",
        "poll=none",
        "poll=%00",
        "from=2026-11-2２",
        "from=20261101&to=",
    ],
)
async def test_odd_questions(desk: Desk, query: str) -> None:
    await desk.hires("mei", "reviewer")
    page = await (await desk.at_work("mei")).opens(f"/desk/statistics?{query}")
    assert (page.status_code, "少于10" in page.text) == (200, True)


async def test_a_year_of_it_takes_no_time(desk: Desk) -> None:
    """Whatever the number of people: a year has as many rows."""
    channels, whys = ("telegram", "wechat", "web"), ("unreachable", "window-closed", "risky", "other")
    rows: list[Seed] = [
        (ago, channel, figure, subject, 100_000 + ago)
        for ago in range(365)
        for channel in channels
        for figure, subject in [
            *((figure, "") for figure in ("active", "joined", "subscribed", "due", *TIP_ENDS) if figure != "refused"),
            *(("refused", why) for why in whys),
            *(("left", why) for why in ("stopped", "unreachable", "forgotten")),
        ]
    ]
    await counted(desk.app.database, rows)
    await desk.hires("mei", "reviewer")
    browser = await desk.at_work("mei")
    took = []
    for query in ("", "from=2025-11-23&to=2026-11-22"):
        await browser.opens(f"/desk/statistics?{query}")
        begin = time.thread_time()
        await browser.opens(f"/desk/statistics?{query}")
        took.append(time.thread_time() - begin)
    assert took[0] < 0.3, took
    assert took[1] < 1.0, took
