"""Decisions of the command line, which asks the service that has the database open."""

import hmac
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.domain.stories import MAX_REASON, Decision, Verdict
from bot.web.bodies import Refused, read_json
from bot.web.guard import GUARD
from bot.web.pages import json_response

PATH = "/api/review"
MAX_REVIEWER = 128
MAX_STORY = 10**9


class Wanted(Struct, frozen=True):
    """A decision, as the command line sends it."""

    story: Annotated[int, Meta(ge=0, le=MAX_STORY)]
    verdict: Verdict
    code: Annotated[str, Meta(max_length=64)]
    reviewer: Annotated[str, Meta(max_length=MAX_REVIEWER)]
    reason: Annotated[str, Meta(max_length=MAX_REASON)] = ""

    def decision(self, at: datetime) -> Decision:
        return Decision(self.story, self.verdict, self.code, f"terminal:{self.reviewer}", at, self.reason)


class Decided(Struct, frozen=True):
    outcome: str


class ReviewRoute:
    """`key` is the secret that only this machine's command line can read: a file beside the database, or derived."""

    def __init__(self, decide: Callable[[Decision], Awaitable[str]], key: bytes, clock: Callable[[], datetime]) -> None:
        self._decide = decide
        self._pass = f"Bearer {key.hex()}".encode()
        self._clock = clock

    def routes(self) -> list[Route]:
        return [Route(PATH, self.review, methods=["POST"], middleware=[GUARD])]

    async def review(self, request: Request) -> Response:
        given = request.headers.get("authorization", "").encode("latin-1", "replace")
        if not hmac.compare_digest(given, self._pass):
            return Response(status_code=403)
        try:
            wanted = await read_json(request, Wanted, Refused(400, ""))
        except Refused as refused:
            return Response(status_code=refused.status)
        return json_response(Decided(await self._decide(wanted.decision(self._clock()))))
