"""Speech that a phone has written down, as the command that was meant where it is one but for an accent."""

import re
from collections.abc import Callable
from functools import cache

from bot.domain.lexicon import any_of, word_list
from bot.domain.text import simplify, with_digits

# Nobody says more than that to a bot as a command.
_LONGEST = 20
_END = "。.!?,、~ "
# 三, 第三个, 选三: which one of a list is meant.
_PLACE = re.compile(r"(?:第|选|选择|要)*(\d{1,2})(?:个|项|条)?")


def as_meant(text: str, is_command: Callable[[str], object]) -> str:
    """`text`, or the command that it becomes when what is often misheard is put right; of a bare number its digits."""
    said = simplify(text).strip(_END)
    if len(said) > _LONGEST:
        return text
    if place := _PLACE.fullmatch(with_digits(said)):
        return place[1]
    if is_command(said):
        return text
    ways = (_numbered(said), _worded(said), _numbered(_worded(said)))
    return next((mended for mended in ways if is_command(mended)), text)


def _worded(said: str) -> str:
    pattern, meant = _words()
    return pattern.sub(lambda found: meant[found.group()], said)


def _numbered(said: str) -> str:
    """With 三号 for 三好, 山号 and 山好 at the end."""
    pattern, meant = _numbers()
    return pattern.sub(lambda found: f"{meant.get(found[1], found[1])}号", said)


@cache
def _words() -> tuple[re.Pattern[str], dict[str, str]]:
    """The longest first, so that what is right already is not taken apart."""
    lines = [line.split() for line in word_list("hearing")["heard"]]
    meant = {word: line[0] for line in lines for word in line}
    return any_of(map(re.escape, sorted(meant, key=len, reverse=True))), meant


@cache
def _numbers() -> tuple[re.Pattern[str], dict[str, str]]:
    lists = word_list("hearing")
    meant = {heard: line.split()[0] for line in lists["numerals"] for heard in line.split()}
    ends = "".join(lists["number"].split())
    return re.compile(rf"([{''.join(meant)}]|\d{{1,3}}|十[一二三四五六七八九])[{ends}号]$"), meant
