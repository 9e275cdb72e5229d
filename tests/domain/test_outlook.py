"""What goes out next: who stands for whom, and that the numbers add up."""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from bot.domain import outlook as module
from bot.domain.outlook import FRESH, Group, Outlooks, _scaled, hour_of
from bot.domain.subscriptions import History, Subscription
from bot.messages import Address
from tests.conftest import Clock
from tests.delivery.samples import LIBRARY

AT = datetime(2026, 11, 23, 1, tzinfo=UTC)


class People:
    """So many people at each of some instants, in memory. Satisfies DuePeople."""

    def __init__(self, counts: Mapping[int, int]) -> None:
        self.counts = {AT + timedelta(minutes=minute): count for minute, count in counts.items()}
        self.asked = 0
        self.there = asyncio.Event()
        self.there.set()

    async def groups(self, first: datetime, end: datetime) -> dict[Group, int]:
        self.asked += 1
        await self.there.wait()
        counter = Counter[Group]()
        for instant, count in self.counts.items():
            counter[hour_of(instant), "everyone"] += count
        return dict(counter)

    async def instants(self, first: datetime, end: datetime) -> list[tuple[datetime, int]]:
        return sorted(self.counts.items())

    async def at(self, instant: datetime, start: tuple[str, str], limit: int) -> list[Subscription]:
        await asyncio.sleep(0)
        one = Subscription(Address("telegram", "", ""), time(9), due_at=instant)
        names = [f"{instant.minute}-{number}" for number in range(min(limit, self.counts[instant]))]
        return [structs.replace(one, address=Address("telegram", name, name)) for name in names]

    async def histories(self, people: Sequence[Address], since: date) -> dict[str, History]:
        assert len(people) <= module.AT_ONCE
        return {one.person: History({f"tip-{number}": AT.date() for number in range(len(one.user))}) for one in people}


def outlooks(people: People, clock: Clock, edition: int = 0) -> Outlooks:
    return Outlooks(people, lambda: LIBRARY, clock, lambda: edition, lambda _: 0)


async def test_where_all_are_looked_at_it_is_exact() -> None:
    found = await outlooks(People({10: 130, 90: 7}), Clock(AT)).made()
    assert (found.people, found.looked, found.is_exact) == (137, 137, True)
    assert sum(one.people for one in found.tips) == 137
    assert sum(sum(one.hours.values()) for one in found.tips) == 137


async def test_where_they_are_many_some_stand_for_all_of_their_group(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LOOKED_AT", 60)
    found = await outlooks(People({10: 5000, 11: 900, 90: 100}), Clock(AT)).made()
    assert (found.people, found.is_exact) == (6000, False)
    assert found.looked == 50 + 9 + 1
    assert sum(one.people for one in found.tips) == 6000, "each hour's people are all in it"
    hours = Counter[int]()
    for one in found.tips:
        hours.update(one.hours)
    assert sorted(hours.values()) == [100, 5900]


@given(st.dictionaries(st.text(max_size=3), st.integers(1, 50), min_size=1), st.integers(0, 10**6))
def test_shares_are_whole_numbers_that_add_up(counts: dict[str, int], people: int) -> None:
    shares = _scaled(Counter(counts), people)
    total = sum(counts.values())
    assert sum(shares.values()) == people
    assert all(abs(shares[tip] - number * people / total) < 1 for tip, number in counts.items())


async def test_one_is_made_at_a_time_and_kept_for_a_while() -> None:
    people, clock = People({10: 3}), Clock(AT)
    made = outlooks(people, clock)
    people.there.clear()
    assert await made.last(0.01) is None, "nobody waits for it"
    people.there.set()
    first = await made.last(5)
    assert first
    assert (await made.last(5), people.asked) == (first, 1)
    clock.passes(seconds=FRESH.total_seconds())
    people.there.clear()
    assert await made.last(0.01) is first, "the one before is shown meanwhile"
    people.there.set()
    later = await made.last(5)
    assert later
    assert (later.at, people.asked) == (clock(), 2)
    await made.close()


async def test_other_tips_ask_for_a_new_one() -> None:
    people, edition = People({10: 3}), [0]
    made = Outlooks(people, lambda: LIBRARY, Clock(AT), lambda: edition[0], lambda _: 0)
    await made.last(5)
    edition[0] = 1
    found = await made.last(5)
    assert found
    assert (found.edition, people.asked) == (1, 2)


async def test_a_fault_is_told_and_tried_again(caplog: pytest.LogCaptureFixture) -> None:
    people = People({10: 3})
    made = outlooks(people, Clock(AT))
    people.counts[AT] = 1
    del people.counts[AT + timedelta(minutes=10)]
    people.histories = None  # type: ignore[method-assign, assignment]
    assert await made.last(5) is None
    assert "could not be counted" in caplog.text
    del people.histories
    assert await made.last(5)
