"""Answers at the desk: written by one, published by another, said by all channels, and nobody's work lost."""

import asyncio
import html
import re
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs

from bot.app import App
from bot.content.written import faults_of
from bot.domain.answers import Answer, Layer, body_of, laid_over
from bot.domain.knowledge import KnowledgeBase
from bot.storage.audit import AuditLog
from bot.storage.tables import revisions
from tests.content_samples import TODAY
from tests.handlers.conftest import Talk
from tests.shipped import shipped
from tests.test_app_wechat import settings_of
from tests.web.desk.conftest import Browser, Desk

NAME = "zijing-hours"
ASKED = "紫荆云陪伴辅导了多少小时"


@pytest.fixture
async def staffed(desk: Desk) -> Desk:
    for name, role in (("lan", "administrator"), ("yun", "editor"), ("bo", "publisher"), ("yan", "reviewer")):
        await desk.hires(name, role)  # type: ignore[arg-type]
    return desk


def fields(page: str) -> dict[str, str]:
    """What the form of the page would send as it is."""
    found = dict(re.findall(r'<input(?: type="(?!checkbox)\w+")? name="(\w+)" value="([^"]*)"', page))
    found |= dict(re.findall(r'<textarea name="(\w+)"[^>]*>([^<]*)</textarea>', page))
    chosen = re.search(r'<select name="topic".*?value="([\w-]*)" selected', page, re.DOTALL)
    if chosen:
        found["topic"] = chosen[1]
    return {name: html.unescape(value) for name, value in found.items() if name != "form"}


def number_of(location: str) -> int:
    found = re.search(r"/draft/(\d+)", location)
    assert found, location
    return int(found[1])


async def writes(browser: Browser, path: str = f"/desk/answers/edit/{NAME}", act: str = "propose", **more: str) -> str:
    """Where the form leads when some of its fields were written anew."""
    await browser.opens(path)
    response = await browser.sends(
        path.partition("?")[0].removesuffix("/edit"), **fields(browser.shown) | more, act=act
    )
    assert response.status_code == 303, response.text
    return str(response.headers["location"])


async def publishes(desk: Desk, browser: Browser, number: int) -> str:
    await browser.opens(f"/desk/answers/draft/{number}")
    response = await browser.sends(f"/desk/answers/publish/{number}", act="publish", code=browser.code)
    await asyncio.gather(*desk.app._jobs)
    return str(response.headers["location"]).partition("told=")[2]


async def says(desk: Desk, text: str, channel: str = "web") -> str:
    return (await Talk(desk.app, channel).says(text)).text


async def test_a_correction_from_the_search_to_every_channel(staffed: Desk) -> None:
    yun, bo = await staffed.at_work("yun"), await staffed.at_work("bo")
    page = (await yun.opens("/desk/answers?q=辅导 小时&topic=zijing")).text
    assert f"/desk/answers/of/{NAME}" in page
    assert "5000" in (await yun.opens(f"/desk/answers/of/{NAME}")).text
    led = await writes(yun, answer="累计辅导六千小时。")
    assert led.endswith("told=proposed")
    assert "六千" not in await says(staffed, ASKED)
    shown = (await bo.opens(led)).text
    assert "累计辅导六千小时。" in shown
    assert "现在用的" in shown
    assert await publishes(staffed, bo, number_of(led)) == "published"
    for channel in ("web", "telegram", "wechat"):
        assert "累计辅导六千小时。" in await says(staffed, ASKED, channel)
    page = (await yun.opens(f"/desk/answers/of/{NAME}")).text
    assert "各处看到的就是下面这一版" in page
    assert "yun 写的，bo 发布的" in page
    rows = [row.entry async for row in AuditLog(staffed.app.database).all() if row.entry.act.startswith("entry-")]
    assert [(row.who, row.act, row.outcome) for row in rows] == [
        ("yun", "entry-save", "saved"),
        ("yun", "entry-propose", "proposed"),
        ("bo", "entry-publish", "published"),
    ]
    assert all("六千" not in row.subject for row in rows)


