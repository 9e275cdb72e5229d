"""Votes: ledger, ballots and tallies, changed in one commit."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from itertools import zip_longest
from typing import Any, Literal, cast

import msgspec
from msgspec import Struct, structs
from sqlalchemy import ColumnElement, Connection, Table, and_, bindparam, delete, insert, select, update
from sqlalchemy import Row as Found
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.casting import Casting, Held, Origin, Place
from bot.domain.charts import Point
from bot.domain.ledger import (
    Act,
    Ballot,
    ChannelCount,
    Hold,
    MerkleTree,
    Recount,
    Row,
    Tally,
    ballots_of,
    channel_word,
    hold_after,
    leaf,
)
from bot.domain.pollrules import changed_terms, faults_of, poll_in, too_late
from bot.domain.polls import Counts, Option, Poll, Result, Terms, Vote
from bot.domain.refusals import PollStopped
from bot.domain.revisions import Revision
from bot.storage.checkpoints import Review, rows_after
from bot.storage.database import Database
from bot.storage.instants import instant, milliseconds
from bot.storage.prepared import Change, Finding
from bot.storage.tables import ballots, holds, ledger, options, polls, snapshots, tallies
from bot.storage.upsert import upsert_in
from bot.storage.writer import Kind

ROWS_AT_A_TIME = 10_000
SNAPSHOT_MS = 60 * 60 * 1000  # the counters are kept as they were at every full hour


class Installed(Struct, frozen=True):
    """A poll to be set up: at first its terms, its key's check value and its options are written down."""

    poll: Poll
    key_check: bytes
    at: datetime


class Clash(Struct, frozen=True):
    """What keeps a poll from being set up, empty for nothing: with the option, or the terms, that it is about."""

    code: Literal["", "other-key", "terms-fixed", "number-taken"] = ""
    names: tuple[str, ...] = ()


class Conflict(Exception):
    """The poll's file or key contradicts what is written down for it; the message says what to do."""

    def __init__(self, poll: str, clash: Clash) -> None:
        self.code = clash.code
        super().__init__(f"{poll}: {_SAID[clash.code].format(names=', '.join(clash.names))}")


_SAID = {
    "other-key": (
        "its secret key is not the one that its votes were counted with; "
        "put the old key back: the files of KEYS_DIR, or SECRET_KEY"
    ),
    "terms-fixed": "it has opened, so its rules stay as they are; put back what was changed in: {names}",
    "number-taken": "number and option do not belong together as before: {names}",
}


