"""What the desk has published lies over the authored files: table by table, and under the same checks."""

import json
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from msgspec import structs

from bot.content.files import Document
from bot.content.lines import Lines, Path
from bot.content.mistakes import Mistake
from bot.content.shapes import tables
from bot.domain.overlay import Authored, Laid, name_of

# What is written at the desk, and in which tables of which files it stands.
KINDS: dict[str, tuple[str, ...]] = {"tip": ("tips",), "entry": ("campaigns", "guides", "local")}
# Files that hold nothing but such tables, so that one can begin with what was written at the desk.
_PLAIN = ("tips",)
NEW_FILE = 'drafted_by = "工作台"\n'
_NO_FILE = (
    "文件 {file} 不在了，工作台写的这一条没有地方放。 The file is gone that what was written at the desk belongs to."
)
_DELETE = r"\u007f"  # TOML 1.0 wants it escaped, JSON does not


def authored_in(documents: Iterable[Document], kind: str) -> dict[str, Authored]:
    """By id, what stands in the files."""
    return {
        table["id"]: Authored(document.file, table)
        for document in documents
        for _, table in (tables(document, kind) if kind in _kinds_in(document) else ())
        if isinstance(table.get("id"), str)
    }


def laid_over(documents: Sequence[Document], folder: str, laid: Sequence[Laid], found: list[Mistake]) -> list[Document]:
    """The files of a folder with what is laid over them; whatever has no place is a mistake, added to `found`."""
    left = {one.name: one for one in laid if one.written.table and folder in KINDS[one.kind]}
    covered = [_covered(document, left) for document in documents]
    for one in list(left.values()):
        if one.written.file.partition("/")[0] == folder:
            _add(covered, one, found)
    return covered


def _kinds_in(document: Document) -> list[str]:
    return [kind for kind, folders in KINDS.items() if document.kind in folders]


def _covered(document: Document, left: dict[str, Laid]) -> Document:
    """The file with those that replace a table of it; they are taken out of `left`."""
    places: dict[Path, Laid] = {}
    for kind in _kinds_in(document):
        for path, table in tables(document, kind):
            one = left.pop(name_of(kind, str(table.get("id"))), None)
            if one:
                places[path] = one
    return _with(document, places) if places else document


def _add(documents: list[Document], one: Laid, found: list[Mistake]) -> None:
    """Behind the other tables of its file."""
    file = one.written.file
    place = next((place for place, document in enumerate(documents) if document.file == file), None)
    if place is None and file.partition("/")[0] in _PLAIN:
        documents.append(Document(file, tomllib.loads(NEW_FILE), Lines(NEW_FILE)))
        place = len(documents) - 1
    if place is None:
        found.append(Mistake(file, 1, _NO_FILE.format(file=file), one.name))
        return
    count = len(documents[place].table.get(one.kind, ()))
    documents[place] = _with(documents[place], {(one.kind, count): one})


def _with(document: Document, places: Mapping[Path, Laid]) -> Document:
    table = dict(document.table)
    for path, one in places.items():
        kind, number = str(path[0]), int(path[1])
        items = list(table.get(kind, ()))
        items[number : number + 1] = [one.written.table]
        table[kind] = items
    laid = {**document.laid, **{path: one.name for path, one in places.items()}}
    return structs.replace(document, table=table, laid=laid)


def file_text(before: str, document: Document) -> str:
    """The file as an author would have written it: `before` with each table that is laid over it in its place."""
    lines, more = before.rstrip("\n").split("\n"), list[str]()
    for kind, number in sorted(document.laid, key=lambda path: int(path[1]), reverse=True):
        block = block_text(str(kind), document.table[str(kind)][number])
        extent = document.lines.extent((kind, number))
        if extent:
            lines[extent[0] : extent[1]] = block
        else:
            more = ["", *block, *more]
    return "\n".join((*lines, *more, ""))


def block_text(kind: str, table: Mapping[str, Any]) -> list[str]:
    """A table as lines of TOML. Of the values that stand in one, JSON is TOML as well."""
    values = ((key, json.dumps(value, ensure_ascii=False).replace("\x7f", _DELETE)) for key, value in table.items())
    return [f"[[{kind}]]", *(f"{key} = {value}" for key, value in values)]
