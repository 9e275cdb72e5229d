"""What a reviewer should look at in a story: listed words, numbers that lead to a person, a child's school and class.

A flag is shown and never decides.
"""

import re
from collections.abc import Iterable, Iterator
from functools import cache

from msgspec import Struct

from bot.domain.lexicon import word_list
from bot.domain.pinyin import toneless
from bot.domain.text import simplify

# A pinyin of fewer letters stands for too many words.
_MIN_LETTERS = 5
_DIGITS = str.maketrans("〇零一二两三四五六七八九幺壹贰叁肆伍陆柒捌玖", "0012234567891123456789")
_UNITS = re.compile("[\u3400-\u9fff]|[a-z]+|[0-9]+")
_GAP = r"[^\w]{0,3}"
_PHONE = re.compile(
    rf"(?<!\d)1{_GAP}[3-9](?:{_GAP}\d){{9}}(?!{_GAP}\d)|(?<!\d)0\d{{2,3}}{_GAP}\d(?:{_GAP}\d){{6,7}}(?!\d)"
)
_ID_CARD = re.compile(rf"(?<!\d)[1-9](?:{_GAP}\d){{16}}{_GAP}[\dx](?![\da-z])")
_MAIL = re.compile(r"[a-z0-9._%+-]+@[a-z0-9-]+(?:\.[a-z0-9-]+)+")
_ACCOUNT = re.compile(
    r"(?:微信|weixin|wechat|(?<![a-z])(?:vx|wx|qq)|扣扣|抖音|快手)号?码?\s*(?:是|:|=)?\s*"
    r"(?=[a-z0-9_-]*[0-9])[a-z0-9_-]{5,}"
)
_SCHOOL = re.compile("[\u3400-\u9fff]{1,12}?(?:小学|中学|幼儿园|学校|[一二三四五六七八九十]+[中小]学?)")
_CLASS = re.compile(
    r"(?:[一二三四五六七八九1-9]年级|[初高][一二三123]|[大中小]班)|[(]?[一二三四五六七八九十\d]{1,2}[)]?班"
)


class Flag(Struct, frozen=True):
    """`kind` names what it is (a list of words, phone, id...), `found` the words of the text or of the list."""

    kind: str
    found: str


def flags_of(text: str) -> tuple[Flag, ...]:
    """All that a reviewer should look at, each once."""
    plain = simplify(text)
    found = [*_listed(plain), *_numbers(plain), *_schools(plain)]
    return tuple(dict.fromkeys(found))


def _listed(plain: str) -> Iterator[Flag]:
    """The words of the lists: as they are, with anything between their characters, or with some of them in pinyin."""
    units = _UNITS.findall(plain)
    squeezed, spoken = "".join(units), Spoken(units)
    for kind, words in word_list("flags")["words"].items():
        for word in words:
            if word in squeezed or spoken.says(_sound_of(word)):
                yield Flag(kind, word)


class Spoken:
    """A text as toneless pinyin in one run of letters, with the places where its characters and Latin words end."""

    def __init__(self, units: Iterable[str]) -> None:
        sound, self._edges, self._latin = "", {0}, set[int]()
        for unit in units:
            start = len(sound)
            sound += unit if unit.isascii() else toneless(unit)
            self._edges.add(len(sound))
            if unit.isascii():
                self._latin.update(range(start, len(sound)))
        self._sound = sound

    def says(self, wanted: str) -> bool:
        """Whether it is there as whole syllables and words, at least one of them in Latin letters.

        Characters that only sound the same are other words: 带头 is not 代投.
        """
        if len(wanted) < _MIN_LETTERS or not self._latin:
            return False
        found = (match.start() for match in re.finditer(f"(?={wanted})", self._sound))
        return any(self._is_whole(at, at + len(wanted)) for at in found)

    def _is_whole(self, start: int, end: int) -> bool:
        return {start, end} <= self._edges and not self._latin.isdisjoint(range(start, end))


@cache
def _sound_of(word: str) -> str:
    return "".join(toneless(character) for character in word if not character.isascii())


def _numbers(plain: str) -> Iterator[Flag]:
    digits = plain.translate(_DIGITS)
    for kind, pattern, text in (
        ("id", _ID_CARD, digits),
        ("phone", _PHONE, digits),
        ("mail", _MAIL, plain),
        ("account", _ACCOUNT, plain),
    ):
        for match in pattern.finditer(text):
            yield Flag(kind, plain[match.start() : match.end()])


def _schools(plain: str) -> Iterator[Flag]:
    """A school and a class in one text lead to a child."""
    school, year = _SCHOOL.search(plain), _CLASS.search(plain)
    if school and year:
        yield Flag("school", f"{school.group()} {year.group()}")
