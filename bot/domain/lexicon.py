"""The word lists of the search: Cantonese, synonyms, places, small talk; read once from data/*.toml."""

import re
import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from typing import Any


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


def any_of(expressions: Iterable[str]) -> re.Pattern[str]:
    """One pattern that matches what any of the expressions does; of those that start together, the first."""
    return re.compile("|".join(expressions))


@cache
def classes(name: str, table: str) -> Mapping[str, re.Pattern[str]]:
    """The named classes of a table of patterns: price -> 多少钱|门票|..."""
    return {key: any_of(expressions) for key, expressions in word_list(name)[table].items()}


def classes_in(text: str, name: str, table: str) -> frozenset[str]:
    """Which classes of the table a text has words of."""
    return frozenset(key for key, pattern in classes(name, table).items() if pattern.search(text))
