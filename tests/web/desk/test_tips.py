"""Tips at the desk: the calendar, what goes out next, writing, two persons, and what people then get."""

import io
import re
import shutil
import zipfile
from datetime import datetime, time, timedelta
from html import unescape
from pathlib import Path

import httpx
import pytest

from bot.content import load
from bot.domain.subscriptions import Subscription
from bot.domain.tips import ALWAYS, Tip
from bot.messages import Address
from bot.storage.audit import AuditLog
from tests.content_samples import TODAY
from tests.shipped import shipped
from tests.storage.samples import message
from tests.web.desk.conftest import Browser, Desk

TEXT = "今天把家里路由器的密码换成自己想的一句话，写在纸上收好。"
NAME = "read-it-aloud-first"


@pytest.fixture
async def staffed(desk: Desk) -> Desk:
    for name, role in (("lan", "editor"), ("bo", "publisher"), ("mei", "publisher"), ("yan", "reviewer")):
        await desk.hires(name, role)  # type: ignore[arg-type]
    return desk


def filled(browser: Browser) -> dict[str, str]:
    """What the form that is shown holds, as a browser would send it."""
    page = browser.shown
    fields = dict(re.findall(r'<input[^>]* name="([^"]+)" value="([^"]*)"', page))
    fields |= {name: value for value, name in re.findall(r'<input type="date" value="([^"]*)" name="([^"]+)"', page)}
    fields |= dict(re.findall(r'<textarea name="([^"]+)"[^>]*>([^<]*)</textarea>', page))
    for name, options in re.findall(r'<select name="([^"]+)"[^>]*>(.*?)</select>', page):
        chosen = re.search(r'<option value="([^"]*)" selected', options)
        fields[name] = chosen[1] if chosen else ""
    return {name: unescape(value) for name, value in fields.items()}


async def edits(browser: Browser, path: str, **changes: str) -> httpx.Response:
    assert (await browser.opens(path)).status_code == 200
    return await browser.sends(path, **filled(browser) | {"act": "propose"} | changes)


async def second(desk: Desk, draft: str, who: str = "bo", act: str = "publish", **more: str) -> str:
    """What it comes to that somebody decides on the draft with this address."""
    browser = await desk.at_work(who, draft.partition("?")[0])
    number = re.search(r"/draft/(\d+)", draft)
    assert number
    code = re.search(r'name="code" value="(\w+)"', browser.shown)
    response = await browser.sends(f"/desk/tips/publish/{number[1]}", act=act, code=code[1] if code else "", **more)
    await desk.app.edition.refresh()
    return str(response.headers.get("location", "")).partition("told=")[2]


async def published(desk: Desk, path: str, **changes: str) -> None:
    draft = (await edits(await desk.at_work("lan"), path, **changes)).headers["location"]
    assert draft.endswith("told=proposed"), draft
    assert await second(desk, draft) == "published"


def now(desk: Desk, name: str = NAME) -> Tip:
    return desk.app.shelf.library.tips.by_id[name]


async def test_what_one_writes_another_publishes_and_people_get_it(staffed: Desk) -> None:
    lan = await staffed.at_work("lan")
    draft = (await edits(lan, f"/desk/tips/of/{NAME}/edit", text=TEXT, english="")).headers["location"]
    assert "换一位同事看过" in (await lan.opens(draft)).text
    assert now(staffed).chinese.text != TEXT
    assert "送审" not in (await lan.opens("/desk/tips?state=proposed")).text
    assert await second(staffed, draft, "yan") == "", "a reviewer does not publish"
    assert await second(staffed, draft) == "published"
    assert (now(staffed).chinese.text, now(staffed).english) == (TEXT, None)
    log = [(row.entry.who, row.entry.act, row.entry.outcome) async for row in AuditLog(staffed.app.database).all()]
    assert [one for one in log if one[1].startswith("tip-")] == [
        ("lan", "tip-save", "saved"),
        ("lan", "tip-propose", "proposed"),
        ("bo", "tip-publish", "published"),
    ]


