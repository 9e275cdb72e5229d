"""Simulated polls: what honest people do is left alone, and what machines and bought crowds do is found."""

import random
from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise
from math import pi, sin
from typing import NamedTuple

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.suspicion import MINUTE_MS, Finding, Seen, Watch, by_minute, hasty, quick_hands, suspects

START = 1_795_395_600_000
HOUR, DAY = 60, 24 * 60
CANDIDATES = range(1, 22)
TARGET = 9


class Cast(NamedTuple):
    """A vote before it is in the ledger; `minute` from the start."""

    minute: float
    option: int
    fresh: bool
    honest: bool = True
    voter: int = 0


class Outcome(NamedTuple):
    """Which share of the bought votes and of the honest votes was held, and by which detectors."""

    found: float
    harmed: float
    detectors: set[str]


def usual_shares() -> list[float]:
    """Few candidates have many votes, many have few."""
    return [1 / option for option in CANDIDATES]


def honest(
    chance: random.Random,
    minutes: range,
    rate: Callable[[int], float],
    shares: Callable[[int], list[float]] = lambda _minute: usual_shares(),
    fresh: Callable[[int, int], float] = lambda _minute, _option: 0.1,
) -> Iterator[Cast]:
    """People come by chance, `rate` in a minute."""
    for minute in minutes:
        people = _poisson(chance, rate(minute))
        for option in chance.choices(CANDIDATES, shares(minute), k=people):
            yield Cast(minute + chance.random(), option, chance.random() < fresh(minute, option))


def _poisson(chance: random.Random, mean: float) -> int:
    total, n = chance.expovariate(1), 0
    while total < mean:
        total += chance.expovariate(1)
        n += 1
    return n


def evening(minute: int) -> float:
    """Some at night, most at eight in the evening."""
    return 12 + 10 * sin((minute / DAY - 0.58) * 2 * pi)


def run(casts: Iterable[Cast], clock: Callable[[float], float] = float, chance: random.Random | None = None) -> Outcome:
    """Let the detectors look at a poll minute by minute; between two they forget all that they do not write down.

    `clock` tells what our clock shows in a minute. With `chance` a minute is looked at in several pieces.
    """
    ordered = sorted(casts)
    votes = [
        Seen(
            seq,
            (cast.voter or seq).to_bytes(16, "big"),
            cast.option,
            START + round(clock(cast.minute) * MINUTE_MS),
            cast.fresh,
        )
        for seq, cast in enumerate(ordered, 1)
    ]
    bought = {vote.voter for vote, cast in zip(votes, ordered, strict=True) if not cast.honest}
    held: set[bytes] = set()
    detectors: set[str] = set()
    watch = Watch()
    for group in (piece for minute in by_minute(votes) for piece in _pieces(minute, chance)):
        watch = msgspec.json.decode(msgspec.json.encode(watch), type=Watch)
        for finding in watch.look(group):
            held |= suspects(finding, of(finding, votes))
            detectors.add(finding.detector)
        if in_haste := hasty(group):
            held |= quick_hands(vote for vote in votes[: watch.seq] if vote.voter in in_haste)
    people = {vote.voter for vote in votes} - bought
    harmed = len(held - bought) / len(people) if people else 0.0
    return Outcome(len(held & bought) / max(len(bought), 1), harmed, detectors)


def _pieces(minute: list[Seen], chance: random.Random | None) -> Iterator[list[Seen]]:
    cuts = sorted({0, *(chance.randrange(len(minute)) for _ in range(2))} if chance else {0})
    yield from (minute[first:last] for first, last in pairwise((*cuts, len(minute))))


def of(finding: Finding, votes: list[Seen]) -> Iterator[Seen]:
    for first, last in finding.ranges:
        yield from (vote for vote in votes[first - 1 : last] if vote.option == finding.option)


def evenings(chance: random.Random) -> Iterator[Cast]:
    """Two days with their evening peaks."""
    yield from honest(chance, range(2 * DAY), evening)


