"""Polls at the desk: written in a form, published by a second person, stopped, ruled on, handed out."""

import asyncio
import io
import itertools
import json
import re
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.app import App
from bot.domain.holds import Suspicion
from bot.domain.pollrules import poll_in
from bot.messages import Address, Message
from bot.storage.audit import AuditLog
from bot.storage.keys import poll_key
from tests.shipped import shipped
from tests.storage.samples import vote
from tests.web.desk.conftest import Browser, Desk

RULES = {
    "title": "你最喜欢哪一个好网民故事？",
    "id": "stories-2026",
    "english": "",
    "opens_at": "2026-11-24T09:00:00",
    "closes_at": "2026-11-26T18:00:01",
    "zone": "Asia/Shanghai",
    "kind": "single",
    "choose": "",
    "per_day": "",
    "per_option_per_day": "",
    "revote": "yes",
    "results": "hidden",
    "joined": "any",
    "holds": "yes",
    "channel-telegram": "yes",
    "channel-wechat": "yes",
    "organiser": "样例单位",
    "contact": "vote@example.org",
    "eligibility": "住在样例县的人",
    "rules": "一个账号一票。",
}
IDS = itertools.count(1)
OPENS = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
CLOSES = datetime(2026, 11, 26, 10, 0, 1, tzinfo=UTC)


@pytest.fixture
async def staffed(desk: Desk) -> Desk:
    for name, role in (("yun", "editor"), ("mei", "publisher"), ("bo", "administrator"), ("lan", "reviewer")):
        await desk.hires(name, role)  # type: ignore[arg-type]
    return desk


def told(response: Any) -> str:
    found = re.search(r"told=([a-z-]+)", response.headers.get("location", ""))
    return found[1] if found else ""


def place(response: Any) -> str:
    return str(response.headers["location"].partition("?")[0])


async def writes(browser: Browser, *candidates: str, **changes: str) -> str:
    """A draft of theirs with these candidates; the address of its page."""
    await browser.opens("/desk/polls/write")
    begun = await browser.sends("/desk/polls/write", **RULES | changes)
    assert told(begun) == "saved", begun.text
    for title in candidates:
        await browser.opens(place(begun))
        added = await browser.sends(f"{place(begun)}/candidates", do="add", title=title)
        assert told(added) == "saved", added.text
    await browser.opens(place(begun))
    return place(begun)


async def acts(browser: Browser, draft: str, act: str, **more: str) -> str:
    await browser.opens(draft)
    return told(await browser.sends(to(draft, act), act=act, code=code(browser), **more))


def to(draft: str, act: str) -> str:
    return f"{draft}/decision" if act in ("publish", "return") else draft


def code(browser: Browser) -> str:
    """Of the draft that is shown, empty where nothing can be done about it."""
    found = re.search(r'name="code" value="(\w+)"', browser.shown)
    return found[1] if found else ""


async def publishes(desk: Desk, *candidates: str, **changes: str) -> str:
    """A poll that yun writes and mei publishes; its id."""
    draft = await writes(await desk.at_work("yun"), *candidates or ("手机课", "辟谣队"), **changes)
    assert await acts(await desk.at_work("yun"), draft, "propose") == "proposed"
    assert await acts(await desk.at_work("mei"), draft, "publish") == "published"
    return changes.get("id", RULES["id"])


async def says(desk: Desk, text: str, user: str = "7", channel: str = "telegram") -> str:
    """What somebody hears who says this now."""
    message = Message(f"{next(IDS)}", Address(channel, user, user), text, desk.clock())
    return (await desk.app.answer(message)).text


async def votes(desk: Desk, option: int, user: str = "7", poll: str = RULES["id"], channel: str = "telegram") -> str:
    return await says(desk, f"/vote {poll} {option} agreed", user, channel)


