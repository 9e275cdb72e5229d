"""The desk's doors: each names what one must be allowed to do, and whoever comes is looked at before it opens."""

import hmac
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from ipaddress import ip_address
from typing import Literal
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from bot.context import Unavailable
from bot.domain.colleagues import Colleague, Permission, may
from bot.domain.desk import Actor, Desk
from bot.domain.switch import Halt, Switch
from bot.domain.times import HOME_ZONE
from bot.web.bodies import MAX_FORM_BYTES, Refused, read_form, read_upload
from bot.web.guard import STRICT
from bot.web.pages import Pages

HOME, SIGN_IN = "/desk", "/desk/sign-in"
COOKIE, FORM_COOKIE = "haowangmin-desk", "haowangmin-desk-form"
# A browser takes a cookie with this prefix only over https, for this host alone (RFC 6265bis, 4.1.3.2).
HOST_PREFIX = "__Host-"
# What a page that looks on by itself says so with: it keeps nobody signed in.
BY_ITSELF = "By-Itself"
_SEE_OTHER = 303
_FORM_TOKEN_DIGITS = 32
_SIGNED_OUT, _REFUSED = 401, 403
# What is never shown again, nor handed to whoever comes next.
_SECRETS = frozenset({"password", "again", "old"})
HTTPS_PORT = 443
# Why a form cannot be read, by the status.
_UNREAD = {408: "desk.refused.slow", 413: "desk.refused.size"}
# What stands in the bar at the top, for whom it is open.
ROOMS: tuple[tuple[str, str, Permission], ...] = (
    (HOME, "desk.home.title", "desk"),
    ("/desk/stories", "desk.stories.title", "stories.read"),
    ("/desk/public", "desk.public.title", "stories.read"),
    ("/desk/answers", "desk.answers.title", "answers.read"),
    ("/desk/questions", "desk.questions.title", "answers.read"),
    ("/desk/tips", "desk.tips.title", "tips.read"),
    ("/desk/review", "desk.review.title", "tips.read"),
    ("/desk/polls", "desk.polls.title", "polls.read"),
    ("/desk/held", "desk.held.title", "polls.read"),
    ("/desk/broadcasts", "desk.broadcasts.title", "broadcasts.read"),
    ("/desk/statistics", "desk.statistics.title", "statistics"),
    ("/desk/sheets", "desk.sheets.title", "statistics"),
    ("/desk/service", "desk.service.title", "service"),
    ("/desk/switch", "desk.switch.title", "switch"),
    ("/desk/people", "desk.people.title", "people"),
    ("/desk/log", "desk.log.title", "audit"),
)


@dataclass(frozen=True, slots=True)
class Visit:
    """One request at a door. `token` is what the browser holds; `colleague` is None for who has not signed in.

    `halt` is what each page tells a colleague while all sending waits.
    """

    request: Request
    pages: Pages
    token: str
    form_token: str
    colleague: Colleague | None = None
    halt: Halt | None = None
    form: Mapping[str, str] = field(default_factory=dict)
    file: bytes = b""

    @property
    def who(self) -> Colleague:
        """The colleague, behind a door that only opens for one."""
        assert self.colleague
        return self.colleague

    @property
    def actor(self) -> Actor:
        return Actor(self.who.name, self.who.id)

    def page(self, template: str, status: int = 200, **values: object) -> Response:
        rooms = [(path, key) for path, key, needs in ROOMS if may(self.colleague, needs)]
        return self.pages.render(
            self.request,
            template,
            status,
            colleague=self.colleague,
            halt=self.halt,
            halted_at=f"{self.halt.at.astimezone(HOME_ZONE):%m-%d %H:%M}" if self.halt else "",
            rooms=rooms,
            form_token=self.form_token,
            **values,
        )

    def told(self, known: frozenset[str]) -> str:
        """What the form that led here came to, if it is one of these."""
        told = self.request.query_params.get("told", "")
        return told if told in known else ""

    def asked(self, name: str, most: int) -> str:
        """A value of the address, of at most so many characters."""
        return self.request.query_params.get(name, "").strip()[:most]

    def missing(self) -> Response:
        return self.page("desk-told.html", 404, sentence="desk.missing")


