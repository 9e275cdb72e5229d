"""What can be taken away as a table, however long: read in pieces, each a short statement that holds up nobody."""

from collections.abc import AsyncIterator
from datetime import datetime

from msgspec import Struct
from sqlalchemy import func, select

from bot.domain.ledger import leaf
from bot.storage.checkpoints import LEAF
from bot.storage.database import Database
from bot.storage.instants import milliseconds
from bot.storage.tables import ledger, polls, questions

AT_ONCE = 2000  # rows of a piece: some 10 ms

Row = list[str | int]


class Length(Struct, frozen=True):
    """How many rows a poll's ledger has, and how many voters."""

    rows: int
    voters: int


class ExportRecords:
    """Satisfies bot.web.desk.exports.Exported."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def ledger_length(self, poll: str) -> Length:
        query = select(polls.c.last_seq, polls.c.voters).where(polls.c.name == poll)
        async with self._database.reading() as connection:
            row = (await connection.execute(query)).one_or_none()
        return Length(row.last_seq, row.voters) if row else Length(0, 0)

    async def ledger(self, poll: str, rows: int) -> AsyncIterator[list[Row]]:
        """The first rows of a poll's ledger, as they are published. They never change, so that no snapshot is held."""
        columns, after = ledger.c, 0
        of_poll = select(polls.c.id).where(polls.c.name == poll).scalar_subquery()
        query = select(*LEAF).where(columns.poll == of_poll, columns.seq <= rows).order_by(columns.seq).limit(AT_ONCE)
        while after < rows:
            async with self._database.reading() as connection:
                found = (await connection.execute(query.where(columns.seq > after))).all()
            if not found:
                return
            after = found[-1].seq
            yield [_published(leaf(*row)) for row in found]

    async def kept(self, now: datetime) -> int:
        """How many questions are kept."""
        query = select(func.count()).select_from(questions).where(questions.c.expires_at > milliseconds(now))
        async with self._database.reading() as connection:
            return await connection.scalar(query) or 0

    async def questions(self, now: datetime) -> AsyncIterator[list[Row]]:
        """Kept questions in the order of their keys, which tells nothing; those that come meanwhile are left out."""
        columns, after = questions.c, b""
        query = (
            select(
                columns.key, columns.day, columns.language, columns.became, columns.entry, columns.rating, columns.text
            )
            .where(columns.expires_at > milliseconds(now))
            .order_by(columns.key)
            .limit(AT_ONCE)
        )
        while True:
            async with self._database.reading() as connection:
                found = (await connection.execute(query.where(columns.key > after))).all()
            if not found:
                return
            after = bytes(found[-1].key)
            yield [list(row[1:]) for row in found]


def _published(row: bytes) -> Row:
    """The row of the tree by its columns, with an empty mark where it has none; numbers as numbers."""
    seq, voter, slot, option, at, *mark = row.decode().split(",")
    return [int(seq), voter, int(slot), int(option) if option else "", int(at), *(mark or [""])]
