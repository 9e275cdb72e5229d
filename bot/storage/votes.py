"""Votes: ledger, ballots and tallies, changed in one commit."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import zip_longest
from typing import Any

from msgspec import Struct
from sqlalchemy import Connection, insert, select, update

from bot.domain.ledger import Ballot, Casting, MerkleTree, Recount, Row, Tally, ballots_of, leaf
from bot.domain.polls import Counts, Poll, Result, Vote
from bot.storage.checkpoints import Review, rows_after
from bot.storage.database import Database
from bot.storage.instants import instant, milliseconds
from bot.storage.tables import ballots, ledger, options, polls, tallies
from bot.storage.upsert import upsert
from bot.storage.writer import Kind

ROWS_AT_A_TIME = 10_000


class Installed(Struct, frozen=True):
    """A poll to be set up: at first its opening, its key's check value and its options are written down."""

    poll: Poll
    key_check: bytes
    at: datetime


class Conflict(Exception):
    """The poll's file or key contradicts what is written down for it; the message says what to do."""


class Votes:
    """Satisfies bot.domain.polls.VoteStore."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def install(self, poll: Poll, key_check: bytes, at: datetime) -> None:
        """Write down a poll that is new; check one that is known.

        Raises Conflict when a number stands for another option, or when votes were counted with another key.
        """
        fault = await self._database.writer.write(_INSTALL, Installed(poll, key_check, at))
        if fault:
            raise Conflict(fault)

    async def cast(self, vote: Vote) -> Result:
        return await self._database.writer.write(_CAST, vote, vote.message_id)

    async def counts(self, poll: str) -> Counts:
        async with self._database.reading() as connection:
            rows = (
                await connection.execute(
                    select(polls.c.opened_at, polls.c.ballots, polls.c.voters, tallies.c.option, tallies.c.votes)
                    .select_from(polls.outerjoin(tallies, tallies.c.poll == polls.c.id))
                    .where(polls.c.name == poll)
                )
            ).all()
        votes = {row.option: row.votes for row in rows if row.option is not None}
        return Counts(instant(rows[0].opened_at), rows[0].ballots, rows[0].voters, votes)

    async def ballot(self, poll: str, voter: bytes) -> int | None:
        async with self._database.reading() as connection:
            number: int | None = await connection.scalar(
                select(ballots.c.option)
                .join(polls, polls.c.id == ballots.c.poll)
                .where(polls.c.name == poll, ballots.c.voter == voter)
            )
        return number

    async def recount(self, poll: str) -> Recount | None:
        """Rebuild ballots and tallies from the ledger, in one snapshot, and compare; None for an unknown poll."""
        async with self._database.snapshot() as connection:
            return await connection.run_sync(_recount, poll)


def _install(connection: Connection, items: Sequence[Installed]) -> list[str]:
    return [_install_one(connection, item) for item in items]


def _install_one(connection: Connection, item: Installed) -> str:
    known = (connection.execute(select(polls).where(polls.c.name == item.poll.id))).one_or_none()
    if known and known.key_check != item.key_check and not _rekeyed(connection, item):
        return (
            f"{item.poll.id}: its secret key is not the one that its votes were counted with; "
            "put the old key back: the files of KEYS_DIR, or SECRET_KEY"
        )
    number = known.id if known else _new_poll(connection, item)
    written = connection.execute(select(options.c.number, options.c.name).where(options.c.poll == number))
    names: dict[int, str] = {row.number: row.name for row in written}
    for option in item.poll.options:
        before = names.get(option.number, option.id)
        if before != option.id or (names.get(option.number) is None and option.id in names.values()):
            return f"{item.poll.id}: number {option.number} and option {option.id} do not belong together as before"
    new = [o for o in item.poll.options if o.number not in names]
    if new:
        rows = [{"poll": number, "number": o.number, "name": o.id} for o in new]
        connection.execute(insert(options), rows)
    return ""


def _rekeyed(connection: Connection, item: Installed) -> bool:
    """Another key is as good while nothing was counted with the one before."""
    changed = connection.execute(
        update(polls).where(polls.c.name == item.poll.id, polls.c.last_seq == 0).values(key_check=item.key_check)
    )
    return changed.rowcount == 1


def _new_poll(connection: Connection, item: Installed) -> int:
    result = connection.execute(
        insert(polls).values(
            name=item.poll.id,
            opened_at=milliseconds(item.at),
            key_check=item.key_check,
            last_seq=0,
            ballots=0,
            voters=0,
        )
    )
    assert result.inserted_primary_key
    return int(result.inserted_primary_key[0])


def _cast(connection: Connection, votes: Sequence[Vote]) -> list[Result]:
    results: dict[str, Result] = {}
    for name in sorted({vote.poll for vote in votes}):  # in one order in all processes: no deadlock
        group = [vote for vote in votes if vote.poll == name]
        results.update(_cast_in_poll(connection, name, group))
    return [results[vote.message_id] for vote in votes]


def _cast_in_poll(connection: Connection, name: str, votes: Sequence[Vote]) -> dict[str, Result]:
    # The lock on the poll's row makes the processes that share a PostgreSQL database count one after the other.
    poll = (connection.execute(select(polls).where(polls.c.name == name).with_for_update())).one()
    voters = {vote.voter for vote in votes if not vote.refused}
    casting = Casting(_ballots_before(connection, poll.id, voters), poll.last_seq)
    results = {vote.message_id: casting.cast(vote) for vote in votes}
    if casting.rows:
        _store(connection, poll.id, casting)
    return results


def _ballots_before(connection: Connection, poll: int, voters: set[bytes]) -> dict[bytes, tuple[int, int]]:
    rows = connection.execute(
        select(ballots.c.voter, ballots.c.option, ballots.c.seq).where(
            ballots.c.poll == poll, ballots.c.voter.in_(voters)
        )
    )
    return {row.voter: (row.option, row.seq) for row in rows}


def _store(connection: Connection, poll: int, casting: Casting) -> None:
    connection.execute(insert(ledger), [_ledger_row(poll, row) for row in casting.rows])
    statement = upsert(connection, ballots)
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["poll", "voter", "slot"],
            set_={"option": statement.excluded.option, "seq": statement.excluded.seq},
        ),
        [
            {"poll": poll, "voter": voter, "slot": 0, "option": option, "seq": seq}
            for voter, (option, seq) in casting.ballots.items()
        ],
    )
    statement = upsert(connection, tallies)
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["poll", "option"], set_={"votes": tallies.c.votes + statement.excluded.votes}
        ),
        [{"poll": poll, "option": option, "votes": votes} for option, votes in sorted(casting.tally.items())],
    )
    connection.execute(
        update(polls)
        .where(polls.c.id == poll)
        .values(
            last_seq=casting.last_seq,
            ballots=polls.c.ballots + casting.new_voters,
            voters=polls.c.voters + casting.new_voters,
        )
    )


def _ledger_row(poll: int, row: Row) -> dict[str, Any]:
    return {
        "poll": poll,
        "voter": row.voter,
        "seq": row.seq,
        "slot": row.slot,
        "option": row.option,
        "at": milliseconds(row.at),
    }


_INSTALL: Kind[Installed, str] = Kind("install-poll", str, _install)
_CAST: Kind[Vote, Result] = Kind("vote", Result, _cast)


def _recount(connection: Connection, name: str) -> Recount | None:
    poll = connection.execute(select(polls).where(polls.c.name == name)).one_or_none()
    if not poll:
        return None
    tally = Tally()
    same = _count(connection, poll.id, tally)
    stored = connection.execute(select(tallies.c.option, tallies.c.votes).where(tallies.c.poll == poll.id))
    counters = {row.option: row.votes for row in stored}
    for number in counters.keys() | tally.votes.keys():
        same &= counters.get(number, 0) == tally.votes[number]
    ballots_in_all = tally.votes.total()
    same &= (poll.ballots, poll.voters) == (ballots_in_all, tally.voters)
    tree, sound = _tree(connection, poll.id)
    same &= sound and tree.size == poll.last_seq
    names = connection.execute(
        select(options.c.number, options.c.name).where(options.c.poll == poll.id).order_by(options.c.number)
    ).all()
    return Recount(
        poll=name,
        ballots=ballots_in_all,
        voters=tally.voters,
        tally={row.name: tally.votes[row.number] for row in names},
        counters={row.name: counters.get(row.number, 0) for row in names},
        match=same,
        root=tree.root().hex(),
    )


def _count(connection: Connection, poll: int, tally: Tally) -> bool:
    """Count the ballots that the ledger makes into `tally`; whether they are just the ballots that are stored."""
    same = True
    for rebuilt, stored in zip_longest(ballots_of(_rows(connection, poll)), _ballots(connection, poll)):
        same &= rebuilt == stored
        if rebuilt:
            tally.add(rebuilt)
    return same


def _tree(connection: Connection, poll: int) -> tuple[MerkleTree, bool]:
    """The Merkle tree of the ledger; whether its rows follow one another and all checkpoints were heads of it."""
    tree, review = MerkleTree(), Review(connection, poll)
    unbroken = True
    for row in rows_after(connection, poll):
        tree.add(leaf(*row))
        unbroken &= row.seq == tree.size
        review.look(tree)
    return tree, unbroken and review.end()


def _rows(connection: Connection, poll: int) -> Iterator[Row]:
    """The ledger of a poll as it streams by, one voter after the other."""
    found = connection.execute(
        select(ledger.c.seq, ledger.c.voter, ledger.c.slot, ledger.c.option, ledger.c.at)
        .where(ledger.c.poll == poll)
        .order_by(ledger.c.voter, ledger.c.seq)
        .execution_options(yield_per=ROWS_AT_A_TIME)
    )
    for seq, voter, slot, option, at in found:
        yield Row(seq, voter, slot, option, instant(at))


def _ballots(connection: Connection, poll: int) -> Iterator[Ballot]:
    found = connection.execute(
        select(ballots.c.voter, ballots.c.slot, ballots.c.option)
        .where(ballots.c.poll == poll)
        .order_by(ballots.c.voter, ballots.c.slot)
        .execution_options(yield_per=ROWS_AT_A_TIME)
    )
    return (Ballot(voter, slot, option) for voter, slot, option in found)
