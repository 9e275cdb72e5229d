"""When a person wants the tip, as people say it: 每天早上七点半, weekdays 7:30, 差一刻八点, 暂停到12月1日."""

import re
from collections.abc import Callable
from datetime import date, time, timedelta

from msgspec import Struct

from bot.domain.lexicon import any_of
from bot.domain.text import simplify, with_digits
from bot.domain.times import EVERY_DAY, WEEKEND, WORKING_DAYS, NoTime, UnclearTime, parse_time

_WEEK = {**{name: str(day) for day, name in enumerate("一二三四五六日", start=1)}, "天": "7", "七": "7"}
_ENGLISH_WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_NUMBERS = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]
_TENS = {"fifteen": 15, "twenty": 20, "thirty": 30, "forty": 40, "forty-five": 45, "fifty": 50}
_ANY_DAY = date(2026, 1, 1)
_LONGEST_SENTENCE = 60
# Without one of these no sentence is about a time: spares most questions a closer look.
_MAY_BE_TIME = re.compile(
    "[0-9〇零一二两兩三四五六七八九十早晚夜午晏]|只|only|past|quarter|morning|night|evening|" + "|".join(_NUMBERS)
)
_ONLY_DAYS = re.compile("只(?:要|在).+|only .+|.+ only")
_CLOCK = re.compile(r"点|时|:|\d\s*[ap]\.?m|o'?clock|past|quarter")
_LONGEST_PAUSE = timedelta(days=366)
# A bare hour of these may be meant before noon or after it; all others are said as they are meant.
_EITHER_HALF = range(1, 6)
# What to choose from where only a part of the day was said.
_OF_PART = {
    "早上": (time(7), time(7, 30), time(8)),
    "上午": (time(8), time(9), time(10)),
    "下午": (time(14), time(16), time(17, 30)),
    "傍晚": (time(17, 30), time(18), time(18, 30)),
    "晚上": (time(19), time(20), time(21)),
    "夜里": (time(21), time(22), time(23)),
}


class Wish(Struct, frozen=True):
    """At what time, and on which days of the week; None for what was not said."""

    at: time | None
    days: str | None = None


def parse_wish(text: str) -> Wish:
    """What is wished for.

    Raises NoTime for what is about something else, and UnclearTime with the times to choose from.
    """
    days, rest = _take_days(_english_numbers(simplify(text)))
    rest = _bare(_same_words(rest))
    if not rest and days is None:
        raise NoTime(text)
    try:
        return Wish(_clear(rest) if rest else None, days)
    except UnclearTime as unclear:
        unclear.days = days
        raise


def is_wish(text: str) -> bool:
    """Whether a text is about a time or days and nothing else, clear or not."""
    try:
        parse_wish(text)
    except NoTime:
        return False
    except UnclearTime:
        return True
    return True


def is_sentence(text: str) -> bool:
    """Whether it can only mean a time for the tip when it stands alone: a clock, days with a time, only some days."""
    if len(text) > _LONGEST_SENTENCE or not _MAY_BE_TIME.search(text) or not is_wish(text):
        return False
    said = _english_numbers(simplify(text))
    return bool(_CLOCK.search(said) or _ONLY_DAYS.fullmatch(said)) or _has_days_and_time(said)


def _has_days_and_time(said: str) -> bool:
    try:
        days, rest = _take_days(said)
        return bool(days and _bare(_same_words(rest)))
    except UnclearTime:
        return True


def _clear(said: str) -> time:
    """Raises UnclearTime with both halves of the day, or with times of the part of the day that was named."""
    part = {"早": "早上", "晚": "晚上"}.get(said, said)
    if part in _OF_PART:
        raise UnclearTime(said, _OF_PART[part])
    at = parse_time(said)
    is_bare = re.fullmatch(r"[1-9]\D*(?:\d+\D*)?", said) is not None
    if is_bare and at.hour in _EITHER_HALF and not re.search("am|a\\.m\\.", said):
        raise UnclearTime(said, (at.replace(hour=at.hour + 12), at))
    return at


# Days of the week.

