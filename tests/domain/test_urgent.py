import json
from pathlib import Path
from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opencc import OpenCC

from bot.domain.grasp import phrasings_of
from bot.domain.urgent import MAX_READ, Matter, delicate, recognise
from tests.gold_questions import gold
from tests.shipped import shipped

GOLD = Path(__file__).parent.parent / "gold"


def lines(name: str) -> list[dict[str, str | None]]:
    return [json.loads(line) for line in (GOLD / name).read_text("utf-8").splitlines()]


URGENT = [(str(line["q"]), Matter(line["matter"])) for line in lines("urgent.jsonl")]
FALSE_FRIENDS = [str(line["q"]) for line in lines("false_friends.jsonl")]
QUESTIONS = [question.q for question in gold("in_scope")]
# Phrasings of the answers that are urgent all the same: the money is on its way or has just gone.
MONEY_GONE = {
    "我爸非要给骗子转钱",
    "怎么让奶奶别再给骗子打钱",
    "老人一定要给骗子汇款",
    "买号被骗",
    "买装备先付款对方消失",
    "買賣遊戲寶物被騙",
    "買game號俾人呃",
    "被骗了打哪个号，举报网站打哪个号",
    "Which number do I call when I have been scammed?",
    "刚被骗了该打哪个号码",
}


def test_the_lists_are_long_enough() -> None:
    assert len([q for q, matter in URGENT if matter.urgent]) >= 200
    assert len([q for q, matter in URGENT if not matter.urgent]) >= 60
    assert len(FALSE_FRIENDS) >= 160
    assert len(set(FALSE_FRIENDS) | {q for q, _ in URGENT}) == len(FALSE_FRIENDS) + len(URGENT)


@pytest.mark.parametrize("matter", Matter)
def test_every_phrasing_of_a_matter_is_recognised(matter: Matter) -> None:
    assert [(q, recognise(q)) for q, expected in URGENT if expected is matter and recognise(q) is not matter] == []


@pytest.mark.parametrize("script", ["s2t", "s2hk", "s2tw"])
def test_the_script_makes_no_difference(script: str) -> None:
    converter = OpenCC(script)
    converted = [(converter.convert(q), matter) for q, matter in URGENT]
    assert [(q, recognise(q)) for q, matter in converted if recognise(q) is not matter] == []


def test_false_friends_are_let_through() -> None:
    assert [(q, recognise(q)) for q in FALSE_FRIENDS if recognise(q)] == []


def test_ordinary_questions_go_on_to_the_knowledge_base() -> None:
    held_back = [(q, recognise(q)) for q in QUESTIONS if recognise(q)]
    assert len(held_back) <= len(QUESTIONS) // 200, held_back


def test_the_name_of_a_topic_makes_no_harmless_words_urgent() -> None:
    """Where a name and what follows it meet, other words may stand: 计划 and 我 are no 划我."""
    library = shipped()
    said = (
        "我想参加",
        "我能去吗",
        "我孩子能参加吗",
        "自己能报名吗",
        "我打不开",
        "我不想收了",
        "想结束",
        "了解一下",
        "没收到",
    )
    joined = [f"{topic.title}{words}" for topic in (*library.topics, *library.guides) for words in said]

    assert [(text, recognise(text)) for text in joined if recognise(text)] == []


def test_the_phrasings_of_the_answers_reach_them() -> None:
    authored = {phrasing for entry in shipped().knowledge.entries.values() for phrasing in phrasings_of(entry)}
    assert {phrasing for phrasing in authored if recognise(phrasing)} == MONEY_GONE


@pytest.mark.parametrize("text", ["自杀", "安眠药", "摸我下面", "自 殺", "安眠藥有幾多隻", "overdosing", "关于性侵"])
def test_delicate_words(text: str) -> None:
    assert delicate(text)


@pytest.mark.parametrize("text", ["密码怎么设", "药店在哪", "怎么投票", "摸索一下", "what is sextortion"])
def test_other_words_are_not_delicate(text: str) -> None:
    assert not delicate(text)


@pytest.mark.parametrize(
    ("knowledge", "happened", "matter"),
    [
        ("怎么预防裸聊敲诈", "我刚被裸聊敲诈了，怎么办", Matter.BLACKMAIL),
        ("如果被骗了应该打什么电话", "我被骗了，应该打什么电话", Matter.SWINDLED),
        ("怎样防止孩子走失", "我的孩子刚走失了", Matter.MISSING),
        ("什么是家庭暴力", "昨晚我又被家暴了，这是什么罪", Matter.HARM),
        ("怎样举报谣言", "我要举报村委会", Matter.PETITION),
    ],
)
def test_who_asks_to_know_and_who_says_that_it_happened(knowledge: str, happened: str, matter: Matter) -> None:
    assert (recognise(knowledge), recognise(happened)) == (None, matter)


def test_the_most_pressing_matter_comes_first() -> None:
    assert recognise("我被骗了五万，不想活了") is Matter.DESPAIR
    assert recognise("老公打我，我要投诉派出所不管") is Matter.HARM


@pytest.mark.parametrize(
    "text", ["我 不 想 活 了", "我\u200b不想\u200b活了", "我不*想*活了", "我想死！！！😭😭", "ＩＷＡＮＴ　我想死"]
)
def test_gaps_and_invisible_characters_hide_nothing(text: str) -> None:
    assert recognise(text) is Matter.DESPAIR


@given(st.text(max_size=300))
def test_any_text_is_read_without_a_fault(text: str) -> None:
    recognise(text)


@pytest.mark.parametrize(
    "text", ["", "。。。", "😀" * 50, "\ud800", "裸聊" * 10_000, "我老公打" * 5_000, "my son " * 3_000, "ﷺ" * 2_000]
)
def test_long_and_odd_texts_take_no_time(text: str) -> None:
    began = perf_counter()
    recognise(text)
    assert perf_counter() - began < 0.5


def test_what_stands_far_behind_is_not_read() -> None:
    assert recognise("好" * MAX_READ + "我想死") is None
