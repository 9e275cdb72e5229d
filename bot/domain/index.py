"""An inverted index over groups of short texts: TF-IDF cosines of words and of sounds, in plain Python."""

from array import array
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from heapq import nlargest
from itertools import repeat
from math import log, sqrt

from msgspec import Struct

WORDS_SHARE = 0.6
SOUNDS_SHARE = 0.4
# The rarest terms of a question choose the groups that are scored exactly, so that many cost little more time.
GROUPS = 6
POSTINGS_READ = 600
# A group that has much less of them than the best is not scored at all.
FALLEN_BEHIND = 0.5
# The runs of so many groups are kept as dictionaries.
KEPT = 1024
# So many of a group's texts are told.
TOLD = 8


class Text(Struct, frozen=True):
    """A text of a group, as counted terms. Sounds begin with ~, so that they are no words."""

    group: str
    words: Mapping[str, float]
    sounds: Mapping[str, float]


class Hit(Struct, frozen=True):
    """A text by its place, with the cosine of its words and that of its sounds (each 0 to 1).

    `covered` is how much of the question's words it has, `filled` how much of its own words the question has.
    """

    place: int
    words: float
    sounds: float
    covered: float
    filled: float

    @property
    def score(self) -> float:
        """The blend of both (0 to 1)."""
        return WORDS_SHARE * self.words + SOUNDS_SHARE * self.sounds


