"""Subscriptions, who is due, what each has had, and the claims that make a tip go out once."""

import logging
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from functools import cache
from typing import Any, cast
from zoneinfo import ZoneInfoNotFoundError

from msgspec import Struct, structs
from sqlalchemy import (
    BigInteger,
    Connection,
    String,
    bindparam,
    case,
    delete,
    exists,
    func,
    insert,
    literal_column,
    select,
    tuple_,
    update,
)

from bot.domain.figures import Figure
from bot.domain.subscriptions import FARTHEST_EAST, History, Mended, NotForChildren, Planned, Subscription
from bot.domain.times import home_date
from bot.domain.tips import Audience, Subject
from bot.messages import Address, Message
from bot.storage.database import Database
from bot.storage.figures import SUBSCRIBED, count
from bot.storage.instants import instant, milliseconds
from bot.storage.outbox import INSERT, IS_SENT_TO_MANY, end_posts, of_people, outbox_row
from bot.storage.prepared import Change, Finding
from bot.storage.tables import deliveries, outbox, people, subscriptions
from bot.storage.upsert import upsert, upsert_in
from bot.storage.writer import Kind

log = logging.getLogger(__name__)


class Saved(Struct, frozen=True):
    """What a message made of a subscription; None where there was nothing to change, or where that was refused."""

    subscription: Subscription | None
    refused: bool = False


class Saving(Struct, frozen=True):
    saved: Saved
    at: datetime


class Settled(Struct, frozen=True):
    channel: str
    pushing: bool
    at: datetime


class Moved(Struct, frozen=True):
    """A group that has another id from now on."""

    channel: str
    user: str
    to: str
    at: datetime


class Shown(Struct, frozen=True):
    """The tip of a local date that a person asked for by themselves."""

    subscription: Subscription
    tip: str
    day: date
    at: datetime


ISO_DAY = len("2026-11-23")
# Longer than any tip waits to be sent, in local dates.
STILL_WAITS = timedelta(days=3)
_date = cache(date.fromisoformat)

