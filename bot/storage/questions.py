"""Questions that are kept for those who write the answers, without who asked them."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from msgspec import Struct
from sqlalchemy import Connection, Row, Select, bindparam, delete, func, or_, select, update

from bot.domain.audit import Entry
from bot.domain.questions import Became, Question, Rating, Settling, kept_until
from bot.storage.audit import append
from bot.storage.database import Database
from bot.storage.desk import is_allowed, logged
from bot.storage.figures import count
from bot.storage.instants import milliseconds
from bot.storage.tables import questions
from bot.storage.upsert import upsert
from bot.storage.writer import Kind

# However many are asked, they take no more than some megabytes.
MOST_KEPT = 20_000
_KEYS_AT_ONCE = 500


class Asked(Struct, frozen=True):
    key: bytes
    question: Question
    at: datetime


class Rated(Struct, frozen=True):
    key: bytes
    rating: Rating
    at: datetime


class Chosen(Struct, frozen=True):
    key: bytes
    entry: str


class QuestionRecords:
    """Satisfies bot.domain.questions.QuestionStore."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def keep(self, key: bytes, question: Question, at: datetime, message_id: str) -> None:
        await self._database.writer.write(_KEEP, Asked(key, question, at), message_id)

    async def rate(self, key: bytes, rating: Rating, at: datetime, message_id: str) -> bool:
        return await self._database.writer.write(_RATE, Rated(key, rating, at), message_id)

    async def choose(self, key: bytes, entry: str, message_id: str) -> bool:
        return await self._database.writer.write(_CHOOSE, Chosen(key, entry), message_id)

    async def expire(self, at: datetime) -> None:
        """Delete those whose time is over."""
        await self._database.writer.write(_EXPIRE, at)

    async def to_look_at(self, since: date, now: datetime) -> list[Question]:
        """What was not answered, or not well, and what was chosen from a menu, asked on the day `since` or later.

        Without what somebody has dealt with. Raises DatabaseMissing, DatabaseUnusable.
        """
        async with self._database.snapshot() as connection:
            return [_question(row) for row in await connection.execute(_to_look_at(since, now, handled=False))]

    async def waiting(self, now: datetime, *, handled: bool) -> list[Question]:
        """All of the same that are kept; with `handled` those that somebody has dealt with. Raises Unavailable."""
        async with self._database.reading() as connection:
            return [_question(row) for row in await connection.execute(_to_look_at(date.min, now, handled=handled))]

    async def about(self, entry: str, now: datetime, start: int, limit: int) -> list[Question]:
        """What this entry answered, or was chosen for, and is still kept; the latest first."""
        columns = questions.c
        wanted = (
            select(questions)
            .where(columns.entry == entry, columns.expires_at > milliseconds(now))
            .order_by(columns.expires_at.desc(), columns.key)
            .offset(start)
            .limit(limit)
        )
        async with self._database.reading() as connection:
            return [_question(row) for row in await connection.execute(wanted)]


class DeskQuestions:
    """What colleagues do with kept questions. `key` is the log's."""

    def __init__(self, database: Database, key: bytes) -> None:
        self._database = database
        self._settle = Kind("settle-questions", str, logged(_settle, key))

    async def settle(self, settling: Settling) -> str:
        """The outcome's code."""
        return await self._database.writer.write(self._settle, settling)


def _to_look_at(since: date, now: datetime, *, handled: bool) -> Select[Any]:
    columns = questions.c
    return (
        select(questions)
        .where(columns.day >= since.isoformat(), columns.expires_at > milliseconds(now))
        .where(columns.handled_at.is_not(None) if handled else columns.handled_at.is_(None))
        .where(or_(columns.became != Became.ANSWERED, columns.rating == Rating.DOWN))
        .order_by(columns.expires_at.desc(), columns.key)
    )


