"""This machine's clock beside those of the platforms."""

from datetime import timedelta

import pytest

from bot.clock import Comparison, instant_of
from tests.conftest import Clock


@pytest.mark.parametrize(
    ("later", "off"),
    [(0, {}), (-60, {}), (60, {}), (300, {"WeChat": -300}), (-300, {"WeChat": 300}), (86_400, {"WeChat": -86_400})],
)
def test_a_clock_is_off_by_more_than_a_minute(clock: Clock, later: int, off: dict[str, int]) -> None:
    comparison = Comparison(clock)
    comparison.hear("Telegram", clock())
    comparison.hear("WeChat", clock() + timedelta(seconds=later))
    assert comparison.off == off


def test_who_has_heard_nothing_says_nothing(clock: Clock) -> None:
    comparison = Comparison(clock)
    assert (comparison.has_heard, comparison.off) == (False, {})
    comparison.hear("WeChat", clock())
    assert (comparison.has_heard, comparison.off) == (True, {})


def test_a_clock_that_was_set_is_well(clock: Clock) -> None:
    comparison = Comparison(clock)
    comparison.hear("WeChat", clock() + timedelta(hours=1))
    clock.passes(hours=1)
    comparison.hear("WeChat", clock())
    assert comparison.off == {}


@pytest.mark.parametrize(
    ("date", "instant"),
    [
        ("Mon, 23 Nov 2026 01:00:00 GMT", "2026-11-23T01:00:00+00:00"),
        ("Mon, 23 Nov 2026 01:00:00 -0000", "None"),
        ("yesterday", "None"),
        ("", "None"),
    ],
)
def test_what_an_answer_says_of_the_time(date: str, instant: str) -> None:
    told = instant_of(date)
    assert (told.isoformat() if told else "None") == instant
