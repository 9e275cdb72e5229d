"""Answers at the desk: found, written on, looked at as each channel shows them, tried, proposed and published."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol, get_args

from msgspec import Struct, structs
from starlette.responses import Response

from bot.domain.answers import Answer, Layer, Line, Standing, Wanted, answer_in, listed, missed, shown_name
from bot.domain.colleagues import may
from bot.domain.editing import Editing, Flaw, Turn
from bot.domain.entries import Entry, Source
from bot.domain.library import Library
from bot.domain.questions import Inquiries, Question
from bot.domain.reviewers import Reviewer, reviewer_at_desk
from bot.domain.revisions import MAX_REASON, OUTCOMES, Act, Hand, Revision, Seen, Stepped
from bot.domain.stories import written
from bot.domain.times import HOME_ZONE
from bot.web.desk.doors import Visit, see
from bot.web.stories import number_in
from handlers.explaining import Explained, explained

ANSWERS = "/desk/answers"
ANSWERS_ON_A_PAGE = 25
KEPT_ON_A_PAGE = 20
MAX_ANSWER_FORM_BYTES = 512 * 1024
STATES: tuple[str, ...] = (*get_args(Standing), "draft", "proposed", "returned")
SCRIPTS = {"simplified": "zh", "traditional": "zh-Hant", "english": "en"}
# What may speak against an answer; what else is named is a matter that a fixed text answers.
DOUBTS = frozenset(
    {"long", "nothing", "score", "tie", "places", "times", "numbers", "opposites", "facets", "aims", "names"}
)
TURNS: tuple[Turn, ...] = get_args(Turn)
TOLD = OUTCOMES | {"flawed", "unchanged"}
WELL = frozenset({"saved", "proposed", "published", "returned", "withdrawn"})
_MAX_WORDS, _MAX_ASKED, _MOST_ASKED = 60, 600, 10
_OPEN = frozenset({"draft", "proposed", "returned"})
_CONFLICT, _UNFIT = 409, 422
_STEPS: dict[str, Act] = {"propose": "propose", "withdraw": "withdraw"}
_SECOND: dict[str, Act] = {"publish": "publish", "return": "return"}
# A source of which no date was written: the rules refuse it.
_NO_DAY = date.max


class Previewer(Protocol):
    """Shows an entry as people see it in a language: by channel the messages, one after the other."""

    def __call__(self, library: Library, entry: Entry, language: str) -> Mapping[str, Sequence[str]]: ...


class Tried(Struct, frozen=True):
    """What would be answered, and the entry's own phrasings that it would not answer."""

    missed: Sequence[str]
    answers: Sequence[Explained]


@dataclass(frozen=True, slots=True)
class Page:
    """The values of a page on which an entry is written, or looked at; `drafts` are what else is written on it."""

    entry: Entry
    seen: Seen
    flaws: Sequence[Flaw] = ()
    tried: Tried | None = None
    told: str = ""
    other: Entry | None = None
    status: int = 200
    drafts: Sequence[tuple[Revision, str]] = ()


