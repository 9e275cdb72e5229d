"""Suspicious votes are held by the clock, on both engines, also by a service that was started anew in between."""

import asyncio
import random
from datetime import datetime, timedelta

import pytest
from msgspec import structs

from bot.delivery.watchman import Watchman
from bot.domain.knowledge import KnowledgeBase
from bot.domain.ledger import Channel
from bot.domain.library import Library, Shelf
from bot.domain.phrases import Phrases
from bot.domain.polls import Poll, Vote
from bot.domain.tips import Tips
from bot.storage.database import Database
from bot.storage.holds import HoldRecords
from bot.storage.votes import Votes
from bot.storage.watches import Watches
from tests.storage.samples import AT, POLL, rules, voter

REAL = structs.replace(POLL, id="real", demo=False)
NOON = AT.replace(hour=12)


def watchman(database: Database, *polls: Poll) -> Watchman:
    library = Library(KnowledgeBase(()), Tips(), {poll.id: poll for poll in polls}, Phrases({}))
    return Watchman(Watches(database), HoldRecords(database, rules(Votes(database)).voter).hold, Shelf(library))


async def cast(votes: Votes, poll: Poll, who: range, option: int | None, since: datetime, seconds: float) -> None:
    """At random instants; without an option for all candidates alike."""
    chance = random.Random(who.start)
    instants = sorted(since + timedelta(seconds=seconds * chance.random()) for _ in who)
    await asyncio.gather(
        *(
            votes.cast(
                Vote(f"{poll.id}-{n}", poll.id, voter(n), option or (1, 2, 3, 5)[n % 4], at, channel=Channel.TELEGRAM)
            )
            for n, at in zip(who, instants, strict=True)
        )
    )


async def held(votes: Votes, poll: Poll) -> int:
    counts, recount = await votes.counts(poll.id), await votes.recount(poll.id)
    assert recount
    assert recount.match
    assert sum(counts.votes.values()) == counts.ballots - counts.held
    return counts.held


async def test_a_burst_is_held_when_its_minute_is_over_and_once(database: Database) -> None:
    votes = Votes(database)
    for poll in (REAL, POLL):
        await votes.install(poll, b"check", AT)
        await cast(votes, poll, range(600), None, NOON - timedelta(hours=2), 5400)
    await watchman(database, REAL, POLL).tick(NOON - timedelta(minutes=10))
    for poll in (REAL, POLL):
        await cast(votes, poll, range(1000, 1200), 3, NOON, 50)

    await watchman(database, REAL, POLL).tick(NOON + timedelta(seconds=59))
    assert await held(votes, REAL) == 0, "the minute may go on"

    for _ in range(2):
        await watchman(database, REAL, POLL).tick(NOON + timedelta(seconds=60))
    assert await held(votes, REAL) == 200
    assert (await votes.counts(REAL.id)).votes[3] == 150
    assert await held(votes, POLL) == 0, "a demonstration holds nothing"


async def test_a_crash_before_it_is_remembered_holds_nobody_twice(database: Database) -> None:
    votes, store = Votes(database), Watches(database)
    await votes.install(REAL, b"check", AT)
    await cast(votes, REAL, range(600), None, NOON - timedelta(hours=2), 5400)
    await watchman(database, REAL).tick(NOON)
    before = await store.watch(REAL.id)
    await cast(votes, REAL, range(1000, 1200), 3, NOON, 50)
    await watchman(database, REAL).tick(NOON + timedelta(minutes=1))
    await store.remember(REAL.id, before)

    await watchman(database, REAL).tick(NOON + timedelta(minutes=1))

    assert await held(votes, REAL) == 200
    assert await store.unseen(REAL.id, (await store.watch(REAL.id)).seq, NOON + timedelta(hours=1), 10) == []


async def test_a_burst_that_one_look_does_not_hold_is_held_whole(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    votes = Votes(database)
    await votes.install(REAL, b"check", AT)
    await cast(votes, REAL, range(600), None, NOON - timedelta(hours=2), 5400)
    await watchman(database, REAL).tick(NOON)
    await cast(votes, REAL, range(1000, 1200), 3, NOON, 50)
    monkeypatch.setattr("bot.delivery.watchman.VOTES_A_TICK", 90)

    for _ in range(3):
        await watchman(database, REAL).tick(NOON + timedelta(minutes=1))

    assert await held(votes, REAL) == 200


async def test_votes_from_a_clock_that_was_ahead_hide_none_after_them(database: Database) -> None:
    votes, store = Votes(database), Watches(database)
    await votes.install(REAL, b"check", AT)
    await cast(votes, REAL, range(600), None, NOON - timedelta(hours=2), 5400)
    await cast(votes, REAL, range(600, 610), None, NOON + timedelta(hours=5), 50)
    await cast(votes, REAL, range(1000, 1200), 3, NOON, 50)

    await watchman(database, REAL).tick(NOON + timedelta(minutes=1))

    assert await held(votes, REAL) == 200
    assert (await store.watch(REAL.id)).seq == 810


async def test_quick_hands_are_known_by_all_that_they_cast(database: Database) -> None:
    """The first time may be ours: what waited while we were away arrives at once."""
    votes, when = Votes(database), (NOON, NOON + timedelta(hours=1))
    await votes.install(REAL, b"check", AT)
    for round_, at in enumerate(when):
        for tap in range(5):
            await votes.cast(
                Vote(f"{round_}-{tap}", REAL.id, voter("ana"), 1 + tap % 2, at + timedelta(seconds=tap / 9))
            )
        await watchman(database, REAL).tick(at + timedelta(minutes=1))
        assert await held(votes, REAL) == round_


async def test_a_vote_that_was_late_into_the_ledger_hides_none_before_it(database: Database) -> None:
    """Those of the next minute stand before it: they wait for the next look."""
    votes, store = Votes(database), Watches(database)
    await votes.install(REAL, b"check", AT)
    for n, seconds in enumerate((-2, 1, -1)):
        await votes.cast(Vote(f"m{n}", REAL.id, voter(n), 1, NOON + timedelta(seconds=seconds)))

    for minute, seen in ((0, 1), (1, 3)):
        await watchman(database, REAL).tick(NOON + timedelta(minutes=minute, seconds=5))
        assert (await store.watch(REAL.id)).seq == seen
