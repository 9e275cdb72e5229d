"""What the service can tell of the list before it opens, and that the list of the handbook is the same."""

import tomllib
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs

from bot.domain.colleagues import Colleague
from bot.domain.launch import ITEMS, LIST, Known, Tick, known, left
from bot.domain.review import Review
from bot.domain.reviewers import Reviewer
from bot.domain.service import Backup, Configured, Facts, Queues, due_soon, persons_who_may

PROJECT = Path(__file__).parents[2]
NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
CONFIGURED = Configured(
    "sqlite", "", "网络素养小助手（开源版）", False, "", False, "", "", "", False, False, "files", True
)
FACTS = Facts(
    at=NOW,
    version="0.1.0",
    began_at=NOW,
    configured=CONFIGURED,
    health={"database": "ready", "sending": "ready"},
    queues=Queues(0, 0, {}, 0, 0, 0, 0),
    backup=None,
    free=10**10,
    total=10**11,
    certificate_until=None,
    token_until=None,
    unreviewed=("a.toml", "b.toml"),
    due=(),
    administrators=1,
    publishers=2,
    reviewers=0,
)


def of(**more: Any) -> Facts:
    settings = {key: more.pop(key) for key in list(more) if key in Configured.__struct_fields__}
    return structs.replace(FACTS, configured=structs.replace(CONFIGURED, **settings), **more)


@pytest.mark.parametrize(
    ("item", "facts", "expected"),
    [
        ("operator", of(), Known(False, "网络素养小助手（开源版）")),
        ("operator", of(operator="某县网信办", is_named=True), Known(False, "某县网信办")),
        ("operator", of(operator="某县网信办", is_named=True, contact="a@b.example"), Known(True, "某县网信办")),
        ("icp", of(), None),
        ("icp", of(icp="粤ICP备1号"), Known(True, "粤ICP备1号")),
        ("account", of(), Known(None)),
        ("account", of(wechat="service"), None),
        ("menu", of(), Known(None)),
        ("administrators", of(), Known(False, "1", "persons")),
        ("administrators", of(administrators=2), Known(True, "2", "persons")),
        ("publishers", of(), Known(True, "2", "persons")),
        ("reviewers", of(), Known(False, "0", "persons")),
        ("content", of(), Known(False, "2", "files")),
        ("content", of(unreviewed=()), Known(True, "0", "files")),
        ("https", of(site="http://127.0.0.1:8080"), Known(False, "http://127.0.0.1:8080")),
        ("https", of(site="https://bot.example.org"), Known(True, "https://bot.example.org")),
        ("certificate", of(), None),
        ("certificate", of(certificate_until=NOW + timedelta(days=20)), Known(False, "2026-12-13")),
        ("certificate", of(certificate_until=NOW + timedelta(days=22)), Known(True, "2026-12-15")),
        ("healthy", of(), Known(True)),
        ("healthy", of(health={"database": "ready", "telegram": "cannot be reached"}), Known(False)),
        ("backup", of(), Known(False)),
        ("backup", of(backup=Backup(NOW - timedelta(days=7), 5)), Known(True, "2026-11-16")),
        ("backup", of(backup=Backup(NOW - timedelta(days=7, seconds=1), 5)), Known(False, "2026-11-16")),
        ("backup", of(engine="postgresql"), None),
        *((item, of(), None) for item in ("official", "privacy", "minors", "duty", "numbers", "keys", "switch", "log")),
    ],
)
def test_what_it_can_tell(item: str, facts: Facts, expected: Known | None) -> None:
    assert known(item, facts) == expected


def test_how_much_is_left() -> None:
    ticks = {item: Tick("lan", NOW) for item in ITEMS}
    told = [item for item in ITEMS if (one := known(item, FACTS)) and one.is_done is False]
    assert sorted(told) == ["administrators", "backup", "content", "https", "operator", "reviewers"]
    assert left(FACTS, ticks) == len(told)  # a tick does not do for what the service knows
    assert left(FACTS, {}) == len(told) + sum(known(item, FACTS) is None for item in ITEMS)
    well = of(
        operator="某县网信办",
        is_named=True,
        contact="a@b.example",
        site="https://bot.example.org",
        administrators=2,
        reviewers=2,
        unreviewed=(),
        backup=Backup(NOW, 5),
    )
    assert left(well, ticks) == 0


def test_one_person_with_two_accounts_is_one() -> None:
    everybody = [
        Colleague(1, "lan", "administrator", "active"),
        Colleague(2, "mei", "publisher", "active"),
        Colleague(3, "gone", "administrator", "locked"),
        Colleague(4, "yun", "editor", "active"),
    ]
    joined = (Reviewer(("telegram:1", "desk:lan", "desk:mei")), Reviewer(("telegram:2",)))
    assert persons_who_may("people", everybody, ()) == 1
    assert persons_who_may("stories.decide", everybody, ()) == 2
    assert persons_who_may("stories.decide", everybody, joined) == 1
    assert persons_who_may("stories.decide", everybody, joined, also=True) == 2
    assert persons_who_may("broadcasts.publish", everybody, joined) == 1


def test_what_is_to_be_looked_at_again() -> None:
    day = date(2026, 11, 23)
    reviews = [
        Review("later.toml", review_due=day + timedelta(days=31)),
        Review("soon.toml", review_due=day + timedelta(days=30)),
        Review("past.toml", review_due=day - timedelta(days=3)),
        Review("over.toml", review_due=day, valid_until=day - timedelta(days=1)),
        Review("never.toml"),
    ]
    assert [file for file, _ in due_soon(reviews, day)] == ["past.toml", "soon.toml"]


def test_the_handbook_has_the_same_list() -> None:
    phrases = tomllib.loads((PROJECT / "content/phrases/desk-service.toml").read_text("utf-8"))["launch"]
    lines = (PROJECT / "docs/上线清单.md").read_text("utf-8").splitlines()
    listed = [line.removeprefix("- [ ] ").rpartition("（")[0] for line in lines if line.startswith("- ")]
    assert listed == [phrases[item]["zh"] for items in LIST.values() for item in items]
