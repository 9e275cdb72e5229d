import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.text import clean, language_of, simplify, visible, with_digits


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("  plain   words ", "plain words"),
        ("ＡＢＣ　１２３", "ABC 123"),
        ("投\u200b票\ufeff 3", "投票 3"),
        ("a\tb\r\nc\x00", "a b c"),
        ("１８ m²", "18 m²"),
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


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("八点三十", "8点30"),
        ("十", "10"),
        ("十一", "11"),
        ("二十", "20"),
        ("九十九", "99"),
        ("两点", "2点"),
        ("零五", "05"),
        ("第三个", "第3个"),
        ("三 号", "3 号"),
        ("no numeral 12", "no numeral 12"),
        ("", ""),
    ],
)
def test_chinese_numerals_as_digits(text: str, expected: str) -> None:
    assert with_digits(text) == expected


@given(st.integers(0, 99))
def test_every_numeral_below_a_hundred(number: int) -> None:
    digits = "零一二三四五六七八九"
    tens, units = divmod(number, 10)
    written = digits[units] if not tens else f"{digits[tens] if tens > 1 else ''}十{digits[units] if units else ''}"

    assert with_digits(written) == str(number)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("你好", "zh"),
        ("hello", "en"),
        ("投票 vote", "zh"),
        ("8", None),
        ("😀", None),
        ("a", None),
        ("", None),
        ("繁體", "zh"),
    ],
)
def test_the_language_of_a_text(text: str, language: str | None) -> None:
    assert language_of(text) == language


def test_a_terminal_gets_no_orders() -> None:
    orders = "红\x1b[31m\r\x9b\u202e\ud800\n\t好 👨‍👩‍👧"
    assert visible(orders) == "红\\u001b[31m\\u000d\\u009b\\u202e\\ud800\n\t好 👨‍👩‍👧"