_DAY = r"(?:每个?|逢)?(?:周|星期|礼拜)"
_ONE = "[一二三四五六七日天1-7]"
_TO = r"\s*(?:到|至|-|—|~)\s*"
_AND = r"\s*(?:、|,|和|同|跟|及|\s)?\s*"
# 周三8点 is a day and a clock, 周三点 is none, and 周17点 could be either.
_DAY_ENDS = r"(?!\s*[点时:半])(?:(?<=[一二三四五六七日天])|(?![0-9]))"
_CHINESE_RANGE = re.compile(rf"{_DAY}({_ONE}){_TO}(?:{_DAY})?({_ONE}){_DAY_ENDS}")
_CHINESE_LIST = re.compile(rf"{_DAY}{_ONE}(?:{_AND}(?:{_DAY})?{_ONE}(?!\s*[点时:半]))*{_DAY_ENDS}")
_ENGLISH_DAY = r"(?:mon|tue|tues|wed|wednes|thu|thur|thurs|fri|sat|satur|sun)(?:day)?s?"
_ENGLISH_RANGE = re.compile(rf"\b({_ENGLISH_DAY})\s*(?:to|through|till|-|–)\s*({_ENGLISH_DAY})\b")
_ENGLISH_LIST = re.compile(rf"\b(?:every\s+)?{_ENGLISH_DAY}(?:(?:\s*,\s*|\s+and\s+|\s*&\s*|\s+){_ENGLISH_DAY})*\b")

_DAILY = re.compile(
    "每一?天|每日|每(?=[早晚朝])|天天|日日|"
    "every ?day|each day|daily|(?:every|each)(?= (?:morning|afternoon|evening|night))"
)


def _in_range(first: str, last: str) -> str:
    if first > last:
        raise UnclearTime(f"{first}-{last}")
    return EVERY_DAY[int(first) - 1 : int(last)]


def _day(name: str) -> str:
    if name in _WEEK:
        return _WEEK[name]
    return name if name.isdigit() else str(1 + _ENGLISH_WEEK.index(name[:3]))


def _each(found: re.Match[str], one: str) -> str:
    return "".join(sorted({_day(name) for name in re.findall(one, found.group())}))


# In this order: what is looked for, and the days that it means.
_DAYS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], str]], ...] = (
    (_CHINESE_RANGE, lambda found: _in_range(_day(found[1]), _day(found[2]))),
    (
        re.compile(
            "每个?工作日|工作日|返工日|上班日|上学日|平日|平时上班|(?:on |every )?(?:weekdays?|work(?:ing)? ?days?)"
        ),
        lambda _: WORKING_DAYS,
    ),
    (re.compile("每个?周末|周末|双休日?|(?:on |every )?weekends?"), lambda _: WEEKEND),
    (_ENGLISH_RANGE, lambda found: _in_range(_day(found[1]), _day(found[2]))),
    (_CHINESE_LIST, lambda found: _each(found, _ONE)),
    (_ENGLISH_LIST, lambda found: _each(found, _ENGLISH_DAY)),
    (_DAILY, lambda _: EVERY_DAY),
)


def _take_days(said: str) -> tuple[str | None, str]:
    """The days that are named, and what is left of the text."""
    for pattern, meaning in _DAYS:
        if found := pattern.search(said):
            return meaning(found), f"{said[: found.start()]} {said[found.end() :]}"
    return None, said


# Times of day.

_PARTS = {
    "早上": "朝早|朝头早|大清早|清晨|[一1]大早|清早|早晨|早起|(?:in the )?mornings?",
    "下午": "晏昼|下昼|午后|(?:in the )?afternoons?",
    "傍晚": "黄昏|挨晚",
    "夜里": "半夜三更|三更半夜|半夜|深夜|夜间|夜里",
    "晚上": "夜晚|晚黑|晚间|(?:in the )?evenings?|(?:at )?nights?|tonight",
    "中午": "正午",
}
_TO_NOON = (
    (re.compile(r"^\s*[中正]午\s*$|\b(?:at )?(?:noon|midday)\b"), "中午12点"),
    (re.compile(r"\bmidnight\b"), "0点"),
)
_BEFORE = re.compile(
    r"^(?:请|麻烦你?|帮我|我想要?|我要|想要?|要|给我|那就|就|那|改成|改到|改为|换成|换到|订阅|订|定在?|设在|设成|安排|在|于|只要|只在|"
    r"大概|大约|差不多|\b(?:please|subscribe|send|give|me|it|the|tips?|a|at|on|about|around|only|for|to)\b|[,，。的都\s])+"
)
_AFTER = re.compile(
    r"(?:发给我|推送给我|推送|提醒我?|叫我|给我[一1][招条]|给我发|给我|[一1][招条]|发?俾我|发来?|收到?|左右|前后|吧|啦|喇|就行|就好|好了|"
    r"可以吗|得唔得|好吗|谢谢|唔该|啊|呀|\b(?:please|thanks|thank you|sharp|only|on|at)\b|,|，|。|!|\?|的|都|\s)+$"
)
_MINUTES_TO = (
    re.compile(r"差(1刻|\d{1,2})分?钟?(?:就|到)?(?:\s*)(\d{1,2})[点时]钟?"),
    re.compile(r"(?P<hour>\d{1,2})[点时]差(?P<less>1刻|\d{1,2})分?钟?"),
)
_ENGLISH_CLOCK = re.compile(
    r"(?:a )?(?P<amount>half|quarter|\d{1,2})(?: minutes?)? (?P<way>past|to|after|before) (?P<hour>\d{1,2})"
)


