"""The Official Account that may write to people first: the best way that is open, or the truth that none is."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime

from msgspec import Struct, structs
from starlette.types import ASGIApp

from bot.channels.wechat import WeChatChannel
from bot.channels.wechat.accounts import READY, Ability, examine, not_authorised, trouble
from bot.channels.wechat.client import CONNECTIONS, Done, WeChatClient
from bot.channels.wechat.clock import PlatformClock
from bot.channels.wechat.ledger import Claim, Ledger
from bot.channels.wechat.outcomes import CLOSED_REASONS, NOT_AUTHORISED_CODES, RECONNECT_SECONDS, CallFailed
from bot.context import Unavailable
from bot.domain.library import Shelf
from bot.domain.text import language_of
from bot.messages import Address, Button, Outcome, Reply, Sent
from bot.router import mark, unmark

log = logging.getLogger(__name__)

CHECK_SECONDS = 600.0
CHECK_AGAIN_SECONDS = 30.0
# 订阅通知: a field of the kind thing holds 20 characters.
THING_CHARACTERS = 20
_WAYS = 2
# No document limits customer-service messages by the second: what our connections do when an answer takes a second.
_MESSAGES_A_SECOND = CONNECTIONS


class Template(Struct, frozen=True):
    """A 订阅通知 of the account: its id, and its field of the kind thing, which shows the tip. No id: there is none."""

    id: str = ""
    field: str = "thing1"


class PushingWeChatChannel:
    """Answers as the passive channel does, and sends by the open window first, then by a banked consent.

    `command_of` tells which command a typed text stands for: nobody can tap a button of a pushed message. `listed` is
    told which buttons a person has before them with a number.
    """

    name = WeChatChannel.name

    def __init__(
        self,
        passive: WeChatChannel,
        client: WeChatClient,
        ledger: Ledger,
        platform: PlatformClock,
        *,
        abilities: frozenset[Ability],
        template: Template,
        public_url: str,
        command_of: Callable[[str], str],
        listed: Callable[[Address, Sequence[Button]], Awaitable[None]],
        shelf: Shelf,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._passive = passive
        self._client = client
        self._ledger = ledger
        self._platform = platform
        self._abilities = abilities
        self._template = template
        self._page = public_url.rstrip("/")
        self._command_of = command_of
        self._listed = listed
        self._shelf = shelf
        self._monotonic = monotonic
        self._sleep = sleep
        self._held_until = 0.0
        self.state = "WeChat's API has not been reached yet; wait a few seconds. Answers are given nevertheless"

    @property
    def endpoints(self) -> Mapping[str, ASGIApp]:
        return self._passive.endpoints

    async def run(self) -> None:
        """Compare the settings with what the platform says, now and every ten minutes, until cancelled."""
        while True:
            well = await self._examine()
            if well:
                await self._ledger.forget_expired()
            await self._sleep(CHECK_SECONDS if well else CHECK_AGAIN_SECONDS)

    async def turn(self, address: Address) -> None:
        """Wait until the platform has told the time, and while it, or its absence, holds everything back."""
        await self._platform.told()
        while (wait := self._held_until - self._monotonic()) > 0:
            await self._sleep(wait)

    async def send(self, address: Address, reply: Reply, *, is_tip: bool = True) -> Sent:
        """Send on our own account by the best way that is open to the person; REFUSED when none is.

        A consent was given for the tips: nothing else goes by it.
        """
        if not reply.text.strip():
            return Sent(Outcome.REFUSED, reason="nothing to say")
        try:
            sent = await self._climb(address, reply, is_tip)
        except Unavailable:  # ways are claimed before they are used: nothing has left
            return Sent(Outcome.RETRY, RECONNECT_SECONDS, "database")
        if sent.outcome is Outcome.RETRY:
            self._held_until = max(self._held_until, self._monotonic() + sent.retry_after)
            self._tell(trouble(sent.reason))
        return sent

    async def reachable(self, people: Sequence[Address], now: datetime) -> int:
        """To how many of them the window is open, as far as the ledger knows."""
        return await self._ledger.open_windows([person.user for person in people], now)

    def seconds_for(self, messages: int) -> float:
        return messages / _MESSAGES_A_SECOND

    def shown(self, reply: Reply) -> str:
        """What people see in the window; once a week a line follows that tells how to keep messages coming."""
        return self._passive.answered(self._in_words(reply))

    def answered(self, reply: Reply) -> str:
        """What people see of it who have asked."""
        return self._passive.answered(reply)

    @property
    def token_until(self) -> datetime | None:
        """When the access token is replaced, as it is by itself."""
        return self._client.token_until

    async def close(self) -> None:
        await self._passive.close()
        await self._client.close()

    async def _examine(self) -> bool:
        try:
            self._tell(await examine(self._client, self._abilities))
        except CallFailed as failed:
            self._tell(trouble(failed.sent.reason))
        except Unavailable:
            self._tell(trouble("the database did not answer"))
        return self.state == READY

    async def _climb(self, address: Address, reply: Reply, is_tip: bool) -> Sent:
        """One way after the other: the platform's refusal of a way closes it."""
        sent = Sent(Outcome.REFUSED)
        for _ in range(_WAYS):
            claim = await self._ledger.claim(address.user, by_consent=is_tip)
            if not claim.way:
                return Sent(Outcome.REFUSED, reason=claim.reason)
            sent = await self._use(address.user, reply, claim)
            if sent.reason in CLOSED_REASONS:
                await self._ledger.close(address.user, claim)
                continue
            if sent.outcome not in (Outcome.SENT, Outcome.UNKNOWN):
                await self._ledger.give_back(address.user, claim)
            elif claim.way == "window":
                await self._list(address, reply)
            break
        return sent

    async def _use(self, user: str, reply: Reply, claim: Claim) -> Sent:
        ability = Ability.CUSTOMER_MESSAGES if claim.way == "window" else Ability.NOTICES
        body = self._message(user, reply, claim.tell) if claim.way == "window" else self._notice(user, reply)
        try:
            await self._client.call(ability.value, body, Done)
        except CallFailed as failed:
            if failed.errcode in NOT_AUTHORISED_CODES:
                self._tell(not_authorised(ability.value))
            return failed.sent
        return Sent(Outcome.SENT)

    def _message(self, user: str, reply: Reply, tell: bool) -> dict[str, object]:
        """客服消息 of type text."""
        said = self._in_words(reply)
        if tell:
            line = self._shelf.library.phrases.say(_language(reply), "wechat.keep_coming")
            said = structs.replace(said, text=f"{reply.text}\n\n{line}")
        return {"touser": user, "msgtype": "text", "text": {"content": self._passive.written(said)}}

    async def _list(self, address: Address, reply: Reply) -> None:
        """From now on a number means one of these buttons."""
        if numbered := [button for button in self._in_words(reply).flat_buttons() if not button.typed]:
            with suppress(Unavailable):  # it has left: what is typed then is a question like any other
                await self._listed(address, numbered)

    def _in_words(self, reply: Reply) -> Reply:
        typed = tuple(self._typed(button, _language(reply)) for button in reply.flat_buttons())
        return structs.replace(reply, buttons=(typed,))

    def _notice(self, user: str, reply: Reply) -> dict[str, object]:
        """订阅通知: a card of the template, which leads to our page where there is one."""
        text = " ".join(reply.text.split())
        shown = text if len(text) <= THING_CHARACTERS else text[: THING_CHARACTERS - 1] + "…"
        body: dict[str, object] = {
            "touser": user,
            "template_id": self._template.id,
            "data": {self._template.field: {"value": shown}},
        }
        return body | ({"page": self._page} if self._page else {})

    def _typed(self, button: Button, language: str) -> Button:
        """The button with its label as what to type where that alone means the command; others get a number."""
        command, marked = unmark(button.command)
        words = button.label if self._command_of(button.label) == command else ""
        return Button(button.label, mark(command, marked or language), button.typed or words)

    def _tell(self, sentence: str) -> None:
        """Once in the log when it begins, and for /readyz as long as it lasts."""
        if sentence != self.state:
            is_well = sentence == READY
            log.log(
                logging.INFO if is_well else logging.WARNING, "%s", "WeChat's API is ready" if is_well else sentence
            )
        self.state = sentence


def _language(reply: Reply) -> str:
    return language_of(reply.text) or "zh"
