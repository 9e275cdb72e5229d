import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.letters import Letters

SHORT = st.text("一二三四ab", max_size=12)


def common(one: str, other: str) -> int:
    """The plain way: a row for each letter."""
    row = [0] * (len(other) + 1)
    for letter in one:
        above = 0
        for at, partner in enumerate(other):
            above, row[at + 1] = row[at + 1], above + 1 if letter == partner else max(row[at], row[at + 1])
    return row[-1]


@pytest.mark.parametrize(
    ("one", "other", "likeness"),
    [
        ("怎么投票", "怎么投票", 1.0),
        ("怎么投栗", "怎么投票", 0.75),
        ("投票", "怎么", 0.0),
        ("", "票", 0.0),
        ("", "", 1.0),
    ],
)
def test_likeness(one: str, other: str, likeness: float) -> None:
    assert Letters(one).likeness(other) == likeness


@given(SHORT, SHORT)
def test_bits_count_the_same_as_rows(one: str, other: str) -> None:
    expected = 2 * common(one, other) / (len(one) + len(other)) if one or other else 1.0

    assert Letters(one).likeness(other) == expected
