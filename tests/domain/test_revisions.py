from datetime import UTC, datetime
from typing import Any

import pytest
from msgspec import structs

from bot.domain.desk import Actor
from bot.domain.reviewers import Reviewer
from bot.domain.revisions import Act, Revision, State, Step, begun, code_of, stepped

AT = datetime(2026, 4, 1, 8, tzinfo=UTC)
LAN = Reviewer(("telegram:7", "desk:lan"))
BO = Reviewer(("desk:bo",))


def step(act: Act, person: Reviewer = LAN, **more: Any) -> Step:
    values: dict[str, Any] = {"code": code_of(b"{}"), "body": b"{}", "subject": "e", "reason": "r"}
    return Step(act, "entry", Actor(person.name, 1), person, AT, **values | more)


def revision(state: State = "proposed", **more: Any) -> Revision:
    written = Revision(3, "entry", "e", b"{}", "", 2, state, ("telegram:7",), "", "", AT, AT)
    return structs.replace(written, **more)


def test_what_one_writes_another_publishes() -> None:
    draft = begun(step("save", base="d", over=2)).after
    assert draft
    assert (draft.state, draft.authors, draft.base, draft.over) == ("draft", ("desk:lan",), "d", 2)
    proposed = stepped(draft, step("propose"), 2).after
    assert proposed
    published = stepped(proposed, step("publish", BO), 2)
    assert published.after
    assert (published.code, published.after.state, published.after.second) == ("published", "published", "desk:bo")


def test_joined_accounts_are_one_person() -> None:
    at_desk = Reviewer(("telegram:7", "desk:lan"))
    assert stepped(revision(authors=("desk:lan",)), step("publish", at_desk), 2).code == "own"
    assert stepped(revision(), step("publish", at_desk), 2).code == "own"


def test_who_wrote_on_it_is_no_second_person() -> None:
    written = stepped(revision(), step("save", BO, body=b"[]", over=2), 2).after
    assert written
    assert (written.state, written.authors) == ("draft", ("telegram:7", "desk:bo"))
    proposed = structs.replace(written, state="proposed")
    assert stepped(proposed, step("publish", BO, code=written.code), 2).code == "own"


def test_nobodys_work_is_lost_silently() -> None:
    assert stepped(revision("draft"), step("save", BO, code=code_of(b"before"), body=b"mine"), 2).code == "changed"
    assert stepped(revision(), step("publish", BO), 5).code == "overtaken"


def test_what_is_sent_back_says_why_and_is_written_on() -> None:
    assert stepped(revision(), step("return", BO, reason=""), 2).code == "no-reason"
    returned = stepped(revision(), step("return", BO, reason="来源？"), 2).after
    assert returned
    assert (returned.state, returned.reason, returned.second) == ("returned", "来源？", "desk:bo")
    assert stepped(returned, step("propose"), 2).code == "proposed"


@pytest.mark.parametrize(
    ("state", "acts"),
    [
        ("draft", {"save", "propose", "withdraw"}),
        ("proposed", {"save", "publish", "return", "withdraw"}),
        ("returned", {"save", "propose", "withdraw"}),
        ("published", set()),
        ("withdrawn", set()),
    ],
)
def test_each_state_allows_its_acts_alone(state: State, acts: set[Act]) -> None:
    every: tuple[Act, ...] = ("save", "propose", "publish", "return", "withdraw")
    assert {act for act in every if stepped(revision(state), step(act, BO), 2).after} == acts


def test_what_no_row_can_hold_is_refused() -> None:
    assert begun(step("save", subject="")).code == "too-long"
    assert begun(step("save", subject="x" * 65)).code == "too-long"
    assert begun(step("save", body=b"x" * 200_001)).code == "too-long"
    assert stepped(revision("draft"), step("save", body=b"x" * 200_001), 2).code == "too-long"
    assert begun(step("publish")).code == "gone"
