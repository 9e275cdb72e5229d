"""HTTP to the Bot API behind python-telegram-bot's interface, on aiohttp, which is fast with many calls at once."""

import ssl
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cache
from typing import cast
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import aiohttp
import httpx
import msgspec
from msgspec import DecodeError
from telegram import InputFile
from telegram.error import NetworkError, TelegramError, TimedOut
from telegram.request import BaseRequest, RequestData

from bot.clock import instant_of

CONNECT_SECONDS = 5.0
ANSWER_SECONDS = 10.0
HEARING_SECONDS = 10.0  # reading a date takes as long as reading a short answer
_DNS_KEPT_SECONDS = 60

_JSON = {"Content-Type": "application/json"}
_Written = tuple[bytes | aiohttp.FormData | None, Mapping[str, str]]


class _Body:
    """Parameters as they are; they travel as JSON, with a file among them as a form (Bot API, "Sending files")."""

    __slots__ = ("_params",)

    def __init__(self, params: Mapping[str, object]) -> None:
        self._params = params

    @property
    def json_payload(self) -> bytes:
        return msgspec.json.encode(self._params)

    def written(self) -> _Written:
        """What goes over the wire, and its headers; aiohttp writes those of a form."""
        if any(isinstance(value, InputFile) for value in self._params.values()):
            return _form(self._params), {}
        return self.json_payload, _JSON


def _written(data: RequestData | None) -> _Written:
    """`body` alone makes what comes here."""
    return cast(_Body, data).written() if data else (None, {})


def _form(params: Mapping[str, object]) -> aiohttp.FormData:
    """Texts as they are, files with their names, all else as JSON."""
    form = aiohttp.FormData(default_to_multipart=True)
    for name, value in params.items():
        if isinstance(value, InputFile):
            form.add_field(name, value.input_file_content, filename=value.filename, content_type=value.mimetype)
        else:
            form.add_field(name, value if isinstance(value, str) else msgspec.json.encode(value).decode())
    return form


def body(params: Mapping[str, object]) -> RequestData:
    """For Transport alone. RequestData itself is final, and writes what is no text as JSON within JSON."""
    return cast(RequestData, _Body(params))


class Transport(BaseRequest):
    """Up to `connections` connections to the server of `base`, opened when they are needed.

    HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY name a proxy; SSL_CERT_FILE and SSL_CERT_DIR other certificates.
    `heard` is told what time it is there, now and then.
    """

    __slots__ = ("_connections", "_heard", "_hears_at", "_proxy", "_session")

    def __init__(self, base: str, connections: int, heard: Callable[[datetime], None] = lambda _: None) -> None:
        self._heard = heard
        self._hears_at = 0.0
        self._proxy = _proxy_for(base)
        self._connections = connections
        self._session: aiohttp.ClientSession | None = None

    @property
    def read_timeout(self) -> float:
        return ANSWER_SECONDS

    async def initialize(self) -> None:
        """The first call opens what it needs."""

    async def shutdown(self) -> None:
        if self._session:
            await self._session.close()

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: object = None,
        write_timeout: object = None,
        connect_timeout: object = None,
        pool_timeout: object = None,
    ) -> tuple[int, bytes]:
        """Status and body. Raises TimedOut and NetworkError, which name no address, for the token is in it."""
        seconds = read_timeout if isinstance(read_timeout, int | float) else ANSWER_SECONDS
        limits = aiohttp.ClientTimeout(connect=CONNECT_SECONDS, sock_read=seconds, total=CONNECT_SECONDS + seconds)
        data, headers = _written(request_data)
        try:
            async with self._opened().request(
                method, url, data=data, headers=headers, timeout=limits, proxy=self._proxy, allow_redirects=False
            ) as response:
                self._hear(response.headers.get("Date", ""))
                return response.status, await response.read()
        except TimeoutError as fault:
            raise TimedOut(type(fault).__name__) from fault
        except (aiohttp.ClientError, OSError, ValueError) as fault:
            raise NetworkError(type(fault).__name__) from fault

    def _hear(self, date: str) -> None:
        now = time.monotonic()
        if now >= self._hears_at and (instant := instant_of(date)):
            self._hears_at = now + HEARING_SECONDS
            self._heard(instant)

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, object]:
        """The answer; never logged, for a proxy's error page may repeat the address. Raises TelegramError."""
        try:
            answer = msgspec.json.decode(payload, type=dict[str, object])
        except (DecodeError, UnicodeDecodeError, RecursionError):
            answer = {}
        if "result" not in answer and "description" not in answer:
            raise TelegramError("the answer is not from the Bot API")
        return answer

    def _opened(self) -> aiohttp.ClientSession:
        if not self._session:
            connector = aiohttp.TCPConnector(
                limit=self._connections, ssl=_certificates(), ttl_dns_cache=_DNS_KEPT_SECONDS
            )
            self._session = aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar())
        return self._session


def _proxy_for(base: str) -> str | None:
    """Asked once: looking through the environment for each call would cost more than the call."""
    address, proxies = urlsplit(base), getproxies()
    if proxy_bypass(address.hostname or ""):
        return None
    return proxies.get(address.scheme) or proxies.get("all")


@cache
def _certificates() -> ssl.SSLContext:
    """Loaded once: it takes a tenth of a second."""
    return httpx.create_ssl_context()