def _same_words(said: str) -> str:
    """One word for each part of the day, first in the text; a plain clock for every other way to tell the time."""
    said = with_digits(said)
    for pattern, plain in _TO_NOON:
        said = pattern.sub(plain, said)
    for part, words in _PARTS.items():
        if found := re.search(words, said):
            said = f"{part} {said[: found.start()]} {said[found.end() :]}"
            break
    said = re.sub(r"(\d{1,2})\s*o'?\s*clock", r"\1点", said)
    said = re.sub(r"(\d{1,2})点\s*(?:搭|踏)?\s*(\d{1,2})个?字", _fives, said)
    said = re.sub(r"(\d{1,2})点\s*搭\s*(\d{1,2})", _fives, said)
    said = re.sub(r"点(?:正|踏正)", "点", said)
    said = re.sub(r"\b(\d{1,2}) (\d{2})\b", r"\1:\2", said)
    for pattern in _MINUTES_TO:
        said = pattern.sub(_minutes_to, said)
    return _ENGLISH_CLOCK.sub(_english_clock, said)


def _bare(said: str) -> str:
    """Without politeness, and without the verb."""
    part = next((part for part in _PARTS if said.startswith(part)), "")
    rest = _AFTER.sub("", _BEFORE.sub("", said.removeprefix(part)))
    rest = " ".join(rest.split())
    found = next((known for known in (*_PARTS, "上午", "凌晨", "早", "晚") if rest.startswith(known)), "")
    if part and found:
        raise UnclearTime(said)  # two parts of the day: nothing is certain
    return _AFTER.sub("", f"{part}{_BEFORE.sub('', rest)}" if part else rest)


def _fives(found: re.Match[str]) -> str:
    """Cantonese: 8点3个字 is a quarter past eight."""
    return f"{found[1]}点{5 * int(found[2])}分"


def _minutes_to(found: re.Match[str]) -> str:
    less, hour = (found["less"], found["hour"]) if "less" in found.groupdict() else (found[1], found[2])
    return _earlier(int(hour), 15 if less == "1刻" else int(less))


def _english_clock(found: re.Match[str]) -> str:
    minutes = {"half": 30, "quarter": 15}.get(found["amount"]) or int(found["amount"])
    if found["way"] in ("past", "after"):
        return f"{found['hour']}:{minutes:02}"
    return _earlier(int(found["hour"]), minutes)


def _earlier(hour: int, minutes: int) -> str:
    if not 0 < minutes < 60 or not 0 < hour <= 24:
        return "99:99"
    return f"{hour - 1 or 12}:{60 - minutes:02}"


def _english_numbers(said: str) -> str:
    if not re.search("[a-z]{3}", said):
        return said
    for word, number in (*_TENS.items(), *((word, place) for place, word in enumerate(_NUMBERS, start=1))):
        said = re.sub(rf"\b{word}\b", str(number), said)
    return said


# Until when a pause lasts.

