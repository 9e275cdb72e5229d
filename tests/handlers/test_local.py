"""Talks about what is on now: the operators' own layer beside the shipped answers of 2021."""

import shutil
from datetime import date
from pathlib import Path

import pytest

from bot.config import PROJECT
from bot.content import load
from bot.domain.library import Library
from tests.content_samples import TODAY, write
from tests.gold_questions import gold
from tests.handlers.conftest import Line, Talk, hold, labels

WINTER = """
topic = "zijing"
valid_until = 2027-01-10

[source]
publisher = "大学团委"
title = "冬季招募通知"
date = 2026-11-20

[[entry]]
id = "zijing-winter-join"
title = "紫荆云陪伴今年冬天怎么报名？"
english_title = "Bauhinia: how to sign up this winter?"
questions = [
  "紫荆云陪伴现在还在办吗",
  "紫荆云陪伴怎么报名",
  "紫荆云陪伴 报名",
  "今年紫荆云陪伴招志愿者吗",
  "紫荊雲陪伴而家仲有冇得報名",
  "How can I sign up for the Bauhinia companions this winter?",
]
answer = "今年冬天还办，1月10日前填表报名。"
english = "Yes, this winter too. Fill in the form before 10 January."

[[entry]]
id = "zijing-winter-when"
title = "紫荆云陪伴今年什么时候上课？"
questions = ["紫荆云陪伴寒假几号开始", "紫荆云陪伴上课时间"]
answer = "1月15日开始，每周六上午。"
"""
CLASS = """
id = "phone-class"
title = "长者手机课"
valid_until = 2026-12-31

[source]
publisher = "街道办"
title = "开课通知"
date = 2026-11-15

[[entry]]
id = "phone-class-what"
title = "长者手机课是什么？"
questions = ["长者手机课", "街道教老人用手机的班", "手机班怎么报名", "邊度有得學用手機"]
answer = "每周三下午三点，在文化站，不收费。"

[[entry]]
id = "phone-class-bring"
title = "长者手机课要带什么？"
questions = ["上手机课要带手机吗"]
answer = "带上自己的手机。"
"""
NOW = "出处：大学团委《冬季招募通知》，2026-11-20。这条消息到 2027-01-10 为止有效。"

CONVERSATIONS: dict[str, tuple[Line, ...]] = {
    "still on": (
        ("紫荆云陪伴现在还有吗", "今年冬天还办", NOW, "! 2021年", "! 报道", "[紫荆云陪伴今年什么时候上课？]"),
        ("> 紫荆云陪伴今年什么时候上课？", "每周六上午", NOW),
    ),
    "as people ask": (
        ("紫荆云陪伴还在吗", "今年冬天还办"),
        ("今年紫荆云陪伴还有吗", "今年冬天还办"),
        ("2026年紫荆云陪伴还办不办", "今年冬天还办"),
        ("紫荆云陪伴最近还招人吗", "今年冬天还办"),
        ("我想报名紫荆云陪伴", "今年冬天还办"),
        ("紫荆云陪伴怎么报名", "今年冬天还办"),
    ),
    "in traditional script": (("紫荊雲陪伴而家仲搞唔搞", "今年冬天還辦", "出處：大學團委", "為止有效"),),
    "in English": (
        ("How do I apply for the Bauhinia companions this year?", "this winter too", "It is valid until 2027-01-10."),
    ),
    "what the report says is still said": (
        ("紫荆云陪伴辅导了多少小时", "超5000小时", "2021年4月报道时", "! 为止有效", "[紫荆云陪伴今年冬天怎么报名？]"),
        ("紫荆云陪伴是什么", "华南师范大学", "[紫荆云陪伴今年冬天怎么报名？]"),
        ("介绍一下紫荆云陪伴", "华南师范大学"),
        ("紫荆云陪伴收费吗", "报道都没有写", "[紫荆云陪伴今年冬天怎么报名？]"),
        ("E成长计划怎么报名", "报道都没有写", "! 为止有效"),
    ),
    "what neither holds becomes a choice": (
        (
            "紫荆云陪伴今年辅导了多少小时",
            "这一点我没有资料",
            "[紫荆云陪伴辅导多少小时？]",
        ),
    ),
    "following up": (
        ("紫荆云陪伴辅导了多少小时", "超5000小时"),
        ("那怎么报名", "今年冬天还办"),
        ("什么时候上课", "每周六上午"),
    ),
    "a topic of its own": (
        ("手机班怎么报名", "每周三下午三点", "街道办", "2026-12-31 为止有效", "[长者手机课要带什么？]"),
    ),
    "first in the list": (("问活动", "[长者手机课]", "[紫荆云陪伴]"), ("> 紫荆云陪伴", "今年冬天还办")),
    "what is on": (
        ("最近有什么活动", "[紫荆云陪伴今年冬天怎么报名？]", "[长者手机课是什么？]", "[问活动]"),
        ("> 问活动", "[长者手机课]", "[紫荆云陪伴]"),
        ("最近有什么活动",),
        ("> 长者手机课是什么？", "每周三下午三点"),
        ("而家有咩活動可以參加", "[長者手機課是什麼？]"),
    ),
    "about": (("关于", "到某天为止有效"),),
}


@pytest.fixture(scope="module")
def edited(tmp_path_factory: pytest.TempPathFactory) -> Library:
    """The shipped content as an operator would have added to it."""
    folder = Path(shutil.copytree(PROJECT / "content", tmp_path_factory.mktemp("edited") / "content"))
    return load(write(folder, {"local/winter.toml": WINTER, "local/class.toml": CLASS}), TODAY)


@pytest.fixture
def library(edited: Library) -> Library:
    return edited


@pytest.mark.parametrize("name", CONVERSATIONS)
async def test_conversation(talk: Talk, name: str) -> None:
    await hold(talk, *CONVERSATIONS[name])


async def test_what_is_on_stands_first_in_the_list_of_topics(talk: Talk) -> None:
    assert labels(await talk.says("问活动"))[:2] == ["长者手机课", "紫荆云陪伴"]


async def test_after_the_last_day_the_report_answers_again(talk: Talk, edited: Library) -> None:
    await talk.says("紫荆云陪伴现在还有吗")
    button = talk.button("紫荆云陪伴今年什么时候上课？")
    talk.app.shelf.library = edited.as_of(date(2027, 1, 11))
    await hold(
        talk,
        (button.command, "这条回答已经换了新的"),
        ("紫荆云陪伴现在还有吗", "报道都没有写", "! 今年冬天"),
        ("最近有什么活动", "! 长者手机课是什么？"),
        ("问活动", "! 长者手机课"),
        ("手机班怎么报名", "! 每周三"),
        ("关于", "! 到某天为止有效"),
    )


async def test_the_files_of_now_count_as_unreviewed(talk: Talk, edited: Library) -> None:
    reply = await talk.says("关于")
    assert f"其中 {len(edited.unreviewed(TODAY))} 个" in reply.text
    talk.app.shelf.library = edited.as_of(date(2027, 1, 11))
    assert len(edited.unreviewed(date(2027, 1, 11))) == len(edited.unreviewed(TODAY)) - 2


def test_questions_for_what_the_report_holds_are_left_to_it(edited: Library) -> None:
    asked = [question for question in gold("in_scope") if (question.entry or "").startswith("zijing-")]
    held = [question.q for question in asked if not edited.knowledge.entries[str(question.entry)].unsaid]
    taken = [q for q in held if (found := edited.knowledge.search(q).answer) and found.entry.valid_until]

    assert len(held) > 10
    assert taken == []
