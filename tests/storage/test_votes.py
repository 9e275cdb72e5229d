import asyncio
import random
from collections import Counter
from datetime import timedelta

import pytest
from msgspec import structs
from sqlalchemy import delete, insert, select, update
from sqlalchemy.sql import Executable

from bot.domain.polls import Option
from bot.domain.refusals import PollClosed, PollNotOpen, UnknownOption
from bot.storage.database import Database
from bot.storage.tables import ballots, holds, ledger, options, polls, tallies
from bot.storage.votes import Conflict, Votes
from tests.storage.samples import AT, OPTIONS, POLL, installed, message, rules, vote, voter


async def test_one_account_has_one_ballot(database: Database) -> None:
    votes = await installed(database)
    codes = [(await votes.cast(vote(f"m{n}", who, option))).code for n, (who, option) in enumerate(ROUND)]

    assert codes == ["counted", "counted", "changed", "unchanged", "counted", "changed"]
    counts = await votes.counts(POLL.id)
    assert (counts.ballots, counts.voters) == (3, 3)
    assert {option: n for option, n in counts.votes.items() if n} == {2: 2, 5: 1}
    assert await votes.ballots(POLL.id, voter("ana")) == {0: 2}
    assert await votes.ballots(POLL.id, voter("nobody")) == {}


ROUND = [("ana", 1), ("ben", 2), ("ana", 3), ("ben", 2), ("cai", 5), ("ana", 2)]


async def test_a_group_does_what_single_votes_do(database: Database) -> None:
    votes = await installed(database)
    results = await asyncio.gather(*(votes.cast(vote(f"m{n}", *each)) for n, each in enumerate(ROUND)))

    assert [(result.code, result.seq) for result in results] == [
        ("counted", 1),
        ("counted", 2),
        ("changed", 3),
        ("unchanged", 2),
        ("counted", 4),
        ("changed", 5),
    ]
    recount = await votes.recount(POLL.id)
    assert recount
    assert (recount.match, recount.tally) == (True, {"deed-1": 0, "deed-2": 2, "deed-3": 0, "deed-5": 1})


async def test_all_messages_again_in_any_order_change_nothing(database: Database) -> None:
    votes = await installed(database)
    first = [await votes.cast(vote(f"m{n}", *each)) for n, each in enumerate(ROUND)]
    before = await votes.recount(POLL.id)

    backwards = [await votes.cast(vote(f"m{n}", *ROUND[n])) for n in reversed(range(len(ROUND)))]
    together = await asyncio.gather(*(votes.cast(vote(f"m{n}", *each)) for n, each in enumerate(ROUND)))

    assert list(reversed(backwards)) == together == first
    assert await votes.recount(POLL.id) == before


async def test_a_refused_vote_stays_refused(database: Database) -> None:
    """Redelivered after the poll has opened, the message still hears what it heard the first time."""
    opens = AT + timedelta(hours=1)
    poll = structs.replace(POLL, opens_at=opens, closes_at=opens + timedelta(hours=1))
    votes = await installed(database, [poll])
    polls = rules(votes)
    with pytest.raises(PollNotOpen):
        await polls.cast(poll, "1", message("early", "ana"))
    with pytest.raises(PollNotOpen):
        await polls.cast(poll, "1", message("early", "ana", at=opens))
    with pytest.raises(UnknownOption):
        await polls.cast(poll, "4", message("unknown", "ana", at=opens))
    await polls.cast(poll, "1", message("in time", "ana", at=opens))
    with pytest.raises(PollClosed):
        await polls.cast(poll, "2", message("late", "ana", at=opens + timedelta(hours=1)))

    again = await polls.cast(poll, "1", message("in time", "ana", at=opens + timedelta(days=1)))

    assert again.outcome == "counted"
    assert (await votes.counts(poll.id)).votes == {1: 1}


async def test_a_receipt_is_the_same_for_the_same_message_alone(database: Database) -> None:
    polls = rules(await installed(database))
    receipts = [await polls.cast(POLL, "1", message(f"m{n}", user)) for n, user in enumerate(["ana", "ben", "ana"])]
    again = await polls.cast(POLL, "1", message("m0", "ana"))

    assert again == receipts[0]
    assert len({receipt.code for receipt in receipts}) == 2, "the unchanged vote shows the receipt of its ballot"


