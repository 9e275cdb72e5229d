"""What is taken away: whole, with a count and a checksum, in constant memory, and nothing that is not published."""

import asyncio
import csv
import hashlib
import io
import logging
import time
from pathlib import Path

import pytest
from msgspec import structs
from openpyxl import load_workbook
from sqlalchemy import insert, update

from bot.bundle.verify import HEADER
from bot.domain.ledger import Channel
from bot.domain.questions import Became, Question
from bot.storage.audit import AuditLog
from bot.storage.exports import AT_ONCE
from bot.storage.instants import milliseconds
from bot.storage.publication import publish
from bot.storage.tables import ledger, polls
from tests.storage.samples import voter
from tests.web.desk.conftest import COOKIE, Browser, Desk

log = logging.getLogger(__name__)
POLL = "nanyue-stories"
BALLOTS = f"/desk/sheets/ballots-{POLL}"


async def voted(desk: Desk, count: int) -> None:
    """So many ballots of as many voters, as fast as the database takes them."""
    await desk.app.install_polls(desk.app.shelf.library)
    at = milliseconds(desk.clock())
    async with desk.app.database.reading() as connection:
        number = (await connection.execute(polls.select().where(polls.c.name == POLL))).one().id
    for begin in range(0, count, 50_000):
        rows = [
            {"poll": number, "voter": voter(seq), "seq": seq, "slot": 0, "option": 1 + seq % 8, "at": at + seq}
            | {"channel": int(Channel.TELEGRAM) if seq % 3 else None, "act": None, "fresh": False}
            for seq in range(begin + 1, min(begin + 50_000, count) + 1)
        ]
        await desk.app.database._writing.transact(lambda c, rows=rows: c.execute(insert(ledger), rows) and None)  # type: ignore[misc]
    counted = update(polls).where(polls.c.id == number).values(last_seq=count, voters=count, ballots=count)
    await desk.app.database._writing.transact(lambda connection: connection.execute(counted) and None)


async def got(browser: Browser, path: str) -> bytes:
    response = await browser.http.get(path)
    assert response.status_code == 200, (path, response.status_code)
    return response.content


def checked(data: bytes) -> list[list[str]]:
    """The rows of a CSV whose last line is right."""
    *rows, last = csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""))
    above = data[: data.rstrip(b"\r\n").rindex(b"\n") + 1]
    assert last[1:] == ["SHA-256", hashlib.sha256(above).hexdigest()]
    assert last[0] == f"以上共 {len(rows) - 1} 行"
    return rows


async def test_the_ballots_are_those_of_the_bundle(desk: Desk) -> None:
    await voted(desk, AT_ONCE + 123)
    await desk.hires("mei", "reviewer")
    browser = await desk.at_work("mei", "/desk/sheets")
    assert f"{AT_ONCE + 123} 行" in browser.shown
    rows = checked(await got(browser, f"{BALLOTS}.csv"))
    published = await publish(desk.app.database, POLL, lambda publication: list(publication.leaves()))
    assert published
    assert rows[0] == HEADER.decode().strip().split(",")
    assert [",".join(row).rstrip(",") for row in rows[1:]] == [leaf.decode() for leaf in published]

    sheet = load_workbook(io.BytesIO(await got(browser, f"{BALLOTS}.xlsx")), read_only=True).worksheets[0]
    cells = [["" if cell.value is None else str(cell.value) for cell in row] for row in sheet.iter_rows()]
    assert cells[:-1] == rows
    log = [row.entry async for row in AuditLog(desk.app.database).all() if row.entry.act == "export"]
    assert [(one.who, one.subject) for one in log] == [
        ("mei", f"ballots-{POLL}.csv"),
        ("mei", f"ballots-{POLL}.xlsx"),
    ]


async def test_no_ballots_of_few_or_before_the_close(desk: Desk) -> None:
    await desk.hires("mei", "administrator")
    await voted(desk, 49)
    browser = await desk.at_work("mei", "/desk/sheets")
    assert POLL not in browser.shown
    assert (await browser.http.get(f"{BALLOTS}.csv")).status_code == 404
    library = desk.app.shelf.library
    hidden = structs.replace(library.polls[POLL], results="hidden")
    await voted_more(desk)
    assert (await browser.http.get(f"{BALLOTS}.csv")).status_code == 200
    desk.app.shelf.library = structs.replace(library, polls={POLL: hidden})
    assert (await browser.http.get(f"{BALLOTS}.csv")).status_code == 404


