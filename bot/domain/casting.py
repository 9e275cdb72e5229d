"""What a group of votes in one poll changes, worked out by its terms before it is stored."""

from collections import Counter
from collections.abc import Mapping, Set
from datetime import datetime

from msgspec import Struct

from bot.domain.ledger import Hold, Row
from bot.domain.polls import Result, Terms, Vote
from bot.domain.refusals import Refusal


class Held(Struct, frozen=True):
    """The vote in a voter's slot: an option's number, the ledger row that put it there, and over which channel."""

    option: int
    seq: int
    channel: int | None = None


# A voter and one of their slots.
Place = tuple[bytes, int]
# A voter and a channel over which ballots of theirs came.
Origin = tuple[bytes, int | None]


class Casting:
    """Counts votes, one after the other.

    `held` are the votes that these voters have in the slots that decide, `origins` say which of them have any ballot,
    and over which channels they came, `last_seq` is the number of the ledger's last row. `suspended` are those whose
    ballots count for no candidate now. Afterwards `rows` are to be added to the ledger, `changed` are the places that
    hold another vote or, with None, none any more; the counters are to be changed by `tally`, `withheld` (what goes to
    no candidate), `new_ballots`, `new_voters` and by those of the channels.
    """

    def __init__(
        self,
        terms: Terms,
        opening: datetime,
        held: Mapping[Place, Held],
        origins: Set[Origin],
        last_seq: int,
        suspended: Mapping[bytes, Hold] | None = None,
    ) -> None:
        self._terms = terms
        self._opening = opening
        self._held = dict(held)
        self._slots: dict[bytes, dict[int, int]] = {}
        for (voter, slot), vote in held.items():
            self._slots.setdefault(voter, {})[slot] = vote.option
        self._suspended = suspended or {}
        self._origins_before = frozenset(origins)
        self._origins = set(origins)
        self._voters = {voter for voter, _ in origins}
        self._before = len(self._voters)
        self.last_seq = last_seq
        self.rows: list[Row] = []
        self.changed: dict[Place, Held | None] = {}
        self.tally: Counter[int] = Counter()
        self.withheld: Counter[int] = Counter()
        self.ballots_by_channel: Counter[int | None] = Counter()

    @property
    def new_voters(self) -> int:
        return len(self._voters) - self._before

    @property
    def new_ballots(self) -> int:
        return sum(self.tally.values()) + self.new_withheld

    @property
    def new_withheld(self) -> int:
        return sum(self.withheld.values())

    @property
    def voters_by_channel(self) -> Counter[int | None]:
        gone = Counter(channel for _, channel in self._origins_before - self._origins)
        come = Counter(channel for _, channel in self._origins - self._origins_before)
        come.subtract(gone)
        return come

    def cast(self, vote: Vote) -> Result:
        """Count one vote, or say by which rule it is refused."""
        if vote.refused:
            return Result(vote.refused)
        if vote.newcomer and vote.voter not in self._voters:
            return Result(vote.newcomer)
        kind, day = self._terms.kind, self._terms.day(vote.at, self._opening)
        mine = self._slots.setdefault(vote.voter, {})
        try:
            slot = kind.slot_freed(mine, vote.option) if vote.back else kind.slot(mine, vote.option, day)
        except Refusal as refusal:
            return Result(refusal.code)
        code, seq = self._put(vote, mine, slot)
        return Result(code, seq, kind.left(mine, day), self._suspended.get(vote.voter, ""))

    def _put(self, vote: Vote, mine: dict[int, int], slot: int) -> tuple[str, int]:
        """Write the vote into the slot, or take it out; returns the outcome's code and the ledger row that says so."""
        place = vote.voter, slot
        before, after = mine.get(slot), None if vote.back else vote.option
        if before == after:
            return "unchanged", self._held[place].seq
        self.last_seq += 1
        self.rows.append(Row(self.last_seq, vote.voter, slot, after, vote.at, vote.channel, fresh=vote.fresh))
        if before is not None:
            self._take_out(place, mine)
        if after is None:
            return "taken-back", self.last_seq
        mine[slot] = after
        self._count(vote.voter, after, vote.channel, 1)
        self._voters.add(vote.voter)
        self._origins.add((vote.voter, vote.channel))
        self._held[place] = self.changed[place] = Held(after, self.last_seq, vote.channel)
        return ("counted" if before is None else "changed"), self.last_seq

    def _take_out(self, place: Place, mine: dict[int, int]) -> None:
        """Only where `held` has all slots of a voter: so it shows whether one is left."""
        voter, slot = place
        vote = self._held.pop(place)
        del mine[slot]
        self.changed[place] = None
        self._count(voter, vote.option, vote.channel, -1)
        if not any(self._held[voter, other].channel == vote.channel for other in mine):
            self._origins.discard((voter, vote.channel))
        if not mine:
            self._voters.discard(voter)

    def _count(self, voter: bytes, option: int, channel: int | None, more: int) -> None:
        (self.withheld if voter in self._suspended else self.tally)[option] += more
        self.ballots_by_channel[channel] += more