class AnswersRoom:
    def __init__(
        self,
        editing: Editing,
        questions: Inquiries,
        preview: Previewer,
        reviewers: tuple[Reviewer, ...],
        published: Callable[[], None],
    ) -> None:
        self._editing = editing
        self._questions = questions
        self._preview = preview
        self._reviewers = reviewers
        self._published = published

    async def list(self, visit: Visit) -> Response:
        layer, page = self._editing.layer, _page(visit)
        state, topic = visit.asked("state", 16), visit.asked("topic", 40)
        wanted = Wanted(visit.asked("q", _MAX_WORDS), topic, state if state in STATES else "")
        found = await asyncio.to_thread(listed, layer, await self._editing.open(), wanted)
        start = (page - 1) * ANSWERS_ON_A_PAGE
        return visit.page(
            "desk-answers.html",
            lines=[_shown(line, layer) for line in found[start : start + ANSWERS_ON_A_PAGE]],
            count=len(found),
            wanted=wanted,
            number=page,
            more=len(found) > start + ANSWERS_ON_A_PAGE,
            topics=layer.topics,
            states=STATES,
            can_write=may(visit.who, "answers.write"),
        )

    async def answer(self, visit: Visit) -> Response:
        """One entry as it is: what is said, the file below it, and all that was written on it."""
        name, layer = visit.request.path_params["entry"], self._editing.layer
        entry, laid, history = layer.entry(name), layer.laid.get(name), await self._editing.history(name)
        if not (entry or laid or history):
            return visit.missing()
        return visit.page(
            "desk-answer.html",
            name=name,
            entry=entry,
            laid=laid,
            filed=layer.filed(name),
            file=layer.authored.files.get(name, ""),
            topic=layer.topics.get(entry.topic, entry.topic) if entry else "",
            standing=layer.standing(name),
            is_late=_newest(history) not in (0, layer.over(name)),
            history=[(one, "、".join(map(shown_name, one.authors)), _time(one)) for one in history[:ANSWERS_ON_A_PAGE]],
            previews=self._previews(entry, layer.library) if entry else {},
            can_write=may(visit.who, "answers.write"),
            told=visit.told(TOLD),
            well=WELL,
        )

    async def asked(self, visit: Visit) -> Response:
        """What people asked that this entry answered, each with the phrasing that it was found by."""
        name, page, layer = visit.request.path_params["entry"], _page(visit), self._editing.layer
        start = (page - 1) * KEPT_ON_A_PAGE
        found = await self._questions.about(name, start, KEPT_ON_A_PAGE + 1)
        entry = layer.entry(name)
        if not (entry or found):
            return visit.missing()
        kept = found[:KEPT_ON_A_PAGE]
        nearest = await asyncio.to_thread(_phrasings, layer.library, kept, name)
        return visit.page(
            "desk-asked.html",
            name=name,
            title=entry.title if entry else name,
            asked=[*zip(kept, nearest, strict=True)],
            number=page,
            more=len(found) > KEPT_ON_A_PAGE,
        )

    async def new(self, visit: Visit) -> Response:
        """A form for a new entry; from a group of questions, with their words as its phrasings."""
        group = await self._questions.group(visit.asked("group", 16))
        texts = group.texts if group else ()
        topic = visit.asked("topic", 40)
        entry = Entry("", topic if topic in self._editing.layer.topics else "", texts[0] if texts else "", texts, "")
        return await self._form(visit, Page(entry, Seen()), group.code if group else "")

    async def edit(self, visit: Visit) -> Response:
        """A form for an entry as it is; from a group of questions, with their words among its phrasings."""
        name, layer = visit.request.path_params["entry"], self._editing.layer
        entry = layer.entry(name)
        if not entry:
            return visit.missing()
        group = await self._questions.group(visit.asked("group", 16))
        if group:
            entry = structs.replace(entry, questions=tuple(dict.fromkeys((*entry.questions, *group.texts))))
        history = await self._editing.history(name)
        drafts = [(one, "、".join(map(shown_name, one.authors))) for one in history if one.state in _OPEN]
        page = Page(entry, self._editing.seen(name), drafts=drafts)
        return await self._form(visit, page, group.code if group else "")

    async def write(self, visit: Visit) -> Response:
        """The form of a new draft comes back: of a new entry, or of one that is there."""
        name = visit.request.path_params.get("entry", "")
        known = self._editing.layer.entry(name) if name else None
        if name and not known:
            return visit.missing()
        topic = known.topic if known and not self._is_free(name) else visit.form.get("topic", "")
        entry = _entry_in(visit, name, topic)
        return await self._written(visit, entry, Seen(0, "", visit.form.get("base", ""), number_in(_over(visit))))

    async def draft(self, visit: Visit) -> Response:
        revision = await self._found(visit)
        return await self._draft(visit, revision) if revision else visit.missing()

    async def rewrite(self, visit: Visit) -> Response:
        """A form for a draft, to be written on; it shows what is in force beside it, and so is up to date with that."""
        revision = await self._found(visit)
        answer = answer_in(revision) if revision else None
        if not (revision and answer and answer.entry):
            return visit.missing()
        now = self._editing.seen(revision.subject)
        seen = Seen(revision.id, revision.code, now.base, now.over)
        return await self._form(visit, Page(answer.entry, seen, await self._editing.flaws(revision)))

    async def change(self, visit: Visit) -> Response:
        """What is done with a draft: written on, or a step."""
        revision = await self._found(visit)
        if not revision:
            return visit.missing()
        act, form = visit.form.get("act", ""), visit.form
        step = _STEPS.get(act) if "title" not in form else None
        if step:
            stepped = await self._editing.step(step, revision, form.get("code", ""), self._hand(visit))
            return self._led(revision.subject, stepped)
        answer = answer_in(revision)
        if not (answer and answer.entry):
            return visit.missing()
        is_free = self._is_free(revision.subject)
        entry = _entry_in(visit, revision.subject, form.get("topic", "") if is_free else answer.entry.topic)
        seen = Seen(revision.id, form.get("code", ""), form.get("base", ""), number_in(_over(visit)))
        return await self._written(visit, entry, seen)

    async def publish(self, visit: Visit) -> Response:
        """The second person: published, or sent back."""
        revision, form = await self._found(visit), visit.form
        act = _SECOND.get(form.get("act", ""))
        if not (revision and act):
            return visit.missing()
        reason = written(form.get("reason", ""))[:MAX_REASON]
        stepped = await self._editing.step(act, revision, form.get("code", ""), self._hand(visit), reason)
        if stepped.code == "published":
            self._published()
        return self._led(revision.subject, stepped)

    async def turn(self, visit: Visit) -> Response:
        """Retire, undo, take the file's or keep the desk's: proposed at once, for a second person."""
        name = visit.request.path_params["entry"]
        turn = next((known for known in TURNS if known == visit.form.get("turn")), None)
        if not turn:
            return visit.missing()
        return self._led(name, await self._editing.turn(turn, name, self._hand(visit)))

    async def _written(self, visit: Visit, entry: Entry, seen: Seen) -> Response:
        """To look at, to save, or to save and propose. What was typed stays on the page, whatever comes of it."""
        act, group = visit.form.get("act", ""), visit.form.get("group", "")
        is_lost = entry.topic not in self._editing.layer.topics
        if act not in ("save", "propose") or is_lost:
            flaws, tried = await self._editing.flaws_of(entry), await self._try(entry, visit.form.get("ask", ""))
            return await self._form(visit, Page(entry, seen, flaws, tried, status=_UNFIT if is_lost else 200), group)
        hand = self._hand(visit)
        saved = await self._editing.save(entry, seen, hand)
        if not saved.after:
            return await self._unsaved(visit, entry, seen, saved.code)
        await self._settle(group, hand)
        if act == "propose":
            return self._led(
                saved.after.subject, await self._editing.step("propose", saved.after, saved.after.code, hand)
            )
        return self._led(saved.after.subject, saved)

    async def _unsaved(self, visit: Visit, entry: Entry, seen: Seen, code: str) -> Response:
        """What was typed, to be saved once more: over what another one saved, or as a new draft where it is settled."""
        now = await self._editing.revision(seen.revision)
        answer = answer_in(now) if now else None
        other = answer.entry if answer and code == "changed" else None
        if code == "settled":
            seen = self._editing.seen(entry.id)
        else:
            seen = Seen(seen.revision, now.code if now else "", seen.base, seen.over)
        page = Page(entry, seen, (), None, code, other, _CONFLICT)
        return await self._form(visit, page, visit.form.get("group", ""))

    async def _settle(self, code: str, hand: Hand) -> None:
        """Somebody writes on what a group of questions asks: nobody else has to look at it."""
        group = await self._questions.group(code)
        if group:
            await self._questions.settle(group, hand.by)

    async def _form(self, visit: Visit, page: Page, group: str = "") -> Response:
        layer = self._editing.layer
        return visit.page(
            "desk-write.html",
            page.status,
            page=page,
            entry=page.entry,
            group=group,
            ask=visit.form.get("ask", "")[:_MAX_ASKED],
            topics=layer.topics,
            previews=self._previews(page.entry, layer.library) if page.entry.answer else {},
            is_new=not page.entry.id,
            is_free=self._is_free(page.entry.id),
            now=layer.entry(page.entry.id) if page.seen.revision else None,
            no_day=_NO_DAY,
            doubt_of=doubt_of,
            told=page.told,
        )

    async def _draft(self, visit: Visit, revision: Revision) -> Response:
        layer, answer = self._editing.layer, answer_in(revision)
        entry, ask = answer.entry if answer else None, visit.asked("ask", _MAX_ASKED)
        me = reviewer_at_desk(self._reviewers, visit.who.account)
        is_said = bool(entry and answer and not answer.retired)
        return visit.page(
            "desk-draft.html",
            revision=revision,
            answer=answer or Answer(),
            entry=entry,
            now=layer.entry(revision.subject),
            base=layer.base(revision.subject),
            over=layer.over(revision.subject),
            authors="、".join(map(shown_name, revision.authors)),
            second=shown_name(revision.second),
            at=_time(revision),
            topic=layer.topics.get(entry.topic, entry.topic) if entry else "",
            flaws=await self._editing.flaws(revision) if revision.state in _OPEN else [],
            previews=self._previews(entry, layer.library) if entry and is_said else {},
            doubt_of=doubt_of,
            tried=await self._try(entry, ask) if entry and is_said and "ask" in visit.request.query_params else None,
            ask=ask,
            is_open=revision.state in _OPEN,
            is_mine=any(map(me.has, revision.authors)),
            can_write=may(visit.who, "answers.write"),
            can_publish=may(visit.who, "answers.publish"),
            most=MAX_REASON,
            told=visit.told(TOLD),
            well=WELL,
        )

    async def _try(self, entry: Entry, ask: str) -> Tried:
        """What would be answered with this entry published, a question a line."""
        asked = [line.strip() for line in ask.splitlines() if line.strip()][:_MOST_ASKED]
        if not (entry.questions or entry.title):
            return Tried((), ())
        library = await self._editing.tried(entry if entry.id else structs.replace(entry, id="-"))
        return await asyncio.to_thread(_tried, library, entry if entry.id else structs.replace(entry, id="-"), asked)

    def _previews(self, entry: Entry, library: Library) -> dict[str, Mapping[str, Sequence[str]]]:
        """As people see it, by script and language."""
        wanted = [(name, tongue) for name, tongue in SCRIPTS.items() if tongue != "en" or entry.english]
        return {name: self._preview(library, entry, tongue) for name, tongue in wanted}

    def _is_free(self, name: str) -> bool:
        """Whether an entry can be given another topic: nobody hears it yet."""
        layer = self._editing.layer
        return layer.standing(name) in (None, "broken") and not layer.filed(name)

    async def _found(self, visit: Visit) -> Revision | None:
        return await self._editing.revision(number_in(visit.request.path_params["number"]))

    def _hand(self, visit: Visit) -> Hand:
        return Hand(visit.actor, reviewer_at_desk(self._reviewers, visit.who.account))

    def _led(self, name: str, stepped: Stepped) -> Response:
        """To the page that shows what came of it."""
        if stepped.code in ("published", "withdrawn", "unchanged") or not stepped.number:
            return see(f"{ANSWERS}/of/{name}?told={stepped.code}")
        return see(f"{ANSWERS}/draft/{stepped.number}?told={stepped.code}")


