"""What an entry speaks of, in its phrasings and in its answer: the measure of what it may answer."""

from collections.abc import Sequence

from msgspec import Struct

from bot.domain.entries import Entry
from bot.domain.features import Word, facet_term, told_in
from bot.domain.scope import Scope, scope_of
from bot.domain.text import simplify


class Grasp(Struct, frozen=True):
    """The words and limits of one entry: `said` are all terms of its phrasings, `told` the words of its answer."""

    said: frozenset[str]
    told: frozenset[str]
    scope: Scope

    def says(self, word: Word) -> bool:
        """Whether a phrasing has the word, or words that sound like it, or the characters of one that is no word."""
        return (
            word.term in self.said
            or (bool(word.sounds) and self.said.issuperset(word.sounds))
            or (bool(word.parts) and self.said.issuperset(word.parts))
        )

    def knows(self, word: Word) -> bool:
        """Whether a phrasing or the answer has the word."""
        return word.term in self.told or self.says(word)

    def is_for(self, facets: frozenset[str]) -> bool:
        """Whether authors expect questions for all these kinds of things (when, who...)."""
        return self.said.issuperset(map(facet_term, facets))


def grasp_of(entry: Entry, said: frozenset[str]) -> Grasp:
    """`said` are the terms of the phrasings. Places, years and figures may stand in the answer too."""
    told = simplify("。".join((entry.answer, entry.period, entry.english)))
    asked = scope_of(simplify("。".join(phrasings_of(entry))))
    return Grasp(said, told_in(told), asked.with_facts_of(scope_of(told), _year(entry)))


def together(grasps: Sequence[Grasp]) -> Grasp:
    """What the entries of a topic say and tell in all; the limits are of no entry."""
    said = frozenset().union(*(grasp.said for grasp in grasps))
    return Grasp(said, frozenset().union(*(grasp.told for grasp in grasps)), scope_of(""))


def _year(entry: Entry) -> frozenset[str]:
    return frozenset({str(entry.source.date.year)}) if entry.source else frozenset()


def phrasings_of(entry: Entry) -> tuple[str, ...]:
    """All that a question is compared with."""
    return tuple(filter(None, (entry.title, *entry.questions, entry.english_title)))
