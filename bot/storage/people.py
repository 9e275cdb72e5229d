"""What is remembered of talks, by account."""

from collections.abc import Awaitable, Sequence, Set
from datetime import datetime
from functools import partial
from typing import Any

import msgspec
from msgspec import Struct, structs
from sqlalchemy import ColumnElement, Connection, Table, bindparam, case, delete, literal_column, select, update

from bot.domain.parts import Kept
from bot.domain.people import Conversation
from bot.domain.times import home_date
from bot.messages import Address, Button
from bot.storage.database import Database
from bot.storage.figures import SUBSCRIBED, count
from bot.storage.instants import instant, milliseconds
from bot.storage.outbox import end_posts
from bot.storage.prepared import Change, Finding
from bot.storage.reads import GroupedRead
from bot.storage.stories import forget_stories
from bot.storage.tables import appeals, channel_records, deliveries, long_answers, outbox, people, subscriptions
from bot.storage.upsert import upsert, upsert_in
from bot.storage.writer import Kind

_decode_menu = msgspec.json.Decoder(tuple[Button, ...]).decode

_THESE = (people.c.channel == bindparam("channel"), people.c.user.in_(bindparam("keys", expanding=True)))
_CONVERSATIONS = Finding(
    select(
        people.c.user, people.c.menu, people.c.poll, people.c.topic, people.c.topic_at, people.c.asks, people.c.plain
    ).where(*_THESE)
)
_JOINED = Finding(select(people.c.user, people.c.joined_at).where(*_THESE))
_SEEN = Finding(select(people.c.user, people.c.seen_at).where(*_THESE))
_EMPTY: ColumnElement[str] = literal_column("''")

# A channel and a user.
Account = tuple[str, str]


class Remembered(Struct, frozen=True):
    sender: Address
    conversation: Conversation
    at: datetime


class _Listed(Struct, frozen=True):
    sender: Address
    menu: tuple[Button, ...]


class _Plain(Struct, frozen=True):
    sender: Address
    plain: bool
    at: datetime


class _Answer(Struct, frozen=True):
    sender: Address
    answer: Kept
    at: datetime


class _Leaving(Struct, frozen=True):
    sender: Address
    at: datetime


