"""Finds a font with Chinese characters on this machine; without one nothing is drawn."""

from collections.abc import Iterable
from pathlib import Path

from msgspec import Struct

FONT_PACKAGE = "fonts-noto-cjk"  # of Debian and Ubuntu
_FOLDERS = (
    Path("/usr/share/fonts"),
    Path("/usr/local/share/fonts"),
    Path.home() / ".local/share/fonts",
    Path("/System/Library/Fonts"),
    Path("C:/Windows/Fonts"),
)
# With Chinese characters, the better ones first; beside each the bold one of its family.
_KNOWN = {
    "NotoSansCJK-Regular.ttc": "NotoSansCJK-Bold.ttc",
    "NotoSansCJKsc-Regular.otf": "NotoSansCJKsc-Bold.otf",
    "NotoSansSC-Regular.otf": "NotoSansSC-Bold.otf",
    "SourceHanSansSC-Regular.otf": "SourceHanSansSC-Bold.otf",
    "msyh.ttc": "msyhbd.ttc",
    "Hiragino Sans GB.ttc": "",
    "wqy-microhei.ttc": "",
    "DroidSansFallbackFull.ttf": "",
}


class Typeface(Struct, frozen=True):
    """The files of a font; the same twice where there is no bold one."""

    regular: Path
    bold: Path


def find_typeface(wanted: Path | None = None, folders: Iterable[Path] = _FOLDERS) -> Typeface | None:
    """The `wanted` file, else the best known font in these folders, else None."""
    if wanted:
        return Typeface(wanted, wanted)
    files = {file.name: file for folder in folders if folder.is_dir() for file in folder.rglob("*.[ot]t[cf]")}
    regular = next((files[name] for name in _KNOWN if name in files), None)
    return Typeface(regular, files.get(_KNOWN[regular.name], regular)) if regular else None
