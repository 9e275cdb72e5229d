"""Puts the web routes together from what the composition root hands over."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from starlette.routing import BaseRoute, Mount
from starlette.staticfiles import StaticFiles

from bot.context import Operator
from bot.domain.broadcasts import Confirmed, Ordered
from bot.domain.desk import Actor, MachineOrder
from bot.domain.holds import Ruling
from bot.domain.library import Shelf
from bot.domain.stories import Decision
from bot.domain.switch import Turned
from bot.messages import Message, Reply
from bot.web.chat import Chat, Inbox
from bot.web.desk import Office
from bot.web.guard import GUARD
from bot.web.health import Health
from bot.web.metrics import Metrics
from bot.web.pages import Pages
from bot.web.people import Visitors
from bot.web.photos import Uploads
from bot.web.polls import Evidence, Gallery, PollPages, Standings
from bot.web.review import ReviewRoutes
from bot.web.stories import PublicStories, StoryPages
from bot.web.tips import TipPages

STATIC = Path(__file__).parent / "static"


@dataclass(frozen=True, slots=True, kw_only=True)
class Web:
    """What the web face needs.

    `health` gives a component's state by name: `ready`, or a sentence; `database` and `content` decide readiness.
    `new_person_id` makes ids of URL-safe characters that nobody can guess.
    """

    answer: Callable[[Message], Awaitable[Reply]]
    shelf: Shelf
    operator: Operator
    clock: Callable[[], datetime]
    cookie_key: bytes
    secure_cookies: bool
    new_person_id: Callable[[], str]
    standings: Standings
    gallery: Gallery
    uploads: Uploads
    evidence: Evidence
    stories: PublicStories
    decide: Callable[[Decision], Awaitable[str]]
    rule: Callable[[Ruling], Awaitable[str]]
    broadcast: Callable[[Confirmed], Awaitable[str]]
    order: Callable[[Ordered, Actor], Awaitable[str]]
    obey: Callable[[MachineOrder], Awaitable[str]]
    turn: Callable[[Turned], Awaitable[str]]
    review_key: bytes
    inbox: Inbox
    health: Callable[[], Awaitable[dict[str, str]]]
    office: Office | None = None
    metrics: Metrics = field(default_factory=Metrics)

    def routes(self) -> list[BaseRoute]:
        """All routes of the web face, each with its security headers."""
        pages = Pages(self.shelf, self.operator)
        visitors = Visitors(self.cookie_key, self.secure_cookies, self.clock, self.new_person_id)
        chat = Chat(pages, visitors, self.answer, self.inbox, self.clock, self.uploads)
        polls = PollPages(pages, self.standings, self.evidence, self.gallery)
        stories = StoryPages(pages, self.stories, self.gallery)
        review = ReviewRoutes(
            self.decide, self.rule, self.broadcast, self.order, self.obey, self.turn, self.review_key, self.clock
        )
        static = Mount("/static", StaticFiles(directory=STATIC), name="static", middleware=[GUARD])
        return [
            *chat.routes(),
            *polls.routes(),
            *stories.routes(),
            *TipPages(pages, self.shelf, self.gallery).routes(),
            *review.routes(),
            *(self.office.routes(pages) if self.office else ()),
            *Health(self.health, self.metrics).routes(),
            static,
        ]
