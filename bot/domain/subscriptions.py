"""Subscriptions to the daily tip: when each person's next one is due."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Literal, Protocol
from zoneinfo import ZoneInfo

from msgspec import Struct, structs

from bot.domain.times import HOME_ZONE, next_occurrence
from bot.messages import Address, Message, Reply

DEFAULT_ZONE = HOME_ZONE.key
# A tip that could not go out at its time still goes out this much later; after that it is skipped.
LATEST = timedelta(hours=3)

# After an outage each missed day gets its record; what lies farther back is a clock gone wrong, or nobody's concern.
LONGEST_OUTAGE = timedelta(days=31)

State = Literal["active", "paused", "suspended", "stopped"]


class Subscription(Struct, frozen=True):
    """A tip a day at a local time.

    `paused` by the person, `suspended` because the platform says that the person cannot be reached, `stopped` for
    good. `due_at` is the next instant (UTC) at which a tip goes out, None when none does. `last_day` is the local
    date of the last one.
    """

    address: Address
    at: time
    language: str = "zh"
    zone: str = DEFAULT_ZONE
    state: State = "active"
    due_at: datetime | None = None
    last_day: date | None = None

    def scheduled(self, after: datetime) -> "Subscription":
        """The same with its next instant: later than `after`, on a local date that has not had its tip."""
        due = next_occurrence(self.at, self.zone, after)
        if self.last_day and self.local_day(due) <= self.last_day:
            start_of_next_day = datetime.combine(self.last_day + timedelta(days=1), time(), ZoneInfo(self.zone))
            due = next_occurrence(self.at, self.zone, start_of_next_day.astimezone(UTC) - timedelta(seconds=1))
        return structs.replace(self, due_at=due)

    def local_day(self, instant: datetime) -> date:
        return instant.astimezone(ZoneInfo(self.zone)).date()

    def after_delivery(self, now: datetime) -> "Subscription":
        """The subscription once the tip that was due is sent or skipped.

        After an outage the days that were missed come one after the other, for each has a record.
        """
        assert self.due_at is not None
        day = self.local_day(self.due_at)
        return structs.replace(self, last_day=day).scheduled(max(self.due_at, now - LONGEST_OUTAGE))


class Planned(Struct, frozen=True):
    """What is done about a subscription that is due: its tip goes out as `reply`, or is skipped (None).

    `replaces` says that tips of the days before which still wait go out no more: nobody gets two at a time.
    """

    subscription: Subscription
    tip: str
    reply: Reply | None
    at: datetime
    expires_at: datetime
    replaces: bool = True


class NotSubscribed(Exception):
    """There is no subscription that could be paused, resumed or stopped."""


class SubscriptionStore(Protocol):
    async def subscription(self, sender: Address) -> Subscription | None:
        """The subscription of this account, stopped ones included."""
        ...

    async def save(self, message: Message, subscription: Subscription | None) -> Subscription | None:
        """Store what the message made of the sender's subscription; returns after the commit.

        None stores that there was nothing to change. A known message changes nothing and gets what it stored.
        """
        ...


class Subscriptions:
    """`pushing` are the channels that can send by themselves; on the others tips are there on asking."""

    def __init__(self, store: SubscriptionStore, pushing: frozenset[str]) -> None:
        self._store = store
        self._pushing = pushing

    def can_push(self, channel: str) -> bool:
        return channel in self._pushing

    async def of(self, sender: Address) -> Subscription | None:
        """The person's subscription, unless stopped."""
        found = await self._store.subscription(sender)
        return found if found and found.state != "stopped" else None

    async def subscribe(self, message: Message, at: time, language: str) -> Subscription:
        """Subscribe, or change the time; a paused subscription becomes active."""
        before = await self._store.subscription(message.sender)
        wanted = Subscription(message.sender, at, language)
        if before:
            wanted = structs.replace(wanted, zone=before.zone, last_day=before.last_day)
        saved = await self._save(wanted, message)
        assert saved
        return saved

    async def set_state(self, message: Message, state: State) -> Subscription:
        """Pause, suspend, stop or make active again. Raises NotSubscribed."""
        return await self._change(message, state=state)

    async def welcome_back(self, message: Message) -> None:
        """A person who could not be reached is here again: the tips go on."""
        found = await self._store.subscription(message.sender)
        is_back = found is not None and found.state == "suspended"
        await self._save(structs.replace(found, state="active") if found and is_back else None, message)

    async def set_zone(self, message: Message, zone: str) -> Subscription:
        """Reckon the time in an IANA zone from now on. Raises NotSubscribed."""
        return await self._change(message, zone=zone)

    async def _change(self, message: Message, **changes: str) -> Subscription:
        before = await self.of(message.sender)
        saved = await self._save(before and structs.replace(before, due_at=None, **changes), message)
        if not saved:
            raise NotSubscribed
        return saved

    async def _save(self, subscription: Subscription | None, message: Message) -> Subscription | None:
        if subscription and subscription.state == "active" and self.can_push(message.sender.channel):
            subscription = subscription.scheduled(message.at)
        return await self._store.save(message, subscription)
