"""Pinyin that somebody types for want of a keyboard, as the words that the authored questions are made of."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from itertools import chain, groupby

from bot.domain.lexicon import word_list
from bot.domain.pinyin import toneless, without_tone

_LATIN = re.compile(r"(?<![a-z\d])[a-z]+(?![a-z\d])")
_HAN = re.compile("[\u3400-\u9fff]+")
_LONGEST_SYLLABLE = 6
_LONGEST_WORD = 6
# A single Latin word among Chinese ones is pinyin when it has this many syllables: piyao.
_SYLLABLES_ALONE = 2
# What is Chinese has so much of it in words of more than one character; English that can be said by chance has less.
_IN_LONGER_WORDS = 0.3
# Words that ask are meant before others that sound the same, and the most frequent characters before both.
_OFTEN = 1000
_MOST_OFTEN = 100000


class Spoken:
    """Knows the words by their toneless pinyin, of words that sound the same the most frequent."""

    def __init__(self, words: Mapping[str, int]) -> None:
        written = {**dict.fromkeys(chain(*word_list("words")["synonyms"], word_list("pinyin")["readings"]), 1), **words}
        counts = Counter({word: n for word, n in written.items() if _is_word(word)})
        said = chain(word_list("words")["asking"], word_list("words")["padding"])
        counts.update(dict.fromkeys(filter(_is_word, said), _OFTEN))
        counts.update(dict.fromkeys(word_list("pinyin")["frequent"], _MOST_OFTEN))
        self._words: dict[tuple[str, ...], str] = {}
        for word, _ in sorted(counts.items(), key=lambda item: item[1]):
            self._words[_pinyin(word)] = word

    def as_han(self, text: str) -> str:
        """The text with its pinyin as Chinese words where they are known; English stays as it is."""
        words = _LATIN.findall(text)
        if not words:
            return text
        if _HAN.search(text):
            return _LATIN.sub(lambda found: self._word(found.group()), text)
        spoken = [word for word in words if syllables(word) and not _is_english(word)]
        if 2 * len(spoken) <= len(words):
            return text
        runs = [(can_be_said, list(run)) for can_be_said, run in groupby(words, key=_can_be_said)]
        return " ".join(self._written(run) if can_be_said else " ".join(run) for can_be_said, run in runs)

    def _written(self, run: list[str]) -> str:
        return self._words_for([syllable for word in run for syllable in syllables(word)]) or " ".join(run)

    def _word(self, word: str) -> str:
        """A word among Chinese ones stands for itself: piyao."""
        parts = syllables(word)
        known = len(parts) >= _SYLLABLES_ALONE and not _is_english(word)
        return self._words.get(parts, word) if known else word

    def _words_for(self, spoken: Sequence[str]) -> str:
        """The fewest words that sound so; empty where hardly any do. Medicine can be said, too, but not in words."""
        found = self._divided(spoken)
        longer = sum(len(word) for word in found if len(word) > 1)
        said = 2 * sum(map(len, found)) > len(spoken) and longer >= _IN_LONGER_WORDS * len(spoken)
        return "".join(found) if said else ""

    def _divided(self, spoken: Sequence[str]) -> list[str]:
        """The longest words that sound so, one after the other; empty ones for what none does."""
        found: list[str] = []
        start = 0
        while start < len(spoken):
            word, length = self._longest(spoken, start)
            found.append(word)
            start += length
        return found

    def _longest(self, spoken: Sequence[str], start: int) -> tuple[str, int]:
        for length in range(min(_LONGEST_WORD, len(spoken) - start), 0, -1):
            word = self._words.get(tuple(spoken[start : start + length]))
            if word:
                return word, length
        return "", 1


@lru_cache(maxsize=4096)
def syllables(word: str) -> tuple[str, ...]:
    """A Latin word as the fewest syllables of Mandarin; empty where it cannot be divided so."""
    best: list[tuple[str, ...] | None] = [()]
    for end in range(1, len(word) + 1):
        ways = [
            (*before, word[start:end])
            for start in range(max(0, end - _LONGEST_SYLLABLE), end)
            if (before := best[start]) is not None and word[start:end] in _syllables()
        ]
        best.append(min(ways, key=len, default=None))
    return best[-1] or ()


@cache
def _syllables() -> frozenset[str]:
    return frozenset(word_list("pinyin")["syllables"].split())


@cache
def _english_words() -> frozenset[str]:
    glossary = (word for line in word_list("english")["words"] for word in line[1:])
    lists = word_list("words")
    return frozenset(chain(lists["stop"], lists["asking"], glossary))


def _is_english(word: str) -> bool:
    return word in _english_words()


def _is_word(word: str) -> bool:
    return len(word) <= _LONGEST_WORD and _HAN.fullmatch(word) is not None


def _can_be_said(word: str) -> bool:
    """A letter alone is part of a name: E成长计划."""
    return len(word) > 1 and bool(syllables(word))


def _pinyin(word: str) -> tuple[str, ...]:
    from pypinyin.phrases_dict import phrases_dict  # large: only for whoever searches

    special = word_list("pinyin")["readings"].get(word)
    if special:
        return tuple(special.split())
    known = phrases_dict.get(word)
    if known:
        return tuple(without_tone(reading[0]) for reading in known)
    return tuple(map(toneless, word))
