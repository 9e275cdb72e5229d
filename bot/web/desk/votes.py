"""How polls stand, at the desk: figures and picture, the stop in an emergency, held votes, the public bundle."""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import IO, Protocol, get_args

from starlette.responses import Response, StreamingResponse

from bot.domain.charts import Chart
from bot.domain.colleagues import may
from bot.domain.desk import Actor
from bot.domain.holds import OPERATORS_NEEDED, Case, Ruling, Verdict
from bot.domain.polldrafts import PollDrafts
from bot.domain.polls import Poll, Standing
from bot.domain.reviewers import Reviewer, reviewer_at_desk
from bot.domain.stops import Stop, StopAct, StopOrder
from bot.domain.times import HOME_ZONE
from bot.web.curves import curve_of
from bot.web.desk.doors import Visit, see
from bot.web.desk.polls import SHOWN, rules_in_words
from bot.web.polls import Gallery, bars_of
from bot.web.stories import number_in
from handlers.held import line_of, reason_of

OF, HELD = "/desk/polls/of", "/desk/held"
CHUNK_BYTES = 256 * 1024
STOP_ACTS: tuple[StopAct, ...] = get_args(StopAct)
VERDICTS: tuple[Verdict, ...] = get_args(Verdict)
STOP_ENDS = ("stopped", "second", "again", "goes-on", "unchanged", "not-stopped", "closed", "unknown", "not-allowed")
NO_BUNDLE = ("not-closed", "nothing", "wrong-key")
RULED = frozenset({"second", "released", "excluded", "again", "own", "changed", "settled", "unknown", "not-allowed"})
WELL = frozenset({"stopped", "second", "goes-on", "released", "excluded"})


class Stops(Protocol):
    async def stops(self) -> dict[str, Stop]: ...


class Cases(Protocol):
    async def cases(self, limit: int, start: int = 0) -> list[Case]: ...

    async def open_cases(self) -> int: ...

    async def case(self, number: int) -> Case | None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class VoteTools:
    """What the room needs. `rule` writes down who of the desk does it.

    `bundle` gives a poll's public bundle as a zip file, which its reader closes, or the code of why there is none.
    """

    drafts: PollDrafts
    polls: Callable[[], Mapping[str, Poll]]
    standing: Callable[[str], Awaitable[Standing | None]]
    chart: Callable[[str], Awaitable[Chart | None]]
    stops: Stops
    order: Callable[[StopOrder], Awaitable[str]]
    bundle: Callable[[Poll], Awaitable[IO[bytes] | str]]
    cases: Cases
    rule: Callable[[Ruling, Actor], Awaitable[str]]


class VotesRoom:
    def __init__(
        self, tools: VoteTools, reviewers: tuple[Reviewer, ...], gallery: Gallery, clock: Callable[[], datetime]
    ) -> None:
        self._tools = tools
        self._reviewers = reviewers
        self._gallery = gallery
        self._clock = clock

    async def poll(self, visit: Visit) -> Response:
        """How a poll stands: figures, curve and picture as everybody may see them, and what can be done about it."""
        name = visit.request.path_params["poll"]
        standing, chart = await self._tools.standing(name), await self._tools.chart(name)
        if not standing or not chart:
            return visit.missing()
        poll = standing.poll
        stop = (await self._tools.stops.stops()).get(name)
        me = self._reviewer(visit)
        return visit.page(
            "desk-poll.html",
            poll=poll,
            standing=standing,
            bars=bars_of(standing),
            curve=curve_of(chart.curve),
            rules=rules_in_words(visit, poll),
            drawn=self._gallery.draws,
            shown_time=_shown_time,
            stop=stop,
            has_agreed=bool(stop and stop.wanted_by and me.has(stop.wanted_by)),
            history=await self._tools.drafts.history(name, SHOWN),
            can_publish=may(visit.who, "polls.publish"),
            can_write=may(visit.who, "polls.write"),
            told=visit.told(frozenset((*STOP_ENDS, *NO_BUNDLE))),
            well=WELL,
        )

    async def stop(self, visit: Visit) -> Response:
        """Stop it at once, or agree that it goes on."""
        name = visit.request.path_params["poll"]
        act = next((known for known in STOP_ACTS if known == visit.form.get("act")), None)
        if not act or name not in self._tools.polls():
            return visit.missing()
        order = StopOrder(name, act, self._reviewer(visit), visit.actor, self._clock())
        return see(f"{OF}/{name}?told={await self._tools.order(order)}")

    async def bundle(self, visit: Visit) -> Response:
        """The public bundle of a closed poll, as a file."""
        poll = self._tools.polls().get(visit.request.path_params["poll"])
        if not poll:
            return visit.missing()
        found = await self._tools.bundle(poll)
        if isinstance(found, str):
            return see(f"{OF}/{poll.id}?told={found}")
        headers = {
            "Content-Length": str(found.seek(0, 2)),
            "Content-Disposition": f'attachment; filename="{poll.id}.zip"',
        }
        found.seek(0)
        return StreamingResponse(_chunks(found), media_type="application/zip", headers=headers)

    async def held(self, visit: Visit) -> Response:
        page = max(number_in(visit.request.query_params.get("page", "")), 1)
        cases = await self._tools.cases.cases(SHOWN + 1, (page - 1) * SHOWN)
        return visit.page(
            "desk-held.html",
            cases=[(case, self._line(visit, case)) for case in cases[:SHOWN]],
            page=page,
            more=len(cases) > SHOWN,
            told=visit.told(RULED),
            well=WELL,
        )

    async def case(self, visit: Visit) -> Response:
        case = await self._tools.cases.case(_number(visit))
        if not case:
            return visit.missing()
        return visit.page(
            "desk-case.html",
            case=case,
            line=self._line(visit, case),
            reason=reason_of(visit.pages.speech(visit.request), case),
            needed=OPERATORS_NEEDED,
            shown_time=_shown_time,
            can_rule=may(visit.who, "polls.publish"),
            told=visit.told(RULED),
            well=WELL,
        )

    async def rule(self, visit: Visit) -> Response:
        form, number = visit.form, _number(visit)
        verdict = next((known for known in VERDICTS if known == form.get("verdict")), None)
        if not verdict:
            return visit.missing()
        seen, appeal = number_in(form.get("seen", "")), number_in(form.get("appeal", ""))
        ruling = Ruling(number, verdict, self._reviewer(visit), 1 if appeal else seen, self._clock(), appeal)
        code = await self._tools.rule(ruling, visit.actor)
        settled = code in ("released", "excluded", "settled", "unknown") and not appeal
        return see(f"{HELD}?told={code}" if settled else f"{HELD}/{number}?told={code}")

    def _line(self, visit: Visit, case: Case) -> str:
        return line_of(visit.pages.speech(visit.request), self._tools.polls(), case)

    def _reviewer(self, visit: Visit) -> Reviewer:
        return reviewer_at_desk(self._reviewers, visit.who.account)


def _number(visit: Visit) -> int:
    return number_in(visit.request.path_params["number"])


def _chunks(file: IO[bytes]) -> Iterator[bytes]:
    """Read in a thread, a piece at a time: a bundle may be larger than the memory."""
    with file:
        while chunk := file.read(CHUNK_BYTES):
            yield chunk


def _shown_time(at: datetime) -> str:
    return f"{at.astimezone(HOME_ZONE):%Y-%m-%d %H:%M}"
