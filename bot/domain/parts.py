"""A reply in parts, where a platform or a person takes only so much at a time."""

import unicodedata
from collections.abc import Iterator, Sequence
from datetime import timedelta

from msgspec import Struct

from bot.messages import Button, Link

# So long 更多 leads on to the rest.
REST_LASTS = timedelta(minutes=10)
# 简单: a few short sentences and three choices at a time.
PLAIN_BYTES, PLAIN_CHOICES = 360, 3
# These lead out of an answer and are no choices within it.
_WAYS_OUT = ("/start", "/more")
_ENDS = ("\n\n", "\n", "。", "！", "？", "；", ". ", "，", " ")
_JOINERS = "\u200d\ufe0f\ufe0e\u20e3"
_SKIN_TONES = range(0x1F3FB, 0x1F400)


class Kept(Struct, frozen=True):
    """A long answer as a whole, for who asks for the rest of it."""

    text: str
    buttons: tuple[tuple[Button, ...], ...] = ()
    link: Link | None = None


class Part(Struct, frozen=True):
    """What is shown at a time. An empty `text` means that there are only more choices."""

    text: str
    choices: tuple[Button, ...] = ()
    ways_out: tuple[Button, ...] = ()


def parts_of(text: str, buttons: Sequence[Button], size: int, choices: int) -> list[Part]:
    """The text in parts of at most `size` bytes, then the buttons, `choices` at a time; the ways out are in each."""
    ways_out = tuple(button for button in buttons if button.command in _WAYS_OUT)
    chosen = [button for button in buttons if button not in ways_out]
    texts = list(split(text, size))
    first, rest = chosen[:choices], chosen[choices:]
    later = [Part("", tuple(rest[at : at + choices]), ways_out) for at in range(0, len(rest), choices)]
    return [*(Part(some, (), ways_out) for some in texts[:-1]), Part(texts[-1], tuple(first), ways_out), *later]


def split(text: str, size: int) -> Iterator[str]:
    """The text in parts of at most `size` bytes, each ending with a paragraph or sentence if it can."""
    text = text.strip()
    while size_of(text) > size and len(text) > 1:
        head = text[: _whole(text, len(_encoded(text)[:size].decode(errors="ignore")))]
        end = max(_whole(text, _end_of(head)), 1)
        yield text[:end].strip()
        text = text[end:].lstrip()
    yield text


def size_of(text: str) -> int:
    """In bytes of UTF-8."""
    return len(_encoded(text))


def _encoded(text: str) -> bytes:
    """Half a character, which no UTF-8 has, counts as a question mark."""
    return text.encode(errors="replace")


def _end_of(head: str) -> int:
    """Where to cut: the last good place in the second half, the best kind of place first."""
    for mark in _ENDS:
        at = head.rfind(mark, len(head) // 2)
        if at > 0:
            return at + len(mark)
    return len(head)


def _whole(text: str, end: int) -> int:
    """The same place or one before it where no character is cut in two: an emoji with joiners, a letter with marks."""
    while end > 1 and end < len(text) and (_goes_on(text[end]) or text[end - 1] == "\u200d"):
        end -= 1
    return end


def _goes_on(character: str) -> bool:
    return character in _JOINERS or ord(character) in _SKIN_TONES or bool(unicodedata.combining(character))
