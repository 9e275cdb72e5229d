"""What all kinds of files have in common: how a table is checked, and that a name is used once."""

from collections.abc import Hashable
from datetime import date
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError

from bot.content.files import Document
from bot.content.lines import Path
from bot.content.mistakes import Mistake, shown
from bot.content.wording import fault_of, sentence, without_echoes
from bot.domain.overlay import Fault

_ID = r"^[a-z0-9-]+$"
MAX_NAME_CHARACTERS = 40

Text = Annotated[str, StringConstraints(min_length=1)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=MAX_NAME_CHARACTERS, pattern=_ID)]
ShortName = Annotated[str, StringConstraints(min_length=1, max_length=32, pattern=_ID)]
# A Telegram button carries "/vote POLL NUMBER" in 64 bytes (Bot API, InlineKeyboardButton.callback_data).
PollName = Annotated[str, StringConstraints(min_length=1, max_length=24, pattern=_ID)]
Table = dict[str, Any]


class Shape(BaseModel):
    """A table of a file, strictly as written: no key more, no type bent."""

    model_config = ConfigDict(strict=True, extra="forbid", str_strip_whitespace=True, frozen=True)


AnyShape = TypeVar("AnyShape", bound=Shape)


class Check:
    """Checks the tables of all files and collects every mistake; `today` is Guangdong's date."""

    def __init__(self, mistakes: list[Mistake], today: date) -> None:
        self.mistakes = mistakes
        self.today = today
        self._taken: dict[Hashable, tuple[Document, Path]] = {}  # what may be used once, and where it was first

    def add(self, document: Document, path: Path, text: str, other: str = "", fault: Fault | None = None) -> None:
        """`other` is what else has its part in it, where that is laid over a file.

        `fault` says it for who filled in a form and knows no file.
        """
        laid = document.laid_at(path) or other
        self.mistakes.append(Mistake(document.file, document.lines.of(path), text, laid))

    def shape(self, document: Document, path: Path, table: Table, shape: type[AnyShape]) -> AnyShape | None:
        """The table as a `shape`, or None after adding all that is wrong with it."""
        try:
            return shape.model_validate(table)
        except ValidationError as invalid:
            for error in without_echoes(invalid.errors(include_url=False)):
                self.add(document, (*path, *error["loc"]), sentence(error, shape.model_fields), fault=fault_of(error))
        return None

    def only_once(self, document: Document, path: Path, name: Hashable, written: object) -> None:
        """Adds a mistake if `name` was claimed before, in whatever file."""
        if name in self._taken:
            first, place = self._taken[name]
            where = f"{first.file}:{first.lines.of(place)}"
            text = f"“{shown(written)}”已经在 {where} 用过了，请换一个。 Already used there; choose another."
            self.add(document, path, text, first.laid_at(place))
        else:
            self._taken[name] = (document, path)

    def once_in(self, document: Document, path: Path, table: Table, key: str, scope: str) -> None:
        """The same for the value of a key, where it is text or a number; the shape tells the rest."""
        value = table.get(key)
        value = value.strip() if isinstance(value, str) else value
        if value and isinstance(value, str | int) and not isinstance(value, bool):
            self.only_once(document, (*path, key), (scope, key, value), value)


def tables(document: Document, key: str) -> list[tuple[Path, Table]]:
    """Each [[key]] of a file with its place, also where other parts of the file are wrong."""
    items = document.table.get(key)
    if not isinstance(items, list):
        return []
    return [((key, index), item) for index, item in enumerate(items) if isinstance(item, dict)]
