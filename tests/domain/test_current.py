"""The operators' own layer in the search: what is on now goes before what holds for good."""

from datetime import date

import pytest

from bot.domain.knowledge import Entry, KnowledgeBase, Source

REPORT = Source("报道", "南方日报", date(2021, 4, 27))
NOTICE = Source("通知", "某某单位", date(2026, 11, 20))
LAST_DAY = date(2027, 1, 10)


def lasting(name: str, title: str, *questions: str, unsaid: bool = False) -> Entry:
    return Entry(name, name.partition("-")[0], title, questions, "答案。", source=REPORT, unsaid=unsaid)


def current(name: str, title: str, *questions: str) -> Entry:
    return Entry(name, name.partition("-")[0], title, questions, "答案。", source=NOTICE, valid_until=LAST_DAY)


PAST = (
    lasting("plan-what", "E成长计划是什么？", "E成长计划", "介绍E成长计划"),
    lasting("plan-children", "E成长计划帮了多少孩子？", "E成长计划受益儿童"),
    lasting("plan-join", "怎么参加E成长计划？", "E成长计划现在还有吗", "E成长计划怎么报名", unsaid=True),
    lasting("plan-start", "E成长计划哪年开始？", "E成长计划启动时间", unsaid=True),
    lasting("cloud-what", "紫荆云陪伴是什么？", "紫荆云陪伴"),
)
NOW = (
    current("plan-winter", "E成长计划今年冬天怎么报名？", "E成长计划 报名", "E成长计划怎么参加", "E成长计划还办吗"),
    current("plan-grown", "E成长计划帮了多少孩子？", "E成长计划今年帮了多少孩子"),
)
BOTH = KnowledgeBase((*PAST, *NOW))


def answered(question: str, knowledge: KnowledgeBase = BOTH) -> str | None:
    found = knowledge.search(question).answer
    return found.entry.id if found else None


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("E成长计划怎么参加", "plan-winter"),
        ("E成长计划怎么报名", "plan-winter"),
        ("今年E成长计划还有吗", "plan-winter"),
        ("2026年E成长计划怎么报名", "plan-winter"),
        ("2027年E成长计划怎么报名", "plan-winter"),
        ("E成长计划帮了多少孩子", "plan-grown"),
        ("今年E成长计划帮了几多细路", "plan-grown"),
        ("E成长计划是什么", "plan-what"),
        ("E成长计划哪年开始", "plan-start"),
        ("紫荆云陪伴是什么", "cloud-what"),
    ],
)
def test_what_is_on_now_goes_before_where_it_answers(question: str, expected: str) -> None:
    assert answered(question) == expected


@pytest.mark.parametrize("question", ["去年E成长计划怎么报名", "2025年E成长计划怎么报名", "E成长计划在北京怎么报名"])
def test_now_is_no_other_time_or_place(question: str) -> None:
    assert answered(question) is None


def test_what_is_not_known_yields_at_least_to_a_choice() -> None:
    """The one who asks whether it is still on hears of what is on, also where that is far from the question."""
    news = current("plan-news", "E成长计划冬令营", "E成长计划的冬令营")
    knowledge = KnowledgeBase((*PAST, news))

    assert answered("E成长计划现在还有吗", KnowledgeBase(PAST)) == "plan-join"
    offered = [match.entry.id for match in knowledge.search("E成长计划现在还有吗").suggestions]
    assert offered == ["plan-news", "plan-join"]
    assert "plan-news" in [match.entry.id for match in knowledge.search("今年E成长计划还有吗").suggestions]
    assert answered("E成长计划哪年开始", knowledge) == "plan-start"


def test_two_that_say_the_same_are_a_choice() -> None:
    knowledge = KnowledgeBase((*PAST, current("plan-a", "E成长计划夏令营"), current("plan-b", "E成长计划夏令营")))
    finding = knowledge.search("E成长计划夏令营")

    assert finding.answer is None
    assert [match.entry.id for match in finding.suggestions[:2]] == ["plan-a", "plan-b"]


def test_it_stands_first_among_the_entries_of_its_topic() -> None:
    assert BOTH.first_of("plan").id == "plan-winter"
    assert [entry.id for entry in BOTH.related(BOTH.entries["plan-what"])][:2] == ["plan-winter", "plan-grown"]


@pytest.mark.parametrize("question", ["最近有什么活动", "现在有什么活动可以参加？", "而家有咩活動", "What's on now?"])
def test_who_asks_what_is_on_may_choose_from_it(question: str) -> None:
    knowledge = KnowledgeBase((*PAST, *NOW, current("class-what", "手机课")))

    assert [match.entry.id for match in knowledge.search(question).suggestions] == ["plan-winter", "class-what"]
    assert "plan-winter" not in [match.entry.id for match in KnowledgeBase(PAST).search(question).suggestions]
