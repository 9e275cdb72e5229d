"""What speaks for an entry as the answer to a question, and how much each thing counts."""

from collections.abc import Callable, Sequence
from functools import cache
from math import exp
from operator import mul

import msgspec
from msgspec import Struct, structs

from bot.domain.entries import Entry
from bot.domain.features import Reading, Word, facet_term, strict
from bot.domain.grasp import Grasp
from bot.domain.index import TOLD, Hit
from bot.domain.letters import Letters
from bot.domain.lexicon import word_list
from bot.domain.scope import Scope, letters_of, scope_of

# A lead of more than this says no more; an entry that stands alone leads by this.
GREATEST_LEAD = 3.0


class Evidence(Struct, frozen=True):
    """What is weighed, each between 0 and 1. The same shape holds the weights.

    `words` and `sounds`: how near the nearest phrasing is; `support`: how near the next ones are on the whole;
    `order`: how much of question and phrasing is the same, in the same order.
    `said`: how much of the question some phrasing says; `foreign`: how much is unknown to the whole topic, answers
    included, and `foreign_noun` the nouns of it. `facet_shared`, `facet_lacking`, `facet_surplus`: whether what is
    asked (how many, when...) is what the nearest phrasing asks, is asked in no phrasing, or is less than it asks;
    `strict_lacking` the same for what no entry answers by the way. `unsaid`: the entry only says what is not known.
    """

    words: float
    sounds: float
    support: float
    order: float
    said: float
    foreign: float
    foreign_noun: float
    facet_shared: float
    facet_lacking: float
    strict_lacking: float
    facet_surplus: float
    unsaid: float


class Weights(Struct, frozen=True):
    """Fitted numbers: `rank` orders the entries; the others say how sure the order is; the rest are thresholds.

    From the score `answer` on an entry is given, from `menu` on it is offered.
    """

    rank: Evidence
    sure: Evidence
    standing: float
    lead: float
    always: float
    answer: float
    menu: float


class Phrased(Struct, frozen=True, gc=False):
    """A phrasing of an entry as it reads: its letters and the kinds of things that it asks for."""

    entry: Entry
    phrasing: str
    letters: str
    facets: frozenset[str]


class Asked(Struct, frozen=True):
    """A question: how it reads, its limits, and its content words with the share of each in what it says."""

    reading: Reading
    scope: Scope
    content: tuple[tuple[Word, float], ...]
    letters: Letters


def asked_of(reading: Reading, rarity: Callable[[str], float]) -> Asked:
    """A question as it is weighed; rarity says how much a word tells."""
    weighted = [(word, word.weight * rarity(word.term)) for word in reading.content()]
    total = sum(weight for _, weight in weighted) or 1.0
    shares = tuple((word, weight / total) for word, weight in weighted)
    return Asked(reading, scope_of(reading.text), shares, Letters(letters_of(reading.text)))


@cache
def weights() -> Weights:
    """The fitted numbers of data/weights.toml."""
    return msgspec.convert(dict(word_list("weights")), Weights)


def standing_of(evidence: Evidence) -> float:
    """How an entry with this evidence stands among others; no meaning by itself."""
    return _product(evidence, weights().rank)


def score_of(evidence: Evidence, standing: float, lead: float) -> float:
    """How likely the entry is the one that was meant (0 to 1), given its lead over the best other."""
    fitted = weights()
    bounded = max(-GREATEST_LEAD, min(lead, GREATEST_LEAD))
    total = _product(evidence, fitted.sure) + fitted.standing * standing + fitted.lead * bounded + fitted.always
    return 1 / (1 + exp(-max(-30.0, min(total, 30.0))))


def weigh(asked: Asked, hits: Sequence[Hit], nearest: Sequence[Phrased], grasp: Grasp, topic: Grasp) -> Evidence:
    """The evidence for an entry: `hits` are its nearest phrasings, and `nearest` what they say."""
    meant = nearest[0].facets
    facets = asked.reading.facets
    lacking = frozenset(name for name in facets if facet_term(name) not in grasp.said)
    foreign = [(word, share) for word, share in asked.content if not topic.knows(word)]
    return Evidence(
        words=hits[0].words,
        sounds=hits[0].sounds,
        support=sum(hit.score for hit in hits) / TOLD,
        order=max(asked.letters.likeness(phrased.letters) for phrased in nearest),
        said=sum(share for word, share in asked.content if grasp.says(word)),
        foreign=sum(share for _, share in foreign),
        foreign_noun=sum(share for word, share in foreign if word.is_noun),
        facet_shared=float(bool(facets & meant)),
        facet_lacking=float(bool(lacking - strict(lacking))),
        strict_lacking=float(bool(strict(lacking))),
        facet_surplus=float(bool(meant - facets)),
        unsaid=float(nearest[0].entry.unsaid),
    )


def _product(evidence: Evidence, factors: Evidence) -> float:
    return float(sum(map(mul, structs.astuple(evidence), structs.astuple(factors))))
