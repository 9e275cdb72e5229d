"""The endpoint that the platform calls: its address check (GET) and its messages (POST)."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime

from msgspec import Struct
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response

from bot.channels.wechat.envelope import Envelopes, Opened, ciphertext_of
from bot.channels.wechat.payloads import Incoming, to_message
from bot.channels.wechat.refusals import Forged, Malformed, Refused, TooLarge, TooSlow
from bot.channels.wechat.render import to_xml
from bot.channels.wechat.tries import Tries
from bot.messages import Message

log = logging.getLogger(__name__)

MAX_BODY_BYTES = 64 * 1024
# The platform itself hangs up after 5 s.
BODY_SECONDS = 5.0
FRESH_SECONDS = 300
MAX_TIMESTAMP_DIGITS = 12
# 被动回复: the answer to everything that asks for none; the platform does not try again then.
NOTHING_TO_SAY = "success"


class Callback:
    """Answers the platform; whatever cannot be trusted or read is refused with 4xx and an empty body.

    `too_slow` is what to say at the last try when the answer is still not there. `notice` is told of each payload, for
    what it opens and closes; it says whether that is on disk.
    """

    def __init__(
        self,
        envelopes: Envelopes,
        tries: Tries,
        too_slow: Callable[[Message], str],
        clock: Callable[[], datetime],
        notice: Callable[[str], Awaitable[bool]] | None = None,
    ) -> None:
        self._envelopes = envelopes
        self._tries = tries
        self._too_slow = too_slow
        self._clock = clock
        self._notice = notice

    async def endpoint(self, request: Request) -> Response:
        try:
            query = _Query.of(request)
            self._check_fresh(query.timestamp)
            return await self._receive(request, query) if request.method == "POST" else self._echo(query)
        except Refused as refusal:
            log.warning("refused a call to the WeChat callback: %s", refusal)
            return Response(status_code=refusal.status)

    def _check_fresh(self, timestamp: str) -> None:
        """Old signatures are worth nothing, nor are those made for later."""
        if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= MAX_TIMESTAMP_DIGITS):
            raise Forged("no timestamp")
        if abs(self._clock().timestamp() - int(timestamp)) > FRESH_SECONDS:
            raise Forged(f"its timestamp is over {FRESH_SECONDS} s away: check this machine's clock")

    def _echo(self, query: "_Query") -> Response:
        """接入指南: the address check carries the plain signature, in 安全模式 too."""
        if not self._envelopes.signed(query.signature, query.timestamp, query.nonce):
            raise Forged("the signature does not match: check WECHAT_TOKEN")
        return PlainTextResponse(query.echostr, headers={"X-Content-Type-Options": "nosniff"})

    async def _receive(self, request: Request, query: "_Query") -> Response:
        if not query.msg_signature:
            raise Forged("no msg_signature: set 消息加解密方式 to 安全模式 in the account's settings")
        ciphertext = ciphertext_of(await _body(request))
        if not self._envelopes.signed(query.msg_signature, query.timestamp, query.nonce, ciphertext):
            raise Forged("the msg_signature does not match: check WECHAT_TOKEN")
        opened = self._envelopes.open(ciphertext, query.msg_signature, query.timestamp, query.nonce)
        incoming = to_message(opened.xml, self._clock())
        if self._notice is None:
            return await self._respond(incoming, opened)
        noted, response = await asyncio.gather(self._notice(opened.xml), self._respond(incoming, opened))
        return response if noted or incoming else Response(status_code=503)

    async def _respond(self, incoming: Incoming | None, opened: Opened) -> Response:
        return await self._reply(incoming, opened) if incoming else PlainTextResponse(NOTHING_TO_SAY)

    async def _reply(self, incoming: Incoming, opened: Opened) -> Response:
        attempt = await self._tries.attempt(incoming.message)
        if attempt.text is None and not attempt.last:
            return Response(status_code=503)  # the platform has hung up, and its next try asks again
        text = self._too_slow(incoming.message) if attempt.text is None else attempt.text
        if not text:
            return PlainTextResponse(NOTHING_TO_SAY)
        now = self._clock()
        xml = to_xml(text, openid=incoming.message.sender.user, account=incoming.account, at=now)
        return Response(self._envelopes.seal(xml, opened.key, now), media_type="application/xml")


class _Query(Struct, frozen=True):
    """What the platform puts into the address; empty where it is missing."""

    signature: str
    msg_signature: str
    timestamp: str
    nonce: str
    echostr: str

    @classmethod
    def of(cls, request: Request) -> "_Query":
        return cls(*(request.query_params.get(name, "") for name in cls.__struct_fields__))


async def _body(request: Request) -> bytes:
    """The posted bytes, never more than MAX_BODY_BYTES of them, never later than BODY_SECONDS."""
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for chunk in request.stream():
                body += chunk
                if len(body) > MAX_BODY_BYTES:
                    raise TooLarge(f"a body of over {MAX_BODY_BYTES} bytes")
    except TimeoutError as error:
        raise TooSlow("the body did not arrive in time") from error
    except ClientDisconnect as error:
        raise Malformed("the caller hung up") from error
    return bytes(body)
