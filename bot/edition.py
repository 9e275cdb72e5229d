"""What is in force of all that is said: the content folder, with what the desk has published over it."""

import asyncio
import gc
import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import date, datetime
from pathlib import Path

from msgspec import structs

import handlers
from bot.content import ContentErrors, fingerprint, load
from bot.content.tips import fitted
from bot.content.written import faults_of
from bot.context import Unavailable
from bot.domain.answers import Layer, laid_over
from bot.domain.library import Library, Shelf
from bot.domain.overlay import Fitted, laid_by
from bot.domain.revisions import Revision, RevisionReader
from bot.domain.times import home_date
from bot.storage.votes import Conflict

log = logging.getLogger(__name__)

# A message makes hundreds of objects and hardly a cycle: with Python's own 700 the collector runs for nothing.
OBJECTS_BETWEEN_COLLECTIONS = 20_000

Clock = Callable[[], datetime]


class Edition:
    """What people hear: the content folder, and what was published at the desk over it.

    A good edit of the folder is in force within seconds, a broken one changes nothing; so is what is published. What
    has expired goes by itself, also while the folder or the database cannot be used.
    """

    def __init__(
        self,
        folder: Path,
        shelf: Shelf,
        install: Callable[[Library], Awaitable[None]],
        published: RevisionReader,
        clock: Clock,
    ) -> None:
        self._folder = folder
        self._shelf = shelf
        self._install = install
        self._published = published
        self._clock = clock
        self._seen = fingerprint(folder)
        self._one_at_a_time = asyncio.Lock()  # a slow look that began before midnight must not bring back what expired
        self.layer = Layer(shelf.library, shelf.library, home_date(clock()))
        self.tips = Fitted(shelf.library.tips)
        self.tips_published: Sequence[Revision] = ()
        self.state = "ready"

    async def refresh(self) -> None:
        """Drop what has expired, load the files anew if one has changed, lay over them what has been published."""
        async with self._one_at_a_time:
            await self._refresh()

    async def _refresh(self) -> None:
        today, before = home_date(self._clock()), self.layer
        authored = await self._authored(today)
        if authored is not before.authored or today != before.day:
            before = Layer(authored, authored, today)
        publications, published, tips = await self._in_force()
        if before is self.layer and publications == before.publications:
            return
        layer = await asyncio.to_thread(laid_over, authored, published, faults_of, before, publications)
        if authored is not self.layer.authored or tips != self.tips_published:
            self.tips = await self._fitted(authored, tips)
        library = structs.replace(layer.library, tips=self.tips.tips)
        self.layer, self.tips_published = structs.replace(layer, library=library), tips
        self._shelf.library = library
        await asyncio.to_thread(settle_memory)
        for name, one in layer.laid.items():
            if one.fault:
                log.error("what was published of %s is left out (%s): look at the desk", name, one.fault)
        for name, why in self.tips.misfits.items():
            log.error("what was published of the tip %s is left out (%s): look at the desk", name, why)

    async def _fitted(self, authored: Library, published: Sequence[Revision]) -> Fitted:
        if not published:
            return Fitted(authored.tips)
        return await asyncio.to_thread(fitted, authored.filed_tips, list(map(laid_by, published)))

    async def _in_force(self) -> tuple[int, Sequence[Revision], Sequence[Revision]]:
        """How many publications there have been, and the answers and tips by them; as before, where it is not read."""
        try:
            publications = await self._published.publications()
            if publications != self.layer.publications:
                entries, tips = await self._published.in_force("entry"), await self._published.in_force("tip")
                return publications, entries, tips
        except Unavailable:
            log.warning("what was published at the desk cannot be read now; it is tried again")
        return self.layer.publications, [one.revision for one in self.layer.laid.values()], self.tips_published

    async def _authored(self, today: date) -> Library:
        """The files as they are today; as before, while there are mistakes in them."""
        before = self.layer.authored
        if before.has_expired(today):
            before = await asyncio.to_thread(before.as_of, today)
            log.info("what was valid until yesterday is said no more")
        now = await asyncio.to_thread(fingerprint, self._folder)
        if now == self._seen:
            return before
        try:
            library = await asyncio.to_thread(load, self._folder, today, handlers.COMMANDS)
            await self._install(library)
        except Unavailable:
            self.state = "the edited content has a poll that is not stored yet; it is tried again"
            return before
        except Conflict as fault:
            self.state = f"the edited content is refused, the edition before stays; {fault}"
            log.error("%s", self.state)
        except ContentErrors as fault:
            self.state = "the edited content has mistakes, the edition before stays; run: haowangmin check"
            log.error("%s\n%s", self.state, fault)
        else:
            before, self.state = library, "ready"
            log.info("content loaded anew")
        self._seen = now
        return before


def settle_memory() -> None:
    """Take what is loaded out of later collections: the search is 300,000 objects, 0.1 s to walk, and stays anyway."""
    gc.unfreeze()
    gc.collect()
    gc.freeze()
    gc.set_threshold(OBJECTS_BETWEEN_COLLECTIONS)
