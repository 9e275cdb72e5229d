"""Stories at the desk: exactly what is approved, by how many, and down again."""

import asyncio
import re
from typing import Any

import pytest

from bot.domain.photos import UPLOADED, Developed
from bot.domain.stories import Act
from bot.messages import Address
from bot.storage.audit import AuditLog
from tests.storage.test_stories import ANA, Author
from tests.web.desk.conftest import Browser, Desk


@pytest.fixture
async def staffed(desk: Desk) -> Desk:
    """`mei` has a Telegram account as well, which OPERATOR_ACCOUNTS names."""
    for name, role in (("lan", "administrator"), ("mei", "reviewer"), ("bo", "publisher"), ("yun", "editor")):
        await desk.hires(name, role)  # type: ignore[arg-type]
    return desk


async def decides(browser: Browser, number: int, verdict: str, **more: str) -> str:
    """What came of it, as the page says; on the story's page that is shown, or was just opened."""
    if 'name="code"' not in browser.shown:
        await browser.opens(f"/desk/stories/{number}")
    shown = browser.shown
    response = await browser.sends(
        f"/desk/stories/{number}", verdict=verdict, code=more.pop("code", browser.code), **more
    )
    browser.shown = shown
    return response.headers["location"].partition("told=")[2]


async def is_public(desk: Desk, number: int) -> bool:
    return (await desk.browser().opens(f"/stories/{number}")).status_code == 200


async def test_what_waits_for_another_person_hides_nothing_behind_it(staffed: Desk) -> None:
    """All of a long queue can be reached, and the first page counts all of it."""
    numbers = [await staffed.gets_story(address=Address("web", f"w{one}", f"w{one}")) for one in range(27)]
    mei = await staffed.at_work("mei")
    assert "27 篇故事等着审" in mei.shown
    first = (await mei.opens("/desk/stories")).text
    assert f'/desk/stories/{numbers[24]}"' in first
    assert f'/desk/stories/{numbers[25]}"' not in first
    assert 'href="/desk/stories?page=2"' in first
    second = (await mei.opens("/desk/stories?page=2")).text
    assert re.findall(r'href="/desk/stories/(\d+)"', second) == [f"{numbers[25]}", f"{numbers[26]}"]
    assert 'href="/desk/stories?page=1"' in second


async def test_a_story_from_the_queue_to_the_public_and_down(staffed: Desk) -> None:
    number = await staffed.gets_story()
    mei = await staffed.at_work("mei")
    assert "1 篇故事等着审" in mei.shown
    assert f"/desk/stories/{number}" in (await mei.opens("/desk/stories")).text
    page = (await mei.opens(f"/desk/stories/{number}")).text
    assert "王阿姨每个周六在楼下教邻居用手机" in page
    assert not await is_public(staffed, number)
    assert await decides(mei, number, "approve") == "approved"
    assert await is_public(staffed, number)
    assert "已经公开" in (await mei.opens("/desk/stories?told=approved")).text
    await mei.opens(f"/desk/stories/{number}")
    assert await decides(mei, number, "take-down") == "no-reason"
    assert await decides(mei, number, "take-down", reason="家里人不同意") == "taken-down"
    assert not await is_public(staffed, number)
    assert "1 篇是撤下来的" in (await mei.opens("/desk")).text
    rows = [row.entry async for row in AuditLog(staffed.app.database).all() if row.entry.subject.startswith("#")]
    assert [(row.who, row.act, row.outcome) for row in rows] == [
        ("mei", "approve", "approved"),
        ("mei", "take-down", "no-reason"),
        ("mei", "take-down", "taken-down"),
    ]
    assert "家里人" not in (await (await staffed.at_work("lan")).opens("/desk/log")).text


async def test_an_editor_reads_and_does_not_decide(staffed: Desk) -> None:
    number = await staffed.gets_story()
    yun = await staffed.at_work("yun", f"/desk/stories/{number}")
    assert "王阿姨" in yun.shown
    assert 'name="verdict"' not in yun.shown
    refused = await yun.sends(f"/desk/stories/{number}", verdict="approve", code="00000000")
    assert refused.status_code == 403
    assert not await is_public(staffed, number)


