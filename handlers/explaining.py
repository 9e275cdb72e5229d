"""Why a question is answered as it is: what is near it, and what speaks against a certain answer."""

from msgspec import Struct, structs

from bot.domain.knowledge import KnowledgeBase
from bot.domain.library import Library
from bot.domain.urgent import recognise
from handlers.questions import Explanation, explain, is_too_long


class Near(Struct, frozen=True):
    """An entry near the question, by its nearest phrasing; `evidence` is empty for a phrasing to the letter."""

    entry: str
    title: str
    score: float
    phrasing: str
    evidence: dict[str, float]


class Reasons(Struct, frozen=True):
    """The question as it is read, what speaks against a certain answer (empty: nothing), and the entries near it."""

    reading: str
    doubt: str
    near: tuple[Near, ...]


class Explained(Explanation, frozen=True):
    explain: Reasons


def explained(library: Library, question: str) -> Explained:
    """The answer to a question with its reasons; nothing is stored or done."""
    return Explained(**structs.asdict(explain(library, question)), explain=_reasons(library.knowledge, question))


def _reasons(knowledge: KnowledgeBase, question: str) -> Reasons:
    matter = recognise(question)
    if matter:
        return Reasons("", matter.value, ())
    if is_too_long(question):
        return Reasons("", "long", ())
    account = knowledge.explain(question)
    evidence = [structs.asdict(one) for one in account.evidence] or [{} for _ in account.matches]
    near = tuple(
        Near(match.entry.id, match.entry.title, round(match.score, 4), match.phrasing, _rounded(speaks))
        for match, speaks in zip(account.matches, evidence, strict=True)
    )
    return Reasons(account.reading, account.doubt, near)


def _rounded(evidence: dict[str, float]) -> dict[str, float]:
    return {name: round(value, 4) for name, value in evidence.items()}
