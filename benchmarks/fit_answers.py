"""`python -m benchmarks.fit_answers`: fits the weights and thresholds of the search to the development questions."""

from collections.abc import Callable, Sequence
from math import exp
from operator import mul
from pathlib import Path

from msgspec import Struct, structs

from bot.domain.evidence import GREATEST_LEAD, Evidence
from bot.domain.knowledge import KnowledgeBase
from tests.gold_questions import Gold, gold_of
from tests.shipped import shipped

ROOT = Path(__file__).parents[1]
DATA = ROOT / "bot" / "domain" / "data" / "weights.toml"
NAMES = [field.name for field in structs.fields(Evidence)]
ROUNDS = 15
RIDGE = 1.0
# How many of the questions may be answered wrongly, and how many near misses; of what is far off, none.
WRONG = 0.01
STRETCHED = 0.02
# How many answerable questions must get the answer or a menu that holds it.
OFFERED = 0.99

Row = tuple[float, ...]


class Case(Struct, frozen=True):
    """The candidates of a question: evidence, whether right, whether only `unsaid`, whether barred at any score."""

    gold: Gold
    rows: list[Row]
    right: list[bool]
    unsaid: list[bool]
    barred: list[bool]


class Top(Struct, frozen=True):
    """The first candidate under some weights, with the row that says how sure it is."""

    case: Case
    at: int
    row: Row
    offered: bool

    @property
    def right(self) -> bool:
        return self.case.right[self.at]

    @property
    def free(self) -> bool:
        """Whether it counts: neither barred nor an honest `not known` to a question out of scope."""
        return not self.case.barred[self.at] and (self.case.gold.entry is not None or not self.case.unsaid[self.at])


def cases(knowledge: KnowledgeBase, questions: Sequence[Gold]) -> list[Case]:
    return [case for gold in questions if (case := _case(knowledge, gold))]


def _case(knowledge: KnowledgeBase, gold: Gold) -> Case | None:
    asked = knowledge.read(gold.q)
    near = knowledge.candidates(asked) if asked and asked.content else []
    if not asked or not near:
        return None
    return Case(
        gold,
        [structs.astuple(candidate.evidence) for candidate in near],
        [candidate.entry.id in gold.right for candidate in near],
        [candidate.entry.unsaid for candidate in near],
        [bool(knowledge.bar(asked, candidate.entry, candidate.phrasing)) for candidate in near],
    )


def fit_rank(found: Sequence[Case]) -> Row:
    """The weights under which the right candidate most likely stands first (a conditional logit)."""
    telling = [case for case in found if any(case.right) and not all(case.right)]

    def slopes(weights: Row) -> tuple[list[float], list[list[float]]]:
        gradient, curve = [0.0] * len(NAMES), [[0.0] * len(NAMES) for _ in NAMES]
        for case in telling:
            _add_case(case, weights, gradient, curve)
        return gradient, curve

    return _newton(len(NAMES), slopes)


def _add_case(case: Case, weights: Row, gradient: list[float], curve: list[list[float]]) -> None:
    powers = [exp(product(row, weights)) for row in case.rows]
    total = sum(powers)
    right = sum(power for power, is_right in zip(powers, case.right, strict=True) if is_right)
    mean = [sum(p * row[at] for p, row in zip(powers, case.rows, strict=True)) / total for at in range(len(weights))]
    for power, row, is_right in zip(powers, case.rows, case.right, strict=True):
        share = power / total
        pull = (power / right if is_right else 0.0) - share
        for a, value in enumerate(row):
            gradient[a] += pull * value
            apart = share * (value - mean[a])
            for b, other in enumerate(row):
                curve[a][b] += apart * (other - mean[b])


def fit_sure(rows: Sequence[tuple[Row, bool]]) -> Row:
    """The weights that say how likely the first candidate is right (a logistic regression)."""
    size = len(rows[0][0])

    def slopes(weights: Row) -> tuple[list[float], list[list[float]]]:
        gradient, curve = [0.0] * size, [[0.0] * size for _ in range(size)]
        for row, right in rows:
            likely = sigmoid(product(row, weights))
            slope = likely * (1 - likely)
            for a, value in enumerate(row):
                gradient[a] += (right - likely) * value
                for b, other in enumerate(row):
                    curve[a][b] += slope * value * other
        return gradient, curve

    return _newton(size, slopes)


