from datetime import UTC, datetime, timedelta

import pytest

from bot.domain.colleagues import (
    ABSOLUTE,
    FREE_FAILURES,
    IDLE,
    LONGEST_DELAY,
    PERMISSIONS,
    ROLES,
    Attempts,
    Colleague,
    Session,
    changed,
    is_name,
    may,
)

NOW = datetime(2026, 11, 30, 1, 0, tzinfo=UTC)
LAN = Colleague(1, "lan", "administrator", "active")
MEI = Colleague(2, "mei", "reviewer", "active")
BO = Colleague(3, "bo", "administrator", "active")


ANYBODY = ("answers.read", "desk", "polls.read", "statistics", "stories.read", "tips.read")
WRITER = ("answers.write", "broadcasts.read", "broadcasts.write", "polls.write", "stories.write", "tips.write")
PUBLISHER = ("answers.publish", "broadcasts.publish", "polls.publish", "service", "switch", "tips.publish")


def test_who_may_what() -> None:
    """Written here once more: what a role may do changes in two places, or by mistake."""
    assert {role: sorted(PERMISSIONS[role]) for role in ROLES} == {
        "reviewer": sorted((*ANYBODY, "stories.decide")),
        "editor": sorted((*ANYBODY, *WRITER)),
        "publisher": sorted((*ANYBODY, *WRITER, *PUBLISHER, "stories.decide")),
        "administrator": sorted((*ANYBODY, *WRITER, *PUBLISHER, "stories.decide", "people", "audit")),
    }


@pytest.mark.parametrize("state", ["invited", "locked", "removed"])
def test_who_is_not_active_may_nothing(state: str) -> None:
    colleague = Colleague(1, "lan", "administrator", state)  # type: ignore[arg-type]
    assert not any(may(colleague, permission) for permission in PERMISSIONS["administrator"])
    assert not any(may(None, permission) for permission in PERMISSIONS["administrator"])


@pytest.mark.parametrize(
    ("change", "role", "code", "state"),
    [
        ("lock", None, "done", "locked"),
        ("remove", None, "done", "removed"),
        ("invite-again", None, "done", "invited"),
        ("role", "editor", "done", "active"),
        ("role", "reviewer", "unchanged", None),
        ("role", None, "not-now", None),
        ("unlock", None, "unchanged", None),
    ],
)
def test_changes_of_an_active_colleague(change: str, role: str | None, code: str, state: str | None) -> None:
    outcome = changed([LAN, MEI], 2, change, role)  # type: ignore[arg-type]
    assert (outcome.code, outcome.after.state if outcome.after else None) == (code, state)


@pytest.mark.parametrize(
    ("change", "role"), [("lock", None), ("remove", None), ("invite-again", None), ("role", "editor")]
)
def test_the_last_administrator_stays(change: str, role: str | None) -> None:
    assert changed([LAN, MEI], 1, change, role).code == "last"  # type: ignore[arg-type]
    locked = Colleague(3, "bo", "administrator", "locked")
    assert changed([LAN, locked], 1, change, role).code == "last"  # type: ignore[arg-type]
    assert changed([LAN, BO], 1, change, role).code == "done"  # type: ignore[arg-type]
    assert changed([LAN, MEI], 1, change, role, at_machine=True).code == "done"  # type: ignore[arg-type]


def test_who_is_not_here_yet_is_not_locked_but_can_be_invited_again() -> None:
    invited = Colleague(4, "yun", "editor")
    assert [changed([LAN, invited], 4, change).code for change in ("lock", "unlock", "invite-again")] == [
        "not-now",
        "not-now",
        "done",
    ]


def test_who_is_gone_stays_gone() -> None:
    gone = Colleague(4, "yun", "editor", "removed")
    assert changed([LAN, gone], 4, "unlock").code == changed([LAN], 9, "lock").code == "unknown"


def test_a_session_ends_when_nobody_is_there_and_after_a_day_s_work() -> None:
    begun = Session(1, NOW, NOW)
    assert not begun.is_over(NOW + IDLE - timedelta(seconds=1))
    assert begun.is_over(NOW + IDLE)
    busy = Session(1, NOW, NOW + ABSOLUTE - timedelta(minutes=1))
    assert not busy.is_over(NOW + ABSOLUTE - timedelta(seconds=1))
    assert busy.is_over(NOW + ABSOLUTE)


def test_the_delay_doubles_after_five_failures() -> None:
    waits = [Attempts(failures, NOW).wait(NOW).total_seconds() for failures in range(FREE_FAILURES + 6)]
    assert waits == [0, 0, 0, 0, 0, 1, 2, 4, 8, 16, 32]
    assert Attempts(10**6, NOW).wait(NOW) == LONGEST_DELAY
    assert Attempts(7, NOW).wait(NOW + timedelta(seconds=3)) == timedelta(seconds=1)
    assert Attempts(10**6, NOW).wait(NOW + timedelta(hours=24)) == timedelta(0)


def test_a_clock_that_was_ahead_locks_nobody_out_for_long() -> None:
    assert Attempts(7, NOW + timedelta(minutes=10)).wait(NOW) == timedelta(seconds=4)
    assert Attempts(10**6, NOW + LONGEST_DELAY).wait(NOW) == LONGEST_DELAY
    assert Attempts(10**6, NOW + LONGEST_DELAY + timedelta(seconds=1)).wait(NOW) == timedelta(0)


@pytest.mark.parametrize("name", ["lan", "王小兰", "lan.w-2_b"])
def test_names(name: str) -> None:
    assert is_name(name)


@pytest.mark.parametrize("name", ["", "a b", "a:b", "a/b", "<b>", "x" * 33, "a\n", "\u202elan"])
def test_what_is_no_name(name: str) -> None:
    assert not is_name(name)
