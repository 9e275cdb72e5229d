"""Phrasings are found by their letters, also where two texts have the same hash."""

import pytest

from bot.domain import phrased
from bot.domain.entries import Entry
from bot.domain.phrased import ByLetters, Packed

NONE: frozenset[str] = frozenset()
PACKED = [
    Packed("扫码领奖\n扫码", (NONE, NONE)),
    Packed("改密码", (NONE,)),
    Packed("扫码\n扫码\n陌生链接", (NONE, NONE, NONE)),
]
ASKED = [("扫码", [0, 2]), ("改密码", [1]), ("陌生链接", [2]), ("陌生", []), ("", [])]


@pytest.mark.parametrize(("letters", "numbers"), ASKED)
def test_entries_are_found_by_the_letters_of_a_phrasing_once_and_in_order(letters: str, numbers: list[int]) -> None:
    assert list(ByLetters(PACKED).find(letters)) == numbers


@pytest.mark.parametrize(("letters", "numbers"), ASKED)
def test_texts_of_one_hash_are_told_apart(letters: str, numbers: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(phrased, "_upper", lambda _: 7 << 32)
    assert list(ByLetters(PACKED).find(letters)) == numbers


def test_what_is_packed_comes_out_as_it_was() -> None:
    entry = Entry("qr", "safety", "扫码领奖？", ("扫码！",), "当心。")
    read = PACKED[0].phrased(entry)
    assert [(one.phrasing, one.letters) for one in read] == [("扫码领奖？", "扫码领奖"), ("扫码！", "扫码")]
