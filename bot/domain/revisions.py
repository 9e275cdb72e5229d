"""What takes two persons at the desk: one writes a revision and proposes it, another publishes it or sends it back."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Literal, Protocol, get_args

from msgspec import Struct, structs

from bot.domain.colleagues import Permission
from bot.domain.desk import Actor
from bot.domain.reviewers import Reviewer

Kind = Literal["entry", "tip", "poll", "broadcast"]
State = Literal["draft", "proposed", "published", "returned", "withdrawn"]
Act = Literal["save", "propose", "publish", "return", "withdraw"]
KINDS: tuple[Kind, ...] = get_args(Kind)
STATES: tuple[State, ...] = get_args(State)
ACTS: tuple[Act, ...] = get_args(Act)
# What a step may come to; what an effect refuses has codes of its own.
OUTCOMES = frozenset(
    {"saved", "proposed", "published", "returned", "withdrawn", "own", "changed", "overtaken", "settled", "gone"}
    | {"too-long", "no-reason", "not-allowed"}
)

WRITE: dict[Kind, Permission] = {
    "entry": "answers.write",
    "tip": "tips.write",
    "poll": "polls.write",
    "broadcast": "broadcasts.write",
}
PUBLISH: dict[Kind, Permission] = {
    "entry": "answers.publish",
    "tip": "tips.publish",
    "poll": "polls.publish",
    "broadcast": "broadcasts.publish",
}
MAX_BODY = 200_000
MAX_SUBJECT = 64
MAX_REASON = 500
_CODE_DIGITS = 16
# In which states an act means something. What was sent back is written on; what is published stays as it is.
_FROM: dict[Act, frozenset[State]] = {
    "save": frozenset({"draft", "proposed", "returned"}),
    "propose": frozenset({"draft", "returned"}),
    "publish": frozenset({"proposed"}),
    "return": frozenset({"proposed"}),
    "withdraw": frozenset({"draft", "proposed", "returned"}),
}
_TO: dict[Act, State] = {
    "save": "draft",
    "propose": "proposed",
    "publish": "published",
    "return": "returned",
    "withdraw": "withdrawn",
}


class Revision(Struct, frozen=True):
    """What shall hold for a subject (an entry's, a tip's, a poll's id) once it is published.

    `body` is JSON of a struct of that kind. `base` is the digest of what the authored file said when it was written,
    empty where no file knows the subject; `over` is the revision that was in force then, 0 for none. All who wrote on
    it are `authors`.
    """

    id: int
    kind: Kind
    subject: str
    body: bytes
    base: str
    over: int
    state: State
    authors: tuple[str, ...]
    second: str
    reason: str
    made_at: datetime
    changed_at: datetime

    @property
    def code(self) -> str:
        """Of the text: what is published is what was read."""
        return code_of(self.body)


class Step(Struct, frozen=True):
    """What a colleague does with a revision; with `revision` 0 they begin one.

    `code` is that of the text that they saw, `person` the one of OPERATOR_ACCOUNTS behind `by`. To save brings `body`,
    `base` and `over`.
    """

    act: Act
    kind: Kind
    by: Actor
    person: Reviewer
    at: datetime
    revision: int = 0
    code: str = ""
    subject: str = ""
    body: bytes = b""
    base: str = ""
    over: int = 0
    reason: str = ""


class Seen(Struct, frozen=True):
    """What somebody saw who writes.

    The draft's number and code (0 for a new one), the digest of what the file said, and the revision that was in force.
    """

    revision: int = 0
    code: str = ""
    base: str = ""
    over: int = 0


class Hand(Struct, frozen=True):
    """Who writes: as it is logged, and which person that is."""

    by: Actor
    person: Reviewer

    def step(
        self, act: Act, kind: Kind, subject: str, seen: Seen, at: datetime, body: bytes = b"", reason: str = ""
    ) -> Step:
        """What they do with a revision, as they saw it."""
        return Step(
            act,
            kind,
            self.by,
            self.person,
            at,
            revision=seen.revision,
            code=seen.code,
            subject=subject,
            body=body,
            base=seen.base,
            over=seen.over,
            reason=reason,
        )


class Stepped(Struct, frozen=True):
    """The outcome's code, the revision's number, and the revision afterwards, None where nothing changes."""

    code: str
    number: int = 0
    after: Revision | None = None


class RevisionStore(Protocol):
    async def step(self, step: Step) -> Stepped:
        """Carry it out, in one commit with its row of the log and with what publishing does."""
        ...


class RevisionReader(Protocol):
    async def revision(self, number: int) -> Revision | None: ...

    async def in_force(self, kind: Kind) -> Sequence[Revision]:
        """The last published one of each subject."""
        ...

    async def in_force_on(self, kind: Kind, subject: str) -> Revision | None: ...

    async def listed(self, kind: Kind, states: Sequence[State], before: int | None, limit: int) -> Sequence[Revision]:
        """The newest first, those with a smaller number than `before`."""
        ...

    async def proposed(self) -> Mapping[Kind, int]:
        """How many wait for a second person."""
        ...

    async def of(self, kind: Kind, subject: str, limit: int) -> Sequence[Revision]:
        """All of a subject, the newest first."""
        ...

    async def publications(self) -> int:
        """How many there have been: when it grows, something else is in force."""
        ...


def code_of(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()[:_CODE_DIGITS]


def by_subject(revisions: Iterable[Revision]) -> dict[str, tuple[Revision, ...]]:
    """All of each subject, the newest first."""
    found = defaultdict[str, list[Revision]](list)
    for one in sorted(revisions, key=lambda one: one.id, reverse=True):
        found[one.subject].append(one)
    return {subject: tuple(several) for subject, several in found.items()}


def begun(step: Step) -> Stepped:
    """A new draft; the store gives it its number."""
    if step.act != "save":
        return Stepped("gone")
    if not (0 < len(step.subject) <= MAX_SUBJECT and len(step.body) <= MAX_BODY):
        return Stepped("too-long")
    authors = (step.person.at_desk,)
    draft = Revision(
        0, step.kind, step.subject, step.body, step.base, step.over, "draft", authors, "", "", step.at, step.at
    )
    return Stepped("saved", 0, draft)


def stepped(revision: Revision, step: Step, in_force: int) -> Stepped:
    """What the step does to the revision; `in_force` is the revision that holds for the subject now, 0 for none.

    Refused with `changed` when the text is not the one that was seen, with `own` when an author would publish it, with
    `overtaken` when another one was published since it was written.
    """
    if revision.kind != step.kind:
        return Stepped("gone")
    if revision.state not in _FROM[step.act]:
        return Stepped("settled", revision.id)
    if revision.code != step.code:
        return Stepped("changed", revision.id)
    if step.act == "save":
        return _saved(revision, step)
    if step.act == "publish" and any(map(step.person.has, revision.authors)):
        return Stepped("own", revision.id)
    if step.act == "publish" and revision.over != in_force:
        return Stepped("overtaken", revision.id)
    if step.act == "return" and not step.reason:
        return Stepped("no-reason", revision.id)
    is_second = step.act in ("publish", "return")
    after = structs.replace(
        revision,
        state=_TO[step.act],
        changed_at=step.at,
        second=step.person.at_desk if is_second else revision.second,
        reason=step.reason[:MAX_REASON] if step.act == "return" else "",
    )
    return Stepped(after.state, revision.id, after)


def _saved(revision: Revision, step: Step) -> Stepped:
    """Whoever writes on it is one of its authors from then on, and what was proposed is a draft again."""
    if len(step.body) > MAX_BODY:
        return Stepped("too-long", revision.id)
    is_new = not any(map(step.person.has, revision.authors))
    after = structs.replace(
        revision,
        body=step.body,
        base=step.base,
        over=step.over,
        state="draft",
        authors=(*revision.authors, step.person.at_desk) if is_new else revision.authors,
        changed_at=step.at,
    )
    return Stepped("saved", revision.id, after)
