"""Entries back into tables of authored files: to be checked by the rules of those, and to be written as such."""

from collections.abc import Mapping
from datetime import date

from pydantic import ValidationError

from bot.content.campaigns import INVISIBLE, TO_COME, read_campaign
from bot.content.files import Document
from bot.content.lines import Lines, Path
from bot.content.local import NOT_FILLED_IN, UNSAID, read_local
from bot.content.shapes import AnyShape, Check, Table
from bot.domain.entries import Entry, Source
from bot.domain.overlay import Fault

# The keys of an entry's table in the order in which authors write them.
_KEYS = ("id", "title", "english_title", "questions", "answer", "english", "period", "unsaid")


# What a mistake is called where no file and no line is to be named.
_TYPES = {"missing": "empty", "string_too_short": "empty", "too_short": "empty", "string_too_long": "long"}
_SENTENCES = {TO_COME: "future", NOT_FILLED_IN: "example", UNSAID: "unsaid", INVISIBLE: "empty"}
FLAWS = frozenset({*_TYPES.values(), *_SENTENCES.values(), "twice", "wrong"})


class _OneEntry(Check):
    """Says what is wrong with one entry: a key of its table with a code."""

    def __init__(self, today: date) -> None:
        super().__init__([], today)
        self.found: list[tuple[str, str]] = []

    def add(self, document: Document, path: Path, text: str, other: str = "", fault: Fault | None = None) -> None:
        self._note(path, _SENTENCES.get(text, "twice"))

    def shape(self, document: Document, path: Path, table: Table, shape: type[AnyShape]) -> AnyShape | None:
        try:
            return shape.model_validate(table)
        except ValidationError as invalid:
            for error in invalid.errors(include_url=False):
                self._note((*path, *error["loc"]), _TYPES.get(error["type"], "wrong"))
        return None

    def _note(self, path: Path, code: str) -> None:
        key = next((part for part in reversed(path) if isinstance(part, str)), "")
        self.found.append(("source_title" if key == "title" and "source" in path else key, code))


def faults_of(entry: Entry, today: date) -> list[tuple[str, str]]:
    """What is wrong with an entry by the rules of authored files: a key of its table with a code each.

    `empty`, `long`, `future` (a source that is not there yet), `example` (the example's words), `unsaid` (of what is on
    now), `twice` (the same phrasing) or `wrong`.
    """
    check = _OneEntry(today)
    if entry.valid_until:
        read_local(Document("local/desk.toml", local_table(entry), Lines("")), check, None)
    else:
        table = {"id": entry.topic, "title": entry.topic, "entry": [entry_table(entry, None)]}
        read_campaign(Document("campaigns/desk.toml", table, Lines("")), check)
    return check.found


def entry_table(entry: Entry, of_file: Source | None) -> Table:
    """Its table in a file with this source, without what is empty."""
    values = {key: getattr(entry, key) for key in _KEYS} | {"questions": list(entry.questions)}
    table = {key: value for key, value in values.items() if value or key in ("title", "questions", "answer")}
    return table | ({"source": source_table(entry.source)} if entry.source and entry.source != of_file else {})


def source_table(source: Source) -> Table:
    return {"publisher": source.publisher, "title": source.title, "date": source.date}


def local_table(entry: Entry, review: Mapping[str, object] | None = None) -> Table:
    """A file of the operators' own layer with this entry alone."""
    source = {"source": source_table(entry.source)} if entry.source else {}
    head = {"topic": entry.topic, "valid_until": entry.valid_until}
    return {**head, **(review or {}), **source, "entry": [entry_table(entry, entry.source)]}
