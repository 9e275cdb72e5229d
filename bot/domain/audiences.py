"""Whom a tip is written for, as people say it: 写给长辈的, 给我爸妈看的, tips for seniors."""

import re

from bot.domain.lexicon import any_of
from bot.domain.text import simplify
from bot.domain.tips import Audience
from bot.domain.wishes import is_wish

AUDIENCES: tuple[Audience, ...] = ("children", "teens", "parents", "elders", "teachers", "everyone")
_NAMES: dict[Audience, tuple[str, ...]] = {
    "children": (
        "孩子",
        "小孩",
        "小孩子",
        "小朋友",
        "儿童",
        "小学生",
        "细路",
        "细路仔",
        "娃",
        "children",
        "child",
        "kids",
    ),
    "teens": ("青少年", "中学生", "初中生", "高中生", "teens", "teenagers"),
    "parents": ("家长", "父母", "做父母的", "parents"),
    "elders": (
        *("长辈", "老人", "老人家", "老年人", "爷爷奶奶", "外公外婆", "爷爷", "奶奶", "爸妈", "爸爸妈妈", "老豆老母"),
        *("妈", "妈妈", "爸", "爸爸"),
        *("elders", "elderly", "seniors", "grandparents"),
    ),
    "teachers": ("老师", "教师", "teachers"),
    "everyone": ("大家", "所有人", "谁都行", "都要", "不限", "everyone", "everybody", "all"),
}
_AUDIENCE_OF = {name: audience for audience, names in _NAMES.items() for name in names}
_FOR = re.compile(
    r"^(?:我?(?:想看|想要|要看|要|看|订阅?)?(?:写给|给|俾|帮)|"
    r"(?:i want |send )?(?:tips |written )?for (?:my |the )?)\s*"
)
_ANY_NAME = any_of(sorted(_AUDIENCE_OF, key=len, reverse=True)).pattern
_NAME = re.compile(rf"^(?:我家?的?|家里的?)?(?P<name>{_ANY_NAME})(?:们)?(?![a-z])(?:看|睇)?(?:的|嘅)?(?:小贴士|tips)?")
_PAUSE = " ,、;:。.!"


def take_audience(text: str) -> tuple[Audience | None, str]:
    """Whom it names at its beginning, and what is left of the text."""
    said = _FOR.sub("", simplify(text))
    found = _NAME.match(said)
    return (_AUDIENCE_OF[found["name"]], said[found.end() :].strip(_PAUSE)) if found else (None, said)


def is_for_whom(text: str) -> bool:
    """Whether it says whom tips are for, perhaps with a time, and nothing else."""
    audience, rest = take_audience(text)
    return audience is not None and (not rest or is_wish(rest))


def is_for_whom_and_when(text: str) -> bool:
    """Whether it says both, and nothing else: 给孩子的，早上七点半."""
    if not _FOR.match(text):
        return False
    audience, rest = take_audience(text)
    return audience is not None and is_wish(rest)
