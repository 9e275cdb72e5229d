"""The tick that looks through new votes for what is suspicious, and has it held."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence, Set
from datetime import datetime
from typing import Protocol

from bot.domain.holds import Suspicion
from bot.domain.library import Shelf
from bot.domain.suspicion import HAND_MS, HAND_VOTES, Finding, Seen, Watch, by_minute, hasty, quick_hands, suspects

log = logging.getLogger(__name__)

VOTES_A_TICK = 20_000  # of a poll: a tenth of a second of work; what is left comes with the next tick


class WatchStore(Protocol):
    async def watch(self, poll: str) -> Watch:
        """What is remembered of a poll; at first nothing."""
        ...

    async def remember(self, poll: str, watch: Watch) -> None: ...

    async def unseen(self, poll: str, seq: int, before: datetime, limit: int) -> list[Seen]:
        """The votes after a ledger row, in their order, up to the first of the minute that begins at an instant.

        Votes from after that minute are over as well: the clock was set back since.
        """
        ...

    async def votes_for(self, poll: str, finding: Finding) -> list[Seen]:
        """The votes for a finding's candidate in its rows, in their order."""
        ...

    async def votes_of(self, poll: str, voters: Set[bytes]) -> list[Seen]:
        """All votes that these voters cast."""
        ...


class Watchman:
    """Looks minute by minute. What is found is held before it is remembered: after a crash it is found again."""

    def __init__(self, store: WatchStore, hold: Callable[[Suspicion], Awaitable[int]], shelf: Shelf) -> None:
        self._store = store
        self._hold_new = hold
        self._shelf = shelf

    async def tick(self, now: datetime) -> None:
        """Look at all minutes that are over; one poll's trouble stays its own."""
        for poll in self._shelf.library.polls.values():
            try:
                if poll.is_watched:
                    await self._look(poll.id, now)
            except Exception:
                log.exception("the votes of %s were not looked through; it is tried again", poll.id)

    async def _look(self, poll: str, now: datetime) -> None:
        watch = await self._store.watch(poll)
        votes = await self._store.unseen(poll, watch.seq, now.replace(second=0, microsecond=0), VOTES_A_TICK)
        minutes = list(by_minute(votes))
        if len(votes) == VOTES_A_TICK and len(minutes) > 1:
            minutes.pop()  # it may go on
        for minute in minutes:
            for finding in watch.look(minute):
                voters = suspects(finding, await self._store.votes_for(poll, finding))
                await self._hold(Suspicion(poll, finding.detector, finding.option, finding.numbers, voters, now))
            await self._hold_quick_hands(poll, minute, now)
            await asyncio.sleep(0)
        if minutes:
            await self._store.remember(poll, watch)

    async def _hold_quick_hands(self, poll: str, minute: Sequence[Seen], now: datetime) -> None:
        in_haste = hasty(minute)
        if in_haste:
            voters = quick_hands(await self._store.votes_of(poll, in_haste))
            numbers: dict[str, float] = {"votes": HAND_VOTES, "seconds": HAND_MS / 1000}
            await self._hold(Suspicion(poll, "rhythm", 0, numbers, voters, now))

    async def _hold(self, suspicion: Suspicion) -> None:
        held = await self._hold_new(suspicion) if suspicion.voters else 0
        if held:
            log.warning("%s: %d accounts are held (%s)", suspicion.poll, held, suspicion.detector)
