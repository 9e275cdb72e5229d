"""Telegram: bot accounts by webhook or by polling."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Literal

from starlette.types import ASGIApp
from telegram.error import TelegramError

from bot.channels.telegram.client import TelegramClient
from bot.channels.telegram.condition import Condition
from bot.channels.telegram.interpreter import Interpreter
from bot.channels.telegram.pace import BULK_PER_SECOND, Pace, seconds_for
from bot.channels.telegram.payloads import CHANNEL, Me, WebhookInfo, moved
from bot.channels.telegram.photos import Gallery
from bot.channels.telegram.polling import Poller, describe, pause_after, pauses
from bot.channels.telegram.presence import Presence
from bot.channels.telegram.profile import settings_of, settle
from bot.channels.telegram.render import Call, to_messages
from bot.channels.telegram.webhook import PATH, Webhook, address, registration, removal
from bot.context import Operator, Unavailable
from bot.domain.library import Shelf
from bot.messages import Address, Message, Offers, Reply, Sent

WEBHOOK_CHECK_SECONDS = 600.0
DOUBT_SECONDS = 2.0


class TelegramChannel:
    """A bot account. `api_base` ends in `/bot`; `public_url` and `webhook_secret` count for webhooks only."""

    name = CHANNEL

    def __init__(
        self,
        *,
        token: str,
        api_base: str,
        mode: Literal["polling", "webhook"],
        bulk_per_second: int = BULK_PER_SECOND,
        public_url: str,
        webhook_secret: str,
        answer: Callable[[Message], Awaitable[Reply]],
        offers: Callable[[Message], Awaitable[Offers]],
        shelf: Shelf,
        operator: Operator,
        clock: Callable[[], datetime],
        gallery: Gallery | None = None,
        heard: Callable[[datetime], None] = lambda _: None,
    ) -> None:
        self._webhook_url = address(public_url)
        self._secret = webhook_secret
        self._bulk_per_second = bulk_per_second
        self._shelf = shelf
        self._operator = operator
        self._clock = clock
        self._answer = answer
        self._condition = Condition()
        self._doubt = asyncio.Event()
        self._client = TelegramClient(
            token,
            api_base,
            Pace(per_second=bulk_per_second),
            paid=bulk_per_second > BULK_PER_SECOND,
            gallery=gallery,
            heard=heard,
            doubt=self._doubt.set,
            moved=self._follow,
        )
        self._interpreter = Interpreter(
            bot_id=token.partition(":")[0],
            client=self._client,
            answer=answer,
            offers=offers,
            presence=Presence(self._client.hint),
            clock=clock,
            site=public_url.rstrip("/"),
        )
        self._webhook = Webhook(webhook_secret, self._interpreter, self._client) if mode == "webhook" else None
        self._poller = Poller(self._client, self._interpreter, self._condition)
        self.endpoints: dict[str, ASGIApp] = {PATH: self._webhook} if self._webhook else {}

    @property
    def state(self) -> str:
        """`ready`, or one sentence that says what is wrong and what to do."""
        return self._condition.sentence

    async def run(self) -> None:
        """Register with Telegram, then poll or watch over the webhook; until cancelled, whatever fails."""
        await self._until_it_works(self._learn_name)
        await self._until_it_works(self._set_webhook if self._webhook else self._drop_webhook)
        await self._until_it_works(self._introduce)
        self._condition.well()
        if self._webhook:
            await self._keep_webhook()
        else:
            await self._poller.run()

    async def turn(self, address: Address) -> None:
        """Wait until Telegram's limits let a message on our own account go to the address."""
        await self._client.turn(address)

    async def send(self, address: Address, reply: Reply, *, is_tip: bool = True) -> Sent:
        """Send on our own account, at once: `turn` comes before. Telegram makes no difference for tips."""
        return await self._client.send(address, reply)

    async def reachable(self, people: Sequence[Address], _now: datetime) -> int:
        """All of them, as far as we know: who has blocked us is suspended."""
        return len(people)

    def seconds_for(self, messages: int) -> float:
        return seconds_for(messages, self._bulk_per_second)

    def shown(self, reply: Reply) -> str:
        """What people see: the text, and the buttons below it."""
        texts = [str(message.params["text"]) for message in to_messages(reply, chat="")]
        rows = ["  ".join(f"[{button.label}]" for button in row) for row in reply.buttons]
        return "\n".join([*texts, *rows])

    answered = shown

    async def fetch(self, source: str) -> bytes:
        """The photo with this file_id. Raises NoPhoto or NotYet."""
        return await self._client.download(source)

    async def _follow(self, before: int, after: int) -> None:
        """The group's own message about its new id may not have reached us."""
        with suppress(Unavailable):  # then the next message to the group tells it again
            await self._answer(moved(f"{CHANNEL}:{before}:{after}", before, after, self._clock()))

    async def close(self) -> None:
        if self._webhook:
            await self._webhook.close()
        await self._poller.close()
        await self._client.close()

    async def _until_it_works(self, step: Callable[[], Awaitable[None]]) -> None:
        for pause in pauses():
            try:
                await step()
            except TelegramError as error:
                self._condition.trouble(describe(error))
                await asyncio.sleep(pause_after(error, pause))
            else:
                return

    async def _learn_name(self) -> None:
        me = await self._client.ask(Call("getMe", {}), Me)
        self._interpreter.username = me.username

    async def _set_webhook(self) -> None:
        await self._client.call(registration(self._webhook_url, self._secret))

    async def _drop_webhook(self) -> None:
        await self._client.call(removal())

    async def _introduce(self) -> None:
        for setting in settings_of(self._shelf.library.phrases, self._operator):
            await settle(self._client, setting)

    async def _keep_webhook(self) -> None:
        """Look after it now and then, and soon when a call has failed, so that `state` tells the truth."""
        while True:
            await asyncio.sleep(DOUBT_SECONDS)
            with suppress(TimeoutError):  # Python 3.11's wait_for can lose a cancellation that comes with its end
                async with asyncio.timeout(WEBHOOK_CHECK_SECONDS):
                    await self._doubt.wait()
            await self._until_it_works(self._check_webhook)
            self._doubt.clear()

    async def _check_webhook(self) -> None:
        """Set the webhook again when somebody has removed or changed it (a stray poller does), and tell of failures."""
        info = await self._client.ask(Call("getWebhookInfo", {}), WebhookInfo)
        if info.url != self._webhook_url or not info.brings_all:
            await self._set_webhook()
        if info.last_error_date > self._clock().timestamp() - WEBHOOK_CHECK_SECONDS:
            self._condition.trouble(
                f"Telegram could not deliver to PUBLIC_URL ({info.last_error_message}); "
                "check the address, its certificate and the proxy in front."
            )
        else:
            self._condition.well()
