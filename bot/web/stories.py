"""The public stories: a page for each, and a list that can be searched."""

from contextlib import suppress
from typing import Protocol

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.domain.stories import Story
from bot.domain.times import home_date
from bot.web.guard import GUARD, SHOWING
from bot.web.pages import Pages
from bot.web.photos import picture_response, unchanged
from bot.web.polls import Gallery

STORIES_ON_A_PAGE = 20
MAX_WORDS = 40
MAX_NUMBER_DIGITS = 9


class PublicStories(Protocol):
    async def public(self, number: int) -> Story | None:
        """The story if everybody may read it now."""
        ...

    async def published(self, start: int, limit: int, words: str = "") -> list[Story]:
        """Public stories, the newest first; with `words` those that have them."""
        ...


class StoryPages:
    def __init__(self, pages: Pages, stories: PublicStories, gallery: Gallery) -> None:
        self._pages = pages
        self._stories = stories
        self._gallery = gallery

    def routes(self) -> list[Route]:
        return [
            Route("/stories", self.list, middleware=[SHOWING]),
            Route("/stories/{number}.jpg", self.photo, middleware=[GUARD]),
            Route("/stories/{number}", self.page, middleware=[SHOWING]),
        ]

    async def list(self, request: Request) -> Response:
        words = request.query_params.get("q", "").strip()[:MAX_WORDS]
        page = max(number_in(request.query_params.get("page", "")), 1)
        found = await self._stories.published((page - 1) * STORIES_ON_A_PAGE, STORIES_ON_A_PAGE + 1, words)
        return self._pages.render(
            request,
            "public-stories.html",
            stories=found[:STORIES_ON_A_PAGE],
            words=words,
            page=page,
            more=len(found) > STORIES_ON_A_PAGE,
        )

    async def page(self, request: Request) -> Response:
        story = await self._stories.public(number_in(request.path_params["number"]))
        if not story:
            return self._pages.render(request, "missing.html", 404, sentence="web.stories.missing")
        day = home_date(story.published_at or story.changed_at).isoformat()
        paragraphs = [line for line in story.text.split("\n") if line]
        return self._pages.render(request, "public-story.html", story=story, day=day, paragraphs=paragraphs)

    async def photo(self, request: Request) -> Response:
        """The photo of a story that is public now; whoever keeps a copy has to ask each time."""
        story = await self._stories.public(number_in(request.path_params["number"]))
        photo = story.shown_photo if story else None
        with suppress(FileNotFoundError):  # it may go while it is asked for
            if photo:
                same = unchanged(request, photo.digest)
                return same or picture_response(await self._gallery.image(photo), "image/jpeg", photo.digest)
        return self._pages.render(request, "missing.html", 404, sentence="web.stories.missing")


def number_in(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= MAX_NUMBER_DIGITS else 0
