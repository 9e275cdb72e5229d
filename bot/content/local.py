"""Files of the operators' own layer: what is on now, about a campaign or guide that is there or about a new one."""

import re
from collections.abc import Iterator, Mapping
from datetime import date

from msgspec import structs
from pydantic import Field

from bot.content.campaigns import Campaign, read_entries
from bot.content.files import Document
from bot.content.lines import Path
from bot.content.mistakes import shown
from bot.content.shapes import Check, Shape, ShortName, Table, Text, tables
from bot.content.wording import did_you_mean
from bot.domain.knowledge import Topic

_WHOSE = (
    "属于已有的活动，就只写 topic；是新活动，就写 id 和 title，不写 topic。"
    " Write either topic (a campaign that is there), or id and title (a new one)."
)
NOT_FILLED_IN = (
    "这里还是例子里的话，请换成真的：不要“某某”，也不要整行放在圆括号里。"
    " Still the example's words: no 某某, and no line wholly in brackets."
)
UNSAID = "近期消息要说清楚，不能写 unsaid；不知道的就不要写这一条。 unsaid has no place here: write what is known."
_DEEPEST = 3  # entry, its number, questions
_PLACEHOLDER = re.compile(r"某某|^\s*(?:（[^（）]*）|\([^()]*\))\s*$", re.MULTILINE)


class LocalShape(Shape):
    topic: Text = ""
    id: ShortName = ""
    title: Text = ""
    english_title: Text = ""
    valid_until: date
    source: Table
    entry: list[Table] = Field(min_length=1)


def read_local(document: Document, check: Check, topics: Mapping[str, str] | None) -> Campaign | None:
    """The entries of the file with its last day; None after adding every mistake.

    `topics` are the titles of the campaigns and guides that are there, by id; None where not all of them could be read.
    """
    header = check.shape(document, (), document.table, LocalShape)
    check.once_in(document, (), document.table, "id", "campaign")
    if header:
        _check_topic(document, header, check, topics)
    _check_said(document, check)
    entries = read_entries(document, check, header.topic or header.id if header else "")
    if header is None:
        return None
    topic = None if header.topic else Topic(header.id, header.title, header.english_title)
    dated = tuple(structs.replace(entry, valid_until=header.valid_until) for entry in entries)
    return Campaign(topic, dated, document.file)


def _check_topic(document: Document, header: LocalShape, check: Check, topics: Mapping[str, str] | None) -> None:
    named = header.id or header.title or header.english_title
    if (header.topic and named) or not (header.topic or (header.id and header.title)):
        check.add(document, ("topic",), _WHOSE)
    elif header.topic and topics is not None and header.topic not in topics:
        meant = next((name for name, title in topics.items() if title == header.topic), header.topic)
        text = f"没有活动“{shown(header.topic)}”。{did_you_mean(meant, topics)} Unknown topic."
        check.add(document, ("topic",), text)


def _check_said(document: Document, check: Check) -> None:
    """The example's words are no news, and neither is that nothing is known."""
    for path, text in _texts((), document.table):
        if _PLACEHOLDER.search(text):
            check.add(document, path, NOT_FILLED_IN)
    for path, entry in tables(document, "entry"):
        if entry.get("unsaid") is True:
            check.add(document, (*path, "unsaid"), UNSAID)


def _texts(path: Path, value: object) -> Iterator[tuple[Path, str]]:
    """Every text of a value with its place. Deeper than an entry's questions there is nothing to be said."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict | list) and len(path) <= _DEEPEST:
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _texts((*path, key), inner)
