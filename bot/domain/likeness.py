"""Puts texts together that ask alike, by what the search compares: words and sounds, places, times and opposites."""

from collections import Counter, defaultdict
from collections.abc import Hashable, Mapping, Sequence
from itertools import pairwise
from math import log, sqrt
from typing import Generic, TypeVar

from bot.domain.features import Reading, reading_of, strict
from bot.domain.index import SOUNDS_SHARE, WORDS_SHARE
from bot.domain.scope import scope_of
from bot.domain.text import simplify

# From this likeness (0 to 1) on two texts ask alike. Of the pairs of gold questions that it puts together, 93 in 100
# have the same answer.
ALIKE = 0.6
# From this share of common pairs of characters (0 to 1) two texts are the same with a few words changed. Of the shipped
# tips no two come above 0.2.
TWINS = 0.4

PlaceT = TypeVar("PlaceT")

# The terms of a text, the rarest first, and how much each tells. The product of two texts is their likeness.
Vector = Mapping[str, float]


def together(texts: Sequence[str]) -> list[list[int]]:
    """The texts in groups, each a list of places: the first leads, and the others are like it.

    A text joins the leader that it is most like, or becomes one (Hartigan, Clustering Algorithms, 1975).
    """
    readings = [reading_of(simplify(text)) for text in texts]
    rarity = _rarity(readings)
    by_kind: dict[Hashable, _Leaders] = defaultdict(_Leaders)
    for place, reading in enumerate(readings):
        by_kind[strict(reading.facets), scope_of(reading.text)].add(place, _vector(reading, rarity))
    return [group for leaders in by_kind.values() for group in leaders.groups]


class _Leaders:
    """The leaders of texts that ask for the same kind of thing, found by their rarest terms."""

    def __init__(self) -> None:
        self.groups: list[list[int]] = []
        self._vectors: list[Vector] = []
        self._by_term: dict[str, list[int]] = defaultdict(list)

    def add(self, place: int, vector: Vector) -> None:
        rarest = _rarest(vector)
        near = {leader for term in rarest for leader in self._by_term.get(term, ())}
        likeness, leader = max(((_product(self._vectors[one], vector), one) for one in near), default=(0.0, 0))
        if likeness >= ALIKE:
            self.groups[leader].append(place)
            return
        for term in rarest:
            self._by_term[term].append(len(self.groups))
        self.groups.append([place])
        self._vectors.append(vector)


def _rarest(vector: Vector) -> list[str]:
    """The terms of which two texts must share one to be alike: all others together tell too little.

    (Bayardo, Ma and Srikant, Scaling up all pairs similarity search, 2007.)
    """
    left = sum(weight * weight for weight in vector.values())
    rarest = []
    for term, weight in vector.items():
        if left < ALIKE * ALIKE:
            break
        rarest.append(term)
        left -= weight * weight
    return rarest


def _product(one: Vector, other: Vector) -> float:
    return sum(weight * other[term] for term, weight in one.items() if term in other)


def _rarity(readings: Sequence[Reading]) -> Mapping[str, float]:
    """How much a term tells: the fewer texts have it, the more."""
    texts = Counter(term for reading in readings for term in (*reading.words, *reading.sounds))
    return {term: log(1 + len(readings) / count) for term, count in texts.items()}


def _vector(reading: Reading, rarity: Mapping[str, float]) -> Vector:
    terms = {**_weighted(reading.words, WORDS_SHARE, rarity), **_weighted(reading.sounds, SOUNDS_SHARE, rarity)}
    return dict(sorted(terms.items(), key=lambda item: (-rarity[item[0]], item[0])))


def _weighted(counts: Mapping[str, float], share: float, rarity: Mapping[str, float]) -> Vector:
    """The counts as a vector whose square is `share`."""
    weights = {term: count * rarity[term] for term, count in counts.items()}
    length = sqrt(sum(weight * weight for weight in weights.values()) / share)
    return {term: weight / length for term, weight in weights.items()}


class Twins(Generic[PlaceT]):
    """Texts of which no two should say the same in nearly the same words, each with the place where it stands."""

    def __init__(self) -> None:
        self._pairs: list[frozenset[str]] = []
        self._places: list[PlaceT] = []
        self._by_pair: dict[str, list[int]] = defaultdict(list)

    def add(self, text: str, place: PlaceT) -> PlaceT | None:
        """Take the text in; the place of the first that is nearly the same, or None."""
        pairs = _pairs_of(text)
        shared = Counter(other for pair in pairs for other in self._by_pair[pair])
        twin = next((other for other, count in sorted(shared.items()) if self._is_twin(pairs, other, count)), None)
        for pair in pairs:
            self._by_pair[pair].append(len(self._places))
        self._pairs.append(pairs)
        self._places.append(place)
        return None if twin is None else self._places[twin]

    def _is_twin(self, pairs: frozenset[str], other: int, shared: int) -> bool:
        """By the share of their pairs of characters (Broder, On the resemblance of documents, 1997)."""
        return shared >= TWINS * (len(pairs) + len(self._pairs[other]) - shared)


def _pairs_of(text: str) -> frozenset[str]:
    letters = [character for character in simplify(text) if character.isalnum()]
    return frozenset(map("".join, pairwise(letters)))