async def test_from_the_form_to_the_result(staffed: Desk) -> None:
    poll = await publishes(staffed)
    assert "还没开始" in await votes(staffed, 1)
    staffed.clock.now = OPENS
    assert "投好了" in await votes(staffed, 1)
    assert "投好了" in await votes(staffed, 2, "wx", channel="wechat")
    assert "网页" not in await says(staffed, f"/results {poll}")
    page = (await (await staffed.at_work("lan")).opens(f"/desk/polls/of/{poll}")).text
    assert "工作台也一样" in page
    assert "正在投票" in page
    staffed.clock.now = CLOSES - timedelta(microseconds=1)
    assert "投好了" in await votes(staffed, 1, "8")
    staffed.clock.now = CLOSES
    assert "已经结束" in await votes(staffed, 1, "9")
    page = (await (await staffed.at_work("lan")).opens(f"/desk/polls/of/{poll}")).text
    assert re.findall(r'<td class="votes">(\d+)</td>', page) == ["2", "1"]
    assert (await (await staffed.at_work("lan")).opens(f"/desk/statistics?poll={poll}")).status_code == 200
    assert "<polyline" in page
    picture = await staffed.browser().opens(f"/polls/{poll}.png")
    assert picture.headers["content-type"] == "image/png"


async def test_from_when_until_when_is_a_sentence(staffed: Desk) -> None:
    await publishes(staffed)
    page = (await (await staffed.at_work("yun")).opens("/desk/polls")).text
    assert "一发布就开始，没有截止时间" in page
    assert re.search(r"2026-11-2\d \d\d:\d\d[^<]*开始，2026-[^<]*截止", page)


async def test_it_is_there_after_a_restart(staffed: Desk) -> None:
    poll = await publishes(staffed)
    again = App(staffed.app.settings, shipped(), staffed.clock)
    assert poll not in again.shelf.library.polls
    await again.roll.refresh()
    assert again.shelf.library.polls[poll] == staffed.app.shelf.library.polls[poll]
    assert "nanyue-stories" in again.shelf.library.polls
    await again.database.close()


async def test_another_process_hears_of_it(staffed: Desk) -> None:
    other = App(staffed.app.settings, shipped(), staffed.clock)
    await other.roll.refresh()
    poll = await publishes(staffed)
    await (await staffed.at_work("mei", f"/desk/polls/of/{poll}")).sends(f"/desk/polls/of/{poll}/stop", act="stop")
    await other.roll.refresh()
    assert other.shelf.library.polls[poll].stopped
    await other.database.close()


@pytest.mark.parametrize(
    ("changes", "field", "said"),
    [
        ({"title": " "}, "title", "这里要写"),
        ({"title": "题" * 61}, "title", "最多 60 个字"),
        ({"id": ""}, "id", "这里要写"),
        ({"id": "My Poll"}, "id", "小写字母"),
        ({"id": "x" * 25}, "id", "小写字母"),
        ({"id": "nanyue-stories"}, "id", "用过了"),
        ({"opens_at": "明天九点"}, "opens_at", "看不懂"),
        ({"opens_at": "2026-11-24T09:00+08:00"}, "opens_at", "看不懂"),
        ({"opens_at": "0001-01-01T00:00:00"}, "opens_at", "看不懂"),
        ({"closes_at": "2026-11-24T09:00:00"}, "closes_at", "晚于开始"),
        ({"closes_at": "2026-02-30T09:00:00"}, "closes_at", "看不懂"),
        ({"closes_at": ""}, "results", "永远看不到"),
        ({"zone": "北京"}, "zone", "Asia/Shanghai"),
        ({"kind": "choose"}, "choose", "1 到 100"),
        ({"kind": "choose", "choose": "-1"}, "choose", "1 到 100"),
        ({"kind": "daily", "per_day": "１０"}, "per_day", "1 到 100"),
        ({"kind": "daily", "per_day": "2", "per_option_per_day": "3"}, "per_option_per_day", "每天的票数"),
        ({"kind": "none"}, "kind", "选一个"),
        ({"results": "now"}, "results", "选一个"),
        ({"joined": ""}, "joined", "选一个"),
        ({"channel-telegram": "", "channel-wechat": ""}, "channels", "选一个"),
        ({"organiser": ""}, "organiser", "这里要写"),
        ({"rules": "字" * 1501}, "rules", "最多 1500 个字"),
    ],
)
async def test_each_mistake_is_said_by_its_field(staffed: Desk, changes: dict[str, str], field: str, said: str) -> None:
    yun = await staffed.at_work("yun", "/desk/polls/write")
    page = await yun.sends("/desk/polls/write", **RULES | changes)
    assert page.status_code == 422
    [sentence] = re.findall(rf'id="fault-{field}">([^<]*)<', page.text)
    assert said in sentence
    assert len(re.findall('id="fault-', page.text)) == 1, "and nothing else is wrong"
    for name, value in (RULES | changes).items():
        if name in ("title", "contact", "eligibility", "opens_at", "zone") and value.strip():
            assert value in page.text, "what was typed stays"
    assert not await staffed.app.revisions.listed("poll", ("draft",), None, 9)


