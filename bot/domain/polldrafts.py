"""Writing a poll at the desk: drafts, their rules and candidates, and the steps to a published one."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from msgspec import Struct, structs

from bot.domain import pollforms
from bot.domain.library import Shelf
from bot.domain.pollrules import MAX_NUMBER, Fault, body_of, contradictions, faults_of, poll_in, too_late
from bot.domain.polls import Option, Poll
from bot.domain.revisions import Act, Hand, Revision, RevisionReader, RevisionStore, Seen, State, code_of
from bot.domain.stories import Story

OPEN: tuple[State, ...] = ("draft", "proposed", "returned")
# Somebody else may save in between; both changes go in, one after the other.
ATTEMPTS = 5


class Saved(Struct, frozen=True):
    """The outcome's code and the draft's number; with `unfit` all that is wrong."""

    code: str
    number: int = 0
    faults: tuple[Fault, ...] = ()


class Draft(Struct, frozen=True):
    """A revision with the poll in it; `known` is the poll as it holds now, None for a new one.

    `numbers` are those that were given to candidates for good. It is `overtaken` when another draft was published
    since this one was begun.
    """

    revision: Revision
    poll: Poll
    known: Poll | None
    numbers: Mapping[int, str]
    overtaken: bool

    def faults(self, at: datetime) -> list[Fault]:
        """All that keeps it from being published at this instant."""
        found = faults_of(self.poll)
        if self.known:
            found += contradictions(self.known, self.poll, at)
        if not self.known or self.known.state(at) == "scheduled":
            found += too_late(self.poll, at)
        return found


class _Stopped(Exception):
    """Nothing is saved, for what `saved` says."""

    def __init__(self, saved: Saved) -> None:
        super().__init__(saved.code)
        self.saved = saved


class Revisions(RevisionStore, RevisionReader, Protocol):
    """Both at once."""


class PollDrafts:
    """`numbers` tells which number stands for which candidate for good; `published` is called after a publication."""

    def __init__(
        self,
        revisions: Revisions,
        shelf: Shelf,
        numbers: Callable[[str], Awaitable[dict[int, str]]],
        published: Callable[[], Awaitable[None]],
        clock: Callable[[], datetime],
    ) -> None:
        self._revisions = revisions
        self._shelf = shelf
        self._numbers = numbers
        self._published = published
        self._clock = clock

    async def waiting(self, before: int | None, limit: int) -> Sequence[Revision]:
        """Those that are being written or wait for a colleague, the newest first."""
        return await self._revisions.listed("poll", OPEN, before, limit)

    async def history(self, name: str, limit: int) -> Sequence[Revision]:
        return await self._revisions.of("poll", name, limit)

    async def draft(self, number: int) -> Draft | None:
        revision = await self._revisions.revision(number)
        if not revision or revision.kind != "poll":
            return None
        known, over = await self._in_force(revision.subject)
        is_open = revision.state in OPEN
        poll = poll_in(revision.body)
        return Draft(revision, poll, known, await self._numbers(poll.id), is_open and revision.over != over)

    async def open_draft(self, name: str) -> int:
        """The newest draft of a poll that can still be published, 0 for none."""
        _, over = await self._in_force(name)
        found = await self._revisions.of("poll", name, limit=10)
        return next((one.id for one in found if one.state in OPEN and one.over == over), 0)

    async def beginning(self, name: str) -> Poll:
        """What a form begins with: a poll as it holds, a new one without a name."""
        known, _ = await self._in_force(name) if name else (None, 0)
        return known or pollforms.blank()

    async def begin(self, hand: Hand, form: Mapping[str, str], name: str = "") -> Saved:
        """A draft of a new poll, or of changes to the one with this name."""
        known, over = await self._in_force(name) if name else (None, 0)
        faults: list[Fault] = []
        if not known:
            name, faults = pollforms.read_id(form, await self._taken(form.get("id", "").strip().lower()))
        poll, more = pollforms.read_rules(form, known or pollforms.blank(name))
        faults += more + (contradictions(known, poll, self._clock()) if known else [])
        if faults:
            return Saved("unfit", faults=tuple(faults))
        authored = self._shelf.authored.polls.get(name)
        base = code_of(body_of(authored)) if authored else ""
        seen = Seen(base=base, over=over)
        stepped = await self._revisions.step(hand.step("save", "poll", name, seen, self._clock(), body_of(poll)))
        return Saved(stepped.code, stepped.number)

    async def save_rules(self, hand: Hand, number: int, form: Mapping[str, str]) -> Saved:
        """Of two who write on the rules, the second is told; candidates that somebody adds meanwhile stay."""

        def change(draft: Draft) -> Poll:
            poll, faults = pollforms.read_rules(form, draft.poll)
            faults += contradictions(draft.known, poll, self._clock()) if draft.known else []
            if faults:
                raise _Stopped(Saved("unfit", number, tuple(faults)))
            if pollforms.rules_code(draft.poll) != form.get("seen"):
                raise _Stopped(Saved("changed", number))
            return poll

        return await self._edit(hand, number, change)

    async def add_candidate(self, hand: Hand, number: int, form: Mapping[str, str]) -> Saved:
        def change(draft: Draft) -> Poll:
            return _added(draft, number, pollforms.new_candidate(draft.poll, draft.numbers), form)

        return await self._edit(hand, number, change)

    async def add_candidates(self, hand: Hand, number: int, forms: Sequence[Mapping[str, str]]) -> Saved:
        """All of them behind the others, or none."""

        def change(draft: Draft) -> Poll:
            for form in forms:
                option = pollforms.new_candidate(draft.poll, draft.numbers)
                draft = structs.replace(draft, poll=_added(draft, number, option, form))
            return draft.poll

        return await self._edit(hand, number, change)

    async def add_story(self, hand: Hand, number: int, story: Story) -> Saved:
        """A public story as a candidate, once."""

        def change(draft: Draft) -> Poll:
            option = pollforms.candidate_of(story, draft.poll, draft.numbers)
            if option.id in (*draft.numbers.values(), *(one.id for one in draft.poll.options)):
                raise _Stopped(Saved("unfit", number, (Fault("story", "story-twice"),)))
            return _added(draft, number, option, {"title": option.title})

        return await self._edit(hand, number, change)

    async def change_candidate(self, hand: Hand, number: int, option: int, form: Mapping[str, str]) -> Saved:
        """Its texts, its place, whether it is withdrawn, or take it out: whichever `do` says."""
        deed = _DEEDS.get(form.get("do", ""))
        if not deed:
            return Saved("gone", number)
        return await self._edit(hand, number, lambda draft: deed(draft, _candidate(draft, number, option), form))

    async def step(self, hand: Hand, number: int, act: Act, code: str, reason: str = "") -> Saved:
        """Propose, publish, send back or withdraw the draft that was seen."""
        if act in ("propose", "publish"):
            draft = await self.draft(number)
            faults = draft.faults(self._clock()) if draft and draft.revision.state in OPEN else []
            if faults:
                return Saved("unfit", number, tuple(faults))
        step = hand.step(act, "poll", "", Seen(number, code), self._clock(), reason=reason)
        stepped = await self._revisions.step(step)
        if stepped.code == "published":
            await self._published()
        return Saved(stepped.code, number)

    async def _edit(self, hand: Hand, number: int, change: Callable[[Draft], Poll]) -> Saved:
        saved = Saved("gone", number)
        for _ in range(ATTEMPTS):
            draft = await self.draft(number)
            if not draft:
                return Saved("gone", number)
            try:
                poll = change(draft)
            except _Stopped as stopped:
                return stopped.saved
            was = draft.revision
            seen, body = Seen(number, was.code, was.base, was.over), body_of(poll)
            stepped = await self._revisions.step(hand.step("save", "poll", was.subject, seen, self._clock(), body))
            saved = Saved(stepped.code, number)
            if saved.code != "changed":
                break
        return saved

    async def _in_force(self, name: str) -> tuple[Poll | None, int]:
        """A poll as it holds, and the revision that it holds by."""
        revision = await self._revisions.in_force_on("poll", name)
        if revision:
            return poll_in(revision.body), revision.id
        return self._shelf.authored.polls.get(name), 0

    async def _taken(self, name: str) -> frozenset[str]:
        """The name, if a poll or a draft has it."""
        if not name or name in self._shelf.library.polls:
            return frozenset({name})
        drafts = await self._revisions.of("poll", name, limit=10) if len(name) <= pollforms.MAX_ID else ()
        is_taken = any(one.state in OPEN for one in drafts) or await self._numbers(name)
        return frozenset({name}) if is_taken else frozenset()


def _added(draft: Draft, number: int, option: Option, form: Mapping[str, str]) -> Poll:
    candidate, faults = pollforms.read_candidate(form, option)
    if candidate.number > MAX_NUMBER:
        faults.append(Fault("title", "full"))
    if faults:
        raise _Stopped(Saved("unfit", number, tuple(structs.replace(fault, option=0) for fault in faults)))
    return pollforms.with_candidate(draft.poll, candidate)


def _candidate(draft: Draft, number: int, option: int) -> Option:
    found = next((one for one in draft.poll.options if one.number == option), None)
    if not found:
        raise _Stopped(Saved("changed", number))
    return found


def _write(draft: Draft, option: Option, form: Mapping[str, str]) -> Poll:
    candidate, faults = pollforms.read_candidate(form, option)
    if faults:
        raise _Stopped(Saved("unfit", draft.revision.id, tuple(faults)))
    if pollforms.option_code(draft.poll, option.number) != form.get("seen"):
        raise _Stopped(Saved("changed", draft.revision.id))
    return pollforms.with_candidate(draft.poll, candidate)


def _place(draft: Draft, option: Option, form: Mapping[str, str]) -> Poll:
    place = form.get("place", "")
    if not (place.isascii() and place.isdecimal() and len(place) <= len(str(MAX_NUMBER))):
        raise _Stopped(Saved("unfit", draft.revision.id, (Fault("place", "place", option.number),)))
    return pollforms.placed(draft.poll, option.number, int(place))


def _withdraw(draft: Draft, option: Option, _form: Mapping[str, str]) -> Poll:
    return pollforms.with_candidate(draft.poll, structs.replace(option, withdrawn=True))


def _restore(draft: Draft, option: Option, _form: Mapping[str, str]) -> Poll:
    return pollforms.with_candidate(draft.poll, structs.replace(option, withdrawn=False))


def _take_out(draft: Draft, option: Option, _form: Mapping[str, str]) -> Poll:
    """Only of who was never public: a number that people have seen stays."""
    if option.number in draft.numbers:
        raise _Stopped(Saved("unfit", draft.revision.id, (Fault("number", "kept", option.number),)))
    return pollforms.without(draft.poll, option.number)


_DEEDS: dict[str, Callable[[Draft, Option, Mapping[str, str]], Poll]] = {
    "write": _write,
    "place": _place,
    "withdraw": _withdraw,
    "restore": _restore,
    "take-out": _take_out,
}
