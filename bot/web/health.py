"""What a watcher of the service asks: is it alive, is it ready, how does it do."""

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.web.guard import GUARD
from bot.web.metrics import READY, Metrics
from bot.web.pages import json_response

# All else may fail and people are still answered: a platform that is down leaves the others, a broken edit of the
# content leaves the edition before it, and nothing starts without usable content.
NEEDED = "database"


class Health:
    def __init__(self, health: Callable[[], Awaitable[dict[str, str]]], metrics: Metrics) -> None:
        self._health = health
        self._metrics = metrics

    def routes(self) -> list[Route]:
        return [
            Route("/livez", self.live, middleware=[GUARD]),
            Route("/readyz", self.ready, middleware=[GUARD]),
            Route("/metrics", self.figures, middleware=[GUARD]),
        ]

    async def live(self, request: Request) -> Response:
        return json_response({"status": "alive"})

    async def ready(self, request: Request) -> Response:
        """200 when the database is usable, else 503; every component's state in the body."""
        states = await self._health()
        return json_response(states, 200 if states.get(NEEDED) == READY else 503)

    async def figures(self, request: Request) -> Response:
        text, kind = self._metrics.exposition(await self._health())
        return Response(text, headers={"Content-Type": kind, "Cache-Control": "no-store"})