async def test_a_poll_of_every_kind(staffed: Desk) -> None:
    kinds = {
        "choose": {"kind": "choose", "choose": "2"},
        "final": {"kind": "single", "revote": ""},
        "daily": {"kind": "daily", "per_day": "5", "per_option_per_day": "2"},
        "live": {"results": "live"},
        "delayed": {"results": "delayed"},
        "early": {"joined": "before-opening"},
    }
    for name, changes in kinds.items():
        await publishes(staffed, id=name, **changes)
    staffed.clock.now = OPENS
    assert "最多选 2 个" in await says(staffed, "/stories choose")
    assert "投了就不改" in await says(staffed, "/stories final")
    assert "你今天还有 4 票" in await votes(staffed, 1, poll="daily")
    assert "你今天还有 3 票" in await votes(staffed, 1, poll="daily")
    staffed.clock.passes(seconds=1)
    assert "一天最多投 2 票" in await votes(staffed, 1, poll="daily")
    assert "开始以后才来" in await votes(staffed, 1, "newcomer", poll="early")


async def test_who_wrote_it_does_not_publish_it(staffed: Desk) -> None:
    draft = await writes(await staffed.at_work("mei"), "手机课")
    assert await acts(await staffed.at_work("mei"), draft, "propose") == "proposed"
    assert "1 个投票等另一位同事看" in (await staffed.at_work("bo")).shown
    assert await acts(await staffed.at_work("mei"), draft, "publish") == "own"
    assert "另一位同事来发布" in (await staffed.at_work("mei", draft)).shown
    assert await acts(await staffed.at_work("bo"), draft, "return", reason=" ") == "no-reason"
    assert await acts(await staffed.at_work("bo"), draft, "return", reason="缺一个候选") == "returned"
    mei = await staffed.at_work("mei", draft)
    assert "缺一个候选" in mei.shown
    assert told(await mei.sends(f"{draft}/candidates", do="add", title="辟谣队")) == "saved"
    assert await acts(mei, draft, "propose") == "proposed"
    assert await acts(await staffed.at_work("bo"), draft, "publish") == "published"
    assert await acts(await staffed.at_work("bo"), draft, "publish") == "settled"
    rows = [row.entry async for row in AuditLog(staffed.app.database).all() if row.entry.act.startswith("poll-")]
    assert [(row.who, row.act, row.outcome) for row in rows][-3:] == [
        ("mei", "poll-propose", "proposed"),
        ("bo", "poll-publish", "published"),
        ("bo", "poll-publish", "settled"),
    ]
    assert not any("缺一个" in row.subject for row in rows)


async def test_what_is_not_ready_is_neither_proposed_nor_published(staffed: Desk) -> None:
    yun = await staffed.at_work("yun")
    draft = await writes(yun)
    refused = await yun.sends(draft, act="propose", code=code(yun))
    assert refused.status_code == 422
    assert "一个候选都没有" in refused.text
    await yun.sends(f"{draft}/candidates", do="add", title="手机课")
    assert await acts(yun, draft, "propose") == "proposed"
    staffed.clock.now = OPENS
    mei = await staffed.at_work("mei", draft)
    refused = await mei.sends(f"{draft}/decision", act="publish", code=code(mei))
    assert refused.status_code == 422
    assert "这个时间已经过了" in refused.text
    assert RULES["id"] not in staffed.app.shelf.library.polls


