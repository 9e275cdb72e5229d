"""The web chat: its page, its API, and the messages that wait to be read."""

import secrets
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Annotated, Protocol

from msgspec import Meta, Struct
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.context import Unavailable
from bot.messages import Address, Message, Reply
from bot.router import ENGLISH_MARK
from bot.web.bodies import SLOW, Refused, read_json
from bot.web.guard import GUARD
from bot.web.pages import Pages, json_response, language_of_request
from bot.web.people import TooManyNewcomers, Visit, Visitors
from bot.web.photos import Uploads

MAX_ID_CHARACTERS = 64
MAX_SEEN = 200
MAX_LETTER_ID_CHARACTERS = 18  # fits a 64-bit number
RETRY_AFTER_UNAVAILABLE = 3  # seconds
# What the page itself says, from bot/web/static.
PAGE_WORDS = ("you", "choices", "sending", "failed", "retry", "cleared", "undo", "picture", "photo", "choose_photo")


class Inbox(Protocol):
    async def unread(self, address: Address) -> Sequence[tuple[str, Reply, datetime]]:
        """What waits for this person, oldest first: id, what is said, when it was sent (UTC)."""
        ...

    async def mark_seen(self, address: Address, ids: Sequence[str], at: datetime) -> None:
        """These were shown at that instant; ids that are not this person's are ignored."""
        ...


class Ask(Struct, frozen=True):
    text: str
    id: Annotated[str, Meta(max_length=MAX_ID_CHARACTERS)] | None = None


class Seen(Struct, frozen=True):
    seen: Annotated[list[Annotated[str, Meta(max_length=MAX_LETTER_ID_CHARACTERS)]], Meta(max_length=MAX_SEEN)]


class Choice(Struct, frozen=True):
    label: str
    command: str


class Said(Struct, frozen=True, omit_defaults=True):
    """`picture` is the address of a picture that goes with the text; `photo` says that POST /api/photo is welcome.

    `size` is what the type of the page is set to.
    """

    text: str
    buttons: list[Choice]
    picture: str = ""
    photo: bool = False
    size: str = ""


class Waiting(Struct, frozen=True):
    id: str
    text: str
    buttons: list[Choice]
    at: datetime


class Letters(Struct, frozen=True):
    messages: list[Waiting]


class Fault(Struct, frozen=True):
    error: str


class Letterbox:
    """The web, as a channel on which people find what waits when they come back."""

    name = "web"

    async def reachable(self, people: Sequence[Address], _now: datetime) -> int:
        return len(people)

    def seconds_for(self, _messages: int) -> float:
        """It is there as soon as it is planned."""
        return 0.0

    def shown(self, reply: Reply) -> str:
        """The text, with the buttons below it."""
        return "\n".join([reply.text, *(f"[{button.label}]" for button in reply.flat_buttons())])

    answered = shown


