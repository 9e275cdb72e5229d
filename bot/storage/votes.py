"""Votes: ledger, ballots and tallies, changed in one commit."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import lru_cache
from itertools import zip_longest
from typing import Any

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, bindparam, delete, insert, select, update
from sqlalchemy import Row as Found
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.casting import Casting, Held, Place
from bot.domain.charts import Point
from bot.domain.ledger import Ballot, MerkleTree, Recount, Row, Tally, ballots_of, leaf
from bot.domain.polls import Counts, Poll, Result, Terms, Vote
from bot.storage.checkpoints import Review, rows_after
from bot.storage.database import Database
from bot.storage.instants import instant, milliseconds
from bot.storage.tables import ballots, ledger, options, polls, snapshots, tallies
from bot.storage.upsert import upsert
from bot.storage.writer import Kind

ROWS_AT_A_TIME = 10_000
SNAPSHOT_MS = 60 * 60 * 1000  # the counters are kept as they were at every full hour


class Installed(Struct, frozen=True):
    """A poll to be set up: at first its terms, its key's check value and its options are written down."""

    poll: Poll
    key_check: bytes
    at: datetime


class Conflict(Exception):
    """The poll's file or key contradicts what is written down for it; the message says what to do."""


class Votes:
    """Satisfies bot.domain.polls.VoteStore and bot.domain.charts.History."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def install(self, poll: Poll, key_check: bytes, at: datetime) -> None:
        """Write down a poll that is new; check one that is known.

        Raises Conflict when a number stands for another option, when votes were counted with another key, or when the
        terms of a poll that has opened are others than before.
        """
        fault = await self._database.writer.write(_INSTALL, Installed(poll, key_check, at))
        if fault:
            raise Conflict(fault)

    async def cast(self, vote: Vote) -> Result:
        return await self._database.writer.write(_CAST, vote, vote.message_id)

    async def counts(self, poll: str, at: datetime | None = None) -> Counts:
        async with self._database.reading() as connection:
            live = await _live_counts(connection, poll)
            return await _counts_at(connection, poll, at, live) if at else live

    async def ballots(self, poll: str, voter: bytes) -> dict[int, int]:
        async with self._database.reading() as connection:
            rows = await connection.execute(
                select(ballots.c.slot, ballots.c.option)
                .join(polls, polls.c.id == ballots.c.poll)
                .where(polls.c.name == poll, ballots.c.voter == voter)
            )
            return {row.slot: row.option for row in rows}

    async def history(self, poll: str) -> list[Point]:
        async with self._database.reading() as connection:
            rows = await connection.execute(
                select(snapshots.c.at, snapshots.c.ballots)
                .join(polls, polls.c.id == snapshots.c.poll)
                .where(polls.c.name == poll)
                .order_by(snapshots.c.at)
            )
            return [Point(instant(row.at), row.ballots) for row in rows]

    async def recount(self, poll: str) -> Recount | None:
        """Rebuild ballots and tallies from the ledger, in one snapshot, and compare; None for an unknown poll."""
        async with self._database.snapshot() as connection:
            return await connection.run_sync(_recount, poll)


async def _live_counts(connection: AsyncConnection, poll: str) -> Counts:
    rows = (
        await connection.execute(
            select(polls.c.opened_at, polls.c.ballots, polls.c.voters, tallies.c.option, tallies.c.votes)
            .select_from(polls.outerjoin(tallies, tallies.c.poll == polls.c.id))
            .where(polls.c.name == poll)
        )
    ).all()
    votes = {row.option: row.votes for row in rows if row.option is not None}
    return Counts(instant(rows[0].opened_at), rows[0].ballots, rows[0].voters, votes)


async def _counts_at(connection: AsyncConnection, poll: str, at: datetime, live: Counts) -> Counts:
    """The counters at a full hour: those written with the next vote after it, or `live` while none has come.

    `live` was read before: no vote that comes in between gets into it.
    """
    row = (
        await connection.execute(
            select(snapshots.c.ballots, snapshots.c.voters, snapshots.c.votes)
            .join(polls, polls.c.id == snapshots.c.poll)
            .where(polls.c.name == poll, snapshots.c.at >= milliseconds(at))
            .order_by(snapshots.c.at)
            .limit(1)
        )
    ).one_or_none()
    if not row:
        return live
    return Counts(live.opened_at, row.ballots, row.voters, msgspec.json.decode(row.votes, type=dict[int, int]))


def _install(connection: Connection, items: Sequence[Installed]) -> list[str]:
    return [_install_one(connection, item) for item in items]


def _install_one(connection: Connection, item: Installed) -> str:
    known = (connection.execute(select(polls).where(polls.c.name == item.poll.id))).one_or_none()
    if known and known.key_check != item.key_check and not _rekeyed(connection, item):
        return (
            f"{item.poll.id}: its secret key is not the one that its votes were counted with; "
            "put the old key back: the files of KEYS_DIR, or SECRET_KEY"
        )
    if known and (fault := _settle_terms(connection, known, item)):
        return fault
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


def _settle_terms(connection: Connection, known: Found[Any], item: Installed) -> str:
    """Until the opening the terms may change; then they stay, and what is wrong with others is returned."""
    terms, before = item.poll.terms, _terms(known.terms) if known.terms else None
    if terms == before:
        return ""
    if before and before.state(item.at) != "scheduled":
        changed = [name for name in Terms.__struct_fields__ if getattr(terms, name) != getattr(before, name)]
        return (
            f"{item.poll.id}: it has opened, so its rules stay as they are; "
            f"put back what was changed in: {', '.join(changed)}"
        )
    installed = item.at if before else instant(known.opened_at)  # without an opening it opens with this edition
    opening = milliseconds(terms.opens_at or installed)
    connection.execute(update(polls).where(polls.c.id == known.id).values(terms=_as_json(terms), opened_at=opening))
    return ""


def _new_poll(connection: Connection, item: Installed) -> int:
    result = connection.execute(
        insert(polls).values(
            name=item.poll.id,
            opened_at=milliseconds(item.poll.opens_at or item.at),
            terms=_as_json(item.poll.terms),
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
    casting = _casting(connection, poll, [vote for vote in votes if not vote.refused])
    results = {vote.message_id: casting.cast(vote) for vote in votes}
    if casting.rows:
        _keep_the_hour(connection, poll, casting.rows)
        _store(connection, poll, casting)
    return results


def _casting(connection: Connection, poll: Found[Any], votes: Sequence[Vote]) -> Casting:
    """With all that the poll's kind must know of these voters."""
    terms, opening = _terms(poll.terms), instant(poll.opened_at)
    voters = {vote.voter for vote in votes}
    mine = select(ballots.c.voter, ballots.c.slot, ballots.c.option, ballots.c.seq).where(
        ballots.c.poll == poll.id, ballots.c.voter.in_(voters)
    )
    windows = [terms.kind.window(terms.day(vote.at, opening)) for vote in votes]
    narrow = [window for window in windows if window]
    if narrow:
        first, end = min(window.start for window in narrow), max(window.stop for window in narrow)
        mine = mine.where(ballots.c.slot >= first, ballots.c.slot < end)
    held: dict[Place, Held] = {(row.voter, row.slot): Held(row.option, row.seq) for row in connection.execute(mine)}
    known = {voter for voter, _ in held}
    if narrow and known != voters:
        known |= _known(connection, poll.id, voters - known)
    return Casting(terms, opening, held, known, poll.last_seq)


