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
from bot.domain.broadcasts import MAX_CHARACTERS, Confirmed, Order, Ordered
from bot.domain.desk import Actor, MachineOrder
from bot.domain.reviewers import Reviewer
from bot.domain.stories import MAX_REASON, Decision, Verdict
from bot.domain.switch import Turn, Turned
from bot.domain.tips import Audience
from bot.web.bodies import Refused, read_json
from bot.web.guard import GUARD
from bot.web.pages import json_response

REVIEW_PATH = "/api/review"
HELD_PATH = "/api/held"
BROADCAST_PATH = "/api/broadcast"
BROADCAST_ORDER_PATH = "/api/broadcast/order"
OPERATOR_PATH = "/api/operator"
SWITCH_PATH = "/api/switch"
MAX_NUMBER = 10**9

Shape = TypeVar("Shape", bound=Struct)
Number = Annotated[int, Meta(ge=0, le=MAX_NUMBER)]
Channel = Annotated[str, Meta(max_length=16)]


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


class WantedBroadcast(Struct, frozen=True):
    """A broadcast that was shown and confirmed in the command line; `key` is the same when it is sent again."""

    text: Annotated[str, Meta(min_length=1, max_length=MAX_CHARACTERS)]
    audience: Audience
    channels: tuple[Channel, ...]
    operator: Reviewer
    people: Number
    key: Annotated[str, Meta(min_length=16, max_length=64)]

    def confirmed(self, at: datetime) -> Confirmed:
        who = self.operator.name
        return Confirmed(self.text, self.audience, self.channels, who, self.people, at, self.key)


class WantedOrder(Struct, frozen=True):
    """Pause, resume or stop a broadcast, as the command line sends it."""

    number: Number
    order: Order
    operator: Reviewer

    @property
    def by(self) -> Actor:
        return Actor(self.operator.name)

    def ordered(self, at: datetime) -> Ordered:
        return Ordered(self.number, self.order, at)


class WantedTurn(Struct, frozen=True):
    """Halt all sending, or let it go on, as the command line sends it."""

    turn: Turn
    operator: Reviewer

    def turned(self, at: datetime) -> Turned:
        return Turned(self.turn, Actor(self.operator.name), at)


class Decided(Struct, frozen=True):
    """What became of it, as a code; of a new broadcast its number."""

    outcome: str


class ReviewRoutes:
    """`key` is the secret that only this machine's command line can read: a file beside the database, or derived."""

    def __init__(
        self,
        decide: Callable[[Decision], Awaitable[str]],
        rule: Callable[[holds.Ruling], Awaitable[str]],
        broadcast: Callable[[Confirmed], Awaitable[str]],
        order: Callable[[Ordered, Actor], Awaitable[str]],
        obey: Callable[[MachineOrder], Awaitable[str]],
        turn: Callable[[Turned], Awaitable[str]],
        key: bytes,
        clock: Callable[[], datetime],
    ) -> None:
        self._decide = decide
        self._rule = rule
        self._broadcast = broadcast
        self._order = order
        self._obey = obey
        self._turn = turn
        self._pass = f"Bearer {key.hex()}".encode()
        self._clock = clock

    def routes(self) -> list[Route]:
        return [
            Route(REVIEW_PATH, self.review, methods=["POST"], middleware=[GUARD]),
            Route(HELD_PATH, self.held, methods=["POST"], middleware=[GUARD]),
            Route(BROADCAST_PATH, self.broadcast, methods=["POST"], middleware=[GUARD]),
            Route(BROADCAST_ORDER_PATH, self.order, methods=["POST"], middleware=[GUARD]),
            Route(OPERATOR_PATH, self.operator, methods=["POST"], middleware=[GUARD]),
            Route(SWITCH_PATH, self.switch, methods=["POST"], middleware=[GUARD]),
        ]

    async def review(self, request: Request) -> Response:
        return await self._answer(request, Wanted, lambda wanted: self._decide(wanted.decision(self._clock())))

    async def held(self, request: Request) -> Response:
        return await self._answer(request, WantedRuling, lambda wanted: self._rule(wanted.ruling(self._clock())))

    async def broadcast(self, request: Request) -> Response:
        return await self._answer(
            request, WantedBroadcast, lambda wanted: self._broadcast(wanted.confirmed(self._clock()))
        )

    async def order(self, request: Request) -> Response:
        return await self._answer(
            request, WantedOrder, lambda wanted: self._order(wanted.ordered(self._clock()), wanted.by)
        )

    async def operator(self, request: Request) -> Response:
        return await self._answer(request, MachineOrder, self._obey)

    async def switch(self, request: Request) -> Response:
        return await self._answer(request, WantedTurn, lambda wanted: self._turn(wanted.turned(self._clock())))

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
