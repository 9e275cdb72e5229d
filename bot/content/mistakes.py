"""What is wrong in the authored files, said so that the author can put it right."""

from collections.abc import Sequence

from msgspec import Struct

MAX_SHOWN_CHARACTERS = 40


class Mistake(Struct, frozen=True, order=True):
    """One thing to put right. `file` is relative to the content folder, `line` counts from 1.

    `laid` is the id of the tip that the desk has laid over the file there.
    """

    file: str
    line: int
    text: str
    laid: str = ""

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.text}"


class ContentErrors(Exception):
    """The content cannot be used; `mistakes` are all that were found, by file and line."""

    def __init__(self, mistakes: Sequence[Mistake]) -> None:
        self.mistakes = tuple(sorted(set(mistakes)))
        super().__init__("\n".join(map(str, self.mistakes)))


def shown(text: object) -> str:
    """What an author wrote, short enough and safe to print in a terminal."""
    clipped = str(text)[: MAX_SHOWN_CHARACTERS + 1]
    if len(clipped) > MAX_SHOWN_CHARACTERS:
        clipped = clipped[: MAX_SHOWN_CHARACTERS - 1] + "…"
    return "".join(character if character.isprintable() else "\ufffd" for character in clipped)