class Votes:
    """Satisfies bot.domain.polls.VoteStore and bot.domain.charts.History."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def install(self, poll: Poll, key_check: bytes, at: datetime) -> None:
        """Write down a poll that is new; check one that is known.

        Raises Conflict when a number stands for another option, when votes were counted with another key, or when the
        terms of a poll that has opened are others than before.
        """
        clash = await self._database.writer.write(_INSTALL, Installed(poll, key_check, at))
        if clash.code:
            raise Conflict(poll.id, clash)

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

    async def hold(self, poll: str, voter: bytes) -> Hold:
        async with self._database.reading() as connection:
            act = await connection.scalar(
                select(holds.c.act)
                .join(polls, polls.c.id == holds.c.poll)
                .where(polls.c.name == poll, holds.c.voter == voter)
            )
            return hold_after(act)

    async def numbers(self, poll: str) -> dict[int, str]:
        """Which number stands for which option, for good; empty for a poll that is not set up."""
        async with self._database.reading() as connection:
            query = select(options.c.number, options.c.name).join(polls, polls.c.id == options.c.poll)
            rows = await connection.execute(query.where(polls.c.name == poll))
            return {row.number: row.name for row in rows}

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
    columns = polls.c
    rows = (
        await connection.execute(
            select(columns.opened_at, *_COUNTERS, tallies.c.option, tallies.c.votes)
            .select_from(polls.outerjoin(tallies, tallies.c.poll == columns.id))
            .where(columns.name == poll)
        )
    ).all()
    votes = {row.option: row.votes for row in rows if row.option is not None}
    first = rows[0]
    channels = channels_counted(first.channels)
    return Counts(instant(first.opened_at), first.ballots, first.voters, votes, first.held, channels)


async def _counts_at(connection: AsyncConnection, poll: str, at: datetime, live: Counts) -> Counts:
    """The counters at a full hour: those written with the next change after it, or `live` while there is none.

    `live` was read before: no vote that comes in between gets into it.
    """
    columns = snapshots.c
    row = (
        await connection.execute(
            select(columns.ballots, columns.voters, columns.votes, columns.held, columns.channels)
            .join(polls, polls.c.id == columns.poll)
            .where(polls.c.name == poll, columns.at >= milliseconds(at))
            .order_by(columns.at)
            .limit(1)
        )
    ).one_or_none()
    if not row:
        return live
    votes = msgspec.json.decode(row.votes, type=dict[int, int])
    return Counts(live.opened_at, row.ballots, row.voters, votes, row.held, channels_counted(row.channels))


_COUNTERS = (polls.c.ballots, polls.c.voters, polls.c.held, polls.c.channels)
# By the code of a channel, 0 for none: its ballots and its voters.
_decode_channels = msgspec.json.Decoder(dict[int, tuple[int, int]]).decode


def channels_counted(stored: str) -> dict[str, ChannelCount]:
    """The counters of the channels, by their names."""
    counts = _decode_channels(stored)
    return {channel_word(code): ChannelCount(*counts[code]) for code in sorted(counts)}


def install_published(key_check: Callable[[str], bytes]) -> Callable[[Connection, Revision], str]:
    """What publishing a poll at the desk does; `key_check` is the check value of a poll's key."""

    def effect(connection: Connection, revision: Revision) -> str:
        poll, at = poll_in(revision.body), revision.changed_at
        if poll.id != revision.subject or faults_of(poll):
            return "unfit"
        known = connection.scalar(select(polls.c.terms).where(polls.c.name == poll.id))
        if too_late(poll, at) and (not known or terms_of(known).state(at) == "scheduled"):
            return "past"
        return _install_one(connection, Installed(poll, key_check(poll.id), at)).code

    return effect


def _install(connection: Connection, items: Sequence[Installed]) -> list[Clash]:
    return [_install_one(connection, item) for item in items]


def _install_one(connection: Connection, item: Installed) -> Clash:
    """What clashes changes nothing."""
    known = connection.execute(select(polls).where(polls.c.name == item.poll.id).with_for_update()).one_or_none()
    names = _names(connection, known.id) if known else {}
    is_rekeyed = known is not None and known.key_check != item.key_check
    if known and is_rekeyed and known.last_seq:  # another key is as good only while nothing was counted
        return Clash("other-key")
    if taken := [option for option in item.poll.options if _is_taken(option, names)]:
        return Clash("number-taken", tuple(f"{option.number} {option.id}" for option in taken))
    if known and (changed := _settle_terms(connection, known, item)):
        return Clash("terms-fixed", tuple(changed))
    if known and is_rekeyed:
        connection.execute(update(polls).where(polls.c.id == known.id).values(key_check=item.key_check))
    number = known.id if known else _new_poll(connection, item)
    new = [{"poll": number, "number": o.number, "name": o.id} for o in item.poll.options if o.number not in names]
    if new:
        connection.execute(insert(options), new)
    return Clash()


def _names(connection: Connection, poll: int) -> dict[int, str]:
    written = connection.execute(select(options.c.number, options.c.name).where(options.c.poll == poll))
    return {row.number: row.name for row in written}


def _is_taken(option: Option, names: Mapping[int, str]) -> bool:
    """Whether its number stands for another option, or its id for another number."""
    if option.number in names:
        return names[option.number] != option.id
    return option.id in names.values()


