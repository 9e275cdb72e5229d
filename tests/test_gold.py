"""How well the shipped content answers the gold questions, and that nobody wrote the one from the other."""

from collections import Counter, defaultdict
from statistics import mean

import pytest

from bot.domain.grasp import phrasings_of
from bot.domain.knowledge import Finding, KnowledgeBase
from bot.domain.scope import letters_of
from bot.domain.text import simplify
from tests.gold_questions import Gold, gold
from tests.shipped import shipped

# Slips and foreign forms may lose so much against clean questions.
NEAR = 0.03
CANTONESE = 0.08


def outcome(question: Gold, finding: Finding) -> str:
    if not finding.answer:
        held = any(match.entry.id in question.right for match in finding.suggestions)
        return "offered" if held else "nothing"
    if finding.answer.entry.id in question.right:
        return "right"
    return "unsaid" if not question.entry and finding.answer.entry.unsaid else "wrong"


@pytest.fixture(scope="module")
def knowledge() -> KnowledgeBase:
    return shipped().knowledge


@pytest.fixture(scope="module")
def outcomes(knowledge: KnowledgeBase) -> dict[tuple[str, str], Counter[str]]:
    """Outcomes by split and kind."""
    counted: dict[tuple[str, str], Counter[str]] = {}
    for question in gold("in_scope") + gold("out_of_scope"):
        counts = counted.setdefault((question.split, question.kind), Counter())
        counts[outcome(question, knowledge.search(question.q))] += 1
    return counted


def together(outcomes: dict[tuple[str, str], Counter[str]], split: str, in_scope: bool) -> Counter[str]:
    kinds = {question.kind for question in gold("in_scope" if in_scope else "out_of_scope")}
    total: Counter[str] = Counter()
    for (of_split, kind), counts in outcomes.items():
        if of_split == split and kind in kinds:
            total += counts
    return total


def test_there_are_enough_questions_of_every_kind() -> None:
    inside, outside = gold("in_scope"), gold("out_of_scope")

    assert len(inside) >= 600
    assert len(outside) >= 300
    assert 2 * sum(question.kind == "nearmiss" for question in outside) >= len(outside)
    assert {"clean", "colloquial", "keyword", "traditional", "cantonese", "homophone"} <= {q.kind for q in inside}
    assert {"shape", "pinyin", "english", "mixed"} <= {q.kind for q in inside}


def test_every_named_entry_exists(knowledge: KnowledgeBase) -> None:
    assert {name for question in gold("in_scope") for name in question.right} <= knowledge.entries.keys()


def test_no_gold_question_is_an_authored_phrasing(knowledge: KnowledgeBase) -> None:
    authored = {letters_of(simplify(p)) for entry in knowledge.entries.values() for p in phrasings_of(entry)}
    asked = [question.q for question in gold("in_scope") + gold("out_of_scope")]

    assert [text for text in asked if letters_of(simplify(text)) in authored] == []


def test_an_authored_phrasing_gets_its_own_answer(knowledge: KnowledgeBase) -> None:
    for entry in knowledge.entries.values():
        for phrasing in phrasings_of(entry):
            answer = knowledge.search(phrasing).answer
            assert answer is not None, phrasing
            assert answer.entry.id == entry.id, phrasing


@pytest.mark.parametrize(
    ("split", "right", "offered", "wrong"),
    [("dev", 0.75, 0.98, 0.006), ("held-out", 0.72, 0.97, 0.015)],
)
def test_questions_in_scope_get_their_answer(
    outcomes: dict[tuple[str, str], Counter[str]], split: str, right: float, offered: float, wrong: float
) -> None:
    """Measured: right 0.79 and 0.73, wrong 0.0015 and 0.0099."""
    counts = together(outcomes, split, in_scope=True)

    assert counts["right"] >= right * counts.total()
    assert counts["right"] + counts["offered"] >= offered * counts.total()
    assert counts["wrong"] <= wrong * counts.total()


@pytest.mark.parametrize(("split", "stretched"), [("dev", 0.016), ("held-out", 0.03)])
def test_near_misses_are_not_answered(
    outcomes: dict[tuple[str, str], Counter[str]], split: str, stretched: float
) -> None:
    """Measured: 0.013 (15 of 1,155) and 0.023 (8 of 347), most of them details that no report tells of a campaign."""
    counts = outcomes[split, "nearmiss"]

    assert counts["wrong"] <= stretched * counts.total()


def test_answers_can_be_trusted(outcomes: dict[tuple[str, str], Counter[str]]) -> None:
    """Of all gold questions. Measured: wrong 0.003, near misses 0.015, right or in a menu 0.985."""
    inside = together(outcomes, "dev", in_scope=True) + together(outcomes, "held-out", in_scope=True)
    near = outcomes["dev", "nearmiss"] + outcomes["held-out", "nearmiss"]

    assert inside["wrong"] <= 0.01 * inside.total()
    assert near["wrong"] <= 0.02 * near.total()
    assert inside["right"] + inside["offered"] >= 0.97 * inside.total()


@pytest.mark.parametrize("split", ["dev", "held-out"])
@pytest.mark.parametrize("kind", ["far", "smalltalk", "orders"])
def test_what_is_far_off_is_not_answered(outcomes: dict[tuple[str, str], Counter[str]], split: str, kind: str) -> None:
    assert outcomes[split, kind]["wrong"] == 0


@pytest.fixture(scope="module")
def first(knowledge: KnowledgeBase) -> dict[tuple[str, str], list[bool]]:
    """Whether the right entry stands first, answered or not, by split and kind."""
    found: dict[tuple[str, str], list[bool]] = defaultdict(list)
    for question in gold("in_scope"):
        matches = knowledge.explain(question.q).matches
        found[question.split, question.kind].append(bool(matches) and matches[0].entry.id in question.right)
    return found


def test_the_right_entry_stands_first(first: dict[tuple[str, str], list[bool]]) -> None:
    """Measured: clean 0.99 on both."""
    assert mean(first["dev", "clean"]) >= 0.95
    assert mean(first["held-out", "clean"]) >= 0.95


@pytest.mark.parametrize(
    ("kind", "loss"),
    [*((kind, NEAR) for kind in ("traditional", "homophone", "shape", "pinyin", "english")), ("cantonese", CANTONESE)],
)
def test_other_forms_are_understood_like_clean_ones(
    first: dict[tuple[str, str], list[bool]], kind: str, loss: float
) -> None:
    """Over both splits, for a kind alone is small."""

    def share(of: str) -> float:
        return mean(first["dev", of] + first["held-out", of])

    assert share(kind) >= share("clean") - loss
