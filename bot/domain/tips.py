"""One digital-literacy trick a day."""

from collections.abc import Sequence
from datetime import date

from msgspec import Struct

MAX_TIP_CHARACTERS = 120


class Tip(Struct, frozen=True):
    """One thing to do, in at most 120 characters. `english` is for who writes English; empty means none."""

    id: str
    text: str
    english: str = ""


def tip_of_the_day(tips: Sequence[Tip], day: date) -> Tip:
    """The same tip for everybody on one local date; each once before any comes again."""
    return tips[day.toordinal() % len(tips)]
