"""Polls at the desk: what there is, and writing one until a second person publishes it."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

import msgspec
from starlette.responses import Response

from bot.domain import pollforms
from bot.domain.charts import spoken_instant
from bot.domain.colleagues import may
from bot.domain.polldrafts import OPEN, Draft, PollDrafts, Saved
from bot.domain.pollrules import Fault, poll_in
from bot.domain.polls import Poll
from bot.domain.reviewers import Reviewer, reviewer_at_desk
from bot.domain.revisions import ACTS, MAX_REASON, OUTCOMES, Act, Hand, Revision
from bot.web.desk.doors import Visit, see
from bot.web.desk.stories import ReviewedStories
from bot.web.stories import MAX_WORDS, number_in
from handlers.polls import style_of

POLLS, DRAFTS = "/desk/polls", "/desk/polls/drafts"
SHOWN = 25
# Of texts of 2,100 characters, of which a browser makes nine bytes each.
MOST_OF_RULES = 64 * 1024
STORIES_FOUND = 10
# What publishing may be refused for, beside what any revision is.
REFUSED = frozenset({"unfit", "past", "terms-fixed", "number-taken", "other-key"})
TOLD = OUTCOMES | REFUSED
WELL = frozenset({"saved", "proposed", "published", "withdrawn", "returned"})
ZONES = ("Asia/Shanghai", "Asia/Urumqi", "Asia/Hong_Kong", "Asia/Macau", "Asia/Taipei", "UTC")
_UNFIT, _CONFLICT = 422, 409

Thing = TypeVar("Thing")


@dataclass(frozen=True, slots=True, kw_only=True)
class PollTools:
    """What the room needs. `polls` are those that there are, `preview` shows a poll as each channel would."""

    drafts: PollDrafts
    polls: Callable[[], Mapping[str, Poll]]
    preview: Callable[[Poll], Awaitable[Mapping[str, list[str]]]]


class PollsRoom:
    def __init__(
        self,
        tools: PollTools,
        stories: ReviewedStories,
        reviewers: tuple[Reviewer, ...],
        clock: Callable[[], datetime],
    ) -> None:
        self._tools = tools
        self._stories = stories
        self._reviewers = reviewers
        self._clock = clock

    async def list(self, visit: Visit) -> Response:
        """What is being written, and the polls that there are: those that are open first."""
        query = visit.request.query_params
        before, page = number_in(query.get("before", "")) or None, max(number_in(query.get("page", "")), 1)
        drafts = await self._tools.drafts.waiting(before, SHOWN + 1)
        polls = sorted(self._tools.polls().values(), key=self._urgency)
        return visit.page(
            "desk-polls.html",
            drafts=[(one, _title(one)) for one in drafts[:SHOWN]],
            older=drafts[SHOWN - 1].id if len(drafts) > SHOWN else 0,
            polls=[(one, one.state(self._clock()), when(visit, one)) for one in page_of(polls, page)],
            page=page,
            more=len(polls) > page * SHOWN,
            can_write=may(visit.who, "polls.write"),
            told=visit.told(TOLD),
            well=WELL,
        )

    def _urgency(self, poll: Poll) -> tuple[int, float]:
        order = {"open": 0, "stopped": 0, "scheduled": 1, "closed": 2}
        return order[poll.state(self._clock())], -(poll.opens_at.timestamp() if poll.opens_at else 0)

    async def write(self, visit: Visit) -> Response:
        """The form of a new poll, or of changes to the one that is named; to a draft that there is already."""
        name = visit.request.query_params.get("poll", "")[: pollforms.MAX_ID]
        if name and (number := await self._tools.drafts.open_draft(name)):
            return see(f"{DRAFTS}/{number}")
        poll = await self._tools.drafts.beginning(name)
        return self._form(visit, poll, pollforms.typed(poll))

    async def begin(self, visit: Visit) -> Response:
        name = visit.form.get("poll", "")[: pollforms.MAX_ID]
        saved = await self._tools.drafts.begin(self._hand(visit), visit.form, name)
        if saved.code == "unfit":
            poll = await self._tools.drafts.beginning(name)
            return self._form(visit, poll, visit.form, saved.faults)
        return see(f"{DRAFTS}/{saved.number}?told={saved.code}")

    async def draft(self, visit: Visit) -> Response:
        draft = await self._found(visit)
        return await self._show_draft(visit, draft) if draft else visit.missing()

    async def step(self, visit: Visit) -> Response:
        """Propose it or withdraw it: whoever writes polls."""
        return await self._step(visit, ("propose", "withdraw"))

    async def decide(self, visit: Visit) -> Response:
        """Publish it or send it back: a second person."""
        return await self._step(visit, ("publish", "return"))

    async def rules(self, visit: Visit) -> Response:
        draft = await self._found(visit)
        if not draft:
            return visit.missing()
        return self._form(visit, draft.poll, pollforms.typed(draft.poll), draft=draft)

    async def save_rules(self, visit: Visit) -> Response:
        number = _number(visit)
        saved = await self._tools.drafts.save_rules(self._hand(visit), number, visit.form)
        draft = await self._found(visit)
        if draft and saved.code in ("unfit", "changed"):
            return self._form(visit, draft.poll, visit.form, saved.faults, draft, saved.code)
        return see(f"{DRAFTS}/{number}?told={saved.code}")

    async def add(self, visit: Visit) -> Response:
        """A candidate: written here, or a public story."""
        number, drafts, hand = _number(visit), self._tools.drafts, self._hand(visit)
        if "story" not in visit.form:
            return await self._after_candidate(visit, await drafts.add_candidate(hand, number, visit.form))
        story = await self._stories.public(number_in(visit.form["story"]))
        if not story:
            return visit.missing()
        return await self._after_candidate(visit, await drafts.add_story(hand, number, story))

    async def candidate(self, visit: Visit) -> Response:
        """One candidate, to be written on."""
        draft = await self._found(visit)
        option = number_in(visit.request.path_params["option"])
        if not draft or all(one.number != option for one in draft.poll.options):
            return visit.missing()
        return await self._show_candidate(visit, draft, option)

    async def change_candidate(self, visit: Visit) -> Response:
        number, option = _number(visit), number_in(visit.request.path_params["option"])
        saved = await self._tools.drafts.change_candidate(self._hand(visit), number, option, visit.form)
        draft = await self._found(visit)
        known = draft and any(one.number == option for one in draft.poll.options)
        if draft and known and saved.code in ("unfit", "changed"):
            return await self._show_candidate(visit, draft, option, saved)
        return see(f"{DRAFTS}/{number}?told={saved.code}#candidates")

    async def stories(self, visit: Visit) -> Response:
        """Public stories, to be found and picked."""
        draft = await self._found(visit)
        if not draft:
            return visit.missing()
        words = visit.request.query_params.get("q", "").strip()[:MAX_WORDS]
        page = max(number_in(visit.request.query_params.get("page", "")), 1)
        found = await self._stories.published((page - 1) * STORIES_FOUND, STORIES_FOUND + 1, words)
        picked = {pollforms.story_of(option) for option in draft.poll.options}
        return visit.page(
            "desk-poll-stories.html",
            draft=draft,
            stories=[(story, story.id in picked) for story in found[:STORIES_FOUND]],
            words=words,
            page=page,
            more=len(found) > STORIES_FOUND,
        )

    async def preview(self, visit: Visit) -> Response:
        draft = await self._found(visit)
        if not draft:
            return visit.missing()
        shown = await self._tools.preview(draft.poll) if draft.poll.options else {}
        return visit.page("desk-poll-preview.html", draft=draft, shown=shown)

    async def _step(self, visit: Visit, acts: tuple[Act, ...]) -> Response:
        form, number = visit.form, _number(visit)
        act = next((known for known in ACTS if known in acts and known == form.get("act")), None)
        if not act:
            return visit.missing()
        reason = form.get("reason", "").strip()[:MAX_REASON]
        saved = await self._tools.drafts.step(self._hand(visit), number, act, form.get("code", ""), reason)
        draft = await self._found(visit)
        if saved.code == "unfit" and draft:
            return await self._show_draft(visit, draft, saved)
        return see(f"{DRAFTS}/{number}?told={saved.code}")

    async def _after_candidate(self, visit: Visit, saved: Saved) -> Response:
        draft = await self._found(visit)
        if saved.code == "unfit" and draft:
            return await self._show_draft(visit, draft, saved)
        return see(f"{DRAFTS}/{saved.number}?told={saved.code}#candidates")

    def _form(
        self,
        visit: Visit,
        poll: Poll,
        form: Mapping[str, str],
        faults: tuple[Fault, ...] = (),
        draft: Draft | None = None,
        code: str = "",
    ) -> Response:
        """What was typed stays, with what is wrong; where somebody else has written meanwhile, with what they did."""
        status = _CONFLICT if code == "changed" else _UNFIT if faults else 200
        now = pollforms.typed(poll)
        others = [name for name in now if name in form and form[name] != now[name]] if code == "changed" else []
        known = draft.known if draft else (poll if poll.id else None)
        return visit.page(
            "desk-poll-form.html",
            status,
            poll=poll,
            draft=draft,
            typed={**dict.fromkeys(now, ""), **form} if status != 200 else now,
            seen=pollforms.rules_code(poll),
            faults={fault.field: fault.code for fault in faults},
            changed=code == "changed",
            others={name: now[name] for name in others},
            has_opened=bool(known and known.state(self._clock()) != "scheduled"),
            limits=pollforms.LIMITS,
            zones=ZONES,
            channels=pollforms.VOTING_CHANNELS,
            kinds=pollforms.KINDS,
            results=pollforms.RESULTS,
            joined=pollforms.JOINED,
            most_id=pollforms.MAX_ID,
        )

    async def _show_draft(self, visit: Visit, draft: Draft, saved: Saved | None = None) -> Response:
        revision, me = draft.revision, self._reviewer(visit)
        is_open = revision.state in OPEN
        page = max(number_in(visit.request.query_params.get("page", "")), 1)
        faults = saved.faults if saved else ()
        of_form = {fault.field: fault.code for fault in faults if not fault.option and visit.form.get("do") == "add"}
        return visit.page(
            "desk-poll-draft.html",
            _UNFIT if saved else 200,
            draft=draft,
            poll=draft.poll,
            revision=revision,
            rules=rules_in_words(visit, draft.poll),
            faults=draft.faults(self._clock()) if is_open else [],
            of_form=of_form,
            typed=visit.form if of_form else {},
            refused=bool(saved) and not of_form,
            story_twice=any(fault.code == "story-twice" for fault in faults),
            candidates=page_of(draft.poll.options, page),
            first=(page - 1) * SHOWN + 1,
            page=page,
            more=len(draft.poll.options) > page * SHOWN,
            limits=pollforms.LIMITS,
            is_open=is_open,
            is_author=any(map(me.has, revision.authors)),
            is_writer=may(visit.who, "polls.write"),
            can_write=may(visit.who, "polls.write") and is_open and not draft.overtaken,
            can_publish=may(visit.who, "polls.publish"),
            most_reason=MAX_REASON,
            told="" if saved else visit.told(TOLD),
            well=WELL,
        )

    async def _show_candidate(self, visit: Visit, draft: Draft, number: int, saved: Saved | None = None) -> Response:
        place, option = next((n, one) for n, one in enumerate(draft.poll.options, 1) if one.number == number)
        is_typed = saved is not None and visit.form.get("do") == "write"
        now = {name: getattr(option, name) for name in pollforms.CANDIDATE_TEXTS}
        return visit.page(
            "desk-poll-candidate.html",
            200 if not saved else _CONFLICT if saved.code == "changed" else _UNFIT,
            draft=draft,
            option=option,
            place=place,
            story=pollforms.story_of(option),
            is_public=number in draft.numbers,
            typed={**now, **visit.form} if is_typed else now,
            others=now if saved and saved.code == "changed" else {},
            seen=pollforms.option_code(draft.poll, number),
            faults={fault.field: fault.code for fault in saved.faults} if saved else {},
            limits=pollforms.LIMITS,
        )

    async def _found(self, visit: Visit) -> Draft | None:
        return await self._tools.drafts.draft(_number(visit))

    def _hand(self, visit: Visit) -> Hand:
        return Hand(visit.actor, self._reviewer(visit))

    def _reviewer(self, visit: Visit) -> Reviewer:
        return reviewer_at_desk(self._reviewers, visit.who.account)


def _number(visit: Visit) -> int:
    return number_in(visit.request.path_params["number"])


def page_of(things: Sequence[Thing], page: int) -> Sequence[Thing]:
    return things[(page - 1) * SHOWN : page * SHOWN]


def when(visit: Visit, poll: Poll) -> str:
    """From when until when one can vote, in the poll's zone."""
    say = visit.pages.speech(visit.request)
    opens = spoken_instant(say, poll, poll.opens_at) if poll.opens_at else say("desk.polls.opens_at_once")
    ends = poll.closes_at and spoken_instant(say, poll, poll.closes_at)
    closes = say("desk.polls.until", at=ends) if ends else say("web.poll.no_end")
    return say("desk.polls.when", opens=opens, closes=closes)


def rules_in_words(visit: Visit, poll: Poll) -> list[tuple[str, str]]:
    """The rules with the key of what each is about."""
    say = visit.pages.speech(visit.request)
    holds = "demo" if poll.demo else "yes" if poll.holds else "no"
    channels = say("votes.over_and").join(
        say(f"votes.channel.{name}") for name in pollforms.VOTING_CHANNELS if name in poll.channels
    )
    texts = [
        (f"desk.polls.field.{name}", getattr(poll, name)) for name in ("organiser", "contact", "eligibility", "rules")
    ]
    return [
        ("desk.polls.field.when", when(visit, poll)),
        ("desk.polls.field.kind", say(f"votes.rule.{style_of(poll)}", **msgspec.to_builtins(poll.kind))),
        ("desk.polls.field.results", say(f"desk.polls.results.{poll.results}")),
        ("desk.polls.field.joined", say(f"desk.polls.joined.{poll.joined}")),
        ("desk.polls.field.channels", channels),
        ("desk.polls.form.care", say(f"desk.polls.holding.{holds}")),
        *((key, text) for key, text in texts if text),
    ]


def _title(revision: Revision) -> str:
    return poll_in(revision.body).title or revision.subject