def television(chance: random.Random) -> Iterator[Cast]:
    """The poll is mentioned on television, one candidate by name: many newcomers at once, and three times its share."""

    def rate(minute: int) -> float:
        since = minute - DAY
        return evening(minute) + (300 * min(since + 1, 3) / 3 * 0.5 ** (since / 15) if since >= 0 else 0)

    def shares(minute: int) -> list[float]:
        weights = usual_shares()
        weights[TARGET - 1] *= 3 if minute >= DAY else 1
        return weights

    def fresh(minute: int, option: int) -> float:
        return 0.1 if minute < DAY else 0.85 if option == TARGET else 0.7

    yield from honest(chance, range(DAY + 3 * HOUR), rate, shares, fresh)


def favourite(chance: random.Random) -> Iterator[Cast]:
    """A candidate nobody knew becomes everybody's within a day."""

    def shares(minute: int) -> list[float]:
        weights = usual_shares()
        weights[TARGET - 1] += 3 * max(0.0, min(1.0, (minute - DAY / 2) / DAY))
        return weights

    yield from honest(chance, range(2 * DAY), evening, shares)


def school_class(chance: random.Random) -> Iterator[Cast]:
    """Fifty pupils, all new, vote for their own school in one lesson, in a quiet poll."""
    yield from honest(chance, range(DAY), lambda _: 1.0)
    for _ in range(50):
        yield Cast(DAY / 2 + chance.triangular(0, 20, 4), TARGET, fresh=True)


def backlog(chance: random.Random) -> Iterator[Cast]:
    """For ten minutes we were away; then all that waited arrives within two seconds, five votes of a person at once."""
    away = range(DAY, DAY + 10)
    for voter, cast in enumerate(honest(chance, range(DAY + HOUR), lambda minute: 4 * evening(minute)), 1):
        if int(cast.minute) not in away:
            yield cast._replace(voter=voter)
            continue
        for tap in range(5):
            yield Cast(away.stop + chance.random() / 30, 1 + (cast.option + tap) % 21, cast.fresh, voter=voter)


def opening(chance: random.Random) -> Iterator[Cast]:
    """The first hours, when all accounts are new and nobody knows what is usual."""
    yield from honest(chance, range(4 * HOUR), lambda minute: 60 * 0.5 ** (minute / 60), fresh=lambda *_: 0.9)


HONEST = (evenings, television, favourite, school_class, backlog, opening)


@pytest.mark.parametrize("poll", HONEST)
@pytest.mark.parametrize("seed", range(3))
def test_honest_people_are_left_alone(poll: Callable[[random.Random], Iterator[Cast]], seed: int) -> None:
    outcome = run(poll(random.Random(seed)))

    assert outcome.harmed <= 0.001, outcome


def beside(chance: random.Random, bought: Iterable[Cast]) -> Iterator[Cast]:
    """A day of honest votes with bought ones among them."""
    yield from honest(chance, range(DAY), evening)
    yield from (cast._replace(honest=False) for cast in bought)


def five_minutes(chance: random.Random) -> Iterator[Cast]:
    """600 accounts, all known before, in five minutes."""
    return (Cast(DAY / 2 + 5 * chance.random(), TARGET, fresh=False) for _ in range(600))


def new_accounts(chance: random.Random) -> Iterator[Cast]:
    """400 accounts made for it, in an hour."""
    return (Cast(DAY / 2 + 60 * chance.random(), TARGET, fresh=True) for _ in range(400))


def three_hours(chance: random.Random) -> Iterator[Cast]:
    """Ten a minute for three hours, by hand."""
    return (Cast(DAY / 2 + 180 * chance.random(), TARGET, fresh=False) for _ in range(1800))


def machine(chance: random.Random) -> Iterator[Cast]:
    """A vote every twelve seconds, give or take a third of a second, for two hours."""
    at = DAY / 2
    for _ in range(600):
        at += (12 + chance.uniform(-0.3, 0.3)) / 60
        yield Cast(at, TARGET, fresh=False)


