"""Messages that we send on our own account, each with what became of it."""

from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta
from typing import Any, cast

import msgspec
from msgspec import Struct
from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    bindparam,
    delete,
    insert,
    literal_column,
    select,
    tuple_,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.figures import Figure
from bot.domain.outbox import Post
from bot.domain.subscriptions import still_paused
from bot.domain.times import home_date
from bot.messages import Address, Outcome, Reply, Sent
from bot.storage.database import Database
from bot.storage.figures import count
from bot.storage.instants import instant, milliseconds
from bot.storage.prepared import Change
from bot.storage.tables import broadcasts, deliveries, halts, outbox, people, subscriptions
from bot.storage.writer import Kind

MAX_ID_DIGITS = 18  # fits a 64-bit number
# How long what was said to whom is kept after the last moment at which it could go out, and that a tip was sent.
POSTS_KEPT = timedelta(days=30)
DELIVERIES_KEPT = timedelta(days=400)
_PRUNED_AT_ONCE = 1000
_REASON_CHARACTERS = 64
# Written out, for a partial index is used only where the engine sees its condition.
WAITS = outbox.c.state == literal_column("'planned'")
UNDER_WAY = outbox.c.state == literal_column("'sending'")
_HAS_ENDED = outbox.c.state.not_in([literal_column("'planned'"), literal_column("'sending'")])
_IS_OWN = outbox.c.broadcast.is_(None)
# Nobody has turned the switch by which all waits.
_GOES_ON = ~select(halts.c.id).exists()
_RUNNING = select(broadcasts.c.id).where(broadcasts.c.state == "sending")
_POSTS = select(outbox, broadcasts.c.reply.label("common")).outerjoin(broadcasts, broadcasts.c.id == outbox.c.broadcast)
_STATES = {
    Outcome.SENT: "sent",
    Outcome.REFUSED: "refused",
    Outcome.UNREACHABLE: "refused",
    Outcome.UNKNOWN: "unknown",
}
# Tips, by rows of outbox_row with the `day` of the delivery that each carries.
_OF_A_TIP = [c.name for c in outbox.columns if not (c.primary_key or c is outbox.c.broadcast)]
INSERT = Change(lambda _: insert(outbox).values({name: bindparam(name) for name in _OF_A_TIP}))


# What only who is subscribed gets: a tip or a broadcast.
IS_SENT_TO_MANY = outbox.c.day.is_not(None) | outbox.c.broadcast.is_not(None)


class Begun(Struct, frozen=True):
    post: int
    at: datetime


class Finished(Struct, frozen=True):
    post: Post
    sent: Sent
    at: datetime


class Looked(Struct, frozen=True):
    """A person has a message before them."""

    address: Address
    post: int
    at: datetime


