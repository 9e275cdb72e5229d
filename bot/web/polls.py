"""The public view of a poll: a page for readers, a picture to pass on, JSON for programs."""

from datetime import datetime
from typing import Protocol

from msgspec import Struct
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from bot.domain.charts import Chart, picture_of
from bot.domain.ledger import ChannelCount
from bot.domain.notes import Checkpoint
from bot.domain.polls import Option, Standing
from bot.domain.times import HOME_ZONE
from bot.messages import Photo, Picture
from bot.web.curves import curve_of
from bot.web.guard import GUARD, SHOWING
from bot.web.pages import Pages, json_response, language_of_request
from bot.web.photos import png_response


class Standings(Protocol):
    async def standing(self, poll_id: str) -> Standing | None:
        """How the poll stands, at most 200 ms old; None for a poll that does not exist."""
        ...

    async def chart(self, poll_id: str) -> Chart | None:
        """How the poll stood within the last minute, to be drawn; None for a poll that does not exist."""
        ...


class Gallery(Protocol):
    @property
    def draws(self) -> bool: ...

    async def image(self, shown: Picture | Photo) -> bytes: ...


class Evidence(Protocol):
    async def checkpoint(self, poll: str) -> Checkpoint | None:
        """The newest signed head of the poll's ledger; None before the first."""
        ...

    def vkey(self, poll: str) -> str:
        """The public key that verifies the poll's checkpoints."""
        ...


class OptionStanding(Struct, frozen=True, omit_defaults=True):
    """`votes` is null while the results are hidden."""

    id: str
    number: int
    title: str
    votes: int | None
    category: str = ""
    withdrawn: bool = False


class PollStanding(Struct, frozen=True, omit_defaults=True):
    """The JSON of GET /api/polls/POLL; instants in ISO 8601 with their offset. `as_of` is that of delayed counters."""

    poll: str
    title: str
    demo: bool
    state: str
    opens_at: str | None
    closes_at: str | None
    ballots: int
    voters: int
    held: int
    options: list[OptionStanding]
    as_of: str | None = None
    channels: dict[str, ChannelCount] = {}


class Bar(Struct, frozen=True):
    """A candidate on the page; `width` is in percent of the longest bar, `votes` None while they are hidden."""

    number: int
    title: str
    votes: int | None
    width: float
    withdrawn: bool


class PollPages:
    def __init__(self, pages: Pages, standings: Standings, evidence: Evidence, gallery: Gallery) -> None:
        self._pages = pages
        self._standings = standings
        self._evidence = evidence
        self._gallery = gallery

    def routes(self) -> list[Route]:
        return [
            Route("/api/polls/{poll}", self.data, middleware=[GUARD]),
            Route("/polls/{poll}.png", self.picture, middleware=[GUARD]),
            Route("/polls/{poll}", self.page, middleware=[SHOWING]),
            Route("/polls/{poll}/checkpoint", self.checkpoint, middleware=[GUARD]),
        ]

    async def data(self, request: Request) -> Response:
        standing = await self._standings.standing(request.path_params["poll"])
        if standing is None:
            return json_response({"error": self._pages.say(request, "web.poll.missing")}, 404)
        return json_response(_as_json(standing))

    async def page(self, request: Request) -> Response:
        standing = await self._standings.standing(request.path_params["poll"])
        if standing is None:
            return self._pages.render(request, "missing.html", 404, sentence="web.poll.missing")
        english = language_of_request(request) == "en"
        chart = await self._standings.chart(standing.poll.id)
        return self._pages.render(
            request,
            "poll.html",
            drawn=self._gallery.draws,
            curve=curve_of(chart.curve) if chart else None,
            standing=standing,
            title=(english and standing.poll.english) or standing.poll.title,
            bars=bars_of(standing, english=english),
            shown_time=_shown_time,
            checkpoint=await self._evidence.checkpoint(standing.poll.id),
            vkey=self._evidence.vkey(standing.poll.id),
        )

    async def picture(self, request: Request) -> Response:
        """The standing as a PNG, at most a minute old; who has it already gets 304."""
        chart = await self._standings.chart(request.path_params["poll"])
        if chart is None or not self._gallery.draws:
            return self._pages.render(request, "missing.html", 404, sentence="web.poll.missing")
        say, foot = self._pages.speech(request), self._pages.foot(request)
        png = await self._gallery.image(picture_of(chart, say, foot, english=language_of_request(request) == "en"))
        return png_response(request, png)

    async def checkpoint(self, request: Request) -> Response:
        """The newest checkpoint as it was signed: a file to keep."""
        checkpoint = await self._evidence.checkpoint(request.path_params["poll"])
        headers = {"Cache-Control": "no-store"}
        if not checkpoint:
            return PlainTextResponse(self._pages.say(request, "web.poll.unsealed"), 404, headers)
        return PlainTextResponse(checkpoint.note, headers=headers)


def _as_json(standing: Standing) -> PollStanding:
    poll = standing.poll
    return PollStanding(
        poll=poll.id,
        title=poll.title,
        demo=poll.demo,
        state=standing.state,
        opens_at=standing.opens_at.isoformat() if standing.opens_at else None,
        closes_at=standing.closes_at.isoformat() if standing.closes_at else None,
        ballots=standing.ballots,
        voters=standing.voters,
        held=standing.held,
        options=[
            OptionStanding(o.id, o.number, o.title, _votes(standing, o), o.category, o.withdrawn) for o in poll.options
        ],
        as_of=standing.as_of.isoformat() if standing.as_of else None,
        channels=standing.channels,
    )


def bars_of(standing: Standing, *, english: bool = False) -> list[Bar]:
    most = max((standing.votes or {}).values(), default=0)
    return [
        Bar(
            option.number,
            (english and option.english) or option.title,
            votes := _votes(standing, option),
            round(100 * votes / most, 1) if votes else 0.0,
            option.withdrawn,
        )
        for option in standing.poll.options
    ]


def _votes(standing: Standing, option: Option) -> int | None:
    return None if standing.votes is None else standing.votes.get(option.number, 0)


def _shown_time(at: datetime) -> str:
    return at.astimezone(HOME_ZONE).strftime("%Y-%m-%d %H:%M")
