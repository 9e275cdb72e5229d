"""Tips at the desk: the year, what goes out next, one tip with its drafts, writing, and the second person."""

import io
import zipfile
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import get_args

from starlette.responses import Response

from bot.domain.cards import card
from bot.domain.colleagues import may
from bot.domain.outlook import FEWEST, Forecast, Outlook, Outlooks, hour_shown
from bot.domain.overlay import Checked, Laid, Written, written_in
from bot.domain.review import Review
from bot.domain.reviewers import Reviewer, reviewer_at_desk
from bot.domain.revisions import MAX_REASON, OUTCOMES, Act, Hand, Revision, Seen, State
from bot.domain.seasons import Span, season_names, spans_in
from bot.domain.stories import written
from bot.domain.times import HOME_ZONE, home_date
from bot.domain.tipdesk import (
    ANSWERS,
    DAYS,
    FOR_GOOD,
    MOST_ANSWERS,
    NEW_FILE,
    OPEN,
    TEXTS,
    Condition,
    Line,
    Standing,
    TipDesk,
    Wanted,
    fields_of,
    swappable,
    swapped_with,
    table_of,
)
from bot.domain.tips import MAX_TIP_CHARACTERS, Audience, Subject, Tip
from bot.messages import Picture
from bot.web.desk.doors import Visit, see
from bot.web.pages import Pages, language_of_request
from bot.web.photos import png_response
from bot.web.polls import Gallery
from bot.web.stories import MAX_WORDS, number_in

TIPS = "/desk/tips"
ON_A_PAGE = 50
# So long a page waits for what goes out next to be counted: then it says that it is being counted.
PATIENCE_SECONDS = 0.1
AUDIENCES: tuple[Audience, ...] = get_args(Audience)
TOPICS: tuple[Subject, ...] = get_args(Subject)
STATES: tuple[Condition | State, ...] = ("changed", "new", "skipped", "misfit", *OPEN)
# What a tip is made of, as the pages call it.
KEYS = frozenset(
    {*TEXTS, *(f"{key}-{number}" for key in ANSWERS for number in range(1, MOST_ANSWERS + 1)), *ANSWERS, "right"}
    | {"season", "season-first", "season-last", "skip", "skip-first", "skip-last"}
)
TOLD = OUTCOMES | {"flawed", "unchanged"}
WELL = frozenset({"saved", "proposed", "published", "returned", "withdrawn"})
_UNFIT, _CONFLICT = 422, 409
SOON = timedelta(days=30)

