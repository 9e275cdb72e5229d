"""The endpoint that the platform calls: its address check (GET) and its messages (POST)."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime
from urllib.parse import unquote_plus

from msgspec import Struct
from starlette.types import Receive, Scope, Send

from bot.channels.asgi import PLAIN, XML, Header, HungUp, TooLong, body_of, respond
from bot.channels.wechat.envelope import Envelopes, Opened, ciphertext_of
from bot.channels.wechat.payloads import Incoming, to_message
from bot.channels.wechat.refusals import Forged, Malformed, Refused, TooLarge
from bot.channels.wechat.render import to_xml
from bot.channels.wechat.tries import Tries
from bot.context import Unavailable
from bot.messages import Message

log = logging.getLogger(__name__)

MAX_BODY_BYTES = 64 * 1024
FRESH_SECONDS = 300
MAX_TIMESTAMP_DIGITS = 12
# 被动回复: the answer to everything that asks for none; the platform does not try again then.
NOTHING_TO_SAY = b"success"


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

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] not in ("GET", "HEAD", "POST"):
            await respond(scope, send, 405, (b"allow", b"GET, HEAD, POST"))
            return
        try:
            query = _Query.of(scope)
            self._check_fresh(query.timestamp)
            said = await self._receive(receive, query) if scope["method"] == "POST" else self._echo(query)
        except Refused as refusal:
            log.warning("refused a call to the WeChat callback: %s", refusal)
            said = _Said(refusal.status)
        await respond(scope, send, said.status, *said.headers, body=said.body)

    def _check_fresh(self, timestamp: str) -> None:
        """Old signatures are worth nothing, nor are those made for later."""
        if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= MAX_TIMESTAMP_DIGITS):
            raise Forged("no timestamp")
        if abs(self._clock().timestamp() - int(timestamp)) > FRESH_SECONDS:
            raise Forged(f"its timestamp is over {FRESH_SECONDS} s away: check this machine's clock")

    def _echo(self, query: "_Query") -> "_Said":
        """接入指南: the address check carries the plain signature, in 安全模式 too."""
        if not self._envelopes.signed(query.signature, query.timestamp, query.nonce):
            raise Forged("the signature does not match: check WECHAT_TOKEN")
        return _Said(200, (PLAIN, (b"x-content-type-options", b"nosniff")), query.echostr.encode())

    async def _receive(self, receive: Receive, query: "_Query") -> "_Said":
        if not query.msg_signature:
            raise Forged("no msg_signature: set 消息加解密方式 to 安全模式 in the account's settings")
        ciphertext = ciphertext_of(await _body(receive))
        if not self._envelopes.signed(query.msg_signature, query.timestamp, query.nonce, ciphertext):
            raise Forged("the msg_signature does not match: check WECHAT_TOKEN")
        opened = self._envelopes.open(ciphertext)
        incoming = to_message(opened.xml, self._clock())
        if incoming and not self._tries.takes(incoming.message):
            return _AGAIN if incoming.message.event else _NOTHING
        if self._notice is None:
            return await self._respond(incoming, opened)
        noted, said = await asyncio.gather(self._notice(opened.xml), self._respond(incoming, opened))
        return said if noted or incoming else _AGAIN

    async def _respond(self, incoming: Incoming | None, opened: Opened) -> "_Said":
        return await self._reply(incoming, opened) if incoming else _NOTHING

    async def _reply(self, incoming: Incoming, opened: Opened) -> "_Said":
        try:
            attempt = await self._tries.attempt(incoming.message)
        except Unavailable:
            self._tries.forget(incoming.message)
            return _AGAIN
        if attempt.content is None and (incoming.message.event or not attempt.last):
            return _AGAIN  # the platform has hung up, and its next try asks; of what it reports nobody waits for a word
        content = self._too_slow(incoming.message) if attempt.content is None else attempt.content
        if not content:
            return _NOTHING
        now = self._clock()
        xml = to_xml(content, openid=incoming.message.sender.user, account=incoming.account, at=now)
        return _Said(200, (XML,), self._envelopes.seal(xml, opened.key, now).encode())


class _Said(Struct, frozen=True):
    """Our answer to a call."""

    status: int
    headers: tuple[Header, ...] = ()
    body: bytes = b""


_NOTHING = _Said(200, (PLAIN,), NOTHING_TO_SAY)
# What the platform reports (somebody left) is said by nobody again: the platform has to.
_AGAIN = _Said(503)


class _Query(Struct, frozen=True):
    """What the platform puts into the address; empty where it is missing."""

    signature: str = ""
    msg_signature: str = ""
    timestamp: str = ""
    nonce: str = ""
    echostr: str = ""

    @classmethod
    def of(cls, scope: Scope) -> "_Query":
        """Raises Forged for a name that stands there twice: a proxy or a log may believe the other one."""
        pairs = [pair.partition("=") for pair in scope["query_string"].decode("latin-1").split("&")]
        given = {name: value for name, _, value in pairs}
        if len(given) < len(pairs):
            raise Forged("a parameter of its address stands there twice")
        return cls(*(unquote_plus(given.get(name, "")) for name in _PARAMETERS))


_PARAMETERS = _Query.__struct_fields__


async def _body(receive: Receive) -> bytes:
    try:
        return await body_of(receive, MAX_BODY_BYTES)
    except TooLong as error:
        raise TooLarge(f"a body of over {MAX_BODY_BYTES} bytes") from error
    except HungUp as error:
        raise Malformed("the caller hung up") from error
