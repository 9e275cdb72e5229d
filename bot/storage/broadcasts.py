"""Broadcasts: their messages are planned in batches, each with how far it came in one commit; every end is counted."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, cast

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, Row, Select, and_, bindparam, func, insert, or_, select, tuple_, update

from bot.domain.broadcasts import (
    AFTER,
    BEFORE,
    FETCHING,
    Audited,
    Broadcast,
    Confirmed,
    Ends,
    Notice,
    Order,
    Progress,
)
from bot.domain.subscriptions import Subscription
from bot.messages import Reply
from bot.storage.database import Database
from bot.storage.instants import instant, milliseconds
from bot.storage.outbox import WAITS, end_posts, of_people, outbox_row
from bot.storage.subscriptions import subscription_of
from bot.storage.tables import broadcasts, outbox, subscriptions
from bot.storage.writer import Kind

# Subscriptions looked at, or messages ended, in one commit: other writes wait some 10 ms for it.
AT_ONCE = 500
# What is due within this time is worth waiting for: a platform that is too busy puts off for seconds.
_SOON = timedelta(minutes=15)

_COLUMNS = broadcasts.c
_ENDED = _COLUMNS.sent + _COLUMNS.refused + _COLUMNS.unknown + _COLUMNS.expired
_IS_LIVE = _COLUMNS.state.in_(("planned", "sending", "paused"))
_HAS_ENDED = and_(_COLUMNS.is_planned, _COLUMNS.planned == _ENDED)
_CAN_BE_PLANNED = and_(_COLUMNS.state.in_(("planned", "sending")), ~_COLUMNS.is_planned)


class Step(Struct, frozen=True):
    number: int
    at: datetime


class BroadcastRecords:
    """Satisfies bot.domain.broadcasts.BroadcastStore and bot.delivery.broadcasts.PlanStore."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def subscribers(self, channel: str, after: str, limit: int) -> Sequence[Subscription]:
        columns = subscriptions.c  # not as a pair, for which SQLite reads the channel from its beginning each time
        query = select(subscriptions).where(columns.channel == channel, columns.user > after)
        query = query.order_by(columns.user).limit(limit)
        async with self._database.reading() as connection:
            return [subscription_of(row) for row in await connection.execute(query)]

    async def unplanned(self) -> Sequence[int]:
        """Those of which messages are still to be made."""
        async with self._database.reading() as connection:
            return (await connection.scalars(select(_COLUMNS.id).where(_CAN_BE_PLANNED))).all()

    async def plan(self, number: int, now: datetime) -> bool:
        """Make the messages of the next people; whether there may be more of them."""
        return await self._database.writer.write(_PLAN, Step(number, now))

    async def unsettled(self, now: datetime) -> Sequence[int]:
        """Those of which messages, or the whole, are to be ended, or put off."""
        is_over = and_(_IS_LIVE, or_(_COLUMNS.ends_at <= milliseconds(now), _HAS_ENDED))
        is_stopped = and_(_COLUMNS.state == "stopped", _COLUMNS.planned > _ENDED)
        late = select(outbox.c.broadcast).where(WAITS, outbox.c.expires_at <= milliseconds(now)).distinct()
        async with self._database.reading() as connection:
            found = set(await connection.scalars(late))
            found.update(await connection.scalars(select(_COLUMNS.id).where(or_(is_over, is_stopped))))
            return sorted(found - {None})

    async def settle(self, number: int, now: datetime) -> bool:
        """End messages that are not to go out any more, and the broadcast with its last one; whether more are left."""
        return await self._database.writer.write(_SETTLE, Step(number, now))

    async def recent(self, limit: int, before: int | None = None) -> Sequence[Broadcast]:
        """The newest first, those with a smaller number than `before`."""
        query = select(broadcasts).order_by(_COLUMNS.id.desc()).limit(limit)
        if before is not None:
            query = query.where(_COLUMNS.id < before)
        async with self._database.reading() as connection:
            return [_broadcast(row) for row in await connection.execute(query)]

    async def begun_with(self, revision: int) -> int:
        """The number of the broadcast that this revision of the desk has become, 0 for none."""
        async with self._database.reading() as connection:
            return await connection.scalar(select(_COLUMNS.id).where(_COLUMNS.revision == revision)) or 0

    async def progress(self, number: int, now: datetime) -> Progress | None:
        columns = outbox.c
        is_later = or_(columns.channel.in_(FETCHING), columns.due_at > milliseconds(now + _SOON))
        query = select(func.count()).select_from(outbox).where(columns.broadcast == number, WAITS, is_later)
        async with self._database.reading() as connection:
            later = await connection.scalar(query) or 0
            row = (await connection.execute(select(broadcasts).where(_COLUMNS.id == number))).one_or_none()
        return Progress(_broadcast(row), later) if row else None

    async def ends(self, number: int) -> Sequence[Ends]:
        """Why messages did not arrive, most first; known as long as the messages are kept."""
        columns, messages = outbox.c, func.count().label("messages")
        query = (
            select(columns.state, columns.reason, messages)
            .where(columns.broadcast == number, columns.state.in_(("refused", "unknown", "expired")))
            .group_by(columns.state, columns.reason)
            .order_by(messages.desc())
        )
        async with self._database.reading() as connection:
            return [Ends(row.state, row.reason, row.messages) for row in await connection.execute(query)]


