from datetime import date

import pytest

from bot.domain.seasons import Span, is_day_of_year, running, season_names

SPANS = [
    # season, a day in it, its first and last day
    ("09-01..09-10", "2026-09-01", "2026-09-01", "2026-09-10"),
    ("09-01..09-10", "2026-09-10", "2026-09-01", "2026-09-10"),
    ("12-20..01-05", "2026-12-31", "2026-12-20", "2027-01-05"),
    ("12-20..01-05", "2027-01-05", "2026-12-20", "2027-01-05"),
    ("06-01..06-01", "2027-06-01", "2027-06-01", "2027-06-01"),
    ("spring-festival", "2027-02-06", "2027-01-29", "2027-02-13"),
    ("lantern", "2027-02-20", "2027-02-17", "2027-02-21"),
    ("qingming", "2027-04-05", "2027-03-31", "2027-04-06"),
    ("dragon-boat", "2027-06-09", "2027-06-05", "2027-06-10"),
    ("mid-autumn", "2027-09-15", "2027-09-10", "2027-09-16"),
    ("national-day", "2027-10-01", "2027-09-28", "2027-10-08"),
    ("cyber-week", "2025-09-15", "2025-09-15", "2025-09-21"),
    ("cyber-week", "2027-09-20", "2027-09-20", "2027-09-26"),
    ("cyber-week", "2028-09-20", "2028-09-18", "2028-09-24"),
]


@pytest.mark.parametrize(("season", "day", "first", "last"), SPANS)
def test_a_season_runs_from_its_first_to_its_last_day(season: str, day: str, first: str, last: str) -> None:
    found = running(season, date.fromisoformat(day))

    assert found == Span(date.fromisoformat(first), date.fromisoformat(last))


@pytest.mark.parametrize(
    ("season", "day"),
    [
        ("09-01..09-10", "2026-08-31"),
        ("09-01..09-10", "2026-09-11"),
        ("12-20..01-05", "2027-01-06"),
        ("spring-festival", "2027-03-01"),
        ("spring-festival", "2099-01-21"),  # nobody has written its days down yet
    ],
)
def test_out_of_season(season: str, day: str) -> None:
    assert running(season, date.fromisoformat(day)) is None


@pytest.mark.parametrize("year", range(2027, 2036))
def test_every_season_comes_once_a_year(year: int) -> None:
    for season in season_names():
        starts = {running(season, date(year, month, day)) for month in range(1, 13) for day in range(1, 29)} - {None}
        assert len(starts) == 1, season


@pytest.mark.parametrize(("text", "is_one"), [("02-28", True), ("02-29", False), ("9-1", False), ("13-01", False)])
def test_a_day_of_the_year_is_in_every_year(text: str, is_one: bool) -> None:
    assert is_day_of_year(text) is is_one
