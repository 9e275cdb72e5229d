"""A spreadsheet with broken rows: each is told by its cell, nothing changes, and then there are drafts."""

import io
import logging
import re
import time
from typing import Any

import httpx
import pytest
from openpyxl import Workbook, load_workbook

from bot.domain import pollforms
from bot.domain.desk import Actor
from bot.domain.overlay import written_in
from bot.domain.reviewers import Reviewer
from bot.domain.revisions import Hand
from bot.sheets import MAX_BYTES, XLSX_TYPE
from bot.storage.audit import AuditLog
from bot.web.bodies import MAX_FIELDS
from tests.sheets.test_sheets import WRONG
from tests.web.desk.conftest import Browser, Desk
from tests.web.desk.test_exports import POLL

log = logging.getLogger(__name__)
IMPORT = "/desk/sheets/answers"
ASKED = "大家会怎么问（一行一句）"
GOOD = {
    "主题": "紫荆云陪伴",
    "标题": "周末有没有人辅导",
    ASKED: "周末有志愿者辅导吗；礼拜天能找人辅导作业吗\n星期天有没有辅导",
    "答案": "有的，每个周末上午都有。",
    "报道或通知的标题": "志愿者的一天",
    "谁发布的": "县志愿者协会",
    "发布的日期": "2026年11月1日",
}


def filled(headings: list[str], *rows: dict[str, object]) -> bytes:
    book, file = Workbook(), io.BytesIO()
    sheet: Any = book.active
    sheet.append(headings)
    for row in rows:
        sheet.append([row.get(heading) for heading in headings])
    book.save(file)
    return file.getvalue()


async def template(browser: Browser) -> list[str]:
    response = await browser.http.get(f"{IMPORT}/template.xlsx")
    assert (response.status_code, response.headers["content-type"]) == (200, XLSX_TYPE)
    return [str(cell.value) for cell in next(load_workbook(io.BytesIO(response.content)).worksheets[0].iter_rows())]


async def brings(browser: Browser, data: bytes, kind: str = "answers", **more: str) -> httpx.Response:
    found = re.search(r'name="form" value="(\w+)"', browser.shown)
    fields = {"form": found[1] if found else "", **more}
    response = await browser.http.post(
        f"/desk/sheets/{kind}",
        data=fields,
        files={"file": ("表.xlsx", data, XLSX_TYPE)},
        headers={"Origin": browser.origin},
    )
    browser.shown = response.text
    return response


async def says_so(browser: Browser, kind: str = "answers") -> httpx.Response:
    found = re.search(r'name="upload" value="(\w+)"', browser.shown)
    return await browser.sends(f"/desk/sheets/{kind}/drafts", upload=found[1] if found else "")


def topic(desk: Desk) -> str:
    return next(iter(desk.app.shelf.library.topics)).title


def broken(desk: Desk) -> list[dict[str, object]]:
    """Rows 2 to 7: of these 3, 5 and 6 are wrong."""
    good: dict[str, object] = {**GOOD, "主题": topic(desk)}
    other: dict[str, object] = {
        **good,
        "标题": "礼拜六呢",
        ASKED: "礼拜六有没有志愿者上门修电脑",
    }
    return [
        good,
        {**other, "主题": "没有的主题", "发布的日期": "昨天", ASKED: "谁来修灯"},
        other,
        {**good, "标题": "又一条", "答案": ""},
        {**other, "标题": "=1+1", ASKED: "完全不一样的问法在这里"},
        {**good, "标题": "@老王的问题", ASKED: "老王的电动车充电要多久"},
    ]


