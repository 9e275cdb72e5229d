"""Editing answers at the desk: drafts, what is wrong with them, trying them, and turning back what was published."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Literal, Protocol

from msgspec import Struct, structs

from bot.domain.answers import Answer, Layer, Rules, answer_in, body_of, clashes, lacks_source, new_name, with_draft
from bot.domain.entries import Entry
from bot.domain.library import Library
from bot.domain.revisions import Act, Hand, Revision, RevisionReader, RevisionStore, Seen, Stepped

# What can be done to an entry as it is, without writing on it: it takes a second person as well.
Turn = Literal["retire", "undo", "file", "keep"]
HISTORY = 200
# Of what is written on at the same time, so many are listed: a spreadsheet brings hundreds.
MOST_OPEN = 2000
# Libraries with a draft in them that are kept, for who tries one question after the other.
_TRIED = 2


class Flaw(Struct, frozen=True):
    """What keeps an answer from being proposed: `field` is a key of authored files, `code` says what is wrong.

    `clash` is for a `phrasing` that the entry `other` has as well.
    """

    field: str
    code: str
    phrasing: str = ""
    other: Entry | None = None


class Layered(Protocol):
    @property
    def layer(self) -> Layer: ...


class Editing:
    """`rules` are those of the authored files: what is published can always be written back as one."""

    def __init__(
        self,
        store: RevisionStore,
        reader: RevisionReader,
        edition: Layered,
        rules: Rules,
        clock: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._reader = reader
        self._edition = edition
        self._rules = rules
        self._clock = clock
        self._tried: list[tuple[Layer, Entry, Library]] = []
        self._one_at_a_time = asyncio.Lock()

    @property
    def layer(self) -> Layer:
        return self._edition.layer

    def seen(self, name: str) -> Seen:
        """What holds for an entry now, for a new draft."""
        return Seen(base=self.layer.base(name), over=self.layer.over(name))

    async def save(self, entry: Entry, seen: Seen, hand: Hand) -> Stepped:
        """A draft, new or written on. An entry without an id gets one."""
        name = entry.id or new_name(entry.topic, body_of(Answer(entry)))
        return await self._step("save", hand, seen, name, body_of(Answer(_named(entry, name))))

    async def step(self, act: Act, revision: Revision, code: str, hand: Hand, reason: str = "") -> Stepped:
        """Any other step. What has a flaw is neither proposed nor published: `flawed`."""
        if act in ("propose", "publish") and await self.flaws(revision):
            return Stepped("flawed", revision.id)
        return await self._step(act, hand, Seen(revision.id, code), revision.subject, reason=reason)

    async def turn(self, turn: Turn, name: str, hand: Hand) -> Stepped:
        """Propose that an entry be retired, be as before, be as its file has it, or stay as the desk has it."""
        answer = await self._turned(turn, name)
        if not answer:
            return Stepped("unchanged")
        saved = await self._step("save", hand, self.seen(name), name, body_of(answer))
        if not saved.after:
            return saved
        return await self.step("propose", saved.after, saved.after.code, hand)

    async def flaws(self, revision: Revision) -> list[Flaw]:
        answer = answer_in(revision)
        if not answer:
            return [Flaw("answer", "wrong")]
        return [] if answer.retired or not answer.entry else await self.flaws_of(answer.entry)

    async def flaws_of(self, entry: Entry) -> list[Flaw]:
        """By the rules, and where another entry is asked in the same words."""
        layer = self.layer
        found = [Flaw(field, code) for field, code in self._rules(entry, layer.day)]
        if entry.topic not in layer.topics:
            found.append(Flaw("topic", "empty"))
        if lacks_source(layer, entry):
            found.append(Flaw("source", "empty"))
        same = await asyncio.to_thread(clashes, layer.library, entry)
        return [*found, *(Flaw("questions", "clash", phrasing, other) for phrasing, other in same)]

    async def tried(self, entry: Entry) -> Library:
        """The library with this entry in it as well."""
        async with self._one_at_a_time:
            layer = self.layer
            for known, tried, library in self._tried:
                if known is layer and tried == entry:
                    return library
            library = await asyncio.to_thread(with_draft, layer, entry)
            self._tried = [(layer, entry, library), *self._tried][:_TRIED]
            return library

    async def revision(self, number: int) -> Revision | None:
        found = await self._reader.revision(number)
        return found if found and found.kind == "entry" else None

    async def history(self, name: str) -> Sequence[Revision]:
        """All that was written on an entry, the newest first."""
        return await self._reader.of("entry", name, HISTORY)

    async def open(self) -> Sequence[Revision]:
        """What is being written, and what waits for a second person."""
        return await self._reader.listed("entry", ("draft", "proposed", "returned"), None, MOST_OPEN)

    async def _turned(self, turn: Turn, name: str) -> Answer | None:
        """None where there is nothing to turn."""
        layer = self.layer
        laid, entry, filed = layer.laid.get(name), layer.entry(name), layer.filed(name)
        if turn == "retire":
            return Answer(entry, retired=True) if entry and layer.standing(name) != "retired" else None
        if not laid:
            return None
        if turn == "file":
            return Answer() if filed else None
        return laid.answer if turn == "keep" else await self._before(name, laid.revision, filed)

    async def _before(self, name: str, now: Revision, filed: Entry | None) -> Answer | None:
        """What was in force before this one: another one that was published, the file, or nothing."""
        published = [one for one in await self.history(name) if one.state == "published" and one.id != now.id]
        older = [one for one in published if one.changed_at <= now.changed_at]
        said = answer_in(max(older, key=lambda one: one.changed_at)) if older else None
        if said or filed:
            return said or Answer()
        answer = answer_in(now)
        return Answer(answer.entry, retired=True) if answer and answer.entry and not answer.retired else None

    async def _step(self, act: Act, hand: Hand, seen: Seen, name: str, body: bytes = b"", reason: str = "") -> Stepped:
        return await self._store.step(hand.step(act, "entry", name, seen, self._clock(), body, reason))


def _named(entry: Entry, name: str) -> Entry:
    return structs.replace(entry, id=name)
