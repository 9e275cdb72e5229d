"""An inverted index over short texts: TF-IDF cosine of words blended with that of sounds, in plain Python."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from heapq import nlargest
from itertools import chain
from math import hypot, log, sqrt

from msgspec import Struct

from bot.domain.features import sounds_of, words_of

WORDS_SHARE = 0.6
SOUNDS_SHARE = 0.4
# The rarest words of a question choose who is scored exactly, so that many texts cost little more time.
CANDIDATES = 24
POSTINGS_READ = 800


class Hit(Struct, frozen=True):
    """A text by its place, with how near it is (0 to 1)."""

    place: int
    score: float


class Index:
    """Texts in groups: a word is rare when few groups use it, however many texts of one group repeat it."""

    def __init__(self, texts: Iterable[tuple[str, str]]) -> None:
        """`texts` are (group, text), the text simplified."""
        counted = [(group, words_of(text), sounds_of(text)) for group, text in texts]
        self._rarity, self._unknown = _rarities(counted)
        self._vectors = [self._vector(words, sounds) for _, words, sounds in counted]
        self._terms: dict[str, set[str]] = defaultdict(set)
        for (group, _, _), vector in zip(counted, self._vectors, strict=True):
            self._terms[group].update(vector)
        self._postings: dict[str, list[int]] = defaultdict(list)
        for place, vector in enumerate(self._vectors):
            for term in vector:
                self._postings[term].append(place)

    def rarity(self, term: str) -> float:
        """How much a term tells; the most for one that no text has."""
        return self._rarity.get(term, self._unknown)

    def terms(self, group: str) -> frozenset[str]:
        """All words, facets and sounds of a group."""
        return frozenset(self._terms[group])

    def search(self, text: str) -> list[Hit]:
        """The nearest texts, unordered; at most CANDIDATES."""
        asked = self._vector(words_of(text), sounds_of(text))
        return [Hit(place, min(_product(asked, self._vectors[place]), 1.0)) for place in self._candidates(asked)]

    def _candidates(self, asked: Mapping[str, float]) -> list[int]:
        known = [(len(self._postings[term]), term) for term in asked if term in self._postings]
        reached: dict[int, float] = defaultdict(float)
        read = 0
        for length, term in sorted(known):
            if read and read + length > POSTINGS_READ:
                break
            read += length
            weight = asked[term]
            for place in self._postings[term]:
                reached[place] += weight
        return nlargest(CANDIDATES, reached, key=reached.__getitem__)

    def _vector(self, words: Mapping[str, float], sounds: Mapping[str, float]) -> dict[str, float]:
        """One vector whose inner product is the blend of both cosines; words alone where nothing sounds."""
        return self._unit(words, WORDS_SHARE) | self._unit(sounds, SOUNDS_SHARE)

    def _unit(self, terms: Mapping[str, float], share: float) -> dict[str, float]:
        rarity, unknown = self._rarity, self._unknown
        weighted = {term: count * rarity.get(term, unknown) for term, count in terms.items()}
        length = hypot(*weighted.values())
        scale = sqrt(share) / length if length else 0.0
        return {term: weight * scale for term, weight in weighted.items()}


def _product(asked: Mapping[str, float], vector: Mapping[str, float]) -> float:
    product = 0.0
    for term, weight in asked.items():
        if term in vector:
            product += weight * vector[term]
    return product


def _rarities(
    counted: list[tuple[str, dict[str, float], Counter[str]]],
) -> tuple[dict[str, float], float]:
    groups: dict[str, set[str]] = defaultdict(set)
    for group, words, sounds in counted:
        for term in chain(words, sounds):
            groups[term].add(group)
    total = len({group for group, _, _ in counted})
    rarity = {term: log(1 + total / len(members)) for term, members in groups.items()}
    return rarity, log(1 + total)
