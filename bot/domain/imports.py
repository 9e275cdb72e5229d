"""What is brought as a spreadsheet: looked through row by row, and made into drafts when somebody says so."""

import asyncio
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Literal, Protocol

import msgspec
from msgspec import Struct, structs

from bot.domain.answers import Answer, Layer, body_of, new_name
from bot.domain.colleagues import Permission
from bot.domain.desk import Actor
from bot.domain.editing import Editing
from bot.domain.entries import Entry, Source
from bot.domain.overlay import Written
from bot.domain.polldrafts import PollDrafts
from bot.domain.pollforms import CANDIDATE_TEXTS, read_candidate
from bot.domain.polls import Option
from bot.domain.revisions import Hand, Seen
from bot.domain.stories import ANONYMOUS, Step, Story, sent_in, written
from bot.domain.text import simplify
from bot.domain.tipdesk import ANSWERS, DAYS, NEW_FILE, Standing, TipDesk, fields_of, table_of
from bot.messages import Address

ImportKind = Literal["answers", "tips", "stories", "candidates"]
# How long somebody may look at what was found before it is brought anew.
UPLOAD_LASTS = timedelta(hours=1)
# Drafts of so many go into one commit; each tip is held against all others, which takes a tenth of a second.
MOST_ROWS, MOST_TIPS = 1000, 100
_DATE = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?")
_NO_DAY = date.max  # of what should be a date: the rules refuse it
_NO_TOPIC = "none"
_CELLS = {"source": "source_title"}  # where a flaw is told that is in no cell of its own
_SEASON = re.compile(r"(\d\d-\d\d)\s*(?:\.\.|到|至|~|–|—)\s*(\d\d-\d\d)")
_QUOTED = 20  # characters of a text by which it is known again
_BETWEEN = re.compile(r"[\n；;]")


class Mistake(Struct, frozen=True):
    """What is wrong in a row, by the name of its column; `code` is a flaw's, with the blanks of its sentence."""

    row: int
    field: str
    code: str
    blanks: dict[str, str] = {}


class Brought(Struct, frozen=True):
    """A row as a draft: how it is called, and its body."""

    row: int
    title: str
    body: bytes


class Looked(Struct, frozen=True):
    """A spreadsheet that was looked through; nothing has changed yet."""

    good: tuple[Brought, ...]
    mistakes: tuple[Mistake, ...]


class Upload(Struct, frozen=True):
    """The good rows of a spreadsheet, kept until they are made drafts; `digest` is that of the form's token."""

    digest: bytes
    kind: str
    by: Actor
    good: tuple[Brought, ...]
    at: datetime


class Taking(Struct, frozen=True):
    """Somebody says that what they uploaded is to be made drafts."""

    digest: bytes
    kind: str
    needs: Permission
    by: Actor
    at: datetime


class UploadStore(Protocol):
    async def keep(self, upload: Upload) -> None: ...

    async def take(self, taking: Taking) -> tuple[Brought, ...] | None:
        """The rows, once, in one commit with a row of the log; None for who did not bring them, or may not."""
        ...


class Intake(Protocol):
    """How a kind of spreadsheet is read.

    `fields` are its columns, `needs` is what one must be allowed to do, at most `most` rows are looked
    through at once.
    """

    kind: ImportKind
    fields: tuple[str, ...]
    needs: Permission
    most: int

    async def look(self, rows: Sequence[tuple[int, Mapping[str, str]]]) -> Looked:
        """Rows with their numbers, each by its columns."""
        ...

    async def keep(self, brought: Sequence[Brought], hand: Hand) -> int:
        """Make drafts of them; how many."""
        ...