async def test_three_broken_rows(desk: Desk) -> None:
    await desk.hires("mei", "editor")
    browser = await desk.at_work("mei", "/desk/sheets")
    response = await brings(browser, filled(await template(browser), *broken(desk)))
    assert response.status_code == 422
    assert "3 行有问题，3 行没问题。" in response.text
    told = [re.sub("<.*?>", "", line) for line in re.findall(r"<li>(第 .*?)</li>", response.text)]
    assert told[:5] == [
        "第 3 行 A 列（主题）：写得不对。",
        "第 3 行 G 列（发布的日期）：写得不对。",
        "第 5 行 C 列（大家会怎么问（一行一句））：“周末有志愿者辅导吗”第 2 行也写了，请留一个。",
        "第 5 行 D 列（答案）：请写上。",
        "第 6 行 B 列（标题）：这一格是公式，或者显示出错。请改成写好的字。",
    ]
    assert told[5:] == ["第 2 行：周末有没有人辅导", "第 4 行：礼拜六呢", "第 7 行：@老王的问题"]
    assert await desk.app.revisions.listed("entry", ("draft",), None, 10) == [], "nothing has changed yet"

    led = await says_so(browser)
    assert led.headers["location"] == "/desk/sheets?told=drafts&count=3"
    drafts = await desk.app.revisions.listed("entry", ("draft",), None, 10)
    assert len(drafts) == 3
    assert {one.authors for one in drafts} == {("desk:mei",)}, "as colleagues know who is telegram:1 as well"
    assert "导入了 3 份" in (await browser.opens(led.headers["location"])).text
    assert "礼拜六呢" in (await browser.opens("/desk/answers?state=draft")).text
    log = [row.entry async for row in AuditLog(desk.app.database).all() if row.entry.act == "import"]
    assert [(one.who, one.subject, one.outcome) for one in log] == [("mei", "answers 3", "done")]


async def test_an_answer_that_is_there_gets_another_wording(desk: Desk) -> None:
    await desk.hires("mei", "editor")
    browser = await desk.at_work("mei", "/desk/sheets")
    entry = next(iter(desk.app.shelf.library.knowledge.entries.values()))
    row = {"编号": entry.id, "标题": entry.title, "答案": "改过的回答。"}
    headings = await template(browser)
    row[headings[2]] = "\n".join(entry.questions)
    code = next(heading for heading in headings if heading.startswith("编号"))
    response = await brings(browser, filled(headings, {**row, code: entry.id}))
    assert (response.status_code, "1 行都没问题" in response.text) == (200, True)
    await says_so(browser)
    (draft,) = await desk.app.revisions.listed("entry", ("draft",), None, 10)
    assert (draft.subject, draft.base != "") == (entry.id, True)


STORY: dict[str, object] = {
    "题目": "桥头的灯",
    "正文": "桥头那盏灯坏了半年，王叔自己爬上去修好了，大家走夜路都安心。",
    "写的是谁": "别的大人",
    "写到的人都同意了吗": "是",
    "署名（空着就是匿名）": "",
    "作者同意公开吗": "是",
}


async def test_stories_wait_for_another_colleague(desk: Desk) -> None:
    await desk.hires("yun", "publisher")
    await desk.hires("bo", "reviewer")
    yun = await desk.at_work("yun", "/desk/sheets")
    rows: list[dict[str, object]] = [
        STORY,
        {**STORY, "写的是谁": "谁知道", "作者同意公开吗": "不同意"},
        {**STORY, "题目": "长" * 60, "正文": "短", "写到的人都同意了吗": ""},
    ]
    response = await brings(yun, filled([*STORY], *rows), kind="stories")
    told = re.findall(r"<li>(第 .*?)</li>", response.text)
    assert told == [
        "第 3 行 C 列（写的是谁）：写得不对。",
        "第 3 行 F 列（作者同意公开吗）：没有同意，不能收。",
        "第 4 行 A 列（题目）：太长了，请写短些。",
        "第 4 行 B 列（正文）：太短了，请写够字数。",
        "第 4 行 D 列（写到的人都同意了吗）：写得不对。",
        "第 2 行：桥头的灯",
    ]
    assert await desk.app.stories.waiting(10) == []
    assert (await says_so(yun, "stories")).headers["location"].endswith("count=1")
    (waiting,) = await desk.app.stories.waiting(10)
    assert (waiting.story.title, waiting.story.name, waiting.story.reviewers) == ("桥头的灯", "", 1)

    path = f"/desk/stories/{waiting.story.id}"
    await yun.opens(path)
    own = await yun.sends(path, verdict="approve", code=waiting.story.code)
    assert own.headers["location"].endswith("told=own")
    bo = await desk.at_work("bo", path)
    assert "told=approved" in (await bo.sends(path, verdict="approve", code=bo.code)).headers["location"]
    assert "桥头的灯" in (await bo.http.get("/stories")).text
    log = [row.entry async for row in AuditLog(desk.app.database).all() if row.entry.who == "yun"]
    assert ("bring-stories", "1", "done") in [(one.act, one.subject, one.outcome) for one in log]


