"""When a person wants the tip, as people say it: 每天早上七点半, weekdays 7:30, 差一刻八点, 睡前."""

import re
from datetime import date, datetime, time, timedelta
from typing import NamedTuple

from msgspec import Struct

from bot.domain.text import ENGLISH_NUMBERS, RAISED, english_numbers, simplify, with_digits
from bot.domain.times import LaterStart, NoTime, UnclearDays, UnclearTime, parse_time
from bot.domain.weekdays import CHINESE_DAY, ENGLISH_DAY, day_places, take_days

_LONGEST_SENTENCE = 60
# Without one of these no sentence is about a time: spares most questions a closer look.
_MAY_BE_TIME = re.compile(
    "推迟|推后|延后|提前|[0-9〇零一二两兩三四五六七八九十早晚夜午晏睡饭餐班学末]|只|隔|only|past|quarter|morning|night|evening|except|week|"
    "every|once|twice|times|bed|lunch|dinner|breakfast|" + "|".join(ENGLISH_NUMBERS)
)
_ONLY_DAYS = re.compile(
    "早晚各.+|(?:每个?|一)(?:周|星期|礼拜)[2-6二两三四五六][次条招]|"
    "只(?:要|在).+|only .+|.+ only|.*(?:除|不要|不用|唔要|不发|别发).*|no .+|not on .+"
)
_CLOCK = re.compile(r"点|时|:|\d-?ish|\d\s*[ap]\.?m|o'?clock|past|quarter")
# A bare hour of these may be meant before noon or after it; all others are said as they are meant.
_EITHER_HALF = range(1, 6)
# What is no day of the week, and cannot be had.
_MANY = "[2-9二两三四五六七八九十几半]"
_LONG = "(?:天|日|小时|钟头|周|星期|礼拜|月)"
_ONCE = "(?:发|来|看|收)?(?:[1一][次条招回])"
_OTHER_RHYTHM = re.compile(
    rf"每?隔(?:[1一]|{_MANY}+)?个?{_LONG}{_ONCE}?|每{_MANY}+个?{_LONG}{_ONCE}?|{_MANY}+个?{_LONG}{_ONCE}|"
    rf"每个?(?:小时|钟头|月)(?:[0-9一二三四五六七八九十]+[号日])?{_ONCE}?|"
    r"[1一每][天日](?:[2-9]|两|三)[次条招]|"
    rf"早晚(?:各|都){_ONCE}?|各{_ONCE}|(?:每逢|逢)?(?:农历)?初[一二三四五六七八九十](?:[和、]?十五)?|"
    r"(?:法定)?(?:节假日|假期|节日)(?:不要|不用|不发|休息)?|[单双][号日]|"
    r"every (?:other|second|2nd|[2-9]) days?|every (?:other )?hour|hourly|every month|once a month|monthly|"
    r"(?:2 times|twice|3 times) a (?:day|week)"
)
_WEEKLY = re.compile(r"(?:每个?|1|一)(?:周|星期|礼拜)[1-7一二两三四五六七][次条招]|once a week|weekly")


# One day alone: tips come on every day, or on days of each week.
_ONE_DAY = re.compile(
    rf"今(?:[天日]|(?=[晚早朝]))|today|tonight|大?后天|后日|(?:明|听)(?:天|日|(?=[早晚朝]))|下个?(?:周|星期|礼拜){CHINESE_DAY}|(?:就|只发?)[1一]次|"
    rf"the day after tomorrow|tomorrow|next {ENGLISH_DAY}|just once|only once"
)
# From some day on.
_FROM_A_DAY = re.compile(
    rf"[从自]?(?:下个?(?:周|星期|礼拜){CHINESE_DAY}?|(?:周|星期|礼拜){CHINESE_DAY}|下个?月(?:\d{{1,2}}[号日])?|"
    r"\d{1,2}月\d{1,2}[号日]?|\d{1,2}[号日])(?:开始|起)|"
    rf"(?:starting|beginning|from) (?:on )?(?:next week|next month|(?:next )?{ENGLISH_DAY})(?: on(?:wards?)?)?"
)
_FROM_TOMORROW = re.compile(
    r"从?(?:[今明](?:天|日|早|晚)?|听日)(?:开始|起)|(?:starting|beginning|from) tomorrow(?: on)?"
)
_SHIFTED = re.compile(
    rf"(?:时间)?(?:改|调)?(?:推迟|推后|延后|提前|提早|早|晚|迟)(?:半|[1一]|{_MANY}+|\d{{1,2}})个?半?(?:小时|钟头|分钟)"
    r"(?:发|吧|好了)*"
)