def _known(connection: Connection, poll: int, voters: set[bytes]) -> set[bytes]:
    """Those of them who have any ballot."""
    found = select(ballots.c.voter).distinct().where(ballots.c.poll == poll, ballots.c.voter.in_(voters))
    return set(connection.scalars(found))


def _keep_the_hour(connection: Connection, poll: Found[Any], rows: Sequence[Row]) -> None:
    """With the first vote after a full hour, keep the counters as they were."""
    hour = _hour(milliseconds(max(row.at for row in rows)))
    if poll.last_at is not None and _hour(poll.last_at) >= hour:
        return
    found = connection.execute(select(tallies.c.option, tallies.c.votes).where(tallies.c.poll == poll.id))
    votes = msgspec.json.encode({row.option: row.votes for row in found if row.votes}).decode()
    connection.execute(
        insert(snapshots).values(poll=poll.id, at=hour, ballots=poll.ballots, voters=poll.voters, votes=votes)
    )


def _hour(at: int) -> int:
    return at - at % SNAPSHOT_MS


def _store(connection: Connection, poll: Found[Any], casting: Casting) -> None:
    connection.execute(insert(ledger), [_ledger_row(poll.id, row) for row in casting.rows])
    _store_ballots(connection, poll.id, casting)
    statement = upsert(connection, tallies)
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["poll", "option"], set_={"votes": tallies.c.votes + statement.excluded.votes}
        ),
        [{"poll": poll.id, "option": option, "votes": votes} for option, votes in sorted(casting.tally.items())],
    )
    last_at = milliseconds(max(row.at for row in casting.rows))
    connection.execute(
        update(polls)
        .where(polls.c.id == poll.id)
        .values(
            last_seq=casting.last_seq,
            last_at=max(last_at, poll.last_at or last_at),
            ballots=polls.c.ballots + casting.new_ballots,
            voters=polls.c.voters + casting.new_voters,
        )
    )


def _store_ballots(connection: Connection, poll: int, casting: Casting) -> None:
    kept = [
        {"poll": poll, "voter": voter, "slot": slot, "option": held.option, "seq": held.seq}
        for (voter, slot), held in casting.changed.items()
        if held
    ]
    freed = [{"of": voter, "in_slot": slot} for (voter, slot), held in casting.changed.items() if not held]
    if kept:
        statement = upsert(connection, ballots)
        connection.execute(
            statement.on_conflict_do_update(
                index_elements=["poll", "voter", "slot"],
                set_={"option": statement.excluded.option, "seq": statement.excluded.seq},
            ),
            kept,
        )
    if freed:
        connection.execute(
            delete(ballots).where(
                ballots.c.poll == poll, ballots.c.voter == bindparam("of"), ballots.c.slot == bindparam("in_slot")
            ),
            freed,
        )


@lru_cache
def _terms(stored: str) -> Terms:
    return msgspec.json.decode(stored, type=Terms)


def _as_json(terms: Terms) -> str:
    return msgspec.json.encode(terms).decode()


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
