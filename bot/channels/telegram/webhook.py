"""POST /telegram/webhook: an update comes, its answer rides back, and 2xx says that all is stored."""

import asyncio
import hmac
import logging
from collections.abc import Coroutine, Iterable

from msgspec import DecodeError
from starlette.types import Receive, Scope, Send

from bot.channels.asgi import JSON, HungUp, TooLong, body_of, respond
from bot.channels.telegram.client import TelegramClient
from bot.channels.telegram.interpreter import Interpreter
from bot.channels.telegram.payloads import ALLOWED_UPDATES, Update, decode_update
from bot.channels.telegram.render import Answer, Call, to_http
from bot.context import Unavailable

log = logging.getLogger(__name__)

PATH = "/telegram/webhook"
CONNECTIONS = 100  # Bot API, setWebhook: max_connections is 40 by default, 100 at most
BODY_BYTES = 1024 * 1024
# Telegram honours Retry-After on a 503 up to 3600 s, and keeps the update meanwhile.
RETRY_AFTER_SECONDS = 5
# No document says how long Telegram waits for us, so the beginning of a long answer may not take for ever.
FIRST_PARTS_SECONDS = 20.0
COURTESIES = 200

_SECRET_HEADER = b"x-telegram-bot-api-secret-token"
_MALFORMED = (DecodeError, UnicodeDecodeError, RecursionError)


def address(public_url: str) -> str:
    """Where Telegram is to bring its updates."""
    return public_url.rstrip("/") + PATH


def registration(url: str, secret: str) -> Call:
    """What tells Telegram so."""
    allowed = {"allowed_updates": ALLOWED_UPDATES, "max_connections": CONNECTIONS}
    return Call("setWebhook", {"url": url, "secret_token": secret, **allowed})


def removal() -> Call:
    """Polling is refused while a webhook is set; what waits for it is kept (Bot API, deleteWebhook)."""
    return Call("deleteWebhook", {"drop_pending_updates": False})


class Webhook:
    """An ASGI endpoint; Telegram delivers the update again unless the status is 2xx."""

    def __init__(self, secret: str, interpreter: Interpreter, client: TelegramClient) -> None:
        self._secret = secret.encode()
        self._interpreter = interpreter
        self._client = client
        self._courtesies: set[asyncio.Task[None]] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] != "POST":
            await respond(scope, send, 405, (b"allow", b"POST"))
            return
        if not self._knows_secret(scope):
            await respond(scope, send, 403)
            return
        try:
            body = await body_of(receive, BODY_BYTES)
        except (TooLong, HungUp):
            await respond(scope, send, 413)
        else:
            await self._take(body, scope, send)

    async def close(self) -> None:
        """Drop the courtesies that are still on their way."""
        for task in self._courtesies:
            task.cancel()
        await asyncio.gather(*self._courtesies, return_exceptions=True)

    def _knows_secret(self, scope: Scope) -> bool:
        given = [value for name, value in scope["headers"] if name == _SECRET_HEADER]
        return len(given) == 1 and hmac.compare_digest(given[0], self._secret)

    async def _take(self, body: bytes, scope: Scope, send: Send) -> None:
        try:
            update: Update = decode_update(body)
        except _MALFORMED:
            await respond(scope, send, 400)
            return
        try:
            answer = await self._interpreter.answer(update)
        except Unavailable:
            await respond(scope, send, 503, (b"retry-after", b"%d" % RETRY_AFTER_SECONDS))
            return
        await self._say(answer, scope, send)

    async def _say(self, answer: Answer, scope: Scope, send: Send) -> None:
        if answer.before:
            await self._say_first(answer.before)
        if answer.after:
            self._in_background(self._client.say(answer.after))
        if answer.main:
            await respond(scope, send, 200, JSON, body=to_http(answer.main))
        else:
            await respond(scope, send, 200)

    async def _say_first(self, calls: Iterable[Call]) -> None:
        try:
            async with asyncio.timeout(FIRST_PARTS_SECONDS):
                for call in calls:
                    await self._client.say(call)
        except TimeoutError:
            log.warning("the beginning of a long answer did not go out in time")

    def _in_background(self, courtesy: Coroutine[None, None, None]) -> None:
        if len(self._courtesies) >= COURTESIES:
            courtesy.close()
            return
        task = asyncio.create_task(courtesy)
        self._courtesies.add(task)
        task.add_done_callback(self._courtesies.discard)