def _settle(connection: Connection, key: bytes, settling: Settling) -> str:
    is_allowed_to = is_allowed(connection, settling.by, "answers.write")
    if is_allowed_to:
        at = milliseconds(settling.at) if settling.is_handled else None
        for first in range(0, len(settling.keys), _KEYS_AT_ONCE):
            some = settling.keys[first : first + _KEYS_AT_ONCE]
            connection.execute(update(questions).where(questions.c.key.in_(some)).values(handled_at=at))
    act = "questions-handle" if settling.is_handled else "questions-reopen"
    code = "done" if is_allowed_to else "not-allowed"
    append(connection, key, Entry(settling.at, settling.by.name, act, settling.entry, code))
    return code


def _question(row: Row[Any]) -> Question:
    return Question(
        row.text,
        row.language,
        Became(row.became),
        row.entry,
        date.fromisoformat(row.day),
        Rating(row.rating),
        bytes(row.key),
    )


def _keep(connection: Connection, items: Sequence[Asked]) -> list[None]:
    connection.execute(upsert(connection, questions).on_conflict_do_nothing(), [_row(item) for item in items])
    count(connection, [(item.question.day, "", "asked", item.question.became) for item in items])
    surplus = (connection.scalar(select(func.count()).select_from(questions)) or 0) - MOST_KEPT
    if surplus > 0:  # those that would be deleted first
        first = select(questions.c.key).order_by(questions.c.expires_at).limit(surplus)
        connection.execute(delete(questions).where(questions.c.key.in_(first)))
    return [None] * len(items)


def _rate(connection: Connection, items: Sequence[Rated]) -> list[bool]:
    known = _known(connection, [item.key for item in items])
    latest = {item.key: item for item in items if item.key in known}
    if latest:
        connection.execute(
            update(questions)
            .where(questions.c.key == bindparam("of"))
            .values(rating=bindparam("said"), expires_at=bindparam("until")),
            [
                {"of": key, "said": item.rating, "until": _until(*known[key], item.rating, item.at)}
                for key, item in latest.items()
            ],
        )
    return [item.key in known for item in items]


def _choose(connection: Connection, items: Sequence[Chosen]) -> list[bool]:
    known = _known(connection, [item.key for item in items])
    menus = {key for key, (became, _) in known.items() if became is Became.MENU}
    latest = {item.key: item.entry for item in items if item.key in menus}
    if latest:
        connection.execute(
            update(questions).where(questions.c.key == bindparam("of")).values(entry=bindparam("chosen")),
            [{"of": key, "chosen": entry} for key, entry in latest.items()],
        )
    return [item.key in menus for item in items]


def _known(connection: Connection, keys: Sequence[bytes]) -> dict[bytes, tuple[Became, date]]:
    """What became of these questions, and their days; those that are not there are left out."""
    columns = questions.c
    found = connection.execute(select(columns.key, columns.became, columns.day).where(columns.key.in_(keys)))
    return {key: (Became(became), date.fromisoformat(day)) for key, became, day in found}


def _until(became: Became, day: date, rating: Rating, at: datetime) -> int:
    return milliseconds(kept_until(became, rating, day, at))


def _expire(connection: Connection, instants: Sequence[datetime]) -> list[None]:
    connection.execute(delete(questions).where(questions.c.expires_at <= milliseconds(max(instants))))
    return [None] * len(instants)


def _row(item: Asked) -> dict[str, object]:
    question = item.question
    return {
        "key": item.key,
        "text": question.text,
        "language": question.language,
        "became": question.became,
        "entry": question.entry,
        "rating": question.rating,
        "day": question.day.isoformat(),
        "expires_at": _until(question.became, question.day, question.rating, item.at),
    }


_KEEP: Kind[Asked, None] = Kind("keep-question", type(None), _keep)
_RATE: Kind[Rated, bool] = Kind("rate", bool, _rate)
_CHOOSE: Kind[Chosen, bool] = Kind("choose", bool, _choose)
_EXPIRE: Kind[datetime, None] = Kind("expire-questions", type(None), _expire)
