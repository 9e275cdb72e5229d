"""Phrase files: the fixed sentences, by key and language."""

import re
from collections.abc import Iterator
from string import Formatter
from typing import Any

from msgspec import Struct

from bot.content.files import Document
from bot.content.lines import Path
from bot.content.mistakes import shown
from bot.content.shapes import Check, Shape, Table, Text

_PART = re.compile(r"[A-Za-z0-9_-]+")
_UNNAMED = "句子要放在有名字的一段里，例如 [home.welcome]。 Put sentences under a name like that."
_NO_NAME = "花括号里只写一个英文名字，例如 {name}。 Only a name goes between braces, as in {name}."
_BLANK = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class PhraseShape(Shape):
    zh: Text
    en: Text = ""


class Phrase(Struct, frozen=True):
    key: str
    zh: str
    en: str


def read_phrases(document: Document, check: Check) -> tuple[Phrase, ...]:
    """The good phrases of the file after adding every mistake."""
    phrases = []
    for path, table in _phrase_tables(document.table):
        if not _is_named(path):
            check.add(document, path or tuple(table)[:1], _UNNAMED)
            continue
        key = ".".join(map(str, path))
        check.only_once(document, path, ("phrase", key), key)
        shape = check.shape(document, path, table, PhraseShape)
        if shape and _check_blanks(document, path, shape, check):
            phrases.append(Phrase(key, shape.zh, shape.en))
    return tuple(phrases)


def _phrase_tables(top: Table) -> Iterator[tuple[Path, Table]]:
    """Every table with a sentence in it, or with nothing at all, without the tables inside it."""
    waiting: list[tuple[Path, Table]] = [((), top)]
    while waiting:  # not recursive: a dotted key may be nested deeper than Python's stack
        path, table = waiting.pop()
        inner = {key: value for key, value in table.items() if isinstance(value, dict)}
        if len(inner) < len(table) or not table:
            yield path, {key: value for key, value in table.items() if key not in inner}
        waiting += [((*path, key), value) for key, value in inner.items()]


def _is_named(path: Path) -> bool:
    return bool(path) and all(_PART.fullmatch(str(part)) for part in path)


def _check_blanks(document: Document, path: Path, shape: PhraseShape, check: Check) -> bool:
    chinese = _blanks(document, (*path, "zh"), shape.zh, check)
    english = _blanks(document, (*path, "en"), shape.en, check)
    if chinese is None or english is None:
        return False
    if shape.en and chinese != english:
        odd = "、".join(f"{{{shown(blank)}}}" for blank in sorted(chinese ^ english))
        text = f"中文和英文里的花括号不一样：{odd} 只有一边有。 zh and en must have the same blanks."
        check.add(document, (*path, "en"), text)
        return False
    return True


def _blanks(document: Document, path: Path, text: str, check: Check) -> set[str] | None:
    """The names of the {blanks} of a sentence; None after adding a mistake in one of them."""
    try:
        parts = list(Formatter().parse(text))
    except ValueError:
        check.add(document, path, "花括号要成对，例如 {name}。 Braces come in pairs, as in {name}.")
        return None
    if all(_is_plain(*part) for part in parts):
        return {name for _, name, _, _ in parts if name is not None}
    check.add(document, path, _NO_NAME)
    return None


def _is_plain(literal: str, name: str | None, form: str | None, conversion: Any) -> bool:
    if "{" in literal or "}" in literal:
        return False
    return name is None or bool(_BLANK.fullmatch(name) and not form and not conversion)