class Chat:
    def __init__(
        self,
        pages: Pages,
        visitors: Visitors,
        answer: Callable[[Message], Awaitable[Reply]],
        inbox: Inbox,
        clock: Callable[[], datetime],
        uploads: Uploads,
    ) -> None:
        self._uploads = uploads
        self._pages = pages
        self._visitors = visitors
        self._answer = answer
        self._inbox = inbox
        self._clock = clock

    def routes(self) -> list[Route]:
        return [
            Route("/", self.page, middleware=[GUARD]),
            Route("/api/chat", self.talk, methods=["POST"], middleware=[GUARD]),
            Route("/api/photo", self.take_photo, methods=["POST"], middleware=[GUARD]),
            Route("/api/inbox", self.unread, middleware=[GUARD]),
            Route("/api/inbox", self.mark_seen, methods=["POST"], middleware=[GUARD]),
        ]

    async def page(self, request: Request) -> Response:
        language = language_of_request(request)
        query = "?lang=en" if language == "en" else ""
        setup = {
            "chat": f"/api/chat{query}",
            "photo": f"/api/photo{query}",
            "inbox": f"/api/inbox{query}",
            "start": f"/start {ENGLISH_MARK}" if language == "en" else "/start",
            "words": {word: self._pages.say(request, f"web.{word}") for word in PAGE_WORDS},
            "name": self._pages.name,
        }
        return self._pages.render(request, "chat.html", setup=setup)

    async def talk(self, request: Request) -> Response:
        """Answer one message; a repeated `id` of the same person is the same message."""
        malformed = Refused(400, "web.refused.chat", example='{"text": "今日一招"}')
        try:
            ask = await read_json(request, Ask, malformed)
            visit = self._visitors.welcome(request)
        except Refused as refused:
            return self._refusal(request, refused)
        except TooManyNewcomers as crowd:
            return self._wait(request, 429, "web.newcomers", crowd.retry_after)
        message = Message(_message_id(visit, ask.id), visit.address, ask.text, self._clock())
        return self._visitors.remember(await self._reply(request, message), visit)

    async def take_photo(self, request: Request) -> Response:
        """A photo as the body, where a reply has said that it is welcome; `id` in the address as in `talk`."""
        visit = self._visitors.known(request)
        try:
            if not visit:
                raise Refused(409, "web.refused.photo_unasked")
            message_id = _message_id(visit, request.query_params.get("id", "")[:MAX_ID_CHARACTERS])
            photo = await self._uploads.take(request, visit.address, message_id)
        except Refused as refused:
            return self._refusal(request, refused)
        except Unavailable:
            return self._wait(request, 503, "web.unavailable", RETRY_AFTER_UNAVAILABLE)
        message = Message(message_id, visit.address, "", self._clock(), wordless=True, photo=photo)
        return self._visitors.remember(await self._reply(request, message), visit)

    async def _reply(self, request: Request, message: Message) -> Response:
        try:
            reply = await self._answer(message)
        except Unavailable:
            return self._wait(request, 503, "web.unavailable", RETRY_AFTER_UNAVAILABLE)
        address = str(request.base_url).rstrip("/") + reply.link.path if reply.link else ""
        text = reply.linked(address).text or reply.notice
        picture = reply.picture.path if reply.picture else ""
        return json_response(Said(text, _choices(reply), picture, reply.takes_photo, reply.type_size))

    async def unread(self, request: Request) -> Response:
        """What waits to be read.

        A new person gets the cookie here already: the page asks this first, so a vote whose answer is lost on the
        way is repeated by the same person.
        """
        try:
            visit = self._visitors.welcome(request)
        except TooManyNewcomers:
            return json_response(Letters([]))
        waiting = [
            Waiting(letter, reply.text, _choices(reply), at)
            for letter, reply, at in await self._inbox.unread(visit.address)
        ]
        return self._visitors.remember(json_response(Letters(waiting)), visit)

    async def mark_seen(self, request: Request) -> Response:
        malformed = Refused(400, "web.refused.inbox", example='{"seen": ["17"]}')
        try:
            seen = await read_json(request, Seen, malformed)
        except Refused as refused:
            return self._refusal(request, refused)
        visit = self._visitors.known(request)
        if visit and seen.seen:
            await self._inbox.mark_seen(visit.address, seen.seen, self._clock())
        return Response(status_code=204, headers={"Cache-Control": "no-store"})

    def _refusal(self, request: Request, refused: Refused) -> Response:
        sentence = self._pages.say(request, refused.key, **refused.blanks)
        # The rest of a body that came too slowly would hold the connection.
        end = {"Connection": "close"} if refused.status == SLOW else {}
        return json_response(Fault(sentence), refused.status, end)

    def _wait(self, request: Request, status: int, key: str, retry_after: int) -> Response:
        said = Said(self._pages.say(request, key), [])
        return json_response(said, status, {"Retry-After": str(retry_after)})


def _message_id(visit: Visit, given: str | None) -> str:
    return f"web:{visit.person}:{given or secrets.token_urlsafe(16)}"


def _choices(reply: Reply) -> list[Choice]:
    return [Choice(button.label, button.command) for button in reply.flat_buttons()]
