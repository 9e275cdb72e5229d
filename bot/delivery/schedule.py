"""The tick that asks who is due for today's tip, and puts it into the outbox."""

import asyncio
import logging
from datetime import datetime, timedelta
from typing import Protocol

from bot.domain.library import Shelf
from bot.domain.phrases import Phrases
from bot.domain.subscriptions import LATEST, Planned, Subscription
from bot.domain.tips import Tip, tip_of_the_day
from bot.messages import Button, Reply

log = logging.getLogger(__name__)

AT_ONCE = 500
# On the channels where a person fetches what waits, a tip waits this long.
WAITS_ON_WEB = timedelta(days=3)


class PlanStore(Protocol):
    async def due(self, now: datetime, limit: int) -> list[Subscription]: ...

    async def plan(self, planned: Planned) -> bool: ...


class Schedule:
    def __init__(self, store: PlanStore, shelf: Shelf) -> None:
        self._store = store
        self._shelf = shelf

    async def tick(self, now: datetime) -> None:
        """Plan the tip of everybody whose instant has come by `now`; what is too late is recorded as skipped."""
        while due := await self._store.due(now, AT_ONCE):
            planned = await asyncio.gather(*(self._store.plan(self._planned(one, now)) for one in due))
            log.info("tips planned: %d of %d due", sum(planned), len(due))

    def _planned(self, subscription: Subscription, now: datetime) -> Planned:
        assert subscription.due_at is not None
        library = self._shelf.library
        tip = tip_of_the_day(library.tips, subscription.local_day(subscription.due_at))
        late = now - subscription.due_at >= LATEST
        waits = WAITS_ON_WEB if subscription.address.channel == "web" else LATEST
        return Planned(
            subscription=subscription,
            tip=tip.id,
            reply=None if late else _daily(tip, subscription.language, library.phrases),
            at=now,
            expires_at=subscription.due_at + waits,
        )


def _daily(tip: Tip, language: str, phrases: Phrases) -> Reply:
    text = tip.wording(language).text
    return Reply(
        phrases.say(language, "tips.daily", tip=text),
        buttons=((Button(phrases.say(language, "tips.button.pause"), "/pause"),),),
    )
