"""Tip files: tricks for one day each."""

from typing import Annotated

from pydantic import Field, StringConstraints

from bot.content.files import Document
from bot.content.shapes import Check, Name, Shape, Table, tables
from bot.domain.tips import MAX_TIP_CHARACTERS, Tip

MAX_ENGLISH_CHARACTERS = 300


class TipShape(Shape):
    id: Name
    text: Annotated[str, StringConstraints(min_length=1, max_length=MAX_TIP_CHARACTERS)]
    english: Annotated[str, StringConstraints(min_length=1, max_length=MAX_ENGLISH_CHARACTERS)] = ""


class TipsShape(Shape):
    tip: list[Table] = Field(min_length=1)


def read_tips(document: Document, check: Check) -> tuple[Tip, ...]:
    """The good tips of the file, in its order, after adding every mistake."""
    check.shape(document, (), document.table, TipsShape)
    tips = []
    for path, table in tables(document, "tip"):
        check.once_in(document, path, table, "id", "tip")
        shape = check.shape(document, path, table, TipShape)
        tips += [Tip(shape.id, shape.text, shape.english)] if shape else []
    return tuple(tips)
