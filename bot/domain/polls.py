"""Polls: who may vote for what and when, and what a vote changes."""

from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, Literal, Protocol
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Struct

from bot.domain.kinds import Daily, Kind, Single
from bot.domain.ledger import ChannelCount, Hold, channel_code
from bot.domain.mac import mac
from bot.domain.receipts import receipt_code, receipts_key
from bot.domain.refusals import (
    REFUSALS,
    AnonymousVoter,
    ChannelNotEligible,
    ConsentNeeded,
    JoinedTooLate,
    OptionWithdrawn,
    PollClosed,
    PollNotOpen,
    Refusal,
    UnknownOption,
)
from bot.messages import Address, Message

Results = Literal["live", "delayed", "hidden"]
Joined = Literal["any", "before-opening"]
State = Literal["scheduled", "open", "stopped", "closed"]

# Delayed results are those of the last full hour that is at least so long ago.
DELAY = timedelta(hours=1)
# An account that was first seen less than this before its vote is a fresh one.
FRESH = timedelta(minutes=10)


class Option(Struct, frozen=True):
    """A candidate. Neither `id` nor `number` ever changes or is used again.

    One that is `withdrawn` keeps its votes and takes no new ones.
    """

    id: str
    number: int
    title: str
    summary: str = ""
    english: str = ""
    category: str = ""
    withdrawn: bool = False


class Terms(Struct, frozen=True, kw_only=True):
    """What decides which votes count and what is shown: it stays as it is once the poll has opened.

    Without `opens_at` a poll is open from installation, without `closes_at` for good. `zone` is the IANA zone of its
    days. `results` are shown live, with a delay, or hidden until the close. `joined` says which accounts may vote,
    `holds` whether suspicious ballots wait until persons have looked; in a demonstration they never do.
    """

    kind: Kind = Single()
    results: Results = "live"
    demo: bool = False
    channels: frozenset[str] = frozenset({"telegram", "wechat"})
    joined: Joined = "any"
    opens_at: datetime | None = None
    closes_at: datetime | None = None
    zone: str = "Asia/Shanghai"
    holds: bool = True

    def state(self, at: datetime) -> State:
        """`scheduled`, `open` or `closed` at this instant; the closing instant itself is closed."""
        if self.opens_at and at < self.opens_at:
            return "scheduled"
        return "closed" if self.closes_at and at >= self.closes_at else "open"

    @property
    def is_watched(self) -> bool:
        """Whether suspicious ballots are held."""
        return self.holds and not self.demo

    @property
    def betrays_holds(self) -> bool:
        """Whether everybody can see a candidate's number fall when ballots are held, while voting goes on."""
        return self.is_watched and self.results != "hidden"

    @property
    def has_days(self) -> bool:
        """Whether votes are counted out by the day."""
        return isinstance(self.kind, Daily)

    def day(self, at: datetime, opening: datetime) -> int:
        """How many local days after that of the opening; 0 where the kind of poll has no days."""
        if not self.has_days:
            return 0
        zone = ZoneInfo(self.zone)
        return (at.astimezone(zone).date() - opening.astimezone(zone).date()).days


class Poll(Terms, frozen=True, dict=True):
    """A poll as its author wrote it: the terms, the candidates, and the texts.

    `stopped` is nobody's writing: whether it was stopped in an emergency, as far as we have heard. What decides on a
    vote is what the database says in the commit that would count it.
    """

    id: str
    title: str
    options: tuple[Option, ...]
    english: str = ""
    organiser: str = ""
    contact: str = ""
    rules: str = ""
    eligibility: str = ""
    stopped: bool = False

    def state(self, at: datetime) -> State:
        """As its terms say, or `stopped` while it would be open."""
        state = super().state(at)
        return "stopped" if self.stopped and state == "open" else state

    @property
    def terms(self) -> Terms:
        return Terms(**{name: getattr(self, name) for name in Terms.__struct_fields__})

    @property
    def categories(self) -> tuple[str, ...]:
        """In the order in which they first come."""
        return tuple(dict.fromkeys(option.category for option in self.options if option.category))

    def option(self, name: str) -> Option:
        """The option with this id or number. Raises UnknownOption."""
        option = self._by_name.get(name)
        if option is None:
            raise UnknownOption
        return option

    @cached_property
    def _by_name(self) -> dict[str, Option]:
        return {name: option for option in self.options for name in (option.id, str(option.number))}

    def check_vote(self, message: Message, wanted: str, *, back: bool = False) -> Option:
        """The option that the message may vote for now, or take its vote `back` from.

        Raises the Refusal that names the rule broken.
        """
        if message.anonymous:
            raise AnonymousVoter
        if message.sender.channel not in self.channels:
            raise ChannelNotEligible
        state = self.state(message.at)
        if state == "scheduled":
            raise PollNotOpen
        if state == "closed":
            raise PollClosed
        option = self.option(wanted)
        if option.withdrawn and not back:
            raise OptionWithdrawn
        return option


