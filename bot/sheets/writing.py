"""Tables as CSV and as xlsx, piece by piece: what is written is handed on, and nothing of it is kept."""

import csv
import hashlib
import io
import re
import zipfile
from collections.abc import Iterable, Sequence
from typing import Literal
from xml.sax.saxutils import escape

Format = Literal["csv", "xlsx"]
Value = str | int
CSV_TYPE = "text/csv; charset=utf-8"
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# Excel specifications and limits: rows of a sheet, characters of a cell.
MOST_XLSX_ROWS = 1_048_576
MAX_CELL = 32_767
BOM = b"\xef\xbb\xbf"  # Excel takes a CSV without it for one of the system's code page
# A text that begins so is a formula for a spreadsheet (OWASP, CSV Injection).
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
# XML 1.0, 2.2: no document can hold these.
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
# A plain cell, a heading, a text that stays one when it is edited.
_PLAIN, _HEADING, _QUOTED = 0, 1, 2
_WIDTH = 24
_COMPRESSION = 3  # the ninth part of a million rows is as large and takes a third of the time

_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_SPREADSHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml"
# ECMA-376, part 1: the least that is a workbook of one sheet. Format 49 is text.
_PARTS = {
    "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{_SPREADSHEET}.sheet.main+xml"/>'
    f'<Override PartName="/xl/styles.xml" ContentType="{_SPREADSHEET}.styles+xml"/>'
    f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_SPREADSHEET}.worksheet+xml"/></Types>',
    "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" '
    f'Type="{_RELATIONS}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_RELATIONS}"><sheets>'
    '<sheet name="Sheet1" sheetId="1" r:id="rId1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_RELATIONS}/worksheet" Target="worksheets/sheet1.xml"/>'
    f'<Relationship Id="rId2" Type="{_RELATIONS}/styles" Target="styles.xml"/></Relationships>',
    "xl/styles.xml": f'<styleSheet xmlns="{_MAIN}"><fonts count="2"><font/><font><b/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill>'
    '</fills><borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="3">'
    '<xf numFmtId="49" applyNumberFormat="1"/><xf fontId="1" applyFont="1"/>'
    '<xf numFmtId="49" quotePrefix="1" applyNumberFormat="1"/></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>',
}


class _Pipe(io.RawIOBase):
    """Takes what a zip file writes, until it is taken away."""

    def __init__(self) -> None:
        self._pieces = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]  # zipfile writes bytes
        self._pieces += data
        return len(data)

    def taken(self) -> bytes:
        pieces = bytes(self._pieces)
        self._pieces.clear()
        return pieces


class _Xlsx:
    """A workbook of one sheet; rows come out as they go in."""

    def __init__(self) -> None:
        self._pipe = _Pipe()
        self._zip = zipfile.ZipFile(self._pipe, "w", zipfile.ZIP_DEFLATED, compresslevel=_COMPRESSION)
        for name, content in _PARTS.items():
            self._zip.writestr(zipfile.ZipInfo(name), _XML + content, zipfile.ZIP_DEFLATED)
        sheet = zipfile.ZipInfo("xl/worksheets/sheet1.xml")
        sheet.compress_type = zipfile.ZIP_DEFLATED
        self._sheet = self._zip.open(sheet, "w", force_zip64=True)  # one cannot go back to write how long it was
        self._sheet.write(
            f'{_XML}<worksheet xmlns="{_MAIN}"><sheetViews><sheetView workbookViewId="0"><pane ySplit="1" '
            'topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>'
            f'<cols><col min="1" max="64" width="{_WIDTH}" style="{_PLAIN}" customWidth="1"/></cols>'
            "<sheetData>".encode()
        )

    def add(self, rows: Iterable[Sequence[Value]], style: int = _PLAIN) -> bytes:
        self._sheet.write("".join(_row(row, style) for row in rows).encode())
        return self._pipe.taken()

    def close(self) -> bytes:
        self._sheet.write(b"</sheetData></worksheet>")
        self._sheet.close()
        self._zip.close()
        return self._pipe.taken()


def xlsx(heading: Sequence[Value], rows: Iterable[Sequence[Value]] = ()) -> bytes:
    """A table as a whole file, for what is short."""
    book = _Xlsx()
    return book.add([heading], _HEADING) + book.add(rows) + book.close()


class Export:
    """A table in either format, with a last line that holds how many rows there are and a checksum.

    The checksum is the SHA-256 of all that stands above that line in the CSV; an xlsx of the same rows has the same.
    """

    def __init__(self, kind: Format, heading: Sequence[Value]) -> None:
        self._book = _Xlsx() if kind == "xlsx" else None
        self._digest = hashlib.sha256()
        self._heading = heading
        self.rows = 0

    @property
    def checksum(self) -> str:
        return self._digest.hexdigest()

    def begin(self) -> bytes:
        lines = BOM + _csv([self._heading])
        self._digest.update(lines)
        return self._book.add([self._heading], _HEADING) if self._book else lines

    def add(self, rows: Sequence[Sequence[Value]]) -> bytes:
        """The bytes of these rows: takes a while for many, so not in the loop."""
        lines = _csv(rows)
        self._digest.update(lines)
        self.rows += len(rows)
        return self._book.add(rows) if self._book else lines

    def end(self, said: str) -> bytes:
        """`said` tells in words how many rows there are."""
        last = [(said, "SHA-256", self.checksum)]
        return self._book.add(last) + self._book.close() if self._book else _csv(last)


def _row(values: Sequence[Value], style: int) -> str:
    return f"<row>{''.join([_cell(value, style) for value in values])}</row>"


def _cell(value: Value, style: int) -> str:
    if isinstance(value, int):
        return f"<c><v>{value}</v></c>"
    if not value:
        return "<c/>"
    text = escape(_ILLEGAL.sub("\ufffd", value[:MAX_CELL]), {"\r": "&#13;"})
    shape = _QUOTED if value.startswith(_FORMULA) else style
    return f'<c s="{shape}" t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>'


def _csv(rows: Iterable[Sequence[Value]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerows([[_defused(value) for value in row] for row in rows])
    return text.getvalue().encode("utf-8", "replace")


def _defused(value: Value) -> Value:
    """A text that no spreadsheet takes for a formula."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
