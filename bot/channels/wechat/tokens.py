"""The access token that every call of the API needs: fetched once for all, shared through the database."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from msgspec import Struct, structs

from bot.channels.wechat.outcomes import REJECTED_SECONDS, CallFailed
from bot.channels.wechat.records import Records
from bot.domain.times import home_date
from bot.messages import Outcome, Sent

# 获取稳定版接口调用凭据: in its last 5 minutes a token has a successor, and both are valid.
OVERLAP = timedelta(minutes=5)
# The same: a forced refresh at most 20 times a day, 30 s apart.
FORCED_A_DAY = 20
FORCED_GAP = timedelta(seconds=30)
_NONCE_BYTES = 12


class Token(Struct, frozen=True):
    """`expires_at` is when we stop to use it."""

    text: str
    expires_at: datetime


class _Kept(Struct, frozen=True, omit_defaults=True):
    """What the database holds: the token sealed, and when a new one was last forced (by the day in Beijing)."""

    sealed: bytes = b""
    expires_at: datetime | None = None
    forced_at: datetime | None = None
    forced_on: str = ""
    forced: int = 0

    def forcing(self, now: datetime) -> "_Kept | None":
        """The same after a forced refresh now; None when the platform would refuse one."""
        today = home_date(now).isoformat()
        forced = self.forced if self.forced_on == today else 0
        too_soon = self.forced_at is not None and abs(now - self.forced_at) < FORCED_GAP
        if too_soon or forced >= FORCED_A_DAY:
            return None
        return structs.replace(self, forced_at=now, forced_on=today, forced=forced + 1)


class Tokens:
    """`fetch` asks the platform, with force or without; `key` (32 bytes) seals what the database holds."""

    def __init__(
        self,
        fetch: Callable[[bool], Awaitable[Token]],
        records: Records,
        *,
        app_id: str,
        key: bytes,
        clock: Callable[[], datetime],
    ) -> None:
        self._fetch = fetch
        self._records = records
        self._app_id = app_id.encode()
        self._cipher = AESGCM(key)
        self._clock = clock
        self._token: Token | None = None
        self._turn = asyncio.Lock()

    @property
    def until(self) -> datetime | None:
        """When the token of now is replaced; None before the first one."""
        return self._token.expires_at if self._token else None

    async def current(self) -> str:
        """The token; fetched by one caller while the others wait. Raises CallFailed."""
        if token := self._usable(self._token):
            return token.text
        async with self._turn:
            token = self._usable(self._token) or await self._shared() or await self._fetched()
            return token.text

    async def renewed(self, refused: str) -> str:
        """Another token than the one that the platform refused. Raises CallFailed when there is none for now."""
        async with self._turn:
            for known in (self._usable(self._token), await self._shared()):
                if known and known.text != refused:
                    self._token = known
                    return known.text
            token = await self._fetched()
            if token.text == refused:
                token = await self._forced()
            return token.text

    async def _shared(self) -> Token | None:
        """What another process, or this one before its restart, has left in the database."""
        kept = _read(await self._records.read())
        self._token = self._usable(self._opened(kept))
        return self._token

    async def _fetched(self) -> Token:
        self._token = await self._fetch(False)
        await self._keep(self._token)
        return self._token

    async def _forced(self) -> Token:
        if not await self._records.change("", self._claim):
            self._token = None
            raise CallFailed(Sent(Outcome.RETRY, REJECTED_SECONDS, "token"))
        self._token = await self._fetch(True)
        await self._keep(self._token)
        return self._token

    def _claim(self, state: bytes) -> tuple[bytes, None, str]:
        kept = _read(state)
        claimed = kept.forcing(self._clock())
        return _written(claimed or kept), None, "granted" if claimed else ""

    async def _keep(self, token: Token) -> None:
        sealed = self._sealed(token.text)

        def rule(state: bytes) -> tuple[bytes, None, str]:
            return _written(structs.replace(_read(state), sealed=sealed, expires_at=token.expires_at)), None, ""

        await self._records.change("", rule)

    def _usable(self, token: Token | None) -> Token | None:
        return token if token and self._clock() < token.expires_at else None

    def _sealed(self, text: str) -> bytes:
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, text.encode(), self._app_id)

    def _opened(self, kept: _Kept) -> Token | None:
        """None also for what another key or another account has sealed."""
        if not kept.expires_at or len(kept.sealed) <= _NONCE_BYTES:
            return None
        nonce, sealed = kept.sealed[:_NONCE_BYTES], kept.sealed[_NONCE_BYTES:]
        try:
            return Token(self._cipher.decrypt(nonce, sealed, self._app_id).decode(), kept.expires_at)
        except InvalidTag:
            return None


def _read(state: bytes) -> _Kept:
    return msgspec.json.decode(state, type=_Kept) if state else _Kept()


def _written(kept: _Kept) -> bytes:
    return msgspec.json.encode(kept)