async def test_candidates_are_named_moved_withdrawn_and_keep_their_numbers(staffed: Desk) -> None:
    yun = await staffed.at_work("yun")
    draft = await writes(yun, "甲", "乙", "丙")

    async def does(option: int, do: str, **fields: str) -> Any:
        page = await yun.opens(f"{draft}/candidates/{option}")
        seen = re.search(r'name="seen" value="(\w+)"', page.text)
        return await yun.sends(f"{draft}/candidates/{option}", do=do, seen=seen[1] if seen else "", **fields)

    async def listed() -> list[tuple[int, str, bool]]:
        found = await staffed.app.revisions.revision(int(draft.rpartition("/")[2]))
        assert found
        return [(option.number, option.title, option.withdrawn) for option in poll_in(found.body).options]

    assert told(await does(3, "place", place="1")) == "saved"
    assert told(await does(1, "write", title="甲乙", summary="一句话", category="个人")) == "saved"
    assert told(await does(2, "take-out")) == "saved"
    assert await listed() == [(3, "丙", False), (1, "甲乙", False)]
    assert (await does(1, "write", title="")).status_code == 422
    assert (await does(1, "place", place="先")).status_code == 422
    assert (await does(2, "withdraw")).status_code == 303
    await acts(yun, draft, "propose")
    assert await acts(await staffed.at_work("mei"), draft, "publish") == "published"
    draft = place(await yun.sends("/desk/polls/write", **RULES | {"poll": RULES["id"]}))
    kept = await does(1, "take-out")
    assert kept.status_code == 422
    assert "请用“退出”" in kept.text
    assert told(await does(1, "withdraw")) == "saved"
    await yun.opens(draft)
    await yun.sends(f"{draft}/candidates", do="add", title="丁")
    assert await listed() == [(3, "丙", False), (1, "甲乙", True), (4, "丁", False)]
    assert await acts(yun, draft, "propose") == "proposed"
    assert await acts(await staffed.at_work("mei"), draft, "publish") == "published"
    staffed.clock.now = OPENS
    assert "已经退出" in await votes(staffed, 1)
    assert "投好了" in await votes(staffed, 4)


async def test_what_contradicts_what_was_counted_is_refused(staffed: Desk) -> None:
    poll = await publishes(staffed)
    staffed.clock.now = OPENS
    await votes(staffed, 1)
    yun = await staffed.at_work("yun", f"/desk/polls/write?poll={poll}")
    assert "已经开始了" in yun.shown
    for field, value in (("closes_at", "2026-11-30T18:00:00"), ("results", "live"), ("kind", "daily")):
        page = await yun.sends("/desk/polls/write", **RULES | {"poll": poll, field: value, "per_day": "5"})
        assert page.status_code == 422
        assert f'id="fault-{field}">投票已经开始，这一条不能改了' in page.text
    begun = await yun.sends("/desk/polls/write", **RULES | {"poll": poll, "title": "新的标题"})
    assert told(begun) == "saved"
    assert await acts(yun, place(begun), "propose") == "proposed"
    assert await acts(await staffed.at_work("mei"), place(begun), "publish") == "published"
    assert "新的标题" in await says(staffed, f"/stories {poll}")
    standing = await staffed.app.standing(poll)
    assert standing
    assert standing.ballots == 1


async def test_rules_that_were_right_when_they_were_proposed(staffed: Desk) -> None:
    """The poll opens between proposing and publishing: its terms are fixed in the commit."""
    poll = await publishes(staffed)
    yun = await staffed.at_work("yun", f"/desk/polls/write?poll={poll}")
    begun = await yun.sends("/desk/polls/write", **RULES | {"poll": poll, "results": "live"})
    assert await acts(yun, place(begun), "propose") == "proposed"
    staffed.clock.now = OPENS - timedelta(seconds=1)
    mei = await staffed.at_work("mei", place(begun))
    staffed.clock.now = OPENS
    refused = await mei.sends(f"{place(begun)}/decision", act="publish", code=code(mei))
    assert "这一条不能改了" in refused.text
    assert staffed.app.shelf.library.polls[poll].results == "hidden"


