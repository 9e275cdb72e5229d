import asyncio
import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.app import App
from bot.channels.telegram.render import CALLBACK_DATA_BYTES
from bot.channels.wechat.render import render
from bot.config import Settings
from bot.content.shapes import MAX_NAME_CHARACTERS
from bot.domain.library import Library
from bot.storage.tables import metadata, questions
from tests.conftest import Clock
from tests.handlers.conftest import Line, Talk, TalkOn, hold, labels
from tests.shipped import unclear_question

UP, DOWN = "👍 有用", "👎 没帮到我"
HOURS = "紫荆云陪伴辅导了多少小时"
HOURS_TITLE = "紫荆云陪伴辅导多少小时？"
DINNER = "红烧肉怎么做"

CONVERSATIONS: dict[str, tuple[Line, ...]] = {
    "good": ((HOURS, "超5000小时", f"[{UP}]", f"[{DOWN}]"), (f"> {UP}", "谢谢！", "[问活动]", "[首页]")),
    "bad": ((HOURS,), (f"> {DOWN}", "会有人来看", "12345", "[问活动]", "[首页]"), ("> 问活动", "想问哪个活动")),
    "another opinion": ((HOURS,), (DOWN, "会有人来看"), ("/start",), (HOURS,), (UP, "谢谢！")),
    "in words": ((HOURS,), ("有用", "谢谢！"), (HOURS,), ("没帮到我", "会有人来看")),
    "in pictures": ((HOURS,), ("👍", "谢谢！"), (HOURS,), ("👎", "会有人来看")),
    "the last word counts": (
        (HOURS,),
        ("有用", "谢谢！", f"[{DOWN}]"),
        ("没帮到我", "会有人来看"),
        ("👍", "谢谢！"),
        ("有用", "谢谢！"),
    ),
    "in the other language": (
        ("How many hours did the Bauhinia cloud tutoring give?", "5,000"),
        ("有用", "谢谢！"),
        ("not helpful", "noted for a person"),
        (HOURS, "超5000小时"),
        ("helpful", "Thank you"),
    ),
    "about nothing": (("👍", "再问我一次", "! 谢谢！"), ("没帮到我", "再问我一次"), ("Helpful", "ask me again")),
    "english": (
        ("How many hours did the Bauhinia cloud tutoring give?", "5,000", "[👍 Helpful]", "[👎 Not helpful]"),
        ("> 👎 Not helpful", "noted for a person", "12345", "[Ask]", "[Home]"),
        ("How many hours did the Bauhinia cloud tutoring give?", "5,000"),
        ("helpful", "Thank you"),
    ),
    "traditional": (
        ("紫荊雲陪伴輔導咗幾多個鐘", "5000小時", f"[{UP}]", "[👎 沒幫到我]"),
        ("> 👎 沒幫到我", "會有人來看"),
    ),
    "by the buttons": (
        ("问活动",),
        ("1", "出处：", f"[{UP}]", f"[{DOWN}]"),
        ("1", "出处：", f"[{UP}]"),
        ("有用", "谢谢！"),
        ("/entry zijing-hours", f"[{DOWN}]"),
        (f"> {DOWN}", "会有人来看"),
        ("/entry zijing-hours no-such-ticket", "超5000小时", f"[{UP}]"),
    ),
    "no answer, no rating": (
        (DINNER, "会有人来看", "不写是谁问的", f"! {UP}"),
        ("xyzzy plugh", "noted for a person"),
        ("？？？", "! 记下"),
    ),
    "odd": (("/rate", "再问我一次"), ("/rate up", "再问我一次"), ("/rate x down", "再问我一次", "[首页]")),
}


@pytest.mark.parametrize("name", CONVERSATIONS)
async def test_conversation(talk: Talk, name: str) -> None:
    await hold(talk, *CONVERSATIONS[name])


async def rows(app: App) -> list[tuple[str, str, str, str]]:
    """What is kept: text, what it became, entry, rating."""
    columns = questions.c
    async with app.database.reading() as connection:
        found = await connection.execute(select(columns.text, columns.became, columns.entry, columns.rating))
        return sorted((row.text, row.became, row.entry, row.rating) for row in found)


