"""Tips at the desk: writing one, what is wrong with it, the two persons, and what stands where over the year."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Literal, Protocol

from msgspec import Struct

from bot.domain.library import Library
from bot.domain.overlay import Authored, Checked, Fitted, Laid, Written, laid_by, written_in
from bot.domain.revisions import Act, Hand, Revision, RevisionReader, RevisionStore, Seen, State, Stepped, by_subject
from bot.domain.seasons import Span, spans_in
from bot.domain.text import simplify
from bot.domain.tips import ALWAYS, Audience, Tip

NEW_FILE = "tips/desk.toml"
OPEN: tuple[State, ...] = ("draft", "proposed", "returned")
HISTORY = 50
OPEN_SHOWN = 200
_NAME_BYTES = 5
# The keys of a tip's table, in the order in which authors write them.
TEXTS = (
    *("audience", "topic", "text", "english", "why", "english_why", "question", "english_question"),
    *("because", "english_because", "source", "swap"),
)
ANSWERS = ("answers", "english_answers")
_ORDER = (
    *("id", "audience", "topic", "text", "english", "why", "english_why", "question", "english_question", "answers"),
    *("english_answers", "right", "because", "english_because", "source", "season", "skip", "swap"),
)
MOST_ANSWERS = 3
# How a season or a time of not being sent is chosen: some days, or for good.
DAYS, FOR_GOOD = "days", "always"

# Looks at a draft among the files and all that is published.
Check = Callable[[Mapping[str, Authored], Sequence[Laid], Laid], Checked]
Condition = Literal["filed", "changed", "new", "skipped", "misfit"]


class Standing(Struct, frozen=True):
    """A tip with all that the desk knows of it.

    `table` is what people get, or would get if it fitted; `filed` what the file says. `misfit` says why the files hold
    although something else is published.
    """

    name: str
    table: Mapping[str, Any]
    filed: Authored | None
    published: Revision | None
    misfit: str

    @property
    def seen(self) -> Seen:
        """What holds now, for a new draft."""
        return Seen(base=self.filed.digest if self.filed else "", over=self.published.id if self.published else 0)

    @property
    def file_has_changed(self) -> bool:
        """Whether the file says something else than when the desk's word was written."""
        published = self.published
        return published is not None and bool(written_in(published.body).table) and self.seen.base != published.base


class Line(Struct, frozen=True):
    """A tip in the list, with when it fits this year and what is being written on it, the newest first."""

    tip: Tip
    spans: tuple[Span, ...]
    condition: Condition
    open: tuple[Revision, ...] = ()


class Wanted(Struct, frozen=True):
    """Which tips to list; `month` is one of the year, 0 for all."""

    words: str = ""
    audience: str = ""
    topic: str = ""
    state: str = ""
    month: int = 0


class Fitting(Protocol):
    """What is in force: the library, and the tips with what does not fit them."""

    @property
    def tips(self) -> Fitted: ...

    @property
    def tips_published(self) -> Sequence[Revision]: ...


class TipDesk:
    """`check` is by the rules of the authored files: what is published can always be written back as one."""

    def __init__(
        self,
        store: RevisionStore,
        reader: RevisionReader,
        edition: Fitting,
        library: Callable[[], Library],
        check: Check,
        clock: Callable[[], datetime],
        new_bytes: Callable[[int], bytes],
    ) -> None:
        self._store = store
        self._reader = reader
        self._edition = edition
        self._library = library
        self._check = check
        self._clock = clock
        self._new_bytes = new_bytes

    @property
    def library(self) -> Library:
        return self._library()

    @property
    def laid(self) -> list[Laid]:
        """All that is published of tips."""
        return list(map(laid_by, self._edition.tips_published))

    def standing(self, name: str) -> Standing | None:
        filed = self.library.filed_tips.get(name)
        published = next((one for one in self._edition.tips_published if one.subject == name), None)
        says = written_in(published.body).table if published else {}
        table = says or (filed.table if filed else {})
        return Standing(name, table, filed, published, self._edition.tips.misfits.get(name, "")) if table else None

    def new_name(self) -> str:
        """An id for a new tip, which no other one has had or will have."""
        return f"desk-{self._clock():%Y%m%d}-{self._new_bytes(_NAME_BYTES).hex()}"

    async def checked(self, name: str, written: Written) -> Checked:
        """The draft as a tip, and what is wrong with it; where the word is left to the file, nothing."""
        laid = Laid(name, written)
        return await asyncio.to_thread(self._check, self.library.filed_tips, self.laid, laid)

    async def save(self, name: str, written: Written, seen: Seen, hand: Hand) -> Stepped:
        """A draft, new or written on."""
        return await self._step("save", hand, seen, name, written.body())

    async def step(self, act: Act, revision: Revision, code: str, hand: Hand, reason: str = "") -> Stepped:
        """Any other step. What has a fault is neither proposed nor published: `flawed`."""
        if act in ("propose", "publish"):
            found = await self.checked(revision.subject, written_in(revision.body))
            if found.faults:
                return Stepped("flawed", revision.id)
        return await self._step(act, hand, Seen(revision.id, code), revision.subject, reason=reason)

    async def undo(self, name: str, hand: Hand) -> Stepped:
        """Propose what held before: another publication, the file's word, or for a new tip that it is said no more."""
        standing = self.standing(name)
        before = await self._before(standing) if standing else None
        if not standing or not before:
            return Stepped("unchanged")
        saved = await self.save(name, before, standing.seen, hand)
        if not saved.after:
            return saved
        return await self.step("propose", saved.after, saved.after.code, hand)

    async def revision(self, number: int) -> Revision | None:
        found = await self._reader.revision(number)
        return found if found and found.kind == "tip" else None

    async def history(self, name: str) -> Sequence[Revision]:
        return await self._reader.of("tip", name, HISTORY)

    async def open(self) -> Sequence[Revision]:
        """What is being written, and what waits for a second person."""
        return await self._reader.listed("tip", OPEN, None, OPEN_SHOWN)

    async def listed(self, wanted: Wanted, year: int) -> list[Line]:
        """The tips that are wanted, by when they fit; those that somebody has to look at first."""
        opened = by_subject(await self.open())
        lines = (self._line(tip, opened.get(tip.id, ()), year) for tip in self.library.tips)
        return sorted((line for line in lines if _is_wanted(line, wanted, year)), key=_by_urgency_and_time)

    def months(self, year: int) -> list[int]:
        """For each month of a year, how many tips have their season in it."""
        spans = [spans_in(tip.season, year) for tip in self.library.tips if tip.season and tip.skipped != ALWAYS]
        return [sum(any(_touches(span, year, month) for span in every) for every in spans) for month in range(1, 13)]

    def _line(self, tip: Tip, opened: tuple[Revision, ...], year: int) -> Line:
        spans = spans_in(tip.season, year) if tip.season else ()
        return Line(tip, spans, self._condition(tip), opened)

    def _condition(self, tip: Tip) -> Condition:
        if tip.id in self._edition.tips.misfits:
            return "misfit"
        if tip.skipped:
            return "skipped"
        if tip.id not in self.library.filed_tips:
            return "new"
        is_changed = any(one.subject == tip.id and written_in(one.body).table for one in self._edition.tips_published)
        return "changed" if is_changed else "filed"

    async def _before(self, standing: Standing) -> Written | None:
        now = standing.published
        if not now:
            return None
        older = [one for one in await self.history(standing.name) if one.state == "published" and one.id < now.id]
        if older:
            return written_in(older[0].body)
        if standing.filed:
            return Written({}, standing.filed.file)
        return Written({**standing.table, "skip": True}, written_in(now.body).file)

    async def _step(self, act: Act, hand: Hand, seen: Seen, name: str, body: bytes = b"", reason: str = "") -> Stepped:
        return await self._store.step(hand.step(act, "tip", name, seen, self._clock(), body, reason))


