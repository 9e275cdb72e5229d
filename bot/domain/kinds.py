"""The kinds of polls: to which of a voter's slots a vote goes, and when there is none left.

A slot holds one vote for one candidate. `mine` are a voter's votes, slot to option number; `day` counts the local days
from the opening's.
"""

from collections.abc import Mapping

from msgspec import Struct

from bot.domain.refusals import DailyLimit, FinalVote, NotChosen, NotTakenBack, OptionLimit, TooManyChosen


class Single(Struct, frozen=True, tag_field="kind", tag="single"):
    """One vote, in slot 0; with `revote` the last one holds."""

    revote: bool = True

    @property
    def most_at_once(self) -> int:
        """The most new ballots of one account within a day."""
        return 1

    def window(self, day: int) -> range | None:
        """The slots that decide about a vote of this day; None for all."""
        return None

    def slot(self, mine: Mapping[int, int], option: int, day: int) -> int:
        """Where a vote for `option` goes. Raises a Refusal."""
        if not self.revote and mine.get(0, option) != option:
            raise FinalVote
        return 0

    def slot_freed(self, mine: Mapping[int, int], option: int) -> int:
        """The slot whose vote is taken back. Raises a Refusal."""
        raise NotTakenBack

    def left(self, mine: Mapping[int, int], day: int) -> int | None:
        """How many votes a voter has left now; None where that is no question."""
        return None


class Choose(Struct, frozen=True, tag_field="kind", tag="choose"):
    """Up to `choose` candidates at once, each in the slot of its number; with `revote` they may be taken back."""

    choose: int
    revote: bool = True

    @property
    def most_at_once(self) -> int:
        return self.choose

    def window(self, day: int) -> range | None:
        return None

    def slot(self, mine: Mapping[int, int], option: int, day: int) -> int:
        if option not in mine and len(mine) >= self.choose:
            raise TooManyChosen
        return option

    def slot_freed(self, mine: Mapping[int, int], option: int) -> int:
        if not self.revote:
            raise FinalVote
        if option not in mine:
            raise NotChosen
        return option

    def left(self, mine: Mapping[int, int], day: int) -> int | None:
        return self.choose - len(mine)


class Daily(Struct, frozen=True, tag_field="kind", tag="daily"):
    """`per_day` votes on each local day, at most `per_option_per_day` of them for a candidate; none is ever moved."""

    per_day: int
    per_option_per_day: int
    revote: bool = False

    @property
    def most_at_once(self) -> int:
        return self.per_day

    def window(self, day: int) -> range | None:
        return range(day * self.per_day, (day + 1) * self.per_day)

    def slot(self, mine: Mapping[int, int], option: int, day: int) -> int:
        today = range(day * self.per_day, (day + 1) * self.per_day)
        free = [slot for slot in today if slot not in mine]
        if not free:
            raise DailyLimit
        if sum(mine.get(slot) == option for slot in today) >= self.per_option_per_day:
            raise OptionLimit
        return free[0]

    def slot_freed(self, mine: Mapping[int, int], option: int) -> int:
        raise NotTakenBack

    def left(self, mine: Mapping[int, int], day: int) -> int | None:
        return sum(slot not in mine for slot in range(day * self.per_day, (day + 1) * self.per_day))


Kind = Single | Choose | Daily
