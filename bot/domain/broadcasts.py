"""A notice of the operators to many people: who gets it, when, and how far it has come."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Literal, Protocol

from msgspec import Struct

from bot.domain.subscriptions import Subscription, waking_hours
from bot.domain.times import is_zone
from bot.domain.tips import Audience
from bot.messages import Reply

# So much is one message on every channel, with nothing cut: on WeChat 2048 bytes, options included.
MAX_CHARACTERS = 500
MAX_BYTES = 1500
# What nobody has fetched or could get by then goes out no more.
LASTS = timedelta(days=3)
# Where a person fetches what waits, nobody is disturbed.
FETCHING = frozenset({"web"})

Unfit = Literal["", "empty", "long", "channels"]
State = Literal["planned", "sending", "paused", "stopped", "done"]
Order = Literal["pause", "resume", "stop"]
AFTER: dict[Order, State] = {"pause": "paused", "resume": "sending", "stop": "stopped"}
# The states in which an order means something; the same one again changes nothing.
BEFORE: dict[Order, frozenset[State]] = {
    "pause": frozenset({"planned", "sending", "paused"}),
    "resume": frozenset({"paused", "planned", "sending"}),
    "stop": frozenset({"planned", "sending", "paused", "stopped"}),
}


class Audited(Struct, frozen=True):
    """What became of the messages that were planned; those in no other figure are still to end."""

    planned: int = 0
    sent: int = 0
    refused: int = 0
    unknown: int = 0
    expired: int = 0

    @property
    def ended(self) -> int:
        return self.sent + self.refused + self.unknown + self.expired

    @property
    def waiting(self) -> int:
        return self.planned - self.ended


class Notice(Struct, frozen=True):
    """What is said to whom: those who chose tips for the audience (`everyone`: all), on these channels."""

    reply: Reply
    audience: Audience
    channels: tuple[str, ...]
    ends_at: datetime

    def is_for(self, subscription: Subscription, now: datetime) -> bool:
        """Only who gets tips now: nobody who paused, left, or cannot be reached, nor whose clock nobody knows."""
        return (
            subscription.state == "active"
            and is_zone(subscription.zone)
            and subscription.address.channel in self.channels
            and self.audience in ("everyone", subscription.audience)
            and not subscription.is_away(now)
        )

    def span(self, channel: str, audience: Audience, zone: str, now: datetime) -> tuple[datetime, datetime]:
        """From when until when it may go to a person who chose that audience: children are left alone at times."""
        if audience != "children" or channel in FETCHING:
            return now, self.ends_at
        begin, end = waking_hours(zone, now)
        return begin, min(end, self.ends_at)


class Draft(Struct, frozen=True):
    """A notice as it is written at the desk: the body of a revision."""

    text: str
    audience: Audience
    channels: tuple[str, ...]

    def unfit(self, there: Collection[str]) -> "Unfit":
        """Why this cannot go out by the channels that are there; empty where it can."""
        return unfit(self.text) or ("" if self.channels and set(self.channels) <= set(there) else "channels")


class Broadcast(Struct, frozen=True):
    """A notice on its way. `people` were there when it was confirmed; `is_planned` says that each has a message.

    `revision` is the one of the desk that it came from, 0 for none.
    """

    id: int
    notice: Notice
    operator: str
    state: State
    at: datetime
    people: int
    is_planned: bool
    audited: Audited
    revision: int = 0


class Progress(Struct, frozen=True):
    """How far a broadcast has come; `later` wait for something else than their turn: to be fetched, or for morning."""

    broadcast: Broadcast
    later: int

    @property
    def rests(self) -> bool:
        """Whether nothing more goes out by itself for now. What has all ended is `done` at the next tick only."""
        one = self.broadcast
        if one.state in ("planned", "sending"):
            return one.is_planned and 0 < one.audited.waiting <= self.later
        return one.state != "stopped" or not one.audited.waiting

    @property
    def is_cut_short(self) -> bool:
        """Whether it ended before all had a message."""
        return self.broadcast.state in ("stopped", "done") and self.broadcast.audited.planned < self.broadcast.people


class Ends(Struct, frozen=True):
    """So many messages have ended so, for this reason."""

    state: str
    reason: str
    messages: int


class Share(Struct, frozen=True):
    """The people of one channel: `reachable` of them now, the others not unless something changes.

    `resting` are those to whom it goes later: children at night or at school.
    """

    channel: str
    people: int
    reachable: int
    resting: int
    seconds: float


class Forecast(Struct, frozen=True):
    """What a broadcast would do if it began now. Channels go side by side, so the slowest one tells how long."""

    shares: tuple[Share, ...]

    @property
    def people(self) -> int:
        return sum(share.people for share in self.shares)

    @property
    def seconds(self) -> float:
        return max((share.seconds for share in self.shares), default=0.0)


class Confirmed(Struct, frozen=True):
    """What an operator has seen and confirmed, for so many people; `key` is the same when that is said again."""

    text: str
    audience: Audience
    channels: tuple[str, ...]
    operator: str
    people: int
    at: datetime
    key: str


class Ordered(Struct, frozen=True):
    number: int
    order: Order
    at: datetime


class BroadcastStore(Protocol):
    async def subscribers(self, channel: str, after: str, limit: int) -> Sequence[Subscription]:
        """The next ones of the channel, in the order of their `user`."""
        ...


def unfit(text: str) -> "Unfit":
    """Why a text cannot be a notice; empty where it can."""
    if not text:
        return "empty"
    return "long" if len(text) > MAX_CHARACTERS or len(text.encode()) > MAX_BYTES else ""