def rules_of(poll: Poll, opening: datetime | None = None) -> dict[str, Any]:
    """The rules as they are published, ready for JSON; what the kind of poll has no use for is None.

    `opening` is the instant of a poll that opened with its installation.
    """
    opens_at = poll.opens_at or opening
    rules: dict[str, Any] = {
        "poll": poll.id,
        "title": poll.title,
        **dict.fromkeys(("kind", "choose", "per_day", "per_option_per_day", "revote")),
        "results": poll.results,
        "opens_at": opens_at.isoformat() if opens_at else None,
        "closes_at": poll.closes_at.isoformat() if poll.closes_at else None,
        "zone": poll.zone,
        "channels": sorted(poll.channels),
        "joined": poll.joined,
        "holds": poll.is_watched,
        "options": [
            {name: getattr(option, name) for name in ("id", "number", "title", "category", "withdrawn")}
            for option in poll.options
        ],
    }
    rules.update(msgspec.to_builtins(poll.kind))
    return rules


class Vote(Struct, frozen=True):
    """A vote as it was judged when it was accepted. `option` is a number; `refused` a Refusal's code, or empty.

    With `back` the vote for this option is taken back. `newcomer` is the code of the Refusal that holds for who has
    no ballot in the poll yet. `channel` is the code of the platform; `fresh` says that the account is a new one.
    """

    message_id: str
    poll: str
    voter: bytes
    option: int
    at: datetime
    refused: str = ""
    back: bool = False
    newcomer: str = ""
    channel: int | None = None
    fresh: bool = False


class Result(Struct, frozen=True, omit_defaults=True):
    """What became of a vote: `counted`, `changed`, `unchanged`, `taken-back`, or a Refusal's code.

    `seq` is the ledger row that holds the choice now, `left` how many votes the voter still has, where that counts.
    """

    code: str
    seq: int = 0
    left: int | None = None
    hold: Hold = ""


class Receipt(Struct, frozen=True):
    """The answer to a vote. `code` says that it counted and does not show the choice."""

    outcome: str
    code: str
    left: int | None = None
    hold: Hold = ""


class Mine(Struct, frozen=True):
    """A person's own votes in a poll, by option number, and how many are left now, where that counts."""

    votes: Counter[int]
    left: int | None
    hold: Hold = ""


class Counts(Struct, frozen=True):
    """The counters of a poll; `votes` by option number. `opened_at` is the opening, or the installation without one.

    `held` of the `ballots` count for no candidate now.
    """

    opened_at: datetime
    ballots: int
    voters: int
    votes: dict[int, int]
    held: int = 0
    channels: dict[str, ChannelCount] = {}


class Standing(Struct, frozen=True):
    """A poll with its counters, as it may be shown. Counts are of accounts.

    `ballots` are the votes that stand: a changed one is one, each of those that an account may give is one. `held` of
    them count for no candidate: sum(votes) = ballots - held. `votes` is None while the results are hidden. `as_of` is
    the instant of delayed counters.
    """

    poll: Poll
    state: str
    opens_at: datetime | None
    closes_at: datetime | None
    ballots: int
    voters: int
    held: int
    votes: dict[int, int] | None
    as_of: datetime | None = None
    channels: dict[str, ChannelCount] = {}


class VoteStore(Protocol):
    async def cast(self, vote: Vote) -> Result:
        """Store the vote with its message id; returns after the commit, the first result again when it is known."""
        ...

    async def counts(self, poll: str, at: datetime | None = None) -> Counts:
        """The live counters, or what they were at a full hour."""
        ...

    async def ballots(self, poll: str, voter: bytes) -> dict[int, int]:
        """This voter's votes: slot to option number."""
        ...

    async def hold(self, poll: str, voter: bytes) -> Hold:
        """What holds this voter's ballots back."""
        ...


