"""The headers that keep a page from running or showing what is not ours."""

from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_POLICY = "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors {}"
_UNFRAMED = {"X-Frame-Options": "DENY"}  # for browsers from before frame-ancestors
SECURITY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}
# Pages and scripts are asked for anew each time (an ETag makes that cheap), so that an update reaches everybody.
DEFAULT_CACHING = "no-cache"
_YEAR_SECONDS = 365 * 24 * 60 * 60


class Guard:
    """Adds the security headers to every answer of one route; no page is shown inside another but `within`."""

    def __init__(self, app: ASGIApp, within: str = "", policy: str = _POLICY, caching: str = DEFAULT_CACHING) -> None:
        self._app = app
        self._caching = caching
        policies = {"Content-Security-Policy": policy.format(within or "'none'")}
        self._headers = SECURITY_HEADERS | policies | ({} if within else _UNFRAMED)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(self._headers)
                headers.setdefault("Cache-Control", self._caching)
            await send(message)

        await self._app(scope, receive, send_guarded)


class OnlyHttps:
    """Tells browsers that came over https to come so for a year (RFC 6797); not for a site that has none."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_strictly(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["Strict-Transport-Security"] = f"max-age={_YEAR_SECONDS}"
            await send(message)

        await self._app(scope, receive, send_strictly)


GUARD = Middleware(Guard)
ONLY_HTTPS = Middleware(OnlyHttps)
# The operators' pages run our own files alone, and leave nothing behind in the browser.
STRICT = Middleware(
    Guard,
    policy="default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; img-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors {}",
    caching="no-store",
)
# Pages that only show something: Telegram's clients open them inside, its web client in a frame.
SHOWING = Middleware(Guard, within="https://web.telegram.org")
