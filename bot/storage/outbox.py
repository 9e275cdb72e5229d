"""Messages that we send on our own account, each with what became of it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, Row, Select, select, update

from bot.domain.outbox import Post
from bot.messages import Address, Outcome, Reply, Sent
from bot.storage.database import Database
from bot.storage.instants import instant, milliseconds
from bot.storage.tables import outbox, subscriptions
from bot.storage.writer import Kind

MAX_ID_DIGITS = 18  # fits a 64-bit number
_STATES = {
    Outcome.SENT: "sent",
    Outcome.REFUSED: "refused",
    Outcome.UNREACHABLE: "refused",
    Outcome.RETRY: "planned",
    Outcome.UNKNOWN: "unknown",
}


class Begun(Struct, frozen=True):
    post: int
    at: datetime


class Finished(Struct, frozen=True):
    post: Post
    sent: Sent
    at: datetime


class OutboxRecords:
    """Satisfies bot.delivery.outbox.OutboxStore and bot.web.chat.Inbox."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def waiting(self, channel: str, now: datetime, limit: int) -> list[Post]:
        """Posts to send now, the longest due first."""
        columns = outbox.c
        return await self._posts(
            select(outbox)
            .where(columns.channel == channel, columns.state == "planned", columns.due_at <= milliseconds(now))
            .where(columns.expires_at > milliseconds(now))
            .order_by(columns.due_at, columns.id)
            .limit(limit)
        )

    async def begin(self, post: int, at: datetime) -> bool:
        """Mark it as being sent, on disk, before it is. False when it is no longer to be sent."""
        return await self._database.writer.write(_BEGIN, Begun(post, at))

    async def finish(self, post: Post, sent: Sent, at: datetime) -> None:
        """Record what became of it. A person who cannot be reached is suspended in the same commit."""
        await self._database.writer.write(_FINISH, Finished(post, sent, at))

    async def give_up_interrupted(self, channel: str) -> None:
        """What was being sent when the process died may have arrived: it becomes `unknown`, never sent again."""
        await self._database.writer.write(_INTERRUPTED, channel)

    async def expire(self, at: datetime) -> None:
        """Whatever still waits past its time is not sent any more."""
        await self._database.writer.write(_EXPIRE, at)

    async def unread(self, address: Address) -> list[tuple[str, Reply, datetime]]:
        """What waits for a person who fetches it: id, message, since when."""
        columns = outbox.c
        posts = await self._posts(
            select(outbox)
            .where(columns.channel == address.channel, columns.user == address.user, columns.state == "planned")
            .order_by(columns.id)
        )
        return [(str(post.id), post.reply, post.created_at) for post in posts]

    async def mark_seen(self, address: Address, ids: Sequence[str]) -> None:
        """The person has these; ids of other people, or of nothing, change nothing."""
        for post in ids:
            if post.isascii() and post.isdecimal() and len(post) <= MAX_ID_DIGITS:
                await self._database.writer.write(_SEEN, (address, int(post)))

    async def _posts(self, query: Select[Any]) -> list[Post]:
        async with self._database.reading() as connection:
            return [_post(row) for row in await connection.execute(query)]


def _post(row: Row[Any]) -> Post:
    return Post(
        id=row.id,
        address=Address(row.channel, row.user, row.chat),
        reply=msgspec.json.decode(row.reply, type=Reply),
        created_at=instant(row.created_at),
    )


def outbox_row(address: Address, reply: Reply, at: datetime, expires_at: datetime) -> dict[str, Any]:
    """A message to be sent from `at` on, for a commit that causes it."""
    return {
        "channel": address.channel,
        "user": address.user,
        "chat": address.chat,
        "reply": msgspec.json.encode(reply).decode(),
        "state": "planned",
        "reason": "",
        "due_at": milliseconds(at),
        "expires_at": milliseconds(expires_at),
        "created_at": milliseconds(at),
    }


def _begin(connection: Connection, items: Sequence[Begun]) -> list[bool]:
    begun = connection.execute(
        update(outbox)
        .where(
            outbox.c.id.in_([item.post for item in items]),
            outbox.c.state == "planned",
            outbox.c.expires_at > milliseconds(items[0].at),
        )
        .values(state="sending")
        .returning(outbox.c.id)
    )
    ids = set(begun.scalars())
    begins = []
    for item in items:  # of two who ask for the same message one sends it
        begins.append(item.post in ids)
        ids.discard(item.post)
    return begins


def _finish(connection: Connection, items: Sequence[Finished]) -> list[None]:
    for item in items:
        due = milliseconds(item.at + timedelta(seconds=item.sent.retry_after))
        connection.execute(
            update(outbox)
            .where(outbox.c.id == item.post.id)
            .values(state=_STATES[item.sent.outcome], reason=item.sent.reason[:64], due_at=due)
        )
        if item.sent.outcome is Outcome.UNREACHABLE:
            _suspend(connection, item.post.address)
    return [None] * len(items)


def _suspend(connection: Connection, address: Address) -> None:
    columns = subscriptions.c
    connection.execute(
        update(subscriptions)
        .where(columns.channel == address.channel, columns.chat == address.chat, columns.state == "active")
        .values(state="suspended", due_at=None)
    )


def _interrupted(connection: Connection, channels: Sequence[str]) -> list[None]:
    connection.execute(
        update(outbox)
        .where(outbox.c.channel.in_(channels), outbox.c.state == "sending")
        .values(state="unknown", reason="interrupted")
    )
    return [None] * len(channels)


def _expire(connection: Connection, instants: Sequence[datetime]) -> list[None]:
    connection.execute(
        update(outbox)
        .where(outbox.c.state == "planned", outbox.c.expires_at <= milliseconds(max(instants)))
        .values(state="expired")
    )
    return [None] * len(instants)


def _seen(connection: Connection, items: Sequence[tuple[Address, int]]) -> list[None]:
    for address, post in items:
        connection.execute(
            update(outbox)
            .where(
                outbox.c.id == post,
                outbox.c.channel == address.channel,
                outbox.c.user == address.user,
                outbox.c.state == "planned",
            )
            .values(state="sent")
        )
    return [None] * len(items)


_BEGIN: Kind[Begun, bool] = Kind("begin-send", bool, _begin)
_FINISH: Kind[Finished, None] = Kind("finish-send", type(None), _finish)
_INTERRUPTED: Kind[str, None] = Kind("interrupted", type(None), _interrupted)
_EXPIRE: Kind[datetime, None] = Kind("expire", type(None), _expire)
_SEEN: Kind[tuple[Address, int], None] = Kind("seen", type(None), _seen)