async def test_of_two_who_write_nothing_is_lost(staffed: Desk) -> None:
    yun, mei = await staffed.at_work("yun"), await staffed.at_work("mei")
    draft = await writes(yun, "甲")

    async def opens_form(browser: Browser) -> str:
        found = re.search(r'name="seen" value="(\w+)"', (await browser.opens(f"{draft}/rules")).text)
        assert found
        return found[1]

    seen = [await opens_form(browser) for browser in (yun, mei)]
    await mei.opens(draft)
    assert told(await mei.sends(f"{draft}/candidates", do="add", title="乙")) == "saved"
    first = await yun.sends(f"{draft}/rules", **RULES | {"title": "云的标题", "seen": seen[0]})
    assert told(first) == "saved", "a candidate beside it is no conflict"
    second = await mei.sends(f"{draft}/rules", **RULES | {"contact": "美的电话", "seen": seen[1]})
    assert second.status_code == 409
    assert "美的电话" in second.text
    assert "同事写的是：云的标题" in second.text
    again = re.search(r'name="seen" value="(\w+)"', second.text)
    assert again
    merged = await mei.sends(f"{draft}/rules", **RULES | {"title": "云的标题", "contact": "美的电话", "seen": again[1]})
    assert told(merged) == "saved"
    page = (await mei.opens(draft)).text
    assert all(text in page for text in ("云的标题", "美的电话", "甲", "乙"))


async def test_two_add_candidates_at_once(staffed: Desk) -> None:
    yun, mei = await staffed.at_work("yun"), await staffed.at_work("mei")
    draft = await writes(yun)
    await mei.opens(draft)
    done = await asyncio.gather(
        *(b.sends(f"{draft}/candidates", do="add", title=f"{n}") for n, b in enumerate([yun, mei, yun, mei]))
    )
    assert [told(one) for one in done] == ["saved"] * 4
    page = (await yun.opens(draft)).text
    assert sorted(re.findall(r"(\d) 号《(\d)》", page)) == sorted(zip("1234", _titles(page), strict=True))
    assert sorted(_titles(page)) == ["0", "1", "2", "3"]


def _titles(page: str) -> list[str]:
    return [title for _, title in re.findall(r"(\d) 号《(\d)》", page)]


async def test_two_drafts_and_one_is_published(staffed: Desk) -> None:
    poll = await publishes(staffed)
    drafts = []
    for name in ("yun", "mei"):
        browser = await staffed.at_work(name, "/desk/polls/write")
        drafts.append(place(await browser.sends("/desk/polls/write", **RULES | {"poll": poll, "title": name})))
        assert await acts(browser, drafts[-1], "propose") == "proposed"
    assert await acts(await staffed.at_work("bo"), drafts[0], "publish") == "published"
    bo = await staffed.at_work("bo", drafts[1])
    assert "别人先发布了新的" in bo.shown
    assert told(await bo.sends(f"{drafts[1]}/decision", act="publish", code=code(bo))) == "overtaken"
    assert staffed.app.shelf.library.polls[poll].title == "yun"


