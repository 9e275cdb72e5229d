"""Stories at the desk: the queue, one story exactly as it would be public, and the decision on it."""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from datetime import datetime
from typing import Protocol, get_args

from starlette.responses import Response

from bot.domain.colleagues import may
from bot.domain.desk import Actor
from bot.domain.flags import flags_of
from bot.domain.reviewers import Reviewer, reviewer_at_desk
from bot.domain.stories import MAX_REASON, Decision, Story, Verdict, Waiting, written
from bot.domain.times import HOME_ZONE
from bot.web.desk.doors import Visit, see
from bot.web.polls import Gallery
from bot.web.stories import MAX_WORDS, STORIES_ON_A_PAGE, number_in

QUEUE = "/desk/stories"
QUEUE_SHOWN = 25
VERDICTS: tuple[Verdict, ...] = get_args(Verdict)
# Decided: the queue is what to look at next. All else leads back to the story.
SETTLED = frozenset({"approved", "returned", "rejected", "second", "taken-down", "not-waiting", "not-public"})
TOLD = SETTLED | {"changed", "own", "again", "no-reason", "photo-awaited", "not-allowed"}
_CONFLICT = 409
WELL = frozenset({"approved", "returned", "rejected", "second", "taken-down"})


class ReviewedStories(Protocol):
    async def waiting(self, limit: int, start: int = 0) -> list[Waiting]: ...

    async def queued(self) -> Mapping[str, int]: ...

    async def waiting_for(self, number: int) -> Waiting | None: ...

    async def public(self, number: int) -> Story | None: ...

    async def published(self, start: int, limit: int, words: str = "") -> list[Story]: ...


class StoriesRoom:
    def __init__(
        self,
        stories: ReviewedStories,
        decide: Callable[[Decision, Actor], Awaitable[str]],
        reviewers: tuple[Reviewer, ...],
        gallery: Gallery,
        clock: Callable[[], datetime],
    ) -> None:
        self._stories = stories
        self._decide = decide
        self._reviewers = reviewers
        self._gallery = gallery
        self._clock = clock

    async def queue(self, visit: Visit) -> Response:
        """In pages: what waits for another person than who looks must not stand before all else for ever."""
        page = _page(visit.request.query_params.get("page", ""))
        waiting = await self._stories.waiting(QUEUE_SHOWN + 1, (page - 1) * QUEUE_SHOWN)
        return visit.page(
            "desk-stories.html",
            waiting=[(one, _needed(one), _since(one.story), len(_flags(one.story))) for one in waiting[:QUEUE_SHOWN]],
            page=page,
            more=len(waiting) > QUEUE_SHOWN,
            told=visit.told(TOLD),
            well=WELL,
        )

    async def published(self, visit: Visit) -> Response:
        """Those that are public, to be found and taken down."""
        query = visit.request.query_params
        words, page = query.get("q", "").strip()[:MAX_WORDS], _page(query.get("page", ""))
        start = (page - 1) * STORIES_ON_A_PAGE
        found = await self._stories.published(start, STORIES_ON_A_PAGE + 1, words)
        return visit.page(
            "desk-public.html",
            stories=found[:STORIES_ON_A_PAGE],
            words=words,
            page=page,
            more=len(found) > STORIES_ON_A_PAGE,
        )

    async def story(self, visit: Visit) -> Response:
        return await self._show(visit, visit.told(TOLD))

    async def _show(self, visit: Visit, told: str, typed: str = "") -> Response:
        """With the reason that was `typed` where it could not be used: the story is another one by now."""
        waiting = await self._found(visit)
        if not waiting:
            return visit.missing()
        me = self._reviewer(visit)
        return visit.page(
            "desk-story.html",
            _CONFLICT if typed else 200,
            typed=typed,
            waiting=waiting,
            story=waiting.story,
            since=_since(waiting.story),
            needed=_needed(waiting),
            flags=_flags(waiting.story),
            can_decide=may(visit.who, "stories.decide"),
            is_own=me.has(waiting.story.author.person),
            has_approved=any(map(me.has, waiting.approvers)),
            most=MAX_REASON,
            told=told,
            well=WELL,
        )

    async def photo(self, visit: Visit) -> Response:
        """The photo that is decided on; it may go while it is asked for."""
        waiting = await self._found(visit)
        photo = waiting.story.shown_photo if waiting else None
        with suppress(FileNotFoundError):
            if photo and photo.digest == visit.request.query_params.get("of"):
                return Response(await self._gallery.image(photo), media_type="image/jpeg")
        return visit.missing()

    async def decide(self, visit: Visit) -> Response:
        form, number = visit.form, number_in(visit.request.path_params["number"])
        verdict = next((known for known in VERDICTS if known == form.get("verdict")), None)
        if not (verdict and number):
            return visit.missing()
        decision = Decision(
            story=number,
            verdict=verdict,
            code=form.get("code", ""),
            reviewer=self._reviewer(visit),
            at=self._clock(),
            reason="" if verdict == "approve" else written(form.get("reason", ""))[:MAX_REASON],
        )
        code = await self._decide(decision, visit.actor)
        if code == "changed" and decision.reason:
            return await self._show(visit, code, decision.reason)
        return see(f"{QUEUE}?told={code}" if code in SETTLED else f"{QUEUE}/{number}?told={code}")

    async def _found(self, visit: Visit) -> Waiting | None:
        """A story that waits or is public; of all others the desk knows nothing."""
        number = number_in(visit.request.path_params["number"])
        public = await self._stories.public(number)
        return Waiting(public) if public else await self._stories.waiting_for(number)

    def _reviewer(self, visit: Visit) -> Reviewer:
        return reviewer_at_desk(self._reviewers, visit.who.account)


def _flags(story: Story) -> list[tuple[str, str]]:
    found = flags_of("\n".join((story.title, story.text, story.name or "")))
    return [(f"review.flag.{flag.kind}", flag.found) for flag in found]


def _needed(waiting: Waiting) -> int:
    return max(waiting.story.reviewers - len(waiting.approvers), 0)


def _since(story: Story) -> str:
    return f"{(story.waits_since or story.changed_at).astimezone(HOME_ZONE):%Y-%m-%d %H:%M}"


def _page(text: str) -> int:
    return max(number_in(text), 1)