def _settle_terms(connection: Connection, known: Found[Any], item: Installed) -> Sequence[str]:
    """Until the opening the terms may change; then they stay, and the names of those that are others are returned."""
    terms, before = item.poll.terms, terms_of(known.terms) if known.terms else None
    if terms == before:
        return ()
    if before and before.state(item.at) != "scheduled":
        return changed_terms(before, terms)
    installed = item.at if before else instant(known.opened_at)  # without an opening it opens with this edition
    opening = milliseconds(terms.opens_at or installed)
    connection.execute(update(polls).where(polls.c.id == known.id).values(terms=_as_json(terms), opened_at=opening))
    return ()


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
    (poll,) = _LOCKED.rows(connection, named=name)
    if poll.stopped_at is not None:
        votes = [vote if vote.refused else structs.replace(vote, refused=PollStopped.code) for vote in votes]
    casting = _casting(connection, poll, [vote for vote in votes if not vote.refused])
    results = {vote.message_id: casting.cast(vote) for vote in votes}
    if casting.rows:
        keep_the_hour(connection, poll, max(row.at for row in casting.rows))
        _store(connection, poll, casting)
    return results


def _casting(connection: Connection, poll: Found[Any], votes: Sequence[Vote]) -> Casting:
    """With all that the poll's kind must know of these voters."""
    terms, opening = terms_of(poll.terms), instant(poll.opened_at)
    voters = {vote.voter for vote in votes}
    windows = [terms.kind.window(terms.day(vote.at, opening)) for vote in votes]
    narrow = [window for window in windows if window]
    if narrow:
        first, end = min(window.start for window in narrow), max(window.stop for window in narrow)
        mine = _MINE_WITHIN.rows(connection, list(voters), poll=poll.id, first=first, end=end)
    else:
        mine = _MINE.rows(connection, list(voters), poll=poll.id) if voters else []
    held: dict[Place, Held] = {(row.voter, row.slot): Held(row.option, row.seq, row.channel) for row in mine}
    known = {(voter, vote.channel) for (voter, _), vote in held.items()}
    unknown = {(vote.voter, vote.channel) for vote in votes} - known
    if narrow and unknown:
        known |= _known(connection, poll.id, {voter for voter, _ in unknown})
    suspended = _suspended(connection, poll.id, voters) if poll.holds else {}
    return Casting(terms, opening, held, known, poll.last_seq, suspended)


def _known(connection: Connection, poll: int, voters: set[bytes]) -> set[Origin]:
    """Those of them who have any ballot, and over which channels these came."""
    return {(row.voter, row.channel) for row in _WITH_BALLOTS.rows(connection, list(voters), poll=poll)}


def _suspended(connection: Connection, poll: int, voters: set[bytes]) -> dict[bytes, Hold]:
    """Those of them whose ballots count for no candidate now."""
    found = select(holds.c.voter, holds.c.act).where(
        holds.c.poll == poll, holds.c.voter.in_(voters), holds.c.act != Act.RELEASED
    )
    return {voter: hold_after(act) for voter, act in connection.execute(found)}


def keep_the_hour(connection: Connection, poll: Found[Any], at: datetime) -> None:
    """With the first change of the counters after a full hour, keep them as they were."""
    hour = _hour(milliseconds(at))
    if poll.last_at is not None and _hour(poll.last_at) >= hour:
        return
    found = connection.execute(select(tallies.c.option, tallies.c.votes).where(tallies.c.poll == poll.id))
    votes = msgspec.json.encode({row.option: row.votes for row in found if row.votes}).decode()
    counters = {name: getattr(poll, name) for name in ("ballots", "voters", "held", "channels")}
    connection.execute(insert(snapshots).values(poll=poll.id, at=hour, votes=votes, **counters))


def _hour(at: int) -> int:
    return at - at % SNAPSHOT_MS


def _store(connection: Connection, poll: Found[Any], casting: Casting) -> None:
    add_to_ledger(connection, poll.id, casting.rows)
    _store_ballots(connection, poll.id, casting)
    change_tallies(connection, poll.id, casting.tally, casting.withheld)
    last_at = milliseconds(max(row.at for row in casting.rows))
    counted = {
        "counted_in": poll.id,
        "seq": casting.last_seq,
        "at": max(last_at, poll.last_at or last_at),
        "new_ballots": casting.new_ballots,
        "new_voters": casting.new_voters,
        "new_withheld": casting.new_withheld,
        "by_channel": channels_after(poll.channels, casting),
    }
    _COUNT_ON.run(connection, [counted])


