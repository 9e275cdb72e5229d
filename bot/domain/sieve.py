"""Tells quickly which of many patterns a text may match: those of which it holds a piece that every match holds.

(Cox, Regular Expression Matching with a Trigram Index, 2012.)
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import chain
from operator import add
from re import _constants as op  # type: ignore[attr-defined]  # not documented; sre_constants before 3.11
from re import _parser  # type: ignore[attr-defined]
from typing import Any

# A piece is no longer than this, which says enough.
PIECE = 4
# A choice of more than so many texts counts as any text.
CHOICES = 1024

Pieces = frozenset[str]
_NOTHING: Pieces = frozenset([""])
_ANY: Pieces = frozenset()


class Sieve:
    """Knows of each pattern, by its number, the pieces of which it needs one."""

    def __init__(self, expressions: Sequence[str]) -> None:
        numbers: dict[str, list[int]] = defaultdict(list)
        for number, expression in enumerate(expressions):
            for piece in needed_by(expression) or _NOTHING:
                numbers[piece].append(number)
        self._always = numbers.pop("", [])
        self._by_start: dict[str, list[tuple[str, list[int]]]] = defaultdict(list)
        for piece, every in numbers.items():
            self._by_start[piece[:2]].append((piece, every))
        self._starts = frozenset(self._by_start)

    def passed(self, text: str) -> set[int]:
        """The numbers of the patterns that the text may match."""
        found = set(self._always)
        for start in self._starts.intersection(chain(text, map(add, text, text[1:]))):
            for piece, numbers in self._by_start[start]:
                if piece in text:
                    found.update(numbers)
        return found


def needed_by(expression: str) -> Pieces:
    """Every text that matches holds one of these, where case counts; none where no such thing can be told."""
    return frozenset([one[:PIECE] for one in _of_sequence(_parser.parse(expression))[1]])


def _of_sequence(items: Iterable[tuple[Any, Any]]) -> tuple[Pieces, Pieces]:
    """All texts that the items can be, and what each match holds one of; empty where that is not known."""
    whole, run, best = True, _NOTHING, _ANY
    for item in items:
        texts, needed = _of_item(*item)
        grown = frozenset([one + other for one in run for other in texts]) if _few(run, texts) else _ANY
        if not grown:
            best = max(best, run, needed, key=_telling)
            whole = False
        run = grown or texts or _NOTHING
    return (run if whole else _ANY), max(best, run, key=_telling)


def _of_item(kind: Any, item: Any) -> tuple[Pieces, Pieces]:
    if kind is op.LITERAL:
        return _one_of([chr(item)])
    if kind is op.IN:
        return _one_of(_characters(item))
    if kind is op.SUBPATTERN:
        return _of_sequence(item[-1])
    if kind is op.BRANCH:
        return _of_branches([_of_sequence(branch) for branch in item[1]])
    if kind in (op.AT, op.ASSERT, op.ASSERT_NOT):
        return _one_of([""])
    if kind in (op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT):
        return _of_repeated(*item)
    return _ANY, _ANY


def _of_repeated(least: int, most: int, items: Iterable[tuple[Any, Any]]) -> tuple[Pieces, Pieces]:
    texts, needed = _of_sequence(items)
    if least == 0:
        return (texts | _NOTHING if texts and most == 1 else _ANY), _ANY
    return _ANY, needed


def _of_branches(branches: Sequence[tuple[Pieces, Pieces]]) -> tuple[Pieces, Pieces]:
    texts = _ANY.union(*(texts for texts, _ in branches)) if all(texts for texts, _ in branches) else _ANY
    needed = _ANY.union(*(needed for _, needed in branches)) if all(needed for _, needed in branches) else _ANY
    return texts, needed


def _one_of(texts: Iterable[str]) -> tuple[Pieces, Pieces]:
    found = frozenset(texts)
    return found, found - _NOTHING


def _characters(items: Sequence[tuple[Any, Any]]) -> list[str]:
    """The characters of a set in brackets; none where they are many."""
    found: list[str] = []
    for kind, item in items:
        if kind is op.LITERAL:
            found.append(chr(item))
        elif kind is op.RANGE and item[1] - item[0] < CHOICES:
            found += map(chr, range(item[0], item[1] + 1))
        else:
            return []
    return found


def _few(run: Pieces, texts: Pieces) -> bool:
    return 0 < len(run) * len(texts) <= CHOICES


def _telling(pieces: Pieces) -> tuple[int, int]:
    """Longer pieces tell more, and fewer; the empty text tells nothing."""
    return min((min(len(one), PIECE) for one in pieces), default=0), -len(pieces)
