"""When a person wants the tip, as people say it: 每天早上七点半, weekdays 7:30, 差一刻八点."""

import re
from datetime import time

from msgspec import Struct

from bot.domain.text import ENGLISH_NUMBERS, english_numbers, simplify, with_digits
from bot.domain.times import NoTime, UnclearTime, parse_time
from bot.domain.weekdays import take_days

_LONGEST_SENTENCE = 60
# Without one of these no sentence is about a time: spares most questions a closer look.
_MAY_BE_TIME = re.compile(
    "[0-9〇零一二两兩三四五六七八九十早晚夜午晏]|只|only|past|quarter|morning|night|evening|"
    + "|".join(ENGLISH_NUMBERS)
)
_ONLY_DAYS = re.compile("只(?:要|在).+|only .+|.+ only")
_CLOCK = re.compile(r"点|时|:|\d\s*[ap]\.?m|o'?clock|past|quarter")
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
    days, rest = take_days(english_numbers(simplify(text)))
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
    said = english_numbers(simplify(text))
    return bool(_CLOCK.search(said) or _ONLY_DAYS.fullmatch(said)) or _has_days_and_time(said)


def _has_days_and_time(said: str) -> bool:
    try:
        days, rest = take_days(said)
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