_AFTERWARDS = re.compile(r"\s*(?:以后|之后|后|再发|再来|再说|为止|吧|the|\s)+$")
_MONTH = any_of(rf"{month}[a-z]*" for month in _MONTHS).pattern
_YMD = re.compile(r"(?:(?P<y>\d{4})\s*(?:年|-|/|\.)\s*)?(?P<m>\d{1,2})\s*(?:月|-|/|\.)\s*(?P<d>\d{1,2})\s*[日号]?")
_MDY = re.compile(rf"(?P<m>{_MONTH})\.?\s*(?P<d>\d{{1,2}})(?:st|nd|rd|th)?(?:,?\s*(?P<y>\d{{4}}))?")
_DMY = re.compile(rf"(?P<d>\d{{1,2}})(?:st|nd|rd|th)?\s*(?:of )?(?P<m>{_MONTH})\.?(?:,?\s*(?P<y>\d{{4}}))?")
_SPAN = re.compile(r"(?P<n>\d{1,3}|半|a|an|an?other)\s*个?\s*(?P<unit>天|日|周|星期|礼拜|月|days?|weeks?|months?)")
_NEXT_DAY = re.compile(rf"(?P<next>下个?|next )?(?:周|星期|礼拜)?(?P<day>{_ONE}|{_ENGLISH_DAY})")
_UNITS = {"天": 1, "日": 1, "周": 7, "星": 7, "礼": 7, "月": 30, "d": 1, "w": 7, "m": 30}
_WORDS = {
    "昨天": -1,
    **dict.fromkeys(("今天", "今日", "today"), 0),
    **dict.fromkeys(("明天", "听日", "明日", "tomorrow"), 1),
    **dict.fromkeys(("后天", "后日", "the day after tomorrow"), 2),
    "大后天": 3,
}


def parse_until(text: str, today: date) -> date:
    """The day from which on tips come again: 12月1日, 三天, 下周一, Dec 1, 2 weeks.

    Raises UnclearTime for what names no day within a year from tomorrow on.
    """
    said = with_digits(_english_numbers(simplify(text))).strip(" .。!,")
    said = _AFTERWARDS.sub("", said)
    said, is_date = re.subn(r"^(?:暂停|先停|停)?\s*(?:一直)?(?:到|至|直到|(?:until|till|to)\b)\s*", "", said)
    day = _named_day(re.sub(r"^for\s+", "", said), today, is_date=bool(is_date))
    if not today < day <= today + _LONGEST_PAUSE:
        raise UnclearTime(text)
    return day


def is_until(text: str) -> bool:
    """Whether a text names a day or a length of time, possible or not."""
    try:
        parse_until(text, _ANY_DAY)
    except NoTime:
        return False
    except UnclearTime:
        return True
    return True


def _named_day(said: str, today: date, *, is_date: bool) -> date:
    if said in _WORDS:
        return today + timedelta(days=_WORDS[said])
    if said in ("下周", "下个星期", "下星期", "下礼拜", "下个礼拜", "next week"):
        return today + timedelta(days=8 - today.isoweekday())
    if said in ("下个月", "下月", "next month"):
        return _first_of_next_month(today)
    if said in ("月底", "这个月底", "the end of the month", "end of the month", "end of month"):
        return _first_of_next_month(today) - timedelta(days=1)
    if said in ("明年", "出年", "next year"):
        return date(today.year + 1, 1, 1)
    if not is_date and (found := _SPAN.fullmatch(said)):
        return today + timedelta(days=_length(found))
    if found := _YMD.fullmatch(said) or _MDY.fullmatch(said) or _DMY.fullmatch(said):
        return _date(found, today)
    if found := re.fullmatch(r"(?:这个月)?(\d{1,2})[日号]", said):
        return _day_of_month(int(found[1]), today)
    if (found := _NEXT_DAY.fullmatch(said)) and not said.isdigit() and said not in _WEEK:
        return _weekday(found, today)
    raise NoTime(said)


def _length(found: re.Match[str]) -> int:
    unit = _UNITS[found["unit"][0]]
    if found["n"] == "半":
        return unit // 2
    return unit * (int(found["n"]) if found["n"].isdigit() else 1)


def _date(found: re.Match[str], today: date) -> date:
    month = int(found["m"]) if found["m"].isdigit() else 1 + _MONTHS.index(found["m"][:3])
    try:
        if found["y"]:
            return date(int(found["y"]), month, int(found["d"]))
        day = date(today.year, month, int(found["d"]))
        return day if day >= today else day.replace(year=today.year + 1)
    except ValueError as fault:
        raise UnclearTime(found.group()) from fault


def _day_of_month(day: int, today: date) -> date:
    try:
        this = today.replace(day=day)
        return this if this > today else _first_of_next_month(today).replace(day=day)
    except ValueError as fault:
        raise UnclearTime(str(day)) from fault


def _first_of_next_month(today: date) -> date:
    return (today.replace(day=1) + timedelta(days=32)).replace(day=1)


def _weekday(found: re.Match[str], today: date) -> date:
    day = int(_day(found["day"]))
    ahead = (day - today.isoweekday() - 1) % 7 + 1
    if found["next"]:  # of the week that begins on Monday
        ahead = 8 - today.isoweekday() + day - 1
    return today + timedelta(days=ahead)
