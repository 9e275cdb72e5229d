"""What an entry speaks of, in its phrasings and in its answer: the measure of what it may answer."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import cached_property
from itertools import chain
from types import MappingProxyType

from bot.domain.entries import Entry
from bot.domain.features import Word, facet_term, told_in
from bot.domain.lexicon import word_list
from bot.domain.scope import Scope, scope_of
from bot.domain.text import simplify

# A word that so many of the entries of a topic say is part of its name.
COMMON = 0.75
# What one of so many phrasings says alone is not what the entry is about; of few phrasings that cannot be told.
MANY = 30
_NOBODY: Mapping[str, int] = MappingProxyType({})


class Grasp:
    """The words of entries: `said` are all terms of their phrasings; their answers are read when it first matters.

    `common` are the terms that nearly all of several entries say: how their topic is called. `often` says how many
    of the `phrasings` of an entry have a term.
    """

    def __init__(
        self,
        said: frozenset[str],
        tell: Callable[[], frozenset[str]],
        common: frozenset[str] = frozenset(),
        often: Mapping[str, int] = _NOBODY,
        phrasings: int = 0,
    ) -> None:
        self.said = said
        self.common = common
        self._often = often
        self._many = min(phrasings / MANY, 1.0)
        self._tell = tell

    @classmethod
    def of(cls, entry: Entry, said: Mapping[str, int], implied: frozenset[str]) -> "Grasp":
        """`said` are the terms of its phrasings, each with how many have it; it answers what is `implied` as well."""
        phrasings = len(phrasings_of(entry))
        return cls(implied.union(said), lambda: told_in(_told(entry)), often=said, phrasings=phrasings)

    @classmethod
    def together(cls, grasps: Sequence["Grasp"]) -> "Grasp":
        counts = Counter(chain.from_iterable(grasp.said for grasp in grasps))
        common = frozenset([term for term, count in counts.items() if count >= COMMON * len(grasps) > COMMON])
        return cls(frozenset(counts), lambda: frozenset().union(*(grasp.told for grasp in grasps)), common)

    @cached_property
    def told(self) -> frozenset[str]:
        """The words of the answers."""
        return self._tell()

    def has(self, letter: str) -> bool:
        """Whether a phrasing or an answer has a word with this character."""
        return letter in self.said or letter in self.told

    def says(self, word: Word) -> bool:
        """Whether a phrasing has the word, or words that sound like it."""
        return word.term in self.said or (bool(word.sounds) and self.said.issuperset(word.sounds))

    def seldom(self, word: Word) -> float:
        """How much a word only comes in passing: up to 1 where one phrasing of many has it, and no answer."""
        often = self._often.get(word.term, 0)
        return self._many / often if often and not self.tells(word) else 0.0

    def knows(self, word: Word) -> bool:
        """Whether a phrasing or an answer has the word."""
        return self.says(word) or self.tells(word)

    def tells(self, word: Word) -> bool:
        """Whether an answer has the word."""
        return word.term in self.told

    def counts(self, aimed: str) -> bool:
        """Whether authors expect to be asked how many of this there are, if it is a count."""
        return not aimed.startswith("#") or aimed in self.said

    def is_for(self, facets: frozenset[str]) -> bool:
        """Whether authors expect questions for all these kinds of things (when, who...)."""
        return self.said.issuperset(map(facet_term, facets))


def implied_by(entry: Entry) -> frozenset[str]:
    """What an entry of the operators' layer answers without saying it: this year, whether it is still on."""
    if not entry.valid_until:
        return frozenset()
    return told_in("。".join(_now_in(entry, entry.valid_until))) | {facet_term("still")}


def limits_of(entry: Entry) -> Scope:
    """What an entry speaks of; places, years and figures may stand in the answer alone."""
    asked = scope_of(simplify("。".join(phrasings_of(entry))))
    told = scope_of(_told(entry))
    return asked.with_facts_of(
        told, _times(entry) if entry.valid_until or not any(map(str.isdigit, told.times)) else frozenset()
    )


def _told(entry: Entry) -> str:
    return simplify("。".join((entry.answer, entry.period, entry.english)))


def _times(entry: Entry) -> frozenset[str]:
    """The times that an entry speaks of without a word: the year of its source, or all that is now."""
    if entry.valid_until:
        return scope_of("。".join(_now_in(entry, entry.valid_until))).times
    return frozenset({str(entry.source.date.year)}) if entry.source else frozenset()


def _now_in(entry: Entry, last: date) -> tuple[str, ...]:
    """The words for the time from the source to the last day, as it is now."""
    first = entry.source.date if entry.source else last
    years = range(first.year, last.year + 1)
    return (*word_list("scope")["now"], *(f"{year}年" for year in years))


def phrasings_of(entry: Entry) -> tuple[str, ...]:
    """All that a question is compared with."""
    return tuple(filter(None, (entry.title, *entry.questions, entry.english_title)))
