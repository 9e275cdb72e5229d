"""`unanswered`: what people asked in vain, for whoever writes the answers."""

import argparse
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta

import msgspec
from msgspec import Struct

from bot.clock import utc_now
from bot.commands.ends import NO_DATABASE, OK, OLD_SCHEMA, cannot_begin, tell, with_loop
from bot.config import Settings
from bot.content import load
from bot.domain.entries import Entry
from bot.domain.questions import KEPT, Concern, Group, grouped
from bot.domain.times import home_date
from bot.storage.database import Database, DatabaseMissing
from bot.storage.questions import QuestionRecords
from bot.storage.schema import is_current

# Of a group so many wordings are told, and so many shown.
WORDINGS_TOLD = 20
WORDINGS_SHOWN = 3
_CONCERNS = {Concern.UNANSWERED: "没有答案", Concern.DISLIKED: "不满意", Concern.PHRASING: "建议的问法"}
_HEADINGS = ("次数", "最后一次", "情况", "大家问的话")
_WIDTHS = (4, 10, 10)
_GAP = "  "


class Listed(Struct, frozen=True):
    """A group as a line of JSON. `entry` is the answer that was disliked, or the one that lacks this phrasing."""

    kind: Concern
    count: int
    last: str
    example: str
    texts: tuple[str, ...]
    entry: str | None
    title: str | None


def unanswered(settings: Settings, options: argparse.Namespace) -> int:
    days = KEPT.days if options.days is None else options.days
    if not 1 <= days <= KEPT.days:
        return cannot_begin(f"--days: 天数是 1 到 {KEPT.days} / a number from 1 to {KEPT.days}")
    return with_loop(_list(settings, days, options.json))


async def _list(settings: Settings, days: int, as_json: bool) -> int:
    """Those of the last `days` days, today included."""
    database, now = Database(settings.database, utc_now), utc_now()
    try:
        if not await is_current(database):
            return cannot_begin(OLD_SCHEMA)
        since = home_date(now) - timedelta(days=days - 1)
        questions = await QuestionRecords(database).to_look_at(since, now)
    except DatabaseMissing:
        return cannot_begin(NO_DATABASE)
    finally:
        await database.close()
    entries = load(settings.content_dir, home_date(now)).knowledge.entries
    listed = [_listed(group, entries) for group in grouped(questions)]
    for line in map(_as_json, listed) if as_json else _table(listed, days):
        tell(line)
    return OK


def _listed(group: Group, entries: Mapping[str, Entry]) -> Listed:
    entry = entries.get(group.entry)
    return Listed(
        kind=group.concern,
        count=group.count,
        last=group.last.isoformat(),
        example=group.texts[0],
        texts=group.texts[:WORDINGS_TOLD],
        entry=group.entry or None,
        title=entry.title if entry else None,
    )


def _as_json(listed: Listed) -> str:
    return msgspec.json.encode(listed).decode()


def _table(listed: Sequence[Listed], days: int) -> Iterator[str]:
    if not listed:
        yield f"最近 {days} 天没有要看的问题。"
        return
    yield f"最近 {days} 天有 {sum(one.count for one in listed)} 句话等人看，分成 {len(listed)} 组："
    yield ""
    yield _row(*_HEADINGS)
    for one in listed:
        yield _row(str(one.count), one.last, _CONCERNS[one.kind], one.example)
        yield from (_row("", "", "", line) for line in _more(one))
    yield ""
    yield "怎么用这张表：看 content/README.md 里“大家问了什么”一节。"


def _more(one: Listed) -> Iterator[str]:
    others = one.texts[1:WORDINGS_SHOWN]
    if others:
        yield f"也有人问：{' / '.join(others)}"
    if one.entry:
        told = "加到" if one.kind is Concern.PHRASING else "答的是"
        yield f"{told}：{one.entry} {one.title or '（这一条已经没有了）'}"


def _row(count: str, last: str, concern: str, text: str) -> str:
    count = " " * (_WIDTHS[0] - _columns(count)) + count
    fixed = (count, *(_padded(cell, width) for cell, width in zip((last, concern), _WIDTHS[1:], strict=True)))
    return _GAP.join((*fixed, text))


def _padded(text: str, width: int) -> str:
    return text + " " * (width - _columns(text))


def _columns(text: str) -> int:
    """How many columns of a terminal a text takes: a Chinese character two."""
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)