# What is said not to suit, beside what does: 不是8点，是9点.
_TIME = r"(?:早上|上午|中午|下午|傍晚|晚上|夜晚|朝早|[^,点周天日]{0,3}[0-9一二两三四五六七八九十]{1,3}点[^,]{0,3}?)"
_UNFIT = "(?:不行|不好|不合适|不方便|没空|没时间|太早|太晚|太迟|太累|唔得)了?"
_NOT_THEN = re.compile(
    rf"^(?:不是|不要|别在?|唔要|唔系){_TIME},\s*(?:而?是|系|要)?|^{_TIME}{_UNFIT},|,\s*{_TIME}{_UNFIT}$"
)


class Wish(Struct, frozen=True):
    """At what time, and on which days of the week; None for what was not said."""

    at: time | None
    days: str | None = None


class TwoWishes(UnclearTime):
    """Two times on different days: 工作日7:30，周末9点. There can be one."""

    def __init__(self, text: str, wishes: tuple[Wish, ...]) -> None:
        super().__init__(text)
        self.wishes = wishes


def parse_wish(text: str) -> Wish:
    """What is wished for.

    Raises NoTime for what is about something else, and UnclearTime with the times to choose from.
    """
    if len(text) > _LONGEST_SENTENCE:
        raise NoTime(text)
    said = english_numbers(simplify(text))
    if _SHIFTED.fullmatch(said):
        raise UnclearTime(text)
    said = _NOT_THEN.sub(" ", said)
    said, is_later = _FROM_A_DAY.subn(" ", _FROM_TOMORROW.sub(" ", said))
    if is_later and not _bare(said):
        raise LaterStart(text)
    wish = _one_or_two(said)
    if is_later:
        later = LaterStart(text, (wish.at,) if wish.at else ())
        later.days = wish.days
        raise later
    return wish


def _one_or_two(said: str) -> Wish:
    if wishes := _two(said):
        raise TwoWishes(said, wishes)
    return _one_wish(said)


# Fewer of these are no two names of days: spares a closer look.
_DAY_WORD = re.compile("周|星期|拜|[工平双]|day|week|mon|tue|wed|thu|fri|sat|sun")
_AND_AT_END = re.compile(r"\s*(?:和|还有|以及|\band|\bbut)\s*$")


def _two(said: str) -> tuple[Wish, ...]:
    """The wishes before and after the second name of days, where each has a time."""
    places = day_places(said)[1:] if len(_DAY_WORD.findall(said)) > 1 else ()
    for place in places:
        try:
            wishes = _one_wish(_AND_AT_END.sub("", said[:place])), _one_wish(said[place:])
        except UnclearTime:
            continue
        if all(wish.at and wish.days for wish in wishes):
            return wishes
    return ()


def _one_wish(text: str) -> Wish:
    said, is_other = _OTHER_RHYTHM.subn(" ", text)
    said, is_one_day = _ONE_DAY.subn(" ", said)
    said, is_weekly = _WEEKLY.subn(" ", said)
    days, rest = take_days(said)
    rest = _bare(_with_digits(rest))
    if not rest and days is None and not (is_other or is_one_day or is_weekly):
        raise NoTime(text)
    try:
        at = _clear(rest) if rest else None
    except UnclearTime as unclear:
        unclear.days = days
        raise
    if is_other or is_one_day or (is_weekly and not days):
        raise UnclearDays(text, at)
    return Wish(at, days)


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
    if not _MAY_BE_TIME.search(text[:_LONGEST_SENTENCE]) or not is_wish(text):
        return False
    said = english_numbers(simplify(text))
    return bool(_CLOCK.search(said) or _ONLY_DAYS.fullmatch(said)) or _has_days_and_time(said)


def _has_days_and_time(said: str) -> bool:
    days, rest = take_days(said)
    return bool(days and _bare(rest))


class Part(NamedTuple):
    """A part of the day: how a clock is said in it, its other words, what may be meant where it stands alone."""

    name: str
    words: re.Pattern[str]
    choices: tuple[time, ...]


