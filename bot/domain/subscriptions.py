"""Subscriptions to the daily tip: when each person's next one is due, and which it is."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Literal, Protocol

from msgspec import Struct, field, structs

from bot.domain.times import EVERY_DAY, HOME_ZONE, WORKING_DAYS, home_date, next_occurrence, zone_of
from bot.domain.tips import YEAR, Audience, Had, Subject, Taste, Tip, Tips
from bot.messages import Address, Message, Reply

DEFAULT_ZONE = HOME_ZONE.key
# A tip that could not go out at its time still goes out so much later, where the operator says nothing else; after that
# it is skipped.
LATEST = timedelta(hours=3)
# Children are left alone at night, and on working days while they are at school.
CHILDREN_WAKE, CHILDREN_SLEEP = time(6), time(21)
SCHOOL_BEGINS, SCHOOL_ENDS = time(8), time(16, 30)
_FREE_DAY = ((CHILDREN_WAKE, CHILDREN_SLEEP),)
_SCHOOL_DAY = ((CHILDREN_WAKE, SCHOOL_BEGINS), (SCHOOL_ENDS, CHILDREN_SLEEP))
# Who has shown no sign of life for so long is asked once whether a tip a week would do.
QUIET = timedelta(weeks=2)
# A look back over the week, from Monday on, comes with the last tip of a person's week where it is at least the third.
ENOUGH_TO_LOOK_BACK = 3
_BEFORE_ANY_ZONE = timedelta(days=1)

# After an outage each missed day gets its record; what lies farther back is a clock gone wrong, or nobody's concern.
LONGEST_OUTAGE = timedelta(days=31)
# Who moves from the farthest east to the farthest west may have had the tip of the day after tomorrow, and nobody has
# had one that lies farther ahead.
FARTHEST_EAST = timedelta(days=2)

State = Literal["active", "paused", "suspended", "stopped"]


class Subscription(Struct, frozen=True):
    """A tip a day at a local time.

    `paused` by the person, `suspended` because the platform says that the person cannot be reached, `stopped` for
    good. `due_at` is the next instant (UTC) at which a tip goes out, None when none does. `last_day` is the local
    date of the last one. `days` are the days of the week, 1 for Monday; before `paused_until` none goes out.
    `streak` counts the days in a row on which the person ticked off the tip, up to `streak_day`; None for who did not
    ask for it.
    """

    address: Address
    at: time
    language: str = "zh"
    zone: str = DEFAULT_ZONE
    state: State = "active"
    due_at: datetime | None = None
    last_day: date | None = None
    audience: Audience = "everyone"
    topics: tuple[Subject, ...] = ()
    days: str = EVERY_DAY
    paused_until: date | None = None
    weekly_asked: bool = False
    streak: int | None = None
    streak_day: date | None = None

    @property
    def taste(self) -> Taste:
        return Taste(self.audience, self.topics)

    @property
    def disturbs_children(self) -> bool:
        """Whether it is for children, at a time when they sleep or are at school."""
        return self.audience == "children" and not suits_children(self.at, self.days)

    def send_until(self, late: timedelta = LATEST) -> datetime:
        """The instant from which the tip that is due is too late: `late` after its time, sooner for children."""
        assert self.due_at is not None
        latest = self.due_at + late
        if self.audience != "children":
            return latest
        local = self.due_at.astimezone(zone_of(self.zone))
        is_before_school = local.time() < SCHOOL_BEGINS and str(local.isoweekday()) in WORKING_DAYS
        end = SCHOOL_BEGINS if is_before_school else CHILDREN_SLEEP
        return min(latest, datetime.combine(local.date(), end, local.tzinfo).astimezone(UTC))

    def scheduled(self, after: datetime) -> "Subscription":
        """The same with its next instant: later than `after`, on a wanted local date that has not had its tip."""
        due = next_occurrence(self.at, self.zone, after)
        first = max(
            filter(None, (self.last_day and self.last_day + timedelta(days=1), self.paused_until)), default=None
        )
        if first and self.local_day(due) < first:
            start = datetime.combine(first, time(), zone_of(self.zone))
            due = next_occurrence(self.at, self.zone, start.astimezone(UTC) - timedelta(seconds=1))
        while str(self.local_day(due).isoweekday()) not in self.days:
            due = next_occurrence(self.at, self.zone, due)
        return structs.replace(self, due_at=due)

    def local_day(self, instant: datetime) -> date:
        return instant.astimezone(zone_of(self.zone)).date()

    def is_away(self, now: datetime) -> bool:
        """Whether the person has paused the tips until a day that is still to come."""
        return still_paused(self.paused_until, self.zone, now)

    def awake(self, now: datetime) -> "Subscription":
        """The same without a pause that has ended by itself."""
        return self if self.is_away(now) else structs.replace(self, paused_until=None)

    def after_delivery(self, now: datetime) -> "Subscription":
        """The subscription once the tip that was due is sent or skipped.

        After an outage the days that were missed come one after the other, for each has a record.
        """
        assert self.due_at is not None
        day = self.local_day(self.due_at)
        return structs.replace(self, last_day=day).scheduled(max(self.due_at, now - LONGEST_OUTAGE))

    def came_due(self, now: datetime) -> list[date]:
        """The local dates whose instants have come and that nobody has seen to yet."""
        days, one = [], self
        while one.due_at and one.due_at <= now:
            days.append(one.local_day(one.due_at))
            one = one.after_delivery(now)
        return days

    def planned_anew(self, now: datetime, late: timedelta = LATEST, *, claimed_ahead: bool = False) -> "Subscription":
        """The same, or with its true next instant where the next one lies farther ahead than it would be set now.

        A clock that had gone wrong has set it then; `claimed_ahead` says that it claimed the last day, too. What is
        late by less than `late` still counts.
        """
        assert self.due_at is not None
        is_far = self.last_day is not None and self.last_day > self.local_day(now) + FARTHEST_EAST
        is_ahead = claimed_ahead or is_far
        true = structs.replace(self, last_day=None) if is_ahead else self
        next_one = true.scheduled(now).due_at
        assert next_one is not None
        return true.scheduled(now - late) if next_one < self.due_at else self

    def ticked_off(self, day: date) -> "Subscription":
        """With one day more in a row, or with the first day of a new row; the same when that day counts already."""
        if self.streak_day and self.streak_day >= day:
            return self
        goes_on = self.streak_day == day - timedelta(days=1)
        return structs.replace(self, streak=(self.streak or 0) + 1 if goes_on else 1, streak_day=day)


def still_paused(until: date | None, zone: str, now: datetime) -> bool:
    """Whether a day until which tips are paused is still to come in a time zone."""
    return until is not None and now.astimezone(zone_of(zone)).date() < until


class History(Struct, frozen=True):
    """What a person has had within the last year, and when they last wrote or tapped something.

    `missed` are those of them that have certainly not arrived.
    """

    had: Had = field(default_factory=dict[str, date])
    seen_at: datetime | None = None
    missed: frozenset[str] = frozenset()


class Daily(Struct, frozen=True):
    """The message of a day: the tip, a look back at the end of a week, whether to ask if one a week would do."""

    tip: Tip
    week: tuple[Subject, ...] = ()
    asks_weekly: bool = False


def daily(subscription: Subscription, tips: Tips, history: History, now: datetime) -> Daily:
    """What goes out for the instant that is due."""
    assert subscription.due_at is not None
    day = subscription.local_day(subscription.due_at)
    is_quiet = history.seen_at is not None and now - history.seen_at >= QUIET
    tip = tips.turn(subscription.taste, day, history.had)
    ends_week = str(day.isoweekday()) == max(subscription.days)
    return Daily(
        tip=tip,
        week=_week_until(day, tip, tips, history) if ends_week else (),
        asks_weekly=is_quiet and not subscription.weekly_asked and len(subscription.days) > 1,
    )


def _week_until(day: date, today: Tip, tips: Tips, history: History) -> tuple[Subject, ...]:
    """What the tips of the week were about, with today's; nothing where too few of them arrived."""
    monday = day - timedelta(days=day.isoweekday() - 1)
    came = (tip for tip, last in history.had.items() if monday <= last < day and tip not in history.missed)
    before = [tips.by_id[tip] for tip in came if tip in tips.by_id]
    topics = [tip.topic for tip in (*before, today)]
    return tuple(dict.fromkeys(filter(None, topics))) if len(topics) >= ENOUGH_TO_LOOK_BACK else ()


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
    asks_weekly: bool = False

    def dealt_with(self) -> Subscription:
        """The subscription afterwards. Who was asked whether to go weekly is not asked again."""
        asked = self.subscription.weekly_asked or (self.asks_weekly and self.reply is not None)
        return structs.replace(self.subscription.after_delivery(self.at), weekly_asked=asked)


