"""The word lists of the search: Cantonese, English, synonyms, places, small talk; read once from data/*.toml."""

import re
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

from bot.domain.sieve import Sieve

_LATIN_WORD = re.compile("[a-z]{2,}")


@cache
def word_list(name: str) -> Mapping[str, Any]:
    """The data file `name`.toml as it stands."""
    return tomllib.loads((files("bot.domain") / "data" / f"{name}.toml").read_text("utf-8"))


@cache
def _cantonese() -> tuple[re.Pattern[str], dict[str, str]]:
    lists = word_list("cantonese")
    written = {**lists["cantonese"], **lists["colloquial"]}
    return any_of(map(re.escape, sorted(written, key=len, reverse=True))), written


def as_written(text: str) -> str:
    """Cantonese and colloquial words (simplified script) as written Chinese says them: 幾多 -> 多少."""
    pattern, written = _cantonese()
    return pattern.sub(lambda found: written[found.group()], text)


@cache
def _english() -> tuple[re.Pattern[str], dict[str, str]]:
    """English words and phrases, the longest first, each with its Chinese; a regular ending may follow a word."""
    chinese = {word: line[0] for line in word_list("english")["words"] for word in line[1:]}
    by_letter: dict[str, list[str]] = defaultdict(list)  # so that most are passed over at the first letter
    for word in sorted(chinese, key=len, reverse=True):
        by_letter[word[0]].append(re.escape(word[1:]))
    known = "|".join(f"{re.escape(letter)}(?:{'|'.join(rest)})" for letter, rest in by_letter.items())
    return re.compile(rf"(?<![a-z])({known})(?:e?s|e?d|ing)?(?![a-z])"), chinese


def in_chinese(text: str) -> str:
    """English words that matter here (lower case) as Chinese says them: museums -> 博物馆."""
    if not _LATIN_WORD.search(text):
        return text
    pattern, chinese = _english()
    return pattern.sub(lambda found: f" {chinese[found.group(1)]} ", text)


def any_of(expressions: Iterable[str], flags: re.RegexFlag = re.NOFLAG) -> re.Pattern[str]:
    """One pattern that matches what any of the expressions does; of those that start together, the first."""
    return re.compile("|".join(expressions), flags)


class Classes:
    """Named classes of patterns: price -> 多少钱|门票|\\bcost\\b|...

    Chinese characters are no word characters to them, so that \\b stands between 么 and apply.
    """

    def __init__(self, table: Mapping[str, Sequence[str]]) -> None:
        named = [(name, expression) for name, every in table.items() for expression in every]
        self._sieve = Sieve([expression for _, expression in named])
        self._patterns = [(name, re.compile(expression, re.ASCII)) for name, expression in named]

    def found_in(self, text: str) -> frozenset[str]:
        """Which of them a text has words of."""
        found: set[str] = set()
        for number in self._sieve.passed(text):
            name, pattern = self._patterns[number]
            if name not in found and pattern.search(text):
                found.add(name)
        return frozenset(found)


@cache
def classes(*tables: tuple[str, str]) -> Classes:
    """The classes in tables of word lists, each named with its list."""
    every: dict[str, list[str]] = defaultdict(list)
    for name, table in tables:
        for key, expressions in word_list(name)[table].items():
            every[key] += expressions
    return Classes(every)