def _part(name: str, words: str, *choices: str) -> Part:
    return Part(name, re.compile(words), tuple(map(time.fromisoformat, choices)))


_THEN = "(?:的?时候|时间|时|之?前|以前|之?后|以后|过后)"
_HAD = "(?:吃|食|用)?(?:完|过)?"
_MEAL = "[吃食][完过]?饭"
_AROUND = "(?:at |before |after )?"
# What people do every day at about the same time.
_MOMENTS = (
    _part("下午", rf"下午茶{_THEN}?|tea ?time", "15:00", "15:30", "16:00"),
    _part("晚上", rf"(?:临睡|睡觉?|上床|瞓觉){_THEN}|{_AROUND}bed(?: ?time)?", "20:30", "21:00", "21:30"),
    _part("早上", rf"(?:起床|起身|睡醒|醒来){_THEN}?|after (?:getting|waking) up", "06:30", "07:00", "07:30"),
    _part("早上", rf"{_HAD}早[饭餐]{_THEN}?|{_AROUND}breakfast", "07:00", "07:30", "08:00"),
    _part("早上", "(?:上班|返工|上学|返学|出门)(?:路上|之?前|以前)|before (?:work|school)", "07:00", "07:30", "08:00"),
    _part(
        "中午",
        rf"(?:{_HAD}(?:[午中晏][饭餐]|晏昼饭)|中午{_MEAL}){_THEN}?|午休{_THEN}?|{_AROUND}lunch(?: ?time)?",
        "12:00",
        "12:30",
        "13:00",
    ),
    _part("下午", rf"(?:放学|下课){_THEN}|after school", "16:30", "17:00", "17:30"),
    _part("傍晚", rf"(?:下班|放工|收工)(?:路上|{_THEN})|after work", "17:30", "18:00", "18:30"),
    _part(
        "晚上",
        rf"(?:{_HAD}[晚夜][饭餐]|(?:晚上|夜晚){_MEAL}){_THEN}?|{_AROUND}(?:dinner|supper)",
        "18:30",
        "19:00",
        "19:30",
    ),
)
_PARTS = (
    _part(
        "早上",
        r"早上|朝早|朝头早|大清早|清晨|[一1]大早|清早|早晨|早起|今早|今朝|早|朝(?=\s*\d)|(?:in the )?mornings?",
        *("07:00", "07:30", "08:00"),
    ),
    _part("上午", "上午", "08:00", "09:00", "10:00"),
    _part("中午", "中午|正午|(?:at )?(?:noon|midday)", "12:00"),
    _part("下午", "下午|晏昼|下昼|午后|(?:in the )?afternoons?", "14:00", "16:00", "17:30"),
    _part("傍晚", "傍晚|黄昏|挨晚", "17:30", "18:00", "18:30"),
    _part("夜里", "午夜|(?:at )?midnight", "00:00"),
    _part("夜里", "半夜三更|三更半夜|半夜|深夜|夜间|夜里", "21:00", "22:00", "23:00"),
    _part("凌晨", "凌晨", "05:00", "05:30", "06:00"),
    _part(
        "晚上",
        "晚上|夜晚|晚黑|晚头|晚间|今晚|晚|(?:in the )?evenings?|(?:at )?nights?|tonight",
        *("19:00", "20:00", "21:00"),
    ),
)


def _take_part(said: str, parts: tuple[Part, ...]) -> tuple[Part | None, str]:
    """The first part that is named, and what is left of the text."""
    for part in parts:
        if found := part.words.search(said):
            return part, f"{said[: found.start()]} {said[found.end() :]}"
    return None, said


def _clear(said: str) -> time:
    """Raises UnclearTime with the times that may be meant, where there are some."""
    first, *others = _EITHER.split(said)
    if len(others) == 1 and (choices := _both(first, *others)):
        raise UnclearTime(said, choices)
    return _one(said)


def _both(first: str, second: str) -> tuple[time, ...]:
    """What may be meant by 8点到9点, 8 or 9 pm; nothing where these are no times."""
    part, _ = _take_part(first, _PARTS)
    other_part, _ = _take_part(second, _PARTS)
    half_day = _HALF_DAY.search(second)
    try:
        return (
            _likely(first + half_day.group() if half_day and not _HALF_DAY.search(first) else first),
            _likely(f"{part.name}{second}" if part and not other_part else second),
        )
    except UnclearTime:
        return ()


