"""What must not wait for a search, and what this program has no say in: recognised from the words of a message."""

import re
from collections.abc import Iterable
from enum import Enum
from functools import cache

from msgspec import Struct

from bot.domain.lexicon import any_of, word_list
from bot.domain.text import simplify

# Longer messages are read up to here; a look at one of a thousand characters takes some milliseconds at worst.
MAX_READ = 2000
_GAPS = re.compile("(?<=[\u3400-\u9fff])[ .·*_|/-]+(?=[\u3400-\u9fff])")
_NAMED = re.compile(r"\{([a-z]+)\}")
# Stands where something harmless was cut out, so that what is left and right of it does not become one word.
_CUT = "□"


class Matter(Enum):
    """What a message is about, the most pressing first; the value names its help text and its patterns."""

    DESPAIR = "despair"
    HARM = "harm"
    BLACKMAIL = "blackmail"
    MISSING = "missing"
    SWINDLED = "swindled"
    PETITION = "petition"
    ACCUSATION = "accusation"
    POLITICS = "politics"

    @property
    def urgent(self) -> bool:
        """Whether somebody may need help now; the other matters get one neutral sentence."""
        return self not in (Matter.PETITION, Matter.ACCUSATION, Matter.POLITICS)


class Signs(Struct, frozen=True):
    """By what a matter is recognised: `about` is a quick look, `any` decides, `lets_go` speaks against it."""

    matter: Matter
    about: re.Pattern[str]
    any: re.Pattern[str]
    lets_go: re.Pattern[str] | None


def recognise(text: str) -> Matter | None:
    """The matter that a message in any script speaks of, the most pressing first; None for all other messages."""
    whole = comparable(text)
    near = [signs for signs in all_signs() if signs.about.search(whole)]
    if not near:
        return None
    plain = _all_of("harmless").sub(_CUT, whole)
    return next((signs.matter for signs in near if _tells(plain, signs)), None)


def comparable(text: str) -> str:
    """The text as the patterns expect it: simplified, lower case, no gaps inside Chinese, some Cantonese as written."""
    return _GAPS.sub("", simplify(text[:MAX_READ])[:MAX_READ].translate(_characters()))


@cache
def all_signs() -> tuple[Signs, ...]:
    """Those of every matter, in the order of Matter."""
    return tuple(map(_signs_of, Matter))


def _signs_of(matter: Matter) -> Signs:
    lists = word_list("urgent")
    own = lists[matter.value]
    against = [expression for name in own["lets_go"] for expression in lists["lets_go"][name]]
    return Signs(
        matter,
        about=re.compile(own["about"]),
        any=_compiled(own["signs"]),
        lets_go=_compiled(against) if against else None,
    )


def _tells(text: str, signs: Signs) -> bool:
    if not signs.any.search(text):
        return False
    let_go = signs.lets_go is not None and signs.lets_go.search(text) is not None
    return not let_go or _all_of("happened").search(text) is not None


@cache
def _all_of(name: str) -> re.Pattern[str]:
    return _compiled(word_list("urgent")[name])


@cache
def _characters() -> dict[int, str]:
    return str.maketrans(word_list("urgent")["characters"])


def _compiled(expressions: Iterable[str]) -> re.Pattern[str]:
    return any_of(map(_filled, expressions))


def _filled(expression: str) -> str:
    """The expression with each {name} replaced by the alternatives of that list, which may hold names themselves."""
    words = word_list("urgent")["words"]
    while _NAMED.search(expression):
        expression = _NAMED.sub(lambda found: f"(?:{'|'.join(words[found.group(1)])})", expression)
    return expression
