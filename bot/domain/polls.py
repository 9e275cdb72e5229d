"""Polls: who may vote for what and when, and what a vote changes."""

import hmac
from collections.abc import Callable
from datetime import datetime
from typing import ClassVar, Protocol

from msgspec import Struct

from bot.domain.receipts import receipt_code, receipts_key
from bot.messages import Address, Message


class Option(Struct, frozen=True):
    """A candidate. Neither `id` nor `number` ever changes or is used again."""

    id: str
    number: int
    title: str
    summary: str = ""
    english: str = ""


class Poll(Struct, frozen=True):
    """The rules of a poll. Without `opens_at` it is open from installation, without `closes_at` for good."""

    id: str
    title: str
    options: tuple[Option, ...]
    demo: bool = False
    english: str = ""
    channels: frozenset[str] = frozenset({"telegram", "wechat"})
    opens_at: datetime | None = None
    closes_at: datetime | None = None
    organiser: str = ""
    contact: str = ""
    rules: str = ""
    eligibility: str = ""

    def state(self, at: datetime) -> str:
        """`scheduled`, `open` or `closed` at this instant; the closing instant itself is closed."""
        if self.opens_at and at < self.opens_at:
            return "scheduled"
        return "closed" if self.closes_at and at >= self.closes_at else "open"

    def option(self, name: str) -> Option:
        """The option with this id or number. Raises UnknownOption."""
        for option in self.options:
            if name in (option.id, str(option.number)):
                return option
        raise UnknownOption

    def check_vote(self, message: Message, wanted: str) -> Option:
        """The option that the message may vote for now. Raises the Refusal that names the rule broken."""
        if message.anonymous:
            raise AnonymousVoter
        if message.sender.channel not in self.channels:
            raise ChannelNotEligible
        state = self.state(message.at)
        if state == "scheduled":
            raise PollNotOpen
        if state == "closed":
            raise PollClosed
        return self.option(wanted)


class Refusal(Exception):
    """A rule of the poll forbids the vote; nothing is changed. `code` is kept with the message's outcome."""

    code: ClassVar[str]


class UnknownOption(Refusal):
    code = "unknown-option"


class PollNotOpen(Refusal):
    """The poll opens later."""

    code = "not-open"


class PollClosed(Refusal):
    """The vote came at or after the closing instant."""

    code = "closed"


class ChannelNotEligible(Refusal):
    """The poll takes no votes from this channel."""

    code = "channel"


class AnonymousVoter(Refusal):
    """Sent by an anonymous admin or on behalf of a channel: that is no account of a person."""

    code = "anonymous"


_REFUSALS = {
    refusal.code: refusal for refusal in (UnknownOption, PollNotOpen, PollClosed, ChannelNotEligible, AnonymousVoter)
}


class Vote(Struct, frozen=True):
    """A vote as it was judged when it was accepted. `option` is a number; `refused` a Refusal's code, or empty."""

    message_id: str
    poll: str
    voter: bytes
    option: int
    at: datetime
    refused: str = ""


class Result(Struct, frozen=True):
    """What became of a vote: `counted`, `changed`, `unchanged`, or a Refusal's code.

    `seq` is the ledger row that holds the choice now.
    """

    code: str
    seq: int = 0


class Receipt(Struct, frozen=True):
    """The answer to a vote. `code` says that it counted and does not show the choice."""

    outcome: str
    code: str


class Counts(Struct, frozen=True):
    """The live counters of a poll; `votes` by option number."""

    opened_at: datetime
    ballots: int
    voters: int
    votes: dict[int, int]


class Standing(Struct, frozen=True):
    """A poll with its counters, as it may be shown. Counts are of accounts."""

    poll: Poll
    state: str
    opens_at: datetime | None
    closes_at: datetime | None
    ballots: int
    voters: int
    held: int
    votes: dict[int, int]


class VoteStore(Protocol):
    async def cast(self, vote: Vote) -> Result:
        """Store the vote with its message id; returns after the commit, the first result again when it is known."""
        ...

    async def counts(self, poll: str) -> Counts:
        """The live counters."""
        ...

    async def ballot(self, poll: str, voter: bytes) -> int | None:
        """The number of the option that this voter's ballot names."""
        ...


class Polls:
    """Takes votes and tells standings. `key_of` gives the secret key of a poll, at least 16 bytes."""

    def __init__(self, store: VoteStore, key_of: Callable[[str], bytes]) -> None:
        self._store = store
        self._key_of = key_of

    async def cast(self, poll: Poll, wanted: str, message: Message) -> Receipt:
        """Vote for the option with id or number `wanted`; returns when the vote is on disk.

        Raises a Refusal when a rule forbids it. The same message always gets the same outcome.
        """
        refused, number = "", 0
        try:
            number = poll.check_vote(message, wanted).number
        except Refusal as refusal:
            refused = refusal.code
        voter = self._voter(poll.id, message.sender)
        result = await self._store.cast(Vote(message.id, poll.id, voter, number, message.at, refused))
        if result.code in _REFUSALS:
            raise _REFUSALS[result.code]
        return Receipt(result.code, self._receipt_code(poll.id, result.seq, voter))

    async def standing(self, poll: Poll, at: datetime) -> Standing:
        counts = await self._store.counts(poll.id)
        return Standing(
            poll=poll,
            state=poll.state(at),
            opens_at=poll.opens_at or counts.opened_at,
            closes_at=poll.closes_at,
            ballots=counts.ballots,
            voters=counts.voters,
            held=0,
            votes={option.number: counts.votes.get(option.number, 0) for option in poll.options},
        )

    async def choice(self, poll: Poll, sender: Address) -> Option | None:
        """The option that this person's ballot names now."""
        number = await self._store.ballot(poll.id, self._voter(poll.id, sender))
        return next((option for option in poll.options if option.number == number), None)

    def _voter(self, poll: str, sender: Address) -> bytes:
        return pseudonym(self._key_of(poll), sender)

    def _receipt_code(self, poll: str, seq: int, voter: bytes) -> str:
        return receipt_code(receipts_key(self._key_of(poll)), seq, voter)


def pseudonym(key: bytes, sender: Address) -> bytes:
    """The voter that an account is in one poll: 16 bytes that nobody can turn back without the poll's key."""
    return hmac.digest(key, b"voter" + sender.person.encode(), "sha256")[:16]
