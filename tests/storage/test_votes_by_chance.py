"""Any sequence of votes, redeliveries and restarts leaves what a model in plain Python says."""

import asyncio
import itertools
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from bot.domain.polls import Result
from bot.storage.database import Database
from bot.storage.votes import Votes
from tests.conftest import Clock
from tests.storage.samples import OPTIONS, POLL, installed, vote, voter


class Cast(NamedTuple):
    """A new message."""

    who: int
    option: int
    refused: bool


class Again(NamedTuple):
    """An old message, redelivered: one of those so far, counted from the last."""

    back: int


class Restart(NamedTuple):
    pass


Act = Cast | Again
one_in_ten = st.integers(0, 9).map(lambda n: n == 0)
casts = st.builds(Cast, st.integers(0, 4), st.sampled_from([o.number for o in OPTIONS]), one_in_ten)
groups = st.lists(casts | st.builds(Again, st.integers(1, 8)), min_size=1, max_size=6)
stories = st.lists(groups | st.builds(Restart), max_size=10)


class Model:
    def __init__(self) -> None:
        self.ballots: dict[int, tuple[int, int]] = {}
        self.outcomes: list[Result] = []
        self.messages: list[Cast] = []
        self.last_seq = 0

    def deliver(self, act: Act) -> tuple[int, Result]:
        """The number of the message, and what it must hear."""
        if isinstance(act, Again):
            number = max(0, len(self.messages) - act.back)
            return number, self.outcomes[number]
        self.messages.append(act)
        self.outcomes.append(self.outcome(act))
        return len(self.messages) - 1, self.outcomes[-1]

    def outcome(self, cast: Cast) -> Result:
        if cast.refused:
            return Result("closed")
        before = self.ballots.get(cast.who)
        if before and before[0] == cast.option:
            return Result("unchanged", before[1])
        self.last_seq += 1
        self.ballots[cast.who] = (cast.option, self.last_seq)
        return Result("changed" if before else "counted", self.last_seq)


async def play(url: str, story: Sequence[Sequence[Act] | Restart], poll: str) -> None:
    database = Database(url, Clock())
    await database.migrate()
    votes = await installed(database, [structs.replace(POLL, id=poll)])
    model = Model()
    for step in story:
        if isinstance(step, Restart):
            await database.close()
            database = Database(url, Clock())
            votes = Votes(database)
        else:
            await deliver(votes, model, step, poll)
    await check(votes, model, poll)
    await database.close()


async def deliver(votes: Votes, model: Model, group: Sequence[Act], poll: str) -> None:
    numbered = [model.deliver(act) for act in group if isinstance(act, Cast) or model.messages]
    casts = [(number, model.messages[number]) for number, _ in numbered]
    heard = await asyncio.gather(
        *(
            votes.cast(vote(f"{poll}-{number}", cast.who, cast.option, poll, "closed" if cast.refused else ""))
            for number, cast in casts
        )
    )
    assert heard == [expected for _, expected in numbered]


async def check(votes: Votes, model: Model, poll: str) -> None:
    counts, recount = await votes.counts(poll), await votes.recount(poll)
    tally = Counter(option for option, _ in model.ballots.values())
    assert recount
    assert recount.match
    assert recount.tally == recount.counters == {option.id: tally[option.number] for option in OPTIONS}
    assert counts.ballots == counts.voters == recount.ballots == recount.voters == len(model.ballots)
    for who in range(5):
        held = model.ballots.get(who)
        assert await votes.ballots(poll, voter(who)) == ({0: held[0]} if held else {})


# All stories share a database; each has a poll of its own.
_numbers = itertools.count()


@pytest.fixture(scope="module")
def sqlite(tmp_path_factory: pytest.TempPathFactory) -> str:
    return f"sqlite:///{tmp_path_factory.mktemp('chance')}/bot.db"


@settings(max_examples=60, deadline=None)
@given(story=stories)
def test_on_sqlite(sqlite: str, story: list[list[Act] | Restart]) -> None:
    asyncio.run(play(sqlite, story, f"chance-{next(_numbers)}"))


@pytest.mark.postgres
@settings(max_examples=10, deadline=None)
@given(story=stories)
def test_on_postgresql(postgres: str, story: list[list[Act] | Restart]) -> None:
    asyncio.run(play(postgres, story, f"chance-{next(_numbers)}"))
