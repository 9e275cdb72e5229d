"""The word lists of the search: Cantonese, English, synonyms, places, small talk; read once from data/*.toml."""

import re
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

_HAN = re.compile("[\u3400-\u9fff]")
_LATIN = re.compile("[a-z]")
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
    ordered = sorted(chinese, key=len, reverse=True)
    return re.compile(rf"(?<![a-z])({'|'.join(map(re.escape, ordered))})(?:e?s|e?d|ing)?(?![a-z])"), chinese


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

    Chinese characters are no word characters to them, so that \\b stands between 么 and apply. Patterns without a
    Chinese character are slow to look for, and only looked for where there are Latin letters.
    """

    def __init__(self, table: Mapping[str, Sequence[str]]) -> None:
        self._chinese = _patterns(table, lambda expression: bool(_HAN.search(expression)))
        self._latin = _patterns(table, lambda expression: not _HAN.search(expression))

    def found_in(self, text: str) -> frozenset[str]:
        """Which of them a text has words of."""
        found = [name for name, pattern in self._chinese if pattern.search(text)]
        if _LATIN.search(text):
            found += [name for name, pattern in self._latin if pattern.search(text)]
        return frozenset(found)


def _patterns(table: Mapping[str, Sequence[str]], wanted: Callable[[str], bool]) -> list[tuple[str, re.Pattern[str]]]:
    kept = {
        name: [expression for expression in expressions if wanted(expression)] for name, expressions in table.items()
    }
    return [(name, any_of(expressions, re.ASCII)) for name, expressions in kept.items() if expressions]


@cache
def classes(name: str, table: str) -> Classes:
    """The classes in a table of a word list."""
    return Classes(word_list(name)[table])
