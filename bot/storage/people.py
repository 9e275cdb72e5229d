"""What is remembered of talks, by account."""

from collections.abc import Sequence
from datetime import datetime

import msgspec
from msgspec import Struct
from sqlalchemy import case, delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.people import Conversation
from bot.messages import Address, Button
from bot.storage.database import Database
from bot.storage.instants import instant, milliseconds
from bot.storage.tables import deliveries, outbox, people, subscriptions
from bot.storage.upsert import upsert
from bot.storage.writer import Kind


class Remembered(Struct, frozen=True):
    sender: Address
    conversation: Conversation
    at: datetime


class PeopleStore:
    """Satisfies bot.domain.people.People."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def conversation(self, sender: Address) -> Conversation:
        async with self._database.reading() as connection:
            row = (
                await connection.execute(
                    select(people.c.menu, people.c.poll).where(
                        people.c.channel == sender.channel, people.c.user == sender.user
                    )
                )
            ).one_or_none()
        if not row:
            return Conversation()
        return Conversation(msgspec.json.decode(row.menu, type=tuple[Button, ...]), row.poll)

    async def joined_at(self, sender: Address) -> datetime | None:
        async with self._database.reading() as connection:
            at = await connection.scalar(
                select(people.c.joined_at).where(people.c.channel == sender.channel, people.c.user == sender.user)
            )
        return instant(at) if at is not None else None

    async def remember(self, sender: Address, conversation: Conversation, at: datetime) -> None:
        await self._database.writer.write(_REMEMBER, Remembered(sender, conversation, at))

    async def forget(self, sender: Address, message_id: str) -> None:
        await self._database.writer.write(_FORGET, sender, message_id)


async def _remember(connection: AsyncConnection, items: Sequence[Remembered]) -> list[None]:
    statement = upsert(connection, people)
    new = statement.excluded
    latest = {item.sender.person: item for item in items}
    await connection.execute(
        statement.on_conflict_do_update(
            index_elements=["channel", "user"],
            set_={
                "seen_at": new.seen_at,
                "menu": new.menu,
                "poll": case((new.poll == "", people.c.poll), else_=new.poll),
            },
        ),
        [
            {
                "channel": item.sender.channel,
                "user": item.sender.user,
                "joined_at": milliseconds(item.at),
                "seen_at": milliseconds(item.at),
                "menu": msgspec.json.encode(item.conversation.menu).decode(),
                "poll": item.conversation.poll,
            }
            for item in latest.values()
        ],
    )
    return [None] * len(items)


async def _forget(connection: AsyncConnection, senders: Sequence[Address]) -> list[None]:
    for sender in senders:
        for table in (people, subscriptions, deliveries, outbox):
            await connection.execute(
                delete(table).where(table.c.channel == sender.channel, table.c.user == sender.user)
            )
    return [None] * len(senders)


_REMEMBER: Kind[Remembered, None] = Kind("remember", type(None), _remember)
_FORGET: Kind[Address, None] = Kind("forget", type(None), _forget)
