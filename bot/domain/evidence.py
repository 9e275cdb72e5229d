"""What speaks for an entry as the answer to a question, and how much each thing counts."""

import re
from collections.abc import Callable, Sequence
from functools import cache
from math import exp
from operator import mul

import msgspec
from msgspec import Struct, structs

from bot.domain.features import Reading, Word, facet_term, strict
from bot.domain.grasp import Grasp
from bot.domain.index import Found, Index
from bot.domain.letters import Letters
from bot.domain.lexicon import any_of, word_list
from bot.domain.phrased import Phrased
from bot.domain.scope import Scope, is_checked, letters_of, scope_of

# A lead of more than this says no more; an entry that stands alone leads by this.
GREATEST_LEAD = 3.0
# A question of more content words is no fuller.
FULL = 6
# A question of so few content words says little of what it is about.
BRIEF = 3
# All that a question says, as a share of it, but for rounding.
ALL = 0.999


class Evidence(Struct, frozen=True):
    """What is weighed, each between 0 and 1. The same shape holds the weights.

    `words`: how near the nearest phrasing is; `support`: how near, sounds included, the nearest ones are on the whole;
    `order`: how much of question and phrasing is the same, in the same order.
    How much of what the question says is unknown: `foreign` to the entry, answer included, and `foreign_rest` as a
    share of what is said beside the topic's name; `foreign_topic` to its whole topic, and `foreign_noun` the nouns of
    it; `elsewhere` what is unknown here and spoken of in other entries; `sibling`, of what is said beside the topic's
    name, what is asked of other entries of the topic alone.
    `unnamed`: whether no word is part of the topic's name, where what is reported has one.
    `aim_shared`: whether what is counted or named is just what a phrasing counts; `aim_lacking`: whether none does;
    `aim_other`: whether only another entry of the topic counts it; `foreign_aim`: whether it is unknown to the entry.
    `misnamed`: what is unknown to the topic and part of the name of another one that is near.
    `covered`: how much of the question the nearest phrasing has, and `filled` how much of that the question has.
    `letters_foreign`, `letters_apart`: how many characters are in no word of the entry, in no near phrasing.
    `facet_shared`, `facet_lacking`, `facet_surplus`: whether what is asked (how many, when...) is what the nearest
    phrasing asks, is asked in no phrasing, or is less than it asks; `facet_other` whether it is more than that,
    `facet_clash` whether it is something else altogether;
    `strict_lacking` whether what no entry answers by the way is asked in no phrasing, `strict_apart` in no near one.
    `apart`: how much of what is said is in no near phrasing nor in the answer; `beside`: how much of what is said
    beside the topic's name the nearest phrasing lacks, `whether_beside` the same where a yes or no is wanted of it.
    `passing`: how much of what a brief question says is spoken of in passing, in few phrasings; a longer one says more.
    `unsaid`: the entry only says what is not known; `reported`: it has a source. `fullness`: how many content words
    there are.
    """

    words: float
    support: float
    order: float
    foreign: float
    foreign_rest: float
    apart: float
    foreign_topic: float
    foreign_noun: float
    elsewhere: float
    sibling: float
    unnamed: float
    aim_shared: float
    aim_lacking: float
    aim_other: float
    foreign_aim: float
    facet_shared: float
    facet_lacking: float
    strict_lacking: float
    strict_apart: float
    facet_surplus: float
    facet_other: float
    facet_clash: float
    beside: float
    whether_beside: float
    unsaid: float
    fullness: float
    covered: float
    filled: float
    letters_foreign: float
    letters_apart: float
    misnamed: float
    reported: float
    passing: float


class Odds(Struct, frozen=True):
    """Fitted numbers that say how likely something is (a logistic regression)."""

    evidence: Evidence
    standing: float
    lead: float
    always: float

    def likelihood(self, evidence: Evidence, standing: float, lead: float) -> float:
        """Between 0 and 1, for an entry with its lead over the best other."""
        bounded = max(-GREATEST_LEAD, min(lead, GREATEST_LEAD))
        total = (
            _product(evidence, structs.astuple(self.evidence))
            + self.standing * standing
            + self.lead * bounded
            + self.always
        )
        return 1 / (1 + exp(-max(-30.0, min(total, 30.0))))


class Weights(Struct, frozen=True):
    """Fitted numbers: `rank` orders the entries; the others tell of the first whether to say or to offer it.

    `sure`: how likely it is the one that was meant; said from `answer` on. `near`: how likely that one is among the
    first few, and not something else altogether; offered from `menu` on.
    """

    rank: Evidence
    sure: Odds
    near: Odds
    answer: float
    menu: float


class Asked(Struct, frozen=True):
    """A question: how it reads, its limits, and its content words.

    With each of them stands its share in what the question says; `spoken_of` are those that some entry has. `telling`
    are its Chinese characters but for those of words that only ask; `whether` is so where it wants a yes or a no.
    """

    reading: Reading
    scope: Scope
    content: tuple[tuple[Word, float], ...]
    spoken_of: frozenset[str]
    letters: Letters
    telling: tuple[str, ...]
    whether: bool

    def share_of_letters(self, chosen: Callable[[str], bool]) -> float:
        """How many of the characters that tell something are such ones (0 to 1)."""
        return sum(map(chosen, self.telling)) / len(self.telling) if self.telling else 0.0


