"""Time zones as people name them: 东京, London, Asia/Tokyo."""

from functools import cache
from zoneinfo import available_timezones

from bot.domain.lexicon import word_list
from bot.domain.text import simplify


def zone_named(text: str) -> str | None:
    """The IANA name of the zone that a text names, in any case or script; None for what names none."""
    return _zones().get(simplify(text).removesuffix("时间").strip())


@cache
def _zones() -> dict[str, str]:
    named = {name.casefold(): name for name in available_timezones()}
    return named | {place: zone for zone, places in word_list("zones").items() for place in places}
