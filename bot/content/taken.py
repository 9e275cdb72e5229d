"""The files as they would be with what the desk has published written into them."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from bot.content.files import authored_files, read
from bot.content.mistakes import Mistake
from bot.content.overlay import KINDS, NEW_FILE, file_text, laid_over
from bot.domain.overlay import Laid


def exported(folder: Path, laid: Sequence[Laid]) -> Mapping[str, str]:
    """By name, the text of each file that differs from what is there; `haowangmin check` accepts them as it did before.

    What has no place in any file is left out.
    """
    files, changed, mistakes = authored_files(folder), dict[str, str](), list[Mistake]()
    for kind in {kind for folders in KINDS.values() for kind in folders}:
        documents = [document for path in files.by_kind[kind] if (document := read(path, folder, mistakes))]
        for document in laid_over(documents, kind, laid, mistakes):
            if document.laid:
                changed[document.file] = file_text(_text(folder / document.file), document)
    return changed


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8-sig") if path.exists() else NEW_FILE
