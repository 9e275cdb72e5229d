"""The polls that hold: those of the files, over them what the desk has published, and which are stopped."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping

from msgspec import structs

from bot.domain.library import Shelf
from bot.domain.pollforms import story_of
from bot.domain.pollrules import poll_in
from bot.domain.polls import Option, Poll
from bot.domain.revisions import RevisionReader
from bot.domain.stops import StopStore


class PollRoll:
    """Puts on the shelf what is in force. `public` tells which of some stories are public now."""

    def __init__(
        self,
        shelf: Shelf,
        revisions: RevisionReader,
        stops: StopStore,
        public: Callable[[Collection[int]], Awaitable[Collection[int]]],
    ) -> None:
        self._shelf = shelf
        self._revisions = revisions
        self._stops = stops
        self._public = public
        self._seen = 0
        self._polls: Mapping[str, Poll] = {}
        self._one_at_a_time = asyncio.Lock()  # a slow look must not bring back what held before

    async def refresh(self) -> None:
        """Raises Unavailable."""
        async with self._one_at_a_time:
            publications = await self._revisions.publications()
            if publications != self._seen:
                in_force = await self._revisions.in_force("poll")
                self._polls = {revision.subject: poll_in(revision.body) for revision in in_force}
                self._seen = publications
            stopped = frozenset(await self._stops.stops())
            self._shelf.lay(await self._without_taken_down(), stopped)

    async def _without_taken_down(self) -> dict[str, Poll]:
        """A story that is public no more says nothing as a candidate either, which keeps its votes and takes none."""
        stories = {number for poll in self._polls.values() for option in poll.options if (number := story_of(option))}
        gone = stories - set(await self._public(stories)) if stories else frozenset[int]()
        if not gone:
            return dict(self._polls)
        return {name: self._silenced(poll, gone) for name, poll in self._polls.items()}

    def _silenced(self, poll: Poll, gone: Collection[int]) -> Poll:
        options = tuple(self._silent(option) if story_of(option) in gone else option for option in poll.options)
        return structs.replace(poll, options=options)

    def _silent(self, option: Option) -> Option:
        say = self._shelf.library.phrases.say
        title, english = (say(language, "votes.story_down") for language in ("zh", "en"))
        return structs.replace(option, title=title, english=english, summary="", withdrawn=True)
