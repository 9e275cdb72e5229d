"""What the desk has published of tips lies over the authored files: table by table, and under the same checks."""

import json
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from msgspec import structs

from bot.content.files import Document, authored_files, read
from bot.content.lines import Lines
from bot.content.lines import Path as Place
from bot.content.shapes import tables
from bot.domain.overlay import Authored, Laid

_TIP = "tip"
# A file that begins with what was written at the desk.
_NEW_FILE = 'drafted_by = "工作台"\n'
_DELETE = r"\u007f"  # TOML 1.0 wants it escaped, JSON does not


def authored_in(documents: Iterable[Document]) -> dict[str, Authored]:
    """By id, the tips that stand in the files."""
    return {
        table["id"]: Authored(document.file, table)
        for document in documents
        for _, table in tables(document, _TIP)
        if isinstance(table.get("id"), str)
    }


def laid_over(documents: Iterable[Document], laid: Sequence[Laid]) -> list[Document]:
    """The files of tips with what is laid over them, in order of name."""
    left = {one.subject: one for one in laid if one.written.table}
    covered = {document.file: _covered(document, left) for document in documents}
    for one in list(left.values()):
        file = one.written.file
        document = covered.get(file) or Document(file, tomllib.loads(_NEW_FILE), Lines(_NEW_FILE))
        covered[file] = _with(document, {(_TIP, len(document.table.get(_TIP, ()))): one})
    return [covered[file] for file in sorted(covered)]


def exported(folder: Path, laid: Sequence[Laid]) -> dict[str, str]:
    """By name, the text of each file that changes by it; `haowangmin check` accepts them as it did those before."""
    documents = [one for path in authored_files(folder).by_kind["tips"] if (one := read(path, folder, []))]
    changed = [document for document in laid_over(documents, laid) if document.laid]
    return {document.file: _text_of(folder / document.file, document) for document in changed}


def _covered(document: Document, left: dict[str, Laid]) -> Document:
    """The file with those that replace a table of it; they are taken out of `left`."""
    found = {path: left.pop(str(table.get("id")), None) for path, table in tables(document, _TIP)}
    places = {path: one for path, one in found.items() if one}
    return _with(document, places) if places else document


def _with(document: Document, places: Mapping[Place, Laid]) -> Document:
    items = list(document.table.get(_TIP, ()))
    for path, one in places.items():
        items[_number(path) : _number(path) + 1] = [one.written.table]
    laid = {**document.laid, **{path: one.subject for path, one in places.items()}}
    return structs.replace(document, table={**document.table, _TIP: items}, laid=laid)


def _text_of(path: Path, document: Document) -> str:
    """The file as an author would have written it: each table in its place, and what stands between them as it was."""
    before = path.read_text(encoding="utf-8-sig") if path.exists() else _NEW_FILE
    lines, more = before.rstrip("\n").split("\n"), list[str]()
    for place in sorted(document.laid, key=_number, reverse=True):
        block, extent = _block(document.table[_TIP][_number(place)]), document.lines.extent(place)
        if extent:
            lines[extent[0] : extent[1]] = block
        else:
            more = ["", *block, *more]
    return "\n".join((*lines, *more, ""))


def _block(table: Mapping[str, Any]) -> list[str]:
    """A table as lines of TOML. Of the values that stand in one, JSON is TOML as well."""
    values = ((key, json.dumps(value, ensure_ascii=False).replace("\x7f", _DELETE)) for key, value in table.items())
    return [f"[[{_TIP}]]", *(f"{key} = {value}" for key, value in values)]


def _number(place: Place) -> int:
    return int(place[1])
