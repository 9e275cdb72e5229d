"""Days of the week as people say them: 工作日, 周一三五, weekends, Monday to Friday."""

import re
from collections.abc import Callable

from bot.domain.times import EVERY_DAY, WEEKEND, WORKING_DAYS

CHINESE_WEEK = {**{name: str(day) for day, name in enumerate("一二三四五六日", start=1)}, "天": "7", "七": "7"}
_ENGLISH_WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY = r"(?:每逢|每个?|逢)?(?:周|星期|礼拜|拜)"
CHINESE_DAY = "[一二三四五六七日天1-7]"
_TO = r"\s*(?:到|至|-|—|~)\s*"
_AND = r"\s*(?:、|,|和|同|跟|及|\s)?\s*"
# 周三8点 is a day and a clock, 周三点 is none, and 周17点 could be either; 每周一次 is no Monday.
_DAY_ENDS = r"(?!\s*[点时:半次])(?:(?<=[一二三四五六七日天])|(?![0-9]))"
_CHINESE_RANGE = re.compile(rf"{_DAY}({CHINESE_DAY}){_TO}(?:{_DAY})?({CHINESE_DAY}){_DAY_ENDS}")
_CHINESE_LIST = re.compile(rf"{_DAY}{CHINESE_DAY}(?:{_AND}(?:{_DAY})?{CHINESE_DAY}(?!\s*[点时:半]))*{_DAY_ENDS}")
ENGLISH_DAY = r"(?:mon|tue|tues|wed|wednes|thu|thur|thurs|fri|sat|satur|sun)(?:day)?s?"
_ENGLISH_RANGE = re.compile(rf"\b({ENGLISH_DAY})\s*(?:to|through|till|-|–)\s*({ENGLISH_DAY})\b")
_ENGLISH_LIST = re.compile(rf"\b(?:every\s+)?{ENGLISH_DAY}(?:(?:\s*,\s*|\s+and\s+|\s*&\s*|\s+){ENGLISH_DAY})*\b")

# 一三五早上, 一至五朝早: without the word for a week only before a part of the day, and in order.
_BEFORE_A_PART = r"(?=\s*(?:早|晚|上午|中午|下午|朝|夜|晏|傍))"
_BARE_RANGE = re.compile(
    rf"(?<![0-9一二三四五六七八九十])([一二三四五六1-6]){_TO}([二三四五六日天2-7]){_BEFORE_A_PART}"
)
_BARE_LIST = re.compile(
    rf"(?<![0-9一二三四五六七八九十])逢?(?=[一二三四五六日天]{{2}})一?二?三?四?五?六?[日天]?{_BEFORE_A_PART}"
)

_BUT = re.compile(r"(?:除了?|除咗|除去|除开|不要|不用|唔要|唔好|\b(?:except|but not|but|not|no)(?: for| on)?)\s*$")
_LEFT_OUT = re.compile(
    r"^\s*(?:就|都|则)?(?:除外|之外|以外|外|不要|不用|唔要|唔使|不发|别发|不收|不看|休息|excluded|off)(?:发|收|看)?了?"
)
_DAILY = re.compile(
    "每一?天|每日|每(?=[早晚朝夜])|天天|日日|"
    "every ?day|each day|any ?day|daily|(?:every|each)(?= (?:morning|afternoon|evening|night))"
)


def _in_range(first: str, last: str) -> str:
    """The days from the first to the last, over the end of the week if need be: 周五到周一."""
    start, end = int(first) - 1, int(last)
    return EVERY_DAY[start:end] if start < end else EVERY_DAY[:end] + EVERY_DAY[start:]


def day_number(name: str) -> str:
    """1 for 一, mon and Monday."""
    if name in CHINESE_WEEK:
        return CHINESE_WEEK[name]
    return name if name.isdigit() else str(1 + _ENGLISH_WEEK.index(name[:3]))


def _each(found: re.Match[str], one: str) -> str:
    return "".join(sorted({day_number(name) for name in re.findall(one, found.group())}))


_ALL_SEVEN = re.compile(
    r"(?:每个?|一个?)(?:周|星期|礼拜)(?:七|7)(?:天|日)(?:都?要?)|(?:(?:7|seven) days a week)|(?:每天|天天)都要?"
)

# In this order: what is looked for, and the days that it means.
_DAYS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], str]], ...] = (
    (_ALL_SEVEN, lambda _: EVERY_DAY),
    (_CHINESE_RANGE, lambda found: _in_range(day_number(found[1]), day_number(found[2]))),
    (
        re.compile(
            "每个?工作日|工作日|(?:上班|返工|上学|返学|上课)(?:的?日子|那[几天]天|日)|平日|平时上班|周中|"
            "(?:on |every )?(?:weekdays?|work(?:ing)? ?days?|school ?days?)"
        ),
        lambda _: WORKING_DAYS,
    ),
    (re.compile("(?:每个?|每?逢)?周末|双休日?|(?:on |every )?weekends?"), lambda _: WEEKEND),
    (_ENGLISH_RANGE, lambda found: _in_range(day_number(found[1]), day_number(found[2]))),
    (_CHINESE_LIST, lambda found: _each(found, CHINESE_DAY)),
    (_ENGLISH_LIST, lambda found: _each(found, ENGLISH_DAY)),
    (_DAILY, lambda _: EVERY_DAY),
    (_BARE_RANGE, lambda found: _in_range(day_number(found[1]), day_number(found[2]))),
    (_BARE_LIST, lambda found: _each(found, CHINESE_DAY)),
)


_JOINED = re.compile(r"^\s*(?:、|,|和|同|跟|及|加|以及|还有|and|plus|&)?\s*")


def day_places(said: str) -> list[int]:
    """Where in a text the names of days begin."""
    return sorted({found.start() for pattern, _ in _DAYS for found in pattern.finditer(said)})


def take_days(said: str) -> tuple[str | None, str]:
    """The days that are named, and what is left of the text; 除了周末 names all the others."""
    for pattern, meaning in _DAYS:
        if found := pattern.search(said):
            days, rest = _joined(meaning(found), said[found.end() :])
            return _all_but(days, said[: found.start()], rest)
    return None, said


def _joined(days: str, after: str) -> tuple[str, str]:
    """With the days that are named right after them: 工作日和周六."""
    rest = _JOINED.sub("", after)
    for pattern, meaning in _DAYS:
        if found := pattern.match(rest):
            more = "" if pattern is _DAILY else meaning(found)  # 周末每天8点 is on weekends
            return _joined("".join(sorted({*days, *more})), rest[found.end() :])
    return days, after


def _all_but(days: str, before: str, after: str) -> tuple[str, str]:
    before_them, after_them = _BUT.sub("", before), _LEFT_OUT.sub("", after)
    if days == EVERY_DAY or (before_them, after_them) == (before, after):
        return days, f"{before} {after}"
    rest = _DAILY.sub(" ", f"{before_them} {after_them}")
    return "".join(day for day in EVERY_DAY if day not in days), rest
