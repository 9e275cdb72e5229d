"""A thousand entries are indexed in half a second and searched in a millisecond; six times that on a busy machine."""

from time import process_time

import pytest

from benchmarks import synthetic
from bot.domain.entries import Entry
from bot.domain.knowledge import KnowledgeBase

BUILD_SECONDS = 3.0
SEARCH_SECONDS = 0.006  # for 99 of 100 questions
TRIES = 3  # the best counts


@pytest.fixture(scope="module")
def entries() -> tuple[Entry, ...]:
    KnowledgeBase(tuple(synthetic.entries(5))).search("有多少人")  # reads the word lists
    return tuple(synthetic.entries(1000))


def test_the_index_is_soon_built(entries: tuple[Entry, ...]) -> None:
    assert min(seconds_to_build(entries) for _ in range(TRIES)) < BUILD_SECONDS


def test_a_question_is_soon_answered(entries: tuple[Entry, ...]) -> None:
    knowledge = KnowledgeBase(entries)
    times = sorted(seconds_to_search(knowledge, asked) for asked in synthetic.questions(list(entries), 200))
    assert times[198] < SEARCH_SECONDS


def seconds_to_build(entries: tuple[Entry, ...]) -> float:
    """The processor's time: what others do meanwhile on the same machine is not in it."""
    began = process_time()
    KnowledgeBase(entries)
    return process_time() - began


def seconds_to_search(knowledge: KnowledgeBase, question: str) -> float:
    return min(_seconds_to_search_once(knowledge, question) for _ in range(TRIES))


def _seconds_to_search_once(knowledge: KnowledgeBase, question: str) -> float:
    began = process_time()
    knowledge.search(question)
    return process_time() - began