# Subscriptions by person.
Before = Mapping[tuple[str, str], Subscription]

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
        return subscription_of(row) if row else None

    async def save(
        self, message: Message, subscription: Subscription | None, *, refused: bool = False
    ) -> Subscription | None:
        saving = Saving(Saved(subscription, refused), message.at)
        saved = await self._database.writer.write(_SAVE, saving, message.id)
        if saved.refused:
            raise NotForChildren
        return saved.subscription and structs.replace(saved.subscription, address=message.sender)

    async def move(self, message: Message, user: str) -> None:
        await self._database.writer.write(
            _MOVE, Moved(message.sender.channel, message.sender.user, user, message.at), message.id
        )

    async def due(self, now: datetime, limit: int, besides: Collection[str] = ()) -> list[Subscription]:
        """Up to `limit` subscriptions whose instant has come, the newest first; not of those people."""
        rows = await self._database.look_up(
            lambda connection: _DUE.rows(connection, now=milliseconds(now), most=limit + len(besides))
        )
        found = map(subscription_of, rows)
        return [one for one in found if one.address.person not in besides][:limit]

    async def after(self, instant: datetime, last: Subscription | None, limit: int) -> list[Subscription]:
        """Up to `limit` subscriptions whose next instant is later, the soonest first, those after `last`."""
        due_at = last.due_at if last and last.due_at else instant
        user = _person(last) if last else ("", "")
        place = {"due_at": milliseconds(due_at), "of_channel": user[0], "of_user": user[1], "most": limit}
        async with self._database.reading() as connection:
            rows = await connection.execute(_AFTER, place)
            return [subscription_of(row) for row in rows]

    async def groups(self, first: datetime, end: datetime) -> dict[tuple[int, Audience], int]:
        """How many people have their next tip after an instant, to another, by hour (UTC, since 1970) and audience.

        Seconds where they are a million: every row is looked at.
        """
        async with self._database.reading() as connection:
            rows = await connection.execute(_GROUPS, {"first": milliseconds(first), "until": milliseconds(end)})
            return {(row.hour, row.audience): row.people for row in rows}

    async def instants(self, first: datetime, end: datetime) -> list[tuple[datetime, int]]:
        """How many people have theirs at each instant."""
        async with self._database.reading() as connection:
            rows = await connection.execute(_INSTANTS, {"first": milliseconds(first), "until": milliseconds(end)})
            return [(instant(row.due_at), row.people) for row in rows]

    async def at(self, instant: datetime, start: tuple[str, str], limit: int) -> list[Subscription]:
        """Some of those who have theirs at an instant: those from this channel and user on, and then the first ones."""
        place = {"instant": milliseconds(instant), "of_channel": start[0], "of_user": start[1]}
        async with self._database.reading() as connection:
            rows = (await connection.execute(_FROM, place | {"most": limit})).all()
            if left := limit - len(rows):
                rows = [*rows, *await connection.execute(_UNTIL, place | {"most": left})]
        return [subscription_of(row) for row in rows]

    async def claimed_after(self, instant: datetime, last: Subscription | None, limit: int) -> list[Subscription]:
        """Up to `limit` subscriptions with a next instant whose last day was claimed later, those after `last`."""
        user = _person(last) if last else ("", "")
        place = {"at": milliseconds(instant), "of_channel": user[0], "of_user": user[1], "most": limit}
        async with self._database.reading() as connection:
            return [subscription_of(row) for row in await connection.execute(_CLAIMED_AFTER, place)]

    async def histories(self, people: Sequence[Address], since: date) -> Mapping[str, History]:
        """By Address.person: the tips that each had from a date on, not the skipped ones, and when they were seen."""
        by_channel = _by_channel((one.channel, one.user) for one in people)

        def look(connection: Connection) -> dict[str, Any]:
            return {
                channel: (
                    dict(_HAD.rows(connection, users, channel=channel, since=since.isoformat())),
                    dict(_SEEN.rows(connection, users, channel=channel)),
                )
                for channel, users in by_channel.items()
            }

        found = await self._database.look_up(look)
        return {one.person: _history(*(rows.get(one.user) for rows in found[one.channel])) for one in people}

    async def show(self, subscription: Subscription, tip: str, day: date, at: datetime) -> None:
        await self._database.writer.write(_SHOW, Shown(subscription, tip, day, at))

    async def plan(self, planned: Planned) -> bool:
        """Claim the person's local date, put the tip into the outbox and set the next instant, in one commit.

        False when the person changed the subscription meanwhile, or the date was claimed before.
        """
        return await self._database.writer.write(_PLAN, planned)

    async def mend(self, mended: Mended) -> bool:
        """Store what is planned anew; dates ahead that a wrong clock has skipped are open again.

        What went out by that clock counts for today. False when the person changed the subscription meanwhile.
        """
        return await self._database.writer.write(_MEND, mended)

    async def settle(self, channel: str, pushing: bool, now: datetime) -> None:
        """After a change of what the channel can do: on one that can push everybody is due, on others nobody is."""
        await self._database.writer.write(_SETTLE, Settled(channel, pushing, now))


def _settle(connection: Connection, items: Sequence[Settled]) -> list[None]:
    columns = subscriptions.c
    for item in items:
        there = (columns.channel == item.channel) & (columns.state == "active")
        if item.pushing:
            waiting = connection.execute(select(subscriptions).where(there, columns.due_at.is_(None)).with_for_update())
            if woken := [one for row in waiting if (one := _woken(subscription_of(row), item.at))]:
                _store(connection, woken)
        else:
            connection.execute(update(subscriptions).where(there).values(due_at=None))
    return [None] * len(items)


def _woken(subscription: Subscription, at: datetime) -> Subscription | None:
    """With its next instant; None where this machine does not know the time zone, which is to stop nobody else."""
    try:
        return subscription.scheduled(at)
    except ZoneInfoNotFoundError:
        log.error("one person's next tip cannot be planned: the time zone %s is unknown here", subscription.zone)
        return None