async def test_it_is_said_after_a_restart(staffed: Desk) -> None:
    yun, bo = await staffed.at_work("yun"), await staffed.at_work("bo")
    await publishes(staffed, bo, number_of(await writes(yun, answer="累计辅导六千小时。")))
    async with App(staffed.app.settings, shipped(), staffed.clock).running() as again:
        assert "六千" in (await Talk(again).says(ASKED)).text


async def test_who_wrote_it_does_not_publish_it(staffed: Desk) -> None:
    bo = await staffed.at_work("bo")
    number = number_of(await writes(bo, answer="六千小时。"))
    page = (await bo.opens(f"/desk/answers/draft/{number}")).text
    assert "要请另一位同事来发布" in page
    assert await publishes(staffed, bo, number) == "own"
    yun = await staffed.at_work("yun", f"/desk/answers/draft/{number}")
    assert 'value="publish"' not in yun.shown
    refused = await yun.sends(f"/desk/answers/publish/{number}", act="publish", code="0" * 16)
    assert refused.status_code == 403


async def test_sent_back_with_a_reason_and_proposed_again(staffed: Desk) -> None:
    yun, bo = await staffed.at_work("yun"), await staffed.at_work("bo")
    number = number_of(await writes(yun, answer="六千小时。"))
    await bo.opens(f"/desk/answers/draft/{number}")
    code = bo.code
    response = await bo.sends(f"/desk/answers/publish/{number}", act="return", code=code, reason=" ")
    assert response.headers["location"].endswith("told=no-reason")
    await bo.opens(f"/desk/answers/draft/{number}")
    response = await bo.sends(f"/desk/answers/publish/{number}", act="return", code=code, reason="数字没有来源")
    assert response.headers["location"].endswith("told=returned")
    assert "数字没有来源" in (await yun.opens(f"/desk/answers/draft/{number}")).text
    led = await writes(yun, f"/desk/answers/draft/{number}/edit", answer="超5000小时，到2020年。")
    assert number_of(led) == number
    assert await publishes(staffed, bo, number) == "published"
    assert "到2020年" in await says(staffed, ASKED)


async def test_undo_and_undo_that(staffed: Desk) -> None:
    yun, bo = await staffed.at_work("yun"), await staffed.at_work("bo")
    before = await says(staffed, ASKED)
    await publishes(staffed, bo, number_of(await writes(yun, answer="六千小时。")))

    async def turns(turn: str) -> None:
        await yun.opens(f"/desk/answers/of/{NAME}")
        response = await yun.sends(f"/desk/answers/of/{NAME}", turn=turn)
        assert response.headers["location"].endswith("told=proposed")
        staffed.clock.passes(seconds=1)
        assert await publishes(staffed, bo, number_of(response.headers["location"])) == "published"

    staffed.clock.passes(seconds=1)
    await turns("undo")
    assert await says(staffed, ASKED) == before
    await turns("undo")
    assert "六千" in await says(staffed, ASKED)
    await turns("retire")
    assert "六千" not in await says(staffed, ASKED)
    page = (await yun.opens("/desk/answers?state=retired")).text
    assert f"/desk/answers/of/{NAME}" in page
    await turns("file")
    assert await says(staffed, ASKED) == before


async def test_a_new_entry_is_asked_for_and_counts_as_reviewed(staffed: Desk) -> None:
    yun, bo = await staffed.at_work("yun"), await staffed.at_work("bo")
    before = (await Talk(staffed.app).says("关于")).text
    led = await writes(
        yun,
        "/desk/answers/new?topic=zijing",
        title="周末的云陪伴几点开始？",
        answer="每个星期六上午九点。",
        questions="周末的云陪伴几点开始\n云陪伴星期六几点",
        publisher="学生会",
        source_title="通知",
        date="2026-11-20",
        valid_until="2026-12-31",
    )
    assert led.endswith("told=proposed")
    assert await publishes(staffed, bo, number_of(led)) == "published"
    said = await says(staffed, "云陪伴星期六几点")
    assert "每个星期六上午九点" in said
    assert "2026-12-31" in said
    assert unreviewed((await Talk(staffed.app).says("关于")).text) == unreviewed(before)


