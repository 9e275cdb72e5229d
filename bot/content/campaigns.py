"""Campaign files: a topic with its authored questions and answers."""

from datetime import date

from msgspec import Struct
from pydantic import Field

from bot.content.files import Document
from bot.content.lines import Path
from bot.content.shapes import Check, Name, Shape, ShortName, Table, Text, tables
from bot.domain.knowledge import Entry, Source, Topic
from bot.domain.text import simplify

INVISIBLE = "这个问题里没有看得见的字，请写上内容。 Nothing visible in this question; write one."

TO_COME = "出处的日期还没有到，请写它发表的那一天。 The source's date is in the future."


class SourceShape(Shape):
    publisher: Text
    title: Text
    date: date


class EntryShape(Shape):
    id: Name
    title: Text
    questions: list[Text] = Field(min_length=1)
    answer: Text
    english: Text = ""
    english_title: Text = ""
    period: Text = ""
    unsaid: bool = False
    source: Table | None = None


class CampaignShape(Shape):
    id: ShortName
    title: Text
    english_title: Text = ""
    source: Table | None = None
    entry: list[Table] = Field(min_length=1)


class Campaign(Struct, frozen=True):
    """A file's entries with their topic; None where they belong to one that another file brings."""

    topic: Topic | None
    entries: tuple[Entry, ...]
    file: str


def read_campaign(document: Document, check: Check) -> Campaign | None:
    """The topic and its entries; None after adding every mistake of the file."""
    header = check.shape(document, (), document.table, CampaignShape)
    check.once_in(document, (), document.table, "id", "campaign")
    entries = read_entries(document, check, header.id if header else "")
    return Campaign(Topic(header.id, header.title, header.english_title), entries, document.file) if header else None


def read_entries(document: Document, check: Check, topic: str) -> tuple[Entry, ...]:
    """The good entries of the file with its source, in its order, after adding every mistake."""
    source = _read_source(document, (), document.table, check)
    read = [
        (_read_entry(document, path, table, check), _read_source(document, path, table, check))
        for path, table in tables(document, "entry")
    ]
    return tuple(_entry(shape, topic, own or source) for shape, own in read if shape)


def _read_source(document: Document, path: Path, of: Table, check: Check) -> Source | None:
    """The source of a file, or that which one of its entries has for itself."""
    table = of.get("source")
    if not isinstance(table, dict):
        return None
    shape = check.shape(document, (*path, "source"), table, SourceShape)
    if shape and shape.date > check.today:
        check.add(document, (*path, "source", "date"), TO_COME)
    return Source(shape.title, shape.publisher, shape.date) if shape else None


def _read_entry(document: Document, path: Path, table: Table, check: Check) -> EntryShape | None:
    check.once_in(document, path, table, "id", "entry")
    questions = table.get("questions")
    for index, question in enumerate(questions if isinstance(questions, list) else ()):
        if isinstance(question, str) and question.strip():
            _check_question(document, (*path, "questions", index), question, check)
    return check.shape(document, path, table, EntryShape)


def _check_question(document: Document, path: Path, question: str, check: Check) -> None:
    simplified = simplify(question)
    if not simplified:
        check.add(document, path, INVISIBLE)
    else:
        # What is on now is asked in the words of what was: there a question may stand in both.
        check.only_once(document, path, ("question", document.kind == "local", simplified), question)


def _entry(shape: EntryShape, topic: str, source: Source | None) -> Entry:
    return Entry(
        id=shape.id,
        topic=topic,
        title=shape.title,
        questions=tuple(shape.questions),
        answer=shape.answer,
        english=shape.english,
        english_title=shape.english_title,
        period=shape.period,
        source=source,
        unsaid=shape.unsaid,
    )
