"""Checkpoints: the signed heads of the polls' ledgers, each made from the one before and the rows since."""

from base64 import b64encode
from collections.abc import Iterator, Sequence
from datetime import datetime

from msgspec import Struct
from sqlalchemy import Connection, Row, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.ledger import MerkleTree, leaf
from bot.domain.notes import Checkpoint, Signer
from bot.storage.database import Database
from bot.storage.instants import instant, milliseconds
from bot.storage.tables import checkpoints, ledger, polls
from bot.storage.upsert import upsert
from bot.storage.writer import Kind

ROWS_STREAMED = 10_000
ROWS_AT_A_TIME = 1000  # a few milliseconds of hashing, then the others have their turn


class LedgerBroken(Exception):
    """A poll's ledger has a gap; nothing more of it is signed."""


class Sealed(Struct, frozen=True):
    poll: int
    size: int
    frontier: bytes
    note: str
    at: datetime


class Checkpoints:
    """Satisfies bot.delivery.notary.CheckpointStore."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def latest(self, poll: str) -> Checkpoint | None:
        async with self._database.reading() as connection:
            row = (await connection.execute(_LATEST.where(polls.c.name == poll))).first()
        return Checkpoint(row.size, row.note, instant(row.at)) if row and row.note else None

    async def seal(self, poll: str, signer: Signer, at: datetime) -> None:
        """Sign the head of the poll's ledger if it has grown. Raises LedgerBroken."""
        async with self._database.reading() as connection:
            row = (await connection.execute(_LATEST.where(polls.c.name == poll))).first()
            if not row or row.last_seq == (row.size or 0):
                return
            tree = MerkleTree(row.size or 0, row.frontier or b"")
            while tree.size < row.last_seq:
                await _grow(connection, row.id, tree, row.last_seq)
        note = signer.checkpoint(tree.size, tree.root())
        await self._database.writer.write(_SEAL, Sealed(row.id, tree.size, tree.frontier, note, at))


_LATEST = (
    select(
        polls.c.id, polls.c.last_seq, checkpoints.c.size, checkpoints.c.frontier, checkpoints.c.note, checkpoints.c.at
    )
    .select_from(polls.outerjoin(checkpoints, checkpoints.c.poll == polls.c.id))
    .order_by(checkpoints.c.size.desc())
    .limit(1)
)


# What bot.domain.ledger.leaf takes.
LEAF = (
    ledger.c.seq,
    ledger.c.voter,
    ledger.c.slot,
    ledger.c.option,
    ledger.c.at,
    ledger.c.channel,
    ledger.c.act,
)


async def _grow(connection: AsyncConnection, poll: int, tree: MerkleTree, last_seq: int) -> None:
    columns = ledger.c
    rows = await connection.execute(
        select(*LEAF)
        .where(columns.poll == poll, columns.seq > tree.size, columns.seq <= last_seq)
        .order_by(columns.seq)
        .limit(ROWS_AT_A_TIME)
    )
    before = tree.size
    for row in rows:
        if row.seq != tree.size + 1:
            break
        tree.add(leaf(*row))
    if tree.size == before:
        raise LedgerBroken(f"row {before + 1} of poll {poll} is missing from the ledger; run: haowangmin recount")


def _seal(connection: Connection, items: Sequence[Sealed]) -> list[None]:
    """Another process may have signed the same head; then it is the same note."""
    connection.execute(
        upsert(connection, checkpoints).on_conflict_do_nothing(),
        [
            {"poll": s.poll, "size": s.size, "frontier": s.frontier, "note": s.note, "at": milliseconds(s.at)}
            for s in items
        ],
    )
    return [None] * len(items)


_SEAL: Kind[Sealed, None] = Kind("checkpoint", type(None), _seal)


def rows_after(
    connection: Connection, poll: int, seq: int = 0
) -> Iterator[Row[int, bytes, int, int | None, int, int | None, int | None]]:
    """The rows of a ledger that follow the number `seq`, as they are stored and in their order, as they stream by."""
    columns = ledger.c
    number = columns.seq if seq else columns.seq + 0  # a whole ledger is sooner sorted than looked up row by row
    found = connection.execute(
        select(*LEAF)
        .where(columns.poll == poll, number > seq)
        .order_by(number)
        .execution_options(yield_per=ROWS_STREAMED)
    )
    return iter(found)


class Review:
    """Compares a poll's checkpoints with its tree while that is built anew."""

    def __init__(self, connection: Connection, poll: int) -> None:
        self._checkpoints = _in_order(connection, poll)
        self._next = next(self._checkpoints, None)
        self.agrees = True

    def look(self, tree: MerkleTree) -> None:
        """To be called after each row."""
        while self._next and self._next.size <= tree.size:
            self.agrees &= (self._next.size, self._next.frontier) == (tree.size, tree.frontier)
            self.agrees &= self._next.note.split("\n")[1:3] == [str(tree.size), b64encode(tree.root()).decode()]
            self._next = next(self._checkpoints, None)

    def end(self) -> bool:
        """Whether all agreed, and none is of a longer ledger."""
        return self.agrees and self._next is None


def _in_order(connection: Connection, poll: int) -> Iterator[Sealed]:
    found = connection.execute(
        select(checkpoints)
        .where(checkpoints.c.poll == poll)
        .order_by(checkpoints.c.size)
        .execution_options(yield_per=100)
    )
    return (Sealed(row.poll, row.size, row.frontier, row.note, instant(row.at)) for row in found)