def channels_after(stored: str, casting: Casting) -> str:
    """The poll's row is locked: what was read of it is what is changed."""
    counts = _decode_channels(stored)
    more_ballots, more_voters = casting.ballots_by_channel, casting.voters_by_channel
    for channel in more_ballots:
        before, voters = counts.get(channel or 0, (0, 0))
        counts[channel or 0] = before + more_ballots[channel], voters + more_voters[channel]
    return msgspec.json.encode({code: both for code, both in counts.items() if any(both)}).decode()


def add_to_ledger(connection: Connection, poll: int, rows: Sequence[Row]) -> None:
    _ADD_ROWS.run(connection, [_ledger_row(poll, row) for row in rows])


def change_tallies(connection: Connection, poll: int, votes: Mapping[int, int], held: Mapping[int, int]) -> None:
    """Add to what candidates have, and to what is held back from them."""
    _ADD_VOTES.run(
        connection,
        [
            {"poll": poll, "option": option, "votes": votes.get(option, 0), "held": held.get(option, 0)}
            for option in sorted(votes.keys() | held.keys())
        ],
    )


def _store_ballots(connection: Connection, poll: int, casting: Casting) -> None:
    kept = [
        {"poll": poll, "voter": voter, "slot": slot, "option": held.option, "seq": held.seq, "channel": held.channel}
        for (voter, slot), held in casting.changed.items()
        if held
    ]
    freed = [
        {"in_poll": poll, "of": voter, "in_slot": slot} for (voter, slot), held in casting.changed.items() if not held
    ]
    if kept:
        _KEEP_BALLOTS.run(connection, kept)
    if freed:
        _FREE_SLOTS.run(connection, freed)


def _upserted_ballots(dialect: str) -> Any:
    statement = upsert_in(dialect, ballots)
    changed = {name: statement.excluded[name] for name in ("option", "seq", "channel")}
    return statement.on_conflict_do_update(index_elements=["poll", "voter", "slot"], set_=changed)


def _upserted_tallies(dialect: str) -> Any:
    statement = upsert_in(dialect, tallies)
    new = statement.excluded
    changed = {"votes": tallies.c.votes + new.votes, "held": tallies.c.held + new.held}
    return statement.on_conflict_do_update(index_elements=["poll", "option"], set_=changed)


_LOCKED = Finding(select(polls).where(polls.c.name == bindparam("named")).with_for_update())
_OF_VOTERS = (ballots.c.poll == bindparam("poll"), ballots.c.voter.in_(bindparam("keys", expanding=True)))
_MINE_ALL = select(ballots.c.voter, ballots.c.slot, ballots.c.option, ballots.c.seq, ballots.c.channel).where(
    *_OF_VOTERS
)
_MINE = Finding(_MINE_ALL)
_MINE_WITHIN = Finding(_MINE_ALL.where(ballots.c.slot >= bindparam("first"), ballots.c.slot < bindparam("end")))
_WITH_BALLOTS = Finding(select(ballots.c.voter, ballots.c.channel).distinct().where(*_OF_VOTERS))
_ADD_ROWS = Change(lambda _: insert(ledger))
_ADD_VOTES = Change(_upserted_tallies)
_KEEP_BALLOTS = Change(_upserted_ballots)
_FREE_SLOTS = Change(
    lambda _: delete(ballots).where(
        ballots.c.poll == bindparam("in_poll"),
        ballots.c.voter == bindparam("of"),
        ballots.c.slot == bindparam("in_slot"),
    )
)
_COUNT_ON = Change(
    lambda _: (
        update(polls)
        .where(polls.c.id == bindparam("counted_in"))
        .values(
            last_seq=bindparam("seq"),
            last_at=bindparam("at"),
            ballots=polls.c.ballots + bindparam("new_ballots"),
            voters=polls.c.voters + bindparam("new_voters"),
            held=polls.c.held + bindparam("new_withheld"),
            channels=bindparam("by_channel"),
        )
    )
)


@lru_cache
def terms_of(stored: str) -> Terms:
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
        "channel": row.channel,
        "act": row.act,
        "fresh": row.fresh or None,
    }