class Mended(Struct, frozen=True):
    """A subscription whose next instant a wrong clock had set, as it was and as it is planned anew at `at`."""

    was: Subscription
    subscription: Subscription
    at: datetime


class NotSubscribed(Exception):
    """There is no subscription that could be paused, resumed or stopped."""


class NotForChildren(Exception):
    """At this time of day, on these days, children are asleep or at school."""


def suits_children(at: time, days: str) -> bool:
    is_at_school = SCHOOL_BEGINS <= at < SCHOOL_ENDS and any(day in WORKING_DAYS for day in days)
    return CHILDREN_WAKE <= at < CHILDREN_SLEEP and not is_at_school


def waking_hours(zone: str, now: datetime) -> tuple[datetime, datetime]:
    """The hours (UTC) in which a child in the zone may be written to: those that it is in, or the next ones."""
    place = zone_of(zone)
    day = now.astimezone(place).date()
    while True:
        for begin, end in _SCHOOL_DAY if str(day.isoweekday()) in WORKING_DAYS else _FREE_DAY:
            until = datetime.combine(day, end, place).astimezone(UTC)
            if now < until:
                return max(now, datetime.combine(day, begin, place).astimezone(UTC)), until
        day += timedelta(days=1)


class SubscriptionStore(Protocol):
    async def subscription(self, sender: Address) -> Subscription | None:
        """The subscription of this account, stopped ones included."""
        ...

    async def save(
        self, message: Message, subscription: Subscription | None, *, refused: bool = False
    ) -> Subscription | None:
        """Store what the message made of the sender's subscription; returns after the commit.

        None stores that there was nothing to change, `refused` that it is not for children, for which NotForChildren
        is raised. A known message changes nothing and gets what it stored. Days that came due before the message, and
        are not to come any more, are recorded as skipped.
        """
        ...

    async def move(self, message: Message, user: str) -> None:
        """Keep what is the sender's under another id of the same platform, for ever; nothing if that has its own."""
        ...

    async def histories(self, people: Sequence[Address], since: date) -> Mapping[str, History]:
        """By Address.person, what each has had since a date."""
        ...

    async def show(self, subscription: Subscription, tip: str, day: date, at: datetime) -> None:
        """Note that the person asked for the tip of a local date, where nothing else was noted for that date."""
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

    async def here(self, message: Message) -> Subscription | None:
        """The subscription of who speaks with us; where they could not be reached, the tips go on.

        That is what the message does then: it is to change nothing else of the subscription.
        """
        found = await self.of(message.sender)
        if found and found.state == "suspended":
            await self.welcome_back(message)
            return await self.of(message.sender)
        return found

    async def subscribe(self, message: Message, at: time, language: str, **wanted: Any) -> Subscription:
        """Subscribe, or change the time; a paused subscription becomes active.

        `wanted` may hold `days`, `audience` and `topics`; what it does not hold stays. Raises NotForChildren.
        """
        before = await self._store.subscription(message.sender)
        fresh = Subscription(message.sender, at, language)
        if before and before.state == "stopped":
            fresh = structs.replace(fresh, zone=before.zone, last_day=before.last_day)
        elif before:
            fresh = structs.replace(before, **_FRESH, address=message.sender, at=at, language=language)
        saved = await self._save(structs.replace(fresh, **wanted), message)
        assert saved
        return saved

    async def set_state(self, message: Message, state: State) -> Subscription:
        """Pause, stop or make active again. Raises NotSubscribed."""
        return await self.change(message, state=state, paused_until=None)

    async def suspend(self, message: Message) -> None:
        """The person cannot be reached. Who has paused the tips stays as they are, for there is nothing to send."""
        found = await self._store.subscription(message.sender)
        is_reached = found is not None and found.state == "active"
        lost = structs.replace(found, state="suspended", due_at=None) if found and is_reached else None
        await self._store.save(message, lost)

    async def change(self, message: Message, **changes: Any) -> Subscription:
        """Change fields of the subscription; who could not be reached is here now.

        Raises NotSubscribed, NotForChildren.
        """
        before = await self.of(message.sender)
        if before and before.state == "suspended":
            before = structs.replace(before, state="active")
        saved = await self._save(before and structs.replace(before, due_at=None, **changes), message)
        if not saved:
            raise NotSubscribed
        return saved

    async def tick_off(self, message: Message) -> Subscription:
        """Count this day for who has asked for a streak. Raises NotSubscribed for who has not."""
        before = await self.of(message.sender)
        counts = before is not None and before.streak is not None
        after = before.awake(message.at).ticked_off(before.local_day(message.at)) if before and counts else None
        saved = await self._store.save(message, after)
        if not saved:
            raise NotSubscribed
        return saved

    async def welcome_back(self, message: Message) -> None:
        """A person who could not be reached is here again: the tips go on."""
        found = await self._store.subscription(message.sender)
        is_back = found is not None and found.state == "suspended"
        await self._save(structs.replace(found, state="active") if found and is_back else None, message)

    async def move(self, message: Message, group: str) -> None:
        """The platform has given the group another id."""
        await self._store.move(message, group)

    async def todays(self, message: Message, tips: Tips) -> Tip:
        """The tip of today: of this person, or for who has no subscription (or is not alone with us) one by date."""
        mine = await self._mine(message)
        if not mine:
            return tips.of_the_day(home_date(message.at))
        day = mine.local_day(message.at)
        had = await self._had(mine, day)
        sent = next((tips.by_id[tip] for tip, last in had.items() if last == day and tip in tips.by_id), None)
        tip = sent or tips.turn(mine.taste, day, had)
        comes_today = mine.due_at is not None and mine.local_day(mine.due_at) == day
        if not sent and not comes_today:
            await self._store.show(mine, tip.id, day, message.at)
        return tip

    async def further(self, message: Message, tips: Tips, number: int) -> Tip:
        """One more than today's, the `number`th of today."""
        mine = await self._mine(message)
        if not mine:
            return tips.further(Taste(), home_date(message.at), {}, number)
        day = mine.local_day(message.at)
        return tips.further(mine.taste, day, await self._had(mine, day), number)

    async def _mine(self, message: Message) -> Subscription | None:
        return await self.here(message) if message.is_private else None

    async def _had(self, mine: Subscription, day: date) -> Had:
        histories = await self._store.histories([mine.address], day - YEAR)
        return histories.get(mine.address.person, History()).had

    async def _save(self, subscription: Subscription | None, message: Message) -> Subscription | None:
        subscription = subscription and subscription.awake(message.at)
        if subscription and subscription.state != "stopped" and subscription.disturbs_children:
            return await self._store.save(message, None, refused=True)
        if subscription and subscription.state == "active" and self.can_push(message.sender.channel):
            subscription = subscription.scheduled(message.at)
        return await self._store.save(message, subscription)


# Whoever subscribes anew wants tips from now on.
_FRESH: dict[str, Any] = {"state": "active", "due_at": None, "paused_until": None}


def since(now: datetime) -> date:
    """From when on it matters what people have had, wherever they are."""
    return now.date() - YEAR - _BEFORE_ANY_ZONE