def asked_of(reading: Reading, index: Index) -> Asked:
    """A question as it is weighed; the index says how much a word tells."""
    checked = is_checked("numbers", reading.text) or is_checked("times", reading.text)
    content = [word for word in reading.content() if not (checked and word.term.isdigit())]
    weighted = [(word, word.weight * index.rarity(word.term)) for word in content]
    total = sum(weight for _, weight in weighted) or 1.0
    return Asked(
        reading,
        scope_of(reading.text),
        tuple((word, weight / total) for word, weight in weighted),
        frozenset(word.term for word, _ in weighted if word.term in index),
        Letters(letters_of(reading.text)),
        tuple(reading.letters()),
        _whether().search(reading.text) is not None,
    )


@cache
def _whether() -> re.Pattern[str]:
    return any_of(word_list("words")["whether"])


@cache
def weights() -> Weights:
    """The fitted numbers of data/weights.toml."""
    return msgspec.convert(dict(word_list("weights")), Weights)


def standing_of(evidence: Evidence) -> float:
    """How an entry with this evidence stands among others; no meaning by itself."""
    return _product(evidence, _rank())


def score_of(evidence: Evidence, standing: float, lead: float) -> float:
    """How likely the entry is the one that was meant (0 to 1), given its lead over the best other."""
    return weights().sure.likelihood(evidence, standing, lead)


def is_near(evidence: Evidence, standing: float, lead: float) -> bool:
    """Whether the question is likely enough about the first entry, or one close behind it, to offer them."""
    return weights().near.likelihood(evidence, standing, lead) >= weights().menu


def weigh(
    asked: Asked,
    found: Found,
    nearest: Sequence[Phrased],
    grasp: Grasp,
    topic: Grasp,
    names: Sequence[frozenset[str]],
) -> Evidence:
    """The evidence for an entry: `found` are its nearest phrasings, and `nearest` what they say."""
    meant = nearest[0].facets
    facets = asked.reading.facets
    lacking = frozenset(name for name in facets if facet_term(name) not in grasp.said)
    unsaid = [(word, share) for word, share in asked.content if not grasp.says(word)]
    foreign = [(word, share) for word, share in unsaid if not grasp.tells(word)]
    strange = [(word, share) for word, share in foreign if not topic.knows(word)]
    unnamed = [(word, share) for word, share in asked.content if word.term not in topic.common]
    rest = sum(share for _, share in unnamed)
    lacked = sum(share for word, share in unnamed if word.term not in nearest[0].letters)
    beside = min(lacked / rest, 1.0) if rest else 0.0
    sibling = sum(share for word, share in unsaid if topic.says(word))
    aim = asked.reading.aimed
    near = "\n".join(phrased.letters for phrased in nearest)
    met = frozenset().union(*(phrased.facets for phrased in nearest))
    reported = nearest[0].entry.source is not None
    is_brief = len(asked.content) <= BRIEF
    return Evidence(
        words=found.hits[0].words,
        support=sum(hit.score for hit in found.hits) / len(found.hits),
        order=max(asked.letters.likeness(phrased.letters) for phrased in nearest),
        foreign=sum(share for _, share in foreign),
        foreign_rest=min(sum(share for _, share in foreign) / rest, 1.0) if rest else 0.0,
        apart=sum(share for word, share in asked.content if word.term not in near and not grasp.tells(word)),
        foreign_topic=sum(share for _, share in strange),
        foreign_noun=sum(share for word, share in strange if word.is_noun),
        elsewhere=sum(share for word, share in strange if word.term in asked.spoken_of),
        sibling=min(sibling / rest, 1.0) if rest else 0.0,
        unnamed=float(reported and rest > ALL),
        aim_shared=float(bool(aim) and aim in grasp.said),
        aim_lacking=float(bool(aim) and aim not in grasp.said),
        aim_other=float(bool(aim) and aim in topic.said and aim not in grasp.said),
        foreign_aim=float(asked.reading.aim is not None and not grasp.knows(asked.reading.aim)),
        facet_shared=float(bool(facets & meant)),
        facet_lacking=float(bool(lacking - strict(lacking))),
        strict_lacking=float(bool(strict(lacking))),
        strict_apart=float(bool(strict(facets - met))),
        facet_surplus=float(bool(meant - facets)),
        facet_other=float(bool(facets - meant)),
        facet_clash=float(bool(facets) and not facets & meant),
        beside=beside,
        whether_beside=beside if asked.whether else 0.0,
        unsaid=float(nearest[0].entry.unsaid),
        fullness=min(len(asked.content), FULL) / FULL,
        covered=found.covered,
        filled=found.filled,
        letters_foreign=asked.share_of_letters(lambda letter: not grasp.has(letter)),
        letters_apart=asked.share_of_letters(lambda letter: letter not in near),
        misnamed=sum(share for word, share in strange if any(word.term in name for name in names)),
        reported=float(reported),
        passing=sum(share * grasp.seldom(word) for word, share in asked.content) if is_brief else 0.0,
    )


@cache
def _rank() -> tuple[float, ...]:
    """The weights that order the entries as plain numbers: they are multiplied for every candidate."""
    return structs.astuple(weights().rank)


def _product(evidence: Evidence, factors: Sequence[float]) -> float:
    return float(sum(map(mul, structs.astuple(evidence), factors)))
