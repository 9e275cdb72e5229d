"""Days of the week as people say them: 工作日, 周一三五, weekends, Monday to Friday."""

import re
from collections.abc import Callable

from bot.domain.times import EVERY_DAY, WEEKEND, WORKING_DAYS, UnclearTime

CHINESE_WEEK = {**{name: str(day) for day, name in enumerate("一二三四五六日", start=1)}, "天": "7", "七": "7"}
_ENGLISH_WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY = r"(?:每个?|逢)?(?:周|星期|礼拜)"
CHINESE_DAY = "[一二三四五六七日天1-7]"
_TO = r"\s*(?:到|至|-|—|~)\s*"
_AND = r"\s*(?:、|,|和|同|跟|及|\s)?\s*"
# 周三8点 is a day and a clock, 周三点 is none, and 周17点 could be either.
_DAY_ENDS = r"(?!\s*[点时:半])(?:(?<=[一二三四五六七日天])|(?![0-9]))"
_CHINESE_RANGE = re.compile(rf"{_DAY}({CHINESE_DAY}){_TO}(?:{_DAY})?({CHINESE_DAY}){_DAY_ENDS}")
_CHINESE_LIST = re.compile(rf"{_DAY}{CHINESE_DAY}(?:{_AND}(?:{_DAY})?{CHINESE_DAY}(?!\s*[点时:半]))*{_DAY_ENDS}")
ENGLISH_DAY = r"(?:mon|tue|tues|wed|wednes|thu|thur|thurs|fri|sat|satur|sun)(?:day)?s?"
_ENGLISH_RANGE = re.compile(rf"\b({ENGLISH_DAY})\s*(?:to|through|till|-|–)\s*({ENGLISH_DAY})\b")
_ENGLISH_LIST = re.compile(rf"\b(?:every\s+)?{ENGLISH_DAY}(?:(?:\s*,\s*|\s+and\s+|\s*&\s*|\s+){ENGLISH_DAY})*\b")

_DAILY = re.compile(
    "每一?天|每日|每(?=[早晚朝])|天天|日日|"
    "every ?day|each day|daily|(?:every|each)(?= (?:morning|afternoon|evening|night))"
)


def _in_range(first: str, last: str) -> str:
    if first > last:
        raise UnclearTime(f"{first}-{last}")
    return EVERY_DAY[int(first) - 1 : int(last)]


def day_number(name: str) -> str:
    """1 for 一, mon and Monday."""
    if name in CHINESE_WEEK:
        return CHINESE_WEEK[name]
    return name if name.isdigit() else str(1 + _ENGLISH_WEEK.index(name[:3]))


def _each(found: re.Match[str], one: str) -> str:
    return "".join(sorted({day_number(name) for name in re.findall(one, found.group())}))


# In this order: what is looked for, and the days that it means.
_DAYS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], str]], ...] = (
    (_CHINESE_RANGE, lambda found: _in_range(day_number(found[1]), day_number(found[2]))),
    (
        re.compile(
            "每个?工作日|工作日|返工日|上班日|上学日|平日|平时上班|(?:on |every )?(?:weekdays?|work(?:ing)? ?days?)"
        ),
        lambda _: WORKING_DAYS,
    ),
    (re.compile("每个?周末|周末|双休日?|(?:on |every )?weekends?"), lambda _: WEEKEND),
    (_ENGLISH_RANGE, lambda found: _in_range(day_number(found[1]), day_number(found[2]))),
    (_CHINESE_LIST, lambda found: _each(found, CHINESE_DAY)),
    (_ENGLISH_LIST, lambda found: _each(found, ENGLISH_DAY)),
    (_DAILY, lambda _: EVERY_DAY),
)


def take_days(said: str) -> tuple[str | None, str]:
    """The days that are named, and what is left of the text."""
    for pattern, meaning in _DAYS:
        if found := pattern.search(said):
            return meaning(found), f"{said[: found.start()]} {said[found.end() :]}"
    return None, said
