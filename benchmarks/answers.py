"""answers: right answers to the gold questions and the time for each, against full-text search and a fuzzy match.

All three see the same authored phrasings, in the same process; each question is asked TRIES times and the best time
counts. The peers always name an entry; ours may offer a menu, whose first line then counts as its first, or say that it
does not know, which counts as not right.
"""

import gc
import resource
from collections.abc import Callable, Iterator, Sequence
from time import perf_counter

import msgspec
from msgspec import Struct

from benchmarks import synthetic
from benchmarks.peers.lookup import FullText, Fuzzy
from bot.domain.knowledge import KnowledgeBase
from tests.gold_questions import Gold, gold_of
from tests.shipped import shipped

SMALL, LARGE = 1_000, 100_000
SYNTHETIC_QUESTIONS = 1_000
TRIES = 3
_MEGABYTE_IN_KILOBYTES = 1024

First = Callable[[str], str | None]


class Times(Struct, frozen=True):
    """Milliseconds for a question."""

    p50: float
    p99: float


class Result(Struct, frozen=True):
    """Shares of the gold questions in scope whose first entry is right, by kind; and the time for all."""

    right: float
    held_out: float
    by_kind: dict[str, float]
    ms: Times


class Answered(Struct, frozen=True):
    """What ours makes of it beyond the first entry: shares of the held-out questions."""

    answered_right: float
    right_or_offered: float
    wrong: float
    near_misses_answered: float
    far_answered: float


class Scale(Struct, frozen=True):
    """Made-up entries: how long the index takes, what it adds to memory, and the time for a question."""

    entries: int
    build_s: float
    added_mb: float
    ms: Times


def main() -> int:
    """Print the table and the JSON line; 1 where ours finds fewer right answers than a peer."""
    small = scale(SMALL)  # first, while nothing else is in memory
    knowledge = shipped().knowledge
    entries = tuple(knowledge.entries.values())
    questions = [*gold_of("dev"), *gold_of("held-out")]
    results = {
        "ours": result(first_of(knowledge), questions),
        "SQLite FTS5 with jieba": result(FullText(entries).first, questions),
        "rapidfuzz": result(Fuzzy(entries).first, questions),
    }
    answered = answered_by(knowledge, [gold for gold in questions if gold.split == "held-out"])
    scales = [small, scale(LARGE)]
    print(*lines(results, answered, scales), sep="\n")
    return report(results, answered, scales)


def first_of(knowledge: KnowledgeBase) -> First:
    def first(question: str) -> str | None:
        finding = knowledge.search(question)
        shown = finding.answer or next(iter(finding.suggestions), None)
        return shown.entry.id if shown else None

    return first


def result(first: First, questions: Sequence[Gold]) -> Result:
    times: list[float] = []
    right: dict[Gold, bool] = {}
    for gold in questions:
        times.append(seconds(first, gold.q))
        right[gold] = first(gold.q) in gold.right
    inside = [gold for gold in questions if gold.entry]
    kinds = sorted({gold.kind for gold in inside})
    return Result(
        share(right, inside),
        share(right, [gold for gold in inside if gold.split == "held-out"]),
        {kind: share(right, [gold for gold in inside if gold.kind == kind]) for kind in kinds},
        times_of(times),
    )


def share(right: dict[Gold, bool], among: Sequence[Gold]) -> float:
    return round(sum(right[gold] for gold in among) / len(among), 3)


def answered_by(knowledge: KnowledgeBase, questions: Sequence[Gold]) -> Answered:
    inside = [gold for gold in questions if gold.entry]
    near = [gold for gold in questions if gold.kind == "nearmiss"]
    far = [gold for gold in questions if not gold.entry and gold.kind != "nearmiss"]
    found = {gold: knowledge.search(gold.q) for gold in questions}
    answers = {gold: finding.answer.entry for gold, finding in found.items() if finding.answer}
    right = [gold for gold in inside if gold in answers and answers[gold].id in gold.right]
    offered = [gold for gold in inside if {match.entry.id for match in found[gold].suggestions} & gold.right]

    def stretched(among: Sequence[Gold]) -> float:
        """An entry that only says what is not known stretches nothing."""
        return round(sum(gold in answers and not answers[gold].unsaid for gold in among) / len(among), 3)

    return Answered(
        round(len(right) / len(inside), 3),
        round((len(right) + len(offered)) / len(inside), 3),
        round((sum(gold in answers for gold in inside) - len(right)) / len(inside), 3),
        stretched(near),
        stretched(far),
    )


def scale(size: int) -> Scale:
    KnowledgeBase(tuple(synthetic.entries(5))).search("有多少人")  # loads the word lists
    entries = list(synthetic.entries(size))
    questions = synthetic.questions(entries, SYNTHETIC_QUESTIONS)
    gc.collect()
    before, start = resident_mb(), perf_counter()
    knowledge = KnowledgeBase(tuple(entries))
    build, added = perf_counter() - start, resident_mb() - before
    return Scale(
        size,
        round(build, 2),
        round(added, 1),
        times_of([seconds(knowledge.search, question) for question in questions]),
    )


def seconds(ask: Callable[[str], object], question: str) -> float:
    """The best of TRIES, so that the neighbours on the machine do not count."""
    taken = []
    for _ in range(TRIES):
        start = perf_counter()
        ask(question)
        taken.append(perf_counter() - start)
    return min(taken)


def resident_mb() -> float:
    """The most memory that this process ever had, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / _MEGABYTE_IN_KILOBYTES


def times_of(measured: list[float]) -> Times:
    ordered = sorted(measured)
    return Times(*(round(ordered[int(len(ordered) * part)] * 1e3, 3) for part in (0.5, 0.99)))


def lines(results: dict[str, Result], answered: Answered, scales: Sequence[Scale]) -> Iterator[str]:
    for name, found in results.items():
        yield (
            f"{name:<24} right first {found.right:.3f} (held out {found.held_out:.3f})  "
            f"p50 {found.ms.p50:7.3f} ms  p99 {found.ms.p99:7.3f} ms"
        )
        yield "    " + "  ".join(f"{kind} {right:.2f}" for kind, right in found.by_kind.items())
    yield (
        f"ours, held out: answered right {answered.answered_right:.3f}, right or in the menu "
        f"{answered.right_or_offered:.3f}, wrong {answered.wrong:.3f}, near misses answered "
        f"{answered.near_misses_answered:.3f}, far off answered {answered.far_answered:.3f}"
    )
    for of in scales:
        yield (
            f"{of.entries:>7} made-up entries: index {of.build_s:.2f} s, {of.added_mb:.0f} MB added, "
            f"p50 {of.ms.p50:.3f} ms, p99 {of.ms.p99:.3f} ms"
        )


def report(results: dict[str, Result], answered: Answered, scales: Sequence[Scale]) -> int:
    ours, peer = results["ours"], results["SQLite FTS5 with jieba"]
    line = {
        "benchmark": "answers",
        "ratio": round(ours.right / peer.right, 2),
        "against": "SQLite FTS5 with jieba",
        "figures": {
            "results": results,
            "held_out": answered,
            "ratio_held_out": round(ours.held_out / peer.held_out, 2),
            "synthetic": scales,
        },
    }
    print(msgspec.json.encode(line).decode())
    return 0 if ours.right >= max(found.right for found in results.values()) else 1
