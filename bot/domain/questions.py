"""Questions that are kept for those who write the answers: what found no answer, or no good one, and not who asked."""

import asyncio
import base64
import hashlib
import hmac
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Protocol

from msgspec import Struct

from bot.domain.desk import Actor
from bot.domain.likeness import together
from bot.domain.masking import masked
from bot.domain.scope import letters_of
from bot.domain.smalltalk import asks_nothing
from bot.domain.text import simplify
from bot.domain.times import HOME_ZONE, home_date
from bot.domain.urgent import delicate, recognise

# What somebody has to look at is kept no longer than this; a question that got its answer is kept for as long as its
# buttons may still be pressed.
KEPT = timedelta(days=30)
KEPT_ANSWERED = timedelta(hours=1)
# To the minute, the time of a question would tell who asked it: it is kept in steps of this.
STEP = timedelta(minutes=10)
MOST_CHARACTERS = 200
# Groups are made again, when somebody looks, after so long; who looks first waits for no more than a moment.
SORTED_LASTS = timedelta(minutes=1)
PATIENCE_SECONDS = 0.15
_CODE_DIGITS = 16
# "/entry", an entry's id of 40 characters, a ticket and the mark of a language fill the 64 bytes of a Telegram button.
TICKET_CHARACTERS = 10


class Became(StrEnum):
    """What was said to a question."""

    ANSWERED = "answered"
    MENU = "menu"
    UNANSWERED = "unanswered"


class Rating(StrEnum):
    """What the person said of the answer."""

    NONE = ""
    UP = "up"
    DOWN = "down"


class Question(Struct, frozen=True):
    """What somebody asked, masked. `entry` is what was answered, or chosen from the menu; `day` that of Guangdong.

    `key` is that under which it is kept; empty before that.
    """

    text: str
    language: str
    became: Became
    entry: str
    day: date
    rating: Rating = Rating.NONE
    key: bytes = b""


class QuestionStore(Protocol):
    """`key` stands for a question and says nothing about it. A known message changes nothing.

    `kept_until` says when a question is deleted.
    """

    async def keep(self, key: bytes, question: Question, at: datetime, message_id: str) -> None: ...

    async def rate(self, key: bytes, rating: Rating, at: datetime, message_id: str) -> bool:
        """Note what was said of the answer at `at`. Whether there is such a question."""
        ...

    async def choose(self, key: bytes, entry: str, message_id: str) -> bool:
        """Note what was chosen from the menu. Whether there is such a question."""
        ...


class Questions:
    """Hands out a ticket for each question; a button that carries it finds the question again.

    The database holds the ticket beside the person, in the buttons last shown, and the question under a key that only
    the ticket and the secret key together give: so it does not tell who asked.
    """

    def __init__(self, store: QuestionStore, secret: bytes) -> None:
        self._store = store
        self._secret = secret

    async def keep(self, text: str, language: str, became: Became, entry: str, at: datetime, message_id: str) -> str:
        """Keep what was asked at `at`; returns its ticket after the commit, the same for the same message.

        Empty for what is never kept: what cannot wait or is not ours to hear, what may come from somebody in trouble,
        and what asks nothing.
        """
        if recognise(text) or delicate(text) or asks_nothing(simplify(text)):
            return ""
        question = Question(masked(text)[:MOST_CHARACTERS], language, became, entry, home_date(at))
        return await self._keep(question, at, message_id)

    async def keep_shown(self, title: str, language: str, entry: str, at: datetime, message_id: str) -> str:
        """Keep that the answer `entry` was reached by a button, which asks its title; returns a ticket like `keep`."""
        return await self._keep(Question(title, language, Became.ANSWERED, entry, home_date(at)), at, message_id)

    async def _keep(self, question: Question, at: datetime, message_id: str) -> str:
        ticket = base64.b32encode(self._digest("ticket", message_id)).decode()[:TICKET_CHARACTERS].lower()
        await self._store.keep(self._key(ticket), question, at, message_id)
        return ticket

    async def rate(self, ticket: str, rating: Rating, at: datetime, message_id: str) -> bool:
        """Note what the person says of the answer, the last word counts. Whether the question is still kept."""
        return await self._store.rate(self._key(ticket), rating, at, message_id)

    async def choose(self, ticket: str, entry: str, message_id: str) -> bool:
        """Note which entry of the menu was meant. Whether the question is still kept."""
        return await self._store.choose(self._key(ticket), entry, message_id)

    def _key(self, ticket: str) -> bytes:
        return self._digest("question", ticket)

    def _digest(self, purpose: str, text: str) -> bytes:
        content = f"{purpose}\n{text}".encode("utf-8", "surrogatepass")
        return hmac.digest(self._secret, content, "sha256")[:16]


def kept_until(became: Became, rating: Rating, day: date, at: datetime) -> datetime:
    """When a question of `day` that was asked or rated at `at` is deleted: KEPT after its day began at the latest.

    An answered one that nobody marked down goes KEPT_ANSWERED after `at`, or up to a STEP later.
    """
    latest = datetime.combine(day, time(), HOME_ZONE).astimezone(UTC) + KEPT
    if became is not Became.ANSWERED or rating is Rating.DOWN:
        return latest
    end = at + KEPT_ANSWERED
    return min(end + (datetime.min.replace(tzinfo=UTC) - end) % STEP, latest)


class Concern(StrEnum):
    """Why somebody should look at a question: no answer, a bad one, or a way of asking that an entry lacks."""

    UNANSWERED = "unanswered"
    DISLIKED = "disliked"
    PHRASING = "phrasing"


