from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from msgspec import structs

from bot.domain.casting import Casting, Held
from bot.domain.kinds import Choose, Daily, Single
from bot.domain.ledger import Hold
from bot.domain.polls import Result, Terms, Vote

OPENS = datetime(2026, 11, 23, 1, tzinfo=UTC)  # nine in the morning in Shanghai
ANA, BEN, CAI = b"a" * 16, b"b" * 16, b"c" * 16
SINGLE, FINAL = Terms(), Terms(kind=Single(revote=False))
CHOOSE, DAILY = Terms(kind=Choose(2)), Terms(kind=Daily(3, 2))


def casting(terms: Terms, last_seq: int = 0) -> Casting:
    return Casting(terms, OPENS, {}, set(), last_seq)


def vote(voter: bytes, option: int, refused: str = "", *, back: bool = False, hours: float = 0) -> Vote:
    return Vote("m", "p", voter, option, OPENS + timedelta(hours=hours), refused, back)


def codes(group: Casting, *votes: Vote) -> list[str]:
    return [group.cast(each).code for each in votes]


def test_one_group_counts_changes_and_leaves_alone() -> None:
    group = Casting(SINGLE, OPENS, {(BEN, 0): Held(2, 5)}, {(BEN, None)}, last_seq=9)
    votes = [vote(ANA, 1), vote(BEN, 2), vote(BEN, 3), vote(ANA, 3), vote(CAI, 1, "closed"), vote(ANA, 3)]

    results = [group.cast(each) for each in votes]

    assert results == [
        Result("counted", 10),
        Result("unchanged", 5),
        Result("changed", 11),
        Result("changed", 12),
        Result("closed"),
        Result("unchanged", 12),
    ]
    assert group.changed == {(ANA, 0): Held(3, 12), (BEN, 0): Held(3, 11)}
    assert dict(group.tally) == {1: 0, 2: -1, 3: 2}
    assert (group.new_voters, group.new_ballots, group.last_seq) == (1, 1, 12)


def test_a_final_vote_stays() -> None:
    group = casting(FINAL)

    assert codes(group, vote(ANA, 1), vote(ANA, 1), vote(ANA, 2)) == ["counted", "unchanged", "final"]
    assert group.changed == {(ANA, 0): Held(1, 1)}


@pytest.mark.parametrize("terms", [SINGLE, FINAL, DAILY])
def test_where_votes_are_not_taken_back(terms: Terms) -> None:
    assert codes(casting(terms), vote(ANA, 1), vote(ANA, 1, back=True)) == ["counted", "kept"]


def test_choosing_up_to_two_and_taking_one_back() -> None:
    group = casting(CHOOSE)
    results = [
        group.cast(each)
        for each in (
            vote(ANA, 3),
            vote(ANA, 1),
            vote(ANA, 2),
            vote(ANA, 1),
            vote(ANA, 3, back=True),
            vote(ANA, 3, back=True),
            vote(ANA, 2),
        )
    ]

    assert results == [
        Result("counted", 1, 1),
        Result("counted", 2, 0),
        Result("choices"),
        Result("unchanged", 2, 0),
        Result("taken-back", 3, 1),
        Result("not-chosen"),
        Result("counted", 4, 0),
    ]
    assert [(row.slot, row.option) for row in group.rows] == [(3, 3), (1, 1), (3, None), (2, 2)]
    assert group.changed == {(ANA, 3): None, (ANA, 1): Held(1, 2), (ANA, 2): Held(2, 4)}
    assert (group.new_voters, group.new_ballots) == (1, 2)


def test_votes_of_who_is_held_go_to_no_candidate() -> None:
    held: dict[bytes, Hold] = {ANA: "waiting", CAI: "excluded"}
    group = Casting(SINGLE, OPENS, {(ANA, 0): Held(1, 1)}, {(ANA, None)}, 1, held)
    results = [group.cast(each) for each in (vote(ANA, 2), vote(BEN, 2), vote(CAI, 3), vote(CAI, 3))]

    assert [(result.code, result.hold) for result in results] == [
        *(("changed", "waiting"), ("counted", ""), ("counted", "excluded"), ("unchanged", "excluded"))
    ]
    assert (+group.tally, +group.withheld, -group.withheld) == ({2: 1}, {2: 1, 3: 1}, {1: 1})
    assert (group.new_ballots, group.new_withheld, group.new_voters) == (2, 1, 2)


def test_the_channels_of_ballots_and_of_their_voters_are_counted() -> None:
    """One whose channel nobody wrote down votes anew: then it is known."""
    held = {(ANA, 1): Held(1, 1), (ANA, 2): Held(2, 2, 1), (BEN, 1): Held(1, 3)}
    group = Casting(Terms(kind=Choose(3)), OPENS, held, {(ANA, None), (ANA, 1), (BEN, None)}, 3)
    votes = [vote(ANA, 1, back=True), vote(ANA, 3), vote(BEN, 2), vote(CAI, 1), vote(CAI, 1, back=True)]
    for each in votes:
        group.cast(structs.replace(each, channel=1))

    assert +group.ballots_by_channel - Counter() == {1: 2}
    assert dict(group.ballots_by_channel)[None] == -1
    assert {channel: n for channel, n in group.voters_by_channel.items() if n} == {None: -1, 1: 1}


def test_who_takes_all_back_is_no_voter() -> None:
    group = Casting(CHOOSE, OPENS, {(ANA, 1): Held(1, 1)}, {(ANA, None)}, 1)

    assert codes(group, vote(ANA, 1, back=True)) == ["taken-back"]
    assert (group.new_voters, group.new_ballots) == (-1, -1)


def test_what_is_final_can_be_added_to_and_not_taken_back() -> None:
    group = casting(Terms(kind=Choose(2, revote=False)))

    assert codes(group, vote(ANA, 1), vote(ANA, 1, back=True), vote(ANA, 2)) == ["counted", "final", "counted"]


def test_three_votes_a_day_and_two_for_a_candidate() -> None:
    group = casting(DAILY)
    results = [group.cast(vote(ANA, option)) for option in (1, 1, 1, 2, 2)]

    assert results == [
        Result("counted", 1, 2),
        Result("counted", 2, 1),
        Result("option-day"),
        Result("counted", 3, 0),
        Result("day"),
    ]
    assert [row.slot for row in group.rows] == [0, 1, 2]


def test_a_new_day_begins_at_local_midnight() -> None:
    group = casting(DAILY)
    hours = (0, 14.99, 15, 15, 39)  # the third is the first instant of the day after in Shanghai
    results = [group.cast(vote(ANA, 1, hours=hour)) for hour in hours]

    assert [(result.code, result.left) for result in results] == [("counted", n) for n in (2, 1, 2, 1, 2)]
    assert [row.slot for row in group.rows] == [0, 1, 3, 4, 6]
    assert (group.new_voters, group.new_ballots) == (1, 5)


def test_a_newcomer_is_who_has_no_ballot() -> None:
    group = Casting(DAILY, OPENS, {}, {(ANA, None)}, 3)
    early, late = Vote("m", "p", ANA, 1, OPENS, newcomer="joined"), Vote("n", "p", BEN, 1, OPENS, newcomer="joined")

    assert codes(group, early, late) == ["counted", "joined"]
    assert group.new_voters == 0
