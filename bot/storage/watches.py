"""What the detectors read of the votes, and what they remember."""

from collections.abc import Sequence, Set
from datetime import datetime
from itertools import takewhile
from typing import Any

import msgspec
from sqlalchemy import Connection, Select, select

from bot.domain.suspicion import MINUTE_MS, Finding, Seen, Watch
from bot.storage.database import Database
from bot.storage.instants import milliseconds
from bot.storage.reads import GROUP_SIZE
from bot.storage.tables import ledger, polls, watches
from bot.storage.upsert import upsert
from bot.storage.writer import Kind


class Watches:
    """Satisfies bot.delivery.watchman.WatchStore."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def watch(self, poll: str) -> Watch:
        query = select(watches.c.state).join(polls, polls.c.id == watches.c.poll).where(polls.c.name == poll)
        async with self._database.reading() as connection:
            state = await connection.scalar(query)
        return msgspec.json.decode(state, type=Watch) if state else Watch()

    async def remember(self, poll: str, watch: Watch) -> None:
        await self._database.writer.write(_REMEMBER, (poll, msgspec.json.encode(watch).decode()))

    async def unseen(self, poll: str, seq: int, before: datetime, limit: int) -> list[Seen]:
        columns, now = ledger.c, milliseconds(before)
        votes = await self._read(_votes(poll).where(columns.seq > seq).order_by(columns.seq).limit(limit))
        return list(takewhile(lambda vote: not now <= vote.at < now + MINUTE_MS, votes))

    async def votes_for(self, poll: str, finding: Finding) -> list[Seen]:
        columns, votes = ledger.c, list[Seen]()
        for first, last in finding.ranges:
            query = _votes(poll).where(columns.seq.between(first, last), columns.option == finding.option)
            votes += await self._read(query.order_by(columns.seq))
        return votes

    async def votes_of(self, poll: str, voters: Set[bytes]) -> list[Seen]:
        ordered, votes = sorted(voters), list[Seen]()
        for start in range(0, len(ordered), GROUP_SIZE):
            votes += await self._read(_votes(poll).where(ledger.c.voter.in_(ordered[start : start + GROUP_SIZE])))
        return votes

    async def _read(self, query: Select[Any]) -> list[Seen]:
        async with self._database.reading() as connection:
            rows = await connection.execute(query)
            return [Seen(seq, voter, option, at, bool(fresh)) for seq, voter, option, at, fresh in rows]


def _votes(poll: str) -> Select[Any]:
    """What names a candidate: no decision, nothing taken back."""
    columns = ledger.c
    number = select(polls.c.id).where(polls.c.name == poll).scalar_subquery()
    return select(columns.seq, columns.voter, columns.option, columns.at, columns.fresh).where(
        columns.poll == number, columns.act.is_(None), columns.option.is_not(None)
    )


def _remember(connection: Connection, items: Sequence[tuple[str, str]]) -> list[None]:
    for name, state in items:
        poll = connection.scalar(select(polls.c.id).where(polls.c.name == name))
        statement = upsert(connection, watches)
        connection.execute(
            statement.on_conflict_do_update(index_elements=["poll"], set_={"state": statement.excluded.state}),
            {"poll": poll, "state": state},
        )
    return [None] * len(items)


_REMEMBER: Kind[tuple[str, str], None] = Kind("watch", type(None), _remember)
