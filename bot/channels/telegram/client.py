"""Telegram's Bot API, called at the pace that Telegram allows; python-telegram-bot reads its errors."""

import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime
from typing import TypeVar
from urllib.parse import quote

import msgspec
from msgspec import ValidationError
from telegram.error import BadRequest, ChatMigrated, RetryAfter, TelegramError

from bot.channels.telegram.outcomes import REVOKED, UNREACHED, is_harmless, outcome_of, seconds_of
from bot.channels.telegram.pace import Pace
from bot.channels.telegram.payloads import ALLOWED_UPDATES, File, Update
from bot.channels.telegram.photos import Gallery, Photos
from bot.channels.telegram.render import Call, to_messages
from bot.channels.telegram.transport import ANSWER_SECONDS, Transport, body
from bot.domain.photos import MAX_PHOTO_BYTES, NoPhoto, NotYet
from bot.messages import Address, Outcome, Photo, Picture, Reply, Sent

log = logging.getLogger(__name__)

DOWNLOAD_SECONDS = 30.0
LONG_POLL_SECONDS = 30
ATTEMPTS = 3
# More than go out in bulk side by side, so that an answer always finds a free one.
_CONNECTIONS = 320
# Why a message goes later that another one's 429 has overtaken.
HELD = "held back"

Result = TypeVar("Result")


class Batch(msgspec.Struct, frozen=True):
    """Updates in the order of their delivery; `last` is the id of the last one, read or not."""

    updates: tuple[Update, ...] = ()
    last: int | None = None


async def _told_nobody(_before: int, _after: int) -> None:
    """Where nothing is kept of groups."""