class PeopleStore:
    """Satisfies bot.domain.people.People."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._conversations = GroupedRead(self._read_conversations)
        self._joined = GroupedRead(self._read_joined)

    async def conversation(self, sender: Address) -> Conversation:
        return await self._conversations.get((sender.channel, sender.user)) or Conversation()

    async def joined_at(self, sender: Address) -> datetime | None:
        return await self._joined.get((sender.channel, sender.user))

    def remember(
        self,
        sender: Address,
        conversation: Conversation,
        at: datetime,
        message_id: str = "",
        *,
        otherwise: bool = False,
    ) -> Awaitable[None]:
        kind = _REMEMBER_OTHERWISE if otherwise else _REMEMBER
        return self._database.writer.begin(kind, Remembered(sender, conversation, at), message_id)

    async def show_buttons(self, sender: Address, menu: Sequence[Button]) -> None:
        """The person, who has said nothing, has these buttons before them.

        Nothing for whom we do not know, or have asked for something: what they say next answers that.
        """
        await self._database.writer.write(_LIST, _Listed(sender, tuple(menu)))

    async def meant(self, command: str, message_id: str) -> str:
        return await self._database.writer.write(_MEANT, command, message_id)

    async def take_plain(self, sender: Address, plain: bool, at: datetime, message_id: str) -> None:
        await self._database.writer.write(_PLAIN, _Plain(sender, plain, at), message_id)

    async def keep(self, sender: Address, answer: Kept, at: datetime, message_id: str) -> None:
        await self._database.writer.write(_KEEP, _Answer(sender, answer, at), message_id)

    async def kept(self, sender: Address, since: datetime) -> Kept | None:
        columns = long_answers.c
        query = select(columns.answer).where(
            columns.channel == sender.channel, columns.user == sender.user, columns.at >= milliseconds(since)
        )
        async with self._database.reading() as connection:
            found = await connection.scalar(query)
        return msgspec.json.decode(found, type=Kept) if found else None

    async def forget_answers(self, before: datetime) -> None:
        """Long answers given before an instant."""
        await self._database.writer.write(_FORGET_ANSWERS, before)

    async def forget(self, sender: Address, at: datetime, message_id: str) -> None:
        await self._database.writer.write(_FORGET, _Leaving(sender, at), message_id)

    async def forget_topics(self, before: datetime) -> None:
        """Of talks that were last about it before an instant."""
        await self._database.writer.write(_FORGET_TOPICS, before)

    async def _read_conversations(self, accounts: Set[Account]) -> dict[Account, Conversation]:
        rows = await self._database.look_up(partial(_rows_of, _CONVERSATIONS, accounts))
        return {account: _conversation(row) for account, row in rows}

    async def _read_joined(self, accounts: Set[Account]) -> dict[Account, datetime]:
        rows = await self._database.look_up(partial(_rows_of, _JOINED, accounts))
        return {account: instant(row.joined_at) for account, row in rows}


def _rows_of(finding: Finding, accounts: Set[Account], connection: Connection) -> list[tuple[Account, Any]]:
    found = []
    for channel in {channel for channel, _ in accounts}:
        users = [user for of, user in accounts if of == channel]
        found += [((channel, row.user), row) for row in finding.rows(connection, users, channel=channel)]
    return found


def _conversation(row: Any) -> Conversation:
    topic_at = None if row.topic_at is None else instant(row.topic_at)
    return Conversation(_decode_menu(row.menu), row.poll, row.topic, topic_at, row.asks, bool(row.plain))


def _remember(connection: Connection, items: Sequence[Remembered]) -> list[None]:
    latest: dict[str, Remembered] = {}
    for item in items:
        before = latest.get(item.sender.person)
        latest[item.sender.person] = _after(before, item) if before else item
    _count_seen(connection, [(item.sender, item.at) for item in latest.values()])
    _SHOWN.run(
        connection,
        [
            {
                "channel": item.sender.channel,
                "user": item.sender.user,
                "joined_at": milliseconds(item.at),
                "seen_at": milliseconds(item.at),
                "menu": msgspec.json.encode(item.conversation.menu).decode(),
                "poll": item.conversation.poll,
                "topic": item.conversation.topic,
                "topic_at": _topic_at(item),
                "asks": item.conversation.asks,
                "plain": False,  # of a new person; whoever is known keeps what they chose
            }
            for item in latest.values()
        ],
    )
    return [None] * len(items)


def _count_seen(connection: Connection, seen: Sequence[tuple[Address, datetime]]) -> None:
    """Who is here for the first time, and for the first time on this day."""
    before: dict[Account, int] = {}
    for channel in {sender.channel for sender, _ in seen}:
        users = [sender.user for sender, _ in seen if sender.channel == channel]
        before.update({(channel, row.user): row.seen_at for row in _SEEN.rows(connection, users, channel=channel)})
    new = [(sender, at) for sender, at in seen if (sender.channel, sender.user) not in before]
    fresh = [
        (sender, at)
        for sender, at in seen
        if home_date(instant(before.get((sender.channel, sender.user), 0))) < home_date(at)
    ]
    count(connection, [(home_date(at), sender.channel, "joined", "") for sender, at in new])
    count(connection, [(home_date(at), sender.channel, "active", "") for sender, at in fresh])


def _upserted(dialect: str) -> Any:
    statement = upsert_in(dialect, people)
    new = statement.excluded
    return statement.on_conflict_do_update(
        index_elements=["channel", "user"],
        set_={
            "seen_at": new.seen_at,
            "menu": new.menu,
            "poll": case((new.poll == _EMPTY, people.c.poll), else_=new.poll),
            "topic": case((new.topic == _EMPTY, people.c.topic), else_=new.topic),
            "topic_at": case((new.topic == _EMPTY, people.c.topic_at), else_=new.topic_at),
            "asks": case((new.asks.is_not(None), new.asks), (people.c.asks.is_not(None), _EMPTY), else_=None),
        },
    )


_SHOWN = Change(_upserted)


def _after(before: Remembered, item: Remembered) -> Remembered:
    """The later of two in one commit, with what it does not show anew."""
    shown, new = before.conversation, item.conversation
    asks = "" if new.asks is None and shown.asks is not None else new.asks
    kept = structs.replace(new, poll=new.poll or shown.poll, asks=asks)
    if not new.topic:
        kept = structs.replace(kept, topic=shown.topic, topic_at=shown.topic_at)
    return structs.replace(item, conversation=kept)


def _topic_at(item: Remembered) -> int | None:
    return milliseconds(item.conversation.topic_at) if item.conversation.topic_at else None


def _meant(_connection: Connection, commands: Sequence[str]) -> Sequence[str]:
    """Nothing but the outcome is stored."""
    return commands


def _forget(connection: Connection, items: Sequence[_Leaving]) -> list[None]:
    for item in items:
        sender = item.sender
        # First, so that a broadcast that is being planned elsewhere has planned this one or never will.
        _forget_subscription(connection, item)
        theirs = (outbox.c.channel == sender.channel) & (outbox.c.user == sender.user)
        end_posts(connection, theirs, "expired", "forgotten")  # so that a broadcast's figures add up
        end_posts(connection, theirs, "unknown", "forgotten", since="sending")
        for table in (people, deliveries, outbox, appeals, channel_records, long_answers):
            _forget_in(connection, table, sender)
        forget_stories(connection, sender)
    return [None] * len(items)


def _forget_subscription(connection: Connection, item: _Leaving) -> None:
    columns, sender = subscriptions.c, item.sender
    theirs = delete(subscriptions).where(columns.channel == sender.channel, columns.user == sender.user)
    left = [state for state in connection.scalars(theirs.returning(columns.state)) if state in SUBSCRIBED]
    count(connection, [(home_date(item.at), sender.channel, "left", "forgotten") for _ in left])


def _forget_in(connection: Connection, table: Table, sender: Address) -> None:
    connection.execute(delete(table).where(table.c.channel == sender.channel, table.c.user == sender.user))


def _forget_topics(connection: Connection, before: Sequence[datetime]) -> list[None]:
    old = people.c.topic_at < milliseconds(max(before))
    connection.execute(update(people).where(old).values(topic="", topic_at=None))
    return [None] * len(before)


def _list(connection: Connection, items: Sequence[_Listed]) -> list[None]:
    for item in items:
        theirs = (people.c.channel == item.sender.channel) & (people.c.user == item.sender.user)
        is_asked = people.c.asks.is_not(None) & (people.c.asks != _EMPTY)
        menu = msgspec.json.encode(item.menu).decode()
        connection.execute(update(people).where(theirs, ~is_asked).values(menu=menu))
    return [None] * len(items)


def _take_plain(connection: Connection, items: Sequence[_Plain]) -> list[None]:
    rows = [
        {
            "channel": item.sender.channel,
            "user": item.sender.user,
            "joined_at": milliseconds(item.at),
            "seen_at": milliseconds(item.at),
            "menu": "[]",
            "poll": "",
            "topic": "",
            "plain": item.plain,
        }
        for item in {item.sender.person: item for item in items}.values()
    ]
    _count_seen(connection, [(item.sender, item.at) for item in {item.sender.person: item for item in items}.values()])
    statement = upsert(connection, people).values(rows)
    new = statement.excluded
    said = {"plain": new.plain, "seen_at": new.seen_at}
    connection.execute(statement.on_conflict_do_update(index_elements=["channel", "user"], set_=said))
    return [None] * len(items)


def _keep(connection: Connection, items: Sequence[_Answer]) -> list[None]:
    rows = [
        {
            "channel": item.sender.channel,
            "user": item.sender.user,
            "answer": msgspec.json.encode(item.answer).decode(),
            "at": milliseconds(item.at),
        }
        for item in {item.sender.person: item for item in items}.values()
    ]
    statement = upsert(connection, long_answers).values(rows)
    new = {"answer": statement.excluded.answer, "at": statement.excluded.at}
    connection.execute(statement.on_conflict_do_update(index_elements=["channel", "user"], set_=new))
    return [None] * len(items)


def _forget_answers(connection: Connection, before: Sequence[datetime]) -> list[None]:
    connection.execute(delete(long_answers).where(long_answers.c.at < milliseconds(max(before))))
    return [None] * len(before)


_LIST: Kind[_Listed, None] = Kind("list-buttons", type(None), _list)
_PLAIN: Kind[_Plain, None] = Kind("plain", type(None), _take_plain)
_KEEP: Kind[_Answer, None] = Kind("long-answer", type(None), _keep)
_FORGET_ANSWERS: Kind[datetime, None] = Kind("forget-answers", type(None), _forget_answers)
_REMEMBER: Kind[Remembered, None] = Kind("remember", type(None), _remember)
_REMEMBER_OTHERWISE: Kind[Remembered, None] = Kind("remember-otherwise", type(None), _remember)
_MEANT: Kind[str, str] = Kind("meant", str, _meant)
_FORGET: Kind[_Leaving, None] = Kind("forget", type(None), _forget)
_FORGET_TOPICS: Kind[datetime, None] = Kind("forget-topics", type(None), _forget_topics)
