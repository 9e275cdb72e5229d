"""Counting and recounting: from votes to ledger rows, and from ledger rows to ballots, tallies and one hash."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime
from enum import IntEnum
from typing import Literal

from msgspec import Struct

_HASH_BYTES = 32


class Channel(IntEnum):
    """Over which platform a vote came, as it is stored. A code is never used again for another."""

    TELEGRAM = 1
    WECHAT = 2
    WEB = 3
    TERMINAL = 4


class Act(IntEnum):
    """What was decided on a voter, as it is stored: held for one of the reasons, then released or excluded."""

    RELEASED = 1
    EXCLUDED = 2
    HELD_BURST = 3
    HELD_WAVE = 4
    HELD_FLOOD = 5
    HELD_RHYTHM = 6


# The last word of a row as it is published.
CHANNEL_WORDS = {int(channel): channel.name.lower() for channel in Channel}
_CHANNEL_CODES = {word: code for code, word in CHANNEL_WORDS.items()}
ACT_WORDS = {int(act): act.name.lower().replace("_", "-") for act in Act}


# What keeps a voter's ballots from the candidates: nothing, a suspicion, or that it was confirmed.
Hold = Literal["", "waiting", "excluded"]


def hold_after(act: int | None) -> Hold:
    """What the last decision on a voter means; None for a voter on whom there is none."""
    if act is None or act == Act.RELEASED:
        return ""
    return "excluded" if act == Act.EXCLUDED else "waiting"


def channel_code(name: str) -> int | None:
    """The code of a platform; None for one that has none."""
    return _CHANNEL_CODES.get(name)


def channel_word(code: int | None) -> str:
    """The name of a platform; `unknown` for votes from before it was written down."""
    return CHANNEL_WORDS[code] if code else "unknown"


class Row(Struct, frozen=True):
    """A vote: from `seq` on, the voter's ballot in `slot` names `option`; None is a withdrawal.

    Or with `act` a decision on the voter, who has no slot in it. `fresh` is not published: the account was first seen
    just before.
    """

    seq: int
    voter: bytes
    slot: int
    option: int | None
    at: datetime
    channel: int | None = None
    act: int | None = None
    fresh: bool = False

    def leaf(self) -> bytes:
        """The row as it goes into the Merkle tree: one line of text, time in milliseconds since 1970 UTC."""
        at = round(self.at.timestamp() * 1000)
        return leaf(self.seq, self.voter, self.slot, self.option, at, self.channel, self.act)


def leaf(
    seq: int,
    voter: bytes,
    slot: int,
    option: int | None,
    milliseconds: int,
    channel: int | None = None,
    act: int | None = None,
) -> bytes:
    """A row as it goes into the Merkle tree, from the values that are stored."""
    text = f"{seq},{voter.hex()},{slot},{'' if option is None else option},{milliseconds}"
    if act:
        return f"{text},{ACT_WORDS[act]}".encode()
    return f"{text},{CHANNEL_WORDS[channel]}".encode() if channel else text.encode()


class Ballot(Struct, frozen=True):
    """A vote that stands. One that is `held` counts for no candidate."""

    voter: bytes
    slot: int
    option: int
    channel: int | None = None
    held: bool = False


def ballots_of(rows: Iterable[Row]) -> Iterator[Ballot]:
    """The ballots that stand at the end. Rows come ordered by voter, then seq; only one voter is in the memory."""
    voter, held = b"", False
    slots: dict[int, Row] = {}
    for row in rows:
        if row.voter != voter:
            yield from _standing(slots, held)
            voter, held, slots = row.voter, False, {}
        if row.act:
            held = bool(hold_after(row.act))
        elif row.option is None:
            slots.pop(row.slot, None)
        else:
            slots[row.slot] = row
    yield from _standing(slots, held)


def _standing(slots: dict[int, Row], held: bool) -> Iterator[Ballot]:
    for slot, row in sorted(slots.items()):
        assert row.option is not None  # a withdrawal has freed its slot
        yield Ballot(row.voter, slot, row.option, row.channel, held)


class ChannelCount(Struct, frozen=True):
    """How many ballots came over a channel, and of how many accounts."""

    ballots: int
    voters: int


class Recount(Struct, frozen=True):
    """A poll counted again from its ledger, beside what the service had counted. `root` is hexadecimal.

    `ballots` are all that stand, `tally` those that count for a candidate, `held` those that do not.
    """

    poll: str
    ballots: int
    voters: int
    tally: dict[str, int]
    counters: dict[str, int]
    match: bool
    root: str
    held: dict[str, int]
    channels: dict[str, ChannelCount]


class Tally:
    """Counts ballots as they stream by, one voter's after the other's."""

    def __init__(self) -> None:
        self.votes: Counter[int] = Counter()
        self.held: Counter[int] = Counter()
        self.voters = 0
        self._by_channel: Counter[int | None] = Counter()
        self._voters_by_channel: Counter[int | None] = Counter()
        self._last_voter = b""
        self._last_channels: set[int | None] = set()

    @property
    def ballots(self) -> int:
        return self.votes.total() + self.held.total()

    @property
    def channels(self) -> dict[str, ChannelCount]:
        return {
            channel_word(code): ChannelCount(ballots, self._voters_by_channel[code])
            for code, ballots in sorted(self._by_channel.items(), key=lambda item: item[0] or 0)
        }

    def add(self, ballot: Ballot) -> None:
        (self.held if ballot.held else self.votes)[ballot.option] += 1
        self._by_channel[ballot.channel] += 1
        if ballot.voter != self._last_voter:
            self.voters += 1
            self._last_voter, self._last_channels = ballot.voter, set()
        if ballot.channel not in self._last_channels:
            self._last_channels.add(ballot.channel)
            self._voters_by_channel[ballot.channel] += 1


class MerkleTree:
    """The Merkle tree hash of RFC 6962, section 2.1, over leaves that stream by.

    A tree is gone on with from its `size` in leaves and its `frontier`: the hashes of its full subtrees, from the left.
    """

    def __init__(self, size: int = 0, frontier: bytes = b"") -> None:
        self._subtrees = [frontier[at : at + _HASH_BYTES] for at in range(0, len(frontier), _HASH_BYTES)]
        self.size = size

    @property
    def frontier(self) -> bytes:
        return b"".join(self._subtrees)

    def add(self, leaf: bytes) -> None:
        node = hashlib.sha256(b"\x00" + leaf).digest()
        size = self.size
        while size & 1:  # every full pair of subtrees becomes one
            node = _join(self._subtrees.pop(), node)
            size >>= 1
        self._subtrees.append(node)
        self.size += 1

    def root(self) -> bytes:
        if not self._subtrees:
            return hashlib.sha256(b"").digest()
        *left, node = self._subtrees
        for subtree in reversed(left):
            node = _join(subtree, node)
        return node


def _join(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()