async def voted_more(desk: Desk) -> None:
    counted = update(polls).where(polls.c.name == POLL).values(voters=50)
    await desk.app.database._writing.transact(lambda connection: connection.execute(counted) and None)


async def test_questions_without_who_asked(desk: Desk) -> None:
    asked = [("=SUM(A1)怎么算", Became.UNANSWERED), ("怎么办“流量卡”,\n真的吗", Became.MENU)]
    for number, (text, became) in enumerate(asked):
        question = Question(text, "zh", became, "", desk.clock().date())
        await desk.app.questions.keep(bytes([number] * 16), question, desk.clock(), f"m{number}")
    await desk.hires("mei", "editor")
    browser = await desk.at_work("mei")
    rows = checked(await got(browser, "/desk/sheets/questions.csv"))
    assert rows == [
        ["日期", "语言", "回答得怎样", "哪一条答案", "评价", "问题"],
        ["2026-11-23", "zh", "unanswered", "", "", "'=SUM(A1)怎么算"],
        ["2026-11-23", "zh", "menu", "", "", "怎么办“流量卡”,\n真的吗"],
    ]
    assert checked(await got(browser, "/desk/sheets/figures.csv"))[0] == ["日期", "统计", "分项", "数"]


async def test_what_does_not_exist_or_does_not_fit(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    await desk.hires("mei", "reviewer")
    browser = await desk.at_work("mei")
    for name in ("nothing", "ballots-none", "ballots-", "..%2Fquestions"):
        assert (await browser.http.get(f"/desk/sheets/{name}.csv")).status_code == 404
    monkeypatch.setattr("bot.web.desk.exports.MOST_XLSX_ROWS", 1)
    too_long = await browser.http.get("/desk/sheets/figures.xlsx")
    assert (too_long.status_code, "请下载 CSV" in too_long.text) == (422, True)
    assert "figures.xlsx" not in (await browser.opens("/desk/sheets")).text
    monkeypatch.setattr("bot.web.desk.exports.AT_ONCE", 0)
    busy = await browser.http.get("/desk/sheets/figures.csv")
    assert (busy.status_code, "过几分钟" in busy.text) == (503, True)


def resident_kib() -> int:
    """Of this process, as the kernel counts it (proc(5), status)."""
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1])


async def streamed(desk: Desk, token: str, path: str) -> tuple[int, int]:
    """The bytes that came, and by how many KiB the process grew at most: nothing is kept of what comes."""
    sent, most, begin = 0, 0, resident_kib()

    async def receive() -> dict[str, object]:
        await asyncio.Event().wait()  # the browser stays
        return {}

    async def send(message: dict[str, object]) -> None:
        nonlocal sent, most
        body = message.get("body", b"")
        assert isinstance(body, bytes)
        assert len(body) < 2 * 1024 * 1024, "a piece at a time"
        sent, most = sent + len(body), max(most, resident_kib() - begin)

    headers = [(b"host", b"127.0.0.1:8080"), (b"cookie", f"{COOKIE}={token}".encode())]
    scope = {"type": "http", "method": "GET", "path": path, "raw_path": path.encode(), "query_string": b""}
    scope |= {"headers": headers, "client": ("127.0.0.1", 4), "server": ("127.0.0.1", 8080), "scheme": "http"}
    await desk.app.asgi({**scope, "http_version": "1.1", "root_path": ""}, receive, send)  # type: ignore[arg-type]
    return sent, most


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="only Linux tells how much memory a process has")
@pytest.mark.parametrize("count", [20_000, pytest.param(1_000_000, marks=pytest.mark.torture)])
@pytest.mark.timeout(1800)
async def test_many_ballots_in_constant_memory(desk: Desk, count: int) -> None:
    await voted(desk, count)
    await desk.hires("mei", "reviewer")
    token = (await desk.at_work("mei")).http.cookies[COOKIE]
    await streamed(desk, token, "/desk/sheets/questions.xlsx")  # whatever is loaded with the first
    for kind, least in (("csv", 50), ("xlsx", 20)):
        begin = time.perf_counter()
        sent, grown = await streamed(desk, token, f"{BALLOTS}.{kind}")
        log.warning("%d %s: %d bytes, %.1f s, %d KiB more", count, kind, sent, time.perf_counter() - begin, grown)
        assert sent > least * count
        assert grown < 40 * 1024
