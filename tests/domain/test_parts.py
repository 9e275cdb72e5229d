import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.parts import Part, parts_of, size_of, split
from bot.messages import Button

FAMILY = "👨‍👩‍👧"
TIP, VOTE, ASK, RESULT = (Button(name, f"/{name}") for name in ("tip", "vote", "ask", "result"))
MORE, HOME = Button("更多", "/more"), Button("首页", "/start", "0")


@given(st.text(st.characters(), max_size=400), st.integers(min_value=16, max_value=200))
def test_nothing_is_lost_and_each_part_fits(text: str, size: int) -> None:
    parts = list(split(text, size))
    assert all(size_of(part) <= size for part in parts)
    assert "".join("".join(parts).split()) == "".join(text.split())


@pytest.mark.parametrize(
    ("text", "size", "parts"),
    [
        ("短。", 100, ["短。"]),
        ("", 100, [""]),
        ("第一段。\n\n第二段。", 24, ["第一段。", "第二段。"]),
        ("第一句话。第二句话。第三句", 36, ["第一句话。第二句话。", "第三句"]),
        ("没有标点的长长长长长句子", 18, ["没有标点的长", "长长长长句子"]),
        ("one two three", 9, ["one two", "three"]),
        (f"好好好{FAMILY}", 20, ["好好好", FAMILY]),
        ("好好好👍🏽", 14, ["好好好", "👍🏽"]),
        ("ab1\ufe0f\u20e3", 7, ["ab", "1\ufe0f\u20e3"]),
    ],
)
def test_cuts_fall_where_one_would_breathe(text: str, size: int, parts: list[str]) -> None:
    assert list(split(text, size)) == parts


@given(st.lists(st.sampled_from(["好", "e\u0301", "e\u0308\u0301", "。", " "]), max_size=60))
def test_a_letter_keeps_its_marks(letters: list[str]) -> None:
    text = "好" + "".join(letters)
    for part in list(split(text, 20))[1:]:
        assert not part or not unicodedata.combining(part[0])


def test_choices_come_after_the_text_and_the_ways_out_are_in_every_part() -> None:
    parts = parts_of("第一段。\n\n第二段。", [TIP, VOTE, ASK, RESULT, MORE, HOME], 24, 3)
    assert parts == [
        Part("第一段。", (), (MORE, HOME)),
        Part("第二段。", (TIP, VOTE, ASK), (MORE, HOME)),
        Part("", (RESULT,), (MORE, HOME)),
    ]


def test_what_fits_is_one_part() -> None:
    assert parts_of("好。", [TIP, HOME], 100, 3) == [Part("好。", (TIP,), (HOME,))]


def test_a_single_character_that_is_too_long_is_a_part_of_its_own() -> None:
    assert list(split("好\ud800网", 2)) == ["好", "\ud800", "网"]