class Group(Struct, frozen=True):
    """Questions that ask alike. `texts` are their wordings, the most frequent first; `last` is the day of the last.

    `entry` is the answer that was disliked, or the entry that was chosen.
    """

    concern: Concern
    entry: str
    count: int
    last: date
    texts: tuple[str, ...]
    keys: tuple[bytes, ...] = ()

    @property
    def code(self) -> str:
        """Names the group: it is another one when there are more questions in it."""
        return hashlib.sha256(b"".join((self.concern.encode(), *sorted(self.keys)))).hexdigest()[:_CODE_DIGITS]


class Settling(Struct, frozen=True):
    """A colleague has looked at these questions, or puts them back to be looked at; `entry` is what they are about."""

    keys: tuple[bytes, ...]
    is_handled: bool
    entry: str
    by: Actor
    at: datetime


class Sorted(Struct, frozen=True):
    """The groups as they were at one instant."""

    groups: tuple[Group, ...]
    at: datetime

    def group(self, code: str) -> Group | None:
        return next((group for group in self.groups if group.code == code), None)


class Sorter:
    """Keeps the groups of what there is to look at. To group thousands takes seconds: in a thread, and nobody waits.

    What is shown is older than SORTED_LASTS only while newer groups are being made.
    """

    def __init__(self, read: Callable[[], Awaitable[Sequence[Question]]], clock: Callable[[], datetime]) -> None:
        self._read = read
        self._clock = clock
        self._sorted: Sorted | None = None
        self._work: asyncio.Task[None] | None = None

    async def sorted(self) -> Sorted | None:
        """The groups; None while the first ones are being made. Raises what reading raises."""
        self._take()
        known, now = self._sorted, self._clock()
        if not self._work and not (known and now - SORTED_LASTS < known.at <= now):
            self._work = asyncio.create_task(self._sort())
        if self._work:
            await asyncio.wait([self._work], timeout=PATIENCE_SECONDS)
        self._take()
        return self._sorted

    def _take(self) -> None:
        if self._work and self._work.done():
            work, self._work = self._work, None
            work.result()

    def forget(self, code: str) -> None:
        """The group is no more to be shown; all are made anew at the next look."""
        if self._sorted:
            left = tuple(group for group in self._sorted.groups if group.code != code)
            self._sorted = Sorted(left, self._sorted.at - SORTED_LASTS)

    async def _sort(self) -> None:
        now, questions = self._clock(), await self._read()
        groups = await asyncio.to_thread(grouped, questions)
        self._sorted = Sorted(tuple(groups), now)


class KeptReader(Protocol):
    async def waiting(self, now: datetime, *, handled: bool) -> Sequence[Question]: ...

    async def about(self, entry: str, now: datetime, start: int, limit: int) -> Sequence[Question]: ...


class Settler(Protocol):
    async def settle(self, settling: Settling) -> str: ...


class Inquiries:
    """What colleagues see of the kept questions, and do with them."""

    def __init__(self, reader: KeptReader, settler: Settler, clock: Callable[[], datetime]) -> None:
        self._reader = reader
        self._settler = settler
        self._clock = clock
        self._waiting = Sorter(lambda: reader.waiting(clock(), handled=False), clock)
        self._handled = Sorter(lambda: reader.waiting(clock(), handled=True), clock)

    async def sorted(self, *, handled: bool = False) -> Sorted | None:
        """The groups that somebody should look at, or those that somebody has dealt with."""
        return await (self._handled if handled else self._waiting).sorted()

    async def group(self, code: str) -> Group | None:
        """A group of either kind."""
        for handled in (False, True) if code else ():
            found = await self.sorted(handled=handled)
            if found and (group := found.group(code)):
                return group
        return None

    async def about(self, entry: str, start: int, limit: int) -> Sequence[Question]:
        """What an entry answered, or was chosen for, as far as it is still kept; the latest first."""
        return await self._reader.about(entry, self._clock(), start, limit)

    async def settle(self, group: Group, by: Actor, *, is_handled: bool = True) -> str:
        """The group is dealt with, or is to be looked at again. The outcome's code."""
        subject = group.entry or group.concern
        code = await self._settler.settle(Settling(group.keys, is_handled, subject, by, self._clock()))
        for sorter in (self._waiting, self._handled):
            sorter.forget(group.code)
        return code


def concern_of(question: Question) -> Concern:
    if question.rating is Rating.DOWN:
        return Concern.DISLIKED
    return Concern.PHRASING if question.entry else Concern.UNANSWERED


def grouped(questions: Iterable[Question]) -> list[Group]:
    """What there is to look at, by likeness, the largest group first and of two the later."""
    by_matter: dict[tuple[Concern, str], list[Question]] = defaultdict(list)
    for question in questions:
        by_matter[concern_of(question), question.entry].append(question)
    groups = [group for (concern, entry), same in by_matter.items() for group in _by_likeness(concern, entry, same)]
    return sorted(groups, key=lambda group: (group.count, group.last), reverse=True)


def _by_likeness(concern: Concern, entry: str, questions: Iterable[Question]) -> list[Group]:
    by_letters: dict[str, list[Question]] = defaultdict(list)
    for question in sorted(questions, key=lambda question: (len(question.text), question.text)):
        by_letters[letters_of(simplify(question.text)) or question.text].append(question)
    wordings = sorted(by_letters.values(), key=len, reverse=True)
    return [
        _group(concern, entry, [wordings[place] for place in places])
        for places in together([same[0].text for same in wordings])
    ]


def _group(concern: Concern, entry: str, wordings: Sequence[Sequence[Question]]) -> Group:
    return Group(
        concern=concern,
        entry=entry,
        count=sum(map(len, wordings)),
        last=max(question.day for same in wordings for question in same),
        texts=tuple(same[0].text for same in wordings),
        keys=tuple(question.key for same in wordings for question in same),
    )