# What is said, and what is kept of it.
KEPT: dict[str, tuple[tuple[str, ...], tuple[tuple[str, str, str, str], ...]]] = {
    "answered": ((HOURS,), ((HOURS, "answered", "zijing-hours", ""),)),
    "liked": ((HOURS, UP), ((HOURS, "answered", "zijing-hours", "up"),)),
    "disliked": ((HOURS, DOWN), ((HOURS, "answered", "zijing-hours", "down"),)),
    "unanswered": ((DINNER,), ((DINNER, "unanswered", "", ""),)),
    "twice": ((DINNER, DINNER), ((DINNER, "unanswered", "", ""), (DINNER, "unanswered", "", ""))),
    "masked": (("红烧肉怎么做，电话 138-0013 8000",), (("红烧肉怎么做,电话 ***", "unanswered", "", ""),)),
    "long": ((DINNER + "呢" * 1000,), ((DINNER + "呢" * 194, "unanswered", "", ""),)),
    "a follow-up": (
        (HOURS, "多少人"),
        (("紫荆云陪伴 多少人", "answered", "zijing-reach", ""), (HOURS, "answered", "zijing-hours", "")),
    ),
    "a follow-up, disliked": (
        (HOURS, "还办吗", DOWN),
        (("紫荆云陪伴 还办吗", "answered", "zijing-join-unsaid", "down"), (HOURS, "answered", "zijing-hours", "")),
    ),
    "another matter soon after": (
        (HOURS, DINNER),
        ((HOURS, "answered", "zijing-hours", ""), (DINNER, "unanswered", "", "")),
    ),
    "urgent": (("我不想活了",), ()),
    "only words of it": (("安眠药说明书", "关于性侵", "查询 自 殺 的資料"), ()),
    "a petition": (("我要上访，怎么写信访材料",), ()),
    "an accusation": (("举报张局长贪污受贿",), ()),
    "small talk": (("哈哈哈", "在吗", "😀", "？？？"), ()),
    "an opinion of nothing": (("👍", "没帮到我", "not helpful"), ()),
    "commands": (("好网民投票", "投票 3", "订阅 8点", "今日一招", "我的", "删除我的资料", "谢谢", "0", "99"), ()),
    "a button": (("问活动", "/entry zijing-hours"), ((HOURS_TITLE, "answered", "zijing-hours", ""),)),
    "a button, disliked": (("/entry zijing-hours", DOWN), ((HOURS_TITLE, "answered", "zijing-hours", "down"),)),
}


@pytest.mark.parametrize("name", KEPT)
async def test_what_is_kept(talk: Talk, name: str) -> None:
    said, kept = KEPT[name]
    for line in said:
        await talk.says(line)
    assert await rows(talk.app) == list(kept)


@pytest.fixture
def unclear() -> str:
    return unclear_question()


async def test_a_choice_from_the_menu_proposes_a_phrasing(talk: Talk, unclear: str) -> None:
    menu = (await talk.says(unclear)).flat_buttons()
    chosen, other = (button.command.split()[1] for button in menu[:2])
    assert [became for _, became, _, _ in await rows(talk.app)] == ["menu"]

    assert UP in labels(await talk.says("1"))
    assert [row[1:] for row in await rows(talk.app)] == [("menu", chosen, "")]

    await talk.says(menu[1].command)
    await talk.says(DOWN)
    assert [row[1:] for row in await rows(talk.app)] == [("menu", other, "down")]


async def test_what_is_only_near_is_no_answer(talk: Talk) -> None:
    """北京 must not become a phrasing of what is known of Guangdong."""
    elsewhere = "湖南的网络文明促进行动是哪年部署的"
    reply = await talk.says(elsewhere)
    assert talk.app.shelf.library.knowledge.search(elsewhere).beyond
    chosen = reply.flat_buttons()[0]
    await talk.says(chosen.command)
    assert await rows(talk.app) == sorted(
        [(elsewhere, "unanswered", "", ""), (chosen.label, "answered", chosen.command.split()[1], "")]
    )


