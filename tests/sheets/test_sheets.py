"""Tables that are written come back as they were, run nothing, and no file that is uploaded breaks anything."""

import contextlib
import csv
import hashlib
import io
import subprocess
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from bot.sheets import MAX_BYTES, MOST_ROWS, Export, Format, Line, Unusable, column_letters, read, xlsx
from bot.sheets.writing import BOM

HEADINGS = ("题目", "回答")
# What XML can hold; of line ends the one that is a line end everywhere.
TEXT = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs"), exclude_characters="\ufffe\uffff"))


def book_of(*rows: tuple[object, ...]) -> bytes:
    """As Excel would save it: openpyxl writes it."""
    book, file = Workbook(), io.BytesIO()
    sheet: Any = book.active
    for row in rows:
        sheet.append(row)
    book.save(file)
    return file.getvalue()


def cells(data: bytes) -> list[list[Any]]:
    book = load_workbook(io.BytesIO(data), read_only=True)
    found = [[cell.value for cell in row] for row in book.worksheets[0].iter_rows()]
    book.close()
    return found


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(TEXT, st.integers(-(10**15), 10**15)), max_size=8))
def test_a_table_comes_back_from_xlsx_and_csv(rows: list[tuple[str, int]]) -> None:
    for kind in get_args(Format):
        data = whole(kind, rows)
        if kind == "xlsx":
            assert [[text or "", number] for text, number, *_ in cells(data)[1:-1]] == [list(row) for row in rows]
        else:
            found = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))
            assert [[text.removeprefix("'") if text[1:] == r[0] else text, int(n)] for (text, n), r in zip(found[1:-1], rows, strict=True)] == [list(row) for row in rows]  # fmt: skip  # noqa: E501


def whole(kind: Format, rows: list[tuple[str, int]]) -> bytes:
    export = Export(kind, ("字", "数"))
    return export.begin() + export.add(rows) + export.end(f"共 {export.rows} 行")


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(TEXT.filter(str.strip), TEXT), min_size=1, max_size=8))
def test_what_is_written_can_be_uploaded(rows: list[tuple[str, str]]) -> None:
    _, lines = read(xlsx(HEADINGS, rows), HEADINGS)
    assert [tuple(line.cells.values()) for line in lines] == [(a.strip(), b.strip()) for a, b in rows]
    assert [line.number for line in lines] == [*range(2, len(rows) + 2)]
    assert not any(line.faulty for line in lines), "a text that looks like a formula is none"


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", '=HYPERLINK("http://evil.example")', "＝1"])
def test_a_text_is_no_formula(text: str) -> None:
    (cell,) = next(load_workbook(io.BytesIO(xlsx(["字"], [(text,)]))).worksheets[0].iter_rows(min_row=2))
    assert (cell.value, cell.data_type, cell.quotePrefix) == (text, "s", True)
    line = whole("csv", [(text, 1)]).decode("utf-8-sig").split("\r\n")[1]
    assert line.lstrip('"').startswith("'"), line


def test_both_formats_have_the_same_checksum_that_two_programs_find(tmp_path: Path) -> None:
    rows = [(f'第 {number} 行，\n“引号”"', number) for number in range(1000)]
    data = whole("csv", rows)
    said, name, checksum = next(csv.reader([data.decode().rstrip("\r\n").rsplit("\r\n", 1)[1]]))
    assert (said, name) == ("共 1000 行", "SHA-256")
    assert data.startswith(BOM)
    assert hashlib.sha256(data[: data.rstrip(b"\r\n").rindex(b"\n") + 1]).hexdigest() == checksum
    (tmp_path / "a.csv").write_bytes(data)
    told = subprocess.run("sed '$d' a.csv | sha256sum", shell=True, cwd=tmp_path, capture_output=True, check=True)
    assert told.stdout.decode().split()[0] == checksum
    assert cells(whole("xlsx", rows))[-1] == [said, name, checksum]
    assert whole("csv", rows[:-1]) != data


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_the_memory_does_not_grow_with_the_rows(kind: Format) -> None:
    def peak(pieces: int) -> int:
        export = Export(kind, ("字", "数"))
        tracemalloc.start()
        export.begin()
        for piece in range(pieces):
            export.add([(f"{piece} {number} 的内容", number) for number in range(500)])
        export.end("")
        try:
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    assert peak(40) < peak(4) * 1.5 + 200_000


