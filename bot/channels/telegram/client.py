"""Telegram's Bot API, called through python-telegram-bot's Bot at the pace that Telegram allows."""

import logging
import ssl
from functools import cache
from typing import TypeVar
from urllib.parse import quote

import httpx
import msgspec
from msgspec import DecodeError, ValidationError
from telegram import Bot
from telegram.error import BadRequest, ChatMigrated, RetryAfter, TelegramError
from telegram.request import HTTPXRequest

from bot.channels.telegram.outcomes import is_harmless, outcome_of, seconds_of
from bot.channels.telegram.pace import Pace
from bot.channels.telegram.payloads import ALLOWED_UPDATES, File, Update
from bot.channels.telegram.photos import Gallery, Photos
from bot.channels.telegram.render import Call, to_messages
from bot.domain.photos import MAX_PHOTO_BYTES, NoPhoto, NotYet
from bot.messages import Address, Outcome, Photo, Picture, Reply, Sent

log = logging.getLogger(__name__)

CONNECT_SECONDS = 5.0
ANSWER_SECONDS = 10.0
DOWNLOAD_SECONDS = 30.0
LONG_POLL_SECONDS = 30
ATTEMPTS = 3
_CONNECTIONS = 64

Result = TypeVar("Result")


class Batch(msgspec.Struct, frozen=True):
    """Updates in the order of their delivery; `last` is the id of the last one, read or not."""

    updates: tuple[Update, ...] = ()
    last: int | None = None


class _Request(HTTPXRequest):
    """Reads answers without logging them: a proxy's error page may repeat the address, token included."""

    __slots__ = ()

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, object]:
        try:
            answer = msgspec.json.decode(payload, type=dict[str, object])
        except (DecodeError, UnicodeDecodeError, RecursionError):
            answer = {}
        if "result" not in answer and "description" not in answer:
            raise TelegramError("the answer is not from the Bot API")
        return answer


class _Api(Bot):
    """A Bot that takes parameters as they are and gives results as they come; no objects are built."""

    __slots__ = ()

    async def post(self, call: Call, *, read_timeout: float) -> object:
        # All methods of Bot end in _post; do_api_request, its public face, warns about those that Bot has.
        return await self._post(call.method, dict(call.params), read_timeout=read_timeout)


class TelegramClient:
    """One bot's calls. `api_base` ends in `/bot`, the token follows it. Without a `gallery` pictures become words."""

    def __init__(self, token: str, api_base: str, pace: Pace | None = None, gallery: Gallery | None = None) -> None:
        _silence_libraries()
        self._requests = (_request(connections=1), _request(connections=_CONNECTIONS))
        polling, calling = self._requests
        self._api = _Api(token, base_url=api_base, get_updates_request=polling, request=calling)
        self._pace = pace or Pace()
        self._photos = Photos(gallery)
        self._files = f"{api_base.removesuffix('/bot')}/file/bot{token}"

    async def call(self, call: Call) -> object:
        """The result as Telegram gives it. Raises telegram.error.TelegramError."""
        if call.picture:
            return await self._show(call, call.picture)
        try:
            return await self._api.post(call, read_timeout=ANSWER_SECONDS)
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
        for call in to_messages(reply, address.chat):
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
            data: bytes = await self._requests[1].retrieve(address, read_timeout=DOWNLOAD_SECONDS)
        except BadRequest as error:  # "file is too big" for the Bot API, or an id that is none
            raise NoPhoto(outcome_of(error).reason) from None
        except TelegramError as error:
            raise NotYet(outcome_of(error).reason) from None  # the address, token included, may be in its words
        if len(data) > MAX_PHOTO_BYTES:
            raise NoPhoto("it is too large")
        return data

    async def updates(self, offset: int | None) -> Batch:
        """What waits from `offset` on; this confirms all before it. Raises telegram.error.TelegramError."""
        params = {"timeout": LONG_POLL_SECONDS, "allowed_updates": ALLOWED_UPDATES, "offset": offset}
        call = Call("getUpdates", params)
        result = await self._api.post(call, read_timeout=LONG_POLL_SECONDS + ANSWER_SECONDS)
        return _to_batch(result)

    async def close(self) -> None:
        for request in self._requests:
            await request.shutdown()

    async def _send_further(self, call: Call, address: Address) -> Sent:
        for _ in range(ATTEMPTS):
            await self.turn(address)
            sent = await self._try(call)
            if sent.outcome is not Outcome.RETRY:
                break
        return sent

    async def _try(self, call: Call) -> Sent:
        try:
            await self.call(call)
        except ChatMigrated as moved:  # certainly not sent: the group has a new id
            return await self._try(Call(call.method, call.params | {"chat_id": moved.new_chat_id}))
        except TelegramError as error:
            return outcome_of(error)
        return Sent(Outcome.SENT)


def _request(connections: int) -> HTTPXRequest:
    return _Request(
        connection_pool_size=connections,
        connect_timeout=CONNECT_SECONDS,
        pool_timeout=CONNECT_SECONDS,
        httpx_kwargs={"verify": _certificates()},
    )


@cache
def _certificates() -> ssl.SSLContext:
    """Loaded once: it takes a tenth of a second."""
    return httpx.create_ssl_context()


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


def _silence_libraries() -> None:
    """Addresses are logged by httpx at INFO, by python-telegram-bot at DEBUG; the token is in them."""
    for name in ("httpx", "httpcore", "telegram"):
        logging.getLogger(name).setLevel(logging.WARNING)
