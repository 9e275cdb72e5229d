"""A poll and votes in it, as short as tests want to say them."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from bot.domain.polls import Option, Poll, Vote
from bot.domain.polls import Polls as PollRules
from bot.messages import Address, Message
from bot.storage.database import Database
from bot.storage.votes import Votes

AT = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
KEY = b"k" * 32
OPTIONS = tuple(Option(f"deed-{number}", number, f"Deed {number}") for number in (1, 2, 3, 5))
POLL = Poll("deeds", "Deeds", OPTIONS, demo=True, channels=frozenset({"telegram", "web"}))


def voter(name: object) -> bytes:
    return sha256(str(name).encode()).digest()[:16]


def vote(message_id: str, who: object, option: int, poll: str = POLL.id, refused: str = "") -> Vote:
    return Vote(message_id, poll, voter(who), option, AT, refused)


def message(message_id: str, user: str, text: str = "", at: datetime = AT, channel: str = "telegram") -> Message:
    return Message(message_id, Address(channel, user, user), text, at)


async def installed(database: Database, polls: Iterable[Poll] = (POLL,)) -> Votes:
    votes = Votes(database)
    for poll in polls:
        await votes.install(poll, b"check", AT)
    return votes


def rules(votes: Votes) -> PollRules:
    return PollRules(votes, lambda _poll: KEY, _joined_long_ago)


async def _joined_long_ago(_sender: Address) -> datetime:
    return AT - timedelta(days=365)