async def test_a_story_is_a_candidate_as_long_as_it_is_public(staffed: Desk) -> None:
    number = await staffed.gets_story()
    mei = await staffed.at_work("mei", f"/desk/stories/{number}")
    await mei.sends(f"/desk/stories/{number}", verdict="approve", code=mei.code)
    yun = await staffed.at_work("yun")
    draft = await writes(yun, "甲")
    assert "楼下的手机课" in (await yun.opens(f"{draft}/stories?q=手机课")).text
    assert told(await yun.sends(f"{draft}/candidates", story=str(number))) == "saved"
    await yun.opens(draft)
    twice = await yun.sends(f"{draft}/candidates", story=str(number))
    assert (twice.status_code, "已经是候选" in twice.text) == (422, True)
    assert (await yun.sends(f"{draft}/candidates", story="99")).status_code == 404
    await acts(yun, draft, "propose")
    assert await acts(await staffed.at_work("mei"), draft, "publish") == "published"
    staffed.clock.now = OPENS
    assert "楼下的手机课" in await says(staffed, f"/stories {RULES['id']}")
    assert "投好了" in await votes(staffed, 2)
    mei = await staffed.at_work("mei", f"/desk/stories/{number}")
    await mei.sends(f"/desk/stories/{number}", verdict="take-down", code=mei.code, reason="家里人不同意")
    await staffed.app.roll.refresh()
    shown = await says(staffed, f"/stories {RULES['id']}")
    assert "楼下的手机课" not in shown
    assert "这个故事撤下来了" in shown
    assert "已经退出" in await votes(staffed, 2, "8")
    staffed.clock.now = CLOSES
    standing = await staffed.app.standing(RULES["id"])
    assert standing
    assert standing.votes == {1: 0, 2: 1}


async def test_the_preview_is_what_each_channel_shows(staffed: Desk) -> None:
    draft = await writes(await staffed.at_work("yun"), "手机课", **{"channel-web": "yes"})
    page = (await (await staffed.at_work("lan")).opens(f"{draft}/preview")).text
    assert [name for name in ("Telegram", "微信", "网页", "终端") if f"<h2>{name}</h2>" in page] == [
        "Telegram",
        "微信",
        "网页",
    ]
    assert page.count("手机课") >= 3
    assert "一个账号一票，可以改" in page


async def test_stopped_at_once_and_two_let_it_go_on(staffed: Desk) -> None:
    poll = await publishes(staffed)
    stop = f"/desk/polls/of/{poll}/stop"
    staffed.clock.now = OPENS
    assert "投好了" in await votes(staffed, 1)
    mei, bo = [await staffed.at_work(name, f"/desk/polls/of/{poll}") for name in ("mei", "bo")]
    assert told(await mei.sends(stop, act="stop")) == "stopped"
    said = await votes(staffed, 1, "8")
    assert "投票暂停了" in said
    assert "这一票没有算" in said
    shown = await says(staffed, f"/stories {poll}")
    assert "投票暂停了" in shown
    assert "暂停了" in (await staffed.browser().opens(f"/polls/{poll}")).text
    assert (await staffed.browser().http.get(f"/api/polls/{poll}")).json()["state"] == "stopped"
    assert "mei 在" in (await bo.opens(f"/desk/polls/of/{poll}")).text
    assert told(await mei.sends(stop, act="go-on")) == "second"
    assert told(await mei.sends(stop, act="go-on")) == "again"
    assert "投票暂停了" in await votes(staffed, 1, "9")
    assert told(await bo.sends(stop, act="go-on")) == "goes-on"
    assert "投好了" in await votes(staffed, 1, "10")
    standing = await staffed.app.standing(poll)
    assert standing
    assert (standing.state, standing.ballots) == ("open", 2)
    rows = [row.entry async for row in AuditLog(staffed.app.database).all() if row.entry.subject == poll]
    assert [(row.who, row.act, row.outcome) for row in rows] == [
        ("mei", "poll-stop", "stopped"),
        ("mei", "poll-go-on", "second"),
        ("mei", "poll-go-on", "again"),
        ("bo", "poll-go-on", "goes-on"),
    ]


