"""How single Chinese characters are said, without the tone."""

import re
import unicodedata
from functools import cache

_TONES = re.compile("[\u0300-\u036f]")


@cache
def toneless(character: str) -> str:
    """The first reading of a character, v for ü; what has none as it is.

    It is what `pypinyin.lazy_pinyin` answers to one character, in a tenth of the time.
    """
    from pypinyin.pinyin_dict import pinyin_dict  # large: only for whoever searches

    return without_tone(pinyin_dict.get(ord(character), character).partition(",")[0])


@cache
def without_tone(spoken: str) -> str:
    """A syllable with its tone mark (lǜ) as it is typed (lv)."""
    return _TONES.sub("", unicodedata.normalize("NFD", spoken).replace("u\u0308", "v"))
