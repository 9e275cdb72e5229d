"""Ballots that are held: what was found, what operators rule, and how a voter speaks up."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Literal, Protocol

from msgspec import Struct

from bot.domain.ledger import Act
from bot.domain.stories import Letter
from bot.messages import Address

Detector = Literal["burst", "wave", "flood", "rhythm"]
Verdict = Literal["release", "exclude"]
CaseState = Literal["waiting", "released", "excluded", "settled"]

HELD_FOR: dict[Detector, Act] = {
    "burst": Act.HELD_BURST,
    "wave": Act.HELD_WAVE,
    "flood": Act.HELD_FLOOD,
    "rhythm": Act.HELD_RHYTHM,
}
DONE: dict[Verdict, Literal["released", "excluded"]] = {"release": "released", "exclude": "excluded"}
# So many operators must rule alike before it takes effect.
OPERATORS_NEEDED = 2
MAX_APPEAL = 500
# So long after a case was released nobody is held for the same reason at the same candidate: people have looked.
RELEASE_LASTS = timedelta(days=1)


class Suspicion(Struct, frozen=True):
    """Voters to be held, and why: what a detector found about one candidate, with its numbers."""

    poll: str
    detector: Detector
    option: int
    numbers: dict[str, float]
    voters: frozenset[bytes]
    at: datetime


class Appeal(Struct, frozen=True):
    """What the person of a held account says. `answer` is empty until it is ruled on."""

    poll: str
    sender: Address
    language: str
    text: str
    at: datetime
    id: int = 0
    answer: str = ""


class Ruling(Struct, frozen=True):
    """An operator's verdict on the voters of a case who wait, or on one `appeal` alone.

    `seen` is how many of the case waited as the operator saw it, `voter_of` the voter that an account is, `letter`
    what its person is told, None where we cannot write first.
    """

    case: int
    verdict: Verdict
    operator: str
    seen: int
    at: datetime
    voter_of: Callable[[str, Address], bytes]
    letter: Callable[[Appeal, str], Letter | None]
    appeal: int = 0


class Case(Struct, frozen=True):
    """What was found, as an operator sees it: `voters` were held for it, `waiting` of them wait.

    `rulings` says how many operators are for each verdict on the case as it is now.
    """

    id: int
    poll: str
    detector: Detector
    option: int
    numbers: dict[str, float]
    voters: int
    waiting: int
    state: CaseState
    at: datetime
    rulings: dict[str, int] = {}
    appeals: tuple[Appeal, ...] = ()


class HoldStore(Protocol):
    """Writes happen once for a message id, whose first outcome is returned again."""

    async def hold(self, suspicion: Suspicion) -> int:
        """Hold those of the voters on whom nothing was decided yet; how many they were."""
        ...

    async def rule(self, ruling: Ruling, message_id: str) -> str: ...

    async def appeal(self, appeal: Appeal, voter: bytes, message_id: str) -> str: ...

    async def cases(self, limit: int, voter_of: Callable[[str, Address], bytes]) -> list[Case]:
        """Those that wait or have an appeal that does, the oldest first."""
        ...

    async def case(self, number: int, voter_of: Callable[[str, Address], bytes]) -> Case | None:
        """One case, with the appeals of its voters that wait."""
        ...