@dataclass(frozen=True, slots=True)
class Door:
    """`needs` is what one must be allowed to do; with `nobody` it is open to who has not signed in.

    A form that comes here has `most` bytes; where the door `takes_file`, one of its fields is a file.
    """

    method: Literal["GET", "POST"]
    path: str
    needs: Permission | Literal["nobody"]
    enter: Callable[[Visit], Awaitable[Response]]
    most: int = MAX_FORM_BYTES
    takes_file: bool = False


class Doorkeeper:
    """`site` is PUBLIC_URL: without https there, the desk is open to this machine alone. `key` is for the forms."""

    def __init__(self, desk: Desk, switch: Switch, pages: Pages, site: str, key: bytes) -> None:
        self._desk = desk
        self._switch = switch
        self._pages = pages
        self._key = key
        self._origin = secure_origin(site)
        prefix = HOST_PREFIX if self._origin else ""
        self._cookie, self._form_cookie = f"{prefix}{COOKIE}", f"{prefix}{FORM_COOKIE}"

    def route(self, door: Door) -> Route:
        async def opened(request: Request) -> Response:
            return await self._open(door, request)

        return Route(door.path, opened, methods=[door.method], middleware=[STRICT])

    def site(self, request: Request) -> str:
        """Where the desk is, for links that leave it."""
        return self._origin or f"http://{request.headers.get('host', '')}"

    def let_in(self, response: Response, token: str) -> Response:
        """The browser holds the token from now on, until it is closed."""
        return self._give(response, self._cookie, token)

    def see_out(self, response: Response) -> Response:
        response.delete_cookie(self._cookie, httponly=True, samesite="strict", secure=bool(self._origin))
        return response

    async def _open(self, door: Door, request: Request) -> Response:
        token = request.cookies.get(self._cookie, "")
        visit = Visit(request, self._pages, token, "")
        if not (_is_for(self._origin, request) if self._origin else _is_here(request)):
            return visit.page("desk-told.html", 403, sentence="desk.refused.plain")
        try:
            colleague = await self._desk.visitor(token, is_active=BY_ITSELF not in request.headers)
            if colleague:
                halt, form_token = await self._switch.halt(), self._form_token(token)
                signed_in = replace(visit, colleague=colleague, form_token=form_token, halt=halt)
                return await self._answer(door, signed_in)
            return await self._answer_stranger(door, visit)
        except Unavailable:
            return visit.page("desk-told.html", 503, sentence="desk.refused.later")

    async def _answer_stranger(self, door: Door, visit: Visit) -> Response:
        """Who has no session gets a cookie for the forms alone: one of a session stays as it is.

        A link from elsewhere comes without the session's cookie (SameSite=Strict), and must not sign anybody out.
        """
        held = visit.request.cookies.get(self._form_cookie, "")
        fresh = "" if held or door.needs != "nobody" else self._desk.new_token()
        response = await self._answer(door, replace(visit, form_token=self._form_token(held or fresh)))
        return self._give(response, self._form_cookie, fresh) if fresh else response

    def _give(self, response: Response, cookie: str, value: str) -> Response:
        response.set_cookie(cookie, value, httponly=True, samesite="strict", secure=bool(self._origin))
        return response

    async def _answer(self, door: Door, visit: Visit) -> Response:
        if door.needs != "nobody" and not visit.colleague:
            return await self._send_to_sign_in(door, visit)
        if door.needs != "nobody" and not may(visit.colleague, door.needs):
            await self._desk.refuse(visit.who, door.path)
            return visit.page("desk-told.html", 403, sentence="desk.refused.role")
        if door.method == "GET":
            return await door.enter(visit)
        return await self._take_form(door, visit)

    async def _take_form(self, door: Door, visit: Visit) -> Response:
        """A form is only taken from a page of ours, shown to this very browser."""
        request = visit.request
        if request.headers.get("origin") != self.site(request):
            return visit.page("desk-told.html", _REFUSED, sentence="desk.refused.form")
        try:
            form, file = await (read_upload if door.takes_file else _read_form)(request, door.most)
        except Refused as refused:
            sentence = _UNREAD.get(refused.status, "desk.refused.form")
            return visit.page("desk-told.html", refused.status, sentence=sentence, most=door.most // 1024)
        if not hmac.compare_digest(form.get("form", "").encode(), visit.form_token.encode()):
            return _kept(door, visit, form) or visit.page("desk-told.html", _REFUSED, sentence="desk.refused.form")
        return await door.enter(replace(visit, form=form, file=file))

    async def _send_to_sign_in(self, door: Door, visit: Visit) -> Response:
        """Who is not signed in, or not any more. What they typed meanwhile stays before them."""
        away, request = _sent_away(visit.request), visit.request
        if door.method == "GET" or door.takes_file or request.headers.get("origin") != self.site(request):
            return away
        try:
            return _kept(door, visit, await read_form(request, door.most)) or away
        except Refused:
            return away

    def _form_token(self, token: str) -> str:
        return hmac.digest(self._key, token.encode(), "sha256").hex()[:_FORM_TOKEN_DIGITS]


def _kept(door: Door, visit: Visit, form: Mapping[str, str]) -> Response | None:
    """A page with what somebody typed, to be sent again with a fresh token; None where they typed nothing.

    It does nothing by itself: a form that this site did not send never comes so far.
    """
    typed = {name for name, value in form.items() if not value.isascii() or " " in value}
    if door.needs == "nobody" or not typed or _SECRETS & form.keys():
        return None
    fields = {name: value for name, value in form.items() if name != "form"}
    return visit.page("desk-kept.html", _REFUSED if visit.colleague else _SIGNED_OUT, fields=fields, typed=typed)


def _sent_away(request: Request) -> Response:
    """To the door. A part of a page cannot go there: the whole page is asked for again."""
    if request.headers.get("hx-request"):
        return Response(status_code=_SIGNED_OUT, headers={"HX-Refresh": "true"})
    return RedirectResponse(SIGN_IN, _SEE_OTHER)


async def _read_form(request: Request, most: int) -> tuple[dict[str, str], bytes]:
    return await read_form(request, most), b""


def see(path: str) -> Response:
    """After a form: the page to look at."""
    return RedirectResponse(path, _SEE_OTHER)


async def lost(visit: Visit) -> Response:
    """What no other door knows: also the address of a form, which somebody loads again or kept as a bookmark."""
    path = visit.request.url.path
    return see(path.rstrip("/")) if path.endswith("/") else visit.missing()


def secure_origin(site: str) -> str:
    """Of an https address as a browser names it, without the port that goes without saying; empty for all others.

    Browsers send an international domain in its ASCII form (RFC 3490): 好网民.中国 comes as xn--….
    """
    try:
        url = urlsplit(site)
        host, port = (url.hostname or "").encode("idna").decode(), url.port
    except ValueError:  # a UnicodeError is one as well
        return ""
    if url.scheme != "https" or not host:
        return ""
    return f"https://{f'[{host}]' if ':' in host else host}{'' if port in (None, HTTPS_PORT) else f':{port}'}"


def _is_for(origin: str, request: Request) -> bool:
    """Whether the browser asks for the site itself, and not for the plain port behind its proxy.

    A proxy may pass the name on without its port.
    """
    url = urlsplit(origin)
    return request.headers.get("host", "").lower() in (url.netloc, url.hostname)


def _is_here(request: Request) -> bool:
    """Whether the browser runs on this machine and knows it; a name could lead a foreign page here."""
    client = request.client.host if request.client else ""
    try:
        named = urlsplit(f"http://{request.headers.get('host', '')}").hostname or ""
    except ValueError:
        return False
    return _is_loopback(client) and _is_loopback(named)


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
