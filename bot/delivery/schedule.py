"""The tick that asks who is due for today's tip, and puts it into the outbox."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import partial
from typing import Protocol

from bot.context import Unavailable
from bot.domain.cards import answer_buttons, card_button, daily_text, weekly_buttons
from bot.domain.library import Library, Shelf
from bot.domain.subscriptions import LATEST, Daily, History, Mended, Planned, Subscription, daily, since
from bot.messages import Address, Button, Reply
from bot.router import in_language

log = logging.getLogger(__name__)

# At a time; what so many have had is read in some milliseconds, for which messages that leave just then are late.
AT_ONCE = 50
# On the channels where a person fetches what waits, a tip waits this long.
WAITS_ON_WEB = timedelta(days=3)
# How often what nobody waits for is looked at: instants too far ahead, and people whose tip could not be planned.
MENDING = timedelta(hours=1)
# The next instant of a daily tip is nearer, wherever a person moves; of the others each is looked at more closely.
NEAR = timedelta(days=4)
# What was claimed later than now by more than this was claimed by a clock that was ahead.
DRIFT = timedelta(minutes=1)

Page = Callable[[Subscription | None, int], Awaitable[list[Subscription]]]


class PlanStore(Protocol):
    async def due(self, now: datetime, limit: int, besides: Collection[str] = ()) -> list[Subscription]: ...

    async def after(self, instant: datetime, last: Subscription | None, limit: int) -> list[Subscription]: ...

    async def claimed_after(self, instant: datetime, last: Subscription | None, limit: int) -> list[Subscription]: ...

    async def mend(self, mended: Mended) -> bool: ...

    async def histories(self, people: Sequence[Address], since: date) -> Mapping[str, History]: ...

    async def plan(self, planned: Planned) -> bool: ...


class Schedule:
    """A tip that is due still goes out `late` after its time, then it is skipped.

    `drawing` are the channels on which a tip is offered as a card.
    """

    def __init__(
        self, store: PlanStore, shelf: Shelf, late: timedelta = LATEST, drawing: frozenset[str] = frozenset()
    ) -> None:
        self._store = store
        self._shelf = shelf
        self._late = late
        self._drawing = drawing
        self._mended_at: datetime | None = None
        self._broken: set[str] = set()

    async def tick(self, now: datetime) -> None:
        """Plan the tip of everybody whose instant has come by `now`; what is too late is recorded as skipped."""
        if not self._is_mended(now):
            await self._mend(now)
        while due := await self._store.due(now, AT_ONCE, self._broken):
            histories = await self._store.histories([one.address for one in due], since(now))
            library = self._shelf.library
            plans = [self._plan(one, library, histories[one.address.person], now) for one in due]
            done = await asyncio.gather(*map(self._unless_broken, due, plans))
            log.info("tips planned: %d of %d due", sum(done), len(due))

    async def _plan(self, subscription: Subscription, library: Library, history: History, now: datetime) -> bool:
        return await self._store.plan(self._planned(subscription, library, history, now))

    async def _unless_broken(self, subscription: Subscription, work: Awaitable[bool]) -> bool:
        """A fault in one person's row ends the work for nobody else; that person's turn comes again within an hour."""
        try:
            return await work
        except Unavailable:
            raise
        except Exception as fault:
            self._broken.add(subscription.address.person)
            reason, zone = type(fault).__name__, subscription.zone
            log.error("one person's next tip cannot be planned (%s; time zone %s); all others go on", reason, zone)
            return False

    def _is_mended(self, now: datetime) -> bool:
        """Whether that is less than an hour ago: by a clock that was an hour ahead, or more, it is not."""
        return self._mended_at is not None and timedelta() <= now - self._mended_at < MENDING

    async def _mend(self, now: datetime) -> None:
        """Plan anew what a clock that had gone wrong has set too far ahead."""
        self._broken.clear()
        await self._mend_all(partial(self._store.claimed_after, now + DRIFT), now, claimed_ahead=True)
        await self._mend_all(partial(self._store.after, now + NEAR), now, claimed_ahead=False)
        self._mended_at = now

    async def _mend_all(self, found: Page, now: datetime, *, claimed_ahead: bool) -> None:
        last = None
        while some := await found(last, AT_ONCE):
            last = some[-1]
            work = [self._unless_broken(one, self._mend_one(one, now, claimed_ahead)) for one in some]
            if count := sum(await asyncio.gather(*work)):
                log.warning("the clock had gone wrong: the next tips of %d people are planned anew", count)

    async def _mend_one(self, subscription: Subscription, now: datetime, claimed_ahead: bool) -> bool:
        anew = subscription.planned_anew(now, self._late, claimed_ahead=claimed_ahead)
        return anew is not subscription and await self._store.mend(Mended(subscription, anew, now))

    def _planned(self, subscription: Subscription, library: Library, history: History, now: datetime) -> Planned:
        card = subscription.address.channel in self._drawing
        return planned(subscription, library, history, now, self._late, card=card)


def planned(
    subscription: Subscription,
    library: Library,
    history: History,
    now: datetime,
    late: timedelta = LATEST,
    *,
    card: bool = False,
) -> Planned:
    """What is done about a subscription whose instant has come; with `card` the tip is offered as a picture too."""
    assert subscription.due_at is not None
    today = daily(subscription, library.tips, history, now)
    end = subscription.send_until(late)
    on_web = subscription.address.channel == "web"
    return Planned(
        subscription=subscription,
        tip=today.tip.id,
        reply=None if now >= end else message_of(today, subscription, library, card),
        at=now,
        expires_at=subscription.due_at + WAITS_ON_WEB if on_web else end,
        replaces=not on_web,
        asks_weekly=today.asks_weekly,
    )


def message_of(today: Daily, subscription: Subscription, library: Library, card: bool) -> Reply:
    """What goes out."""
    language = subscription.language
    say = partial(library.phrases.say, language)
    cards = (card_button(say, today.tip),) if card else ()
    last = (Button(say("tips.button.pause"), "/pause"), *cards, Button(say("tips.button.more"), "/tip more"))
    return in_language(
        Reply(
            daily_text(say, language, today, subscription.audience),
            buttons=(*answer_buttons(language, today.tip), *weekly_buttons(say, today), last),
        ),
        language,
    )
