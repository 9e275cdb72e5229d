"""The tick that asks who is due for today's tip, and puts it into the outbox."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import partial
from typing import Protocol

from bot.domain.cards import answer_buttons, card_button, daily_text, weekly_buttons
from bot.domain.library import Library, Shelf
from bot.domain.subscriptions import LATEST, Daily, History, Planned, Subscription, daily, since
from bot.messages import Address, Button, Reply
from bot.router import in_language

log = logging.getLogger(__name__)

# At a time; what so many have had is read in some milliseconds, for which messages that leave just then are late.
AT_ONCE = 50
# On the channels where a person fetches what waits, a tip waits this long.
WAITS_ON_WEB = timedelta(days=3)


class PlanStore(Protocol):
    async def due(self, now: datetime, limit: int) -> list[Subscription]: ...

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

    async def tick(self, now: datetime) -> None:
        """Plan the tip of everybody whose instant has come by `now`; what is too late is recorded as skipped."""
        while due := await self._store.due(now, AT_ONCE):
            histories = await self._store.histories([one.address for one in due], since(now))
            library = self._shelf.library
            plans = [self._planned(one, library, histories[one.address.person], now) for one in due]
            done = await asyncio.gather(*map(self._store.plan, plans))
            log.info("tips planned: %d of %d due", sum(done), len(due))

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
        reply=None if now >= end else _message(today, subscription, library, card),
        at=now,
        expires_at=subscription.due_at + WAITS_ON_WEB if on_web else end,
        replaces=not on_web,
        asks_weekly=today.asks_weekly,
    )


def _message(today: Daily, subscription: Subscription, library: Library, card: bool) -> Reply:
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
