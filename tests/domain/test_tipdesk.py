"""Tips as forms: nothing is lost between a table of a file and what a browser sends."""

from bot.domain.seasons import Span, spans_in
from bot.domain.tipdesk import fields_of, table_of
from tests.shipped import shipped


def test_every_shipped_tip_goes_into_a_form_and_back() -> None:
    filed = shipped().filed_tips
    assert len(filed) > 360
    assert {name: table_of(name, fields_of(one.table)) for name, one in filed.items()} == {
        name: one.table for name, one in filed.items()
    }


def test_what_is_empty_is_left_out_and_what_is_chosen_is_kept() -> None:
    fields = {"text": " 做 ", "why": " ", "answers-1": "甲", "answers-3": "丙", "right": "2", "season": "lantern"}
    assert table_of("t", fields) == {"id": "t", "text": "做", "answers": ["甲", "丙"], "right": 2, "season": "lantern"}
    days = {"text": "做", "season": "days", "season-first": "09-01", "season-last": "09-10", "skip": "always"}
    assert table_of("t", days) == {"id": "t", "text": "做", "season": ["09-01", "09-10"], "skip": True}
    skip = {"skip": "days", "skip-first": "2027-01-01", "skip-last": ""}
    assert table_of("t", skip) == {"id": "t", "skip": ["2027-01-01", ""]}, "the check says what is missing"
    assert table_of("t", {"right": "x"}) == table_of("t", {"right": "0"}) == {"id": "t"}
    assert fields_of(table_of("t", days)) | days == fields_of(table_of("t", days))


def test_a_season_over_new_year_is_in_both_years() -> None:
    assert [(span.first.isoformat(), span.last.isoformat()) for span in spans_in("12-28..01-03", 2027)] == [
        ("2026-12-28", "2027-01-03"),
        ("2027-12-28", "2028-01-03"),
    ]
    [week] = spans_in("cyber-week", 2026)
    assert isinstance(week, Span)
    assert week.first.month == 9
