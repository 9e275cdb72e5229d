"""Ballots that are held: what was found, what operators rule, and how a voter speaks up."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Literal, Protocol

from msgspec import Struct

from bot.domain.ledger import Act
from bot.domain.library import Shelf
from bot.domain.reviewers import Reviewer
from bot.domain.stories import LETTER_LASTS, LETTER_LASTS_ELSEWHERE, Letter
from bot.messages import Address, Button, Message, Reply

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

    `seen` is how many of the case waited as the operator saw it.
    """

    case: int
    verdict: Verdict
    operator: Reviewer
    seen: int
    at: datetime
    appeal: int = 0


# What an appellant is told of an outcome at an instant; None where we cannot write first.
Tell = Callable[[Appeal, str, datetime], Letter | None]


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

    async def rule(self, ruling: Ruling, tell: Tell, message_id: str) -> str: ...

    async def appeal(self, appeal: Appeal, message_id: str) -> str: ...

    async def appeals_of(self, sender: Address) -> list[Appeal]:
        """All that this person wrote."""
        ...

    async def cases(self, limit: int, start: int = 0) -> list[Case]:
        """Those that wait or have an appeal that does, the oldest first."""
        ...

    async def open_cases(self) -> int:
        """How many of them there are."""
        ...

    async def case(self, number: int) -> Case | None:
        """One case, with the appeals of its voters that wait."""
        ...


class Holds:
    """What operators and voters do about ballots that are held; on the `pushing` channels we can write first."""

    def __init__(self, store: HoldStore, shelf: Shelf, pushing: frozenset[str]) -> None:
        self._store = store
        self._shelf = shelf
        self._pushing = pushing

    async def cases(self, limit: int, start: int = 0) -> list[Case]:
        return await self._store.cases(limit, start)

    async def open_cases(self) -> int:
        return await self._store.open_cases()

    async def case(self, number: int) -> Case | None:
        return await self._store.case(number)

    async def rule(self, ruling: Ruling, message_id: str = "") -> str:
        """The outcome's code; `second` while another operator has to rule alike. Who appealed is told."""
        return await self._store.rule(ruling, self._letter, message_id)

    async def appeals_of(self, sender: Address) -> list[Appeal]:
        return await self._store.appeals_of(sender)

    async def appeal(self, message: Message, poll: str, language: str, text: str) -> str:
        """Note what the person of a held account says, once; the outcome's code."""
        appeal = Appeal(poll, message.sender, language, text[:MAX_APPEAL], message.at)
        return await self._store.appeal(appeal, message.id)

    def _letter(self, appeal: Appeal, outcome: str, at: datetime) -> Letter | None:
        if appeal.sender.channel not in self._pushing:
            return None
        poll = self._shelf.library.polls.get(appeal.poll)
        title = (appeal.language == "en" and poll.english) or poll.title if poll else appeal.poll
        say = self._shelf.library.phrases.say
        text = say(appeal.language, f"held.letter.{outcome}", title=title)
        label = say(appeal.language, "votes.button.mine")
        lasts = LETTER_LASTS.get(appeal.sender.channel, LETTER_LASTS_ELSEWHERE)
        return Letter(Reply(text, buttons=((Button(label, f"/ballot {appeal.poll}"),),)), at + lasts)