def unreviewed(about: str) -> str:
    found = re.search(r"其中 (\d+) 个", about)
    assert found
    return found[1]


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"answer": " "}, "答案：请写上"),
        ({"questions": ""}, "请写上"),
        ({"title": ""}, "标题：请写上"),
        ({"questions": "紫荆云陪伴"}, "已经是“紫荆云陪伴是什么？”的问法了"),
        ({"publisher": "学生会", "source_title": "通知", "date": "2027-01-01"}, "日期还没有到"),
        ({"publisher": "学生会", "source_title": "通知", "date": ""}, "日期还没有到，或者没写"),
        ({"publisher": "", "source_title": "", "date": ""}, "来源：请写上"),
        ({"valid_until": "2026-12-31", "unsaid": "1"}, "不能只说"),
        ({"valid_until": "2026-12-31", "answer": "（写在这里）"}, "换成真的"),
        ({"questions": "扫码平安吗\n掃碼平安嗎"}, "有两句是一样的"),
    ],
)
async def test_what_is_wrong_is_told_and_not_proposed(staffed: Desk, changes: dict[str, str], told: str) -> None:
    yun = await staffed.at_work("yun")
    led = await writes(yun, **changes)
    assert led.endswith("told=flawed")
    page = (await yun.opens(led)).text
    assert told in page
    assert "草稿" in page, "what was typed is saved"
    tried = await looks(yun, **changes)
    assert told in tried


async def looks(browser: Browser, path: str = f"/desk/answers/edit/{NAME}", **more: str) -> str:
    await browser.opens(path)
    response = await browser.sends(path, **fields(browser.shown) | more, act="look")
    assert response.status_code == 200
    return response.text


async def test_a_draft_is_tried_and_shown_as_each_channel_shows_it_before_it_is_saved(staffed: Desk) -> None:
    yun = await staffed.at_work("yun")
    phrasings = fields((await yun.opens(f"/desk/answers/edit/{NAME}")).text)["questions"]
    more = f"{phrasings}\n小葵花课堂一共上了几个钟"
    page = await looks(yun, questions=more, answer="六千小时。", ask="小葵花课堂一共上了几个钟\n红烧肉怎么做")
    assert "有把握，直接回答" in page
    assert "没有一条沾边" in page or "不够像" in page
    assert "每句问法都能问到它" in page
    assert "六千小时。" in page
    assert "六千小時。" in page, "in the traditional script as well"
    assert "[👍" in page, "with the buttons below it"
    assert await staffed.app.revisions.of("entry", NAME, 10) == [], "nothing is stored"
    assert "葵花" not in await says(staffed, "小葵花课堂一共上了几个钟")
    assert fields(page)["questions"] == more, "what was typed is there still"


async def test_the_second_person_tries_it_too(staffed: Desk) -> None:
    number = number_of(await writes(await staffed.at_work("yun"), answer="六千小时。"))
    yan = await staffed.at_work("yan", f"/desk/answers/draft/{number}?ask={ASKED}")
    assert "六千小时。" in yan.shown
    assert "有把握，直接回答" in yan.shown
    assert "/edit" not in yan.shown


async def test_two_who_write_on_the_same_draft_lose_nothing(staffed: Desk) -> None:
    yun, bo = await staffed.at_work("yun"), await staffed.at_work("bo")
    number = number_of(await writes(yun, act="save", answer="六千小时。"))
    path = f"/desk/answers/draft/{number}/edit"
    await yun.opens(path)
    mine = fields(yun.shown)
    await writes(bo, path, act="save", answer="五千五百小时。")
    response = await yun.sends(path.removesuffix("/edit"), **mine | {"answer": "七千小时。"}, act="save")
    assert response.status_code == 409
    assert "没有存，你写的都还在下面" in response.text
    assert "五千五百小时。" in response.text
    assert fields(response.text)["answer"] == "七千小时。"
    again = await yun.sends(f"/desk/answers/draft/{number}", **fields(response.text), act="save")
    assert again.status_code == 303, "having seen the other's words, it is theirs to decide"
    found = await staffed.app.revisions.revision(number)
    assert found
    assert "七千" in found.body.decode()
    assert found.authors == ("desk:yun", "desk:bo")