async def test_nobody_publishes_what_they_wrote(staffed: Desk) -> None:
    bo = await staffed.at_work("bo")
    draft = (await edits(bo, f"/desk/tips/of/{NAME}/edit", text=TEXT)).headers["location"]
    assert await second(staffed, draft, "bo") == "own"
    assert await second(staffed, draft, "mei", "return", reason="再短一点") == "returned"
    assert "再短一点" in (await bo.opens(draft)).text


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"text": "长" * 121}, "写了 121 个字，最多 120 个"),
        ({"english": "a" * 121}, "写了 121 个字，最多 120 个"),
        ({"text": "被骗了就打96110，别不好意思，越早打越好。"}, "出处（说到电话、法律就要写）：里面说到了“96110”"),
        ({"text": "在群里发话前，先小声念一遍。面对面说不出口的话，就不发。", "audience": "teens"}, "几乎一样"),
        ({"answers-1": "", "answers-2": "", "answers-3": ""}, "答案：小问题要写就写全"),
        ({"right": "3", "answers-3": ""}, "第几个对：只有 2 个答案"),
        ({"season": "days", "season-first": "09-31", "season-last": "10-01"}, "请选一个节日"),
        ({"skip": "days", "skip-first": "2027-02-01"}, "请把第一天和最后一天都选上"),
        ({"swap": "nobody"}, "换不了位置"),
    ],
)
async def test_what_check_would_not_take_is_told_and_nothing_typed_is_lost(
    staffed: Desk, changes: dict[str, str], told: str
) -> None:
    name = "names-people-like" if "几乎" in told else NAME
    lan = await staffed.at_work("lan")
    response = await edits(lan, f"/desk/tips/of/{name}/edit", **{"why": "这是我刚写的理由"} | changes)
    assert (response.status_code, told in response.text, "这是我刚写的理由" in response.text) == (422, True, True)
    assert all(text in response.text for text in changes.values())
    [said] = re.findall(r'<div class="demo" role="alert">(.*?)</div>', response.text, re.DOTALL)
    assert not re.search("[a-z]", re.sub("<[^>]+>", "", said)), "in Chinese alone, without the keys of files"
    kept = await lan.sends(f"/desk/tips/of/{name}/edit", **filled(lan) | {"act": "save"})
    assert kept.headers["location"].endswith("told=saved"), "an unfinished draft can be kept"
    draft = kept.headers["location"].partition("?")[0]
    shown = await lan.opens(draft)
    code = re.search(r'name="code" value="(\w+)"', shown.text)
    assert code
    assert (await lan.sends(draft, act="propose", code=code[1])).headers["location"].endswith("told=flawed")


async def test_two_who_write_at_once_lose_nothing(staffed: Desk) -> None:
    lan, mei = await staffed.at_work("lan"), await staffed.at_work("mei")
    draft = (
        (await edits(lan, f"/desk/tips/of/{NAME}/edit", text=TEXT, act="save")).headers["location"].partition("?")[0]
    )
    for browser in (lan, mei):
        await browser.opens(f"{draft}/edit")
    first, other = filled(lan), filled(mei)
    await lan.sends(f"{draft}/edit", **first | {"why": "兰写的", "act": "save"})
    late = await mei.sends(f"{draft}/edit", **other | {"why": "梅写的", "act": "save"})
    assert (late.status_code, "梅写的" in late.text, "有人改了这一稿" in late.text) == (409, True, True)
    assert "兰写的" in (await mei.opens(draft)).text


def leads(browser: Browser) -> str:
    """Where the form that is shown goes."""
    found = re.search(r'<form class="fields" method="post" action="([^"]+)"', browser.shown)
    assert found
    return found[1]