class Index:
    """A word is rare when few groups use it, however many texts of one group repeat it.

    Every group is a run of (term, place, weight), in order, in three arrays: for a million texts would not fit into
    dictionaries.
    """

    def __init__(self, texts: Iterable[Text]) -> None:
        """The texts of a group come one after another."""
        self._numbers: dict[str, int] = {}
        self._groups: list[str] = []
        self._firsts = array("I")
        self._starts = array("I", [0])
        self._terms = array("I")
        self._places = array("I")
        self._weights = array("f")
        self._fill(texts)
        self._names = list(self._numbers)
        self._sounding = bytes(name.startswith("~") for name in self._names)
        self._postings: list[array[int]] = [array("I") for _ in self._names]
        for group in range(len(self._groups)):
            for number in dict.fromkeys(self._terms[self._starts[group] : self._starts[group + 1]]):
                self._postings[number].append(group)
        self._unknown = log(1 + len(self._groups))
        self._rarity = [log(1 + len(self._groups) / len(groups)) for groups in self._postings]
        for group in range(len(self._groups)):
            self._settle(group)
        self._run = lru_cache(KEPT)(self._run_anew)

    def __contains__(self, term: str) -> bool:
        """Whether some group has the term."""
        return term in self._numbers

    def rarity(self, term: str) -> float:
        """How much a term tells; the most for one that no text has."""
        number = self._numbers.get(term)
        return self._unknown if number is None else self._rarity[number]

    def terms_of(self, at: int) -> frozenset[str]:
        """All words, facets and sounds of the group of this number."""
        names = self._names
        return frozenset([names[number] for number in self._terms[self._starts[at] : self._starts[at + 1]]])

    def words(self) -> dict[str, int]:
        """All words and facets, each with the number of groups that have it."""
        return {
            name: len(groups)
            for name, groups, sounding in zip(self._names, self._postings, self._sounding, strict=True)
            if not sounding
        }

    def search(self, words: Mapping[str, float], sounds: Mapping[str, float]) -> list[list[Hit]]:
        """The nearest texts, nearest first, by group, the nearest group first; at most GROUPS of TOLD texts."""
        asked = [*self._unit(words), *self._unit(sounds)]
        found = [self._hits(asked, group) for group in self._reached(asked)]
        return sorted(found, key=_by_best)

    def _fill(self, texts: Iterable[Text]) -> None:
        """Stores the texts with plain counts."""
        numbers = self._numbers
        place = -1
        for place, text in enumerate(texts):
            if not self._groups or text.group != self._groups[-1]:
                if self._groups:
                    self._starts.append(len(self._terms))
                self._groups.append(text.group)
                self._firsts.append(place)
            for counts in (text.words, text.sounds):
                self._terms.extend([numbers.setdefault(term, len(numbers)) for term in counts])
                self._weights.extend(counts.values())
                self._places.extend(repeat(place, len(counts)))
        self._starts.append(len(self._terms))
        self._firsts.append(place + 1)

    def _settle(self, group: int) -> None:
        """Turns counts into weights: the words of each text become a vector of length 1, and so do its sounds."""
        start, end, first = self._starts[group], self._starts[group + 1], self._firsts[group]
        rarity, sounding = self._rarity, self._sounding
        run = self._terms[start:end]
        kinds = [2 * (place - first) + sounding[n] for n, place in zip(run, self._places[start:end], strict=True)]
        weights = [count * rarity[n] for n, count in zip(run, self._weights[start:end], strict=True)]
        squares = [0.0] * (2 * (self._firsts[group + 1] - first))
        for kind, weight in zip(kinds, weights, strict=True):
            squares[kind] += weight * weight
        scales = [1 / sqrt(square) if square else 0.0 for square in squares]
        self._weights[start:end] = array("f", [w * scales[kind] for kind, w in zip(kinds, weights, strict=True)])

    def _unit(self, terms: Mapping[str, float]) -> list[tuple[int, float]]:
        """The known terms by number, weighted so that all together, the unknown too, have length 1."""
        numbers, rarity, unknown = self._numbers, self._rarity, self._unknown
        square = 0.0
        known = []
        for term, count in terms.items():
            number = numbers.get(term)
            weight = count * (unknown if number is None else rarity[number])
            square += weight * weight
            if number is not None:
                known.append((number, weight))
        scale = 1 / sqrt(square) if square else 0.0
        return [(number, weight * scale) for number, weight in known]

    def _reached(self, asked: Sequence[tuple[int, float]]) -> list[int]:
        """The groups that have most of the question by its rarest terms; common ones are read as time allows."""
        reached: dict[int, float] = defaultdict(float)
        read = 0
        for length, number, weight in sorted((len(self._postings[n]), n, w) for n, w in asked):
            if read and read + length > POSTINGS_READ:
                break
            read += length
            share = weight * (SOUNDS_SHARE if self._sounding[number] else WORDS_SHARE)
            for group in self._postings[number][:POSTINGS_READ]:
                reached[group] += share
        best = nlargest(GROUPS, reached, key=reached.__getitem__)
        return [group for group in best if reached[group] >= FALLEN_BEHIND * reached[best[0]]]

    def _hits(self, asked: Sequence[tuple[int, float]], group: int) -> list[Hit]:
        """The nearest texts of a group."""
        first = self._firsts[group]
        count = self._firsts[group + 1] - first
        words, sounds, covered, filled = ([0.0] * count for _ in range(4))
        run = self._run(group)
        for number, weight in asked:
            if number in run:
                if self._sounding[number]:
                    for at, value in run[number]:
                        sounds[at] += weight * value
                else:
                    for at, value in run[number]:
                        words[at] += weight * value
                        covered[at] += weight * weight
                        filled[at] += value * value
        scores = [WORDS_SHARE * word + SOUNDS_SHARE * sound for word, sound in zip(words, sounds, strict=True)]
        best = sorted(range(count), key=scores.__getitem__, reverse=True)[:TOLD]
        return [Hit(first + at, min(words[at], 1.0), min(sounds[at], 1.0), covered[at], filled[at]) for at in best]

    def _run_anew(self, group: int) -> dict[int, list[tuple[int, float]]]:
        """The texts of a group by term, each by its place in the group, with the term's weight in it."""
        start, end, first = self._starts[group], self._starts[group + 1], self._firsts[group]
        run: dict[int, list[tuple[int, float]]] = defaultdict(list)
        for number, place, weight in zip(
            self._terms[start:end], self._places[start:end], self._weights[start:end], strict=True
        ):
            run[number].append((place - first, weight))
        return dict(run)


def _by_best(hits: Sequence[Hit]) -> float:
    return -hits[0].score