def _newton(size: int, slopes: Callable[[Row], tuple[list[float], list[list[float]]]]) -> Row:
    weights: Row = (0.0,) * size
    for _ in range(ROUNDS):
        gradient, curve = slopes(weights)
        pull = [slope - RIDGE * weight for slope, weight in zip(gradient, weights, strict=True)]
        ridged = [[value + RIDGE * (a == b) for b, value in enumerate(line)] for a, line in enumerate(curve)]
        weights = tuple(weight + step for weight, step in zip(weights, _solve(ridged, pull), strict=True))
    return weights


def _solve(matrix: list[list[float]], vector: list[float]) -> list[float]:
    """Gauss elimination; the ridge keeps every pivot from nothing."""
    lines = [[*line, value] for line, value in zip(matrix, vector, strict=True)]
    for column, pivot in enumerate(lines):
        for at, line in enumerate(lines):
            if at != column and line[column]:
                factor = line[column] / pivot[column]
                lines[at] = [a - factor * b for a, b in zip(line, pivot, strict=True)]
    return [line[-1] / line[at] for at, line in enumerate(lines)]


def product(row: Row, weights: Row) -> float:
    return float(sum(map(mul, row, weights)))


def sigmoid(value: float) -> float:
    return 1 / (1 + exp(-max(-30.0, min(value, 30.0))))


def top_of(case: Case, rank: Row) -> Top:
    standings = [product(row, rank) for row in case.rows]
    order = sorted(range(len(standings)), key=lambda at: -standings[at])
    best = order[0]
    lead = min(standings[best] - standings[order[1]], GREATEST_LEAD) if order[1:] else GREATEST_LEAD
    return Top(case, best, (*case.rows[best], standings[best], lead, 1.0), any(case.right[at] for at in order[:3]))


def answer_threshold(tops: Sequence[Top], sure: Row) -> float:
    """The lowest score with few enough wrong answers, and few enough to questions out of scope."""
    inside = [top for top in tops if top.case.gold.entry]
    near = [top for top in tops if top.case.gold.kind == "nearmiss"]
    far = [top for top in tops if not top.case.gold.entry and top.case.gold.kind != "nearmiss"]
    allowed = ((inside, WRONG * len(inside)), (near, STRETCHED * len(near)), (far, 0.0))
    return max(_above(_mistaken(among, sure), most) for among, most in allowed)


def _mistaken(tops: Sequence[Top], sure: Row) -> list[float]:
    """The scores of those that would be wrong answers, the highest first."""
    return sorted((sigmoid(product(top.row, sure)) for top in tops if top.free and not top.right), reverse=True)


def menu_threshold(tops: Sequence[Top], sure: Row) -> float:
    """The highest score at which nearly all answerable questions are offered their answer, as far as it is near."""
    inside = [top for top in tops if top.case.gold.entry]
    offered = sorted(sigmoid(product(top.row, sure)) for top in inside if top.offered)
    spare = max(0, int(len(offered) - OFFERED * len(inside)))
    return offered[spare]


def _above(scores: list[float], allowed: float) -> float:
    """Just above the first score that is one too many."""
    return round(scores[int(allowed)] + 0.001, 3) if len(scores) > allowed else 0.5


def main() -> None:
    found = cases(shipped().knowledge, gold_of("dev"))
    rank = fit_rank(found)
    tops = [top_of(case, rank) for case in found]
    sure = fit_sure([(top.row, top.right) for top in tops if top.free])
    answer, menu = answer_threshold(tops, sure), menu_threshold(tops, sure)
    DATA.write_text(_written(rank, sure, answer, menu), "utf-8")
    print(DATA.read_text("utf-8"))


def _written(rank: Row, sure: Row, answer: float, menu: float) -> str:
    standing, lead, always = sure[len(NAMES) :]
    lines = ["# Written by `python -m benchmarks.fit_answers` from the development questions in tests/gold."]
    lines += [f"answer = {answer:.3f}", f"menu = {menu:.3f}", f"standing = {standing:.3f}", f"lead = {lead:.3f}"]
    lines += [f"always = {always:.3f}"]
    for table, row in (("rank", rank), ("sure", sure)):
        pairs = zip(NAMES, row[: len(NAMES)], strict=True)
        lines += ["", f"[{table}]", *(f"{name} = {weight:.3f}" for name, weight in pairs)]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