async def test_two_drafts_on_the_same_answer_the_second_is_told(staffed: Desk) -> None:
    yun, lan, bo = [await staffed.at_work(name) for name in ("yun", "lan", "bo")]
    first, second = [number_of(await writes(one, answer=text)) for one, text in ((yun, "六千。"), (lan, "七千。"))]
    assert await publishes(staffed, bo, first) == "published"
    assert await publishes(staffed, bo, second) == "overtaken"
    page = (await lan.opens(f"/desk/answers/draft/{second}")).text
    assert "现在用的或者文件里的又变了" in page
    assert "六千。" in page
    assert "七千。" in page
    led = await writes(lan, f"/desk/answers/draft/{second}/edit")
    assert led.endswith("told=proposed")
    assert await publishes(staffed, bo, second) == "published"
    assert "七千。" in await says(staffed, ASKED)


async def test_two_drafts_on_the_same_answer_both_are_seen(staffed: Desk) -> None:
    """In the list and when a third one begins to write: of an older draft nobody would know."""
    yun, lan, bo = [await staffed.at_work(name) for name in ("yun", "lan", "bo")]
    first, second = [number_of(await writes(one, answer=text)) for one, text in ((yun, "六千。"), (lan, "七千。"))]
    page = (await bo.opens("/desk/answers?state=proposed")).text
    assert [page.count(f"/desk/answers/draft/{number}") for number in (first, second)] == [1, 1]
    page = (await yun.opens(f"/desk/answers/edit/{NAME}")).text
    assert "已经有人在写了" in page
    assert all(f"/desk/answers/draft/{number}" in page for number in (first, second))
    await bo.opens(f"/desk/answers/draft/{first}")
    await bo.sends(f"/desk/answers/publish/{first}", act="return", code=bo.code, reason="没有来源。")
    assert f"/desk/answers/draft/{first}" in (await yun.opens("/desk/answers?state=returned")).text


async def test_what_was_written_on_a_draft_that_is_settled_becomes_a_new_one(staffed: Desk) -> None:
    yun, bo = await staffed.at_work("yun"), await staffed.at_work("bo")
    number = number_of(await writes(yun, answer="六千。"))
    await yun.opens(f"/desk/answers/draft/{number}/edit")
    mine = fields(yun.shown) | {"answer": "六千零一。"}
    assert await publishes(staffed, bo, number) == "published"
    response = await yun.sends(f"/desk/answers/draft/{number}", **mine, act="save")
    assert (response.status_code, "再存一次，就是新的一稿" in response.text) == (409, True)
    found = re.search(r'<form class="fields" method="post" action="([^"]+)"', response.text)
    assert found
    response = await yun.sends(found[1], **fields(response.text), act="save")
    assert response.status_code == 303
    new = await staffed.app.revisions.revision(number_of(response.headers["location"]))
    assert new
    assert (new.id != number, new.over, "六千零一。" in new.body.decode()) == (True, number, True)


async def test_colleagues_are_called_as_at_the_desk(staffed: Desk) -> None:
    """Who is telegram:1 as well."""
    await staffed.hires("mei", "publisher")
    mei, bo = await staffed.at_work("mei"), await staffed.at_work("bo")
    led = await writes(mei, answer="六千。")
    page = (await bo.opens(led)).text
    assert " · mei · " in page
    assert "telegram:1" not in page
    assert await publishes(staffed, mei, number_of(led)) == "own"


async def test_a_row_that_is_broken_is_shown_and_mended(staffed: Desk) -> None:
    yun, bo = await staffed.at_work("yun"), await staffed.at_work("bo")
    number = number_of(await writes(yun, answer="六千小时。"))
    await publishes(staffed, bo, number)
    await staffed.app.database._writing.transact(
        lambda connection: connection.execute(revisions.update().values(body=b"\x00{")) and None
    )
    app = staffed.app
    app.edition.layer = structs.replace(app.edition.layer, publications=0)
    await app.edition.refresh()
    assert "5000" in await says(staffed, ASKED), "the file's is said"
    assert f"/desk/answers/of/{NAME}" in (await yun.opens("/desk/answers?state=broken")).text
    page = (await yun.opens(f"/desk/answers/of/{NAME}")).text
    assert "内容读不出来" in page
    assert (await yun.opens(f"/desk/answers/draft/{number}")).status_code == 200
    assert await publishes(staffed, bo, number_of(await writes(yun, answer="又好了。"))) == "published"
    assert "又好了。" in await says(staffed, ASKED)


