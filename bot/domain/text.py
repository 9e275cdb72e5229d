"""What people type, made comparable: width, case, script, invisible characters, Chinese numerals."""

import re
import unicodedata
from functools import cache

from opencc import OpenCC

# Controls, surrogates, private use, and format characters (zero-width, bidi) say nothing to a reader.
_INVISIBLE_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
# What ends a line, moves the cursor or turns the direction of what follows; a tab and a line's end of ours do no harm.
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
_DIGITS = {
    "〇": 0,
    "零": 0,
    "一": 1,
    "二": 2,
    "两": 2,
    "三": 3,
    "四": 4,
    "五": 5,
    "六": 6,
    "七": 7,
    "八": 8,
    "九": 9,
}
_NUMERAL = re.compile("[〇零一二两三四五六七八九]?十[一二三四五六七八九]?|[〇零一二两三四五六七八九]")
ENGLISH_NUMBERS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_ENGLISH_TENS = {"fifteen": 15, "twenty": 20, "thirty": 30, "forty-five": 45, "forty": 40, "fifty": 50}
TRADITIONAL = "zh-Hant"
_HAN = re.compile("[\u3400-\u9fff]")
RAISED = "⁰¹²³⁴-⁹"
_NOT_RAISED = re.compile(f"[^{RAISED}]+")
_LATIN_WORD = re.compile(r"[A-Za-z]{2,}")


@cache
def _to_simplified() -> OpenCC:
    return OpenCC("t2s")


@cache
def _to_hong_kong() -> OpenCC:
    return OpenCC("s2hk")


def clean(text: str) -> str:
    """The text without what cannot be seen, in one width, with single spaces."""
    composed = text if text.isascii() else _NOT_RAISED.sub(_in_one_width, text)
    if composed.isprintable():  # no control, format, surrogate or private character in it
        return " ".join(composed.split())
    visible = "".join(
        character
        if unicodedata.category(character) not in _INVISIBLE_CATEGORIES
        else " "
        if character.isspace()
        else ""
        for character in composed
    )
    return " ".join(visible.split())


def visible(text: str) -> str:
    """The text for a terminal or a log, in which nothing gives orders; JSON stays JSON."""
    return _CONTROLS.sub(lambda found: f"\\u{ord(found.group()):04x}", text)


def _in_one_width(found: re.Match[str]) -> str:
    """NFKC; raised digits are none of it: m² is not m2, nor 8点² 8点2."""
    return unicodedata.normalize("NFKC", found.group())


def simplify(text: str) -> str:
    """Clean, in simplified script and lower case: the form in which texts are compared."""
    return str(_to_simplified().convert(clean(text))).casefold()


def traditional(text: str) -> str:
    """The text in traditional script, in the forms of Hong Kong."""
    return str(_to_hong_kong().convert(text))


def with_digits(text: str) -> str:
    """Chinese numerals up to 99 as digits: 八点三十 -> 8点30."""
    return _NUMERAL.sub(lambda found: str(_numeral_value(found.group())), text)


def english_numbers(text: str) -> str:
    """English number words as clocks and calendars use them (lower case) as digits: half past seven -> half past 7."""
    if not re.search("[a-z]{3}", text):
        return text
    for word, number in (
        *_ENGLISH_TENS.items(),
        *((word, place) for place, word in enumerate(ENGLISH_NUMBERS, start=1)),
    ):
        text = re.sub(rf"\b{word}\b", str(number), text)
    return text


def _numeral_value(numeral: str) -> int:
    tens, ten, units = numeral.rpartition("十")
    if not ten:
        return _DIGITS[numeral]
    return 10 * _DIGITS.get(tens, 1) + _DIGITS.get(units, 0)


def language_of(text: str) -> str | None:
    """`zh` or `en` by the letters of a text; None where it has neither (digits, emoji)."""
    if _HAN.search(text):
        return "zh"
    return "en" if _LATIN_WORD.search(text) else None


def manner_of(text: str, talk: str = "zh") -> str:
    """How to answer a text: `en`, `zh`, or `zh-Hant` where it has characters of the traditional script alone.

    `talk` is how the talk went before; it goes on for a text that could be either.
    """
    language = language_of(text)
    if language != "zh":
        return language or talk
    if _to_simplified().convert(text) != text:
        return TRADITIONAL
    return TRADITIONAL if talk == TRADITIONAL and _to_hong_kong().convert(text) == text else "zh"