def _newest(history: Sequence[Revision]) -> int:
    """The number of the one that was published last, 0 for none."""
    published = [one for one in history if one.state == "published"]
    return max(published, key=lambda one: one.changed_at).id if published else 0


def doubt_of(found: Explained) -> str:
    """The phrase for what speaks against a certain answer."""
    doubt = found.explain.doubt
    return doubt if doubt in DOUBTS else "matter" if doubt else "none"


def _shown(line: Line, layer: Layer) -> tuple[Line, str, str]:
    """A line with its title and its topic."""
    entry = line.entry
    return line, entry.title if entry else line.name, layer.topics.get(entry.topic, entry.topic) if entry else ""


def _tried(library: Library, entry: Entry, asked: Sequence[str]) -> Tried:
    return Tried(missed(library, entry), [explained(library, question) for question in asked])


def _phrasings(library: Library, kept: Sequence[Question], name: str) -> list[str]:
    """By which phrasing of the entry each question is found now; empty where it is not."""
    accounts = (library.knowledge.explain(question.text) for question in kept)
    return [next((m.phrasing for m in account.matches if m.entry.id == name), "") for account in accounts]


def _entry_in(visit: Visit, name: str, topic: str) -> Entry:
    """What was typed."""
    form = {key: written(value) for key, value in visit.form.items()}
    lines = (" ".join(line.split()) for line in form.get("questions", "").splitlines())
    source = (form.get("source_title", ""), form.get("publisher", ""), _day(form.get("date", "")))
    return Entry(
        id=name,
        topic=topic,
        title=" ".join(form.get("title", "").split()),
        questions=tuple(dict.fromkeys(filter(None, lines))),
        answer=form.get("answer", ""),
        english=form.get("english", ""),
        english_title=" ".join(form.get("english_title", "").split()),
        period=form.get("period", ""),
        source=Source(source[0], source[1], source[2] or _NO_DAY) if any(source) else None,
        unsaid="unsaid" in form,
        valid_until=_day(form.get("valid_until", "")),
    )


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _over(visit: Visit) -> str:
    return visit.form.get("over", "")


def _page(visit: Visit) -> int:
    return max(number_in(visit.request.query_params.get("page", "")), 1)


def _time(revision: Revision) -> str:
    return f"{revision.changed_at.astimezone(HOME_ZONE):%Y-%m-%d %H:%M}"
