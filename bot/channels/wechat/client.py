"""The platform's API: one token for all calls, every errcode read, every wait bounded."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import partial
from typing import Any, TypeVar

import httpx
import msgspec
from msgspec import DecodeError, Struct

from bot.channels.wechat.clock import PlatformClock
from bot.channels.wechat.outcomes import RECONNECT_SECONDS, TOKEN_CODES, CallFailed, failure_of, outcome_of
from bot.channels.wechat.records import Records
from bot.channels.wechat.tokens import OVERLAP, Token, Tokens
from bot.messages import Outcome, Sent

CONNECT_SECONDS = 5.0
ANSWER_SECONDS = 10.0
CONNECTIONS = 32

Result = TypeVar("Result")


class Done(Struct, frozen=True):
    """An answer that says no more than that it was done."""


class _Head(Struct, frozen=True):
    errcode: int = 0


class _Fetched(Struct, frozen=True):
    access_token: str
    expires_in: int


class WeChatClient:
    """One account's calls; `api_base` is scheme and host. `key` seals the token in the database.

    `platform` hears from every answer what time it is over there.
    """

    def __init__(
        self,
        *,
        app_id: str,
        secret: str,
        api_base: str,
        records: Records,
        key: bytes,
        clock: Callable[[], datetime],
        platform: PlatformClock,
    ) -> None:
        for name in ("httpx", "httpcore"):  # they log addresses at INFO, and the token is in them
            logging.getLogger(name).setLevel(logging.WARNING)
        self._app_id = app_id
        self._secret = secret
        self._clock = clock
        self._platform = platform
        self._tokens = Tokens(self._fetch, records, app_id=app_id, key=key, clock=clock)
        self._http = httpx.AsyncClient(
            base_url=api_base.rstrip("/"),
            timeout=httpx.Timeout(ANSWER_SECONDS, connect=CONNECT_SECONDS),
            limits=httpx.Limits(max_connections=CONNECTIONS),
        )

    async def call(self, path: str, body: object, kind: type[Result]) -> Result:
        """POST `body` as JSON; the answer as a `kind`. A refused token is renewed once, the call made once more.

        Raises CallFailed.
        """
        return await self._with_token(partial(self._post, path, body, kind))

    async def ask(self, path: str, kind: type[Result]) -> Result:
        """GET what changes nothing over there; else as `call`."""
        return await self._with_token(partial(self._send, "GET", path, {}, kind))

    async def upload(self, path: str, media: str, file: tuple[str, bytes, str], kind: type[Result]) -> Result:
        """POST a file (name, bytes, type) as this kind of media; else as `call`."""
        content = {"params": {"type": media}, "files": {"media": file}}
        return await self._with_token(partial(self._send, "POST", path, content, kind))

    async def _with_token(self, send: Callable[[str], Awaitable[Result]]) -> Result:
        token = await self._tokens.current()
        try:
            return await send(token)
        except CallFailed as failed:
            if failed.errcode not in TOKEN_CODES:
                raise
        return await send(await self._tokens.renewed(token))

    @property
    def token_until(self) -> datetime | None:
        return self._tokens.until

    async def close(self) -> None:
        await self._http.aclose()

    async def _fetch(self, force: bool) -> Token:
        body = {
            "grant_type": "client_credential",
            "appid": self._app_id,
            "secret": self._secret,
            "force_refresh": force,
        }
        asked_at = self._clock()
        try:
            fetched = await self._post("/cgi-bin/stable_token", body, _Fetched)
        except CallFailed as failed:
            if failed.sent.outcome is not Outcome.UNKNOWN:
                raise
            # Without a token no message has left.
            raise CallFailed(Sent(Outcome.RETRY, RECONNECT_SECONDS, f"token: {failed.sent.reason}")) from None
        lasts = timedelta(seconds=fetched.expires_in)
        return Token(fetched.access_token, asked_at + max(lasts - OVERLAP, lasts / 2))

    async def _post(self, path: str, body: object, kind: type[Result], token: str = "") -> Result:
        content = {"content": msgspec.json.encode(body), "headers": {"Content-Type": "application/json"}}
        return await self._send("POST", path, content, kind, token)

    async def _send(self, method: str, path: str, content: dict[str, Any], kind: type[Result], token: str) -> Result:
        # The faults of httpx know the address, token included: none of them goes on from here.
        try:
            async with asyncio.timeout(ANSWER_SECONDS):  # httpx counts anew at every byte
                params = {**content.get("params", {}), **({"access_token": token} if token else {})}
                response = await self._http.request(method, path, **{**content, "params": params})
        except (httpx.HTTPError, TimeoutError) as error:
            raise failure_of(error) from None
        return self._read(response, kind)

    def _read(self, response: httpx.Response, kind: type[Result]) -> Result:
        """What a 200 says; by its errcode that is how the platform fails, too."""
        try:
            errcode = msgspec.json.decode(response.content, type=_Head).errcode
        except (DecodeError, UnicodeDecodeError, RecursionError):
            raise _unreadable() from None
        if response.status_code != httpx.codes.OK:
            raise _unreadable()
        self._hear(response.headers.get("Date", ""))
        if errcode:
            raise CallFailed(outcome_of(errcode), errcode)
        try:
            return msgspec.json.decode(response.content, type=kind)
        except DecodeError:
            raise _unreadable() from None

    def _hear(self, date: str) -> None:
        try:
            instant = parsedate_to_datetime(date)
        except ValueError:
            return
        if instant.tzinfo:
            self._platform.hear(instant)


def _unreadable() -> CallFailed:
    """Something between us and the platform has answered: it may have been done."""
    return CallFailed(Sent(Outcome.UNKNOWN, reason="unreadable answer"))
