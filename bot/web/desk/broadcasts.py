"""Notices to many people at the desk: written, looked at by a second person, begun, watched, paused, stopped."""

import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, get_args

import msgspec
from msgspec import structs
from starlette.responses import Response

from bot.domain.audiences import AUDIENCES
from bot.domain.broadcasts import (
    BEFORE,
    MAX_CHARACTERS,
    Broadcast,
    Draft,
    Ends,
    Forecast,
    Order,
    Ordered,
    Progress,
)
from bot.domain.colleagues import may
from bot.domain.desk import Actor
from bot.domain.reports import account, duration, figures, in_short, outlook
from bot.domain.reviewers import AT_DESK, Reviewer, reviewer_at_desk, reviewer_with
from bot.domain.revisions import MAX_REASON, OUTCOMES, Act, Revision, RevisionReader, State, Step, Stepped
from bot.domain.stories import written
from bot.domain.times import HOME_ZONE
from bot.domain.tips import Audience
from bot.web.desk.doors import Visit, see
from bot.web.stories import number_in

HERE = "/desk/broadcasts"
DRAFTS = f"{HERE}/drafts"
SHOWN = 20
ORDERS: tuple[Order, ...] = get_args(Order)
OPEN: tuple[State, ...] = ("draft", "proposed", "returned")
# What the person who writes it may do besides saving; the other two are for a second person.
WRITERS_ACTS: tuple[Act, ...] = ("propose", "withdraw")
# What a form came to, besides what may come of a revision's step.
TOLD = frozenset({"begun", "people", "counting", "paused", "sending", "stopped", "not-now", "unknown", "not-allowed"})
WELL = frozenset({"saved", "proposed", "withdrawn", "returned", "begun", "paused", "sending", "stopped"})
_UNFIT, _CONFLICT = 422, 409


class Records(Protocol):
    async def recent(self, limit: int, before: int | None = None) -> Sequence[Broadcast]: ...

    async def begun_with(self, revision: int) -> int: ...

    async def progress(self, number: int, now: datetime) -> Progress | None: ...

    async def ends(self, number: int) -> Sequence[Ends]: ...


class Revisions(RevisionReader, Protocol):
    async def step(self, step: Step) -> Stepped: ...


class Orders(Protocol):
    async def start(self, step: Step, people: int) -> Stepped: ...

    async def order(self, ordered: Ordered, by: Actor) -> str: ...


