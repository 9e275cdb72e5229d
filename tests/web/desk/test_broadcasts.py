"""Notices at the desk: from the first word to the start by a second person, pause and stop, and who may."""

import asyncio
import re
from datetime import time
from typing import Any

import pytest

from bot.domain.subscriptions import Subscription
from bot.messages import Address, Message
from bot.storage.audit import AuditLog
from tests.web.desk.conftest import Browser, Desk

TEXT = "明天下午三点，社区手机课改到二楼。"
NEW = "/desk/broadcasts/new/notice"


async def subscribe(desk: Desk, *people: str, audience: Any = "everyone") -> None:
    for user in people:
        who = Address("web", user, user)
        message = Message(f"m-{user}", who, "", desk.clock())
        await desk.app.subscriptions.save(message, Subscription(who, time(8), audience=audience))


@pytest.fixture
async def office(desk: Desk) -> Desk:
    """An editor and two publishers, and three people who subscribed on the web."""
    for name, role in (("yun", "editor"), ("bo", "publisher"), ("mei", "publisher")):
        await desk.hires(name, role)  # type: ignore[arg-type]
    await subscribe(desk, "ana", "ben", "eva")
    return desk


async def writes(desk: Desk, who: str = "yun", text: str = TEXT, **more: str) -> tuple[Browser, str]:
    """Their browser, and the path of the draft that it shows."""
    browser = await desk.at_work(who, NEW)
    response = await browser.sends(NEW, text=text, **{"audience": "everyone", "channel-web": "yes", **more})
    assert response.status_code == 303, response.text
    path = response.headers["location"].partition("?")[0]
    await browser.opens(path)
    return browser, path


async def proposes(desk: Desk, who: str = "yun") -> str:
    browser, path = await writes(desk, who)
    assert (await browser.sends(path, act="propose", code=browser.code)).headers["location"].endswith("proposed")
    return path


async def starts(desk: Desk, path: str, who: str = "mei", people: str = "3") -> str:
    """Where it leads."""
    browser = await desk.at_work(who, path)
    response = await browser.sends(f"{path}/decide", act="publish", code=browser.code, people=people)
    return response.headers["location"]


async def deeds(desk: Desk) -> list[tuple[str, str, str]]:
    rows = [row.entry async for row in AuditLog(desk.app.database).all()]
    return [(one.who, one.act, one.outcome) for one in rows if one.act.startswith("broadcast")]


async def test_from_the_first_word_to_the_last(office: Desk) -> None:
    browser, path = await writes(office)
    assert "网页 · 看到的样子" in browser.shown
    assert f"{TEXT}\n[退订]" in browser.shown
    assert "发给：大家，一共 3 人" in browser.shown
    assert (await browser.sends(path, act="propose", code=browser.code)).headers["location"].endswith("told=proposed")
    await browser.opens(path)
    assert "等一位发布员" not in browser.shown
    assert "要请另一位发布员" in browser.shown

    assert await starts(office, path, people="３ ") == "/desk/broadcasts/1?told=begun"
    await office.app.announcer.tick(office.clock())
    mei = await office.at_work("mei", "/desk/broadcasts/1")
    assert "计划 3 = 送达 0" in mei.shown
    assert "yun 写的" in mei.shown
    assert "mei 开始的" in mei.shown
    assert len(await office.app.outbox.unread(Address("web", "ana", "ana"))) == 1
    for order, told in (("pause", "paused"), ("resume", "sending"), ("stop", "stopped"), ("resume", "not-now")):
        response = await mei.sends("/desk/broadcasts/1", order=order)
        assert response.headers["location"] == f"/desk/broadcasts/1?told={told}"
        await mei.opens("/desk/broadcasts/1")
    await office.app.announcer.tick(office.clock())
    await mei.opens("/desk/broadcasts/1")
    assert "过期：3 条，这个通知停下了" in mei.shown
    assert 'name="order"' not in mei.shown
    assert await deeds(office) == [
        ("yun", "broadcast-save", "saved"),
        ("yun", "broadcast-propose", "proposed"),
        ("mei", "broadcast-publish", "published"),
        ("mei", "broadcast-pause", "paused"),
        ("mei", "broadcast-resume", "sending"),
        ("mei", "broadcast-stop", "stopped"),
        ("mei", "broadcast-resume", "not-now"),
    ]
    shown = (await office.at_work("yun", "/desk/broadcasts")).shown
    assert "1 号　明天下午三点" in shown
    assert "停下了" in shown
    assert "已经开始了，看 1 号通知" in (await office.at_work("yun", path)).shown