async def test_what_was_typed_beside_another_can_be_saved_once_it_was_seen(staffed: Desk) -> None:
    yun, lan = await staffed.at_work("lan"), await staffed.at_work("bo")
    draft = (await edits(yun, f"/desk/tips/of/{NAME}/edit", act="save")).headers["location"].partition("?")[0]
    await lan.opens(f"{draft}/edit")
    await edits(yun, f"{draft}/edit", text=TEXT, act="save")
    mine = filled(lan) | {"why": "这是我写的道理。", "act": "save"}
    response = await lan.sends(leads(lan), **mine)
    assert response.status_code == 409
    assert TEXT in response.text, "what the other one saved"
    response = await lan.sends(leads(lan), **filled(lan), act="save")
    assert (response.status_code, response.headers["location"]) == (303, f"{draft}?told=saved")

    await lan.opens(f"{draft}/edit")
    code = re.search(r'name="code" value="(\w+)"', (await yun.opens(draft)).text)
    assert code
    await yun.sends(draft, act="withdraw", code=code[1])
    response = await lan.sends(leads(lan), **filled(lan), act="save")
    assert (response.status_code, "再存一次，就是新的一稿" in response.text) == (409, True)
    response = await lan.sends(leads(lan), **filled(lan), act="save")
    assert response.status_code == 303
    assert response.headers["location"].partition("?")[0] != draft


async def test_two_drafts_of_a_tip_are_both_listed(staffed: Desk) -> None:
    await edits(await staffed.at_work("lan"), f"/desk/tips/of/{NAME}/edit", text=TEXT)
    later = (await edits(await staffed.at_work("lan"), f"/desk/tips/of/{NAME}/edit", act="save")).headers["location"]
    page = (await (await staffed.at_work("bo")).opens("/desk/tips?state=proposed")).text
    assert page.count("/desk/tips/draft/") == 2
    assert later.partition("?")[0] in page


async def test_of_two_drafts_the_later_one_is_overtaken(staffed: Desk) -> None:
    drafts = [
        (await edits(await staffed.at_work("lan"), f"/desk/tips/of/{NAME}/edit", text=f"{TEXT}{mark}")).headers[
            "location"
        ]
        for mark in "甲乙"
    ]
    assert await second(staffed, drafts[0]) == "published"
    assert await second(staffed, drafts[1]) == "overtaken"
    lan = await staffed.at_work("lan", drafts[1])
    assert "接着改一次再交" in lan.shown
    again = (await edits(lan, drafts[1].partition("?")[0] + "/edit")).headers["location"]
    assert await second(staffed, again) == "published"
    assert now(staffed).chinese.text == f"{TEXT}乙"


async def test_a_new_tip_gets_an_id_that_nobody_had(staffed: Desk) -> None:
    await published(staffed, "/desk/tips/new", text=TEXT, audience="elders", topic="passwords")
    [name] = [one for one in staffed.app.shelf.library.tips.by_id if one not in shipped().tips.by_id]
    assert re.fullmatch(r"desk-20261123-[0-9a-f]{10}", name)
    assert (now(staffed, name).chinese.text, now(staffed, name).audience) == (TEXT, "elders")
    undone = await (await staffed.at_work("lan", f"/desk/tips/of/{name}")).sends(f"/desk/tips/of/{name}/undo")
    assert await second(staffed, undone.headers["location"]) == "published"
    assert now(staffed, name).skipped == ALWAYS, "people who had it can look it up, and the id is never free again"


async def test_what_was_published_is_taken_back(staffed: Desk) -> None:
    before = now(staffed)
    await published(staffed, f"/desk/tips/of/{NAME}/edit", text=TEXT)
    undone = await (await staffed.at_work("lan", f"/desk/tips/of/{NAME}")).sends(f"/desk/tips/of/{NAME}/undo")
    assert await second(staffed, undone.headers["location"]) == "published"
    assert now(staffed) == before


