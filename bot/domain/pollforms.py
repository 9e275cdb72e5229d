"""A poll as it is written in a form: from what was typed to its rules and candidates, and back."""

import re
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, get_args
from zoneinfo import ZoneInfo

from msgspec import structs

from bot.domain.kinds import Choose, Daily, Kind, Single
from bot.domain.pollrules import MAX_CHOSEN, Fault, body_of, faults_of, is_zone
from bot.domain.polls import Joined, Option, Poll, Results, Terms
from bot.domain.revisions import code_of
from bot.domain.stories import Story, written

# A button on Telegram carries the id with the command, so it is short.
MAX_ID = 24
VOTING_CHANNELS = ("telegram", "wechat", "web", "terminal")
KINDS = ("single", "choose", "daily")
RESULTS: tuple[Results, ...] = get_args(Results)
JOINED: tuple[Joined, ...] = get_args(Joined)
# The most characters in each field.
LIMITS = {
    "title": 60,
    "english": 120,
    "organiser": 60,
    "contact": 120,
    "rules": 1500,
    "eligibility": 300,
    "summary": 200,
    "category": 20,
}
TEXTS = ("title", "english", "organiser", "contact", "rules", "eligibility")
CANDIDATE_TEXTS = ("title", "summary", "english", "category")
STORY = "story-"
_ID = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?")
_NUMBER = re.compile(r"[0-9]{1,4}")
_TICKED = "yes"
_YEARS = range(2020, 2101)
# Of an instant that cannot be read: it is not said twice that it is wrong.
_UNREAD = frozenset({"order", "never-shown"})


def blank(name: str = "") -> Poll:
    """What a new poll begins with: as the public vote is held, and as little of it seen before the close as may be."""
    return Poll(id=name, title="", options=(), results="hidden", joined="before-opening")


def typed(poll: Poll) -> dict[str, str]:
    """What the form holds for this poll."""
    kind = poll.kind
    return {
        "id": poll.id,
        **{name: getattr(poll, name) for name in TEXTS},
        "opens_at": _local(poll.opens_at, poll),
        "closes_at": _local(poll.closes_at, poll),
        "zone": poll.zone,
        "kind": str(kind.__struct_config__.tag),
        "choose": str(kind.choose) if isinstance(kind, Choose) else "",
        "per_day": str(kind.per_day) if isinstance(kind, Daily) else "",
        "per_option_per_day": str(kind.per_option_per_day) if isinstance(kind, Daily) else "",
        "revote": _TICKED if isinstance(kind, Daily) or kind.revote else "",
        "results": poll.results,
        "joined": poll.joined,
        "demo": _TICKED if poll.demo else "",
        "holds": _TICKED if poll.holds else "",
        **{f"channel-{name}": _TICKED if name in poll.channels else "" for name in VOTING_CHANNELS},
    }


def read_rules(form: Mapping[str, str], before: Poll) -> tuple[Poll, list[Fault]]:
    """The poll with the rules and texts of the form, and all that is wrong with them, candidates apart."""
    faults: list[Fault] = []
    zone = form.get("zone", "").strip()
    values: dict[str, Any] = {name: _text(form, name, faults) for name in TEXTS}
    values |= {name: _instant(form, name, zone, faults) for name in ("opens_at", "closes_at")}
    unread = _UNREAD if faults else frozenset[str]()
    values |= {
        "zone": zone,
        "kind": _kind(form, faults),
        "results": _one_of(form, "results", RESULTS, faults),
        "joined": _one_of(form, "joined", JOINED, faults),
        "demo": form.get("demo") == _TICKED,
        "holds": form.get("holds") == _TICKED,
        "channels": frozenset(name for name in VOTING_CHANNELS if form.get(f"channel-{name}") == _TICKED),
    }
    if not values["title"]:
        faults.append(Fault("title", "needed"))
    if not values["channels"]:
        faults.append(Fault("channels", "needed"))
    poll = structs.replace(before, **values)
    more = [fault for fault in faults_of(poll) if not (fault.option or fault.field == "options")]
    return poll, faults + [fault for fault in more if fault.code not in unread and _is_new(fault, faults)]


def read_id(form: Mapping[str, str], taken: Collection[str]) -> tuple[str, list[Fault]]:
    """The id of a new poll: it never changes."""
    name = form.get("id", "").strip().lower()
    if not name:
        return name, [Fault("id", "needed")]
    if len(name) > MAX_ID or not _ID.fullmatch(name):
        return name, [Fault("id", "id")]
    return name, [Fault("id", "id-taken")] if name in taken else []