def _next_after(channel: str, user: str) -> Select[Any]:
    """Subscriptions in the order of their accounts."""
    account = tuple_(subscriptions.c.channel, subscriptions.c.user)
    return select(subscriptions).where(account > (channel, user)).order_by(*account)


def _broadcast(row: Row[Any]) -> Broadcast:
    return Broadcast(
        id=row.id,
        notice=_notice(row),
        operator=row.operator,
        state=row.state,
        at=instant(row.at),
        people=row.people,
        is_planned=row.is_planned,
        audited=Audited(row.planned, row.sent, row.refused, row.unknown, row.expired),
        revision=row.revision or 0,
    )


def _notice(row: Row[Any]) -> Notice:
    return Notice(
        reply=msgspec.json.decode(row.reply, type=Reply),
        audience=row.audience,
        channels=tuple(row.channels.split()),
        ends_at=instant(row.ends_at),
    )


def broadcast_row(notice: Notice, confirmed: Confirmed, revision: int | None = None) -> dict[str, Any]:
    """Of one that begins with the commit."""
    return {
        "revision": revision,
        "reply": msgspec.json.encode(notice.reply).decode(),
        "audience": notice.audience,
        "channels": " ".join(notice.channels),
        "operator": confirmed.operator,
        "state": "planned",
        "at": milliseconds(confirmed.at),
        "ends_at": milliseconds(notice.ends_at),
        "people": confirmed.people,
        "past_channel": "",
        "past_user": "",
        "is_planned": False,
        **dict.fromkeys(("planned", "sent", "refused", "unknown", "expired"), 0),
    }


def order_one(connection: Connection, number: int, order: Order) -> str:
    this = _COLUMNS.id == number
    ordered = update(broadcasts).where(this, _COLUMNS.state.in_(BEFORE[order])).values(state=AFTER[order])
    if connection.execute(ordered).rowcount:
        return AFTER[order]
    known = connection.scalar(select(_COLUMNS.id).where(this))
    return "not-now" if known else "unknown"


def _plan(connection: Connection, steps: Sequence[Step]) -> list[bool]:
    return [_plan_one(connection, step) for step in steps]


