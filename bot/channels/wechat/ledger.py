"""The window ledger: what each person's messages and taps let us send, and what we have sent of it."""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Literal

from msgspec import Struct, structs

from bot.channels.wechat.clock import PlatformClock
from bot.channels.wechat.contacts import to_contact
from bot.channels.wechat.outcomes import WINDOW_CLOSED, WINDOW_SPENT
from bot.channels.wechat.records import Records
from bot.channels.wechat.windows import KEPT_FOR_ANSWERS, Reach, read, written
from bot.context import Unavailable

log = logging.getLogger(__name__)

WINDOW, WINDOW_AND_TELL, CONSENT = "window", "window-and-tell", "consent"


class Claim(Struct, frozen=True):
    """A message's place in a window, or a consent, taken at an instant of the platform; without a `way` the reason."""

    way: Literal["window", "consent", ""]
    at: datetime
    tell: bool = False
    reason: str = ""


class Ledger:
    """`template` is the 订阅通知 whose consents may be used, empty for none."""

    def __init__(self, records: Records, platform: PlatformClock, template: str = "") -> None:
        self._records = records
        self._platform = platform
        self._template = template

    async def notice(self, xml: str) -> bool:
        """Write down what a payload opens and closes; False when the database did not take it.

        A message counts once however often it is delivered: its instant is the platform's. A consent has its own id.
        """
        contact = to_contact(xml)
        if contact is None:
            return True
        self._platform.hear(contact.at)
        contact = contact.about(self._template)
        if contact is None:
            return True
        try:
            await self._change(contact.user, contact.changed, contact.id if contact.consents else "")
        except Unavailable:
            log.warning("what a person's message opens could not be stored: it counts as closed")
            return False
        return True

    async def claim(self, user: str, kept: int = KEPT_FOR_ANSWERS, *, by_consent: bool = True) -> Claim:
        """Take the best way to write to the person now, before it is used, so that nobody takes it too.

        Of an open window's messages `kept` are left for others.
        """
        now, template = self._platform.now(), self._template if by_consent else ""
        verdict = await self._records.change(user, lambda state: _claimed(state, now, kept, template))
        if verdict in (WINDOW, WINDOW_AND_TELL):
            return Claim("window", now, tell=verdict == WINDOW_AND_TELL)
        return Claim("consent", now) if verdict == CONSENT else Claim("", now, reason=verdict)

    async def open_windows(self, users: Sequence[str], now: datetime) -> int:
        """To how many of them a message could go now by their window."""
        states = await self._records.read_many(users)
        return sum(read(state).left(now) > KEPT_FOR_ANSWERS for state in states.values())

    async def give_back(self, user: str, claim: Claim) -> None:
        """What was claimed has certainly not been used."""
        if claim.way == "window":
            await self._change(user, lambda reach: reach.without_send(claim.at))
        else:
            await self._change(user, lambda reach: reach.with_consents(self._template, 1))

    async def close(self, user: str, claim: Claim) -> None:
        """The platform says that there is no such way."""
        log.warning("WeChat refused a message by a way that the ledger thought open (%s)", claim.way)
        if claim.way == "window":
            await self._change(user, Reach.shut)
        else:
            await self._change(user, lambda reach: reach.without_consents(self._template))

    async def forget_expired(self) -> None:
        """Delete what says nothing any more, by the platform's clock; only after it has told the time."""
        await self._records.forget_expired(self._platform.now())

    async def _change(self, user: str, change: Callable[[Reach], Reach], message_id: str = "") -> None:
        await self._records.change(user, lambda state: (*written(change(read(state))), ""), message_id)


def _claimed(state: bytes, now: datetime, kept: int, template: str) -> tuple[bytes, datetime | None, str]:
    """`template` is the one whose consents may be used, empty for none."""
    reach = read(state)
    left = reach.left(now)
    if left > kept:
        tell = reach.should_be_told(now)
        after = structs.replace(reach.after_send(now), told_at=now if tell else reach.told_at)
        return *written(after), WINDOW_AND_TELL if tell else WINDOW
    if reach.consents.get(template):
        return *written(reach.with_consents(template, -1)), CONSENT
    return *written(reach), WINDOW_SPENT if left > 0 else WINDOW_CLOSED
