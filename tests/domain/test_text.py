import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.text import clean, simplify


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("  plain   words ", "plain words"),
        ("ＡＢＣ　１２３", "ABC 123"),
        ("投\u200b票\ufeff 3", "投票 3"),
        ("a\tb\r\nc\x00", "a b c"),
        ("\u202e退订", "退订"),
        ("😀 好", "😀 好"),
        ("", ""),
    ],
)
def test_only_what_can_be_seen_is_left(text: str, expected: str) -> None:
    assert clean(text) == expected


@given(st.text())
def test_cleaning_leaves_nothing_invisible(text: str) -> None:
    cleaned = clean(text)

    assert cleaned.isprintable()
    assert cleaned == " ".join(cleaned.split())
    assert clean(cleaned) == cleaned or unicodedata.normalize("NFKC", cleaned) != cleaned


def test_traditional_and_capitals_are_compared_as_simplified_and_small() -> None:
    assert simplify("紫荊雲陪伴 E成長計劃") == "紫荆云陪伴 e成长计划"
