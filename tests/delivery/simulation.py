"""Months of tips on the real schedule, storage and courier, with all that goes wrong; a clock that jumps."""

import random
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from msgspec import structs
from sqlalchemy import event, func, literal_column, select

from bot.delivery.outbox import Courier
from bot.delivery.schedule import Schedule
from bot.domain.library import Shelf
from bot.domain.times import zone_of
from bot.domain.tips import YEAR
from bot.messages import Address, Outcome, Reply, Sent
from bot.storage.database import Database
from bot.storage.prepared import Finding
from bot.storage.tables import deliveries, outbox, subscriptions
from tests.conftest import Clock
from tests.delivery.samples import LIBRARY, TIPS, Platform, Service

ZONES = (
    *("Asia/Shanghai", "Asia/Kathmandu", "Asia/Tehran", "Europe/Berlin", "Europe/London", "America/New_York"),
    *("America/Los_Angeles", "America/St_Johns", "America/Santiago", "Australia/Lord_Howe", "Pacific/Auckland"),
    "Pacific/Kiritimati",
)
TIMES = tuple(map(time.fromisoformat, ("00:00", "02:30", "08:00", "20:00", "23:30")))
ENDS = {"sent", "refused", "unknown", "expired", "skipped"}
# Outages and jumps of the clock by the day, the others by the message or the step.
ERRORS, BLOCKS, CRASHES, OUTAGES, JUMPS, CHANGES, EXPIRIES = 0.05, 0.004, 0.0015, 0.5, 0.4, 0.05, 0.2
PRUNING = timedelta(days=1)
FARTHEST_BACK = timedelta(minutes=60)

_DUE = Finding(select(func.min(subscriptions.c.due_at).label("at")))
_WAITS = Finding(select(func.min(outbox.c.due_at).label("at")).where(outbox.c.state == literal_column("'planned'")))
_AWAY = Finding(select(subscriptions.c.user).where(subscriptions.c.state != literal_column("'active'")))


class Crash(BaseException):
    """The process is gone. No code of ours catches it."""


class Mortal:
    """A store, or a platform, whose calls end the process by chance, before or after they have had their effect."""

    def __init__(self, inner: Any, world: "World") -> None:
        self._inner = inner
        self._world = world

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        return self._deadly(found) if name in {"due", "plan", "waiting", "begin", "finish", "send"} else found

    def _deadly(self, call: Callable[..., Awaitable[object]]) -> Callable[..., Awaitable[object]]:
        async def run(*args: object, **named: object) -> object:
            self._world.perhaps_die()
            result = await call(*args, **named)
            self._world.perhaps_die()
            return result

        return run


class Moody(Platform):
    """Refuses, floods, loses answers, and knows who has blocked us."""

    def __init__(self, chance: random.Random) -> None:
        super().__init__()
        self.chance = chance
        self.blocked: set[str] = set()
        self.sent = Counter[tuple[str, str]]()

    async def send(self, address: Address, reply: Reply, *, is_tip: bool = True) -> Sent:
        if self.chance.random() < BLOCKS:
            self.blocked.add(address.user)
        if address.user in self.blocked:
            return Sent(Outcome.UNREACHABLE, reason="forbidden")
        if self.chance.random() < ERRORS:
            return self._trouble(address, reply)
        return self._take(address, reply)

    def _take(self, address: Address, reply: Reply) -> Sent:
        self.sent[address.user, reply.text.split("\n")[0].removeprefix("今日一招：")] += 1
        return Sent(Outcome.SENT)

    def _trouble(self, address: Address, reply: Reply) -> Sent:
        match self.chance.randrange(4):
            case 0:
                return Sent(Outcome.RETRY, self.chance.choice((1.0, 30.0, 20_000.0)), "flood")
            case 1:
                return Sent(Outcome.REFUSED, reason="malformed")
            case 2:
                self._take(address, reply)  # and the answer is lost
        return Sent(Outcome.UNKNOWN, reason="timeout")


@dataclass
class Wish:
    """What a person wanted from `since` on, until `until`."""

    at: time
    zone: str
    since: datetime
    until: datetime | None = None

    def days(self, end: datetime, after: date) -> set[date]:
        """The local dates on which a tip was due, of those after a date that had its tip before the wish.

        Who moves to the west comes to a date a second time, or to one that a tip of the east has gone ahead of.
        """
        place, until, found = zone_of(self.zone), self.until or end, set()
        day = self.since.astimezone(place).date()
        while day <= until.astimezone(place).date():
            if day > after and self.since < datetime.combine(day, self.at, place).astimezone(UTC) <= until:
                found.add(day)
            day += timedelta(days=1)
        return found


