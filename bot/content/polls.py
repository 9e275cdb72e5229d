"""Poll files: who may vote for what, from when until when."""

from typing import Literal

from pydantic import AwareDatetime, Field

from bot.content.files import Document
from bot.content.lines import Path
from bot.content.shapes import Check, Name, PollName, Shape, Table, Text, tables
from bot.domain.polls import Option, Poll

MAX_NUMBER = 9999
NEEDED_FOR_REAL = ("organiser", "contact", "rules", "eligibility")


class OptionShape(Shape):
    id: Name
    number: int = Field(ge=1, le=MAX_NUMBER)
    title: Text
    summary: Text = ""
    english: Text = ""


class PollShape(Shape):
    id: PollName
    title: Text
    english: Text = ""
    demo: bool = False
    channels: list[Literal["telegram", "wechat", "web", "terminal"]] = Field(
        default=["telegram", "wechat"], min_length=1
    )
    opens_at: AwareDatetime | None = None
    closes_at: AwareDatetime | None = None
    organiser: Text = ""
    contact: Text = ""
    rules: Text = ""
    eligibility: Text = ""
    option: list[Table] = Field(min_length=1)


def read_poll(document: Document, check: Check) -> Poll | None:
    """The poll; None after adding every mistake of the file."""
    shape = check.shape(document, (), document.table, PollShape)
    check.once_in(document, (), document.table, "id", "poll")
    _check_organiser(document, check)
    if shape:
        _check_times(document, shape, check)
    options = [_read_option(document, path, table, check) for path, table in tables(document, "option")]
    return _poll(shape, tuple(option for option in options if option)) if shape else None


def _check_organiser(document: Document, check: Check) -> None:
    if document.table.get("demo") is True:
        return
    for key in NEEDED_FOR_REAL:
        if key not in document.table:
            text = f"正式投票要写明 {key}；只是演示就写 demo = true。 A poll that is no demo needs {key}."
            check.add(document, (), text)


def _check_times(document: Document, shape: PollShape, check: Check) -> None:
    if shape.opens_at and shape.closes_at and shape.closes_at <= shape.opens_at:
        check.add(document, ("closes_at",), "截止时间要晚于开始时间。 closes_at must be after opens_at.")


def _read_option(document: Document, path: Path, table: Table, check: Check) -> Option | None:
    scope = f"option of {document.file}"
    check.once_in(document, path, table, "id", scope)
    check.once_in(document, path, table, "number", scope)
    name, number = table.get("id"), table.get("number")
    if isinstance(name, str) and name.strip().isdecimal() and name.strip() != str(number):
        text = "只有数字的 id 必须和 number 一样，不然“投票 3”会说不清。"
        text += " An id of digits must equal the number."
        check.add(document, (*path, "id"), text)
    shape = check.shape(document, path, table, OptionShape)
    return Option(shape.id, shape.number, shape.title, shape.summary, shape.english) if shape else None


def _poll(shape: PollShape, options: tuple[Option, ...]) -> Poll:
    return Poll(
        id=shape.id,
        title=shape.title,
        options=options,
        demo=shape.demo,
        english=shape.english,
        channels=frozenset(shape.channels),
        opens_at=shape.opens_at,
        closes_at=shape.closes_at,
        organiser=shape.organiser,
        contact=shape.contact,
        rules=shape.rules,
        eligibility=shape.eligibility,
    )
