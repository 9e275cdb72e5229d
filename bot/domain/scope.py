"""What a question asks beyond what the authored entries hold: other places, years, figures, matters; or nothing."""

import re
from functools import cache

from msgspec import Struct, structs

from bot.domain.lexicon import any_of, as_written, classes, word_list

_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_SHORT_YEAR = re.compile(r"(?<!\d)(\d\d)年")
# More digits are a telephone number or the like, which is no figure.
_NUMBER = re.compile(r"(?<!\d)\d{1,6}(?:\.\d+)?(?!\d)")
_UNREADABLE = re.compile(r"[^0-9a-z\u3400-\u9fff]")
_LATIN_LETTER = re.compile("[a-z]")
_MARKS = re.compile(r"[^\w\s]|_")


class Scope(Struct, frozen=True):
    """What a text speaks of, as far as it limits an answer."""

    places: frozenset[str]
    times: frozenset[str]
    numbers: frozenset[str]
    opposites: frozenset[str]

    def beyond(self, held: "Scope", reported: bool) -> str:
        """The first kind of thing that this text names and `held` lacks; empty where all is held.

        Only what was `reported` of a place and a time is bound to them; advice holds anywhere and at any time.
        """
        for name in ("places", "times", "numbers", "opposites") if reported else ("opposites",):
            if getattr(self, name) - getattr(held, name):
                return name
        return ""

    def reverses(self, asked: "Scope") -> bool:
        """Whether this phrasing speaks of stopping, deleting or not doing where the question does not."""
        return bool(self.opposites - asked.opposites - {"change"})

    def with_facts_of(self, told: "Scope", times: frozenset[str]) -> "Scope":
        """This scope of phrasings with the places, figures and years of the answer, and more times."""
        dated = frozenset(time for time in told.times if time.isdigit())
        return structs.replace(
            self,
            places=self.places | told.places,
            times=self.times | dated | times,
            numbers=self.numbers | told.numbers,
        )


def _places_in(text: str) -> frozenset[str]:
    """Latin names are bounded words, which makes them slow to look for."""
    chinese, latin = _places()
    found = chinese.findall(text)
    return frozenset([*found, *latin.findall(text)] if _LATIN_LETTER.search(text) else found)


@cache
def _places() -> tuple[re.Pattern[str], re.Pattern[str]]:
    names = sorted(word_list("scope")["places"], key=len, reverse=True)
    latin = [rf"\b{name}\b" for name in names if name.isascii()]
    return any_of(name for name in names if not name.isascii()), any_of(latin, re.ASCII)


@cache
def _times() -> re.Pattern[str]:
    return any_of(word_list("scope")["times"])


@cache
def _whole(kind: str) -> re.Pattern[str]:
    return any_of(word_list("scope")[kind])


def scope_of(text: str) -> Scope:
    """The scope of a simplified text."""
    years = frozenset(_YEAR.findall(text)) | {f"20{short}" for short in _SHORT_YEAR.findall(text)}
    return Scope(
        places=_places_in(text),
        times=years | frozenset(_times().findall(text)),
        numbers=frozenset(_NUMBER.findall(text)) - years,
        opposites=classes(("scope", "opposites")).found_in(text),
    )


@cache
def _checks() -> dict[str, re.Pattern[str]]:
    lists = word_list("scope")
    return {"numbers": any_of(lists["figure_checked"]), "times": any_of(lists["year_checked"])}


def is_checked(kind: str, text: str) -> bool:
    """Whether a simplified text only wants a figure (`numbers`) or a first year (`times`) confirmed."""
    pattern = _checks().get(kind)
    return pattern is not None and pattern.search(text) is not None


def is_readable(text: str) -> bool:
    """Whether at least half of the letters of a simplified text are Chinese, Latin or digits."""
    letters = letters_of(text)
    return 2 * len(_UNREADABLE.findall(letters)) <= len(letters)


def letters_of(text: str) -> str:
    """The text without spaces and punctuation."""
    return _MARKS.sub("", text).replace(" ", "")


def asks_what_is_on(text: str) -> bool:
    """Whether a simplified text asks what is on now, and nothing closer."""
    return _is_whole("what_is_on", text)


def asks_for_more(text: str) -> bool:
    """Whether a simplified text only asks what else there is on the same topic."""
    return _is_whole("more", text)


def _is_whole(kind: str, text: str) -> bool:
    return _whole(kind).fullmatch(letters_of(as_written(text)).rstrip("吗呢呀啊")) is not None