async def test_polls_are_counted_apart(database: Database) -> None:
    other = structs.replace(POLL, id="other")
    votes = await installed(database, [POLL, other])
    await asyncio.gather(
        votes.cast(vote("m1", "ana", 1, "other")), votes.cast(vote("m2", "ana", 2)), votes.cast(vote("m3", "ben", 2))
    )

    assert (await votes.counts("other")).votes == {1: 1}
    assert (await votes.counts(POLL.id)).votes == {2: 2}
    for poll in (POLL, other):
        recount = await votes.recount(poll.id)
        assert recount
        assert recount.match


async def test_an_empty_poll(database: Database) -> None:
    votes = await installed(database)
    counts, recount = await votes.counts(POLL.id), await votes.recount(POLL.id)

    assert (counts.ballots, counts.voters, counts.votes, counts.opened_at) == (0, 0, {}, AT)
    assert recount
    assert recount.match
    assert recount.tally == recount.counters == {option.id: 0 for option in OPTIONS}
    assert recount.root == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert await votes.recount("nowhere") is None


async def test_installing_again_keeps_the_opening(database: Database) -> None:
    votes = await installed(database)
    await votes.install(POLL, b"check", AT + timedelta(days=3))

    assert (await votes.counts(POLL.id)).opened_at == AT


async def test_another_key_is_refused(database: Database) -> None:
    votes = await installed(database)
    await votes.install(POLL, b"newer", AT)
    await votes.cast(vote("m1", "ana", 2))
    for other in (b"check", b"other"):
        with pytest.raises(Conflict, match=r"put the old key back.*KEYS_DIR.*SECRET_KEY"):
            await votes.install(POLL, other, AT)
    await votes.install(POLL, b"newer", AT)


@pytest.mark.parametrize(
    "changed",
    [
        (Option("deed-2", 1, ""), Option("deed-1", 2, "")),  # two change places
        (Option("new", 1, ""),),  # a number is used again
        (Option("deed-1", 9, ""),),  # an option gets another number
        (*OPTIONS, Option("deed-5", 6, "")),
    ],
)
async def test_a_renumbered_option_is_refused_and_nothing_of_it_stored(
    database: Database, changed: tuple[Option, ...]
) -> None:
    votes = await installed(database)
    with pytest.raises(Conflict, match="do not belong together"):
        await votes.install(structs.replace(POLL, options=changed), b"check", AT)

    await votes.install(POLL, b"check", AT)
    async with database.reading() as connection:
        assert len((await connection.execute(select(options))).all()) == len(OPTIONS)


async def test_options_may_be_withdrawn_come_back_and_be_added(database: Database) -> None:
    votes = await installed(database)
    await votes.cast(vote("m1", "ana", 2))
    fewer = tuple(option for option in OPTIONS if option.number != 2)
    for wanted in (fewer, (*fewer, Option("deed-6", 6, "")), (*OPTIONS, Option("deed-6", 6, ""))):
        await votes.install(structs.replace(POLL, options=wanted), b"check", AT)
    await votes.cast(vote("m2", "ben", 6))

    recount = await votes.recount(POLL.id)
    assert recount
    assert recount.match
    assert recount.tally == {"deed-1": 0, "deed-2": 1, "deed-3": 0, "deed-5": 0, "deed-6": 1}


TAMPERINGS: dict[str, Executable] = {
    "a changed ballot": update(ballots).where(ballots.c.voter == voter("ben")).values(option=5),
    "a ballot moved to another row": update(ballots).where(ballots.c.voter == voter("ben")).values(slot=1),
    "a missing ballot": delete(ballots).where(ballots.c.voter == voter("cai")),
    "an invented ballot": insert(ballots).values(poll=1, voter=voter("eve"), slot=0, option=1, seq=99),
    "a tally": update(tallies).where(tallies.c.option == 2).values(votes=7),
    "a missing tally": delete(tallies).where(tallies.c.option == 5),
    "a tally of no option": insert(tallies).values(poll=1, option=77, votes=1),
    "the last ledger row": delete(ledger).where(ledger.c.seq == 5),
    "a ledger row": delete(ledger).where(ledger.c.seq == 2),
    "a ledger row that was superseded": delete(ledger).where(ledger.c.seq == 1),
    "a changed ledger row": update(ledger).where(ledger.c.seq == 2).values(option=3),
    "another voter in the ledger": update(ledger).where(ledger.c.seq == 2).values(voter=voter("eve")),
    "an invented ledger row": insert(ledger).values(poll=1, voter=voter("ben"), seq=6, slot=0, option=2, at=0),
    "a withdrawal": insert(ledger).values(poll=1, voter=voter("ben"), seq=6, slot=0, option=None, at=0),
    "fewer ballots counted": update(polls).values(ballots=2),
    "more voters counted": update(polls).values(voters=4),
    "another last row": update(polls).values(last_seq=6),
    "another channel of a ballot": update(ballots).where(ballots.c.voter == voter("ben")).values(channel=2),
    "another channel in the ledger": update(ledger).where(ledger.c.seq == 4).values(channel=2),
    "counters of channels": update(polls).values(channels='{"2":[3,3]}'),
    "ballots held back from a candidate": update(tallies).where(tallies.c.option == 2).values(held=1),
    "ballots held in all": update(polls).values(held=1),
    "voters held in all": update(polls).values(holds=1),
    "a hold that is not in the ledger": insert(holds).values(poll=1, voter=voter("cai"), case=1, act=3),
    "a vote that is made a decision": update(ledger).where(ledger.c.seq == 4).values(act=3),
}