class AnswersIntake:
    """A row is an answer: a new one, or with its id another wording of one that is there, which keeps its source."""

    kind: ImportKind = "answers"
    fields: tuple[str, ...] = (
        *("topic", "title", "questions", "answer", "source_title", "publisher", "date", "valid_until"),
        *("english_title", "english", "period", "id"),
    )
    needs: Permission = "answers.write"
    most = MOST_ROWS

    def __init__(self, editing: Editing) -> None:
        self._editing = editing

    async def look(self, rows: Sequence[tuple[int, Mapping[str, str]]]) -> Looked:
        good, mistakes, asked = list[Brought](), list[Mistake](), dict[str, int]()
        for number, row in rows:
            entry = _entry_of(row, self._editing.layer)
            found = [
                *_unread(row, self._editing.layer, number),
                *await self._flaws(entry, number),
                *_asked_before(entry, number, asked),
            ]
            if found:
                mistakes.extend(_first_of_each(found))
            else:
                good.append(Brought(number, entry.title, msgspec.json.encode(entry)))
        return Looked(tuple(good), tuple(mistakes))

    async def keep(self, brought: Sequence[Brought], hand: Hand) -> int:
        entries = [msgspec.json.decode(one.body, type=Entry) for one in brought]
        saved = await asyncio.gather(*(self._save(entry, hand) for entry in entries))
        return sum(saved)

    async def _save(self, entry: Entry, hand: Hand) -> bool:
        seen = self._editing.seen(entry.id) if self._editing.layer.entry(entry.id) else Seen()
        return (await self._editing.save(entry, seen, hand)).after is not None

    async def _flaws(self, entry: Entry, number: int) -> list[Mistake]:
        flaws = await self._editing.flaws_of(entry)
        return [
            Mistake(
                number,
                flaw.field if flaw.field in self.fields else _CELLS.get(flaw.field, "answer"),
                flaw.code,
                {"phrasing": flaw.phrasing, "title": flaw.other.title} if flaw.other else {},
            )
            for flaw in flaws
        ]


class TipsIntake:
    """A row is a tip: a new one, or with its id another wording of one that is there; what is empty stays as it is.

    `names` are what people call audiences, topics and seasons, with the words of the files.
    """

    kind: ImportKind = "tips"
    fields: tuple[str, ...] = (
        *("audience", "topic", "text", "why", "question", "answers", "right", "because", "source", "season"),
        *("english", "english_why", "english_question", "english_answers", "english_because", "id"),
    )
    needs: Permission = "tips.write"
    most = MOST_TIPS

    def __init__(self, desk: TipDesk, names: Callable[[], Mapping[str, str]]) -> None:
        self._desk = desk
        self._names = names

    async def look(self, rows: Sequence[tuple[int, Mapping[str, str]]]) -> Looked:
        good, mistakes, said = list[Brought](), list[Mistake](), dict[str, int]()
        for number, row in rows:
            text = {name: written(value) for name, value in row.items()}
            found = await self._found(number, text)
            before = said.setdefault(simplify(text["text"]), number)
            if text["text"] and before != number:
                found.append(Mistake(number, "text", "row", {"phrasing": text["text"][:_QUOTED], "row": str(before)}))
            if found:
                mistakes.extend(_first_of_each(found))
            else:
                good.append(Brought(number, text["text"] or text["id"], msgspec.json.encode(text)))
        return Looked(tuple(good), tuple(mistakes))

    async def keep(self, brought: Sequence[Brought], hand: Hand) -> int:
        rows = [msgspec.json.decode(one.body, type=dict[str, str]) for one in brought]
        saved = await asyncio.gather(*(self._save(row, hand) for row in rows))
        return sum(saved)

    async def _save(self, row: Mapping[str, str], hand: Hand) -> bool:
        standing = self._desk.standing(row["id"])
        name, tip = self._tip(row, standing)
        return (await self._desk.save(name, tip, standing.seen if standing else Seen(), hand)).after is not None

    async def _found(self, number: int, row: Mapping[str, str]) -> list[Mistake]:
        standing = self._desk.standing(row["id"])
        if row["id"] and not standing:
            return [Mistake(number, "id", "wrong")]
        checked = await self._desk.checked(*self._tip(row, standing))
        return [
            Mistake(number, fault.key if fault.key in self.fields else "text", fault.code, fault.blanks)
            for fault in checked.faults
        ]

    def _tip(self, row: Mapping[str, str], standing: Standing | None) -> tuple[str, Written]:
        name = standing.name if standing else self._desk.new_name()
        fields = fields_of(standing.table) if standing else {}
        names = self._names()
        fields |= {key: names.get(value, value) for key, value in row.items() if value and key in self.fields}
        for key in ANSWERS:
            answers = [answer.strip() for answer in _BETWEEN.split(row[key]) if answer.strip()]
            fields |= {f"{key}-{place}": answer for place, answer in enumerate(answers, 1)}
        if days := _SEASON.fullmatch(row["season"].strip()):
            fields |= {"season": DAYS, "season-first": days[1], "season-last": days[2]}
        filed = standing.filed if standing else None
        return name, Written(table_of(name, fields), filed.file if filed else NEW_FILE)


