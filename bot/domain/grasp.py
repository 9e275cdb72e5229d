"""What an entry speaks of, in its phrasings and in its answer: the measure of what it may answer."""

from functools import cached_property, lru_cache

from bot.domain.entries import Entry
from bot.domain.features import content_of, facet_term, is_facet, pairs_of, sounds_of, without_padding
from bot.domain.lexicon import as_written
from bot.domain.scope import Scope, scope_of
from bot.domain.text import simplify


class Grasp:
    """The words, sounds and limits of one entry; the answer is read when it is first needed."""

    def __init__(self, entry: Entry, terms: frozenset[str]) -> None:
        """`terms` are those of the phrasings: words, facets and sounds."""
        self._entry = entry
        self._terms = terms

    def has(self, term: str) -> bool:
        """Whether the entry has the word or facet, a word that sounds like it, or one that is in it."""
        if term in self._terms or is_facet(term):
            return term in self._terms
        return (
            self._terms.issuperset(sounds_of(term))
            or term in self._told_words
            or not self._terms.isdisjoint(pairs_of(term))
        )

    def is_for(self, facets: frozenset[str]) -> bool:
        """Whether authors expect questions for all these kinds of things (when, who...)."""
        return self._terms.issuperset(map(facet_term, facets))

    @cached_property
    def _told(self) -> str:
        return reading_of("。".join((self._entry.answer, self._entry.period, self._entry.english)))

    @cached_property
    def _told_words(self) -> frozenset[str]:
        return frozenset(content_of(self._told))

    @cached_property
    def scope(self) -> Scope:
        """Places, years and figures may stand in the answer; the kind of question, in phrasings alone."""
        asked = scope_of("。".join(map(reading_of, phrasings_of(self._entry))))
        told = scope_of(self._told)
        years = {time for time in told.times if time.isdigit()}
        if self._entry.source:
            years.add(str(self._entry.source.date.year))
        return Scope(
            places=asked.places | told.places,
            times=asked.times | years,
            numbers=asked.numbers | told.numbers,
            attributes=asked.attributes,
            opposites=asked.opposites,
            facets=asked.facets,
        )


def phrasings_of(entry: Entry) -> tuple[str, ...]:
    """All that a question is compared with."""
    return tuple(filter(None, (entry.title, *entry.questions, entry.english_title)))


@lru_cache(maxsize=256)
def reading_of(text: str) -> str:
    """The form in which phrasings are compared: simplified, in written Chinese, without padding."""
    return without_padding(as_written(simplify(text)))
