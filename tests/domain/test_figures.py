"""What is shown of counts, and that nobody reckons out what is not."""

import itertools
from collections import defaultdict
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.figures import (
    EARLIEST,
    LEAST,
    MOST_DAYS,
    USUAL_DAYS,
    Cell,
    Count,
    Row,
    Span,
    Statistics,
    Table,
    _tables,
    in_tens,
    shown,
)

DAY = date(2026, 11, 20)
SPAN = Span(DAY, DAY)


@pytest.mark.parametrize(
    ("parts", "cells", "total"),
    [
        ({}, {}, 0),
        ({"a": 0, "b": 0}, {"a": 0, "b": 0}, 0),
        ({"a": 9, "b": 0}, {"a": "less", "b": 0}, "less"),
        ({"a": 10, "b": 0}, {"a": 10, "b": 0}, 10),
        ({"a": 4, "b": 5}, {"a": "less", "b": "less"}, "less"),
        ({"a": 5, "b": 6}, {"a": "less", "b": "less"}, "kept"),
        ({"a": 5, "b": 6, "c": 2}, {"a": "less", "b": "less", "c": "less"}, 13),
        ({"a": 500, "b": 3}, {"a": "kept", "b": "less"}, 503),
        ({"a": 500, "b": 3, "c": 20}, {"a": 500, "b": "less", "c": "kept"}, 523),
        ({"a": 9, "b": 9, "c": 9}, {"a": "less", "b": "less", "c": "less"}, "kept"),  # the sum would tell all
        ({"a": 9, "b": 9, "c": 70}, {"a": "less", "b": "less", "c": "kept"}, 88),
        ({"a": 10, "b": 1}, {"a": "kept", "b": "less"}, "kept"),  # so would 11
        ({"a": -2, "b": 40}, {"a": "less", "b": "kept"}, "kept"),
    ],
)
def test_what_is_shown(parts: dict[str, int], cells: dict[str, object], total: object) -> None:
    assert shown(parts) == (cells, total)


@pytest.mark.parametrize(("places", "highest"), [(2, 60), (3, 40)])
def test_nothing_small_follows_from_what_is_shown(places: int, highest: int) -> None:
    """Whoever knows the rule, and all that is shown, has two possibilities at least for each part that is not."""
    possible = defaultdict[tuple[tuple[Cell, ...], Cell], list[tuple[int, ...]]](list)
    for numbers in itertools.product(range(highest + 1), repeat=places):
        cells, total = shown({str(place): number for place, number in enumerate(numbers)})
        possible[(tuple(cells.values()), total)].append(numbers)
    for (seen, total), candidates in possible.items():
        if isinstance(total, int) and total > highest:
            continue  # there are more, above the highest that is tried
        for place, cell in enumerate(seen):
            values = {numbers[place] for numbers in candidates}
            if cell == "less":
                assert len(values) > 1, (seen, total, candidates)
            elif isinstance(cell, int):
                assert values == {cell}
                assert cell == 0 or cell >= LEAST


@given(st.lists(st.integers(0, 60), min_size=1, max_size=6))
def test_no_figure_of_fewer_than_ten(numbers: list[int]) -> None:
    cells, total = shown({str(place): number for place, number in enumerate(numbers)})
    for cell in (*cells.values(), total):
        assert not isinstance(cell, int) or cell == 0 or cell >= LEAST
    hidden = [number for cell, number in zip(cells.values(), numbers, strict=True) if isinstance(cell, str)]
    assert not hidden or isinstance(total, str) or (len(hidden) > 1 and sum(hidden) >= LEAST)
    assert not hidden or any(number < LEAST for number in hidden)


@given(st.dictionaries(st.integers(0, 9), st.integers(0, 30)), st.integers(0, 9), st.integers(0, 9))
def test_two_spans_tell_no_more_than_their_days(numbers: dict[int, int], first: int, last: int) -> None:
    """A sum is that of what is shown by day: the difference of two spans is a day that is shown, or nothing."""
    counts = [Count(DAY + timedelta(day), "web", "active", "", number) for day, number in numbers.items()]
    first, last = sorted((first, last))
    span = Span(DAY + timedelta(first), DAY + timedelta(last))
    table = next(iter(_tables(span, [count for count in counts if span.first <= count.day <= span.last])))
    assert table.sums.total in (sum(row.total for row in table.rows if isinstance(row.total, int)), "less")


def test_levels_go_in_tens() -> None:
    assert [in_tens(number) for number in (0, 9, 10, 19, 20, 1234)] == ["less", "less", 10, 10, 20, 1230]


def of(name: str, counts: list[Count]) -> Table:
    return next(table for table in _tables(SPAN, counts) if table.name == name)


def tips(**ends: int) -> list[Count]:
    due = sum(number for end, number in ends.items() if end != "skipped")
    return [
        Count(DAY, "telegram", "due", "", due),
        *(Count(DAY, "telegram", end, "", number) for end, number in ends.items()),
    ]


def test_what_became_of_tips_adds_up() -> None:
    table = of("tips", [*tips(sent=80, refused=15, skipped=20), Count(DAY, "web", "due", "", 30)])
    assert [part.rpartition(".")[2] for part in table.parts] == ["sent", "refused", "skipped", "waiting"]
    assert table.rows == (Row("2026-11-20", (80, 15, 20, 30), 145),)


def test_reasons_of_few_are_among_the_others() -> None:
    reasons = [("unreachable", 40), ("no-consent", 12), ("risky", 3)]
    counts = [*tips(sent=100), Count(DAY, "telegram", "due", "", 55)]
    counts += [Count(DAY, "telegram", "refused", reason, number) for reason, number in reasons]
    told = {row.label: row.total for row in of("refused", counts).rows}
    assert told == {"broadcast.why.unreachable": 40, "broadcast.why.other": 15}


def test_no_reasons_where_their_number_is_kept_back() -> None:
    """With it the 3 that were expired would follow from the whole."""
    counts = [*tips(sent=100, expired=3), Count(DAY, "telegram", "due", "", 20)]
    counts.append(Count(DAY, "telegram", "refused", "unreachable", 20))
    assert of("tips", counts).rows[0].cells == (100, "kept", "less")
    assert of("tips", counts).rows[0].total == 123
    assert of("refused", counts).rows == ()


def statistics(now: datetime) -> Statistics:
    return Statistics(None, dict, lambda: now)  # type: ignore[arg-type]


def test_only_days_that_are_over() -> None:
    night = statistics(datetime(2026, 11, 30, 15, 59, tzinfo=UTC))  # 23:59 in Guangdong
    assert night.span() == Span(date(2026, 10, 31), date(2026, 11, 29))
    assert len(night.span().days) == USUAL_DAYS
    assert statistics(datetime(2026, 11, 30, 16, tzinfo=UTC)).span().last == date(2026, 11, 30)
    assert night.span(date(2026, 11, 1), date(2027, 1, 1)) == Span(date(2026, 11, 1), date(2026, 11, 29))
    assert night.span(date(2026, 12, 9), date(2026, 12, 10)) == night.span()
    assert night.span(date(2026, 11, 9), date(2026, 11, 3)) == Span(date(2026, 10, 5), date(2026, 11, 3))
    assert len(night.span(date(1, 1, 1)).days) == MOST_DAYS
    assert night.span(None, date(1, 1, 2)).last == EARLIEST