class CandidatesIntake:
    """A row is a candidate, for the draft of a poll that is being written."""

    kind: ImportKind = "candidates"
    fields: tuple[str, ...] = ("poll", *CANDIDATE_TEXTS)
    needs: Permission = "polls.write"
    most = MOST_ROWS

    def __init__(self, drafts: PollDrafts, clock: Callable[[], datetime]) -> None:
        self._drafts = drafts
        self._clock = clock

    async def look(self, rows: Sequence[tuple[int, Mapping[str, str]]]) -> Looked:
        good, mistakes, titled = list[Brought](), list[Mistake](), dict[tuple[str, str], int]()
        polls = {name for name in {row["poll"].strip() for _, row in rows} if await self._drafts.open_draft(name)}
        for number, row in rows:
            option, faults = read_candidate(row, Option("0", 0, ""))
            found = [Mistake(number, fault.field, _FAULTS.get(fault.code, "wrong")) for fault in faults]
            if row["poll"].strip() not in polls:
                found.append(Mistake(number, "poll", "no-draft" if row["poll"] else "empty"))
            before = titled.setdefault((row["poll"].strip(), option.title), number)
            if option.title and before != number:
                found.append(Mistake(number, "title", "row", {"phrasing": option.title, "row": str(before)}))
            if found:
                mistakes.extend(found)
            else:
                good.append(Brought(number, option.title, msgspec.json.encode(row)))
        return Looked(tuple(good), tuple(mistakes))

    async def keep(self, brought: Sequence[Brought], hand: Hand) -> int:
        """Those of a poll all together, or none of them, where its draft has gone meanwhile."""
        rows = [msgspec.json.decode(one.body, type=dict[str, str]) for one in brought]
        count = 0
        for poll in dict.fromkeys(row["poll"].strip() for row in rows):
            forms = [row for row in rows if row["poll"].strip() == poll]
            number = await self._drafts.open_draft(poll)
            saved = await self._drafts.add_candidates(hand, number, forms) if number else None
            count += len(forms) if saved and saved.code == "saved" else 0
        return count


_FAULTS = {"needed": "empty", "long": "long"}


class StoryIntake(Protocol):
    async def bring(self, stories: Sequence[Story], by: Actor, at: datetime) -> int:
        """Into the reviewers' queue, in one commit with a row of the log; how many: none for who may not."""
        ...