def _likely(said: str) -> time:
    try:
        return _one(said)
    except UnclearTime as unclear:
        if unclear.choices:
            return unclear.choices[0]
        raise


def _one(said: str) -> time:
    """Raises UnclearTime with both halves of the day, or with times of the part of the day that was named."""
    if _NO_CLOCK.fullmatch(said):
        raise UnclearTime(said)
    moment, said = _take_part(said, _MOMENTS)
    part, said = _take_part(said, _PARTS)
    said = _bare(_plain_clock(said))
    named = moment or part
    if named and not said:
        return _only(named.choices, said)
    named = part or moment
    name = named.name if named else ""
    for pattern in _BEFORE_OR_AFTER:
        if found := pattern.fullmatch(said):
            raise UnclearTime(said, _near(_at(found["clock"], name), found["way"]))
    return _at(said, name)


def _at(said: str, part: str) -> time:
    other, rest = _take_part(said, _PARTS)
    at = parse_time(_bare(rest) if part and other else f"{part}{said}")
    if part and other:
        raise UnclearTime(said)  # two parts of the day: nothing is certain
    if _SHORT_MINUTE.fullmatch(said):
        minutes = (at.minute, 5 * at.minute, 10 * at.minute)
        raise UnclearTime(said, tuple(at.replace(minute=minute) for minute in minutes if minute < 60))
    is_bare = not part and re.fullmatch(r"[1-9]\D*(?:\d+\D*)?", said) is not None
    if is_bare and at.hour in _EITHER_HALF and not _HALF_DAY.search(said):
        raise UnclearTime(said, (at.replace(hour=at.hour + 12), at))
    return at


def _only(choices: tuple[time, ...], said: str) -> time:
    if len(choices) > 1:
        raise UnclearTime(said, choices)
    return choices[0]


def _near(at: time, way: str) -> tuple[time, ...]:
    """What may be meant by before or after a time."""
    steps = (-60, -30, 0) if way in _BEFORE else (0, 30, 60)
    instant = datetime.combine(_ANY_DAY, at)
    return tuple((instant + timedelta(minutes=step)).time() for step in steps)


_ANY_DAY = date(2026, 1, 1)
_HALF_DAY = re.compile(r"[ap]m|[ap]\.m\.?")
# 晚一点 is later, no o'clock, and a raised number is no minute.
_NO_CLOCK = re.compile(rf"(?:再|稍微?|尽量)?(?:早|晚|迟)(?:些|[一1]?点儿?|啲)|\d{{1,2}}点?[{RAISED}]+点?")
# 8点5: whether five minutes, twenty-five (as in Cantonese) or fifty is not certain.
_SHORT_MINUTE = re.compile(r"\d{1,2}点[1-9]")
_BEFORE_OR_AFTER = (
    re.compile("(?P<clock>.+?)(?:之|以)?(?P<way>前|后)"),
    re.compile("(?P<clock>.+?点)(?P<way>多|不到)钟?"),
    re.compile("(?P<way>快|将近)(?:到)?(?P<clock>.+?点)(?:的?时候?)?"),
    re.compile("(?P<way>not before|before|after) (?P<clock>.+)"),
)
_BEFORE = frozenset({"前", "before", "不到", "快", "将近"})
_EITHER = re.compile(
    r"\s*(?:到|至|-|—|~|或者?|还是|和|跟|、|,|\b(?:or|and)\b)\s*|"
    r"(?<=[点半刻分整\d])\s*(?=(?:早上|中午|下午|傍晚|晚上|夜晚|朝早)\s*\d)"
)
_TWO_HOURS = re.compile("(?<!十)(?:一二|两三|二三|三四|四五|五六|六七|七八|八九|九十)(?=点)")


def _with_digits(said: str) -> str:
    """Chinese numerals as digits; 七八点 is seven or eight, no 78."""
    return with_digits(_TWO_HOURS.sub(lambda found: "到".join(found.group()), said))


