"""What is seen to before the service opens to the public: what it can tell itself, and what takes a person."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Literal, Protocol

from msgspec import Struct

from bot.domain.desk import Actor
from bot.domain.service import Facts
from bot.domain.times import HOME_ZONE

Section = Literal["who", "people", "content", "machine", "trial"]
# By section, in the order in which one sees to them; docs/上线清单.md has the same.
LIST: Mapping[Section, tuple[str, ...]] = {
    "who": ("operator", "official", "account", "icp", "privacy", "minors"),
    "people": ("administrators", "publishers", "reviewers", "own-accounts", "duty"),
    "content": ("content", "numbers", "menu"),
    "machine": ("https", "certificate", "healthy", "backup", "restore", "keys", "watch"),
    "trial": ("phone", "switch", "notice", "log"),
}
ITEMS = frozenset(item for items in LIST.values() for item in items)
_ENOUGH = 2


class Known(Struct, frozen=True):
    """What the service can tell: done or not, None for what this installation does not need; and how it stands."""

    is_done: bool | None
    now: str = ""
    unit: Literal["as", "persons", "files"] = "as"


class Tick(Struct, frozen=True):
    """Somebody says that it is seen to."""

    who: str
    at: datetime


class Ticked(Struct, frozen=True):
    """A colleague ticks an item, or takes the tick away."""

    item: str
    is_done: bool
    by: Actor
    at: datetime


class TickStore(Protocol):
    async def ticks(self) -> Mapping[str, Tick]: ...

    async def tick(self, ticked: Ticked) -> str:
        """`done`, `unchanged` or `not-allowed`; in the log in the same commit."""
        ...


def known(item: str, facts: Facts) -> Known | None:
    """None where only a person can tell."""
    look = _LOOKS.get(item)
    return look(facts) if look else None


def left(facts: Facts, ticks: Mapping[str, Tick]) -> int:
    """How many items are still to be seen to."""
    told = ((item, known(item, facts)) for item in ITEMS)
    return sum(one.is_done is False if one else item not in ticks for item, one in told)


def _two(persons: int) -> Known:
    return Known(persons >= _ENOUGH, str(persons), "persons")


def _wechat(facts: Facts) -> Known | None:
    return None if facts.configured.wechat else Known(None)


def _icp(facts: Facts) -> Known | None:
    """Without a number a person says that none is needed here."""
    return Known(True, facts.configured.icp) if facts.configured.icp else None


def _certificate(facts: Facts) -> Known | None:
    until = facts.certificate_until
    return Known(facts.is_certified, _day(until)) if until else None


def _backup(facts: Facts) -> Known | None:
    """PostgreSQL has tools of its own, of which we know nothing."""
    if facts.configured.engine != "sqlite":
        return None
    return Known(facts.has_backup, _day(facts.backup.at) if facts.backup else "")


def _day(at: datetime) -> str:
    return f"{at.astimezone(HOME_ZONE):%Y-%m-%d}"


_LOOKS: Mapping[str, Callable[[Facts], Known | None]] = {
    "operator": lambda facts: Known(
        bool(facts.configured.is_named and facts.configured.contact), facts.configured.operator
    ),
    "account": _wechat,
    "icp": _icp,
    "administrators": lambda facts: _two(facts.administrators),
    "publishers": lambda facts: _two(facts.publishers),
    "reviewers": lambda facts: _two(facts.reviewers),
    "content": lambda facts: Known(not facts.unreviewed, str(len(facts.unreviewed)), "files"),
    "menu": _wechat,
    "https": lambda facts: Known(facts.configured.site.startswith("https://"), facts.configured.site),
    "certificate": _certificate,
    "healthy": lambda facts: Known(facts.is_well),
    "backup": _backup,
}
