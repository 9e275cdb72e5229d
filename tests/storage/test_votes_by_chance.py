"""Any sequence of votes, changes, holds, rulings, clock steps, redeliveries and restarts is what a plain model says."""

import asyncio
import itertools
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs
from sqlalchemy import func, select

from bot.domain.holds import RELEASE_LASTS, Appeal, Ruling, Suspicion, Verdict
from bot.domain.kinds import Choose, Daily, Kind, Single
from bot.domain.ledger import ChannelCount
from bot.domain.polls import Poll
from bot.domain.refusals import REFUSALS, Refusal
from bot.domain.reviewers import Reviewer
from bot.storage.database import Database
from bot.storage.holds import HoldRecords
from bot.storage.tables import cases, ledger, polls
from bot.storage.votes import Votes
from tests.conftest import Clock
from tests.storage.samples import OPTIONS, POLL, message, rules

VOTERS = 3
BEGINS = datetime(2026, 11, 23, 12, 30, tzinfo=UTC)
OPENS = BEGINS + timedelta(hours=1)  # half past nine in the evening in Shanghai
CLOSES = OPENS + timedelta(hours=60)
WITHDRAWN = 5
KINDS = (Single(), Single(revote=False), Choose(2), Choose(3, revote=False), Daily(3, 2), Daily(1, 1))


class Cast(NamedTuple):
    """A new message: a vote, or one taken back."""

    who: int
    option: int
    back: bool
    agreed: bool


class Again(NamedTuple):
    """An old message, redelivered: one of those so far, counted from the last."""

    back: int


class Pass(NamedTuple):
    hours: float


class Restart(NamedTuple):
    pass


class Suspect(NamedTuple):
    """A detector finds somebody."""

    who: frozenset[int]


class Settle(NamedTuple):
    """Two operators rule alike on one of the cases so far, or on the appeal of somebody in it."""

    case: int
    verdict: Verdict
    who: int | None


class Heard(NamedTuple):
    code: str
    left: int | None = None
    hold: str = ""


Act = Cast | Again
Step = Sequence[Act] | Pass | Restart | Suspect | Settle
often, seldom = st.integers(0, 4).map(bool), st.integers(0, 2).map(lambda n: n == 0)
casts = st.builds(Cast, st.integers(0, VOTERS - 1), st.sampled_from([1, 1, 2, 2, 3, WITHDRAWN]), seldom, often)
groups = st.lists(casts | casts | st.builds(Again, st.integers(1, 8)), min_size=1, max_size=8)
passing = st.builds(Pass, st.sampled_from([0.25, 0.25, 1, 3, 23]))
suspicions = st.builds(Suspect, st.frozensets(st.integers(0, VOTERS - 1), min_size=1))
verdicts: st.SearchStrategy[Verdict] = st.sampled_from(["release", "exclude"])
rulings = st.builds(Settle, st.integers(0, 3), verdicts, st.none() | st.integers(0, VOTERS - 1))
steps = groups | groups | passing | st.builds(Restart) | suspicions | rulings
stories = st.lists(steps, min_size=2, max_size=14).map(lambda story: [Pass(1), *story])


