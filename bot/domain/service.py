"""What the service knows of itself, told to whoever runs it: what is set, how it is, what waits, what ends soon."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Literal

from msgspec import Struct

from bot.domain.colleagues import Colleague, Permission, may
from bot.domain.review import Review
from bot.domain.reviewers import Reviewer, reviewer_at_desk

READY = "ready"
# With less, the next backup or a busy hour may fill the disk.
LEAST_FREE_BYTES = 64 * 1024 * 1024
# A backup that is older is no comfort; a certificate that ends sooner is to be looked at.
BACKUP_HOLDS = timedelta(days=7)
ENDS_SOON = timedelta(days=21)
REVIEW_SOON = timedelta(days=30)


class Configured(Struct, frozen=True):
    """What is set, without any secret. Names are empty where nothing is."""

    engine: Literal["sqlite", "postgresql"]
    site: str
    operator: str
    is_named: bool
    contact: str
    official: bool
    icp: str
    telegram: Literal["", "polling", "webhook"]
    wechat: Literal["", "subscription", "service"]
    wechat_verified: bool
    wechat_pushes: bool
    keys: Literal["files", "derived"]
    draws: bool


class Queues(Struct, frozen=True):
    """How much waits: `own` are tips and letters that are due, by channel. What is counted in tables has a limit."""

    messages: int
    writes: int
    own: Mapping[str, int]
    broadcasts: int
    under_way: int
    stories: int
    cases: int


class Backup(Struct, frozen=True):
    at: datetime
    size: int


class Facts(Struct, frozen=True):
    """All of it at one instant. None where it is not known.

    `health` has `ready` or a sentence by component; `unreviewed` and `due` are files; of administrators, publishers and
    reviewers it is how many persons they are.
    """

    at: datetime
    version: str
    began_at: datetime | None
    configured: Configured
    health: Mapping[str, str]
    queues: Queues
    backup: Backup | None
    free: int
    total: int
    certificate_until: datetime | None
    token_until: datetime | None
    unreviewed: tuple[str, ...]
    due: tuple[tuple[str, date], ...]
    administrators: int
    publishers: int
    reviewers: int

    @property
    def is_well(self) -> bool:
        return all(state == READY for state in self.health.values())

    @property
    def has_backup(self) -> bool:
        return self.backup is not None and self.at - self.backup.at <= BACKUP_HOLDS

    @property
    def has_room(self) -> bool:
        return self.free >= LEAST_FREE_BYTES

    @property
    def is_certified(self) -> bool:
        return self.certificate_until is not None and self.certificate_until - self.at > ENDS_SOON


def due_soon(reviews: Iterable[Review], day: date) -> tuple[tuple[str, date], ...]:
    """The files that a person has to look at again, soonest first; also those whose day has come."""
    coming = [
        (review.file, review.review_due)
        for review in reviews
        if review.review_due and review.review_due <= day + REVIEW_SOON and not review.is_over(day)
    ]
    return tuple(sorted(coming, key=lambda one: one[1]))


def persons_who_may(
    permission: Permission, everybody: Iterable[Colleague], reviewers: Sequence[Reviewer], *, also: bool = False
) -> int:
    """How many persons, joined accounts being one; with `also` those of OPERATOR_ACCOUNTS have the permission too."""
    at_desk = {reviewer_at_desk(reviewers, one.account).name for one in everybody if may(one, permission)}
    return len(at_desk | ({one.name for one in reviewers} if also else set()))
