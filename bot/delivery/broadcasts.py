"""Broadcasts: what an operator is shown before one begins, and the tick that makes and ends its messages."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from msgspec import structs

from bot.domain.broadcasts import LASTS, BroadcastStore, Draft, Forecast, Notice, Share
from bot.domain.library import Shelf
from bot.domain.subscriptions import Subscription
from bot.domain.text import manner_of
from bot.domain.tips import Audience
from bot.messages import Address, Button, Reply
from bot.router import in_language

log = logging.getLogger(__name__)

# People looked at in one go.
AT_ONCE = 500
# A count is shown for so long before it is made anew; who asks waits for it so long, then asks again.
COUNT_HOLDS = timedelta(minutes=5)
COUNT_SECONDS = 0.2


class Road(Protocol):
    """A channel by which people can be written to first."""

    name: str

    async def reachable(self, people: Sequence[Address], now: datetime) -> int:
        """To how many of them a message could go now."""
        ...

    def seconds_for(self, messages: int) -> float:
        """How long so many messages take at the platform's rate."""
        ...

    def shown(self, reply: Reply) -> str:
        """What a person sees of it there."""
        ...


class Broadcasts:
    """All that operators do with broadcasts, on these roads."""

    def __init__(self, store: BroadcastStore, roads: Sequence[Road], shelf: Shelf) -> None:
        self._store = store
        self._roads = {road.name: road for road in roads}
        self._shelf = shelf

    @property
    def channels(self) -> tuple[str, ...]:
        return tuple(self._roads)

    def notice(self, text: str, audience: Audience, channels: Sequence[str], now: datetime) -> Notice:
        """The text to the letter, with the way out below it, in its language."""
        manner = manner_of(text)
        leave = Button(self._shelf.library.phrases.say(manner, "tips.button.stop"), "/unsubscribe")
        reply = structs.replace(in_language(Reply(buttons=((leave,),)), manner), text=text)
        return Notice(reply, audience, tuple(channels), now + LASTS)

    def seconds_for(self, channels: Sequence[str], messages: int) -> float:
        """How long so many messages take at most, whichever of the channels they go by."""
        roads = [self._roads[channel] for channel in channels if channel in self._roads]
        return max((road.seconds_for(messages) for road in roads), default=0.0)

    def shown(self, notice: Notice) -> dict[str, str]:
        """What people see of it, by channel."""
        return {channel: self._roads[channel].shown(notice.reply) for channel in notice.channels}

    async def forecast(self, notice: Notice, now: datetime) -> Forecast:
        shares = [await self._share(self._roads[channel], notice, now) for channel in notice.channels]
        return Forecast(tuple(share for share in shares if share.people))

    async def _share(self, road: Road, notice: Notice, now: datetime) -> Share:
        people = reachable = resting = 0
        async for some in self._subscribers(road.name):
            wanted = [one for one in some if notice.is_for(one, now)]
            people += len(wanted)
            reachable += await road.reachable([one.address for one in wanted], now)
            resting += sum(notice.span(road.name, one.audience, one.zone, now)[0] > now for one in wanted)
        return Share(road.name, people, reachable, resting, road.seconds_for(reachable))

    async def _subscribers(self, channel: str) -> AsyncIterator[Sequence[Subscription]]:
        last = ""
        while some := await self._store.subscribers(channel, last, AT_ONCE):
            last = some[-1].address.user
            yield some


class Prospects:
    """What drafts of the desk would do: people are counted in the background, for of a million it takes a while."""

    def __init__(self, broadcasts: Broadcasts, clock: Callable[[], datetime]) -> None:
        self._broadcasts = broadcasts
        self._clock = clock
        self._counts: dict[tuple[Audience, tuple[str, ...]], asyncio.Task[tuple[datetime, Forecast]]] = {}
        self._one_at_a_time = asyncio.Lock()

    @property
    def channels(self) -> tuple[str, ...]:
        return self._broadcasts.channels

    def shown(self, draft: Draft) -> dict[str, str]:
        """What people see of it, by channel."""
        return self._broadcasts.shown(self._notice(draft))

    def seconds_for(self, channels: Sequence[str], messages: int) -> float:
        return self._broadcasts.seconds_for(channels, messages)

    async def counted(self, draft: Draft) -> Forecast | None:
        """How many people it would reach, as counted within the last minutes; None while they are being counted."""
        key = draft.audience, draft.channels
        task = self._counts.get(key)
        if task is None or self._is_old(task):
            task = self._counts[key] = asyncio.create_task(self._count(draft))
        done, _ = await asyncio.wait({task}, timeout=COUNT_SECONDS)
        return task.result()[1] if done else None

    async def close(self) -> None:
        tasks = list(self._counts.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _is_old(self, task: "asyncio.Task[tuple[datetime, Forecast]]") -> bool:
        """One that goes on is not, however long it takes; one that failed is tried again."""
        if not task.done():
            return False
        if task.cancelled() or task.exception():
            return True
        return not timedelta(0) <= self._clock() - task.result()[0] < COUNT_HOLDS

    async def _count(self, draft: Draft) -> tuple[datetime, Forecast]:
        """With the instant at which it was done."""
        async with self._one_at_a_time:
            forecast = await self._broadcasts.forecast(self._notice(draft), self._clock())
        return self._clock(), forecast

    def _notice(self, draft: Draft) -> Notice:
        there = [channel for channel in draft.channels if channel in self.channels]
        return self._broadcasts.notice(draft.text, draft.audience, there, self._clock())


class PlanStore(Protocol):
    async def unplanned(self) -> Sequence[int]: ...

    async def plan(self, number: int, now: datetime) -> bool: ...

    async def unsettled(self, now: datetime) -> Sequence[int]: ...

    async def settle(self, number: int, now: datetime) -> bool: ...


class Announcer:
    """Makes the messages of broadcasts, and ends those that are not to go out; the courier sends them."""

    def __init__(self, store: PlanStore) -> None:
        self._store = store

    async def tick(self, now: datetime) -> None:
        """Go on wherever it was left. Broadcasts that begin together are planned side by side."""
        numbers = await self._store.unplanned()
        while numbers:
            numbers = [number for number in numbers if await self._store.plan(number, now)]
        for number in await self._store.unsettled(now):
            while await self._store.settle(number, now):
                pass
