"""Finds the authored files, notices when they change, and reads them as TOML."""

import os
import re
import tomllib
from collections.abc import Hashable
from pathlib import Path
from typing import Any

from msgspec import Struct

from bot.content.lines import Lines
from bot.content.lines import Path as Place
from bot.content.mistakes import Mistake, shown
from bot.content.wording import did_you_mean

KINDS = ("campaigns", "guides", "local", "menus", "phrases", "polls", "tips")
SUFFIX = ".toml"
_READ_BY_PEOPLE = ("readme", "license")
_LEFT_BY_SYSTEMS = ("thumbs.db", "desktop.ini")
_PLACE = re.compile(r"\(at line (\d+), column \d+\)$")
_TWICE = re.compile("overwrite|twice|[Dd]uplicate")
_WRITTEN_TWICE = "这一行的名字在前面写过了，请删掉一个。"
_NO_DATE = "没有这个日期，或者写法不对：要写成 2027-01-10 这样，不带引号。"
_MALFORMED = "这一行的格式不对：看看是不是少了引号、方括号或等号，引号和等号要用英文的。"


class Document(Struct, frozen=True):
    """A file that is well-formed TOML, with the line of each of its parts.

    `laid` are the places of tables that the desk has laid over those of the file, with the id of each.
    """

    file: str
    table: dict[str, Any]
    lines: Lines
    laid: dict[Place, str] = {}

    @property
    def kind(self) -> str:
        return self.file.partition("/")[0]

    def laid_at(self, path: Place) -> str:
        """The id of what the desk has laid over the file at this place; empty where the file's own word stands."""
        return self.laid.get(path[:2], "")


class Files(Struct, frozen=True):
    """The authored files by kind, in order of name, and what lies in the folder that should not."""

    by_kind: dict[str, list[Path]]
    mistakes: list[Mistake]


def fingerprint(folder: Path) -> Hashable:
    """Changes whenever an authored file comes, goes or is written; looks at the folder, reads nothing."""
    return tuple(
        (str(path.relative_to(folder)), _stamp(path))
        for top in _children(folder)
        for path in (top, *(_children(top) if top.name in KINDS else ()))
    )


def authored_files(folder: Path) -> Files:
    """What there is to read below `folder`; a misplaced file or an unknown folder is a mistake."""
    files = Files({kind: [] for kind in KINDS}, [])
    if not folder.is_dir():
        text = "没有这个文件夹，请检查 CONTENT_DIR。 No such folder; check CONTENT_DIR."
        files.mistakes.append(Mistake(shown(folder.name), 1, text))
    for path in _children(folder):
        if path.is_dir() and path.name in KINDS:
            _sort_out(folder, path, files)
        elif path.is_dir():
            text = f"不认识文件夹“{shown(path.name)}”。{did_you_mean(path.name, KINDS)} Unknown folder."
            files.mistakes.append(Mistake(relative(path, folder), 1, text))
        elif not path.name.lower().startswith(_READ_BY_PEOPLE):
            text = f"文件要放在这些文件夹里：{'、'.join(KINDS)}。 Put the file into one of these folders."
            files.mistakes.append(Mistake(relative(path, folder), 1, text))
    return files


def read(path: Path, folder: Path, found: list[Mistake]) -> Document | None:
    """The file as TOML. What keeps it from being read is one mistake, added to `found`."""
    file = relative(path, folder)
    try:
        data = path.read_bytes()
        text = data.decode("utf-8-sig").replace("\r\n", "\n")
        return Document(file, tomllib.loads(text), Lines(text))
    except OSError as error:
        text = f"打不开这个文件，请检查它的权限。 Cannot read the file: {error.strerror}."
        found.append(Mistake(file, 1, text))
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        found.append(Mistake(file, line, "文件不是 UTF-8 编码，请另存为 UTF-8。 Save the file as UTF-8."))
    except (ValueError, RecursionError) as error:  # tomllib lets both through, beside its own TOMLDecodeError
        found.append(_broken(file, text, error))
    return None


def relative(path: Path, folder: Path) -> str:
    """The path as an author would name it, printable whatever bytes the name has."""
    return os.fsencode(path.relative_to(folder).as_posix()).decode("utf-8", "replace")


def _broken(file: str, text: str, error: Exception) -> Mistake:
    reason = str(error)
    place = _PLACE.search(reason)
    last = text.rstrip("\n").count("\n") + 1 if "end of document" in reason else 1
    line = int(place[1]) if place else last
    hint = _WRITTEN_TWICE if _TWICE.search(reason) else _NO_DATE if "Invalid date" in reason else _MALFORMED
    return Mistake(file, line, f"{hint} Broken TOML: {shown(_PLACE.sub('', reason).strip())}.")


def _children(folder: Path) -> list[Path]:
    try:
        paths = sorted(folder.iterdir())
    except OSError:
        return []
    return [path for path in paths if not _is_ignored(path.name)]


def _is_ignored(name: str) -> bool:
    return name.startswith((".", "_")) or name.endswith("~") or name.lower() in _LEFT_BY_SYSTEMS


def _sort_out(folder: Path, kind: Path, files: Files) -> None:
    for path in _children(kind):
        if path.suffix == SUFFIX and (path.is_file() or path.is_symlink()):
            files.by_kind[kind.name].append(path)
        elif not path.name.lower().startswith(_READ_BY_PEOPLE):
            text = f"这里只放名字以 {SUFFIX} 结尾的文件。 Only {SUFFIX} files belong here; rename or move it."
            files.mistakes.append(Mistake(relative(path, folder), 1, text))


def _stamp(path: Path) -> tuple[int, int]:
    """A folder's own time is left out: editors touch it without changing any file."""
    try:
        status = path.stat()
    except OSError:
        return (0, 0)
    return (0, 0) if path.is_dir() else (status.st_mtime_ns, status.st_size)
