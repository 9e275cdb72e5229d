"""What people upload as a spreadsheet: texts by row and column, whatever the file holds besides."""

import io
import warnings
import zipfile
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time
from typing import Any, Literal

from msgspec import Struct

MAX_BYTES = 2 * 1024 * 1024
# Of all that is packed in the file: as much as MOST_ROWS long rows, and more than a bomb may unpack to.
MAX_UNPACKED = 24 * 1024 * 1024
MAX_PARTS = 200
MOST_ROWS = 1000
_LETTERS = 26

Fault = Literal["size", "kind", "rows", "empty", "heading"]


class Unusable(Exception):
    """Nothing can be read from the file; `columns` are the headings that are missing."""

    def __init__(self, code: Fault, columns: Sequence[str] = ()) -> None:
        super().__init__(code)
        self.code = code
        self.columns = tuple(columns)


class Line(Struct, frozen=True):
    """A row that is not empty, with its number; `cells` by heading, each with its letters, and whether it is a text.

    What is a formula, or an error that Excel shows, is `faulty`: its value is not what was meant.
    """

    number: int
    cells: dict[str, str]
    faulty: frozenset[str] = frozenset()


def column_letters(place: int) -> str:
    """What a spreadsheet calls the column, from 0: A, B … Z, AA."""
    letters = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, _LETTERS)
        letters = chr(ord("A") + rest) + letters
    return letters


def read(data: bytes, headings: Sequence[str], most: int = MOST_ROWS) -> tuple[dict[str, str], list[Line]]:
    """The letters of each column, by its heading, and the rows, `most` of them. Not in the loop. Raises Unusable."""
    _check(data)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of what openpyxl leaves out: pictures, rules, other people's extensions
            return _read(data, headings, most)
    except Unusable:
        raise
    except Exception as fault:  # a file of somebody's making: whatever openpyxl trips over, it is no usable file
        raise Unusable("kind") from fault


def _check(data: bytes) -> None:
    if len(data) > MAX_BYTES:
        raise Unusable("size")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            parts = packed.infolist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as fault:
        raise Unusable("kind") from fault
    if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > MAX_UNPACKED:
        raise Unusable("size")


def _read(data: bytes, headings: Sequence[str], most: int) -> tuple[dict[str, str], list[Line]]:
    from openpyxl import load_workbook  # 0.3 s, with the first file

    book = load_workbook(io.BytesIO(data), read_only=True, keep_links=False)
    try:
        rows = book.worksheets[0].iter_rows(max_row=most + 2, max_col=4 * len(headings))
        places = _places(next(iter(rows), ()), headings)
        lines = list(_lines(rows, places, most))
    finally:
        book.close()
    if not lines:
        raise Unusable("empty")
    return {heading: column_letters(place) for heading, place in places.items()}, lines


def _places(row: Sequence[Any], headings: Sequence[str]) -> dict[str, int]:
    found = {_text(cell.value): place for place, cell in reversed(list(enumerate(row)))}
    missing = [heading for heading in headings if heading not in found]
    if missing:
        raise Unusable("heading", missing)
    return {heading: found[heading] for heading in headings}


def _lines(rows: Iterator[Sequence[Any]], places: dict[str, int], most: int) -> Iterator[Line]:
    for number, row in enumerate(rows, 2):
        cells = {heading: row[place] for heading, place in places.items() if place < len(row)}
        texts = {heading: _text(cells[heading].value) if heading in cells else "" for heading in places}
        if number > most + 1 and any(texts.values()):
            raise Unusable("rows")
        if any(texts.values()):
            yield Line(number, texts, frozenset(h for h, cell in cells.items() if cell.data_type in ("f", "e")))


def _text(value: object) -> str:
    """As a person reads it: a whole number without a point, a date as it is written here."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime) and value.time() == time():
        return value.date().isoformat()
    if isinstance(value, date | time):
        return value.isoformat(" ") if isinstance(value, datetime) else value.isoformat()
    return str(value).replace("\r\n", "\n").replace("_x000D_\n", "\n").strip()
