"""Finds the line of a TOML file on which a table, a key or an item of a list stands."""

import re
from collections import Counter

Path = tuple[str | int, ...]

MAX_DEPTH = 8  # no file of ours nests deeper

_LONG_STRING = r'"""(?:\\.|[^\\])*?"{3,5}|' + r"'''.*?'{3,5}"
_STRING = r'"(?:\\.|[^"\\\n])*"|' + r"'[^'\n]*'"
_TOKEN = re.compile(f"(?P<long>{_LONG_STRING})|{_STRING}|(?P<comment>#[^\n]*)", re.DOTALL)
_PART = rf"(?:[A-Za-z0-9_-]+|{_STRING})"
_KEY = rf"{_PART}(?:[ \t]*\.[ \t]*{_PART})*"
_PARTS = re.compile(_PART)
_TABLE = re.compile(rf"[ \t]*(\[\[?)[ \t]*({_KEY})[ \t]*\]\]?\s*")
_ASSIGNMENT = re.compile(rf"[ \t]*({_KEY})[ \t]*=")


class Lines:
    """The line of every table and key of a TOML text that has been parsed without error."""

    def __init__(self, text: str) -> None:
        self._masked = _TOKEN.sub(_mask, text)
        self._starts: dict[Path, int] = {}
        self._lines: dict[Path, int] = {(): 1}
        self._headers: dict[Path, int] = {}
        self._tables: Counter[Path] = Counter()
        self._read()

    def of(self, path: Path) -> int:
        """The line of what stands at `path`, or of the nearest table or key around it."""
        if path and path not in self._lines and isinstance(path[-1], int) and path[:-1] in self._starts:
            return self._line_of_item(self._starts[path[:-1]], path[-1])
        while path not in self._lines:
            path = path[:-1]
        return self._lines[path]

    def extent(self, path: Path) -> tuple[int, int] | None:
        """The lines of a table with a header, as a slice; what stands between it and the next is not part of it."""
        if path not in self._headers:
            return None
        begin, rows = self._headers[path], self._masked.split("\n")
        others = (line for other, line in self._headers.items() if line > begin and other[: len(path)] != path)
        end = min(others, default=len(rows) + 1) - 1
        while not rows[end - 1].strip():
            end -= 1
        return begin - 1, end

    def _read(self) -> None:
        table: Path = ()
        start = 0
        for number, line in enumerate(self._masked.split("\n"), 1):
            if found := _TABLE.fullmatch(line):
                table = self._enter(_parts(found[2]), is_list=found[1] == "[[")
                self._lines.setdefault(table, number)
                self._headers.setdefault(table, number)
            elif found := _ASSIGNMENT.match(line):
                path = (*table, *_parts(found[1]))
                for length in range(len(table) + 1, len(path) + 1):
                    self._lines.setdefault(path[:length], number)
                self._starts.setdefault(path, start + found.end())
            start += len(line) + 1

    def _enter(self, parts: tuple[str, ...], *, is_list: bool) -> Path:
        path: Path = ()
        for part in parts[:-1]:
            path = self._newest((*path, part))
        path = (*path, parts[-1])
        if is_list:
            self._tables[path] += 1
        return self._newest(path)

    def _newest(self, path: Path) -> Path:
        return (*path, self._tables[path] - 1) if self._tables[path] else path

    def _line_of_item(self, start: int, index: int) -> int:
        """The line of the item `index` of a list of strings whose assignment ends at `start`."""
        strings = [found for found in _TOKEN.finditer(self._masked, start) if not found["comment"]]
        at = strings[index].start() if index < len(strings) else start
        return self._masked.count("\n", 0, at) + 1


def _mask(token: re.Match[str]) -> str:
    """Comments and long strings without what could be taken for a key or a table; length and lines stay."""
    if token["comment"]:
        return " " * len(token[0])
    if token["long"]:
        inside = "".join("\n" if character == "\n" else " " for character in token[0][3:-3])
        return f"{token[0][:3]}{inside}{token[0][-3:]}"
    return token[0]


def _parts(key: str) -> tuple[str, ...]:
    return tuple(part.strip("\"'") for part in _PARTS.findall(key)[:MAX_DEPTH])