class StoriesIntake:
    """A row is a story that somebody has given to the office; who brings it is not who approves it."""

    kind: ImportKind = "stories"
    fields: tuple[str, ...] = ("title", "text", "about", "people", "name", "consent")
    needs: Permission = "stories.write"
    most = MOST_ROWS

    def __init__(self, store: StoryIntake, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._clock = clock

    async def look(self, rows: Sequence[tuple[int, Mapping[str, str]]]) -> Looked:
        good, mistakes = list[Brought](), list[Mistake]()
        for number, row in rows:
            story, unfit = sent_in(self._draft(Actor("")), _answers_of(row))
            if unfit:
                mistakes.extend(Mistake(number, step, _UNFIT.get(code, "wrong")) for step, code in unfit)
            else:
                good.append(Brought(number, story.title, msgspec.json.encode(row)))
        return Looked(tuple(good), tuple(mistakes))

    async def keep(self, brought: Sequence[Brought], hand: Hand) -> int:
        rows = [msgspec.json.decode(one.body, type=dict[str, str]) for one in brought]
        stories = [sent_in(self._draft(hand.by), _answers_of(row))[0] for row in rows]
        return await self._store.bring(stories, hand.by, self._clock())

    def _draft(self, by: Actor) -> Story:
        """Of the colleague who brings it, so that the same one cannot approve it. It has no photo."""
        return Story(Address("desk", by.name, by.name), "zh", self._clock(), photo="")


_UNFIT = {
    "title-empty": "empty",
    "title-long": "long",
    "text-short": "short",
    "text-long": "long",
    "name-long": "long",
    "people-no": "disagrees",
    "consent-no": "disagrees",
}


def _answers_of(row: Mapping[str, str]) -> dict[Step, str]:
    """Whoever writes no name wants none."""
    text = {name: written(value) for name, value in row.items()}
    return {
        "title": text["title"],
        "text": text["text"],
        "about": text["about"],
        "people": text["people"],
        "name": text["name"] or ANONYMOUS,
        "consent": text["consent"],
    }


def _entry_of(row: Mapping[str, str], layer: Layer) -> Entry:
    """What a row says; a new entry has the name that it will have."""
    text = {name: written(value) for name, value in row.items()}
    known = layer.entry(text["id"])
    lines = (" ".join(line.split()) for line in _BETWEEN.split(text["questions"]))
    cells = (text["source_title"], text["publisher"], text["date"])
    source = Source(cells[0], cells[1], _day(cells[2]) or _NO_DAY) if any(cells) else None
    entry = Entry(
        id=text["id"],
        topic=known.topic if known else _topic(text["topic"], layer),
        title=" ".join(text["title"].split()),
        questions=tuple(dict.fromkeys(filter(None, lines))),
        answer=text["answer"],
        english=text["english"],
        english_title=" ".join(text["english_title"].split()),
        period=text["period"],
        source=source or (known.source if known else None),
        valid_until=_day(text["valid_until"]),
    )
    return entry if entry.id else structs.replace(entry, id=new_name(entry.topic, body_of(Answer(entry))))


def _topic(text: str, layer: Layer) -> str:
    """By its id or its title; _NO_TOPIC, which the rules refuse, where it is neither."""
    return next((name for name, title in layer.topics.items() if text in (name, title)), _NO_TOPIC)


def _unread(row: Mapping[str, str], layer: Layer, number: int) -> Iterator[Mistake]:
    """What is written, and is no date, no topic or no answer that is there."""
    for field in ("date", "valid_until"):
        if row[field] and not _day(row[field]):
            yield Mistake(number, field, "wrong")
    if row["topic"] and _topic(row["topic"].strip(), layer) not in layer.topics:
        yield Mistake(number, "topic", "wrong")
    if row["id"] and not layer.entry(row["id"].strip()):
        yield Mistake(number, "id", "wrong")


def _day(text: str) -> date | None:
    found = _DATE.fullmatch(text.strip())
    try:
        return date(*map(int, found.groups())) if found else None
    except ValueError:
        return None


def _asked_before(entry: Entry, number: int, asked: dict[str, int]) -> Iterator[Mistake]:
    """Phrasings that an earlier row of the same sheet has as well."""
    for phrasing in entry.questions:
        before = asked.setdefault(simplify(phrasing), number)
        if before != number:
            yield Mistake(number, "questions", "row", {"phrasing": phrasing, "row": str(before)})


def _first_of_each(mistakes: Sequence[Mistake]) -> list[Mistake]:
    """One for each cell: what follows from it is no second mistake."""
    return list({(one.row, one.field): one for one in reversed(mistakes)}.values())[::-1]