class Polls:
    """Takes votes and tells standings.

    `key_of` gives the secret key of a poll, at least 16 bytes; `joined_at` since when an account is known, None for one
    that is not.
    """

    def __init__(
        self,
        store: VoteStore,
        key_of: Callable[[str], bytes],
        joined_at: Callable[[Address], Awaitable[datetime | None]],
    ) -> None:
        self._store = store
        self._key_of = key_of
        self._joined_at = joined_at

    async def cast(
        self, poll: Poll, wanted: str, message: Message, *, back: bool = False, agreed: bool = False
    ) -> Receipt:
        """Vote for the option with id or number `wanted`, or take it `back`; returns when that is on disk.

        `agreed` says that the person was asked whether the anonymous ballot may be published. Raises a Refusal when a
        rule forbids the vote. The same message always gets the same outcome.
        """
        refused, number = "", 0
        try:
            number = poll.check_vote(message, wanted, back=back).number
        except Refusal as refusal:
            refused = refusal.code
        joined = None if refused or back else await self._joined(poll, message)
        vote = Vote(
            message.id,
            poll.id,
            voter := self.voter(poll.id, message.sender),
            number,
            message.at,
            refused,
            back,
            newcomer="" if refused or back else await self._newcomer(poll, joined, agreed),
            channel=channel_code(message.sender.channel),
            fresh=poll.is_watched and not back and (joined is None or message.at - joined < FRESH),
        )
        result = await self._store.cast(vote)
        if result.code in REFUSALS:
            raise REFUSALS[result.code]
        return Receipt(result.code, self._receipt_code(poll.id, result.seq, voter), result.left, result.hold)

    async def standing(self, poll: Poll, at: datetime) -> Standing:
        """How the poll stands, as far as its terms let it be shown at this instant."""
        state = poll.state(at)
        shown = "live" if state == "closed" else poll.results
        as_of = _hour(at - DELAY) if shown == "delayed" else None
        counts = await self._store.counts(poll.id, as_of)
        votes = {option.number: counts.votes.get(option.number, 0) for option in poll.options}
        return Standing(
            poll=poll,
            state=state,
            opens_at=poll.opens_at or counts.opened_at,
            closes_at=poll.closes_at,
            ballots=counts.ballots,
            voters=counts.voters,
            held=counts.held,
            votes=None if shown == "hidden" else votes,
            as_of=as_of,
            channels=counts.channels,
        )

    async def mine(self, poll: Poll, sender: Address, at: datetime) -> Mine:
        """This person's own votes; to be shown to nobody else."""
        voter = self.voter(poll.id, sender)
        mine = await self._store.ballots(poll.id, voter)
        day = poll.day(at, await self._opening(poll)) if poll.has_days else 0
        hold = await self._store.hold(poll.id, voter) if poll.is_watched else ""
        return Mine(Counter(mine.values()), poll.kind.left(mine, day), hold)

    async def _joined(self, poll: Poll, message: Message) -> datetime | None:
        """Since when the account is known, where the poll asks; None also for one that is not."""
        asks = poll.is_watched or poll.joined == "before-opening"
        return await self._joined_at(message.sender) if asks else None

    async def _newcomer(self, poll: Poll, joined: datetime | None, agreed: bool) -> str:
        """The code of what keeps an account without a ballot from voting; empty for nothing."""
        if poll.joined == "before-opening" and (joined is None or joined >= await self._opening(poll)):
            return JoinedTooLate.code
        return "" if agreed or poll.demo else ConsentNeeded.code

    async def _opening(self, poll: Poll) -> datetime:
        return poll.opens_at or (await self._store.counts(poll.id)).opened_at

    def voter(self, poll: str, sender: Address) -> bytes:
        """The pseudonym of an account in a poll."""
        return pseudonym(self._key_of(poll), sender)

    def _receipt_code(self, poll: str, seq: int, voter: bytes) -> str:
        return receipt_code(receipts_key(self._key_of(poll)), seq, voter)


def pseudonym(key: bytes, sender: Address) -> bytes:
    """The voter that an account is in one poll: 16 bytes that nobody can turn back without the poll's key."""
    return mac(key, b"voter" + sender.person.encode())[:16]


def _hour(at: datetime) -> datetime:
    return at.replace(minute=0, second=0, microsecond=0)
