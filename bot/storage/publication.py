"""What a poll's public bundle is made of, from one snapshot."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import Connection, Row, select

from bot.domain.ledger import ChannelCount, MerkleTree, leaf
from bot.domain.notes import Signer
from bot.storage.checkpoints import ROWS_STREAMED, rows_after
from bot.storage.database import Database
from bot.storage.holds import holds_of
from bot.storage.instants import instant
from bot.storage.tables import checkpoints, options, polls, stops, tallies
from bot.storage.votes import channels_counted

Done = TypeVar("Done")


class Publication:
    """A poll as it was counted; what is long streams by. `rows` is the length of its ledger."""

    def __init__(self, connection: Connection, poll: Row[Any]) -> None:
        self._connection = connection
        self._poll: int = poll.id
        self.opened_at: datetime = instant(poll.opened_at)
        self.key_check: bytes = poll.key_check
        self.rows: int = poll.last_seq
        self.ballots: int = poll.ballots
        self.voters: int = poll.voters
        self.held: int = poll.held
        self.channels: dict[str, ChannelCount] = channels_counted(poll.channels)
        named = select(options.c.number, options.c.name).where(options.c.poll == poll.id).order_by(options.c.number)
        self.options: dict[int, str] = {row.number: row.name for row in connection.execute(named)}
        counted = select(tallies.c.option, tallies.c.votes, tallies.c.held).where(tallies.c.poll == poll.id)
        tally = connection.execute(counted).all()
        self.votes: dict[int, int] = {row.option: row.votes for row in tally}
        self.not_counted: dict[int, int] = {row.option: row.held for row in tally}
        self.holds, self.cases = holds_of(connection, poll.id)
        halted = select(stops.c.at, stops.c.until).where(stops.c.poll == poll.id).order_by(stops.c.id)
        self.stops: list[tuple[datetime, datetime | None]] = [
            (instant(row.at), instant(row.until) if row.until is not None else None)
            for row in connection.execute(halted)
        ]

    def leaves(self, after: int = 0) -> Iterator[bytes]:
        """The rows that follow the number `after`, in their order."""
        return (leaf(*row) for row in rows_after(self._connection, self._poll, after))

    def notes(self, signer: Signer) -> Iterator[str]:
        """The checkpoints by their size; the last one is of all rows, signed now if need be."""
        columns = checkpoints.c
        found = self._connection.execute(
            select(columns.size, columns.frontier, columns.note)
            .where(columns.poll == self._poll)
            .order_by(columns.size)
            .execution_options(yield_per=ROWS_STREAMED)
        )
        tree, sealed = MerkleTree(), False
        for size, frontier, note in found:
            tree, sealed = MerkleTree(size, frontier), size == self.rows
            yield note
        if not sealed:
            for row in self.leaves(tree.size):
                tree.add(row)
            yield signer.checkpoint(tree.size, tree.root())


async def publish(database: Database, poll: str, write: Callable[[Publication], Done]) -> Done | None:
    """What `write` makes of the poll's publication, all from one snapshot; None for an unknown poll.

    Raises DatabaseMissing, DatabaseUnusable.
    """

    def within(connection: Connection) -> Done | None:
        row = connection.execute(select(polls).where(polls.c.name == poll)).one_or_none()
        return write(Publication(connection, row)) if row else None

    async with database.snapshot() as connection:
        return await connection.run_sync(within)
