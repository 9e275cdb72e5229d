"""An inverted index over groups of short texts: TF-IDF cosines of words and of sounds, in plain Python."""

import zlib
from array import array
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from heapq import nlargest
from itertools import chain, count
from math import log, sqrt
from typing import NamedTuple

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
    """A text, as counted terms. Sounds begin with ~, so that they are no words."""

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


class Counts(NamedTuple):
    """How often each term stands in the texts of a group.

    `sizes` are the numbers of terms that each text has, of its words and of its sounds in turn.
    """

    terms: "array[int]"
    counts: "array[float]"
    sizes: "array[int]"

    @classmethod
    def of(cls, packed: bytes, texts: int) -> "Counts":
        plain = zlib.decompress(packed)
        end = len(plain) - 2 * texts * array("I").itemsize
        return cls(array("I", plain[: end // 2]), array("f", plain[end // 2 : end]), array("I", plain[end:]))

    def packed(self) -> bytes:
        """The texts of a group are much alike: a tenth is left of them."""
        return zlib.compress(b"".join(part.tobytes() for part in self), level=1)


class Index:
    """A word is rare when few groups use it, however many texts of one group repeat it.

    What a group holds is packed, for a million texts would not fit into dictionaries; it is unpacked and weighted when
    a question comes near.
    """

    def __init__(self, groups: Iterable[int | Iterable[Text]], before: "Index | None" = None) -> None:
        """Each group is its texts, or the number of a group of the index `before`: that one is not read again."""
        self._firsts = array("I", [0])
        self._packed: list[bytes] = []
        names = before._names if before else []
        self._postings: list[array[int]] = [array("I") for _ in names]
        numbers: dict[str, int] = defaultdict(count(len(names)).__next__, zip(names, count()))
        for group in groups:
            if isinstance(group, int):
                assert before
                self._keep(before, group)
            else:
                self._add(numbers, group)
        self._names: list[str] = list(numbers)
        self._numbers = {name: number for name, number in numbers.items() if self._postings[number]}
        self._sounding = bytes(name.startswith("~") for name in self._names)
        self._unknown = log(1 + len(self._packed))
        self._rarity = [log(1 + len(self._packed) / len(groups)) if groups else 0.0 for groups in self._postings]
        self._run = lru_cache(KEPT)(self._run_anew)

    def __contains__(self, term: str) -> bool:
        """Whether some group has the term."""
        return term in self._numbers

    def rarity(self, term: str) -> float:
        """How much a term tells; the most for one that no text has."""
        number = self._numbers.get(term)
        return self._unknown if number is None else self._rarity[number]

    def terms_of(self, at: int) -> dict[str, int]:
        """All words, facets and sounds of the group of this number, each with how many of its texts have it."""
        return {self._names[number]: texts for number, texts in Counter(self._held(at).terms).items()}

    def words(self) -> dict[str, int]:
        """All words and facets, each with the number of groups that have it."""
        return {
            name: len(groups)
            for name, groups, sounding in zip(self._names, self._postings, self._sounding, strict=True)
            if groups and not sounding
        }

    def search(self, words: Mapping[str, float], sounds: Mapping[str, float]) -> list[list[Hit]]:
        """The nearest texts, nearest first, by group, the nearest group first; at most GROUPS of TOLD texts."""
        asked = [*self._unit(words), *self._unit(sounds)]
        found = [self._hits(asked, group) for group in self._reached(asked)]
        return sorted(found, key=_by_best)

    def _add(self, numbers: Mapping[str, int], texts: Iterable[Text]) -> None:
        """Stores the texts of a group with plain counts; a new term gets the next number."""
        counted = [counts for text in texts for counts in (text.words, text.sounds)]
        terms = array("I", map(numbers.__getitem__, chain.from_iterable(counted)))
        counts = array("f", chain.from_iterable(one.values() for one in counted))
        self._postings += [array("I") for _ in range(len(numbers) - len(self._postings))]
        self._store(Counts(terms, counts, array("I", map(len, counted))).packed(), terms, len(counted) // 2)

    def _keep(self, before: "Index", group: int) -> None:
        """Takes over a group as it is packed: its terms have the same numbers here."""
        texts = before._firsts[group + 1] - before._firsts[group]
        self._store(before._packed[group], before._held(group).terms, texts)

    def _store(self, packed: bytes, terms: Iterable[int], texts: int) -> None:
        for number in set(terms):
            self._postings[number].append(len(self._packed))
        self._packed.append(packed)
        self._firsts.append(self._firsts[-1] + texts)

    def _held(self, group: int) -> Counts:
        return Counts.of(self._packed[group], self._firsts[group + 1] - self._firsts[group])

    def _unit(self, terms: Mapping[str, float]) -> list[tuple[int, float]]:
        """The known terms by number, weighted so that all together, the unknown too, have length 1."""
        numbers, rarity, unknown = self._numbers, self._rarity, self._unknown
        square = 0.0
        known = []
        for term, times in terms.items():
            number = numbers.get(term)
            weight = times * (unknown if number is None else rarity[number])
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
        held = self._held(group)
        run: dict[int, list[tuple[int, float]]] = defaultdict(list)
        end = 0
        for number, size in enumerate(held.sizes):
            start, end = end, end + size
            terms = held.terms[start:end]
            for term, weight in zip(terms, self._weighted(terms, held.counts[start:end]), strict=True):
                run[term].append((number // 2, weight))
        return dict(run)

    def _weighted(self, terms: Sequence[int], counts: Sequence[float]) -> Sequence[float]:
        """The counts as a vector of length 1."""
        weights = [times * self._rarity[term] for term, times in zip(terms, counts, strict=True)]
        square = sum(weight * weight for weight in weights)
        scale = 1 / sqrt(square) if square else 0.0
        return array("f", [weight * scale for weight in weights])


def _by_best(hits: Sequence[Hit]) -> float:
    return -hits[0].score
