"""What a channel keeps for itself: a sealed or plain state by account, which only the channel can read."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from msgspec import Struct
from sqlalchemy import Connection, bindparam, delete, select, tuple_, update

from bot.storage.database import Database
from bot.storage.instants import milliseconds
from bot.storage.tables import channel_records
from bot.storage.upsert import upsert
from bot.storage.writer import Kind

# From the state to the next one, until when it is worth keeping (None: for good), and what came of it.
Rule = Callable[[bytes], tuple[bytes, datetime | None, str]]


class Change(Struct, frozen=True):
    channel: str
    user: str
    rule: Rule

    @property
    def key(self) -> tuple[str, str]:
        return self.channel, self.user


class ChannelRecords:
    """The records of one channel. Satisfies bot.channels.wechat.records.Records."""

    def __init__(self, database: Database, channel: str) -> None:
        self._database = database
        self._channel = channel

    async def read(self, user: str = "") -> bytes:
        """The state of an account, or of the channel itself; empty where nothing is kept."""
        columns = channel_records.c
        async with self._database.reading() as connection:
            query = select(columns.state).where(columns.channel == self._channel, columns.user == user)
            return await connection.scalar(query) or b""

    async def read_many(self, users: Sequence[str]) -> Mapping[str, bytes]:
        """The states of those of whom something is kept."""
        columns = channel_records.c
        query = select(columns.user, columns.state).where(columns.channel == self._channel, columns.user.in_(users))
        async with self._database.reading() as connection:
            return {row.user: row.state for row in await connection.execute(query)}

    async def change(self, user: str, rule: Rule, message_id: str = "") -> str:
        """Apply `rule` to the state, alone at that moment among all processes; what came of it, after the commit.

        A rule that ends with an empty state deletes the record. A known message changes nothing.
        """
        return await self._database.writer.write(_CHANGE, Change(self._channel, user, rule), message_id)

    async def forget_expired(self, now: datetime) -> None:
        """Delete what is no longer worth keeping."""
        await self._database.writer.write(_EXPIRE, now)


def _change(connection: Connection, items: Sequence[Change]) -> list[str]:
    keys = sorted({item.key for item in items})
    states = _locked(connection, keys)
    untils: dict[tuple[str, str], datetime | None] = {}
    verdicts = []
    for item in items:
        states[item.key], untils[item.key], verdict = item.rule(states[item.key])
        verdicts.append(verdict)
    _keep(connection, {key: (states[key], untils[key]) for key in keys if states[key]})
    _drop(connection, [key for key in keys if not states[key]])
    return verdicts


def _locked(connection: Connection, keys: list[tuple[str, str]]) -> dict[tuple[str, str], bytes]:
    """The states, which no other process changes before we have committed: a missing row is made, then locked."""
    columns = channel_records.c
    rows = [{"channel": channel, "user": user, "state": b"", "until": None} for channel, user in keys]
    connection.execute(upsert(connection, channel_records).values(rows).on_conflict_do_nothing())
    found = connection.execute(
        select(columns.channel, columns.user, columns.state)
        .where(tuple_(columns.channel, columns.user).in_(keys))
        .order_by(columns.channel, columns.user)
        .with_for_update()
    )
    return {(row.channel, row.user): row.state for row in found}


def _keep(connection: Connection, states: dict[tuple[str, str], tuple[bytes, datetime | None]]) -> None:
    if not states:
        return
    columns = channel_records.c
    connection.execute(
        update(channel_records)
        .where(columns.channel == bindparam("of"), columns.user == bindparam("who"))
        .values(state=bindparam("new"), until=bindparam("end")),
        [
            {"of": channel, "who": user, "new": state, "end": milliseconds(until) if until else None}
            for (channel, user), (state, until) in states.items()
        ],
    )


def _drop(connection: Connection, keys: list[tuple[str, str]]) -> None:
    columns = channel_records.c
    if keys:
        connection.execute(delete(channel_records).where(tuple_(columns.channel, columns.user).in_(keys)))


def _expire(connection: Connection, instants: Sequence[datetime]) -> list[None]:
    connection.execute(delete(channel_records).where(channel_records.c.until <= milliseconds(max(instants))))
    return [None] * len(instants)


_CHANGE: Kind[Change, str] = Kind("channel-record", str, _change)
_EXPIRE: Kind[datetime, None] = Kind("expire-records", type(None), _expire)