def _plan_one(connection: Connection, step: Step) -> bool:
    this = and_(_COLUMNS.id == step.number, _CAN_BE_PLANNED)
    row = connection.execute(select(broadcasts).where(this)).one_or_none()
    if row is None:
        return False
    notice, is_over = _notice(row), row.ends_at <= milliseconds(step.at)
    # Locked, so that who pauses the tips meanwhile ends the message that is planned here.
    people = _next_after(row.past_channel, row.past_user).limit(0 if is_over else AT_ONCE).with_for_update()
    found = [subscription_of(each) for each in connection.execute(people)]
    wanted = _without_one(connection, row.id, [each for each in found if notice.is_for(each, step.at)])
    last = (found[-1].address.channel, found[-1].address.user) if found else (row.past_channel, row.past_user)
    moved = connection.execute(
        update(broadcasts)
        .where(this, _COLUMNS.past_channel == row.past_channel, _COLUMNS.past_user == row.past_user)
        .values(
            state="sending",
            past_channel=last[0],
            past_user=last[1],
            is_planned=len(found) < AT_ONCE,
            planned=_COLUMNS.planned + len(wanted),
        )
    )
    if moved.rowcount and wanted:  # no other process was here first
        connection.execute(insert(outbox), [_message(row.id, notice, each, step.at) for each in wanted])
    return len(found) == AT_ONCE


def _without_one(connection: Connection, number: int, people: Sequence[Subscription]) -> Sequence[Subscription]:
    """Those who have no message yet: a group whose id has changed may lie ahead once more."""
    if not people:
        return people
    columns = outbox.c
    accounts = [(each.address.channel, each.address.user) for each in people]
    theirs = select(columns.channel, columns.user).where(columns.broadcast == number, of_people(accounts))
    known = {(row.channel, row.user) for row in connection.execute(theirs)}
    return [each for each, account in zip(people, accounts, strict=True) if account not in known]


def _message(number: int, notice: Notice, to: Subscription, at: datetime) -> dict[str, Any]:
    begin, end = notice.span(to.address.channel, to.audience, to.zone, at)
    return outbox_row(to.address, None, at, end, begin) | {"broadcast": number}


def _settle(connection: Connection, steps: Sequence[Step]) -> list[bool]:
    return [_settle_one(connection, step) for step in steps]


def _settle_one(connection: Connection, step: Step) -> bool:
    now, this = milliseconds(step.at), _COLUMNS.id == step.number
    row = connection.execute(select(broadcasts).where(this)).one()
    waiting = select(outbox.c.id).where(outbox.c.broadcast == row.id, WAITS).limit(AT_ONCE)
    if row.state == "stopped" or row.ends_at <= now:
        reason = "stopped" if row.state == "stopped" else "too late"
        ids = connection.scalars(waiting).all()
        end_posts(connection, outbox.c.id.in_(ids), "expired", reason)
    else:
        ids = _let_sleep(connection, _notice(row), step)
    connection.execute(
        update(broadcasts)
        .where(this, _IS_LIVE, or_(_HAS_ENDED, and_(_COLUMNS.ends_at <= now, _COLUMNS.planned == _ENDED)))
        .values(state="done")
    )
    return len(ids) == AT_ONCE


def _let_sleep(connection: Connection, notice: Notice, step: Step) -> Sequence[int]:
    """Put off what a child has not got before school or night began."""
    columns = outbox.c
    late = (
        select(columns.id, columns.channel, subscriptions.c.audience, subscriptions.c.zone)
        .join(subscriptions, and_(subscriptions.c.channel == columns.channel, subscriptions.c.user == columns.user))
        # As a sum: found by when they were late, not among all that wait.
        .where(columns.broadcast + 0 == step.number, WAITS, columns.expires_at <= milliseconds(step.at))
        .limit(AT_ONCE)
    )
    rows = connection.execute(late).all()
    spans = [(row.id, *notice.span(row.channel, row.audience, row.zone, step.at)) for row in rows]
    if spans:
        connection.execute(
            update(outbox)
            .where(columns.id == bindparam("post"), columns.state == "planned")
            .values(due_at=bindparam("begin"), expires_at=bindparam("end")),
            [{"post": post, "begin": milliseconds(begin), "end": milliseconds(end)} for post, begin, end in spans],
        )
    return cast(Sequence[int], [row.id for row in rows])


_PLAN: Kind[Step, bool] = Kind("plan-broadcast", bool, _plan)
_SETTLE: Kind[Step, bool] = Kind("settle-broadcast", bool, _settle)
