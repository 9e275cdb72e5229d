"""A pattern is left out only where it cannot match."""

import re
from collections.abc import Iterator, Mapping, Sequence

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.domain.lexicon import Classes, any_of, word_list
from bot.domain.sieve import Sieve, needed_by
from bot.domain.text import simplify
from bot.domain.urgent import filled
from tests.gold_questions import FOLDER, gold

Table = Mapping[str, Sequence[str]]


def tables() -> Iterator[Table]:
    yield word_list("words")["facets"]
    yield word_list("scope")["attributes"]
    yield word_list("scope")["opposites"]
    for name in ("signs", "lets_go"):
        yield {key: list(map(filled, every)) for key, every in word_list("urgent")[name].items()}


TABLES = list(tables())
EXPRESSIONS = [expression for table in TABLES for every in table.values() for expression in every]


@pytest.mark.parametrize(
    ("expression", "needed"),
    {
        "门票": {"门票"},
        "门票|学费": {"门票", "学费"},
        "多少钱?一本": {"多少钱一", "多少一本"},
        "开(?:放|门)时间?": {"开放时", "开门时", "开放时间", "开门时间"},
        "被.{0,5}骗了(?!吗)": {"骗了"},
        "哪[个家]": {"哪个", "哪家"},
        r"\bcost\b": {"cost"},
        "(?:很|真)*好": {"好"},
        "[0-9]+块+": {"块"},
        "天{2}": {"天"},
        "[^很]?": set(),
        "人?": set(),
        "人|": set(),
        r"\d[^,]": set(),
        "(?=问)": set(),
    }.items(),
)
def test_what_a_match_holds(expression: str, needed: set[str]) -> None:
    assert needed_by(expression) == needed


def test_patterns_that_may_match_pass() -> None:
    sieve = Sieve(["门票|学费", "人?", "多少", "开放时间"])
    assert sieve.passed("学费多少") == {0, 1, 2}
    assert sieve.passed("开放") == {1}
    assert sieve.passed("") == {1}


@pytest.mark.parametrize("table", TABLES, ids=lambda table: next(iter(table)))
def test_finds_what_a_plain_search_finds(table: Table) -> None:
    found_in = Classes(table).found_in
    plain = {name: any_of(every, re.ASCII) for name, every in table.items()}
    asked = [one.q for one in gold("in_scope") + gold("out_of_scope")][::6]
    lines = (FOLDER / "urgent.jsonl").read_text("utf-8").splitlines()[::6]
    for text in map(simplify, asked + lines):
        assert found_in(text) == {name for name, pattern in plain.items() if pattern.search(text)}, text


@given(st.sampled_from(EXPRESSIONS), st.data())
@settings(suppress_health_check=list(HealthCheck), deadline=None)
def test_whatever_matches_passes(expression: str, data: st.DataObject) -> None:
    text = data.draw(st.from_regex(re.compile(expression, re.ASCII)))
    assert Sieve([expression]).passed(text) == {0}