class Model:
    """One list of votes, searched through again for each vote."""

    def __init__(self, poll: Poll) -> None:
        self.poll = poll
        self.votes: list[tuple[int, int, int]] = []  # who, slot, option
        self.rows: list[tuple[int, int | None]] = []  # slot, option
        self.messages: list[Cast] = []
        self.heard: list[Heard] = []
        self.hours: dict[datetime, tuple[Counter[int], int]] = {}
        self.holds: dict[int, str] = {}
        self.cases: list[set[int]] = []
        self.ruled: set[int] = set()
        self.released_at = datetime.min.replace(tzinfo=UTC)
        self.appealed: set[int] = set()

    @property
    def tally(self) -> Counter[int]:
        return Counter(option for who, _, option in self.votes if not self.hold(who))

    @property
    def held(self) -> Counter[int]:
        return Counter(option for who, _, option in self.votes if self.hold(who))

    def suspect(self, who: frozenset[int], at: datetime) -> int:
        """Who is held for the first time; they join the last case if nobody has ruled on it."""
        new = {one for one in who if one not in self.holds and at - self.released_at >= RELEASE_LASTS}
        if new and (not self.cases or len(self.cases) - 1 in self.ruled):
            self.cases.append(set())
        if new:
            self.cases[-1] |= new
            self._put(sorted(new), "waiting")
        return len(new)

    def settle(self, case: int, verdict: Verdict, who: int | None, at: datetime) -> str:
        """What the second operator hears."""
        waiting = [one for one in self.cases[case] if self.holds[one] == "waiting"]
        outcome = "released" if verdict == "release" else "excluded"
        if who is None and not waiting:
            return "settled"
        self.ruled.add(case)
        if who is None:
            self.released_at = at if verdict == "release" else self.released_at
            self._put(waiting, outcome)
        elif self.holds[who] != outcome:
            self._put([who], outcome)
        return outcome

    def may_appeal(self, case: int, who: int) -> bool:
        return who in self.cases[case] and who not in self.appealed and bool(self.hold(who))

    def hold(self, who: int) -> str:
        return self.holds.get(who, "").replace("released", "")

    def _put(self, who: Sequence[int], state: str) -> None:
        self.holds.update(dict.fromkeys(who, state))
        self.rows += [(0, None)] * len(who)

    def keep_the_hours(self, before: datetime, after: datetime) -> None:
        hour = before.replace(minute=0) + timedelta(hours=1)
        while hour <= after:
            self.hours[hour] = self.tally, self.held.total()
            hour += timedelta(hours=1)

    def deliver(self, act: Act, at: datetime) -> int:
        """The number of the message."""
        if isinstance(act, Again):
            return max(0, len(self.messages) - act.back)
        self.messages.append(act)
        heard = self._hear(act, at)
        self.heard.append(heard if heard.code in REFUSALS else heard._replace(hold=self.hold(act.who)))
        return len(self.messages) - 1

    def _hear(self, cast: Cast, at: datetime) -> Heard:
        if at < OPENS or at >= CLOSES:
            return Heard("not-open" if at < OPENS else "closed")
        if cast.option == WITHDRAWN and not cast.back:
            return Heard("withdrawn")
        if (
            not self.poll.demo
            and not cast.agreed
            and not cast.back
            and not any(who == cast.who for who, _, _ in self.votes)
        ):
            return Heard("consent")
        kind = self.poll.kind
        if isinstance(kind, Daily):
            return self._daily(kind, cast, (_date_in_shanghai(at) - _date_in_shanghai(OPENS)).days)
        return self._choose(kind, cast) if isinstance(kind, Choose) else self._single(kind, cast)

    def _single(self, kind: Single, cast: Cast) -> Heard:
        if cast.back:
            return Heard("kept")
        mine = [vote for vote in self.votes if vote[0] == cast.who]
        if mine and mine[0][2] == cast.option:
            return Heard("unchanged")
        if mine and not kind.revote:
            return Heard("final")
        self._replace(mine, [(cast.who, 0, cast.option)])
        return Heard("changed" if mine else "counted")

    def _choose(self, kind: Choose, cast: Cast) -> Heard:
        mine = [vote for vote in self.votes if vote[0] == cast.who]
        chosen = (cast.who, cast.option, cast.option)
        if cast.back and not kind.revote:
            return Heard("final")
        if cast.back and chosen not in mine:
            return Heard("not-chosen")
        if cast.back:
            self._replace([chosen], [])
            return Heard("taken-back", kind.choose - len(mine) + 1)
        if chosen in mine:
            return Heard("unchanged", kind.choose - len(mine))
        if len(mine) == kind.choose:
            return Heard("choices")
        self._replace([], [chosen])
        return Heard("counted", kind.choose - len(mine) - 1)

    def _daily(self, kind: Daily, cast: Cast, day: int) -> Heard:
        if cast.back:
            return Heard("kept")
        today = [vote for vote in self.votes if vote[0] == cast.who and vote[1] // kind.per_day == day]
        if len(today) == kind.per_day:
            return Heard("day")
        if sum(option == cast.option for _, _, option in today) == kind.per_option_per_day:
            return Heard("option-day")
        self._replace([], [(cast.who, day * kind.per_day + len(today), cast.option)])
        return Heard("counted", kind.per_day - len(today) - 1)

    def _replace(self, old: list[tuple[int, int, int]], new: list[tuple[int, int, int]]) -> None:
        self.votes = [vote for vote in self.votes if vote not in old] + new
        self.rows += [(slot, option) for _, slot, option in new] or [(slot, None) for _, slot, _ in old]


def _date_in_shanghai(at: datetime) -> date:
    return (at + timedelta(hours=8)).date()


async def play(url: str, poll: Poll, story: Sequence[Step]) -> None:
    clock = Clock(BEGINS)
    database = Database(url, clock)
    await database.migrate()
    votes = Votes(database)
    await votes.install(poll, b"check", clock())
    model, first_case = Model(poll), await last_case(database) + 1
    for step in story:
        if isinstance(step, Restart):
            await database.close()
            database = Database(url, clock)
            votes = Votes(database)
            await votes.install(poll, b"check", clock())
        elif isinstance(step, Suspect):
            held = Suspicion(poll.id, "burst", 1, {}, frozenset(map(partial(voter, votes, poll), step.who)), clock())
            assert await HoldRecords(database, rules(votes).voter).hold(held) == model.suspect(step.who, clock())
        elif isinstance(step, Settle):
            await settle(database, votes, model, step, first_case, clock())
        elif isinstance(step, Pass):
            model.keep_the_hours(clock.now, clock.passes(hours=step.hours))
        else:
            await deliver(votes, model, step, clock())
    await check(votes, model, clock())
    await check_the_ledger(database, model)
    await database.close()


def voter(votes: Votes, poll: Poll, who: int) -> bytes:
    return rules(votes).voter(poll.id, message("", str(who)).sender)


async def last_case(database: Database) -> int:
    async with database.reading() as connection:
        return await connection.scalar(select(func.max(cases.c.id))) or 0


async def settle(database: Database, votes: Votes, model: Model, step: Settle, first_case: int, at: datetime) -> None:
    """An operator rules, twice; then another does."""
    records, poll, appeal = HoldRecords(database, rules(votes).voter), model.poll, 0
    if not model.cases:
        return
    at_case = step.case % len(model.cases)
    if step.who is not None:
        if not model.may_appeal(at_case, step.who):
            return
        said = Appeal(poll.id, message("", str(step.who)).sender, "zh", "why", at)
        heard = [await records.appeal(said, f"{poll.id}-{step.who}-{n}") for n in (1, 1, 2)]
        assert heard == ["noted", "noted", "again"]
        model.appealed.add(step.who)
    case = await records.case(first_case + at_case)
    assert case
    if step.who is not None:
        (appeal,) = (one.id for one in case.appeals if one.sender.user == str(step.who))

    async def rule(operator: str) -> str:
        ruling = Ruling(case.id, step.verdict, Reviewer((operator,)), case.waiting, at, appeal)
        return await records.rule(ruling, lambda *_: None, "")

    heard = [await rule(operator) for operator in ("ana", "ana", "ben")]
    outcome = model.settle(at_case, step.verdict, step.who, at)
    assert heard == (["settled"] * 3 if outcome == "settled" else ["second", "again", outcome])


async def deliver(votes: Votes, model: Model, group: Sequence[Act], at: datetime) -> None:
    """All at once, so that they share a commit; a redelivered message is accepted now, and was judged then."""
    numbers = [model.deliver(act, at) for act in group if isinstance(act, Cast) or model.messages]
    heard = await asyncio.gather(*(cast(votes, model, number, at) for number in numbers))
    assert heard == [model.heard[number] for number in numbers]


async def cast(votes: Votes, model: Model, number: int, at: datetime) -> Heard:
    wanted, poll = model.messages[number], model.poll
    said = message(f"{poll.id}-{number}", str(wanted.who), at=at)
    try:
        receipt = await rules(votes).cast(poll, str(wanted.option), said, back=wanted.back, agreed=wanted.agreed)
    except Refusal as refusal:
        return Heard(refusal.code)
    return Heard(receipt.outcome, receipt.left, receipt.hold)


async def check(votes: Votes, model: Model, now: datetime) -> None:
    poll = model.poll
    counts, recount = await votes.counts(poll.id), await votes.recount(poll.id)
    voters = {who for who, _, _ in model.votes}
    assert recount
    assert recount.match
    assert recount.tally == recount.counters == {option.id: model.tally[option.number] for option in OPTIONS}
    assert recount.held == {option.id: model.held[option.number] for option in OPTIONS}
    assert (counts.ballots, counts.voters) == (recount.ballots, recount.voters) == (len(model.votes), len(voters))
    assert sum(counts.votes.values()) == counts.ballots - counts.held
    in_all = {"telegram": ChannelCount(counts.ballots, counts.voters)} if counts.ballots else {}
    assert counts.channels == recount.channels == in_all
    for who in range(VOTERS):
        mine = await rules(votes).mine(poll, message("", str(who)).sender, now)
        assert mine.votes == Counter(option for voter, _, option in model.votes if voter == who)
        assert mine.hold == ("" if poll.demo else model.hold(who))
    for hour, (tally, held) in model.hours.items():
        at = await votes.counts(poll.id, hour)
        assert (+Counter(at.votes), at.ballots, at.held) == (+tally, tally.total() + held, held), hour


async def check_the_ledger(database: Database, model: Model) -> None:
    async with database.reading() as connection:
        rows = await connection.execute(
            select(ledger.c.slot, ledger.c.option)
            .join(polls, polls.c.id == ledger.c.poll)
            .where(polls.c.name == model.poll.id)
            .order_by(ledger.c.seq)
        )
        assert [tuple(row) for row in rows] == model.rows


def polls_of() -> Iterator[Poll]:
    """All stories share a database; each has a poll of its own."""
    options = tuple(structs.replace(option, withdrawn=option.number == WITHDRAWN) for option in OPTIONS)
    for number in itertools.count():
        yield structs.replace(POLL, id=f"chance-{number}", options=options, opens_at=OPENS, closes_at=CLOSES)


_polls = polls_of()


@pytest.fixture(scope="module")
def sqlite(tmp_path_factory: pytest.TempPathFactory) -> str:
    return f"sqlite:///{tmp_path_factory.mktemp('chance')}/bot.db"


@pytest.mark.parametrize("kind", KINDS, ids=repr)
@settings(max_examples=25, deadline=None)
@given(demo=st.booleans(), story=stories)
def test_on_sqlite(sqlite: str, kind: Kind, demo: bool, story: list[Step]) -> None:
    asyncio.run(play(sqlite, structs.replace(next(_polls), kind=kind, demo=demo), story))


@pytest.mark.postgres
@pytest.mark.parametrize("kind", KINDS, ids=repr)
@settings(max_examples=4, deadline=None)
@given(demo=st.booleans(), story=stories)
def test_on_postgresql(postgres: str, kind: Kind, demo: bool, story: list[Step]) -> None:
    asyncio.run(play(postgres, structs.replace(next(_polls), kind=kind, demo=demo), story))