@pytest.mark.parametrize(("verdict", "state"), [("return", "returned"), ("reject", "rejected")])
async def test_sent_back_and_rejected_with_a_reason(staffed: Desk, verdict: str, state: str) -> None:
    number = await staffed.gets_story()
    mei = await staffed.at_work("mei", f"/desk/stories/{number}")
    assert await decides(mei, number, verdict) == "no-reason"
    assert await decides(mei, number, verdict, reason=" 请写清楚\u202e是哪一天 ") == state
    story = await staffed.app.stories.story(number)
    assert story
    assert (story.state, story.reason) == (state, "请写清楚是哪一天")
    assert await decides(mei, number, "approve") == "not-waiting"


async def test_two_different_persons_where_the_rules_ask(staffed: Desk) -> None:
    number = await staffed.gets_story(about="minor")
    mei, bo = await staffed.at_work("mei", f"/desk/stories/{number}"), await staffed.at_work("bo")
    assert "还要 2 人同意" in mei.shown
    assert await decides(mei, number, "approve") == "second"
    assert await decides(mei, number, "approve") == "again"
    assert "你已经同意过这一版了" in (await mei.opens(f"/desk/stories/{number}")).text
    waiting = await staffed.app.stories.waiting_for(number)
    assert waiting
    assert waiting.approvers == {"telegram:1"}, "one person, on Telegram and at the desk"
    assert await decides(bo, number, "approve") == "approved"


async def test_two_approve_at_the_same_time(staffed: Desk) -> None:
    one, two = await staffed.gets_story(), await staffed.gets_story("minor", address=Address("web", "ben", "ben"))
    mei, bo = await staffed.at_work("mei"), await staffed.at_work("bo")
    for number, outcomes in ((one, ["approved", "not-waiting"]), (two, ["approved", "second"])):
        for browser in (mei, bo):
            await browser.opens(f"/desk/stories/{number}")
        assert sorted(await asyncio.gather(*(decides(b, number, "approve") for b in (mei, bo)))) == outcomes
        assert await is_public(staffed, number)


async def test_what_was_not_seen_is_not_approved(staffed: Desk) -> None:
    author = Author(staffed.app.stories)
    number = await author.sends()
    mei = await staffed.at_work("mei", f"/desk/stories/{number}")
    old = mei.code
    await author.does("revise", story=number)
    await author.does("edit", step="text")
    await author.does("answer", "别的话，别的话，别的话，别的话，别的话，别的话，别的话。")
    for value in ("adult", "yes", "anonymous", "yes"):
        outcome = await author.does("answer", value)
        if outcome.code == "submitted":
            break
    else:
        assert (await author.does("answer", "yes")).code == "submitted"
    assert await decides(mei, number, "approve", code=old) == "changed"
    assert not await is_public(staffed, number)
    again = (await mei.opens(f"/desk/stories/{number}?told=changed")).text
    assert "请重新看一遍再定" in again
    assert "别的话" in again


async def test_one_s_own_story_is_for_others(staffed: Desk) -> None:
    number = await staffed.gets_story(address=Address("telegram", "1", "1"))
    mei = await staffed.at_work("mei", f"/desk/stories/{number}")
    assert "自己的稿子要请别人审" in mei.shown
    bo = await staffed.at_work("bo", f"/desk/stories/{number}")
    response = await mei.sends(f"/desk/stories/{number}", verdict="approve", code=bo.code)
    assert response.headers["location"].endswith("told=own")


async def test_what_is_written_shows_as_it_is_and_runs_nothing(staffed: Desk) -> None:
    text = "<script>alert(1)</script>  第一行\n\n第二行，电话 13800138000，再多几个字。"
    number = await Author(staffed.app.stories, ANA).sends(text)
    page = (await staffed.at_work("mei", f"/desk/stories/{number}")).shown
    assert "&lt;script&gt;alert(1)&lt;/script&gt;  第一行\n\n第二行" in page
    assert "电话号码：" in page


