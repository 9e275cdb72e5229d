"""Until when a person wants a rest from the tips, as people say it: 到12月1日, 三天, 下周一, until Dec 1, 2 weeks."""

import re
from collections.abc import Callable
from datetime import date, timedelta

from bot.domain.lexicon import any_of
from bot.domain.text import english_numbers, simplify, with_digits
from bot.domain.times import NoTime, UnclearTime
from bot.domain.weekdays import CHINESE_DAY, CHINESE_WEEK, ENGLISH_DAY, day_number

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_ANY_DAY = date(2026, 1, 1)
_LONGEST_PAUSE = timedelta(days=366)
_AFTERWARDS = re.compile(r"\s*(?:以后|之后|后|再发|再来|再说|为止|早上|上午|中午|下午|晚上|吧|the|\s)+$")
_MONTH = any_of(rf"{month}[a-z]*" for month in _MONTHS).pattern
_YMD = re.compile(
    r"(?:(?P<y>\d{4}|[今明来出](?=年))\s*(?:年|-|/|\.)\s*)?"
    r"(?P<m>\d{1,2})\s*(?:月|-|/|\.)\s*(?P<d>\d{1,2})\s*[日号]?"
)
_MDY = re.compile(rf"(?P<m>{_MONTH})\.?\s*(?P<d>\d{{1,2}})(?:st|nd|rd|th)?(?:,?\s*(?P<y>\d{{4}}))?")
_DMY = re.compile(rf"(?P<d>\d{{1,2}})(?:st|nd|rd|th)?\s*(?:of )?(?P<m>{_MONTH})\.?(?:,?\s*(?P<y>\d{{4}}))?")
_SPAN = re.compile(
    r"(?P<n>\d{1,3}|半|a|an|an?other)\s*个?\s*"
    r"(?P<unit>天|日|周|星期|礼拜|月|年|days?|weeks?|months?|years?)"
)
# What people wait for without a date that we know.
_SOME_DAY = re.compile(
    "(?:这个?|本)?(?:周末|周|星期|礼拜)|(?:几|好几|两三|三四|三五)[天周]|[一1](?:阵子?|段时间|些日子)|"
    "(?:春节|过年|新年|国庆|中秋|五一|元旦|寒假|暑假|暑期|圣诞|放假|假期|开学|考试|考完试?|高考|中考|出差|回来|忙完)(?:完|结束|期间|前|时|的时候)?|"
    "a few (?:days|weeks)|some (?:days|time)|a while|a couple of (?:days|weeks)|after .+|"
    "(?:the )?(?:summer|winter|spring|autumn|holidays?|vacation|term|christmas|new year)"
)
_NEXT_DAY = re.compile(
    rf"(?:这个?|本|this )?(?P<next>下个?|next )?(?:周|星期|礼拜)?(?P<day>{CHINESE_DAY}|{ENGLISH_DAY})"
)
_UNITS = {"天": 1, "日": 1, "周": 7, "星": 7, "礼": 7, "月": 30, "年": 365, "d": 1, "w": 7, "m": 30, "y": 365}
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
    said = with_digits(english_numbers(simplify(text))).strip(" .。!,")
    said = _AFTERWARDS.sub("", said)
    said, is_date = re.subn(r"^(?:暂停|先停|停)?\s*(?:一直)?(?:到|至|直到|(?:until|till|to)\b)\s*", "", said)
    day = _named_day(re.sub(r"^(?:for\s+|过(?=[几\d半]))", "", said), today, is_date=bool(is_date))
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
    if named := _NAMED.get(said):
        return named(today)
    if not is_date and (found := _SPAN.fullmatch(said)):
        return today + timedelta(days=_length(found))
    if found := _YMD.fullmatch(said) or _MDY.fullmatch(said) or _DMY.fullmatch(said):
        return _date(found, today)
    if found := re.fullmatch(r"(?:这个月)?(\d{1,2})[日号]", said):
        return _day_of_month(int(found[1]), today)
    if (found := _NEXT_DAY.fullmatch(said)) and not said.isdigit() and said not in CHINESE_WEEK:
        return _weekday(found, today)
    raise UnclearTime(said) if _SOME_DAY.fullmatch(said) else NoTime(said)


def _length(found: re.Match[str]) -> int:
    unit = _UNITS[found["unit"][0]]
    if found["n"] == "半":
        return unit // 2
    return unit * (int(found["n"]) if found["n"].isdigit() else 1)


def _date(found: re.Match[str], today: date) -> date:
    month = int(found["m"]) if found["m"].isdigit() else 1 + _MONTHS.index(found["m"][:3])
    try:
        if found["y"]:
            return date(_year(found["y"], today), month, int(found["d"]))
        day = date(today.year, month, int(found["d"]))
        return day if day >= today else day.replace(year=today.year + 1)
    except ValueError as fault:
        raise UnclearTime(found.group()) from fault


def _year(said: str, today: date) -> int:
    return int(said) if said.isdigit() else today.year + (said != "今")


def _day_of_month(day: int, today: date) -> date:
    try:
        this = today.replace(day=day)
        return this if this > today else _first_of_next_month(today).replace(day=day)
    except ValueError as fault:
        raise UnclearTime(str(day)) from fault


def _first_of_next_month(today: date) -> date:
    return (today.replace(day=1) + timedelta(days=32)).replace(day=1)


def _last_of_month(today: date) -> date:
    return _first_of_next_month(today) - timedelta(days=1)


def _last_of_next_month(today: date) -> date:
    return _last_of_month(_first_of_next_month(today))


_NAMED: dict[str, Callable[[date], date]] = {
    **dict.fromkeys(
        ("下周", "下个星期", "下星期", "下礼拜", "下个礼拜", "next week"),
        lambda today: today + timedelta(days=8 - today.isoweekday()),
    ),
    **dict.fromkeys(("下个月", "下月", "next month"), _first_of_next_month),
    **dict.fromkeys(
        ("月底", "这个月底", "本月底", "the end of the month", "end of the month", "end of month"), _last_of_month
    ),
    **dict.fromkeys(("下月底", "下个月底", "the end of next month", "end of next month"), _last_of_next_month),
    **dict.fromkeys(
        ("年底", "今年底", "今年年底", "年尾", "the end of the year", "end of the year", "end of year"),
        lambda today: date(today.year, 12, 31),
    ),
    **dict.fromkeys(("明年", "出年", "next year"), lambda today: date(today.year + 1, 1, 1)),
}


def _weekday(found: re.Match[str], today: date) -> date:
    day = int(day_number(found["day"]))
    ahead = (day - today.isoweekday() - 1) % 7 + 1
    if found["next"]:  # of the week that begins on Monday
        ahead = 8 - today.isoweekday() + day - 1
    return today + timedelta(days=ahead)