async def test_a_changed_opinion_counts_and_a_redelivered_one_does_not(talk: Talk) -> None:
    await talk.says(HOURS)
    up, down = talk.button(UP).command, talk.button(DOWN).command
    for command, message_id, rating in (
        (up, "m1", "up"),
        (down, "m2", "down"),
        (up, "m1", "down"),
        (up, "m3", "up"),
        (down, "m2", "up"),
    ):
        await talk.says(command, message_id=message_id)
        assert [row[3] for row in await rows(talk.app)] == [rating]


async def test_a_redelivered_question_is_kept_once_and_answered_alike(
    settings: Settings, library: Library, clock: Clock, unclear: str
) -> None:
    for said in (DINNER, unclear, HOURS):
        answers = []
        for _ in range(2):
            async with App(settings, library, clock).running() as app:
                talk = Talk(app)
                answers += [await talk.says(said, message_id=said), await talk.says(said, message_id=said)]
                assert len([row for row in await rows(app) if row[0][:4] == said[:4]]) == 1
        assert all(answer == answers[0] for answer in answers)


async def clean_up(talk: Talk) -> None:
    await talk.app.questions.expire(talk.app.clock())


async def test_how_long_a_question_is_kept(talk: Talk, clock: Clock) -> None:
    for line in (DINNER, HOURS, DOWN, HOURS):
        await talk.says(line)
    left = []
    for later in (timedelta(minutes=59), timedelta(minutes=12), timedelta(days=29), timedelta(days=1)):
        clock.now += later
        await clean_up(talk)
        left.append(len(await rows(talk.app)))
    assert left == [3, 2, 2, 0]


async def test_a_good_word_later_lets_go_of_the_question(talk: Talk, clock: Clock) -> None:
    await talk.says(HOURS)
    up, down = talk.button(UP).command, talk.button(DOWN).command
    await talk.says(down)
    clock.passes(days=1)
    assert "谢谢！" in (await talk.says(up)).text
    clock.passes(hours=2)
    await clean_up(talk)
    assert await rows(talk.app) == []
    assert "再问我一次" in (await talk.says(down)).text


async def test_the_periodic_clean_up(talk: Talk, clock: Clock) -> None:
    await talk.says(HOURS)
    clock.passes(hours=2)
    async with App(talk.app.settings, talk.app.shelf.library, clock).running() as again:
        for _ in range(1000):  # the jobs of the clock begin with the service
            await asyncio.sleep(0.01)
            if not await rows(again):
                break
        assert await rows(again) == []


async def test_a_tap_is_answered_by_a_notice(talk_on: TalkOn) -> None:
    talk = talk_on("telegram")
    await talk.says(HOURS)
    reply = await talk.taps(DOWN)
    assert reply.notice == reply.text
    assert len(reply.notice) <= 200


async def test_buttons_fit_into_telegrams_bytes(talk: Talk, unclear: str) -> None:
    """Also with the longest id that an entry may have."""
    commands = [button.command for said in (unclear, HOURS) for button in (await talk.says(said)).flat_buttons()]
    longest = [re.sub("(?<=/entry )[^ ]+", "x" * MAX_NAME_CHARACTERS, command) for command in commands]
    assert max(len(f"{command} #hant".encode()) for command in longest) == CALLBACK_DATA_BYTES


async def test_on_wechat_the_ratings_come_last(talk_on: TalkOn) -> None:
    talk = talk_on("wechat")
    text = render(await talk.says(HOURS), talk.app.shelf.library.phrases)
    assert text.splitlines()[-3:-1] == [f"【4】{UP}", f"【5】{DOWN}"]
    await hold(talk, ("5", "会有人来看"))


async def test_the_database_does_not_tell_who_asked(talk: Talk) -> None:
    """Neither the person nor the ticket in the person's buttons stands in a question, nor its key elsewhere."""
    await talk.says(HOURS, message_id="message-17")
    ticket = talk.button(UP).command.split()[1]
    async with talk.app.database.reading() as connection:
        found = {name: repr((await connection.execute(select(table))).all()) for name, table in metadata.tables.items()}
        (key,) = await connection.scalars(select(questions.c.key))
    assert ticket in found["people"]
    for trace in (talk.sender.user, ticket, "message-17"):
        assert trace not in found["questions"]
    assert [name for name, rows in found.items() if repr(key) in rows] == ["questions"]