class Prospects(Protocol):
    @property
    def channels(self) -> tuple[str, ...]: ...

    def shown(self, draft: Draft) -> Mapping[str, str]: ...

    def seconds_for(self, channels: Sequence[str], messages: int) -> float: ...

    async def counted(self, draft: Draft) -> Forecast | None:
        """How many people it would reach; None while they are being counted."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Notices:
    """What the room needs of notices. `new_subject` gives a name that no other notice has."""

    revisions: Revisions
    records: Records
    orders: Orders
    prospects: Prospects
    new_subject: Callable[[], str]


class BroadcastsRoom:
    def __init__(self, notices: Notices, reviewers: tuple[Reviewer, ...], clock: Callable[[], datetime]) -> None:
        self._revisions = notices.revisions
        self._records = notices.records
        self._orders = notices.orders
        self._prospects = notices.prospects
        self._new_subject = notices.new_subject
        self._reviewers = reviewers
        self._clock = clock

    async def list(self, visit: Visit) -> Response:
        """What is being written, and what has begun; each with pages of its own."""
        query = visit.request.query_params
        drafts = await self._revisions.listed("broadcast", OPEN, _before(query.get("drafts", "")), SHOWN + 1)
        begun = await self._records.recent(SHOWN + 1, _before(query.get("before", "")))
        return visit.page(
            "desk-broadcasts.html",
            drafts=[(one, in_short(_draft(one).text), _when(one.changed_at)) for one in drafts[:SHOWN]],
            more_drafts=drafts[SHOWN - 1].id if len(drafts) > SHOWN else 0,
            begun=[(one, in_short(one.notice.reply.text), _when(one.at)) for one in begun[:SHOWN]],
            older=begun[SHOWN - 1].id if len(begun) > SHOWN else 0,
            can_write=may(visit.who, "broadcasts.write"),
            told=_told(visit),
            well=WELL,
        )

    async def new(self, visit: Visit) -> Response:
        return self._form(visit, Draft("", "everyone", self._prospects.channels))

    async def edit(self, visit: Visit) -> Response:
        revision = await self._found(visit)
        return self._form(visit, _draft(revision), revision) if revision else visit.missing()

    async def begin(self, visit: Visit) -> Response:
        """Save the first text of a new one."""
        draft = self._written(visit)
        if refused := draft.unfit(self._prospects.channels):
            return self._form(visit, draft, refused=refused)
        return self._led(await self._revisions.step(self._step(visit, "save", draft)))

    async def save(self, visit: Visit) -> Response:
        """What was typed stays on the page where it cannot be saved; if another saved meanwhile, beside their text."""
        revision = await self._found(visit)
        if not revision:
            return visit.missing()
        draft = self._written(visit)
        if refused := draft.unfit(self._prospects.channels):
            return self._form(visit, draft, revision, refused, code=visit.form.get("code", ""))
        done = await self._revisions.step(self._step(visit, "save", draft, revision.id))
        if done.code == "changed":
            now = await self._revisions.revision(revision.id)
            return self._form(visit, draft, now, "changed", theirs=_draft(now) if now else None)
        return self._led(done)

    async def draft(self, visit: Visit) -> Response:
        revision = await self._found(visit)
        if not revision:
            return visit.missing()
        draft, me = _draft(revision), self._reviewer(visit)
        refused = draft.unfit(self._prospects.channels)
        forecast = await self._prospects.counted(draft) if revision.state in OPEN and not refused else None
        say = visit.pages.speech(visit.request)
        return visit.page(
            "desk-broadcast-draft.html",
            revision=revision,
            draft=draft,
            refused=refused,
            shown=self._prospects.shown(draft),
            forecast=forecast,
            outlook=outlook(say, forecast, draft.audience) if forecast else (),
            authors=[self._name(author) for author in revision.authors],
            second=self._name(revision.second),
            changed=_when(revision.changed_at),
            is_open=revision.state in OPEN,
            is_own=any(map(me.has, revision.authors)),
            can_write=may(visit.who, "broadcasts.write"),
            can_publish=may(visit.who, "broadcasts.publish"),
            begun=await self._records.begun_with(revision.id) if revision.state == "published" else 0,
            most=MAX_REASON,
            told=_told(visit),
            well=WELL,
        )

    async def step(self, visit: Visit) -> Response:
        """Propose it, or withdraw it."""
        act = next((known for known in WRITERS_ACTS if known == visit.form.get("act")), None)
        revision = await self._found(visit)
        if not (act and revision):
            return visit.missing()
        return self._led(await self._revisions.step(self._step(visit, act, None, revision.id)))

    async def decide(self, visit: Visit) -> Response:
        """The second person starts it, for as many people as they were shown and have typed; or sends it back."""
        revision, act = await self._found(visit), visit.form.get("act")
        if not revision or act not in ("publish", "return"):
            return visit.missing()
        if act == "return":
            return self._led(await self._revisions.step(self._step(visit, "return", None, revision.id)))
        draft = _draft(revision)
        if draft.unfit(self._prospects.channels):
            return see(f"{DRAFTS}/{revision.id}")
        forecast = await self._prospects.counted(draft)
        if not forecast:
            return see(f"{DRAFTS}/{revision.id}?told=counting")
        if not forecast.people or _people_in(visit.form.get("people", "")) != forecast.people:
            return see(f"{DRAFTS}/{revision.id}?told=people")
        done = await self._orders.start(self._step(visit, "publish", None, revision.id), forecast.people)
        if done.code != "published":
            return self._led(done)
        return see(f"{HERE}/{await self._records.begun_with(revision.id)}?told=begun")

    async def show(self, visit: Visit) -> Response:
        """How one stands. A page that looks on by itself is loaded as a whole once nothing more moves."""
        number = number_in(visit.request.path_params["number"])
        progress = await self._records.progress(number, self._clock())
        if not progress:
            return visit.missing()
        one, say = progress.broadcast, visit.pages.speech(visit.request)
        audited, ends = one.audited, await self._records.ends(number)
        left = max(audited.waiting - progress.later, 0)
        revision = await self._revisions.revision(one.revision) if one.revision else None
        response = visit.page(
            "desk-broadcast.html",
            one=one,
            figures=figures(audited),
            account=account(say, progress, ends),
            moves=not progress.rests,
            left=duration(say, self._prospects.seconds_for(one.notice.channels, left)) if left else "",
            orders=[order for order in ORDERS if self._has_sense(order, progress)],
            can_order=may(visit.who, "broadcasts.publish"),
            authors=[self._name(author) for author in revision.authors] if revision else (),
            begun_by=self._name(one.operator),
            began=_when(one.at),
            told=_told(visit),
            well=WELL,
        )
        if progress.rests and visit.request.headers.get("hx-request"):
            response.headers["HX-Refresh"] = "true"
        return response

    async def order(self, visit: Visit) -> Response:
        order = next((known for known in ORDERS if known == visit.form.get("order")), None)
        number = number_in(visit.request.path_params["number"])
        if not (order and number):
            return visit.missing()
        code = await self._orders.order(Ordered(number, order, self._clock()), visit.actor)
        return see(f"{HERE}/{number}?told={code}")

    @staticmethod
    def _has_sense(order: Order, progress: Progress) -> bool:
        """Whether it would change something now."""
        one = progress.broadcast
        is_so = (order, one.state) in (
            ("pause", "paused"),
            ("resume", "sending"),
            ("resume", "planned"),
            ("stop", "stopped"),
        )
        return one.state in BEFORE[order] and not is_so

    def _written(self, visit: Visit) -> Draft:
        form = visit.form
        audience: Audience = next((known for known in AUDIENCES if known == form.get("audience")), "everyone")
        channels = tuple(channel for channel in self._prospects.channels if form.get(f"channel-{channel}"))
        return Draft(written(form.get("text", "")), audience, channels)

    def _form(
        self,
        visit: Visit,
        draft: Draft,
        revision: Revision | None = None,
        refused: str = "",
        *,
        code: str = "",
        theirs: Draft | None = None,
    ) -> Response:
        return visit.page(
            "desk-broadcast-form.html",
            {"": 200, "changed": _CONFLICT}.get(refused, _UNFIT),
            draft=draft,
            revision=revision,
            code=code or (revision.code if revision else ""),
            refused=refused,
            theirs=theirs,
            audiences=AUDIENCES,
            channels=self._prospects.channels,
            most=MAX_CHARACTERS,
        )

    def _step(self, visit: Visit, act: Act, draft: Draft | None, revision: int = 0) -> Step:
        step = Step(
            act,
            "broadcast",
            visit.actor,
            self._reviewer(visit),
            self._clock(),
            revision=revision,
            code=visit.form.get("code", ""),
            reason=written(visit.form.get("reason", ""))[:MAX_REASON] if act == "return" else "",
        )
        if not draft:
            return step
        return structs.replace(step, subject=self._new_subject(), body=msgspec.json.encode(draft))

    def _led(self, done: Stepped) -> Response:
        """To the draft; without one to the list."""
        return see(f"{DRAFTS}/{done.number}?told={done.code}" if done.number else f"{HERE}?told={done.code}")

    async def _found(self, visit: Visit) -> Revision | None:
        revision = await self._revisions.revision(number_in(visit.request.path_params["number"]))
        return revision if revision and revision.kind == "broadcast" else None

    def _name(self, account: str) -> str:
        """Who it was, as colleagues know them."""
        person = reviewer_with(self._reviewers, account)
        names = [known for known in person.accounts if known.startswith(AT_DESK)] if person else []
        return (names[0] if names else account).removeprefix(AT_DESK)

    def _reviewer(self, visit: Visit) -> Reviewer:
        return reviewer_at_desk(self._reviewers, visit.who.account)


def _draft(revision: Revision) -> Draft:
    return msgspec.json.decode(revision.body, type=Draft)


def _told(visit: Visit) -> tuple[str, str]:
    """What the form that led here came to, as a code and as the key of its sentence."""
    code = visit.told(TOLD | OUTCOMES)
    return code, f"desk.notice.told.{code}" if code in TOLD else f"desk.revision.told.{code}"


def _before(text: str) -> int | None:
    return number_in(text) or None


def _people_in(text: str) -> int:
    """A number of people as somebody types it: 1,234 as well as １２３４."""
    plain = unicodedata.normalize("NFKC", text)
    return number_in("".join(plain.replace(",", " ").split()))


def _when(at: datetime) -> str:
    return f"{at.astimezone(HOME_ZONE):%m-%d %H:%M}"
