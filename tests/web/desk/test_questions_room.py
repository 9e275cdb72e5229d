"""What people asked in vain: from the chat to the groups, one step to an answer or a phrasing, and dealt with."""

import re

from bot.storage.audit import AuditLog
from tests.handlers.conftest import Talk
from tests.web.desk.conftest import Desk
from tests.web.desk.test_answers import ASKED, NAME, fields, number_of, publishes, says, staffed, writes

__all__ = ["staffed"]
DINNER = ("红烧肉怎么做", "请问红烧肉怎么做呀")


async def ask(desk: Desk, *texts: str) -> None:
    for number, text in enumerate(texts):
        await Talk(desk.app, "web", f"person{number}").says(text)


def group_in(page: str, wording: str) -> str:
    found = re.search(rf'href="(/desk/questions/\w+)">{wording}', page)
    assert found, page
    return found[1]


async def test_from_a_group_to_a_new_entry_and_it_is_dealt_with(staffed: Desk) -> None:
    await ask(staffed, *DINNER)
    yun, bo = await staffed.at_work("yun"), await staffed.at_work("bo")
    page = (await yun.opens("/desk/questions")).text
    assert "没有答案" in page
    assert "2 次" in page
    group = group_in(page, DINNER[0])
    page = (await yun.opens(group)).text
    assert DINNER[1] in page
    code = group.rpartition("/")[2]
    assert f"/desk/answers/new?group={code}" in page
    form = fields((await yun.opens(f"/desk/answers/new?group={code}")).text)
    assert form["questions"].splitlines() == [*DINNER]
    led = await writes(yun, f"/desk/answers/new?group={code}", topic="service", answer="小火慢炖。")
    assert led.endswith("told=proposed")
    assert "没有要看的" in (await yun.opens("/desk/questions")).text
    handled = (await yun.opens("/desk/questions?handled=1")).text
    assert group in handled
    assert await publishes(staffed, bo, number_of(led)) == "published"
    assert "小火慢炖" in await says(staffed, DINNER[0])
    rows = [row.entry async for row in AuditLog(staffed.app.database).all() if row.entry.act.startswith("questions-")]
    assert [(row.who, row.act, row.subject) for row in rows] == [("yun", "questions-handle", "unanswered")]


async def test_from_a_group_to_a_phrasing_of_what_is_there(staffed: Desk) -> None:
    talk = Talk(staffed.app)
    await talk.says(ASKED)
    await talk.taps("👎 没帮到我")
    yun, bo = await staffed.at_work("yun"), await staffed.at_work("bo")
    page = (await yun.opens("/desk/questions?concern=disliked")).text
    assert "不满意" in page
    group = group_in(page, ASKED)
    code = group.rpartition("/")[2]
    page = (await yun.opens(group)).text
    assert f"/desk/answers/edit/{NAME}?group={code}" in page, "first the answer that was disliked"
    path = f"/desk/answers/edit/{NAME}?group={code}"
    assert ASKED in fields((await yun.opens(path)).text)["questions"].splitlines()
    led = await writes(yun, path, answer="超5000小时，说的是2020年。")
    assert await publishes(staffed, bo, number_of(led)) == "published"
    assert "没有要看的" in (await yun.opens("/desk/questions")).text
    page = (await yun.opens(f"/desk/answers/of/{NAME}/asked")).text
    assert ASKED in page
    assert "直接答了" in page
    assert "👎" in page


async def test_only_looking_at_a_form_deals_with_nothing(staffed: Desk) -> None:
    await ask(staffed, *DINNER)
    yun = await staffed.at_work("yun", "/desk/questions")
    code = group_in(yun.shown, DINNER[0]).rpartition("/")[2]
    await yun.opens(f"/desk/answers/new?group={code}")
    response = await yun.sends("/desk/answers/new", **fields(yun.shown), act="look")
    assert response.status_code == 422, "without a topic"
    assert f'name="group" value="{code}"' in response.text, "it is kept for when it is saved"
    assert DINNER[0] in (await yun.opens("/desk/questions")).text


async def test_not_ours_to_answer_and_put_back(staffed: Desk) -> None:
    await ask(staffed, *DINNER)
    yun = await staffed.at_work("yun", "/desk/questions")
    group = group_in(yun.shown, DINNER[0])
    await yun.opens(group)
    assert (await yun.sends(group, act="handle")).headers["location"].endswith("told=done")
    assert "没有要看的" in (await yun.opens("/desk/questions")).text
    assert "放回去" in (await yun.opens(group)).text
    assert (await yun.sends(group, act="reopen")).headers["location"].endswith("told=done")
    assert DINNER[0] in (await yun.opens("/desk/questions")).text


async def test_a_group_that_somebody_joined_has_moved(staffed: Desk) -> None:
    await ask(staffed, DINNER[0])
    yun = await staffed.at_work("yun", "/desk/questions")
    group = group_in(yun.shown, DINNER[0])
    await yun.opens(group)
    form = yun.shown
    await ask(staffed, *DINNER)
    staffed.clock.passes(seconds=61)
    await yun.opens("/desk/questions")
    assert (await yun.opens(group)).status_code == 404
    yun.shown = form
    assert (await yun.sends(group, act="handle")).headers["location"].endswith("told=gone")
    assert "3 次" in (await yun.opens("/desk/questions")).text


async def test_who_only_reads_sees_them_and_does_nothing(staffed: Desk) -> None:
    await ask(staffed, *DINNER)
    yan = await staffed.at_work("yan", "/desk/questions")
    group = group_in(yan.shown, DINNER[0])
    page = (await yan.opens(group)).text
    assert DINNER[1] in page
    assert "写一条新答案" not in page
    assert (await yan.sends(group, act="handle")).status_code == 403


async def test_what_people_wrote_runs_nothing_here(staffed: Desk) -> None:
    await ask(staffed, "<script>alert(1)</script>红烧肉怎么做")
    yan = await staffed.at_work("yan", "/desk/questions")
    assert "<script>alert" not in yan.shown
    assert "&lt;script&gt;" in yan.shown
