"""Who works at the desk, what each may do there, and for how long a door stays open."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Literal, get_args

from msgspec import Struct, structs

Role = Literal["reviewer", "editor", "publisher", "administrator"]
State = Literal["invited", "active", "locked", "removed"]
Permission = Literal[
    "desk",
    "stories.read",
    "stories.decide",
    "stories.write",
    "answers.read",
    "answers.write",
    "answers.publish",
    "tips.read",
    "tips.write",
    "tips.publish",
    "polls.read",
    "polls.write",
    "polls.publish",
    "broadcasts.read",
    "broadcasts.write",
    "broadcasts.publish",
    "switch",
    "statistics",
    "service",
    "people",
    "audit",
]
Change = Literal["lock", "unlock", "remove", "role", "invite-again"]
ROLES: tuple[Role, ...] = get_args(Role)

_READS: frozenset[Permission] = frozenset(
    {"desk", "stories.read", "answers.read", "tips.read", "polls.read", "statistics"}
)
_WRITES: frozenset[Permission] = _READS | {
    "stories.write",
    "answers.write",
    "tips.write",
    "polls.write",
    "broadcasts.read",
    "broadcasts.write",
}
_PUBLISHES: frozenset[Permission] = _WRITES | {
    "stories.decide",
    "answers.publish",
    "tips.publish",
    "polls.publish",
    "broadcasts.publish",
    "switch",
    "service",
}

# All that a role may do: what does not stand here is refused.
PERMISSIONS: Mapping[Role, frozenset[Permission]] = {
    "reviewer": _READS | {"stories.decide"},
    "editor": _WRITES,
    "publisher": _PUBLISHES,
    "administrator": _PUBLISHES | {"people", "audit"},
}

MAX_NAME = 32
INVITATION_LASTS = timedelta(hours=48)
# A session ends after so long without a page, and so long after it began whatever is done.
IDLE = timedelta(minutes=30)
ABSOLUTE = timedelta(hours=12)
# Who has failed so often waits before the next attempt, each time twice as long as before.
FREE_FAILURES = 5
FIRST_DELAY = timedelta(seconds=1)
LONGEST_DELAY = timedelta(minutes=15)
FAILURES_LAST = timedelta(hours=24)


class Colleague(Struct, frozen=True):
    """A person who works at the desk. A name is never given to another one, also after its person has gone."""

    id: int
    name: str
    role: Role
    state: State = "invited"

    @property
    def account(self) -> str:
        """The account under which decisions are written down."""
        return f"desk:{self.name}"


class Session(Struct, frozen=True):
    colleague: int
    began_at: datetime
    seen_at: datetime

    def is_over(self, now: datetime) -> bool:
        return now - self.seen_at >= IDLE or now - self.began_at >= ABSOLUTE


class Attempts(Struct, frozen=True):
    """How often somebody has tried in vain, as an account or from an address, and when last."""

    failures: int
    last_at: datetime

    def wait(self, now: datetime) -> timedelta:
        """For how long the next attempt is refused."""
        if self.is_forgotten(now) or self.failures < FREE_FAILURES:
            return timedelta(0)
        doublings = min(self.failures - FREE_FAILURES, (LONGEST_DELAY // FIRST_DELAY).bit_length())
        delay: timedelta = min(FIRST_DELAY * 2**doublings, LONGEST_DELAY)
        return min(max(self.last_at + delay - now, timedelta(0)), delay)

    def is_forgotten(self, now: datetime) -> bool:
        """Also what lies further ahead than any delay: the clock was wrong then, and must not lock anybody out."""
        return now - self.last_at >= FAILURES_LAST or self.last_at > now + LONGEST_DELAY


class Changed(Struct, frozen=True):
    """A colleague after a change, None where nothing changes, and the outcome's code."""

    after: Colleague | None
    code: str


def may(colleague: Colleague | None, permission: Permission) -> bool:
    return colleague is not None and colleague.state == "active" and permission in PERMISSIONS[colleague.role]


def is_name(text: str) -> bool:
    """Whether somebody can be called so: letters, digits, `_`, `-` and `.`, as in OPERATOR_ACCOUNTS."""
    return 0 < len(text) <= MAX_NAME and all(c.isalnum() or c in "_-." for c in text)


def changed(
    everybody: Sequence[Colleague], number: int, change: Change, role: Role | None = None, *, at_machine: bool = False
) -> Changed:
    """What a change does to the colleague with this number.

    The last active administrator stays what they are, but for who sits at the machine and can invite another one there.
    """
    colleague = next((one for one in everybody if one.id == number), None)
    if not colleague or colleague.state == "removed":
        return Changed(None, "unknown")
    after = _after(colleague, change, role)
    if after == colleague and change != "invite-again":  # the link before may be lost
        return Changed(None, "unchanged")
    if not after:
        return Changed(None, "not-now")
    if not at_machine and is_last_administrator(everybody, colleague):
        return Changed(None, "last")
    return Changed(after, "done")


def is_last_administrator(everybody: Sequence[Colleague], colleague: Colleague) -> bool:
    """Whether nobody else could manage people."""
    return may(colleague, "people") and not any(may(one, "people") for one in everybody if one.id != colleague.id)


def _after(colleague: Colleague, change: Change, role: Role | None) -> Colleague | None:
    """None where this cannot be done to somebody in this state."""
    state = colleague.state
    if change == "role":
        return structs.replace(colleague, role=role) if role else None
    if change == "lock":
        return structs.replace(colleague, state="locked") if state != "invited" else None
    if change == "unlock":
        return structs.replace(colleague, state="active") if state != "invited" else None
    return structs.replace(colleague, state="removed" if change == "remove" else "invited")