TIP: dict[str, object] = {
    "写给谁": "长辈",
    "这一招": "今晚把村口小卖部的电话抄在本子上，手机没电也能找到人。",
    "为什么": "手机会没电，本子不会。",
    "哪些日子": "09-01 到 09-10",
}


async def test_tips_become_drafts(desk: Desk) -> None:
    await desk.hires("mei", "editor")
    browser = await desk.at_work("mei", "/desk/sheets")
    found = await browser.http.get("/desk/sheets/tips/template.xlsx")
    headings = [str(cell.value) for cell in next(load_workbook(io.BytesIO(found.content)).worksheets[0].iter_rows())]
    known = desk.app.shelf.library.tips[0]
    rows: list[dict[str, object]] = [
        TIP,
        {**TIP, "这一招": "长" * 130, "写给谁": "外星人"},
        TIP,
        {"编号（改已有的才写）": known.id, "为什么": "换一个道理"},
        {**TIP, "这一招": "没有这个编号", "编号（改已有的才写）": "nothing"},
        {**TIP, "这一招": "明早出门前看一眼天气，带不带伞心里有数。", "小问题": "要带伞吗？"},
    ]
    begin = time.perf_counter()
    await brings(browser, filled(headings, *rows), kind="tips")
    log.warning("%d tips looked through in %.2f s", len(rows), time.perf_counter() - begin)
    told = re.findall(r"<li>(第 .*?)</li>", browser.shown)
    cells = [re.match(r"第 (\d) 行 ?([A-Z]?)", line) for line in told]
    places = [found.groups() for found in cells if found]
    assert [*dict.fromkeys(places)] == [
        ("3", "A"),
        ("3", "C"),
        ("4", "C"),
        ("6", "P"),
        ("7", "F"),
        ("7", "G"),
        ("7", "H"),
        ("2", ""),
        ("5", ""),
    ]
    assert (await says_so(browser, "tips")).headers["location"].endswith("count=2")
    drafts = await desk.app.revisions.listed("tip", ("draft",), None, 10)
    tables = {one.subject: written_in(one.body).table for one in drafts}
    assert tables[known.id]["text"] == known.chinese.text
    assert tables[known.id]["why"] == "换一个道理"
    del tables[known.id]
    (new,) = tables.values()
    assert (new["audience"], new["season"]) == ("elders", ["09-01", "09-10"])
    assert (await (await desk.at_work("mei")).opens("/desk/tips?state=draft")).status_code == 200


async def test_candidates_join_the_draft_of_their_poll(desk: Desk) -> None:
    await desk.hires("mei", "editor")
    browser = await desk.at_work("mei", "/desk/sheets")
    candidate: dict[str, object] = {"投票的代号": POLL, "候选的名字": "桥头修灯人", "一句话介绍": "摸黑修灯半年"}
    headings = ["投票的代号", "候选的名字", "一句话介绍", "英文名字", "分类"]
    rows = [candidate, {**candidate, "候选的名字": ""}, {**candidate, "投票的代号": "none"}, candidate]
    await brings(browser, filled(headings, *rows), kind="candidates")
    assert browser.shown.count("这个投票没有在写的草稿") == 4

    drafts = desk.app._drafts()
    hand = Hand(Actor("mei", 1), Reviewer(("telegram:1", "desk:mei")))
    before = desk.app.shelf.library.polls[POLL]
    begun = await drafts.begin(hand, pollforms.typed(before), POLL)
    assert begun.code == "saved", begun
    await browser.opens("/desk/sheets")
    await brings(browser, filled(headings, *rows), kind="candidates")
    assert re.findall(r"<li>(第 .*?)</li>", browser.shown) == [
        "第 3 行 B 列（候选的名字）：请写上。",
        "第 4 行 A 列（投票的代号）：这个投票没有在写的草稿，请先在投票那里开一份。",
        "第 5 行 B 列（候选的名字）：“桥头修灯人”第 2 行也写了，请留一个。",
        "第 2 行：桥头修灯人",
    ]
    assert (await says_so(browser, "candidates")).headers["location"].endswith("count=1")
    draft = await drafts.draft(begun.number)
    assert draft
    assert (draft.poll.options[-1].title, draft.poll.options[-1].summary) == ("桥头修灯人", "摸黑修灯半年")
    assert draft.poll.options[:-1] == before.options


