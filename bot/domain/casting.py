"""What a group of votes in one poll changes, worked out by its terms before it is stored."""

from collections import Counter
from collections.abc import Mapping, Set
from datetime import datetime

from msgspec import Struct

from bot.domain.ledger import Row
from bot.domain.polls import Result, Terms, Vote
from bot.domain.refusals import Refusal


class Held(Struct, frozen=True):
    """The vote in a voter's slot: an option's number, and the ledger row that put it there."""

    option: int
    seq: int


# A voter and one of their slots.
Place = tuple[bytes, int]


class Casting:
    """Counts votes, one after the other.

    `held` are the votes that these voters have in the slots that decide, `voters` those of them who have any ballot,
    `last_seq` is the number of the ledger's last row. Afterwards `rows` are to be added to the ledger, `changed` are
    the places that hold another vote or, with None, none any more; the counters are to be changed by `tally`,
    `new_ballots` and `new_voters`.
    """

    def __init__(
        self, terms: Terms, opening: datetime, held: Mapping[Place, Held], voters: Set[bytes], last_seq: int
    ) -> None:
        self._terms = terms
        self._opening = opening
        self._held = dict(held)
        self._slots: dict[bytes, dict[int, int]] = {}
        for (voter, slot), vote in held.items():
            self._slots.setdefault(voter, {})[slot] = vote.option
        self._before = len(voters)
        self._voters = set(voters)
        self.last_seq = last_seq
        self.rows: list[Row] = []
        self.changed: dict[Place, Held | None] = {}
        self.tally: Counter[int] = Counter()

    @property
    def new_voters(self) -> int:
        return len(self._voters) - self._before

    @property
    def new_ballots(self) -> int:
        return sum(self.tally.values())

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
        return Result(code, seq, kind.left(mine, day))

    def _put(self, vote: Vote, mine: dict[int, int], slot: int) -> tuple[str, int]:
        """Write the vote into the slot, or take it out; returns the outcome's code and the ledger row that says so."""
        place = vote.voter, slot
        before, after = mine.get(slot), None if vote.back else vote.option
        if before == after:
            return "unchanged", self._held[place].seq
        self.last_seq += 1
        self.rows.append(Row(self.last_seq, vote.voter, slot, after, vote.at))
        if before is not None:
            self.tally[before] -= 1
        if after is None:
            self._take_out(place, mine)
            return "taken-back", self.last_seq
        mine[slot] = after
        self.tally[after] += 1
        self._voters.add(vote.voter)
        self._held[place] = self.changed[place] = Held(after, self.last_seq)
        return ("counted" if before is None else "changed"), self.last_seq

    def _take_out(self, place: Place, mine: dict[int, int]) -> None:
        """Only where `held` has all slots of a voter: so it shows whether one is left."""
        voter, slot = place
        del mine[slot], self._held[place]
        self.changed[place] = None
        if not mine:
            self._voters.discard(voter)
