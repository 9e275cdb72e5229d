"""The same vote with a transaction of its own, through aiosqlite: one connection, one lock, its statements kept."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import aiosqlite
import msgspec

from bot.domain.casting import Casting, Held
from bot.domain.polls import Result, Terms, Vote
from bot.storage.database import CACHE_KIB, CHECKPOINT_PAGES
from bot.storage.instants import instant, milliseconds
from bot.storage.votes import channels_after

PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=5000")
PAGES = (f"cache_size=-{CACHE_KIB}", f"wal_autocheckpoint={CHECKPOINT_PAGES}")

_OUTCOME = "SELECT outcome FROM outcomes WHERE message = ? AND kind = 'vote'"
_POLL = "SELECT id, terms, opened_at, last_seq, channels FROM polls WHERE name = ?"
_MINE = "SELECT slot, option, seq, channel FROM ballots WHERE poll = ? AND voter = ?"
_ROW = "INSERT INTO ledger (poll, voter, seq, slot, option, at, channel) VALUES (?, ?, ?, ?, ?, ?, ?)"
_BALLOT = (
    "INSERT INTO ballots (poll, voter, slot, option, seq, channel) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT "
    "(poll, voter, slot) DO UPDATE SET option = excluded.option, seq = excluded.seq, channel = excluded.channel"
)
_TALLY = (
    "INSERT INTO tallies (poll, option, votes, held) VALUES (?, ?, ?, 0) "
    "ON CONFLICT (poll, option) DO UPDATE SET votes = votes + excluded.votes"
)
_COUNT = (
    "UPDATE polls SET last_seq = ?, last_at = max(coalesce(last_at, 0), ?), ballots = ballots + ?, "
    "voters = voters + ?, channels = ? WHERE id = ?"
)
_RECORD = "INSERT INTO outcomes (message, kind, outcome, at) VALUES (?, 'vote', ?, ?)"


class OneByOne:
    """Takes votes of polls without days, by the same rules."""

    def __init__(self, connection: aiosqlite.Connection) -> None:
        self._connection = connection
        self._lock = asyncio.Lock()

    async def cast(self, vote: Vote) -> Result:
        async with self._lock:
            await self._connection.execute("BEGIN IMMEDIATE")
            try:
                result = await self._apply(vote)
            except BaseException:
                await self._connection.execute("ROLLBACK")
                raise
            await self._connection.execute("COMMIT")
            return result

    async def _apply(self, vote: Vote) -> Result:
        digest, execute = hashlib.sha256(vote.message_id.encode()).digest()[:16], self._connection.execute
        known = list(await self._connection.execute_fetchall(_OUTCOME, (digest,)))
        if known:
            return msgspec.json.decode(known[0][0], type=Result)
        ((poll, terms, opened_at, last_seq, channels),) = await self._connection.execute_fetchall(_POLL, (vote.poll,))
        mine = list(await self._connection.execute_fetchall(_MINE, (poll, vote.voter)))
        held = {(vote.voter, slot): Held(option, seq, channel) for slot, option, seq, channel in mine}
        origins = {(vote.voter, channel) for *_, channel in mine}
        rules = msgspec.json.decode(terms, type=Terms)
        casting = Casting(rules, instant(opened_at), held, origins, last_seq)
        result = casting.cast(vote)
        for row in casting.rows:
            at = milliseconds(row.at)
            await execute(_ROW, (poll, row.voter, row.seq, row.slot, row.option, at, row.channel))
            await execute(_BALLOT, (poll, row.voter, row.slot, row.option, row.seq, row.channel))
            for option, votes in casting.tally.items():
                await execute(_TALLY, (poll, option, votes))
            after = channels_after(channels, casting)
            await execute(_COUNT, (casting.last_seq, at, casting.new_ballots, casting.new_voters, after, poll))
        await execute(_RECORD, (digest, msgspec.json.encode(result), milliseconds(datetime.now(UTC))))
        return result


@asynccontextmanager
async def one_by_one(path: Path) -> AsyncIterator[OneByOne]:
    """A voter of the database at `path`, which has the tables already."""
    async with aiosqlite.connect(path, isolation_level=None) as connection:
        for pragma in PRAGMAS + PAGES:
            await connection.execute(f"PRAGMA {pragma}")
        yield OneByOne(connection)