async def test_who_wrote_it_does_not_start_it(office: Desk) -> None:
    path = await proposes(office, "bo")
    bo = await office.at_work("bo", path)
    assert 'name="people"' not in bo.shown
    response = await bo.sends(f"{path}/decide", act="publish", code=bo.code, people="3")
    assert response.headers["location"].endswith("told=own")
    yun = await office.at_work("yun", path)
    assert 'name="people"' not in yun.shown
    assert (await yun.sends(f"{path}/decide", act="publish", code=yun.code, people="3")).status_code == 403
    assert await office.app.broadcast_records.recent(5) == []


@pytest.mark.parametrize("typed", ["", "2", "33", "三", "-3", "9" * 15])
async def test_another_number_starts_nothing(office: Desk, typed: str) -> None:
    path = await proposes(office)
    assert (await starts(office, path, people=typed)).endswith("told=people")
    assert await office.app.broadcast_records.recent(5) == []
    assert "人数和现在的对不上" in (await office.at_work("mei", f"{path}?told=people")).shown


async def test_people_who_come_meanwhile(office: Desk) -> None:
    """The count is made anew after some minutes: who confirms an old one is shown the new one."""
    path = await proposes(office)
    mei = await office.at_work("mei", path)
    await subscribe(office, "fay")
    office.clock.passes(minutes=6)
    response = await mei.sends(f"{path}/decide", act="publish", code=mei.code, people="3")
    assert response.headers["location"].endswith("told=people")
    assert "一共 4 人" in (await mei.opens(path)).text
    assert (await starts(office, path, people="4")).endswith("told=begun")
    (one,) = await office.app.broadcast_records.recent(5)
    assert (one.people, one.operator) == (4, "desk:mei")  # as colleagues know who is telegram:1 as well


async def test_two_start_it_at_once(office: Desk) -> None:
    path = await proposes(office)
    browsers = [await office.at_work(who, path) for who in ("bo", "mei", "bo", "mei", "mei")]
    responses = await asyncio.gather(
        *(one.sends(f"{path}/decide", act="publish", code=one.code, people="3") for one in browsers)
    )
    ends = sorted(response.headers["location"].partition("told=")[2] for response in responses)
    assert ends == ["begun", *["settled"] * 4]
    assert len(await office.app.broadcast_records.recent(5)) == 1
    assert sum(outcome == "published" for _, _, outcome in await deeds(office)) == 1


async def test_a_text_that_changed_is_not_started(office: Desk) -> None:
    path = await proposes(office)
    mei = await office.at_work("mei", path)
    yun, seen = await office.at_work("yun", f"{path}/edit"), mei.code
    await yun.sends(f"{path}/edit", text="别的话。", audience="everyone", code=yun.code, **{"channel-web": "yes"})
    response = await mei.sends(f"{path}/decide", act="publish", code=seen, people="3")
    assert response.headers["location"].endswith("told=settled")  # it is a draft again
    await yun.opens(path)
    await yun.sends(path, act="propose", code=yun.code)
    await mei.opens(path)
    response = await mei.sends(f"{path}/decide", act="publish", code=seen, people="3")
    assert response.headers["location"].endswith("told=changed")
    assert await office.app.broadcast_records.recent(5) == []


