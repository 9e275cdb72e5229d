"""A knowledge base made from one that is there: it answers exactly as one that is made anew."""

import random

import pytest
from msgspec import structs

from bot.domain.knowledge import Entry, KnowledgeBase
from tests.gold_questions import gold
from tests.shipped import shipped

NEW = Entry("printer", "devices", "打印机怎么接网线？", ("打印机接网线", "网线插在哪里"), "插在背面。")


def changed(entries: list[Entry]) -> tuple[Entry, ...]:
    """One entry with another answer, one with another phrasing, two gone, one more."""
    entries[3] = structs.replace(entries[3], answer="新的回答")
    entries[7] = structs.replace(entries[7], questions=(*entries[7].questions, "怎么才能去火星旅游呢"))
    del entries[20], entries[100]
    return (*entries[:50], NEW, *entries[50:])


@pytest.fixture(scope="module")
def bases() -> tuple[KnowledgeBase, KnowledgeBase]:
    """Made anew, and made from what was there; the second from one that was made so itself."""
    before = shipped().knowledge
    entries = changed(list(before.entries.values()))
    between = KnowledgeBase(entries[5:], before)
    return KnowledgeBase(entries), KnowledgeBase(entries, between)


def test_it_explains_every_question_alike(bases: tuple[KnowledgeBase, KnowledgeBase]) -> None:
    anew, amended = bases
    asked = [one.q for name in ("in_scope", "out_of_scope") for one in gold(name)]
    for question in random.Random(7).sample(asked, 500):
        assert amended.explain(question) == anew.explain(question), question


def test_what_is_new_is_found_and_what_has_gone_is_not(bases: tuple[KnowledgeBase, KnowledgeBase]) -> None:
    _, amended = bases
    found = amended.search("网线插在哪里")
    assert found.answer
    assert found.answer.entry == NEW
    assert amended.search("怎么才能去火星旅游呢").answer
    gone = set(shipped().knowledge.entries) - set(amended.entries)
    assert len(gone) == 2
    named = [match.entry.id for one in gold("in_scope") for match in amended.explain(one.q).matches]
    assert not gone.intersection(named)


def test_a_word_that_nobody_says_any_more_is_unknown() -> None:
    other = structs.replace(NEW, id="other", title="鼠标不动了", questions=("鼠标不动了怎么办",), answer="换电池。")
    amended = KnowledgeBase((other,), KnowledgeBase((NEW, other)))
    assert amended.explain("打印机接网线").doubt == "nothing"
    assert amended._index.words() == KnowledgeBase((other,))._index.words()
