"""A page for each tip, so that one can be passed on by its address, with a card as a picture."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.domain.cards import card
from bot.domain.library import Shelf
from bot.domain.tips import Tip
from bot.messages import Picture
from bot.web.guard import GUARD, SHOWING
from bot.web.pages import Pages, language_of_request
from bot.web.photos import png_response
from bot.web.polls import Gallery


class TipPages:
    def __init__(self, pages: Pages, shelf: Shelf, gallery: Gallery) -> None:
        self._pages = pages
        self._shelf = shelf
        self._gallery = gallery

    def routes(self) -> list[Route]:
        return [
            Route("/tips/{name}.png", self.picture, middleware=[GUARD]),
            Route("/tips/{name}", self.page, middleware=[SHOWING]),
        ]

    async def page(self, request: Request) -> Response:
        tip = self._tip(request)
        if not tip:
            return self._missing(request)
        wording = tip.wording(language_of_request(request))
        return self._pages.render(
            request,
            "tip.html",
            tip=tip,
            wording=wording,
            quiz=wording.quiz,
            site=self._pages.site or str(request.base_url).rstrip("/"),
            card=self._card(request, tip).path if self._gallery.draws else "",
        )

    async def picture(self, request: Request) -> Response:
        """The tip as a card; who has it already gets 304."""
        tip = self._tip(request)
        if not tip or not self._gallery.draws:
            return self._missing(request)
        return png_response(request, await self._gallery.image(self._card(request, tip)))

    def _tip(self, request: Request) -> Tip | None:
        return self._shelf.library.tips.by_id.get(request.path_params["name"])

    def _card(self, request: Request, tip: Tip) -> Picture:
        pages = self._pages
        return card(pages.speech(request), language_of_request(request), tip, pages.site, pages.foot(request))

    def _missing(self, request: Request) -> Response:
        return self._pages.render(request, "missing.html", 404, sentence="web.tips.missing")
