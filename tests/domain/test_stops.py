"""Who may stop a poll, and who lets it go on."""

from datetime import timedelta

import pytest

from bot.domain.desk import Actor
from bot.domain.reviewers import Reviewer
from bot.domain.stops import Stop, StopAct, StopOrder, after_order
from tests.storage.samples import AT, POLL

MEI = Reviewer(("telegram:1", "desk:mei"))
PEOPLE = {"mei": MEI, "MEI": Reviewer(("desk:MEI",)), "bo": Reviewer(("desk:bo",)), "mei elsewhere": MEI}
STOPPED = Stop(POLL.id, AT, "mei")


def order(act: StopAct, who: str) -> StopOrder:
    return StopOrder(POLL.id, act, PEOPLE[who], Actor(who), AT + timedelta(minutes=1))


@pytest.mark.parametrize(
    ("told", "codes"),
    [
        ([("stop", "bo")], ["stopped"]),
        ([("stop", "bo"), ("stop", "mei")], ["stopped", "unchanged"]),
        ([("go-on", "bo")], ["not-stopped"]),
        ([("stop", "bo"), ("go-on", "bo"), ("go-on", "mei")], ["stopped", "second", "goes-on"]),
        ([("stop", "bo"), ("go-on", "bo"), ("go-on", "bo")], ["stopped", "second", "again"]),
        ([("stop", "bo"), ("go-on", "mei"), ("go-on", "mei elsewhere")], ["stopped", "second", "again"]),
        (
            [("stop", "bo"), ("go-on", "mei"), ("stop", "bo"), ("go-on", "bo")],
            ["stopped", "second", "stopped", "second"],
        ),
        (
            [("stop", "bo"), ("go-on", "mei"), ("go-on", "bo"), ("stop", "bo")],
            ["stopped", "second", "goes-on", "stopped"],
        ),
    ],
)
def test_one_stops_and_two_let_it_go_on(told: list[tuple[StopAct, str]], codes: list[str]) -> None:
    stop, heard = None, []
    for act, who in told:
        stop, code = after_order(stop, order(act, who), closed=False)
        heard.append(code)
    assert heard == codes
    assert (stop is None) == (codes[-1] in ("goes-on", "not-stopped"))


@pytest.mark.parametrize("act", ["stop", "go-on"])
@pytest.mark.parametrize("before", [None, STOPPED])
def test_after_the_close_there_is_nothing_to_stop(before: Stop | None, act: StopAct) -> None:
    assert after_order(before, order(act, "bo"), closed=True) == (before, "closed")


def test_a_desk_name_is_the_same_however_it_is_written() -> None:
    asked = Stop(POLL.id, AT, "mei", "desk:mei")
    assert after_order(asked, order("go-on", "MEI"), closed=False) == (asked, "again")