_DUE = Finding(
    select(subscriptions)
    .where(subscriptions.c.due_at <= bindparam("now"))
    .order_by(subscriptions.c.due_at.desc())
    .limit(bindparam("most"))
    .offset(literal_column("0"))  # else SQLite gets it as a parameter
)
_PLACE = tuple_(subscriptions.c.due_at, subscriptions.c.channel, subscriptions.c.user)
_AFTER = (
    select(subscriptions)
    .where(subscriptions.c.due_at >= bindparam("due_at"))  # said by itself, for the index
    .where(tuple_(bindparam("due_at"), bindparam("of_channel"), bindparam("of_user")) < _PLACE)
    .order_by(*_PLACE)
    .limit(bindparam("most"))
)
_ACCOUNT = tuple_(subscriptions.c.channel, subscriptions.c.user)
_CLAIMED_AFTER = (
    select(subscriptions)
    .join(
        deliveries,
        (deliveries.c.channel == subscriptions.c.channel)
        & (deliveries.c.user == subscriptions.c.user)
        & (deliveries.c.day == subscriptions.c.last_day),
    )
    .where(deliveries.c.at > bindparam("at"), subscriptions.c.due_at.is_not(None))
    .where(tuple_(bindparam("of_channel"), bindparam("of_user")) < _ACCOUNT)
    .order_by(*_ACCOUNT)
    .limit(bindparam("most"))
)
_THESE = Finding(
    select(subscriptions)
    .where(subscriptions.c.channel == bindparam("channel"), subscriptions.c.user.in_(bindparam("keys", expanding=True)))
    .with_for_update()  # no other process pauses it before we have set the next instant
)
# Between date and id; nobody knows of "unknown".
_CAME, _MISSED = " ", "-"
_IF_IT_CAME = case(
    (
        deliveries.c.state.in_([literal_column("'refused'"), literal_column("'expired'")]),
        literal_column(f"'{_MISSED}'"),
    ),
    else_=literal_column(f"'{_CAME}'"),
)
_HERE = (subscriptions.c.due_at > bindparam("first")) & (subscriptions.c.due_at <= bindparam("until"))
_HOUR = (subscriptions.c.due_at // literal_column("3600000", BigInteger)).label("hour")
_GROUPS = (
    select(_HOUR, subscriptions.c.audience, func.count().label("people"))
    .where(_HERE)
    .group_by(literal_column("1"), subscriptions.c.audience)
)
_INSTANTS = (
    select(subscriptions.c.due_at, func.count().label("people"))
    .where(_HERE)
    .group_by(subscriptions.c.due_at)
    .order_by(subscriptions.c.due_at)
)
_ACCOUNT = tuple_(subscriptions.c.channel, subscriptions.c.user)
_THERE = tuple_(bindparam("of_channel"), bindparam("of_user"))
_AT = select(subscriptions).where(subscriptions.c.due_at == bindparam("instant")).order_by(*_ACCOUNT)
_FROM = _AT.where(_ACCOUNT > _THERE).limit(bindparam("most"))
_UNTIL = _AT.where(_ACCOUNT <= _THERE).limit(bindparam("most"))
# A row for each person: dates and ids in one text, for a row per tip would cost ten times as much.
_HAD = Finding(
    select(
        deliveries.c.user,
        func.aggregate_strings(deliveries.c.day + _IF_IT_CAME + deliveries.c.tip, ",").label("had"),
    )
    .where(deliveries.c.channel == bindparam("channel"), deliveries.c.user.in_(bindparam("keys", expanding=True)))
    .where(deliveries.c.day >= bindparam("since"), deliveries.c.state != literal_column("'skipped'"))
    .group_by(deliveries.c.user)
)
_SEEN = Finding(
    select(people.c.user, people.c.seen_at).where(
        people.c.channel == bindparam("channel"), people.c.user.in_(bindparam("keys", expanding=True))
    )
)
_BEHIND = Finding(
    select(deliveries.c.user)
    .where(deliveries.c.channel == bindparam("channel"), deliveries.c.user.in_(bindparam("keys", expanding=True)))
    .where(deliveries.c.day >= bindparam("since"), deliveries.c.state == literal_column("'planned'"))
)


def _by_channel(accounts: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    users = defaultdict[str, list[str]](list)
    for channel, user in accounts:
        users[channel].append(user)
    return users


def _history(had: str | None, seen_at: int | None) -> History:
    """Of a tip that came twice the later day."""
    dated = sorted(had.split(",")) if had else []
    days = {one[ISO_DAY + 1 :]: _date(one[:ISO_DAY]) for one in dated}
    missed = frozenset(one[ISO_DAY + 1 :] for one in dated if one[ISO_DAY] == _MISSED)
    return History(days, None if seen_at is None else instant(seen_at), missed)


def _save(connection: Connection, items: Sequence[Saving]) -> list[Saved]:
    changed = [(item.saved.subscription, item.at) for item in items if item.saved.subscription]
    if changed:
        before = {_person(one): one for one in _found(connection, [one for one, _ in changed])}
        _skip_what_is_lost(connection, before, changed)
        _count_changes(connection, before, changed)
        _store(connection, [one for one, _ in changed])
    if unwanted := [one for one, _ in changed if one.state != "active" or one.paused_until]:
        _hold_back(connection, unwanted)
    return [_nameless(item.saved) for item in items]


def _nameless(saved: Saved) -> Saved:
    subscription = saved.subscription and structs.replace(saved.subscription, address=_NOBODY)
    return structs.replace(saved, subscription=subscription)


def _count_changes(connection: Connection, before: Before, changed: Sequence[tuple[Subscription, datetime]]) -> None:
    """Who subscribes, and who leaves."""
    there = {person for person, one in before.items() if one.state in SUBSCRIBED}
    counted: list[tuple[date, str, Figure, str]] = []
    for after, at in changed:  # of a person who changes it twice, each
        person, stays = _person(after), after.state in SUBSCRIBED
        if stays and person not in there:
            counted.append((home_date(at), after.address.channel, "subscribed", ""))
        if not stays and person in there:
            counted.append((home_date(at), after.address.channel, "left", after.state))
        there = there | {person} if stays else there - {person}
    count(connection, counted)


def _skip_what_is_lost(
    connection: Connection, before: Before, changed: Sequence[tuple[Subscription, datetime]]
) -> None:
    """Who changes a subscription between an instant and its tick gets no tip for it: that is on record."""
    lost = [
        _claimed(after, day, "", "skipped", "changed", at)
        for after, at in changed
        if _person(after) in before
        for day in _lost(before[_person(after)], after, at)
    ]
    if lost:
        claimed = connection.execute(_claims(connection.dialect.name), lost)
        count(connection, [(_date(row.day), row.channel, "skipped", "changed") for row in claimed])


def _lost(before: Subscription, after: Subscription, at: datetime) -> list[date]:
    """The dates that came due and are neither seen to by the next tick nor moved to a later time of the day."""
    if after.due_at and after.due_at <= at:
        return []
    try:
        return [day for day in before.came_due(at) if not (after.due_at and day == _due_day(after))]
    except ZoneInfoNotFoundError:  # nobody knows which dates those are
        return []


def _hold_back(connection: Connection, items: Sequence[Subscription]) -> None:
    """Who wants no tips gets none that was planned before either, and no broadcast."""
    theirs = of_people([_person(item) for item in items])
    end_posts(connection, theirs & IS_SENT_TO_MANY, "expired", "not wanted any more")


def _move(connection: Connection, items: Sequence[Moved]) -> list[None]:
    for item in items:
        there = (subscriptions.c.channel == item.channel) & (subscriptions.c.user == item.to)
        if connection.execute(select(subscriptions.c.user).where(there)).first():
            _end(connection, item)
            continue
        for table, place in ((subscriptions, {"chat": item.to}), (deliveries, {}), (outbox, {"chat": item.to})):
            theirs = (table.c.channel == item.channel) & (table.c.user == item.user)
            connection.execute(update(table).where(theirs).values(user=item.to, **place))
    return [None] * len(items)


def _end(connection: Connection, item: Moved) -> None:
    """Nobody could stop what still goes to an id that is no chat any more."""
    theirs = (subscriptions.c.channel == item.channel) & (subscriptions.c.user == item.user)
    was = connection.scalar(select(subscriptions.c.state).where(theirs))
    count(connection, [(home_date(item.at), item.channel, "left", "stopped")] if was in SUBSCRIBED else [])
    connection.execute(update(subscriptions).where(theirs).values(state="stopped", due_at=None))
    end_posts(connection, of_people([(item.channel, item.user)]), "expired", "not wanted any more")


def _store(connection: Connection, items: Sequence[Subscription]) -> None:
    _STORE.run(connection, [_row(item) for item in {item.address.person: item for item in items}.values()])


def _upsert_subscription(dialect: str) -> Any:
    statement = upsert_in(dialect, subscriptions)
    columns = [column.name for column in subscriptions.columns if not column.primary_key]
    return statement.on_conflict_do_update(
        index_elements=["channel", "user"], set_={name: statement.excluded[name] for name in columns}
    )


_STORE = Change(_upsert_subscription)


def _plan(connection: Connection, items: Sequence[Planned]) -> list[bool]:
    unchanged = _unchanged(connection, [item.subscription for item in items])
    candidates = {_person(item.subscription): item for item in items if _person(item.subscription) in unchanged}
    if not candidates:
        return [False] * len(items)
    behind = _behind(connection, [item.subscription for item in candidates.values()])
    claimed = _claim(connection, list(candidates.values()))
    _count_claims(connection, [item for person, item in candidates.items() if person in claimed])
    sent = [item for person, item in candidates.items() if person in claimed and item.reply]
    if replacing := behind & {_person(item.subscription) for item in sent if item.replaces}:
        end_posts(connection, of_people(sorted(replacing)) & outbox.c.day.is_not(None), "expired", "a newer one came")
    if sent:
        INSERT.run(connection, [_message(item) for item in sent])
    _store(connection, [item.dealt_with() for item in candidates.values()])
    return [
        candidates.get(_person(item.subscription)) is item and _person(item.subscription) in claimed for item in items
    ]


def _count_claims(connection: Connection, claimed: Sequence[Planned]) -> None:
    counted: list[tuple[date, str, Figure, str]] = []
    for item in claimed:
        _, reason = _course(item)
        counted.append(
            (_due_day(item.subscription), item.subscription.address.channel, "due" if item.reply else "skipped", reason)
        )
    count(connection, counted)


def _mend(connection: Connection, items: Sequence[Mended]) -> list[bool]:
    unchanged = _unchanged(connection, [item.was for item in items])
    mended = [item for item in items if _person(item.was) in unchanged]
    if mended:
        ahead = min(item.at for item in mended) + FARTHEST_EAST
        theirs = of_people([_person(item.was) for item in mended]) & outbox.c.day.is_not(None)
        end_posts(connection, theirs & (outbox.c.created_at > milliseconds(ahead)), "expired", "the clock was wrong")
        dates = [_dates(item) for item in mended]
        connection.execute(_REOPEN, dates)
        connection.execute(_COUNT_FOR_TODAY, dates)
        _store(connection, [item.subscription for item in mended])
    return [_person(item.was) in unchanged for item in items]


def _dates(item: Mended) -> dict[str, str]:
    channel, user = _person(item.was)
    today, first = item.subscription.local_day(item.at), _due_day(item.subscription)
    return {"of_channel": channel, "of_user": user, "today": today.isoformat(), "first": first.isoformat()}


_THEIRS = (deliveries.c.channel == bindparam("of_channel")) & (deliveries.c.user == bindparam("of_user"))
_REOPEN = delete(deliveries).where(
    _THEIRS, deliveries.c.day >= bindparam("first"), deliveries.c.state.in_(("skipped", "expired", "refused"))
)
_OTHER = deliveries.alias()
_OF_THE_SAME = (_OTHER.c.channel == deliveries.c.channel) & (_OTHER.c.user == deliveries.c.user)
# The date of the last one keeps it: were the clock behind now, that date is still to come, and gets no second tip.
_COUNT_FOR_TODAY = insert(deliveries).from_select(
    ["channel", "user", "day", "tip", "state", "reason", "at"],
    select(
        deliveries.c.channel,
        deliveries.c.user,
        bindparam("today", type_=String),
        deliveries.c.tip,
        literal_column("'skipped'"),
        literal_column("'came by the wrong clock'"),
        deliveries.c.at,
    )
    .where(_THEIRS, ~exists().where(_OF_THE_SAME, _OTHER.c.day == bindparam("today", type_=String)))
    .where(deliveries.c.day == select(func.max(_OTHER.c.day)).where(_OF_THE_SAME).scalar_subquery())
    .where(deliveries.c.day > bindparam("today", type_=String)),
)


def _behind(connection: Connection, items: Sequence[Subscription]) -> set[tuple[str, str]]:
    """Those of whose last tips one may still go out."""
    since = (min(map(_due_day, items)) - STILL_WAITS).isoformat()
    users = _by_channel(map(_person, items))
    return {
        (channel, row.user)
        for channel in users
        for row in _BEHIND.rows(connection, users[channel], channel=channel, since=since)
    }


def _unchanged(connection: Connection, items: Sequence[Subscription]) -> set[tuple[str, str]]:
    """Those that are still as they were when they were planned: whatever the person changed meanwhile wins."""
    wanted = {_person(item): item for item in items}
    return {_person(one) for one in _found(connection, items) if wanted[_person(one)] == one}


def _found(connection: Connection, items: Sequence[Subscription]) -> list[Subscription]:
    """As they are stored, locked."""
    users = _by_channel(sorted({_person(item) for item in items}))
    rows = [row for channel in users for row in _THESE.rows(connection, users[channel], channel=channel)]
    return [subscription_of(row) for row in rows]


def _show(connection: Connection, items: Sequence[Shown]) -> list[None]:
    """The local date has had its tip then, so that none is sent on it; where it was skipped, that is no more so."""
    for item in items:
        claim = _claimed(item.subscription, item.day, item.tip, "shown", "", item.at)
        shown = {"tip": item.tip, "state": "shown"}
        was_skipped = deliveries.c.state == "skipped"
        noted = upsert(connection, deliveries).values(claim)
        connection.execute(
            noted.on_conflict_do_update(index_elements=["channel", "user", "day"], set_=shown, where=was_skipped)
        )
        connection.execute(
            update(subscriptions)
            .where(subscriptions.c.channel == claim["channel"], subscriptions.c.user == claim["user"])
            .values(last_day=claim["day"])
        )
    return [None] * len(items)


def _claim(connection: Connection, items: Sequence[Planned]) -> set[tuple[str, str]]:
    rows = [
        _claimed(item.subscription, _due_day(item.subscription), item.tip, *_course(item), item.at) for item in items
    ]
    return {(row.channel, row.user) for row in connection.execute(_claims(connection.dialect.name), rows)}


def _course(item: Planned) -> tuple[str, str]:
    """The state of its claim, and the reason."""
    return ("planned", "") if item.reply else ("skipped", "too late")


def _claimed(one: Subscription, day: date, tip: str, state: str, reason: str, at: datetime) -> dict[str, object]:
    channel, user = _person(one)
    claim = {"channel": channel, "user": user, "day": day.isoformat(), "tip": tip}
    return claim | {"state": state, "reason": reason, "at": milliseconds(at)}


@cache
def _claims(dialect: str) -> Any:
    statement = upsert_in(dialect, deliveries).on_conflict_do_nothing()
    return statement.returning(deliveries.c.channel, deliveries.c.user, deliveries.c.day)


def _message(item: Planned) -> dict[str, Any]:
    assert item.reply
    due_at = item.subscription.due_at
    row = outbox_row(item.subscription.address, item.reply, item.at, item.expires_at, due_at)
    return row | {"day": _due_day(item.subscription).isoformat()}


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
        "last_day": _iso(item.last_day),
        "audience": item.audience,
        "topics": " ".join(item.topics) or None,
        "days": item.days,
        "paused_until": _iso(item.paused_until),
        "weekly_asked": item.weekly_asked,
        "streak": item.streak,
        "streak_day": _iso(item.streak_day),
    }


def _topics(written: str | None) -> tuple[Subject, ...]:
    return cast("tuple[Subject, ...]", tuple(written.split())) if written else ()


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _day(iso: str | None) -> date | None:
    return date.fromisoformat(iso) if iso else None


def subscription_of(row: Any) -> Subscription:
    return Subscription(
        address=Address(row.channel, row.user, row.chat),
        at=time(*divmod(row.minute, 60)),
        language=row.language,
        zone=row.zone,
        state=row.state,
        due_at=instant(row.due_at) if row.due_at is not None else None,
        last_day=_day(row.last_day),
        audience=row.audience,
        topics=_topics(row.topics),
        days=row.days,
        paused_until=_day(row.paused_until),
        weekly_asked=row.weekly_asked,
        streak=row.streak,
        streak_day=_day(row.streak_day),
    )


_SAVE: Kind[Saving, Saved] = Kind("subscribe", Saved, _save)
_MOVE: Kind[Moved, None] = Kind("move-group", type(None), _move)
_SETTLE: Kind[Settled, None] = Kind("settle-channel", type(None), _settle)
_SHOW: Kind[Shown, None] = Kind("show-tip", type(None), _show)
_MEND: Kind[Mended, bool] = Kind("mend-plan", bool, _mend)
_PLAN: Kind[Planned, bool] = Kind("plan", bool, _plan)