def fast_hands(chance: random.Random) -> Iterator[Cast]:
    """Twenty accounts give five votes within a second, three times."""
    for voter, hour in ((voter, hour) for voter in range(20) for hour in (9, 12, 15)):
        at = hour * HOUR + chance.random() * 30
        yield from (Cast(at + tap * 0.15 / 60, 1 + tap, False, voter=10**9 + voter) for tap in range(5))


# By at least how much each is found, and by which detector among others.
ATTACKS = (
    (five_minutes, "burst", 0.95, 0.002),
    (new_accounts, "wave", 0.75, 0.002),
    (three_hours, "flood", 0.9, 0.005),
    (machine, "rhythm", 0.9, 0.005),
    (fast_hands, "", 1.0, 0.0),
)


@pytest.mark.parametrize(
    ("bought", "detector", "least", "harm"), ATTACKS, ids=lambda value: getattr(value, "__name__", "")
)
@pytest.mark.parametrize("seed", range(3))
def test_bought_and_machine_votes_are_found(
    bought: Callable[[random.Random], Iterator[Cast]], detector: str, least: float, harm: float, seed: int
) -> None:
    chance = random.Random(seed)
    outcome = run(beside(chance, bought(chance)))

    assert outcome.found >= least
    assert outcome.harmed <= harm
    assert not detector or detector in outcome.detectors


@pytest.mark.parametrize(("bought", "detector", "least", "harm"), ATTACKS[:1] + ATTACKS[2:4])
def test_it_does_not_matter_where_a_minute_is_split(
    bought: Callable[[random.Random], Iterator[Cast]], detector: str, least: float, harm: float
) -> None:
    chance = random.Random(7)
    outcome = run(beside(chance, bought(chance)), chance=chance)

    assert outcome.found >= least
    assert outcome.harmed <= harm
    assert detector in outcome.detectors


@pytest.mark.parametrize("attacked", [False, True])
@settings(max_examples=8, deadline=None)
@given(
    seed=st.integers(0, 2**16),
    ahead=st.sampled_from([0.7, 3, 7, 45, 700, 600_000]) | st.integers(1, 3000),
    wrong=st.integers(1, 300),
)
def test_a_clock_that_was_ahead_for_a_while_blinds_nobody(attacked: bool, seed: int, ahead: float, wrong: int) -> None:
    """It is set back before the attack."""
    chance = random.Random(seed)
    begun = DAY / 2 - 60 - wrong
    people = honest(chance, range(DAY // 2 + 15), evening)
    bought = (cast._replace(honest=False) for cast in five_minutes(chance) if attacked)

    outcome = run((*people, *bought), lambda minute: minute + ahead if begun <= minute < begun + wrong else minute)

    assert outcome.harmed <= 0.005
    assert outcome.found >= 0.95 * attacked


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**16), cuts=st.lists(st.integers(1, 299), max_size=5, unique=True))
def test_a_burst_is_found_whole_in_whatever_pieces_it_comes(seed: int, cuts: list[int]) -> None:
    chance = random.Random(seed)
    watch, seq, found = Watch(), 0, set[bytes]()
    for minute in range(120):
        votes = [_vote(seq := seq + 1, option, minute) for option in chance.choices(CANDIDATES, usual_shares(), k=12)]
        watch.look(votes)
    burst = [_vote(seq + n, TARGET, 121) for n in range(1, 301)]

    for first, last in pairwise((0, *sorted(cuts), 300)):
        for finding in watch.look(burst[first:last]):
            found |= {vote.voter for vote in burst for rows in finding.ranges if rows[0] <= vote.seq <= rows[1]}

    assert found == {vote.voter for vote in burst}


def _vote(seq: int, option: int, minute: int) -> Seen:
    return Seen(seq, seq.to_bytes(16, "big"), option, START + minute * MINUTE_MS + seq % 60_000)
