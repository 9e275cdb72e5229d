"""What asks for nothing: greetings, thanks, feelings, murmurs; recognised as whole messages."""

import re
from enum import StrEnum
from functools import cache

from bot.domain.lexicon import any_of, word_list

_MARKS = re.compile(r"[^\w\s]|_")


class SmallTalk(StrEnum):
    """What such a message says, in the order in which it is tried; the value names its patterns and its sentence."""

    GREETING = "greeting"
    THANKS = "thanks"
    GOODBYE = "goodbye"
    JOY = "joy"
    FEELING = "feeling"
    MACHINE = "machine"
    BLAME = "blame"
    OPINION = "opinion"
    MURMUR = "murmur"
    CHAT = "chat"


def small_talk(text: str) -> SmallTalk | None:
    """What a simplified text says that asks for nothing; CHAT where it has no letter at all, None for a question."""
    bare = " ".join(_MARKS.sub(" ", text).split())
    whole = bare if bare.isascii() else bare.replace(" ", "")
    said = next((kind for kind in SmallTalk if _patterns(kind).fullmatch(whole or text)), None)
    return said if bare or said else SmallTalk.CHAT


def asks_nothing(text: str) -> bool:
    return small_talk(text) is not None


@cache
def _patterns(kind: SmallTalk) -> re.Pattern[str]:
    return any_of(word_list("smalltalk")[kind.value])
