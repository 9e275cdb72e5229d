"""What must not wait for a search, and what this program has no say in: recognised from the words of a message."""

import re
from enum import Enum
from functools import cache

from bot.domain.lexicon import Classes, any_of, word_list
from bot.domain.text import clean, simplify

# Longer messages are read up to here: a look takes about a thousandth of a millisecond for each character.
MAX_READ = 2000
_GAPS = re.compile("(?<=[\u3400-\u9fff])[ .·*_|/-]+(?=[\u3400-\u9fff])")
_NAMED = re.compile(r"\{([a-z]+)\}")
# Stands where something harmless was cut out, so that what is left and right of it does not become one word.
_CUT = "□"


class Matter(Enum):
    """What a message is about, the most pressing first; the value names its help text and its patterns."""

    DESPAIR = "despair"
    HARM = "harm"
    ACCIDENT = "accident"
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


def recognise(text: str) -> Matter | None:
    """The matter that a message in any script speaks of, the most pressing first; None for all other messages."""
    plain = _plain(text)
    told = _classes("signs").found_in(plain)
    if not told:
        return None
    against = frozenset() if _all_of("happened").search(plain) else _classes("lets_go").found_in(plain)
    return next((matter for matter in Matter if matter.value in told and not against & _heeds(matter)), None)


def delicate(text: str) -> bool:
    """Whether a text has words that only somebody in trouble, or asking for such a person, is likely to write."""
    return _all_of("delicate").search(_comparable(text)) is not None


def _plain(text: str) -> str:
    return _all_of("harmless").sub(_CUT, _comparable(text))


def _comparable(text: str) -> str:
    """The text as the patterns expect it: simplified, lower case, no gaps inside Chinese, some Cantonese as written."""
    read = clean(text[:MAX_READ])[:MAX_READ]  # the width alone makes a text up to eighteen times as long
    return _GAPS.sub("", simplify(read).translate(_characters()))


def _heeds(matter: Matter) -> frozenset[str]:
    """The names of the lists that speak against a matter."""
    return frozenset(word_list("urgent")["heeds"][matter.value])


@cache
def _classes(table: str) -> Classes:
    return Classes({name: list(map(filled, every)) for name, every in word_list("urgent")[table].items()})


@cache
def _all_of(name: str) -> re.Pattern[str]:
    return any_of(map(filled, word_list("urgent")[name]), re.ASCII)


@cache
def _characters() -> dict[int, str]:
    return str.maketrans(word_list("urgent")["characters"])


def filled(expression: str) -> str:
    """The expression with each {name} replaced by the alternatives of that list, which may hold names themselves."""
    words = word_list("urgent")["words"]
    while _NAMED.search(expression):
        expression = _NAMED.sub(lambda found: f"(?:{'|'.join(words[found.group(1)])})", expression)
    return expression
