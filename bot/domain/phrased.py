"""The phrasings of entries as they read: packed, for there may be a million, and found by their letters."""

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct

from bot.domain.entries import Entry
from bot.domain.grasp import phrasings_of

# In a key the upper half is of the letters, the lower half the number of the entry.
_HALF = 32
_UPPER = (1 << 64) - (1 << _HALF)
_LOWER = (1 << _HALF) - 1


class Phrased(Struct, frozen=True, gc=False):
    """A phrasing of an entry as it reads: its letters and the kinds of things that it asks for."""

    entry: Entry
    phrasing: str
    letters: str
    facets: frozenset[str]


class Packed(Struct, frozen=True, gc=False):
    """The letters of an entry's phrasings, a line each, and the facets of each."""

    letters: str
    facets: tuple[frozenset[str], ...]

    def lines(self) -> list[str]:
        return self.letters.split("\n")

    def phrased(self, entry: Entry) -> list[Phrased]:
        read = zip(phrasings_of(entry), self.lines(), self.facets, strict=True)
        return [Phrased(entry, phrasing, letters, facets) for phrasing, letters, facets in read]


class ByLetters:
    """Finds the entries that are asked in given letters. A sorted array of hashes is a tenth of a dictionary's size."""

    def __init__(self, packed: Sequence[Packed]) -> None:
        self._packed = packed
        self._keys = array("Q", sorted(_keys(packed)))

    def find(self, letters: str) -> Iterator[int]:
        """The numbers of the entries with a phrasing of these letters, in order."""
        upper = _upper(letters)
        at = bisect_left(self._keys, upper)
        while at < len(self._keys) and self._keys[at] & _UPPER == upper:
            number = self._keys[at] & _LOWER
            if letters in self._packed[number].lines():  # others may have the same hash
                yield number
            at += 1


def _keys(packed: Iterable[Packed]) -> Iterator[int]:
    for number, one in enumerate(packed):
        yield from {_upper(letters) | number for letters in one.lines()}


def _upper(letters: str) -> int:
    return hash(letters) & _UPPER