def table_of(name: str, fields: Mapping[str, str]) -> dict[str, Any]:
    """A tip's table as it is written in a form; what is empty is left out."""
    table: dict[str, Any] = {"id": name}
    table |= {key: text for key in TEXTS if (text := fields.get(key, "").strip())}
    for key in ANSWERS:
        answers = [fields.get(f"{key}-{number}", "").strip() for number in range(1, MOST_ANSWERS + 1)]
        if any(answers):
            table[key] = [answer for answer in answers if answer]
    right = fields.get("right", "")
    if right.isascii() and right.isdecimal() and len(right) == 1 and right != "0":
        table["right"] = int(right)
    if season := fields.get("season", ""):
        table["season"] = _days(fields, "season") if season == DAYS else season
    if skip := fields.get("skip", ""):
        table["skip"] = True if skip == FOR_GOOD else _days(fields, "skip")
    return {key: table[key] for key in _ORDER if key in table}


def fields_of(table: Mapping[str, Any]) -> dict[str, str]:
    """The same as the fields of a form."""
    fields = {key: str(table.get(key, "")) for key in (*TEXTS, "right")}
    for key in ANSWERS:
        fields |= {f"{key}-{number}": str(answer) for number, answer in enumerate(table.get(key, ()), 1)}
    season, skip = table.get("season", ""), table.get("skip", "")
    fields["season"] = DAYS if isinstance(season, list) else str(season)
    fields["skip"] = FOR_GOOD if skip is True else DAYS if isinstance(skip, list) else ""
    for key, days in (("season", season), ("skip", skip)):
        first, last = (*days, "", "")[:2] if isinstance(days, list) else ("", "")
        fields |= {f"{key}-first": str(first), f"{key}-last": str(last)}
    return fields


def _days(fields: Mapping[str, str], key: str) -> list[str]:
    return [fields.get(f"{key}-first", "").strip(), fields.get(f"{key}-last", "").strip()]


def swappable(library: Library, audience: Audience, besides: str) -> list[Tip]:
    """The tips with which one for this audience can change places."""
    taken = {name for tip in library.tips if tip.swap for name in (tip.id, tip.swap)}
    return [
        tip
        for tip in library.tips
        if tip.audience == audience and not tip.season and tip.id != besides and tip.id not in taken
    ]


def swapped_with(library: Library, name: str) -> Tip | None:
    """The tip that has this one's place, whichever of the two says so."""
    mine = library.tips.by_id.get(name)
    other = mine.swap if mine and mine.swap else next((tip.id for tip in library.tips if tip.swap == name), "")
    return library.tips.by_id.get(other)


def _is_wanted(line: Line, wanted: Wanted, year: int) -> bool:
    tip = line.tip
    if wanted.audience and tip.audience != wanted.audience:
        return False
    if wanted.topic and tip.topic != wanted.topic:
        return False
    if wanted.month and not any(_touches(span, year, wanted.month) for span in line.spans):
        return False
    if wanted.state and wanted.state not in (line.condition, *(one.state for one in line.open)):
        return False
    text = simplify("\n".join((tip.id, tip.chinese.text, tip.chinese.why))) if wanted.words else ""
    return all(word in text for word in simplify(wanted.words).split())


def _touches(span: Span, year: int, month: int) -> bool:
    first = date(year, month, 1)
    following = date(year + month // 12, month % 12 + 1, 1)
    return span.first < following and span.last >= first


def _by_urgency_and_time(line: Line) -> tuple[int, date]:
    urgency = 0 if line.condition == "misfit" else 1 if line.open else 2
    return urgency, line.spans[0].first if line.spans else date.max