_INSTALL: Kind[Installed, Clash] = Kind("install-poll", Clash, _install)
_CAST: Kind[Vote, Result] = Kind("vote", Result, _cast)


def _recount(connection: Connection, name: str) -> Recount | None:
    poll = connection.execute(select(polls).where(polls.c.name == name)).one_or_none()
    if not poll:
        return None
    tally = Tally()
    same = _count(connection, poll.id, tally)
    stored = connection.execute(select(tallies.c.option, tallies.c.votes, tallies.c.held).where(_of(tallies, poll)))
    counters = {row.option: (row.votes, row.held) for row in stored}
    for number in counters.keys() | tally.votes.keys() | tally.held.keys():
        same &= counters.get(number, (0, 0)) == (tally.votes[number], tally.held[number])
    in_all = (tally.ballots, tally.voters, tally.held.total(), tally.channels)
    same &= (poll.ballots, poll.voters, poll.held, channels_counted(poll.channels)) == in_all
    tree, sound = _tree(connection, poll)
    same &= sound and tree.size == poll.last_seq
    names = connection.execute(
        select(options.c.number, options.c.name).where(_of(options, poll)).order_by(options.c.number)
    ).all()
    return Recount(
        poll=name,
        ballots=tally.ballots,
        voters=tally.voters,
        tally={row.name: tally.votes[row.number] for row in names},
        counters={row.name: counters.get(row.number, (0, 0))[0] for row in names},
        match=same,
        root=tree.root().hex(),
        held={row.name: tally.held[row.number] for row in names},
        channels=tally.channels,
    )


def _of(table: Table, poll: Found[Any]) -> ColumnElement[bool]:
    return cast(ColumnElement[bool], table.c.poll == poll.id)


def _count(connection: Connection, poll: int, tally: Tally) -> bool:
    """Count the ballots that the ledger makes into `tally`; whether they are just the ballots that are stored."""
    same = True
    for rebuilt, stored in zip_longest(ballots_of(_rows(connection, poll)), _ballots(connection, poll)):
        same &= rebuilt == stored
        if rebuilt:
            tally.add(rebuilt)
    return same


def _tree(connection: Connection, poll: Found[Any]) -> tuple[MerkleTree, bool]:
    """The Merkle tree of the ledger; whether its rows follow one another and its checkpoints and holds fit it."""
    tree, review = MerkleTree(), Review(connection, poll.id)
    unbroken = True
    decided: dict[bytes, int] = {}
    for row in rows_after(connection, poll.id):
        tree.add(leaf(*row))
        unbroken &= row.seq == tree.size
        if row.act:
            decided[row.voter] = row.act
        review.look(tree)
    in_force = connection.execute(select(holds.c.voter, holds.c.act).where(_of(holds, poll)))
    unbroken &= decided == {row.voter: row.act for row in in_force}
    unbroken &= poll.holds == sum(bool(hold_after(act)) for act in decided.values())
    return tree, unbroken and review.end()


def _rows(connection: Connection, poll: int) -> Iterator[Row]:
    """The ledger of a poll as it streams by, one voter after the other."""
    columns = ledger.c
    found = connection.execute(
        select(columns.seq, columns.voter, columns.slot, columns.option, columns.at, columns.channel, columns.act)
        .where(columns.poll == poll)
        .order_by(columns.voter, columns.seq)
        .execution_options(yield_per=ROWS_AT_A_TIME)
    )
    for seq, voter, slot, option, at, channel, act in found:
        yield Row(seq, voter, slot, option, instant(at), channel, act)


def _ballots(connection: Connection, poll: int) -> Iterator[Ballot]:
    held = and_(holds.c.poll == ballots.c.poll, holds.c.voter == ballots.c.voter)
    found = connection.execute(
        select(ballots.c.voter, ballots.c.slot, ballots.c.option, ballots.c.channel, holds.c.act)
        .select_from(ballots.outerjoin(holds, held))
        .where(ballots.c.poll == poll)
        .order_by(ballots.c.voter, ballots.c.slot)
        .execution_options(yield_per=ROWS_AT_A_TIME)
    )
    for voter, slot, option, channel, act in found:
        yield Ballot(voter, slot, option, channel, bool(hold_after(act)))