# Of words that begin alike the longer one comes first.
_SAID_BESIDE = (
    "发我|推(?:给|俾)我|设置|预订|把(?=时间|它)|换个时间|请|麻烦你?|帮我|我想要?|我要|想要?|要|给我|就行|就好|那样|那就?|就|还是|订阅|订|安排|在|于|只要|只在|才要?|先至?要|"
    "太[早晚迟]了?(?=,)|(?:时间)?(?:调|设|定|改|换|推迟|提前|挪)(?:整|动)?(?:到|成|为|至|在)?|(?:早|晚|迟)(?:些|[1一]?点儿?|啲)(?=,)|"
    "大概|大约|差不多|约|准时|按时|一般|平时|平常|其他(?:日子|时间)?|其余|"
    "能不能|可不可以|可以吗|行吗|行不行|好不好|好吗|得唔得|能|可以|好的|好了|嗯|哦|噢|喔|"
    "从[今明][天日早晚]?(?:开始|起)|发给我|推送给我|推送|提醒我?|叫我|给我发|发?俾我|发来?|收到?|来|看|[一1][招条下]|"
    "[一1]个(?:小贴士)?|小贴士|左右|前后|之间|吧|啦|喇|咯|哈|嘛|呗|啊|呀|谢谢你?|多谢|唔该晒?|的|都|好(?=[,!])|行(?=[,!])"
)
_SAID_BESIDE_IN_ENGLISH = (
    "please|subscribe|send|give|me|it|the|tips?|a|at|on|about|around|between|only|for|to|thanks|thank you|sharp|"
    "i want|can i get|i would like|i'd like|how about|let's|do|make|change|can you|could you|starting tomorrow|ok|okay|"
    "move|reschedule|set|time(?= )"
)
# Possessive: words that begin alike would be tried in every combination.
_BESIDE = rf"(?:{_SAID_BESIDE}|\b(?:{_SAID_BESIDE_IN_ENGLISH})\b|\W)++"
_AROUND_IT = re.compile(rf"^{_BESIDE}|{_BESIDE}$")


def _bare(said: str) -> str:
    """Without politeness, and without the verb."""
    return " ".join(_AROUND_IT.sub("", said).split())


_MINUTES_TO = (
    re.compile(r"差(?P<less>1刻|\d{1,2})分?钟?(?:就|到)?\s*(?P<hour>\d{1,2})[点时]钟?"),
    re.compile(r"(?P<hour>\d{1,2})[点时]差(?P<less>1刻|\d{1,2})分?钟?"),
)
# 5 to 9, but not 8 to 9.
_ENGLISH_CLOCK = re.compile(
    r"(?:a )?(?P<amount>half|quarter|[12]?[05]|\d{1,2}(?= minutes?))(?: minutes?)? (?P<way>past|to|after|before) "
    r"(?P<hour>\d{1,2})"
)


def _plain_clock(said: str) -> str:
    """A plain clock for every other way to tell the time."""
    said = re.sub(r"\s*([点时:分])\s*", r"\1", said)
    said = re.sub(r"(\d)-?ish\b", r"\1", said)
    said = re.sub(r"^\s*([01]\d|2[0-3])([0-5]\d)\s*$", r"\1:\2", said)
    said = re.sub(r"(\d{1,2})\s*o'?\s*clock", r"\1点", said)
    said = re.sub(r"(\d{1,2})点\s*(?:搭|踏)?\s*(\d{1,2})个?字", _fives, said)
    said = re.sub(r"(\d{1,2})点\s*搭\s*(\d{1,2})", _fives, said)
    said = re.sub(r"点(?:正|踏正|过)", "点", said)
    said = re.sub(r"\b(\d{1,2}) (\d{2})\b", r"\1:\2", said)
    for pattern in _MINUTES_TO:
        said = pattern.sub(_minutes_to, said)
    return _ENGLISH_CLOCK.sub(_english_clock, said)


def _fives(found: re.Match[str]) -> str:
    """Cantonese: 8点3个字 is a quarter past eight."""
    return f"{found[1]}点{5 * int(found[2])}分"


def _minutes_to(found: re.Match[str]) -> str:
    return _earlier(int(found["hour"]), 15 if found["less"] == "1刻" else int(found["less"]))


def _english_clock(found: re.Match[str]) -> str:
    minutes = {"half": 30, "quarter": 15}.get(found["amount"]) or int(found["amount"])
    if found["way"] in ("past", "after"):
        return f"{found['hour']}:{minutes:02}"
    return _earlier(int(found["hour"]), minutes)


def _earlier(hour: int, minutes: int) -> str:
    if not 0 < minutes < 60 or not 0 < hour <= 24:
        return "99:99"
    return f"{hour - 1 or 12}:{60 - minutes:02}"
