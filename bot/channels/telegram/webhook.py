"""POST /telegram/webhook: an update comes, its answer rides back, and 2xx says that all is stored."""

import asyncio
import hmac
import logging
from collections.abc import Coroutine, Iterable

from msgspec import DecodeError
from starlette.types import Receive, Scope, Send

from bot.channels.telegram.client import TelegramClient
from bot.channels.telegram.interpreter import Interpreter
from bot.channels.telegram.payloads import Update, decode_update
from bot.channels.telegram.render import Answer, Call, to_http
from bot.context import Unavailable

log = logging.getLogger(__name__)

PATH = "/telegram/webhook"
BODY_BYTES = 1024 * 1024
BODY_SECONDS = 10.0
# Telegram honours Retry-After on a 503 up to 3600 s, and keeps the update meanwhile.
RETRY_AFTER_SECONDS = 5
# No document says how long Telegram waits for us, so the beginning of a long answer may not take for ever.
FIRST_PARTS_SECONDS = 20.0
COURTESIES = 200

_SECRET_HEADER = b"x-telegram-bot-api-secret-token"
_JSON = (b"content-type", b"application/json")
_MALFORMED = (DecodeError, UnicodeDecodeError, RecursionError)


class Webhook:
    """An ASGI endpoint; Telegram delivers the update again unless the status is 2xx."""

    def __init__(self, secret: str, interpreter: Interpreter, client: TelegramClient) -> None:
        self._secret = secret.encode()
        self._interpreter = interpreter
        self._client = client
        self._courtesies: set[asyncio.Task[None]] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] != "POST":
            await _respond(send, 405, (b"allow", b"POST"))
            return
        if not self._knows_secret(scope):
            await _respond(send, 403)
            return
        try:
            async with asyncio.timeout(BODY_SECONDS):
                body = await _read(scope, receive)
        except TimeoutError:
            await _respond(send, 408)
            return
        if body is None:
            await _respond(send, 413)
            return
        await self._take(body, send)

    async def close(self) -> None:
        """Drop the courtesies that are still on their way."""
        for task in self._courtesies:
            task.cancel()
        await asyncio.gather(*self._courtesies, return_exceptions=True)

    def _knows_secret(self, scope: Scope) -> bool:
        given = next((value for name, value in scope["headers"] if name == _SECRET_HEADER), b"")
        return hmac.compare_digest(given, self._secret)

    async def _take(self, body: bytes, send: Send) -> None:
        try:
            update: Update = decode_update(body)
        except _MALFORMED:
            await _respond(send, 400)
            return
        try:
            answer = await self._interpreter.answer(update)
        except Unavailable:
            await _respond(send, 503, (b"retry-after", b"%d" % RETRY_AFTER_SECONDS))
            return
        await self._say(answer, send)

    async def _say(self, answer: Answer, send: Send) -> None:
        if answer.before:
            await self._say_first(answer.before)
        if answer.after:
            self._in_background(self._client.say(answer.after))
        if answer.main:
            await _respond(send, 200, _JSON, to_http(answer.main))
        else:
            await _respond(send, 200)

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


async def _read(scope: Scope, receive: Receive) -> bytes | None:
    """The body; None when it is larger than BODY_BYTES, whatever its headers say, or breaks off."""
    announced = next((value for name, value in scope["headers"] if name == b"content-length"), b"0")
    if not announced.isdigit() or int(announced[:20]) > BODY_BYTES:
        return None
    body = bytearray()
    more = True
    while more:
        event = await receive()
        body += event.get("body", b"")
        if len(body) > BODY_BYTES or event["type"] == "http.disconnect":
            return None
        more = event.get("more_body", False)
    return bytes(body)


async def _respond(send: Send, status: int, header: tuple[bytes, bytes] | None = None, body: bytes = b"") -> None:
    headers = [(b"content-length", b"%d" % len(body))]
    if header:
        headers.append(header)
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
