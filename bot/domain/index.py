"""An inverted index over groups of short texts: TF-IDF cosines of words and of sounds, in plain Python."""

import zlib
from array import array
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import accumulate, chain, count, pairwise
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


# Terms by number, each with how much of a text it is.
Weighted = list[tuple[int, float]]


class Hit(Struct, frozen=True):
    """A text by its place in the group, with the cosine of its words and that of its sounds (each 0 to 1)."""

    place: int
    words: float
    sounds: float

    @property
    def score(self) -> float:
        """The blend of both (0 to 1)."""
        return WORDS_SHARE * self.words + SOUNDS_SHARE * self.sounds


class Found(Struct, frozen=True):
    """A group by its number, with its nearest texts, the nearest first.

    `covered` is how much of the question's words that one has, `filled` how much of its own words the question has.
    """

    group: int
    hits: tuple[Hit, ...]
    covered: float
    filled: float


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


class Run(NamedTuple):
    """The texts of a group, weighted: each term with the texts that have it, and the terms of each text.

    `ends` are the ends of the texts' words and of their sounds in turn, among `terms` and `weights`.
    """

    by_term: Mapping[int, Weighted]
    terms: "array[int]"
    weights: "array[float]"
    ends: Sequence[int]

    def products(self, asked: Weighted) -> list[float]:
        """The product of each text with the terms of a question."""
        sums = [0.0] * (len(self.ends) // 2)
        for number, weight in asked:
            for at, value in self.by_term.get(number, ()):
                sums[at] += weight * value
        return sums

    def shared(self, asked: Weighted, at: int) -> tuple[float, float]:
        """How much of the words of a question the text has, and how much of its own words the question has."""
        words = slice(self.ends[2 * at - 1] if at else 0, self.ends[2 * at])
        own = dict(zip(self.terms[words], self.weights[words], strict=True))
        both = [(weight, own[number]) for number, weight in asked if number in own]
        return sum((weight * weight for weight, _ in both), 0.0), sum((value * value for _, value in both), 0.0)


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
            for name, groups in zip(self._names, self._postings, strict=True)
            if groups and not name.startswith("~")
        }

    def search(self, words: Mapping[str, float], sounds: Mapping[str, float]) -> list[Found]:
        """The groups with the nearest texts, the nearest first; at most GROUPS of TOLD texts."""
        said, heard = self._unit(words), self._unit(sounds)
        found = [self._found(said, heard, group) for group in self._reached(said, heard)]
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

    def _unit(self, terms: Mapping[str, float]) -> Weighted:
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

    def _reached(self, said: Weighted, heard: Weighted) -> list[int]:
        """The groups that have most of the question by its rarest terms; common ones are read as time allows."""
        reached: dict[int, float] = defaultdict(float)
        read = 0
        shares = [(n, w * WORDS_SHARE) for n, w in said] + [(n, w * SOUNDS_SHARE) for n, w in heard]
        for length, number, share in sorted((len(self._postings[n]), n, share) for n, share in shares):
            if read and read + length > POSTINGS_READ:
                break
            read += length
            for group in self._postings[number][:POSTINGS_READ]:
                reached[group] += share
        best = sorted(reached, key=reached.__getitem__, reverse=True)[:GROUPS]  # of so few, sooner than a heap
        return [group for group in best if reached[group] >= FALLEN_BEHIND * reached[best[0]]]

    def _found(self, said: Weighted, heard: Weighted, group: int) -> Found:
        run = self._run(group)
        words, sounds = run.products(said), run.products(heard)
        scores = [WORDS_SHARE * word + SOUNDS_SHARE * sound for word, sound in zip(words, sounds, strict=True)]
        best = sorted(range(len(scores)), key=scores.__getitem__, reverse=True)[:TOLD]
        hits = tuple([Hit(at, min(words[at], 1.0), min(sounds[at], 1.0)) for at in best])
        return Found(group, hits, *run.shared(said, best[0]))

    def _run_anew(self, group: int) -> Run:
        held = self._held(group)
        ends = list(accumulate(held.sizes))
        by_term: dict[int, Weighted] = defaultdict(list)
        weights = array("f")
        for number, (start, end) in enumerate(pairwise([0, *ends])):
            terms = held.terms[start:end]
            weighted = self._weighted(terms, held.counts[start:end])
            weights.extend(weighted)
            for term, weight in zip(terms, weighted, strict=True):
                by_term[term].append((number // 2, weight))
        return Run(dict(by_term), held.terms, weights, ends)

    def _weighted(self, terms: Sequence[int], counts: Sequence[float]) -> "array[float]":
        """The counts as a vector of length 1."""
        weights = [times * self._rarity[term] for term, times in zip(terms, counts, strict=True)]
        square = sum(weight * weight for weight in weights)
        scale = 1 / sqrt(square) if square else 0.0
        return array("f", [weight * scale for weight in weights])


def _by_best(found: Found) -> float:
    return -found.hits[0].score