def read_candidate(form: Mapping[str, str], before: Option) -> tuple[Option, list[Fault]]:
    faults: list[Fault] = []
    option = structs.replace(before, **{name: _text(form, name, faults) for name in CANDIDATE_TEXTS})
    if not option.title:
        faults.append(Fault("title", "needed"))
    return option, [structs.replace(fault, option=before.number) for fault in faults]


def next_number(poll: Poll, known: Collection[int]) -> int:
    """For a new candidate: behind all that there ever were, so that no number is used again."""
    return max([0, *known, *(option.number for option in poll.options)]) + 1


def new_candidate(poll: Poll, known: Collection[int]) -> Option:
    number = next_number(poll, known)
    return Option(str(number), number, "")


def candidate_of(story: Story, poll: Poll, known: Collection[int]) -> Option:
    """A public story as a candidate: its id says which story it is, so that it goes where the story is taken down."""
    return Option(f"{STORY}{story.id}", next_number(poll, known), written(story.title)[: LIMITS["title"]])


def story_of(option: Option) -> int:
    """The number of the story that a candidate is, 0 for none."""
    number = option.id.removeprefix(STORY)
    return int(number) if option.id.startswith(STORY) and _NUMBER_OF_STORY.fullmatch(number) else 0


def with_candidate(poll: Poll, option: Option) -> Poll:
    """In the place of the one with its number, or behind all others."""
    if all(one.number != option.number for one in poll.options):
        return structs.replace(poll, options=(*poll.options, option))
    options = tuple(option if one.number == option.number else one for one in poll.options)
    return structs.replace(poll, options=options)


def placed(poll: Poll, number: int, place: int) -> Poll:
    """With the candidate in this place, counted from 1; the nearest there is."""
    option = next(one for one in poll.options if one.number == number)
    others = [one for one in poll.options if one.number != number]
    others.insert(min(max(place, 1), len(poll.options)) - 1, option)
    return structs.replace(poll, options=tuple(others))


def without(poll: Poll, number: int) -> Poll:
    return structs.replace(poll, options=tuple(option for option in poll.options if option.number != number))


def rules_code(poll: Poll) -> str:
    """Of all but the candidates: what was seen by who writes on the rules."""
    return code_of(body_of(structs.replace(poll, options=())))


def option_code(poll: Poll, number: int) -> str:
    """Of one candidate: what was seen by who writes on it."""
    found = tuple(option for option in poll.options if option.number == number)
    return code_of(body_of(structs.replace(blank(), options=found)))


_NUMBER_OF_STORY = re.compile(r"[1-9][0-9]{0,8}")


def _local(at: datetime | None, terms: Terms) -> str:
    """As a field for a date and a time holds it."""
    return at.astimezone(ZoneInfo(terms.zone)).strftime("%Y-%m-%dT%H:%M:%S") if at else ""


def _text(form: Mapping[str, str], name: str, faults: list[Fault]) -> str:
    text = written(form.get(name, ""))
    if len(text) > LIMITS[name]:
        faults.append(Fault(name, "long"))
    return text


def _instant(form: Mapping[str, str], name: str, zone: str, faults: list[Fault]) -> datetime | None:
    text = form.get(name, "").strip()
    if not text:
        return None
    try:
        at: datetime | None = datetime.fromisoformat(text)
    except ValueError:
        at = None
    if not at or at.tzinfo or len(text) < len("2026-12-01T09:00") or at.year not in _YEARS:
        faults.append(Fault(name, "time"))
        return None
    return at.replace(microsecond=0, tzinfo=ZoneInfo(zone if is_zone(zone) else Terms().zone))


def _kind(form: Mapping[str, str], faults: list[Fault]) -> Kind:
    kind, revote = form.get("kind", ""), form.get("revote") == _TICKED
    if kind == "choose":
        return Choose(_count(form, "choose", faults), revote)
    if kind == "daily":
        per_day = _count(form, "per_day", faults)
        return Daily(per_day, _count(form, "per_option_per_day", faults) if form.get("per_option_per_day") else per_day)
    if kind != "single":
        faults.append(Fault("kind", "needed"))
    return Single(revote)


def _count(form: Mapping[str, str], name: str, faults: list[Fault]) -> int:
    text = form.get(name, "").strip()
    if not (_NUMBER.fullmatch(text) and 1 <= int(text) <= MAX_CHOSEN):
        faults.append(Fault(name, "count"))
        return 1
    return int(text)


def _one_of(form: Mapping[str, str], name: str, known: tuple[Any, ...], faults: list[Fault]) -> Any:
    found = form.get(name, "")
    if found not in known:
        faults.append(Fault(name, "needed"))
        return known[0]
    return found


def _is_new(fault: Fault, faults: list[Fault]) -> bool:
    """Whether nothing was said yet of its field."""
    return all(known.field != fault.field for known in faults)
