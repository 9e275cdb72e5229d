"""An inverted index over short texts: TF-IDF cosine of words blended with that of sounds, in plain Python."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from heapq import nlargest
from math import log, sqrt

from msgspec import Struct

from bot.domain.features import sounds_of, words_of

WORDS_SHARE = 0.6
SOUNDS_SHARE = 0.4
# The rarest words of a question choose who is scored exactly, so that many texts cost little more time.
CANDIDATES = 48
POSTINGS_READ = 4000


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
        self._postings: dict[str, list[int]] = defaultdict(list)
        for place, vector in enumerate(self._vectors):
            for term in vector:
                self._postings[term].append(place)

    def rarity(self, term: str) -> float:
        """How much a term tells; the most for one that no text has."""
        return self._rarity.get(term, self._unknown)

    def knows(self, term: str) -> bool:
        return term in self._rarity

    def search(self, text: str) -> list[Hit]:
        """The nearest texts, unordered; at most CANDIDATES."""
        asked = self._vector(words_of(text), sounds_of(text))
        hits = []
        for place in self._candidates(asked):
            vector = self._vectors[place]
            score = sum(weight * vector[term] for term, weight in asked.items() if term in vector)
            hits.append(Hit(place, min(score, 1.0)))
        return hits

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
        weighted = {term: count * self.rarity(term) for term, count in terms.items()}
        length = sqrt(sum(weight * weight for weight in weighted.values()))
        return {term: weight / length * sqrt(share) for term, weight in weighted.items()} if length else {}


def _rarities(
    counted: list[tuple[str, dict[str, float], dict[str, float]]],
) -> tuple[dict[str, float], float]:
    groups: dict[str, set[str]] = defaultdict(set)
    for group, words, sounds in counted:
        for term in (*words, *sounds):
            groups[term].add(group)
    total = len({group for group, _, _ in counted})
    rarity = {term: log(1 + total / len(members)) for term, members in groups.items()}
    return rarity, log(1 + total)