@pytest.mark.parametrize("kind", TAMPERINGS)
async def test_a_recount_finds_tampering(database: Database, kind: str) -> None:
    votes = await installed(database)
    for n, each in enumerate(ROUND):
        await votes.cast(vote(f"m{n}", *each))
    honest = await votes.recount(POLL.id)
    await database._writing.transact(lambda connection: connection.execute(TAMPERINGS[kind]) and None)
    tampered = await votes.recount(POLL.id)

    assert honest
    assert tampered
    assert (honest.match, tampered.match) == (True, False)


async def test_a_recount_of_many_reads_them_in_pieces(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.storage.votes.ROWS_AT_A_TIME", 7)
    votes = await installed(database)
    await asyncio.gather(*(votes.cast(vote(f"m{n}", n % 60, (1, 2, 3, 5)[n % 4])) for n in range(150)))
    recount = await votes.recount(POLL.id)

    assert recount
    assert (recount.match, recount.voters) == (True, 60)


async def test_a_vote_during_a_recount_does_not_disturb_it(database: Database) -> None:
    votes = await installed(database)
    await asyncio.gather(*(votes.cast(vote(f"m{n}", n, 1)) for n in range(200)))
    casting = [asyncio.create_task(votes.cast(vote(f"n{n}", n, 2))) for n in range(200)]
    recounts = await asyncio.gather(*(votes.recount(POLL.id) for _ in range(3)))
    await asyncio.gather(*casting)

    assert [recount.match for recount in recounts if recount] == [True] * 3


@pytest.mark.postgres
async def test_two_processes_count_together(two_processes: list[Database]) -> None:
    both = [Votes(database) for database in two_processes]
    await asyncio.gather(*(votes.install(POLL, b"check", AT) for votes in both))
    chance = random.Random(7)
    cast = [(f"m{n}", chance.randrange(30), chance.choice([1, 2, 3, 5])) for n in range(400)]

    async def deliver(message_id: str, who: int, option: int) -> list[object]:
        """Some messages reach both processes: the platform was impatient."""
        await asyncio.sleep(chance.random() / 4)
        receivers = both if chance.random() < 0.5 else [chance.choice(both)]
        return list(await asyncio.gather(*(votes.cast(vote(message_id, who, option)) for votes in receivers)))

    outcomes = await asyncio.gather(*(deliver(*each) for each in cast))

    assert all(len(set(map(repr, heard))) == 1 for heard in outcomes), "both processes tell the same outcome"
    recount = await both[0].recount(POLL.id)
    assert recount
    assert (recount.match, recount.voters) == (True, 30)
    codes = Counter(heard[0].code for heard in outcomes)  # type: ignore[attr-defined]
    assert codes["counted"] == 30
    async with two_processes[0].reading() as connection:
        seqs = list(await connection.scalars(select(ledger.c.seq).order_by(ledger.c.seq)))
    assert seqs == list(range(1, codes["counted"] + codes["changed"] + 1))


@pytest.mark.postgres
async def test_one_message_reaches_two_processes_at_the_same_instant(two_processes: list[Database]) -> None:
    both = [Votes(database) for database in two_processes]
    await both[0].install(POLL, b"check", AT)
    for n in range(25):
        heard = await asyncio.gather(*(votes.cast(vote(f"m{n}", "ana", 1 + n % 3)) for votes in both))
        assert heard[0] == heard[1]


@pytest.mark.postgres
async def test_two_processes_start_with_a_new_poll_at_once(two_processes: list[Database]) -> None:
    both = [Votes(database) for database in two_processes]
    for n in range(10):
        poll = structs.replace(POLL, id=f"poll-{n}")
        await asyncio.gather(*(votes.install(poll, b"check", AT) for votes in both))
        assert (await both[0].counts(poll.id)).ballots == 0