Shown = Callable[[Tip, str], Mapping[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class TipTools:
    """What the room needs. `shown` is how each channel shows a tip in a language; `exported` gives changed files.

    `published` is told that something else is in force.
    """

    desk: TipDesk
    outlooks: Outlooks
    shown: Shown
    exported: Callable[[Sequence[Laid]], Mapping[str, str]]
    published: Callable[[], None]


class TipsRoom:
    def __init__(
        self,
        tools: TipTools,
        reviewers: tuple[Reviewer, ...],
        gallery: Gallery,
        pages: Pages,
        clock: Callable[[], datetime],
    ) -> None:
        self._desk = tools.desk
        self._tools = tools
        self._reviewers = reviewers
        self._gallery = gallery
        self._pages = pages
        self._clock = clock

    async def year(self, visit: Visit) -> Response:
        """All tips by when they fit, with the months of the year above."""
        query, year = visit.request.query_params, home_date(self._clock()).year
        wanted = Wanted(
            words=query.get("q", "").strip()[:MAX_WORDS],
            audience=_one_of(AUDIENCES, query.get("audience", "")),
            topic=_one_of(TOPICS, query.get("topic", "")),
            state=_one_of(STATES, query.get("state", "")),
            month=_month(query.get("month", "")),
        )
        lines, page = await self._desk.listed(wanted, year), max(number_in(query.get("page", "")), 1)
        start = (page - 1) * ON_A_PAGE
        drafts = [one for one in await self._desk.open() if one.subject not in self._desk.library.tips.by_id]
        return visit.page(
            "desk-tips.html",
            lines=[(line, self._title(line.tip), _when(line)) for line in lines[start : start + ON_A_PAGE]],
            count=len(lines),
            wanted=wanted,
            page=page,
            more=len(lines) > start + ON_A_PAGE,
            year=year,
            months=list(enumerate(self._desk.months(year), 1)),
            audiences=AUDIENCES,
            topics=TOPICS,
            states=STATES,
            drafts=[(one, str(written_in(one.body).table.get("text", one.subject))) for one in drafts],
            can_write=may(visit.who, "tips.write"),
            told=visit.told(TOLD),
            well=WELL,
        )

    async def next(self, visit: Visit) -> Response:
        """What goes out in the next 24 hours, to how many."""
        outlook = await self._tools.outlooks.last(PATIENCE_SECONDS)
        audience = _one_of(AUDIENCES, visit.request.query_params.get("audience", ""))
        page = max(number_in(visit.request.query_params.get("page", "")), 1)
        rows = self._rows(outlook, audience) if outlook else []
        start = (page - 1) * ON_A_PAGE
        return visit.page(
            "desk-tips-next.html",
            outlook=outlook,
            at=_instant(outlook.at) if outlook else "",
            hours=_hours(outlook) if outlook else [],
            audiences=AUDIENCES,
            audience=audience,
            rows=rows[start : start + ON_A_PAGE],
            page=page,
            more=len(rows) > start + ON_A_PAGE,
            fewest=FEWEST,
        )

    async def tip(self, visit: Visit) -> Response:
        standing = self._standing(visit)
        if not standing:
            return visit.missing()
        tip = self._desk.library.tips.by_id.get(standing.name)
        outlook = await self._tools.outlooks.last(0)
        history = await self._desk.history(standing.name)
        return visit.page(
            "desk-tip.html",
            standing=standing,
            tip=tip,
            title=self._title(tip) if tip else standing.name,
            when=_spans(tip, home_date(self._clock()).year) if tip else "",
            other=swapped_with(self._desk.library, standing.name),
            forecast=outlook.of(standing.name) if outlook else None,
            is_exact=bool(outlook and outlook.is_exact),
            fewest=FEWEST,
            filed_text=standing.filed.table.get("text", "") if standing.filed else "",
            history=[(one, _authors(one), _instant(one.changed_at)) for one in history],
            can_write=may(visit.who, "tips.write"),
            told=visit.told(TOLD),
            well=WELL,
            previews=self._previews(tip),
            card=self._card_of(tip),
        )

    async def draft(self, visit: Visit) -> Response:
        revision = await self._revision(visit)
        if not revision:
            return visit.missing()
        says = written_in(revision.body)
        found = await self._desk.checked(revision.subject, says)
        standing = self._desk.standing(revision.subject)
        seen = standing.seen if standing else Seen()
        is_open = revision.state in OPEN
        return visit.page(
            "desk-tip-draft.html",
            revision=revision,
            says=says.table,
            now=standing.table if standing else {},
            title=found.tip.chinese.text if found.tip else str(says.table.get("text", revision.subject)),
            changes=_changes(standing, says),
            faults=found.faults if is_open else (),
            authors=_authors(revision),
            at=_instant(revision.changed_at),
            is_open=is_open,
            has_moved=is_open and (revision.base, revision.over) != (seen.base, seen.over),
            is_mine=any(map(self._person(visit).has, revision.authors)),
            can_write=may(visit.who, "tips.write"),
            can_publish=may(visit.who, "tips.publish"),
            most=MAX_REASON,
            told=visit.told(TOLD),
            well=WELL,
            keys=KEYS,
            previews=self._previews(found.tip),
            card=self._card_of(found.tip, revision),
        )

    async def write(self, visit: Visit) -> Response:
        """The form for a new tip."""
        return self._form(visit, fields_of({"audience": "everyone"}), Seen())

    async def write_new(self, visit: Visit) -> Response:
        return await self._save(visit, self._desk.new_name(), Seen(), NEW_FILE)

    async def edit(self, visit: Visit) -> Response:
        """The form for a tip as it is now."""
        standing = self._standing(visit)
        return self._form(visit, fields_of(standing.table), standing.seen, standing) if standing else visit.missing()

    async def edit_new(self, visit: Visit) -> Response:
        standing = self._standing(visit)
        return await self._save(visit, standing.name, _seen(visit), _file(standing)) if standing else visit.missing()

    async def write_on(self, visit: Visit) -> Response:
        """The form for a draft; whoever saves it says what holds now has been seen."""
        revision = await self._revision(visit)
        if not revision or revision.state not in OPEN:
            return visit.missing()
        standing = self._desk.standing(revision.subject)
        now = standing.seen if standing else Seen()
        seen = Seen(revision.id, revision.code, now.base, now.over)
        return self._form(visit, fields_of(written_in(revision.body).table), seen, standing)

    async def save_on(self, visit: Visit) -> Response:
        revision = await self._revision(visit)
        if not revision:
            return visit.missing()
        seen = _seen(visit)
        file = written_in(revision.body).file or NEW_FILE
        return await self._save(visit, revision.subject, Seen(revision.id, seen.code, seen.base, seen.over), file)

    async def step(self, visit: Visit) -> Response:
        return await self._step(visit, ("propose", "withdraw"))

    async def decide(self, visit: Visit) -> Response:
        return await self._step(visit, ("publish", "return"))

    async def undo(self, visit: Visit) -> Response:
        standing = self._standing(visit)
        if not standing:
            return visit.missing()
        done = await self._desk.undo(standing.name, self._hand(visit))
        number = done.number
        return see(
            f"{TIPS}/draft/{number}?told={done.code}" if number else f"{TIPS}/of/{standing.name}?told={done.code}"
        )

    async def card(self, visit: Visit) -> Response:
        """A tip as a card; with `of` as a draft says it."""
        number, name = number_in(visit.request.query_params.get("of", "")), visit.request.path_params["name"]
        tip = self._desk.library.tips.by_id.get(name)
        if number:
            revision = await self._desk.revision(number)
            says = written_in(revision.body) if revision and revision.subject == name else Written()
            tip = (await self._desk.checked(name, says)).tip
        if not tip or not self._gallery.draws:
            return visit.missing()
        return png_response(visit.request, await self._gallery.image(self._drawn(visit, tip)))

    async def export(self, visit: Visit) -> Response:
        """The files as they would be with all that is published, to be taken over by whoever keeps them."""
        files = self._tools.exported(self._desk.laid)
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, text in sorted(files.items()):
                archive.writestr(name, text)
        headers = {"Content-Disposition": 'attachment; filename="tips.zip"'}
        return Response(packed.getvalue(), media_type="application/zip", headers=headers)

    async def review(self, visit: Visit) -> Response:
        """The files for which nobody answers now."""
        today, library = home_date(self._clock()), self._desk.library
        kind = visit.request.query_params.get("kind", "")
        kinds = sorted({review.file.partition("/")[0] for review in library.reviews})
        due = [review for review in library.unreviewed(today) if not kind or review.file.startswith(f"{kind}/")]
        return visit.page(
            "desk-review.html",
            due=sorted(due, key=lambda review: (review.review_due or date.max, review.file)),
            soon=_soon(library.reviews, today),
            all=len(library.reviews),
            kinds=kinds,
            kind=kind,
            name=visit.who.name,
            today=today,
        )

    async def _save(self, visit: Visit, name: str, seen: Seen, file: str) -> Response:
        """A draft from the form; what was typed stays on the page until it is stored."""
        says = Written(table_of(name, visit.form), file)
        found = await self._desk.checked(name, says)
        wants_second = visit.form.get("act") == "propose"
        standing = self._desk.standing(name)
        if wants_second and found.faults:
            return self._form(visit, visit.form, seen, standing, found)
        done = await self._desk.save(name, says, seen, self._hand(visit))
        if not done.after:
            return await self._unsaved(visit, seen, standing, found, done.code)
        if wants_second:
            done = await self._desk.step("propose", done.after, done.after.code, self._hand(visit))
        return see(f"{TIPS}/draft/{done.number}?told={done.code}")

    async def _unsaved(
        self, visit: Visit, seen: Seen, standing: Standing | None, found: Checked, code: str
    ) -> Response:
        """What was typed, to be saved once more: over what another one saved, or as a new draft where it is settled."""
        now = await self._desk.revision(seen.revision)
        theirs = fields_of(written_in(now.body).table) if now and code == "changed" else {}
        if code == "settled":
            seen = standing.seen if standing else Seen()
        elif now:
            seen = Seen(seen.revision, now.code, seen.base, seen.over)
        return self._form(visit, visit.form, seen, standing, found, code, theirs)

    async def _step(self, visit: Visit, acts: Sequence[Act]) -> Response:
        revision = await self._revision(visit)
        act = next((known for known in acts if known == visit.form.get("act")), None)
        if not revision or not act:
            return visit.missing()
        reason = written(visit.form.get("reason", ""))[:MAX_REASON]
        done = await self._desk.step(act, revision, visit.form.get("code", ""), self._hand(visit), reason)
        if done.code == "published":
            self._tools.published()
        return see(f"{TIPS}/draft/{revision.id}?told={done.code}")

    def _form(
        self,
        visit: Visit,
        fields: Mapping[str, str],
        seen: Seen,
        standing: Standing | None = None,
        found: Checked | None = None,
        refused: str = "",
        theirs: Mapping[str, str] | None = None,
    ) -> Response:
        """`theirs` is what somebody else saved meanwhile."""
        name = standing.name if standing else ""
        audience = next((known for known in AUDIENCES if known == fields.get("audience")), AUDIENCES[0])
        status = _CONFLICT if refused else _UNFIT if found and found.faults else 200
        return visit.page(
            "desk-tip-write.html",
            status,
            name=name,
            fields=defaultdict(str, fields),
            keys=KEYS,
            seen=seen,
            faults=found.faults if found else (),
            refused=refused,
            differing=[(key, value, fields.get(key, "")) for key, value in (theirs or {}).items()],
            audiences=AUDIENCES,
            topics=TOPICS,
            seasons=season_names(),
            days=DAYS,
            for_good=FOR_GOOD,
            answer_numbers=range(1, MOST_ANSWERS + 1),
            others=[(tip.id, self._title(tip)) for tip in swappable(self._desk.library, audience, name)],
            most=MAX_TIP_CHARACTERS,
        )

    def _previews(self, tip: Tip | None) -> dict[str, Mapping[str, str]]:
        """By language, how each channel shows it."""
        if not tip:
            return {}
        return {language: self._tools.shown(tip, language) for language in (("zh", "en") if tip.english else ("zh",))}

    def _card_of(self, tip: Tip | None, revision: Revision | None = None) -> str:
        """The address of its card."""
        of = f"?of={revision.id}&code={revision.code}" if revision else ""
        return f"{TIPS}/card/{tip.id}{of}" if tip and self._gallery.draws else ""

    def _drawn(self, visit: Visit, tip: Tip) -> Picture:
        request, pages = visit.request, self._pages
        return card(pages.speech(request), language_of_request(request), tip, pages.site, pages.foot(request))

    def _rows(self, outlook: Outlook, audience: str) -> list[tuple[Forecast, str, int, str]]:
        tips = self._desk.library.tips.by_id
        rows = [
            (one, self._title(tips[one.tip]), _people(one, audience), _hours_of(one))
            for one in outlook.tips
            if one.tip in tips and _people(one, audience)
        ]
        return sorted(rows, key=lambda row: -row[2])

    def _title(self, tip: Tip) -> str:
        return tip.chinese.text

    def _standing(self, visit: Visit) -> Standing | None:
        return self._desk.standing(visit.request.path_params["name"])

    async def _revision(self, visit: Visit) -> Revision | None:
        return await self._desk.revision(number_in(visit.request.path_params["number"]))

    def _person(self, visit: Visit) -> Reviewer:
        return reviewer_at_desk(self._reviewers, visit.who.account)

    def _hand(self, visit: Visit) -> Hand:
        return Hand(visit.actor, self._person(visit))


def _seen(visit: Visit) -> Seen:
    """What whoever filled in the form had before them."""
    form = visit.form
    return Seen(0, form.get("code", ""), form.get("base", "")[:64], number_in(form.get("over", "")))


def _file(standing: Standing) -> str:
    if standing.filed:
        return standing.filed.file
    return written_in(standing.published.body).file if standing.published else NEW_FILE


def _changes(standing: Standing | None, says: Written) -> list[tuple[str, str, str]]:
    """What would be other than now: a key with both values."""
    now, then = fields_of(standing.table if standing else {}), fields_of(says.table or _filed(standing))
    keys = dict.fromkeys((*now, *then))
    return [(key, now.get(key, ""), then.get(key, "")) for key in keys if now.get(key, "") != then.get(key, "")]


def _filed(standing: Standing | None) -> Mapping[str, object]:
    return standing.filed.table if standing and standing.filed else {}


def _authors(revision: Revision) -> str:
    return "、".join(name.removeprefix("desk:") for name in revision.authors)


def _one_of(known: Sequence[str], text: str) -> str:
    return text if text in known else ""


def _month(text: str) -> int:
    number = number_in(text)
    return number if 1 <= number <= 12 else 0


def _instant(at: datetime) -> str:
    return f"{at.astimezone(HOME_ZONE):%Y-%m-%d %H:%M}"


def _when(line: Line) -> str:
    return "、".join(map(_span, line.spans))


def _span(span: Span) -> str:
    return f"{span.first:%m-%d}" if span.first == span.last else f"{span.first:%m-%d} – {span.last:%m-%d}"


def _spans(tip: Tip, year: int) -> str:
    return "、".join(map(_span, spans_in(tip.season, year))) if tip.season else ""


def _hours(outlook: Outlook) -> list[tuple[str, Mapping[Audience, int], int]]:
    """For each hour, in order: how many people of each audience, and of all."""
    every = sorted({hour for hour, _ in outlook.groups})
    by_hour = [{one: outlook.groups[hour, one] for one in AUDIENCES if (hour, one) in outlook.groups} for hour in every]
    return [(_hour(hour), people, sum(people.values())) for hour, people in zip(every, by_hour, strict=True)]


def _hour(hour: int) -> str:
    return f"{hour_shown(hour):%m-%d %H:00}–{hour_shown(hour):%H:59}"


def _hours_of(forecast: Forecast) -> str:
    """From the first hour to the last."""
    first, last = hour_shown(min(forecast.hours)), hour_shown(max(forecast.hours))
    return (
        f"{first:%m-%d %H:00}–{last:%H:59}"
        if first.date() == last.date()
        else f"{first:%m-%d %H:00} – {last:%m-%d %H:59}"
    )


def _people(forecast: Forecast, audience: str) -> int:
    return next((n for one, n in forecast.audiences.items() if one == audience), 0) if audience else forecast.people


def _soon(reviews: Sequence[Review], today: date) -> list[Review]:
    """Those that a person answers for now, and that are due within a month."""
    ahead = today + SOON
    return [one for one in reviews if one.holds(today) and one.review_due and one.review_due <= ahead]