async def test_a_stop_while_it_closes(staffed: Desk) -> None:
    """Votes, the stop and the closing instant in any order: what was acknowledged is counted, and nothing else."""
    poll = await publishes(staffed)
    staffed.clock.now = CLOSES - timedelta(milliseconds=5)
    mei = await staffed.at_work("mei", f"/desk/polls/of/{poll}")
    heard: list[str] = []

    async def voter(number: int) -> None:
        heard.append(await votes(staffed, 1 + number % 2, f"v{number}"))

    async def clock() -> None:
        for _ in range(10):
            await asyncio.sleep(0.005)
            staffed.clock.passes(milliseconds=1)

    stopping = asyncio.create_task(mei.sends(f"/desk/polls/of/{poll}/stop", act="stop"))
    await asyncio.gather(clock(), stopping, *(voter(number) for number in range(60)))
    assert told(stopping.result()) in ("stopped", "closed")
    assert "投好了" not in await votes(staffed, 1, "late")
    counted = sum("投好了" in said for said in heard)
    assert all(any(word in said for word in ("投好了", "投票暂停了", "已经结束")) for said in heard)
    recount = await staffed.app.votes.recount(poll)
    assert recount
    assert (recount.match, recount.ballots) == (True, counted)


async def hold(desk: Desk, poll: str, *users: str) -> None:
    voters = frozenset(desk.app._voter(poll, Address("telegram", user, user)) for user in users)
    await desk.app.holds.hold(Suspicion(poll, "burst", 1, {"votes": 40.0}, voters, desk.clock()))


async def test_two_rule_on_held_votes(staffed: Desk) -> None:
    poll = await publishes(staffed)
    staffed.clock.now = OPENS
    for user in ("7", "8", "9"):
        await votes(staffed, 1, user)
    await hold(staffed, poll, "7", "8")
    assert "记下了" in await says(staffed, f"/appeal {poll} 我和邻居一起投的", "7")
    assert "1 件待核实的票" in (await staffed.at_work("mei")).shown
    lan = await staffed.at_work("lan", "/desk/held")
    assert "2 个账号" in lan.shown
    assert "1 个申诉" in lan.shown
    case = (await lan.opens("/desk/held/1")).text
    assert "远远多过平常" in case
    assert "votes 40" in case
    assert "我和邻居一起投的" in case
    assert 'name="verdict"' not in case
    mei, bo = [await staffed.at_work(name, "/desk/held/1") for name in ("mei", "bo")]
    assert told(await mei.sends("/desk/held/1", verdict="release", seen="2")) == "second"
    assert told(await mei.sends("/desk/held/1", verdict="release", seen="2")) == "again"
    assert told(await bo.sends("/desk/held/1", verdict="release", seen="1")) == "changed"
    assert told(await bo.sends("/desk/held/1", verdict="release", seen="2")) == "released"
    assert told(await bo.sends("/desk/held/1", verdict="exclude", seen="2")) == "settled"
    standing = await staffed.app.standing(poll)
    assert standing
    assert (standing.ballots, standing.held) == (3, 0)
    log = [row.entry async for row in AuditLog(staffed.app.database).all() if row.entry.act.startswith("held-")]
    assert [(row.who, row.subject, row.outcome) for row in log] == [
        ("mei", "#1", "second"),
        ("mei", "#1", "again"),
        ("bo", "#1", "changed"),
        ("bo", "#1", "released"),
        ("bo", "#1", "settled"),
    ]


async def test_an_appeal_alone(staffed: Desk) -> None:
    poll = await publishes(staffed)
    staffed.clock.now = OPENS
    for user in ("7", "8"):
        await votes(staffed, 1, user)
    await hold(staffed, poll, "7", "8")
    await says(staffed, f"/appeal {poll} 我和邻居一起投的", "7")
    for name, code in (("mei", "second"), ("bo", "excluded")):
        browser = await staffed.at_work(name, "/desk/held/1")
        assert told(await browser.sends("/desk/held/1", verdict="exclude", seen="1", appeal="1")) == code


async def test_the_same_person_in_the_chat_and_at_the_desk_rules_once(staffed: Desk) -> None:
    """OPERATOR_ACCOUNTS joins telegram:1 and desk:mei."""
    poll = await publishes(staffed)
    staffed.clock.now = OPENS
    await votes(staffed, 1)
    await hold(staffed, poll, "7")
    assert "记下了" in await says(staffed, "/held release 1 1", "1")
    mei = await staffed.at_work("mei", "/desk/held/1")
    assert told(await mei.sends("/desk/held/1", verdict="release", seen="1")) == "again"


