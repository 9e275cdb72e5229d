"""Characters that a hand, a camera or a keyboard of shapes took for others, as the words that must have been meant."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from itertools import chain, product

import rjieba

from bot.domain.lexicon import word_list

_HAN = re.compile("[\u3400-\u9fff]{2,}")
_LONGEST_WORD = 4
_LONGEST_WINDOW = 4
# A longer text has so many words that one more or less tells nothing.
_LONGEST_TEXT = 75
# GB 2312 lists the characters that are in frequent use before these.
_RARE = b"\xd8"


class Lookalikes:
    """Knows the words that can be meant, of those that look alike the most frequent."""

    def __init__(self, words: Mapping[str, int]) -> None:
        lists = word_list("words")
        self._stop = frozenset(lists["stop"])
        self._asking = frozenset(lists["asking"])
        spoken = [*word_list("cantonese")["cantonese"], *word_list("cantonese")["colloquial"]]
        self._known = {*words, *spoken, *chain.from_iterable(spoken)}
        self._words = {**dict.fromkeys((*chain(*lists["synonyms"]), *self._asking), 1), **words}

    def mended(self, text: str) -> str:
        """The text with words in place of characters that are none; what stands in a dictionary stays as it is."""
        if len(text) > _LONGEST_TEXT:
            return text
        return _HAN.sub(lambda found: self._run(found.group()), text)

    def _run(self, run: str) -> str:
        cut = rjieba.cut(run, False)
        mended: list[str] = []
        start = 0
        while start < len(cut):
            word, length = self._window(cut, start)
            mended.append(word)
            start += length
        return "".join(mended)

    def _window(self, cut: Sequence[str], start: int) -> tuple[str, int]:
        """The longest word that the next ones look like; where there is none, the next one, with how many it took."""
        for length in range(min(_LONGEST_WINDOW, len(cut) - start), 1, -1):
            window = cut[start : start + length]
            seen = "".join(window)
            if len(seen) <= _LONGEST_WORD and seen not in self._known and self._stop.isdisjoint(window):
                known = [word for word in self._readings(window) if word in self._words]
                if known:
                    return max(known, key=self._words.__getitem__), length
        return self._alone(cut[start]), 1

    def _readings(self, window: Sequence[str]) -> Iterator[str]:
        """What is seen, with one character as another, or with all that no entry has."""
        for at, word in enumerate(window):
            others = _alike().get(word, "") if len(window) > 2 or word not in self._asking else ""
            meant = ("".join((*window[:at], other, *window[at + 1 :])) for other in others)
            yield from (word for word in meant if word not in self._asking)
        yield from map("".join, product(*map(self._alikes, window)))

    def _alikes(self, word: str) -> Iterable[str]:
        return (word,) if word in self._words or len(word) > 1 else _alike().get(word, word)

    def _alone(self, word: str) -> str:
        """A rare character that no entry has, as the one that it looks like."""
        known = [other for other in _alike().get(word, "") if other in self._words]
        return max(known, key=self._words.__getitem__, default=word) if self._is_strange(word) else word

    def _is_strange(self, word: str) -> bool:
        return len(word) == 1 and word not in self._known and word.encode("gb2312", "replace") >= _RARE


@cache
def _alike() -> dict[str, str]:
    """By the character that is seen, those that may be meant."""
    alike: dict[str, str] = defaultdict(str)
    for meant, *seen in word_list("lookalikes")["groups"].split():
        for character in seen:
            alike[character] += meant
    return dict(alike)
