"""What a poll must keep to, wherever it is written: what is wrong with one, and what contradicts the one before."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from zoneinfo import available_timezones

import msgspec
from msgspec import Struct, structs

from bot.domain.kinds import Choose, Daily
from bot.domain.polls import Poll, Terms

MAX_NUMBER = 9999
MAX_CHOSEN = 100
MAX_CATEGORIES = 12
NEEDED_FOR_REAL = ("organiser", "contact", "rules", "eligibility")


class Fault(Struct, frozen=True):
    """What is wrong, as a code, and in which field; where it is a candidate's, its number."""

    field: str
    code: str
    option: int = 0


@cache
def _zones() -> frozenset[str]:
    """Reads a folder each time that it is asked, a tenth of a second and more."""
    return frozenset(available_timezones())


def is_zone(name: str) -> bool:
    return name in _zones()


def faults_of(poll: Poll) -> list[Fault]:
    """All that keeps a poll from being held."""
    return list(_faults(poll))


def _faults(poll: Poll) -> Iterator[Fault]:
    if not poll.demo:
        yield from (Fault(field, "needed") for field in NEEDED_FOR_REAL if not getattr(poll, field).strip())
    if poll.opens_at and poll.closes_at and poll.closes_at <= poll.opens_at:
        yield Fault("closes_at", "order")
    if not is_zone(poll.zone):
        yield Fault("zone", "zone")
    if poll.results == "hidden" and not poll.closes_at:
        yield Fault("results", "never-shown")
    if isinstance(poll.kind, Daily) and poll.kind.per_option_per_day > poll.kind.per_day:
        yield Fault("per_option_per_day", "per-option")
    if not poll.options:
        yield Fault("options", "no-candidates")
    elif isinstance(poll.kind, Choose) and poll.kind.choose > len(poll.options):
        yield Fault("choose", "too-many")
    yield from _faults_of_candidates(poll)


def _faults_of_candidates(poll: Poll) -> Iterator[Fault]:
    ids, numbers = Counter(o.id for o in poll.options), Counter(o.number for o in poll.options)
    for option in poll.options:
        if ids[option.id] > 1 or numbers[option.number] > 1:
            yield Fault("number", "twice", option.number)
        if option.id.isdecimal() and option.id != str(option.number):
            yield Fault("id", "digits", option.number)
        if not option.title.strip():
            yield Fault("title", "needed", option.number)
    if len(poll.categories) > MAX_CATEGORIES:
        over = poll.categories[MAX_CATEGORIES]
        yield Fault("category", "categories", next(o.number for o in poll.options if o.category == over))


def too_late(poll: Poll, at: datetime) -> list[Fault]:
    """What is over already when a poll is published that has not been held before."""
    past = [field for field in ("opens_at", "closes_at") if (set_to := getattr(poll, field)) and set_to <= at]
    return [Fault(field, "past") for field in past]


def contradictions(before: Poll, after: Poll, at: datetime) -> list[Fault]:
    """What cannot be changed any more of a poll that is known: once it has opened its terms, and ever its numbers."""
    found = []
    if before.state(at) != "scheduled":
        found = [Fault(field, "fixed") for field in changed_terms(before.terms, after.terms)]
    kept = {option.number: option.id for option in after.options}
    return found + [Fault("options", "kept", o.number) for o in before.options if kept.get(o.number) != o.id]


def changed_terms(before: Terms, after: Terms) -> list[str]:
    return [name for name in Terms.__struct_fields__ if getattr(before, name) != getattr(after, name)]


def body_of(poll: Poll) -> bytes:
    """As it is written down: the same text for the same poll."""
    return msgspec.json.encode(structs.replace(poll, stopped=False), order="deterministic")


def poll_in(body: bytes) -> Poll:
    return msgspec.json.decode(body, type=Poll)