async def test_once_and_only_by_who_brought_it(desk: Desk) -> None:
    for name in ("mei", "lan"):
        await desk.hires(name, "editor")
    mei, lan = await desk.at_work("mei", "/desk/sheets"), await desk.at_work("lan", "/desk/sheets")
    await brings(mei, filled(await template(mei), {**GOOD, "主题": topic(desk)}))
    found = re.search(r'name="upload" value="(\w+)"', mei.shown)
    assert found
    shown = mei.shown
    assert (await lan.sends(f"{IMPORT}/drafts", upload=found[1])).headers["location"].endswith("told=gone")
    desk.clock.passes(minutes=29)
    assert (await says_so(mei)).headers["location"].endswith("count=1")
    mei.shown = shown
    assert (await says_so(mei)).headers["location"].endswith("told=gone"), "a second click makes no second draft"
    assert "已经导入过" in (await mei.opens("/desk/sheets?told=gone")).text


async def test_who_may_not_any_more(desk: Desk) -> None:
    await desk.hires("lan", "administrator")
    await desk.hires("mei", "editor")
    mei, lan = await desk.at_work("mei", "/desk/sheets"), await desk.at_work("lan", "/desk/people")
    await brings(mei, filled(await template(mei), {**GOOD, "主题": topic(desk)}))
    number = {one.name: one.id for one in await desk.app.desk.everybody()}["mei"]
    await lan.sends(f"/desk/people/{number}", change="role", role="reviewer")
    assert (await says_so(mei)).status_code == 403
    assert 'type="file"' not in (await mei.opens("/desk/sheets")).text
    assert await desk.app.revisions.listed("entry", ("draft",), None, 10) == []


@pytest.mark.parametrize("name", [name for name in WRONG if name not in ("too large", "too many rows")])
async def test_a_bad_file_gets_a_kind_sentence(desk: Desk, name: str) -> None:
    await desk.hires("mei", "editor")
    browser = await desk.at_work("mei", "/desk/sheets")
    response = await brings(browser, WRONG[name][0])
    assert (response.status_code, "再传一个" in response.text) == (422, True)
    assert "upload" not in response.text


async def test_odd_forms(desk: Desk) -> None:
    await desk.hires("mei", "editor")
    browser = await desk.at_work("mei", "/desk/sheets")
    shown = browser.shown
    assert (await browser.sends(IMPORT)).status_code == 422, "without a file"
    browser.shown = shown
    assert (await brings(browser, bytes(MAX_BYTES + 20_000))).status_code == 413
    browser.shown = ""
    assert (await brings(browser, b"")).status_code == 403, "without the form's token"
    browser.shown = shown
    many = {f"field{number}": "" for number in range(MAX_FIELDS)}
    assert (await brings(browser, b"", **many)).status_code == 400
    for kind in ("multipart/form-data", "multipart/form-data; boundary=x", "multipart/form-data; boundary=\xff"):
        for body in (b"", b"--x", b"--x--", b"--x\r\n\r\n\r\n--x--", b"--x\r\na: b\r\n--x--"):
            headers = {"Origin": browser.origin, "Content-Type": kind.encode("latin-1")}
            response = await browser.http.post(IMPORT, content=body, headers=headers)  # type: ignore[arg-type]
            assert response.status_code in (400, 403), (kind, body)