async def test_the_bundle_is_there_after_the_close_and_fits(staffed: Desk, tmp_path: Path) -> None:
    poll = await publishes(staffed)
    staffed.clock.now = OPENS
    for number in range(60):
        await votes(staffed, 1 + number % 2, f"v{number}")
    here = f"/desk/polls/of/{poll}"
    for name, act in (("mei", "stop"), ("mei", "go-on"), ("bo", "go-on"), ("bo", "stop")):
        staffed.clock.passes(minutes=1)
        await (await staffed.at_work(name, here)).sends(f"{here}/stop", act=act)
    yun = await staffed.at_work("yun")
    bundle = f"/desk/polls/of/{poll}/bundle"
    assert told(await yun.opens(bundle)) == "not-closed"
    assert bundle not in (await yun.opens(f"/desk/polls/of/{poll}")).text
    staffed.clock.now = CLOSES
    yun = await staffed.at_work("yun")
    assert bundle in (await yun.opens(f"/desk/polls/of/{poll}")).text
    found = await yun.http.get(bundle)
    assert found.headers["content-type"] == "application/zip"
    assert found.headers["content-disposition"] == f'attachment; filename="{poll}.zip"'
    with zipfile.ZipFile(io.BytesIO(found.content)) as archive:
        archive.extractall(tmp_path)
    checking = await asyncio.create_subprocess_exec(
        "python3",
        str(tmp_path / poll / "verify.py"),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, fault = await checking.communicate()
    assert checking.returncode == 0, fault.decode()
    assert "60 张选票" in out.decode()
    tally = json.loads((tmp_path / poll / "tally.json").read_text("utf-8"))
    first, last = OPENS + timedelta(minutes=1), OPENS + timedelta(minutes=4)
    assert [datetime.fromisoformat(one["at"]) for one in tally["stops"]] == [first, last]
    assert [one["until"] and datetime.fromisoformat(one["until"]) for one in tally["stops"]] == [
        OPENS + timedelta(minutes=3),
        None,
    ]
    assert out.decode().count("紧急暂停过") == 2


async def test_no_bundle_with_another_key(staffed: Desk) -> None:
    poll = await publishes(staffed)
    staffed.clock.now = OPENS
    await votes(staffed, 1)
    staffed.clock.now = CLOSES
    (staffed.app.settings.keys / f"{poll_key(poll)}.key").write_bytes(b"x" * 32)
    staffed.app.keys._known.clear()
    assert told(await (await staffed.at_work("yun")).opens(f"/desk/polls/of/{poll}/bundle")) == "wrong-key"


async def test_many_polls_drafts_and_candidates_have_pages(staffed: Desk) -> None:
    yun = await staffed.at_work("yun")
    draft = await writes(yun, *(f"候选{number}" for number in range(1, 31)))
    assert "候选26" not in yun.shown
    assert "候选26" in (await yun.opens(f"{draft}?page=2")).text
    for number in range(27):
        await writes(yun, id=f"p{number}")
    page = (await yun.opens("/desk/polls")).text
    assert page.count("/desk/polls/drafts/") == 25
    older = re.search(r'href="(/desk/polls\?before=\d+)"', page)
    assert older
    assert (await yun.opens(older[1])).text.count("/desk/polls/drafts/") == 3


@pytest.mark.parametrize("path", ["/desk/polls/of/nothing", "/desk/polls/drafts/77", "/desk/held/77"])
async def test_what_is_not_there(staffed: Desk, path: str) -> None:
    assert (await (await staffed.at_work("mei")).opens(path)).status_code == 404


async def test_a_vote_cast_by_hand_into_a_stopped_poll(staffed: Desk) -> None:
    """Whoever asks the store itself hears the same."""
    poll = await publishes(staffed)
    staffed.clock.now = OPENS
    await (await staffed.at_work("mei", "/desk")).sends(f"/desk/polls/of/{poll}/stop", act="stop")
    assert (await staffed.app.votes.cast(vote("m", "ana", 1, poll))).code == "stopped"