@dataclass
class World:
    """`crashes` is their share of the calls; `spoil` breaks a promise of each new process: does the verdict notice?"""

    url: str
    people: int
    days: int
    seed: int
    clock: Clock = field(default_factory=lambda: Clock(datetime(2026, 10, 20, tzinfo=UTC)))  # before clocks go back
    crashes: float = CRASHES
    spoil: Callable[[Service], None] = lambda service: None

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)
        self.platform = Moody(self.chance)
        self.wishes: dict[str, list[Wish]] = defaultdict(list)
        self.events = Counter[str]()
        self.database = Database(self.url, self.clock)
        if self.database.is_sqlite:  # only for speed: what dies here is our process, not the machine
            writing = self.database._writing.sync_engine
            event.listen(writing, "connect", lambda connection, _: connection.execute("PRAGMA synchronous=OFF"))
        self.is_dead = False
        self.is_quiet = True
        self.messages = 0
        self.pruned_at = self.clock.now
        self.end = self.clock.now + timedelta(days=self.days)

    def perhaps_die(self) -> None:
        if self.is_dead or (not self.is_quiet and self.chance.random() < self.crashes):
            self.is_dead = True
            raise Crash

    async def run(self) -> None:
        await self.database.migrate()
        self._start()
        for number in range(self.people):
            await self._wish(str(number))
        self.is_quiet = False
        while (instant := await self._next()) <= self.end:
            before, self.clock.now = self.clock.now, max(self.clock.now, instant) + timedelta(milliseconds=1)
            await self._trouble((self.clock.now - before) / timedelta(days=1))
            await self._work()
            await self._changes()
        self.is_quiet = True
        self.clock.now += timedelta(days=4)  # what still waits comes to its end
        await self.service.outbox.expire(self.clock.now)

    def _start(self) -> None:
        """A new process: nothing but the database is left of the one before."""
        self.is_dead = False
        service = self.service = Service(self.database, self.clock, self.platform)
        self.spoil(service)
        service.schedule = Schedule(Mortal(service.records, self), Shelf(LIBRARY))
        service.courier = Courier(Mortal(service.outbox, self), Mortal(self.platform, self), self.clock)

    async def _restart(self, why: str) -> None:
        self.events[why] += 1
        await self.database.writer.close()  # what was under way reached the disk
        self._start()
        await self.service.outbox.give_up_interrupted("telegram")

    async def _work(self) -> None:
        """What the jobs of the clock and the courier do, until they have come through once."""
        while True:
            try:
                await self.service.schedule.tick(self.clock.now)
                await self.service.courier.send_waiting()
                if self.chance.random() < EXPIRIES:
                    await self.service.outbox.expire(self.clock.now)
                await self._prune()
            except Crash:
                await self._restart("crash")
            else:
                return

    async def _prune(self) -> None:
        if self.clock.now - self.pruned_at > PRUNING:
            self.pruned_at = self.clock.now
            await self.service.outbox.prune(self.clock.now)

    async def _trouble(self, days: float) -> None:
        if not self.events["long outage"] and self.clock.now > self.end - timedelta(days=self.days) / 2:
            self.clock.passes(hours=20)
            await self._restart("long outage")
        elif self.chance.random() < OUTAGES * days:
            self.clock.passes(seconds=10 ** self.chance.uniform(0, 5.1127))  # 1 s to 36 h
            await self._restart("outage")
        elif self.chance.random() < JUMPS * days:
            self.events["jump"] += 1
            self.clock.passes(minutes=self.chance.choice((-60, -10, -1, 1, 10, 90)))

    async def _next(self) -> datetime:
        rows = await self.database.look_up(lambda connection: [*_DUE.rows(connection), *_WAITS.rows(connection)])
        found = [row.at for row in rows]
        instants = [instant for instant in found if instant is not None]
        return datetime.fromtimestamp(min(instants) / 1000, UTC) if instants else self.end

    async def _changes(self) -> None:
        """People write to us while we run; who blocked us and comes back is welcomed."""
        away = {row.user for row in await self.database.look_up(_AWAY.rows)}
        for user in away:
            if self.wishes[user][-1].until is None:
                self.wishes[user][-1].until = self.clock.now
        if self.chance.random() < CHANGES:
            self.events["change"] += 1
            await self._wish(str(self.chance.randrange(self.people)))
        if away and self.chance.random() < CHANGES:
            self.events["return"] += 1
            await self._wish(self.chance.choice(sorted(away)))

    async def _wish(self, user: str) -> None:
        """A new time and zone; who was away is back."""
        self.platform.blocked.discard(user)
        now = self.clock.now
        wish = Wish(self.chance.choice(TIMES), self.chance.choice(ZONES), now)
        before = self.wishes[user]
        if before and before[-1].until is None:
            before[-1].until = now
        before.append(wish)
        service, self.messages = self.service, self.messages + 1
        message = service.message(user, message_id=f"message {self.messages}")
        await service.subscriptions.subscribe(message, wish.at, "zh")
        found = await service.records.subscription(message.sender)
        assert found
        placed = structs.replace(found, zone=wish.zone).scheduled(now)
        await service.records.save(service.message(user, message_id=f"zone {self.messages}"), placed)