def test_a_sheet_from_excel() -> None:
    data = book_of(
        ("备注", "回答", None, "题目"),
        ("x", " 好的 \r\n再说 ", 5, 12.0),
        (None, None, None, None),
        (None, True, None, "=1+1"),
    )
    letters, lines = read(data, HEADINGS)
    assert letters == {"题目": "D", "回答": "B"}
    assert lines == [
        Line(2, {"题目": "12", "回答": "好的 \n再说"}),
        Line(4, {"题目": "=1+1", "回答": "1"}, frozenset({"题目"})),
    ]


def test_letters_of_columns() -> None:
    assert [column_letters(place) for place in (0, 25, 26, 701, 702)] == ["A", "Z", "AA", "ZZ", "AAA"]


def rezipped(change: Callable[[str, bytes], bytes], **more: bytes) -> bytes:
    """A good file with its parts changed."""
    good, out = zipfile.ZipFile(io.BytesIO(xlsx(HEADINGS, [("a", "b")]))), io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name in good.namelist():
            packed.writestr(name, change(name, good.read(name)))
        for name, content in more.items():
            packed.writestr(name, content)
    return out.getvalue()


def in_sheet(old: bytes, new: bytes) -> bytes:
    return rezipped(lambda name, part: part.replace(old, new) if name.endswith("sheet1.xml") else part)


BILLION = b"""<!DOCTYPE worksheet [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]><worksheet """
OUTSIDE = b"""<!DOCTYPE worksheet [<!ENTITY a SYSTEM "file:///etc/passwd">]><worksheet """
WRONG = {
    "nothing": (b"", "kind"),
    "text": ("题目,回答\n".encode(), "kind"),
    "old excel": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "kind"),
    "another zip": (rezipped(lambda _name, _part: b""), "kind"),
    "cut off": (xlsx(HEADINGS, [("a", "b")])[:-30], "kind"),
    "not xml": (in_sheet(b"<sheetData>", b"<sheetData"), "kind"),
    "entities": (in_sheet(b"<worksheet ", BILLION).replace(b"\0\0\0", b"\0\0\0"), "kind"),
    "an entity from outside": (in_sheet(b"<worksheet ", OUTSIDE), "kind"),
    "too large": (bytes(MAX_BYTES + 1), "size"),
    "a bomb": (rezipped(lambda _name, part: part, bomb=bytes(200 * 1024 * 1024)), "size"),
    "many parts": (rezipped(lambda _name, part: part, **{f"p{n}": b"" for n in range(300)}), "size"),
    "other headings": (xlsx(("问题", "回答"), [("a", "b")]), "heading"),
    "only headings": (xlsx(HEADINGS), "empty"),
    "a row far away": (in_sheet(b'<row><c s="0"', b'<row r="1048576"><c s="0"'), "empty"),
    "too many rows": (xlsx(HEADINGS, [("a", "b")] * (MOST_ROWS + 1)), "rows"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_cannot_be_read_is_told(name: str) -> None:
    data, code = WRONG[name]
    with pytest.raises(Unusable) as fault:
        read(data, HEADINGS)
    assert fault.value.code == code
    if code == "heading":
        assert fault.value.columns == ("题目",)


def test_as_many_rows_as_may_be() -> None:
    assert len(read(xlsx(HEADINGS, [("a", "b")] * MOST_ROWS), HEADINGS)[1]) == MOST_ROWS


@settings(max_examples=40, deadline=None)
@given(st.binary(max_size=300), st.integers(0, 2000))
def test_broken_bytes(noise: bytes, place: int) -> None:
    good = xlsx(HEADINGS, [("a", "b")])
    for data in (noise, good[:place] + noise + good[place + len(noise) :]):
        with contextlib.suppress(Unusable):
            read(data, HEADINGS)