async def test_a_conflict_is_shown_and_settled_either_way(staffed: Desk) -> None:
    yun, bo = await staffed.at_work("yun"), await staffed.at_work("bo")
    await publishes(staffed, bo, number_of(await writes(yun, answer="六千小时。")))
    edition = staffed.app.edition
    entry = structs.replace(edition.layer.authored.knowledge.entries[NAME], answer="文件里写八千小时。")
    authored = edition.layer.authored
    entries = tuple(entry if one.id == NAME else one for one in authored.knowledge.entries.values())
    edited = structs.replace(authored, knowledge=KnowledgeBase(entries, authored.knowledge))
    published = await staffed.app.revisions.in_force("entry")
    edition.layer = laid_over(edited, published, faults_of, Layer(edited, edited, TODAY), 1)
    staffed.app.shelf.library = edition.layer.library
    assert "六千" in await says(staffed, ASKED)
    page = (await yun.opens(f"/desk/answers/of/{NAME}")).text
    assert "文件也改过了，两边不一样" in page
    assert "文件里写八千小时。" in page
    assert "六千小时。" in page
    assert "文件也改过" in (await yun.opens("/desk/answers")).text
    staffed.clock.passes(seconds=1)
    await yun.opens(f"/desk/answers/of/{NAME}")
    response = await yun.sends(f"/desk/answers/of/{NAME}", turn="keep")
    assert await publishes(staffed, bo, number_of(response.headers["location"])) == "published"
    assert "两边不一样" not in (await yun.opens(f"/desk/answers/of/{NAME}")).text
    assert "六千" in await says(staffed, ASKED)
    staffed.clock.passes(seconds=1)
    await yun.opens(f"/desk/answers/of/{NAME}")
    response = await yun.sends(f"/desk/answers/of/{NAME}", turn="file")
    assert await publishes(staffed, bo, number_of(response.headers["location"])) == "published"
    assert "八千" in await says(staffed, ASKED)


async def test_what_is_typed_runs_nothing(staffed: Desk) -> None:
    yun = await staffed.at_work("yun")
    led = await writes(yun, title="<script>alert(1)</script>", answer="</textarea><script>alert(2)</script>")
    for path in (led, f"/desk/answers/draft/{number_of(led)}/edit"):
        page = (await yun.opens(path)).text
        assert "<script>alert" not in page
        assert "&lt;script&gt;alert(2)" in page


@pytest.mark.parametrize(
    "path", ["of/nobody", "edit/nobody", "draft/99", "draft/x", "of/nobody/asked", "draft/99/edit"]
)
async def test_what_is_not_there(staffed: Desk, path: str) -> None:
    assert (await (await staffed.at_work("yun")).opens(f"/desk/answers/{path}")).status_code == 404


async def test_without_a_topic_nothing_is_saved_and_nothing_lost(staffed: Desk) -> None:
    yun = await staffed.at_work("yun", "/desk/answers/new")
    typed = fields(yun.shown) | {"title": "题目", "answer": "答案", "questions": "问法"}
    for topic in ("", "nobody", "../x"):
        response = await yun.sends("/desk/answers/new", **typed | {"topic": topic, "act": "propose"})
        assert response.status_code == 422
        assert "主题：请写上" in response.text
        assert fields(response.text)["answer"] == "答案"
    assert await staffed.app.revisions.listed("entry", ("draft", "proposed"), None, 10) == []


async def test_long_answers_come_in_the_parts_that_wechat_shows(staffed: Desk, tmp_path: Path) -> None:
    app = App(settings_of(tmp_path, "http://127.0.0.1:1", wechat_verified=False), shipped(), staffed.clock)
    long = structs.replace(shipped().knowledge.entries[NAME], answer="很长的话。" * 300)
    shown: Any = app._preview(shipped(), long, "zh")
    await app.database.close()
    assert set(shown) == {"wechat", "web"}
    assert len(shown["web"]) == 1
    first, *others = shown["wechat"]
    assert others
    assert "更多" in first
    assert all(len(part.encode()) <= 2000 for part in shown["wechat"])
    assert "bizmsgmenu" not in first


def test_the_body_says_what_it_says() -> None:
    assert body_of(Answer()) == b'{"entry":null,"retired":false}'