async def test_swapped_and_skipped(staffed: Desk) -> None:
    lan = await staffed.at_work("lan", f"/desk/tips/of/{NAME}/edit")
    other = re.search(r'<select name="swap".*?<option value="([a-z0-9-]+)">', lan.shown)
    assert other
    await published(staffed, f"/desk/tips/of/{NAME}/edit", swap=other[1])
    shown = (await lan.opens(f"/desk/tips/of/{other[1]}")).text
    assert f'href="/desk/tips/of/{NAME}"' in shown, "seen from the other one too"
    await published(
        staffed,
        f"/desk/tips/of/{other[1]}/edit",
        **{"skip": "days", "skip-first": "2026-12-01", "skip-last": "2026-12-07"},
    )
    assert "2026-12-01 到 2026-12-07 不发" in (await lan.opens(f"/desk/tips/of/{other[1]}")).text
    listed = (await lan.opens("/desk/tips?state=skipped")).text
    assert ("1 条" in listed, now(staffed, other[1]).chinese.text in listed) == (True, True)


async def test_the_calendar_finds_what_fits_when_and_for_whom(staffed: Desk) -> None:
    yan = await staffed.at_work("yan", "/desk/tips")
    everything = shipped().tips
    assert f"{len(everything)} 条" in yan.shown
    september = (await yan.opens("/desk/tips?month=9")).text
    assert "国家网络安全宣传周" in september
    assert "国家网络安全宣传周" not in (await yan.opens("/desk/tips?month=3")).text
    counted = re.search(r"(\d+) 条", september)
    assert counted
    months = re.findall(r"(\d+) 月 <span>(\d+)</span>", yan.shown)
    assert len(months) == 12
    assert dict(months)["9"] == counted[1]
    assert 0 < int(counted[1]) < 60
    children = (await yan.opens("/desk/tips?audience=children&topic=kindness")).text
    wanted = [one for one in everything if (one.audience, one.topic) == ("children", "kindness")]
    assert f"{len(wanted)} 条" in children
    assert wanted[0].chinese.text in children
    assert "没有这样的小贴士" in (await yan.opens("/desk/tips?q=没有人会写的字")).text
    assert (await yan.opens("/desk/tips?page=8")).status_code == 200
    assert "/desk/tips/new" not in yan.shown


async def test_each_channel_s_view_and_the_card(staffed: Desk) -> None:
    yan = await staffed.at_work("yan", f"/desk/tips/of/{NAME}")
    tip = now(staffed)
    assert tip.chinese.quiz
    assert tip.english
    for part in (tip.chinese.text, tip.chinese.why, f"[{tip.chinese.quiz.answers[0]}]", tip.english.why):
        assert part in yan.shown.replace("&#39;", "'")
    lan = await staffed.at_work("lan")
    draft = (await edits(lan, f"/desk/tips/of/{NAME}/edit", text=TEXT)).headers["location"]
    shown = (await yan.opens(draft)).text
    assert "每日一招" in shown or TEXT in shown
    if staffed.app.gallery.draws:
        cards = [re.search(r'src="(/desk/tips/card/[^"]+)"', page) for page in (yan.shown, shown)]
        assert all(cards)
        pictures = [
            (await yan.http.get(one.replace("&amp;", "&"))).content
            for one in (f"/desk/tips/card/{NAME}", cards[1][1] if cards[1] else "")
        ]
        assert all(one.startswith(b"\x89PNG") for one in pictures)
        assert pictures[0] != pictures[1], "the draft's card says what the draft says"


async def subscribes(desk: Desk, user: str, at: datetime, **more: object) -> None:
    address = Address("web", user, user)
    one = Subscription(address, time(at.hour, at.minute), **more)  # type: ignore[arg-type]
    said = message(f"subscribes {user}", user, at=desk.clock(), channel="web")
    await desk.app.subscriptions.save(said, one.scheduled(desk.clock()))


async def test_what_goes_out_next_is_counted(staffed: Desk) -> None:
    soon = staffed.clock() + timedelta(hours=10)
    for number in range(14):
        await subscribes(staffed, f"p{number}", soon, audience="elders" if number < 12 else "children")
    yan = await staffed.at_work("yan", "/desk/tips/next")
    await staffed.app.outlooks.last(5)
    shown = (await yan.opens("/desk/tips/next")).text
    assert "有 14 人会收到" in shown
    assert "准数" in shown
    elders = [one for one in (await staffed.app.outlooks.made()).tips if one.audiences.get("elders")]
    assert sum(one.audiences["elders"] for one in elders) == 12
    title = now(staffed, elders[0].tip).chinese.text
    assert re.search(
        rf"{title}</a> <span class=\"note\">12 人", (await yan.opens("/desk/tips/next?audience=elders")).text
    )
    children = (await yan.opens("/desk/tips/next?audience=children")).text
    assert "不到 10 人" in children, "fewer than ten are not told"
    assert f"<dd>{elders[0].people} 人" in (await yan.opens(f"/desk/tips/of/{elders[0].tip}")).text


