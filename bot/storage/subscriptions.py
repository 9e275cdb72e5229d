"""Subscriptions, who is due, and the claims that make a tip go out once."""

from collections.abc import Sequence
from datetime import date, datetime, time
from typing import Any

from msgspec import Struct, structs
from sqlalchemy import Connection, Row, insert, select, tuple_, update

from bot.domain.subscriptions import Planned, Subscription
from bot.messages import Address, Message
from bot.storage.database import Database
from bot.storage.instants import instant, milliseconds
from bot.storage.outbox import outbox_row
from bot.storage.tables import deliveries, outbox, subscriptions
from bot.storage.upsert import upsert
from bot.storage.writer import Kind


class Saved(Struct, frozen=True):
    """What a message made of a subscription; None where there was nothing to change."""

    subscription: Subscription | None


class Settled(Struct, frozen=True):
    channel: str
    pushing: bool
    at: datetime


# An outcome is kept longer than /forget may leave anything: it names nobody.
_NOBODY = Address("", "", "")


class SubscriptionRecords:
    """Satisfies bot.domain.subscriptions.SubscriptionStore and bot.delivery.schedule.PlanStore."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def subscription(self, sender: Address) -> Subscription | None:
        async with self._database.reading() as connection:
            row = (
                await connection.execute(
                    select(subscriptions).where(
                        subscriptions.c.channel == sender.channel, subscriptions.c.user == sender.user
                    )
                )
            ).one_or_none()
        return _subscription(row) if row else None

    async def save(self, message: Message, subscription: Subscription | None) -> Subscription | None:
        saved = await self._database.writer.write(_SAVE, Saved(subscription), message.id)
        return saved.subscription and structs.replace(saved.subscription, address=message.sender)

    async def due(self, now: datetime, limit: int) -> list[Subscription]:
        """Up to `limit` subscriptions whose instant has come, the longest due first."""
        async with self._database.reading() as connection:
            rows = await connection.execute(
                select(subscriptions)
                .where(subscriptions.c.due_at <= milliseconds(now))
                .order_by(subscriptions.c.due_at)
                .limit(limit)
            )
            return [_subscription(row) for row in rows]

    async def plan(self, planned: Planned) -> bool:
        """Claim the person's local date, put the tip into the outbox and set the next instant, in one commit.

        False when the person changed the subscription meanwhile, or the date was claimed before.
        """
        return await self._database.writer.write(_PLAN, planned)

    async def settle(self, channel: str, pushing: bool, now: datetime) -> None:
        """After a change of what the channel can do: on one that can push everybody is due, on others nobody is."""
        await self._database.writer.write(_SETTLE, Settled(channel, pushing, now))


def _settle(connection: Connection, items: Sequence[Settled]) -> list[None]:
    columns = subscriptions.c
    for item in items:
        there = (columns.channel == item.channel) & (columns.state == "active")
        if item.pushing:
            waiting = connection.execute(select(subscriptions).where(there, columns.due_at.is_(None)).with_for_update())
            if woken := [_subscription(row).scheduled(item.at) for row in waiting]:
                _store(connection, woken)
        else:
            connection.execute(update(subscriptions).where(there).values(due_at=None))
    return [None] * len(items)


def _save(connection: Connection, items: Sequence[Saved]) -> list[Saved]:
    changed = [item.subscription for item in items if item.subscription]
    if changed:
        _store(connection, changed)
    if unwanted := [item for item in changed if item.state != "active"]:
        _hold_back(connection, unwanted)
    return [Saved(item.subscription and structs.replace(item.subscription, address=_NOBODY)) for item in items]


def _hold_back(connection: Connection, items: Sequence[Subscription]) -> None:
    """Who wants no tips gets none that was planned before either."""
    people = [_person(item) for item in items]
    connection.execute(
        update(outbox)
        .where(tuple_(outbox.c.channel, outbox.c.user).in_(people), outbox.c.state == "planned")
        .values(state="expired")
    )


def _store(connection: Connection, items: Sequence[Subscription]) -> None:
    statement = upsert(connection, subscriptions)
    columns = [c.name for c in subscriptions.columns if not c.primary_key]
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["channel", "user"], set_={name: statement.excluded[name] for name in columns}
        ),
        [_row(item) for item in {item.address.person: item for item in items}.values()],
    )


def _plan(connection: Connection, items: Sequence[Planned]) -> list[bool]:
    unchanged = _unchanged(connection, [item.subscription for item in items])
    candidates = {_person(item.subscription): item for item in items if _person(item.subscription) in unchanged}
    if not candidates:
        return [False] * len(items)
    claimed = _claim(connection, list(candidates.values()))
    messages = [_message(item) for person, item in candidates.items() if person in claimed and item.reply]
    if messages:
        connection.execute(insert(outbox), messages)
    _store(connection, [_dealt_with(item) for item in candidates.values()])
    return [
        candidates.get(_person(item.subscription)) is item and _person(item.subscription) in claimed for item in items
    ]


def _unchanged(connection: Connection, items: Sequence[Subscription]) -> set[tuple[str, str]]:
    """Those that are still due at the instant for which they were planned."""
    columns = subscriptions.c
    wanted = {_person(item): milliseconds(item.due_at) for item in items if item.due_at}
    rows = connection.execute(
        select(columns.channel, columns.user, columns.due_at)
        .where(tuple_(columns.channel, columns.user).in_(list(wanted)))
        .with_for_update()  # no other process pauses it before we have set the next instant
    )
    return {(row.channel, row.user) for row in rows if wanted[row.channel, row.user] == row.due_at}


def _claim(connection: Connection, items: Sequence[Planned]) -> set[tuple[str, str]]:
    rows = [
        {
            "channel": item.subscription.address.channel,
            "user": item.subscription.address.user,
            "day": _due_day(item.subscription).isoformat(),
            "tip": item.tip,
            "state": "planned" if item.reply else "skipped",
            "at": milliseconds(item.at),
        }
        for item in items
    ]
    statement = upsert(connection, deliveries).values(rows)
    statement = statement.on_conflict_do_nothing().returning(deliveries.c.channel, deliveries.c.user)
    return {(row.channel, row.user) for row in connection.execute(statement)}


def _message(item: Planned) -> dict[str, Any]:
    assert item.reply
    return outbox_row(item.subscription.address, item.reply, item.at, item.expires_at)


def _dealt_with(item: Planned) -> Subscription:
    return item.subscription.after_delivery(item.at)


def _due_day(subscription: Subscription) -> date:
    assert subscription.due_at is not None
    return subscription.local_day(subscription.due_at)


def _person(subscription: Subscription) -> tuple[str, str]:
    return subscription.address.channel, subscription.address.user


def _row(item: Subscription) -> dict[str, Any]:
    return {
        "channel": item.address.channel,
        "user": item.address.user,
        "chat": item.address.chat,
        "minute": item.at.hour * 60 + item.at.minute,
        "language": item.language,
        "zone": item.zone,
        "state": item.state,
        "due_at": milliseconds(item.due_at) if item.due_at else None,
        "last_day": item.last_day.isoformat() if item.last_day else None,
    }


def _subscription(row: Row[Any]) -> Subscription:
    return Subscription(
        address=Address(row.channel, row.user, row.chat),
        at=time(*divmod(row.minute, 60)),
        language=row.language,
        zone=row.zone,
        state=row.state,
        due_at=instant(row.due_at) if row.due_at is not None else None,
        last_day=date.fromisoformat(row.last_day) if row.last_day else None,
    )


_SAVE: Kind[Saved, Saved] = Kind("subscribe", Saved, _save)
_SETTLE: Kind[Settled, None] = Kind("settle-channel", type(None), _settle)
_PLAN: Kind[Planned, bool] = Kind("plan", bool, _plan)