class OutboxRecords:
    """Satisfies bot.delivery.outbox.OutboxStore and bot.web.chat.Inbox."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def waiting(self, channel: str, now: datetime, limit: int, besides: Collection[int] = ()) -> list[Post]:
        """Posts to send now, the newest first, those of the same instant as they came; `besides` are known already.

        Nothing while all sending is halted. Only where there is room after those come the messages of broadcasts: of
        each that runs an equal share.
        """
        columns, known = outbox.c, frozenset(besides)
        due = _POSTS.where(columns.channel == channel, WAITS, _GOES_ON).where(
            columns.due_at <= milliseconds(now),
            columns.expires_at > milliseconds(now),
        )
        own = due.where(_IS_OWN).order_by(columns.turn, columns.id)
        async with self._database.reading() as connection:
            found = await _found(connection, own, limit, known)
            running = (await connection.scalars(_RUNNING.order_by(broadcasts.c.id))).all() if len(found) < limit else ()
            for others, number in zip(range(len(running), 0, -1), running, strict=True):
                theirs = due.where(columns.broadcast == number).order_by(columns.due_at, columns.id)
                found += await _found(connection, theirs, -(-(limit - len(found)) // others), known)
        return found

    async def begin(self, post: int, at: datetime) -> bool:
        """Mark it as being sent, on disk, before it is. False when it is no longer to be sent."""
        return await self._database.writer.write(_BEGIN, Begun(post, at))

    async def finish(self, post: Post, sent: Sent, at: datetime) -> None:
        """Record what became of it, and of the delivery that it carries, in one commit.

        A person who cannot be reached is suspended in the same commit.
        """
        await self._database.writer.write(_FINISH, Finished(post, sent, at))

    async def give_up_interrupted(self, channel: str) -> None:
        """What was being sent when the process died may have arrived: it becomes `unknown`, never sent again."""
        await self._database.writer.write(_INTERRUPTED, channel)

    async def expire(self, at: datetime) -> None:
        """Whatever still waits past its time is not sent any more; broadcasts see to their own."""
        await self._database.writer.write(_EXPIRE, at)

    async def prune(self, now: datetime) -> None:
        """Forget what has ended long ago."""
        for kind, kept in ((_PRUNE_POSTS, POSTS_KEPT), (_PRUNE_DELIVERIES, DELIVERIES_KEPT)):
            while await self._database.writer.write(kind, now - kept) == _PRUNED_AT_ONCE:
                pass

    async def unread(self, address: Address) -> list[tuple[str, Reply, datetime]]:
        """What waits for a person who fetches it: id, message, since when."""
        columns = outbox.c
        posts = await self._posts(
            _POSTS.where(columns.channel == address.channel, columns.user == address.user, WAITS)
            .where(_may_go())
            .order_by(columns.id)
        )
        return [(str(post.id), post.reply, post.created_at) for post in posts]

    async def mark_seen(self, address: Address, ids: Sequence[str], at: datetime) -> None:
        """The person, who is here now, has these; ids of other people, or of nothing, change nothing."""
        for post in ids:
            if post.isascii() and post.isdecimal() and len(post) <= MAX_ID_DIGITS:
                await self._database.writer.write(_SEEN, Looked(address, int(post), at))

    async def _posts(self, query: Select[Any]) -> list[Post]:
        async with self._database.reading() as connection:
            return [_post(row) for row in await connection.execute(query)]


async def _found(connection: AsyncConnection, query: Select[Any], limit: int, known: frozenset[int]) -> list[Post]:
    rows = [row for row in await connection.execute(query.limit(limit + len(known))) if row.id not in known]
    return [_post(row) for row in rows[:limit]]


def _may_go() -> ColumnElement[bool]:
    """While nothing is halted, what belongs to no broadcast, or to one that runs."""
    return _GOES_ON & (_IS_OWN | outbox.c.broadcast.in_(_RUNNING))


def _post(row: Row[Any]) -> Post:
    return Post(
        id=row.id,
        address=Address(row.channel, row.user, row.chat),
        reply=msgspec.json.decode(row.reply or row.common, type=Reply),
        created_at=instant(row.created_at),
        is_tip=row.day is not None,
    )


def outbox_row(
    address: Address, reply: Reply | None, at: datetime, expires_at: datetime, due_at: datetime | None = None
) -> dict[str, Any]:
    """A message to be sent from `at` on, for a commit that causes it; `due_at` is when it should have gone.

    Without a reply of its own it says what its broadcast says.
    """
    due = milliseconds(due_at or at)
    return {
        "channel": address.channel,
        "user": address.user,
        "chat": address.chat,
        "reply": msgspec.json.encode(reply).decode() if reply else "",
        "state": "planned",
        "reason": "",
        "due_at": due,
        "turn": -due,
        "expires_at": milliseconds(expires_at),
        "created_at": milliseconds(at),
    }


def _begin(connection: Connection, items: Sequence[Begun]) -> list[bool]:
    begun = connection.execute(
        update(outbox)
        .where(
            outbox.c.id.in_([item.post for item in items]),
            WAITS,
            outbox.c.due_at <= milliseconds(items[0].at),
            outbox.c.expires_at > milliseconds(items[0].at),
            _may_go(),
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


def of_people(accounts: Sequence[tuple[str, str]]) -> ColumnElement[bool]:
    """The messages to these accounts; for pairs alone SQLite reads all that wait."""
    channels, users = zip(*accounts, strict=True)
    columns = outbox.c
    near = columns.channel.in_(set(channels)) & columns.user.in_(users)
    return near & tuple_(columns.channel, columns.user).in_(accounts)


def end_posts(
    connection: Connection, which: ColumnElement[bool], state: str, reason: str = "", since: str = "planned"
) -> None:
    """End those that are still in the state `since`, with the deliveries that they carry, and count them."""
    columns = outbox.c
    ended = connection.execute(
        update(outbox)
        .where(which, WAITS if since == "planned" else columns.state == since)
        .values(state=state, reason=reason[:_REASON_CHARACTERS])
        .returning(columns.channel, columns.user, columns.day, columns.broadcast)
    ).all()
    count(
        connection,
        [(date.fromisoformat(row.day), row.channel, cast("Figure", state), reason) for row in ended if row.day],
    )
    if carried := [{"of_channel": row.channel, "of_user": row.user, "of_day": row.day} for row in ended if row.day]:
        connection.execute(_DELIVERED.values(state=state, reason=reason[:_REASON_CHARACTERS]), carried)
    if more := Counter(row.broadcast for row in ended if row.broadcast):
        counted = _COUNTED.values({state: broadcasts.c[state] + bindparam("more")})
        connection.execute(counted, [{"number": number, "more": more[number]} for number in sorted(more)])


_COUNTED = update(broadcasts).where(broadcasts.c.id == bindparam("number"))
_DELIVERED = update(deliveries).where(
    deliveries.c.channel == bindparam("of_channel"),
    deliveries.c.user == bindparam("of_user"),
    deliveries.c.day == bindparam("of_day"),
)


def _finish(connection: Connection, items: Sequence[Finished]) -> list[None]:
    ends = defaultdict[tuple[str, str], list[int]](list)
    for item in items:
        if item.sent.outcome is Outcome.RETRY:
            _put_off(connection, item)
        else:
            ends[_STATES[item.sent.outcome], item.sent.reason].append(item.post.id)
        if item.sent.outcome is Outcome.UNREACHABLE:
            _suspend(connection, item.post.address, item.at)
    for (state, reason), posts in ends.items():
        end_posts(connection, outbox.c.id.in_(posts), state, reason, since="sending")
    return [None] * len(items)


def _put_off(connection: Connection, item: Finished) -> None:
    """It goes later, unless the person has had enough of it meanwhile."""
    due = milliseconds(item.at + timedelta(seconds=item.sent.retry_after))
    connection.execute(
        update(outbox)
        .where(outbox.c.id == item.post.id, outbox.c.state == "sending")
        .values(state="planned", reason=item.sent.reason[:_REASON_CHARACTERS], due_at=due)
    )
    columns = subscriptions.c
    subscribed = select(columns.zone, columns.paused_until).where(
        columns.channel == item.post.address.channel,
        columns.user == item.post.address.user,
        columns.state == "active",
    )
    found = connection.execute(subscribed).first()
    until = date.fromisoformat(found.paused_until) if found and found.paused_until else None
    if found is None or still_paused(until, found.zone, item.at):
        end_posts(connection, (outbox.c.id == item.post.id) & IS_SENT_TO_MANY, "expired", "not wanted any more")


def _suspend(connection: Connection, address: Address, at: datetime) -> None:
    """No more tips, and no other broadcast."""
    columns = subscriptions.c
    there = (outbox.c.channel == address.channel) & (outbox.c.user == address.user)
    end_posts(connection, there & outbox.c.broadcast.is_not(None), "refused", "unreachable")
    suspended = connection.execute(
        update(subscriptions)
        .where(columns.channel == address.channel, columns.chat == address.chat, columns.state == "active")
        .values(state="suspended", due_at=None)
    )
    count(connection, [(home_date(at), address.channel, "left", "unreachable")] * suspended.rowcount)


def _interrupted(connection: Connection, channels: Sequence[str]) -> list[None]:
    end_posts(connection, outbox.c.channel.in_(channels) & UNDER_WAY, "unknown", "interrupted", since="sending")
    return [None] * len(channels)


def _expire(connection: Connection, instants: Sequence[datetime]) -> list[None]:
    end_posts(connection, (outbox.c.expires_at <= milliseconds(max(instants))) & _IS_OWN, "expired", "too late")
    return [None] * len(instants)


def _seen(connection: Connection, items: Sequence[Looked]) -> list[None]:
    columns = outbox.c
    for item in items:
        mine = (columns.channel == item.address.channel) & (columns.user == item.address.user)
        end_posts(connection, mine & (columns.id == item.post), "sent")
        here = (people.c.channel == item.address.channel) & (people.c.user == item.address.user)
        connection.execute(
            update(people).where(here, people.c.seen_at < milliseconds(item.at)).values(seen_at=milliseconds(item.at))
        )
    return [None] * len(items)


def _prune_posts(connection: Connection, before: Sequence[datetime]) -> list[int]:
    old = select(outbox.c.id).where(_HAS_ENDED, outbox.c.expires_at < milliseconds(max(before)))
    gone = connection.execute(delete(outbox).where(outbox.c.id.in_(old.limit(_PRUNED_AT_ONCE))))
    return [gone.rowcount] * len(before)


def _prune_deliveries(connection: Connection, before: Sequence[datetime]) -> list[int]:
    key = (deliveries.c.channel, deliveries.c.user, deliveries.c.day)
    old = select(*key).where(deliveries.c.at < milliseconds(max(before))).limit(_PRUNED_AT_ONCE)
    gone = connection.execute(delete(deliveries).where(tuple_(*key).in_(old)))
    return [gone.rowcount] * len(before)


_BEGIN: Kind[Begun, bool] = Kind("begin-send", bool, _begin)
_FINISH: Kind[Finished, None] = Kind("finish-send", type(None), _finish)
_INTERRUPTED: Kind[str, None] = Kind("interrupted", type(None), _interrupted)
_EXPIRE: Kind[datetime, None] = Kind("expire", type(None), _expire)
_SEEN: Kind[Looked, None] = Kind("seen", type(None), _seen)
_PRUNE_POSTS: Kind[datetime, int] = Kind("prune-posts", int, _prune_posts)
_PRUNE_DELIVERIES: Kind[datetime, int] = Kind("prune-deliveries", int, _prune_deliveries)