class TelegramClient:
    """One bot's calls. `api_base` ends in `/bot`; the token follows it.

    `paid` asks Telegram for more than its free rate in bulk, for a fee for each message. Without a `gallery` pictures
    become words. `heard` is told what time it is there, `doubt` that Telegram was not reached or rejects the token.
    """

    def __init__(
        self,
        token: str,
        api_base: str,
        pace: Pace | None = None,
        *,
        paid: bool = False,
        gallery: Gallery | None = None,
        heard: Callable[[datetime], None] = lambda _: None,
        doubt: Callable[[], None] = lambda: None,
        moved: Callable[[int, int], Awaitable[None]] = _told_nobody,
    ) -> None:
        self._bulk_params: dict[str, object] = {"allow_paid_broadcast": True} if paid else {}
        self._address = f"{api_base}{token}/"
        self._polling = Transport(api_base, connections=1)
        self._calling = Transport(api_base, connections=_CONNECTIONS, heard=heard)
        self._doubt = doubt
        self._moved = moved
        self._pace = pace or Pace()
        self._photos = Photos(gallery)
        self._files = f"{api_base.removesuffix('/bot')}/file/bot{token}"

    async def call(self, call: Call) -> object:
        """The result as Telegram gives it. Raises telegram.error.TelegramError."""
        if call.picture:
            return await self._show(call, call.picture)
        try:
            return await self._post(call, self._calling, ANSWER_SECONDS)
        except RetryAfter as error:
            self._pace.hold(seconds_of(error))
            raise

    async def ask(self, call: Call, kind: type[Result]) -> Result:
        """The result as a `kind`. Raises telegram.error.TelegramError."""
        return _as(await self.call(call), kind)

    async def say(self, call: Call) -> None:
        """Make a call that answers somebody: before bulk, again after a 429. A failure is only logged."""
        for _ in range(ATTEMPTS):
            await self._pace.answer_turn(str(call.params.get("chat_id", "")))
            try:
                await self.call(call)
            except RetryAfter:
                continue
            except TelegramError as error:
                _log_failure(call, error)
            return
        log.warning("an answer was given up after %d waits that Telegram asked for", ATTEMPTS)

    async def hint(self, call: Call) -> None:
        """Make a call that nobody needs: at once or, while a 429 lasts, never; what becomes of it holds nobody up."""
        if self._pace.held_for:
            return
        with suppress(TelegramError):
            await self._post(call, self._calling, ANSWER_SECONDS)

    async def _show(self, call: Call, picture: Picture | Photo) -> object:
        """Show a picture; one that Telegram refuses is told in words."""
        try:
            result = await self.call(await self._photos.load(call, picture))
        except BadRequest as error:
            _log_failure(call, error)
            self._photos.forget(picture)
            return await self.call(call.in_words())
        self._photos.remember(picture, result)
        return result

    async def turn(self, address: Address) -> None:
        """Wait until a message on our own account may go, at the pace for bulk."""
        await self._pace.bulk_turn(address.chat)

    async def send(self, address: Address, reply: Reply) -> Sent:
        """Send on our own account: at once, for which `turn` was awaited; further parts wait for their own turns.

        Only RETRY may be sent again.

        Raises ValueError for buttons that Telegram cannot carry.
        """
        begun = False
        for message in to_messages(reply, address.chat):
            call = Call(message.method, message.params | self._bulk_params)
            sent = await (self._send_further(call, address) if begun else self._try(call))
            if sent.outcome is not Outcome.SENT:
                return Sent(Outcome.UNKNOWN, reason=f"sent in part: {sent.reason}") if begun else sent
            begun = True
        return Sent(Outcome.SENT) if begun else Sent(Outcome.REFUSED, reason="nothing to say")

    async def download(self, file_id: str) -> bytes:
        """What a person sent. Raises NoPhoto or NotYet."""
        try:
            file = await self.ask(Call("getFile", {"file_id": file_id}), File)
            if file.file_size > MAX_PHOTO_BYTES:
                raise NoPhoto("it is too large")
            address = f"{self._files}/{quote(file.file_path)}"
            data = await self._calling.retrieve(address, read_timeout=DOWNLOAD_SECONDS)
        except BadRequest as error:  # "file is too big" for the Bot API, or an id that is none
            raise NoPhoto(outcome_of(error).reason) from None
        except TelegramError as error:
            raise NotYet(outcome_of(error).reason) from None  # the address, token included, may be in its words
        if len(data) > MAX_PHOTO_BYTES:
            raise NoPhoto("it is too large")
        return data

    async def updates(self, offset: int | None) -> Batch:
        """What waits from `offset` on; this confirms all before it. Raises telegram.error.TelegramError."""
        params: dict[str, object] = {"timeout": LONG_POLL_SECONDS, "allowed_updates": ALLOWED_UPDATES}
        if offset is not None:
            params["offset"] = offset
        return _to_batch(
            await self._post(Call("getUpdates", params), self._polling, LONG_POLL_SECONDS + ANSWER_SECONDS)
        )

    async def close(self) -> None:
        for transport in (self._polling, self._calling):
            await transport.shutdown()

    async def _post(self, call: Call, transport: Transport, seconds: float) -> object:
        try:
            return await transport.post(self._address + call.method, body(call.params), read_timeout=seconds)
        except TelegramError as error:
            if outcome_of(error).reason in UNREACHED | {REVOKED}:
                self._doubt()
            raise

    async def _send_further(self, call: Call, address: Address) -> Sent:
        for _ in range(ATTEMPTS):
            await self.turn(address)
            sent = await self._try(call)
            if sent.outcome is not Outcome.RETRY:
                break
        return sent

    async def _try(self, call: Call) -> Sent:
        if held := await self._pace.depart():
            return Sent(Outcome.RETRY, held, HELD)
        try:
            await self.call(call)
        except ChatMigrated as moved:  # certainly not sent: the group has a new id
            await self._moved(int(str(call.params["chat_id"])), moved.new_chat_id)
            return await self._try(Call(call.method, call.params | {"chat_id": moved.new_chat_id}))
        except TelegramError as error:
            return outcome_of(error)
        return Sent(Outcome.SENT)


def _as(result: object, kind: type[Result]) -> Result:
    try:
        return msgspec.convert(result, kind)
    except ValidationError:
        raise TelegramError("the answer is not from the Bot API") from None


def _to_batch(result: object) -> Batch:
    items = _as(result, list[dict[str, object]])
    updates = []
    for item in items:
        try:
            updates.append(msgspec.convert(item, Update))
        except ValidationError as error:
            log.error("an update was skipped, its form is unknown: %s", error)
    return Batch(tuple(updates), _as(items[-1].get("update_id"), int) if items else None)


def _log_failure(call: Call, error: TelegramError) -> None:
    if not is_harmless(error):
        log.warning("%s failed: %s", call.method, outcome_of(error).reason)