async def test_two_write_at_once_and_nothing_is_lost(office: Desk) -> None:
    _, path = await writes(office)
    yun, bo = await office.at_work("yun", f"{path}/edit"), await office.at_work("bo", f"{path}/edit")
    fields = {"audience": "everyone", "channel-web": "yes"}
    assert (await yun.sends(f"{path}/edit", text="云写的。", code=yun.code, **fields)).status_code == 303
    response = await bo.sends(f"{path}/edit", text="博写的。", code=bo.code, **fields)
    assert response.status_code == 409
    assert "博写的。</textarea>" in bo.shown
    assert '<p class="as-written">云写的。</p>' in bo.shown
    assert (await bo.sends(f"{path}/edit", text="博写的。", code=bo.code, **fields)).status_code == 303
    assert "博写的。" in (await yun.opens(path)).text


async def test_sent_back_with_a_reason(office: Desk) -> None:
    path = await proposes(office)
    mei = await office.at_work("mei", path)
    assert (await mei.sends(f"{path}/decide", act="return", code=mei.code)).headers["location"].endswith("no-reason")
    await mei.opens(path)
    response = await mei.sends(f"{path}/decide", act="return", code=mei.code, reason="请写清楚是哪个社区")
    assert response.headers["location"].endswith("told=returned")
    yun = await office.at_work("yun", path)
    assert "退回的理由：请写清楚是哪个社区" in yun.shown
    assert (await yun.sends(path, act="withdraw", code=yun.code)).headers["location"].endswith("withdrawn")
    assert "送审" not in (await yun.opens(path)).text


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"text": "  \r\n "}, "通知是空的"),
        ({"text": "字" * 501}, "通知最多 500 个字"),
        ({"channel-web": ""}, "请至少选一个"),
    ],
)
async def test_what_cannot_be_a_notice_stays_on_the_page(office: Desk, fields: dict[str, str], said: str) -> None:
    browser = await office.at_work("yun", NEW)
    typed = {"text": TEXT, "audience": "parents", "channel-web": "yes", **fields}
    response = await browser.sends(NEW, **typed)
    assert response.status_code == 422
    assert said in browser.shown
    assert typed["text"].strip() in browser.shown
    assert '<option value="parents" selected>' in browser.shown
    assert await deeds(office) == []


async def test_nobody_to_send_it_to(office: Desk) -> None:
    _, path = await writes(office, audience="teachers")
    yun = await office.at_work("yun", path)
    assert "没有人可以收到" in yun.shown
    await yun.sends(path, act="propose", code=yun.code)
    assert 'name="people"' not in (await office.at_work("mei", path)).shown
    assert (await starts(office, path, people="0")).endswith("told=people")


async def test_a_text_is_a_text(office: Desk) -> None:
    browser, _ = await writes(office, text="<script>alert(1)</script> & {blank}")
    assert "<script>alert" not in browser.shown
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; {blank}" in browser.shown


async def test_lists_have_pages(office: Desk) -> None:
    for n in range(23):
        await writes(office, text=f"第 {n} 条。")
    yun = await office.at_work("yun", "/desk/broadcasts")
    assert yun.shown.count("第 ") == 20
    older = re.search(r'href="(/desk/broadcasts\?drafts=\d+)"', yun.shown)
    assert older
    assert re.findall(r"第 (\d+) 条", (await yun.opens(older[1])).text) == ["2", "1", "0"]


async def test_a_page_that_looks_on_stops_when_nothing_moves(office: Desk) -> None:
    path = await proposes(office)
    await starts(office, path)
    mei = await office.at_work("mei", "/desk/broadcasts/1")
    assert 'hx-trigger="every 2s"' in mei.shown  # its messages are not planned yet
    await office.app.announcer.tick(office.clock())
    response = await mei.http.get("/desk/broadcasts/1", headers={"HX-Request": "true"})
    assert response.headers["hx-refresh"] == "true"
    assert "hx-trigger" not in response.text
    assert "1 条" not in response.text
    assert "3 条要等人打开网页" in response.text
    assert "hx-refresh" not in (await mei.opens("/desk/broadcasts/1")).headers


@pytest.mark.parametrize("path", ["/desk/broadcasts/7", "/desk/broadcasts/drafts/7", "/desk/broadcasts/drafts/7/edit"])
async def test_what_is_not_there(office: Desk, path: str) -> None:
    assert (await (await office.at_work("mei", "/desk")).opens(path)).status_code == 404
