"""Counting and recounting: from votes to ledger rows, and from ledger rows to ballots, tallies and one hash."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from msgspec import Struct

from bot.domain.polls import Result, Vote

SINGLE_SLOT = 0  # a voter has one choice
_HASH_BYTES = 32


class Row(Struct, frozen=True):
    """One act of a voter: from `seq` on, their ballot names `option`; None is a withdrawal."""

    seq: int
    voter: bytes
    slot: int
    option: int | None
    at: datetime

    def leaf(self) -> bytes:
        """The row as it goes into the Merkle tree: one line of text, time in milliseconds since 1970 UTC."""
        return leaf(self.seq, self.voter, self.slot, self.option, round(self.at.timestamp() * 1000))


def leaf(seq: int, voter: bytes, slot: int, option: int | None, milliseconds: int) -> bytes:
    """A row as it goes into the Merkle tree, from the values that are stored."""
    return f"{seq},{voter.hex()},{slot},{'' if option is None else option},{milliseconds}".encode()


class Ballot(Struct, frozen=True, order=True):
    voter: bytes
    slot: int
    option: int


def ballots_of(rows: Iterable[Row]) -> Iterator[Ballot]:
    """The ballots that stand at the end. Rows come ordered by voter, then seq; only one voter is held in memory."""
    voter = b""
    slots: dict[int, int] = {}
    for row in rows:
        if row.voter != voter:
            yield from _standing(voter, slots)
            voter, slots = row.voter, {}
        if row.option is None:
            slots.pop(row.slot, None)
        else:
            slots[row.slot] = row.option
    yield from _standing(voter, slots)


def _standing(voter: bytes, slots: dict[int, int]) -> Iterator[Ballot]:
    return (Ballot(voter, slot, option) for slot, option in sorted(slots.items()))


class Recount(Struct, frozen=True):
    """A poll counted again from its ledger, beside what the service had counted. `root` is hexadecimal."""

    poll: str
    ballots: int
    voters: int
    tally: dict[str, int]
    counters: dict[str, int]
    match: bool
    root: str


class Tally:
    """Counts ballots as they stream by."""

    def __init__(self) -> None:
        self.votes: Counter[int] = Counter()
        self.voters = 0
        self._last_voter = b""

    def add(self, ballot: Ballot) -> None:
        self.votes[ballot.option] += 1
        if ballot.voter != self._last_voter:
            self.voters += 1
            self._last_voter = ballot.voter


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


class Casting:
    """What a group of votes in one poll changes, worked out before it is stored.

    `before` holds, by voter, the option and the ledger row of the ballots that these voters have. `last_seq` is the
    number of the ledger's last row.
    """

    def __init__(self, before: Mapping[bytes, tuple[int, int]], last_seq: int) -> None:
        self._standing = dict(before)
        self._before = before
        self.last_seq = last_seq
        self.rows: list[Row] = []
        self.tally: Counter[int] = Counter()

    @property
    def ballots(self) -> dict[bytes, tuple[int, int]]:
        """The ballots that are new or changed: voter to option and ledger row."""
        return {row.voter: self._standing[row.voter] for row in self.rows}

    @property
    def new_voters(self) -> int:
        return len(self._standing) - len(self._before)

    def cast(self, vote: Vote) -> Result:
        """Count one vote: one ballot for an account, the last choice holds."""
        if vote.refused:
            return Result(vote.refused)
        option, seq = self._standing.get(vote.voter, (None, 0))
        if option == vote.option:
            return Result("unchanged", seq)
        self.last_seq += 1
        self.rows.append(Row(self.last_seq, vote.voter, SINGLE_SLOT, vote.option, vote.at))
        self._standing[vote.voter] = (vote.option, self.last_seq)
        self.tally[vote.option] += 1
        if option is None:
            return Result("counted", self.last_seq)
        self.tally[option] -= 1
        return Result("changed", self.last_seq)