async def test_a_skipped_tip_is_not_in_the_outlook(staffed: Desk) -> None:
    await subscribes(staffed, "p", staffed.clock() + timedelta(hours=10))
    [before] = (await staffed.app.outlooks.made()).tips
    await published(staffed, f"/desk/tips/of/{before.tip}/edit", skip="always")
    [after] = (await staffed.app.outlooks.made()).tips
    assert before.tip != after.tip
    shown = await staffed.app.outlooks.last(5)
    assert shown
    assert [one.tip for one in shown.tips] == [after.tip]


async def test_the_files_are_given_back_so_that_check_takes_them(staffed: Desk, tmp_path: Path) -> None:
    await published(staffed, f"/desk/tips/of/{NAME}/edit", text=TEXT)
    await published(
        staffed, "/desk/tips/new", text="把手机里三个月没用过的应用删掉一个。", audience="everyone", topic="devices"
    )
    yan = await staffed.at_work("yan")
    response = await yan.http.get("/desk/tips/files")
    assert response.headers["content-disposition"] == 'attachment; filename="tips.zip"'
    folder = tmp_path / "content"
    shutil.copytree(staffed.app.settings.content_dir, folder)
    with zipfile.ZipFile(io.BytesIO(response.content)) as archive:
        assert sorted(archive.namelist()) == ["tips/children-kindness.toml", "tips/desk.toml"]
        archive.extractall(folder)
    assert set(load(folder, TODAY).tips) == set(staffed.app.shelf.library.tips)


async def test_a_file_that_changes_under_it_is_told(staffed: Desk, tmp_path: Path) -> None:
    await published(staffed, f"/desk/tips/of/{NAME}/edit", text=TEXT)
    layer, library = staffed.app.edition.layer, staffed.app.shelf.library
    filed = library.filed_tips[NAME]
    filed.table["why"] = "文件里刚改的理由"
    try:
        shown = (await staffed.at_work("yan", f"/desk/tips/of/{NAME}")).shown
        assert ("文件里的也改了" in shown, now(staffed).chinese.text) == (True, TEXT)
    finally:
        assert layer
        filed.table["why"] = shipped().tips.by_id[NAME].chinese.why


async def test_what_is_to_be_reviewed(staffed: Desk) -> None:
    yan = await staffed.at_work("yan", "/desk/review")
    due = shipped().unreviewed(TODAY)
    assert f"{len(due)} 个还没有人审过" in yan.shown
    assert all(f"<strong>{one.file}</strong>" in yan.shown for one in due)
    assert f'reviewed_by = "yan"\nreviewed_on = {TODAY}' in yan.shown.replace("&#34;", '"')
    tips = (await yan.opens("/desk/review?kind=tips")).text
    assert ("tips/elders.toml" in tips, "campaigns/zijing.toml" in tips) == (True, False)


@pytest.mark.parametrize("name", ["nobody", "%00", "x" * 3000, "９"])
async def test_odd_names_and_numbers_are_nothing(staffed: Desk, name: str) -> None:
    lan = await staffed.at_work("lan")
    for path in (f"of/{name}", f"of/{name}/edit", f"card/{name}", f"draft/{name}", f"draft/{name}/edit"):
        assert (await lan.http.get(f"/desk/tips/{path}")).status_code == 404, path
    assert (await lan.sends(f"/desk/tips/of/{name}/undo")).status_code == 404
    assert (await lan.sends(f"/desk/tips/draft/{name}", act="propose", code="x")).status_code == 404
