"""A page for each tip, so that one can be passed on by its address."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.domain.library import Shelf
from bot.web.guard import GUARD
from bot.web.pages import Pages, language_of_request


class TipPages:
    def __init__(self, pages: Pages, shelf: Shelf) -> None:
        self._pages = pages
        self._shelf = shelf

    def routes(self) -> list[Route]:
        return [Route("/tips/{name}", self.page, middleware=[GUARD])]

    async def page(self, request: Request) -> Response:
        tip = self._shelf.library.tips.by_id.get(request.path_params["name"])
        if not tip:
            return self._pages.render(request, "missing.html", 404, sentence="web.tips.missing")
        wording = tip.wording(language_of_request(request))
        return self._pages.render(request, "tip.html", tip=tip, wording=wording, quiz=wording.quiz)