@dataclass(frozen=True)
class Verdict:
    """What the records say against what the platform and the people know."""

    expected: int
    missed: list[tuple[str, str]]
    twice: list[tuple[str, str]]
    too_soon: list[tuple[str, str]]
    untrue: list[tuple[str, str, str]]
    states: Counter[str]


async def verdict(world: World) -> Verdict:
    async with world.database.reading() as connection:
        columns = deliveries.c
        wanted = (columns.user, columns.day, columns.tip, columns.state, columns.at)
        rows = (await connection.execute(select(*wanted).order_by(columns.day))).all()
    recorded = {(row.user, row.day) for row in rows}
    expected = expected_of(world, [(row.user, row.day, row.at) for row in rows])
    texts = {tip.id: tip.chinese.text for tip in TIPS} | {
        "": ""
    }  # who changes the time as it comes has no tip that day
    arrived = world.platform.sent
    told = Counter((row.user, texts[row.tip], row.state) for row in rows)
    dates = Counter((row.user, texts[row.tip]) for row in rows if row.state != "skipped")
    untrue = [
        (row.user, row.day, row.state)
        for row in rows
        if row.state not in ENDS or not _is_true(row.user, texts[row.tip], told, arrived)
    ]
    untrue += [(*one, "not on record") for one in arrived if not told[*one, "sent"] + told[*one, "unknown"]]
    return Verdict(
        expected=len(expected),
        missed=sorted(expected - recorded),
        twice=[one for one, times in arrived.items() if times > dates[one]],
        too_soon=_had_again_within_a_year([(row.user, row.tip, row.day) for row in rows if row.state != "skipped"]),
        untrue=untrue,
        states=Counter(row.state for row in rows),
    )


def _had_again_within_a_year(had: Sequence[tuple[str, str, str]]) -> list[tuple[str, str]]:
    """Of people, tips and dates, in the order of dates."""
    last: dict[tuple[str, str], date] = {}
    found = []
    for user, tip, iso in had:
        day = date.fromisoformat(iso)
        if day - last.get((user, tip), date.min) < YEAR:
            found.append((user, tip))
        last[user, tip] = day
    return found


def expected_of(world: World, records: Sequence[tuple[str, str, int]]) -> set[tuple[str, str]]:
    """Who wanted a tip on which date; `records` are people, dates and when each was planned, in the order of dates."""
    planned = defaultdict[str, list[tuple[str, int]]](list)
    for user, day, at in records:
        planned[user].append((day, at))
    expected = set()
    for user, wishes in world.wishes.items():
        for wish in wishes:
            known = (wish.since + FARTHEST_BACK).timestamp() * 1000
            last = max((day for day, at in planned[user] if at <= known), default=date.min.isoformat())
            expected |= {(user, day.isoformat()) for day in wish.days(world.end, date.fromisoformat(last))}
    return expected


def _is_true(user: str, text: str, told: Counter[tuple[str, str, str]], arrived: Counter[tuple[str, str]]) -> bool:
    """A tip arrived as often as it was recorded as sent, or may have been; one that was skipped may come later."""
    sent, unknown = told[user, text, "sent"], told[user, text, "unknown"]
    return sent <= arrived[user, text] <= sent + unknown