async def test_drafts_and_what_was_taken_back_are_nobody_s_business(staffed: Desk) -> None:
    author = Author(staffed.app.stories)
    number = await author.sends()
    await author.does("withdraw", story=number)
    mei = await staffed.at_work("mei")
    assert (await mei.opens(f"/desk/stories/{number}")).status_code == 404


async def test_public_stories_are_found_by_their_words(staffed: Desk) -> None:
    number = await staffed.gets_story()
    mei = await staffed.at_work("mei", f"/desk/stories/{number}")
    await decides(mei, number, "approve")
    assert "楼下的手机课" in (await mei.opens("/desk/public?q=手机课")).text
    assert "楼下的手机课" not in (await mei.opens("/desk/public?q=飞机")).text


async def test_a_reason_is_not_lost_where_the_story_has_changed(staffed: Desk) -> None:
    number = await staffed.gets_story()
    mei = await staffed.at_work("mei", f"/desk/stories/{number}")
    reason = "第二段里的<电话>请去掉"
    page = await mei.sends(f"/desk/stories/{number}", verdict="return", code="0000000000", reason=reason)
    assert page.status_code == 409
    assert "required>第二段里的&lt;电话&gt;请去掉</textarea>" in page.text
    assert await decides(mei, number, "return", reason=reason) == "returned"


@pytest.mark.parametrize("told", ["approved", "second", "changed", "again", "<b>", "nonsense"])
async def test_only_known_words_are_told(staffed: Desk, told: str) -> None:
    page: Any = (await (await staffed.at_work("mei")).opens(f"/desk/stories?told={told}")).text
    assert ('role="status"' in page) == (told not in ("<b>", "nonsense"))


async def test_the_photo_is_seen_with_the_story_and_by_nobody_else(staffed: Desk) -> None:
    author, photos = Author(staffed.app.stories), staffed.app.photos
    for kind, value in (
        ("begin", ""),
        ("answer", "楼下的手机课"),
        ("answer", "王阿姨每个周六在楼下教邻居用手机，认出诈骗短信。"),
    ):
        await author.does(kind, value)
    await photos.bring(Developed("k1", b"jpeg", staffed.clock()), "web")
    await staffed.app.stories.perform(Act("answer", ANA, "zh", staffed.clock(), 0, "", "k1", UPLOADED), "photo")
    for value in ("adult", "yes", "anonymous", "yes"):
        outcome = await author.does("answer", value)
    assert outcome.code == "submitted"
    mei = await staffed.at_work("mei", f"/desk/stories/{outcome.story}")
    source = re.search(r'src="(/desk/photos/\d+\?of=[0-9a-f]{64})"', mei.shown)
    assert source
    shown = await mei.http.get(source[1])
    assert (shown.content, shown.headers["content-type"]) == (b"jpeg", "image/jpeg")
    assert (await mei.http.get(source[1][:-1])).status_code == 404, "only the one that the page is about"
    assert (await staffed.browser().opens(source[1])).status_code == 303
    assert (await staffed.browser().opens(f"/stories/{outcome.story}.jpg")).status_code == 404
    assert await decides(mei, outcome.story, "approve") == "approved"
    assert (await staffed.browser().opens(f"/stories/{outcome.story}.jpg")).status_code == 200


async def test_the_author_is_told_what_became_of_the_story(staffed: Desk) -> None:
    ben = Address("web", "ben", "ben")
    number = await staffed.gets_story(address=ben)
    mei = await staffed.at_work("mei", f"/desk/stories/{number}")
    await decides(mei, number, "approve")
    await mei.opens(f"/desk/stories/{number}")
    await decides(mei, number, "take-down", reason="家里人不同意")
    told = [reply.text for _, reply, _ in await staffed.app.outbox.unread(ben)]
    assert len(told) == 2
    assert "审过了" in told[0]
    assert "先不公开了：家里人不同意" in told[1]
