"""From what is typed to a poll and back; numbers that are never given away; what is wrong, by field."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from bot.domain.kinds import Choose, Daily, Single
from bot.domain.pollforms import (
    VOTING_CHANNELS,
    blank,
    candidate_of,
    new_candidate,
    option_code,
    placed,
    read_rules,
    rules_code,
    story_of,
    typed,
    with_candidate,
    without,
)
from bot.domain.pollrules import Fault, body_of, contradictions, faults_of, poll_in, too_late
from bot.domain.polls import Option, Poll
from bot.domain.stories import Story
from bot.messages import Address

AT = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
POLL = Poll(
    "stories",
    "谁的故事最好",
    tuple(Option(str(n), n, f"候选{n}") for n in (1, 2, 5)),
    opens_at=AT,
    closes_at=AT + timedelta(days=3, seconds=1),
    results="hidden",
    organiser="样例单位",
    contact="c",
    rules="r",
    eligibility="e",
)
KINDS = st.one_of(
    st.booleans().map(Single),
    st.tuples(st.integers(1, 3), st.booleans()).map(lambda both: Choose(*both)),
    st.integers(1, 100).flatmap(lambda most: st.integers(1, most).map(lambda one: Daily(most, one))),
)
INSTANTS = st.datetimes(datetime(2021, 1, 1), datetime(2099, 1, 1)).map(  # noqa: DTZ001  # hypothesis wants it so
    lambda at: at.replace(microsecond=0, tzinfo=UTC)
)
POLLS = st.builds(
    lambda kind, opens, lasts, zone, channels, results, joined, flags: structs.replace(
        POLL,
        kind=kind,
        opens_at=opens,
        closes_at=opens + lasts,
        zone=zone,
        channels=channels,
        results=results,
        joined=joined,
        demo=flags[0],
        holds=flags[1],
    ),
    KINDS,
    INSTANTS,
    st.integers(1, 10**7).map(lambda seconds: timedelta(seconds=seconds)),
    st.sampled_from(["Asia/Shanghai", "Asia/Urumqi", "UTC"]),
    st.frozensets(st.sampled_from(VOTING_CHANNELS), min_size=1),
    st.sampled_from(["live", "delayed", "hidden"]),
    st.sampled_from(["any", "before-opening"]),
    st.tuples(st.booleans(), st.booleans()),
)


@given(POLLS)
def test_what_a_form_shows_is_the_poll_when_it_comes_back(poll: Poll) -> None:
    read, faults = read_rules(typed(poll), poll)
    assert faults == []
    assert read == poll
    assert body_of(read) == body_of(poll_in(body_of(read)))


@given(POLLS)
def test_what_is_written_down_is_read_again(poll: Poll) -> None:
    assert poll_in(body_of(poll)) == poll
    assert not poll_in(body_of(structs.replace(poll, stopped=True))).stopped


@given(st.dictionaries(st.sampled_from([*typed(POLL), "other"]), st.text(max_size=30)))
def test_any_form_is_a_poll_with_its_mistakes(form: dict[str, str]) -> None:
    """Whatever comes: a poll that can be written down, and each field is complained of once."""
    read, faults = read_rules(form, blank("x"))
    assert poll_in(body_of(read)) == read
    assert len({fault.field for fault in faults}) == len(faults)


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({}, None),
        ({"organiser": " "}, Fault("organiser", "needed")),
        ({"closes_at": AT}, Fault("closes_at", "order")),
        ({"closes_at": None}, Fault("results", "never-shown")),
        ({"zone": "Mars/Base"}, Fault("zone", "zone")),
        ({"kind": Daily(2, 3)}, Fault("per_option_per_day", "per-option")),
        ({"kind": Choose(4)}, Fault("choose", "too-many")),
        ({"options": ()}, Fault("options", "no-candidates")),
        ({"options": (*POLL.options, Option("9", 5, "x"))}, Fault("number", "twice", 5)),
        ({"options": (*POLL.options, Option("5", 6, "x"))}, Fault("id", "digits", 6)),
        ({"options": (*POLL.options, Option("x", 6, " "))}, Fault("title", "needed", 6)),
        (
            {"options": tuple(Option(f"o{n}", n, "x", category=str(n)) for n in range(1, 14))},
            Fault("category", "categories", 13),
        ),
    ],
)
def test_what_is_wrong(changes: dict[str, object], fault: Fault | None) -> None:
    found = faults_of(structs.replace(POLL, **changes))
    assert fault in found if fault else found == []


def test_a_demonstration_needs_no_organiser() -> None:
    assert faults_of(structs.replace(POLL, demo=True, organiser="", contact="", rules="", eligibility="")) == []


@pytest.mark.parametrize(
    ("changes", "before", "after"),
    [
        ({}, [], []),
        ({"title": "x", "rules": "x", "organiser": "x"}, [], []),
        ({"kind": Single(revote=False)}, [], ["kind"]),
        ({"closes_at": AT + timedelta(days=9)}, [], ["closes_at"]),
        ({"zone": "UTC", "holds": False, "joined": "before-opening"}, [], ["joined", "zone", "holds"]),
        ({"options": POLL.options[1:]}, ["options"], ["options"]),
        ({"options": (*POLL.options[:2], Option("other", 5, "x"))}, ["options"], ["options"]),
        ({"options": (*reversed(POLL.options), Option("6", 6, "x"))}, [], []),
    ],
)
def test_what_cannot_change(changes: dict[str, object], before: list[str], after: list[str]) -> None:
    changed = structs.replace(POLL, **changes)
    scheduled = contradictions(POLL, changed, AT - timedelta(milliseconds=1))
    assert [fault.field for fault in scheduled] == before
    assert [fault.field for fault in contradictions(POLL, changed, AT)] == after


def test_what_is_over_is_too_late() -> None:
    assert too_late(POLL, AT - timedelta(milliseconds=1)) == []
    assert too_late(POLL, AT) == [Fault("opens_at", "past")]
    assert [fault.field for fault in too_late(POLL, AT + timedelta(days=9))] == ["opens_at", "closes_at"]
    assert too_late(structs.replace(POLL, opens_at=None), AT) == []


@given(st.lists(st.tuples(st.sampled_from(["add", "drop", "move"]), st.integers(1, 12), st.integers(-2, 15))))
def test_a_number_is_never_given_to_another(deeds: list[tuple[str, int, int]]) -> None:
    """Those that were given for good (here all that ever were) stay theirs, whatever is done."""
    poll, given_away = blank("x"), dict[int, str]()
    for count, (deed, number, place) in enumerate(deeds):
        numbers = [option.number for option in poll.options]
        if deed == "add":
            option = structs.replace(new_candidate(poll, given_away), title=f"t{count}")
            assert option.number not in given_away
            given_away[option.number] = option.title
            poll = with_candidate(poll, option)
        elif deed == "drop":
            poll = without(poll, number)
        elif number in numbers:
            poll = placed(poll, number, place)
            assert sorted(numbers) == sorted(option.number for option in poll.options)
            where = min(max(place, 1), len(numbers)) - 1
            assert poll.options[where].number == number
    assert all(given_away[option.number] == option.title for option in poll.options)


def test_each_of_two_parts_has_its_code() -> None:
    renamed = with_candidate(POLL, structs.replace(POLL.options[0], title="x"))
    assert rules_code(renamed) == rules_code(POLL)
    assert option_code(renamed, 1) != option_code(POLL, 1)
    assert option_code(renamed, 2) == option_code(POLL, 2)
    assert rules_code(structs.replace(POLL, title="x")) != rules_code(POLL)


def test_a_story_is_known_by_its_id() -> None:
    story = Story(Address("web", "a", "a"), "zh", AT, id=12, state="approved", title="楼下的手机课")
    option = candidate_of(story, POLL, {7: "gone"})
    assert (option.id, option.number, option.title, story_of(option)) == ("story-12", 8, "楼下的手机课", 12)
    for other in ("story-", "story-0", "story-1x", "12", f"story-{'9' * 30}"):
        assert story_of(Option(other, 1, "")) == 0
