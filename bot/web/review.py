"""Decisions of the command line, which asks the service that has the database open."""

import hmac
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated, TypeVar

from msgspec import Meta, Struct
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.domain import holds
from bot.domain.reviewers import Reviewer
from bot.domain.stories import MAX_REASON, Decision, Verdict
from bot.web.bodies import Refused, read_json
from bot.web.guard import GUARD
from bot.web.pages import json_response

REVIEW_PATH = "/api/review"
HELD_PATH = "/api/held"
MAX_NUMBER = 10**9

Shape = TypeVar("Shape", bound=Struct)
Number = Annotated[int, Meta(ge=0, le=MAX_NUMBER)]


class Wanted(Struct, frozen=True):
    """A decision on a story, as the command line sends it."""

    story: Number
    verdict: Verdict
    code: Annotated[str, Meta(max_length=64)]
    reviewer: Reviewer
    reason: Annotated[str, Meta(max_length=MAX_REASON)] = ""

    def decision(self, at: datetime) -> Decision:
        return Decision(self.story, self.verdict, self.code, self.reviewer, at, self.reason)


class WantedRuling(Struct, frozen=True):
    """A ruling on held ballots, as the command line sends it."""

    case: Number
    verdict: holds.Verdict
    seen: Number
    reviewer: Reviewer
    appeal: Number = 0

    def ruling(self, at: datetime) -> holds.Ruling:
        return holds.Ruling(self.case, self.verdict, self.reviewer, self.seen, at, self.appeal)


class Decided(Struct, frozen=True):
    outcome: str


class ReviewRoutes:
    """`key` is the secret that only this machine's command line can read: a file beside the database, or derived."""

    def __init__(
        self,
        decide: Callable[[Decision], Awaitable[str]],
        rule: Callable[[holds.Ruling], Awaitable[str]],
        key: bytes,
        clock: Callable[[], datetime],
    ) -> None:
        self._decide = decide
        self._rule = rule
        self._pass = f"Bearer {key.hex()}".encode()
        self._clock = clock

    def routes(self) -> list[Route]:
        return [
            Route(REVIEW_PATH, self.review, methods=["POST"], middleware=[GUARD]),
            Route(HELD_PATH, self.held, methods=["POST"], middleware=[GUARD]),
        ]

    async def review(self, request: Request) -> Response:
        return await self._answer(request, Wanted, lambda wanted: self._decide(wanted.decision(self._clock())))

    async def held(self, request: Request) -> Response:
        return await self._answer(request, WantedRuling, lambda wanted: self._rule(wanted.ruling(self._clock())))

    async def _answer(
        self, request: Request, shape: type[Shape], decide: Callable[[Shape], Awaitable[str]]
    ) -> Response:
        given = request.headers.get("authorization", "").encode("latin-1", "replace")
        if not hmac.compare_digest(given, self._pass):
            return Response(status_code=403)
        try:
            wanted = await read_json(request, shape, Refused(400, ""))
        except Refused as refused:
            return Response(status_code=refused.status)
        return json_response(Decided(await decide(wanted)))
