"""Stories that people send in: from a draft to a text that persons have approved, and down again."""

import hashlib
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Literal, Protocol, get_args

import msgspec
from msgspec import Struct, structs

from bot.domain.library import Shelf
from bot.domain.reviewers import Reviewer
from bot.domain.text import simplify
from bot.messages import Address, Button, Message, Photo, Reply

MAX_TITLE = 40
MIN_TEXT, MAX_TEXT = 20, 2000
MAX_NAME = 16
MAX_REASON = 200
# What one person may have waiting or unfinished, and ask to be taken down within a day.
MAX_OPEN = 3
MAX_OBJECTIONS = 3
OBJECTIONS_WITHIN = timedelta(days=1)
# So many accounts must ask for a text to go down that persons have put back once.
OBJECTIONS_AFRESH = 3
LETTER_LASTS = {"web": timedelta(days=30)}
LETTER_LASTS_ELSEWHERE = timedelta(days=3)
MAX_TERMS = 8
PAGE_CHARACTERS = 500  # 1500 bytes, of the 2048 that the narrowest platform shows
_TERM_CHARACTERS = 16
_CODE_DIGITS = 8

State = Literal["draft", "submitted", "returned", "approved", "rejected", "withdrawn", "taken-down"]
Step = Literal["title", "text", "photo", "about", "people", "name", "consent"]
About = Literal["self", "adult", "minor", "public"]
Verdict = Literal["approve", "return", "reject", "take-down"]
Kind = Literal["open", "begin", "decline", "answer", "edit", "revise", "discard", "withdraw"]
STEPS: tuple[Step, ...] = get_args(Step)
# What can be decided on a story that waits.
ON_WAITING: tuple[Verdict, ...] = ("approve", "return", "reject")

_OPEN = frozenset({"draft", "submitted", "returned"})
_WAITING = frozenset({"submitted", "taken-down"})
_REVISABLE = frozenset({"submitted", "returned", "approved"})
_WITHDRAWABLE = _REVISABLE | {"taken-down"}
_TWO_REVIEWERS = frozenset({"minor", "public"})
# Control and format characters may hide something from the reviewer; the joiner only makes one emoji of several.
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co"})
_KEPT = frozenset("\n\u200d")
# What no font will ever show (Unicode, Default_Ignorable_Code_Point and noncharacters) of what Python's table does not
# know; the rest of that are characters and emoji younger than the table.
_NEVER_SHOWN = re.compile("[\u2065\ufdd0-\ufdef\ufff0-\ufff8\U000e0000-\U000e0fff]")
# UTS 51: the flags of England, Scotland and Wales, which are spelt in characters that are else not seen.
_SPELT_FLAGS = re.compile(
    "(\U0001f3f4\U000e0067\U000e0062(?:\U000e0065\U000e006e\U000e0067|"
    "\U000e0073\U000e0063\U000e0074|\U000e0077\U000e006c\U000e0073)\U000e007f)"
)
_LINE_ENDS = re.compile("\r\n|[\r\v\f\x85\u2028\u2029]")
_BLANK_LINES = re.compile(r"\n\s*\n\s*")
_TERMS = re.compile("[\u3400-\u9fff]+|[a-z0-9]+")
_YES = frozenset(
    {"yes", "y", "ok", "是", "是的", "好", "好的", "可以", "对", "同意", "都同意", "满", "满了", "满14岁了"}
)
_NO = frozenset({"no", "n", "不", "不是", "没有", "没", "还没", "还没有", "不同意", "没满", "还没满", "不行"})
_ABOUT: dict[str, About] = {
    **dict.fromkeys(("self", "我自己", "自己", "我", "me", "myself"), "self"),
    **dict.fromkeys(("adult", "别的大人", "大人", "成年人"), "adult"),
    **dict.fromkeys(("minor", "有未成年人", "未成年人", "小孩", "孩子", "学生", "child", "children"), "minor"),
    **dict.fromkeys(("public", "机关单位", "单位", "机关", "public body"), "public"),
}
ANONYMOUS = "匿名"
_ANONYMOUS = frozenset({"anonymous", ANONYMOUS})
_SKIP = frozenset({"skip", "跳过", "跳過", "没有照片", "不发", "不用", "不要", "没有", "no", "none", "no photo"})


class Story(Struct, frozen=True):
    """A story as its author has written it so far.

    `step` is what a draft asks for next. `agreed`: everybody who is shown or named has agreed. `name` is how the author
    is called in public: None is not said yet, empty is anonymous. `reason` is that of the last decision. `round`
    counts how often the story came into the reviewers' queue: an approval counts in its round alone. `photo` is the
    key of its photo: None is not said yet, empty is none; `photo_digest` is empty until it has been fetched.
    """

    author: Address
    language: str
    changed_at: datetime
    id: int = 0
    state: State = "draft"
    step: Step | Literal[""] = "title"
    title: str = ""
    text: str = ""
    about: About | Literal[""] = ""
    agreed: bool = False
    name: str | None = None
    reason: str = ""
    waits_since: datetime | None = None
    round: int = 0
    published_at: datetime | None = None
    photo: str | None = None
    photo_digest: bytes = b""

    @property
    def digest(self) -> bytes:
        """Of exactly what a reviewer decides on."""
        photo = (self.photo, self.photo_digest) if self.photo else ()
        return hashlib.sha256(msgspec.json.encode((self.title, self.text, self.about, self.name, *photo))).digest()

    @property
    def awaits_photo(self) -> bool:
        """Whether its photo has still to be fetched."""
        return bool(self.photo) and not self.photo_digest

    @property
    def shown_photo(self) -> Photo | None:
        """Its photo as the public sees it with the story, where there is one."""
        if not (self.photo and self.photo_digest):
            return None
        path = f"/stories/{self.id}.jpg" if self.is_public else ""
        return Photo(self.photo, self.photo_digest.hex(), self.title, path)

    @property
    def code(self) -> str:
        """The beginning of the digest, as it is shown and typed."""
        return self.digest.hex()[:_CODE_DIGITS]

    @property
    def reviewers(self) -> int:
        """How many different persons must approve it."""
        return 2 if self.about in _TWO_REVIEWERS else 1

    @property
    def is_open(self) -> bool:
        return self.state in _OPEN

    @property
    def is_waiting(self) -> bool:
        """Whether a reviewer has to decide."""
        return self.state in _WAITING

    @property
    def is_public(self) -> bool:
        return self.state == "approved"

    @property
    def can_be_revised(self) -> bool:
        return self.state in _REVISABLE

    @property
    def can_be_withdrawn(self) -> bool:
        return self.state in _WITHDRAWABLE

    def queued(self, at: datetime) -> "Story":
        """The same at the end of the reviewers' queue."""
        return structs.replace(self, waits_since=at, round=self.round + 1)

    def steps(self) -> tuple[Step, ...]:
        """Those that this story has: who writes of nobody else, and shows nobody, need not ask anybody."""
        return tuple(step for step in STEPS if step != "people" or self.about != "self" or self.photo)

    def missing(self) -> Step:
        """The first that is not answered yet; consent is always the last."""
        answered = {
            "title": self.title,
            "text": self.text,
            "photo": self.photo is not None,
            "about": self.about,
            "people": self.agreed,
            "name": self.name is not None,
        }
        return next(step for step in self.steps() if not answered.get(step))

    def before(self, step: str) -> Step:
        """The step before this one, the first for the first."""
        steps = self.steps()
        at = next((number for number, known in enumerate(steps) if known == step), 0)
        return steps[max(at - 1, 0)]


class Act(Struct, frozen=True):
    """What an author's message wants done.

    `step` of an answer is the step that a button belongs to, empty for typed words; of an edit the step to go to, empty
    for the one before. An answer that is a photo has the photo's key as its `value`, and in `source` what the channel
    knows it by.
    """

    kind: Kind
    author: Address
    language: str
    at: datetime
    story: int = 0
    step: str = ""
    value: str = ""
    source: str = ""


class StoryOutcome(Struct, frozen=True):
    """What became of an act, kept to answer its redelivery: a code, and what is asked for next."""

    code: str
    story: int = 0
    step: str = ""


class Change(Struct, frozen=True):
    """A story before and after. Without a before it is new, without an after it goes; without both nothing changes."""

    before: Story | None = None
    after: Story | None = None


_UNCHANGED = Change()


class Unfit(Exception):
    """The words do not answer what is asked; `code` names the sentence that says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def perform(mine: Sequence[Story], act: Act) -> tuple[Change, StoryOutcome]:
    """What an act does to one of the author's stories."""
    return _ACTS[act.kind](mine, act)


def draft_of(mine: Sequence[Story]) -> Story | None:
    return next((story for story in mine if story.state == "draft"), None)


def _open(mine: Sequence[Story], act: Act) -> tuple[Change, StoryOutcome]:
    """Go on, or begin; who has sent in nothing yet is asked for the age first."""
    return _begin(mine, act) if mine else (_UNCHANGED, StoryOutcome("age"))


def _begin(mine: Sequence[Story], act: Act) -> tuple[Change, StoryOutcome]:
    draft = draft_of(mine)
    if draft:
        return _UNCHANGED, _asked(draft)
    if _unfinished(mine) >= MAX_OPEN:
        return _UNCHANGED, StoryOutcome("too-many")
    new = Story(act.author, act.language, act.at)
    return Change(None, new), _asked(new)


def _decline(_mine: Sequence[Story], _act: Act) -> tuple[Change, StoryOutcome]:
    """Who is too young: nothing is stored but that this message was answered."""
    return _UNCHANGED, StoryOutcome("under-14")


def _answer(mine: Sequence[Story], act: Act) -> tuple[Change, StoryOutcome]:
    draft = draft_of(mine)
    if not draft:
        return _UNCHANGED, StoryOutcome("no-draft")
    if act.step and act.step != draft.step:  # a button of an earlier question
        return _UNCHANGED, _asked(draft)
    try:
        answered = _shown(draft, act.value) if act.source else _ANSWERS[draft.step or "title"](draft, act.value)
    except Unfit as fault:
        return _UNCHANGED, StoryOutcome(fault.code, draft.id, draft.step)
    after = structs.replace(answered, changed_at=act.at, language=act.language)
    if draft.step == "consent" and after.missing() == "consent":
        after = structs.replace(after, state="submitted", step="", reason="").queued(act.at)
        return Change(draft, after), StoryOutcome("submitted", draft.id)
    after = structs.replace(after, step=after.missing())
    return Change(draft, after), StoryOutcome("taken" if act.source else "asked", after.id, after.step)


def _edit(mine: Sequence[Story], act: Act) -> tuple[Change, StoryOutcome]:
    draft = draft_of(mine)
    if not draft:
        return _UNCHANGED, StoryOutcome("no-draft")
    step = next((step for step in draft.steps() if step == act.step), draft.before(draft.step))
    after = structs.replace(draft, step=step, changed_at=act.at)
    return Change(draft, after), _asked(after)


def _revise(mine: Sequence[Story], act: Act) -> tuple[Change, StoryOutcome]:
    """Takes a story back to be a draft; a public one is not public any more."""
    draft = draft_of(mine)
    story = _one_of(mine, act.story)
    if draft and draft is not story:
        return _UNCHANGED, StoryOutcome("has-draft", draft.id)
    if not story or not (story is draft or story.can_be_revised):
        return _UNCHANGED, StoryOutcome("not-now")
    if not story.is_open and _unfinished(mine) >= MAX_OPEN:
        return _UNCHANGED, StoryOutcome("too-many")
    after = structs.replace(
        story, state="draft", step="consent", changed_at=act.at, waits_since=None, published_at=None
    )
    return Change(story, after), _asked(after)


def _discard(mine: Sequence[Story], _act: Act) -> tuple[Change, StoryOutcome]:
    draft = draft_of(mine)
    return (Change(draft, None), StoryOutcome("discarded")) if draft else (_UNCHANGED, StoryOutcome("no-draft"))


def _withdraw(mine: Sequence[Story], act: Act) -> tuple[Change, StoryOutcome]:
    story = _one_of(mine, act.story)
    if not story or not story.can_be_withdrawn:
        return _UNCHANGED, StoryOutcome("not-now")
    after = structs.replace(story, state="withdrawn", waits_since=None, published_at=None, changed_at=act.at)
    return Change(story, _pictureless(after)), StoryOutcome("withdrawn", story.id)


_ACTS: dict[str, Callable[[Sequence[Story], Act], tuple[Change, StoryOutcome]]] = {
    "open": _open,
    "begin": _begin,
    "decline": _decline,
    "answer": _answer,
    "edit": _edit,
    "revise": _revise,
    "discard": _discard,
    "withdraw": _withdraw,
}


def _asked(draft: Story) -> StoryOutcome:
    return StoryOutcome("asked", draft.id, draft.step)


def _unfinished(mine: Sequence[Story]) -> int:
    return sum(story.is_open for story in mine)


def _one_of(mine: Sequence[Story], number: int) -> Story | None:
    return next((story for story in mine if story.id == number), None)


def _entitled(draft: Story, words: str) -> Story:
    title = " ".join(words.split())
    if not title:
        raise Unfit("title-empty")
    if len(title) > MAX_TITLE:
        raise Unfit("title-long")
    return structs.replace(draft, title=title)


def _told(draft: Story, words: str) -> Story:
    """Who is named in another text has to agree anew."""
    if len(words) < MIN_TEXT:
        raise Unfit("text-short")
    if len(words) > MAX_TEXT:
        raise Unfit("text-long")
    return structs.replace(draft, text=words, agreed=draft.agreed and words == draft.text)


def _shown(draft: Story, key: str) -> Story:
    """Who is seen in another photo has to agree anew."""
    if draft.step != "photo":
        raise Unfit("photo-not-now")
    return structs.replace(draft, photo=key, photo_digest=b"", agreed=False)


def _without_photo(draft: Story, words: str) -> Story:
    if _plain(words) not in _SKIP:
        raise Unfit("no-photo")
    return _pictureless(draft)


def _told_about(draft: Story, words: str) -> Story:
    about = _ABOUT.get(_plain(words))
    if not about:
        raise Unfit("unclear")
    return structs.replace(draft, about=about, agreed=draft.agreed and about == draft.about)


def _all_agreed(draft: Story, words: str) -> Story:
    if not is_yes(words):
        raise Unfit("people-no" if is_no(words) else "unclear")
    return structs.replace(draft, agreed=True)


def _named(draft: Story, words: str) -> Story:
    name = " ".join(words.split())
    if not name:
        raise Unfit("unclear")
    if len(name) > MAX_NAME:
        raise Unfit("name-long")
    return structs.replace(draft, name="" if _plain(name) in _ANONYMOUS else name)


def _consented(draft: Story, words: str) -> Story:
    if not is_yes(words):
        raise Unfit("consent-no" if is_no(words) else "unclear")
    return draft


_ANSWERS: dict[str, Callable[[Story, str], Story]] = {
    "title": _entitled,
    "text": _told,
    "photo": _without_photo,
    "about": _told_about,
    "people": _all_agreed,
    "name": _named,
    "consent": _consented,
}


def sent_in(draft: Story, answers: Mapping[Step, str]) -> tuple[Story, list[tuple[Step, str]]]:
    """A draft with all that its author has answered, in the reviewers' queue, and for each step what is unfit.

    With anything unfit it is no story.
    """
    unfit = list[tuple[Step, str]]()
    for step in STEPS:
        try:
            draft = _ANSWERS[step](draft, answers[step]) if step in answers and step in draft.steps() else draft
        except Unfit as fault:
            unfit.append((step, fault.code))
    return structs.replace(draft, state="submitted", step="").queued(draft.changed_at), unfit


def without_photo(story: Story) -> Story:
    """After its photo was lost: who is still writing is asked again, what was sent in goes on without."""
    return structs.replace(story, photo=None if story.state in ("draft", "returned") else "", photo_digest=b"")


def is_yes(words: str) -> bool:
    return _plain(words) in _YES


def is_no(words: str) -> bool:
    return _plain(words) in _NO


def _plain(words: str) -> str:
    return simplify(words).strip("。.!,~ ")


def written(text: str) -> str:
    """A text as it was typed, paragraphs and all, without what cannot be seen."""
    lines = unicodedata.normalize("NFC", _LINE_ENDS.sub("\n", text).replace("\t", " "))
    parts = _SPELT_FLAGS.split(lines)  # every second one is a flag
    visible = "".join(part if place % 2 else "".join(filter(_is_seen, part)) for place, part in enumerate(parts))
    return _BLANK_LINES.sub("\n\n", "\n".join(line.strip() for line in visible.split("\n"))).strip()


def _is_seen(character: str) -> bool:
    category = unicodedata.category(character)
    if category == "Cn":
        return not (_NEVER_SHOWN.match(character) or ord(character) & 0xFFFE == 0xFFFE)
    return character in _KEPT or category not in _HIDDEN


def pages_of(text: str) -> list[str]:
    """The text in parts that every platform shows whole, each ending with a paragraph or sentence if it can."""
    parts = []
    while len(text) > PAGE_CHARACTERS:
        end = max(text.rfind(mark, PAGE_CHARACTERS // 2, PAGE_CHARACTERS) for mark in "\n。！？") + 1
        parts.append(text[: end or PAGE_CHARACTERS].strip())
        text = text[end or PAGE_CHARACTERS :]
    return [*parts, text.strip()]


def search_terms(text: str) -> frozenset[str]:
    """By what a text is found: Chinese by two neighbouring characters, words and numbers as a whole."""
    terms: set[str] = set()
    for run in _TERMS.findall(simplify(text)):
        if run.isascii():
            terms.add(run[:_TERM_CHARACTERS])
        else:
            terms.update(run[at : at + 2] for at in range(len(run) - 1))
    return frozenset(terms)


class Letter(Struct, frozen=True):
    """What an author is told, on a platform where we can write first."""

    reply: Reply
    expires_at: datetime


class LostPhoto(Struct, frozen=True):
    """A photo that cannot be had; `letter` tells the author of its story."""

    key: str
    at: datetime
    letter: Letter | None = None


class Decision(Struct, frozen=True):
    """A reviewer's verdict on the text whose digest begins with `code`. `letters` go to the author, by the outcome.

    What is public can be taken down, and waits then for a decision.
    """

    story: int
    verdict: Verdict
    code: str
    reviewer: Reviewer
    at: datetime
    reason: str = ""
    letters: dict[str, Letter] = {}


def decided(story: Story | None, approvers: frozenset[str], decision: Decision) -> tuple[Story | None, str]:
    """The story after a decision, None where nothing changes, and the outcome's code.

    `approvers` have approved exactly this text in this round. Their number is what counts: an approval
    that needs another changes nothing yet (`second`).
    """
    refused = _refused(story, approvers, decision)
    if not story or refused:
        return None, refused
    if decision.verdict == "take-down":
        return _settled(story, "taken-down", decision).queued(decision.at), "taken-down"
    if decision.verdict == "return":
        return _settled(story, "returned", decision), "returned"
    if decision.verdict == "reject":
        return _pictureless(_settled(story, "rejected", decision)), "rejected"
    others = [account for account in approvers if not decision.reviewer.has(account)]
    if len(others) + 1 < story.reviewers:
        return None, "second"
    approved = _settled(story, "approved", decision)
    return structs.replace(approved, published_at=story.published_at or decision.at), "approved"


def _refused(story: Story | None, approvers: frozenset[str], decision: Decision) -> str:
    """Why a decision cannot be taken; empty when it can."""
    is_down = decision.verdict == "take-down"
    if not story or not (story.is_public if is_down else story.is_waiting):
        return "not-public" if is_down else "not-waiting"
    reasons = {
        "changed": len(decision.code) < _CODE_DIGITS or not story.digest.hex().startswith(decision.code.lower()),
        "photo-awaited": decision.verdict == "approve" and story.awaits_photo,
        "own": not is_down and decision.reviewer.has(story.author.person),
        "again": decision.verdict == "approve" and any(map(decision.reviewer.has, approvers)),
        "no-reason": decision.verdict != "approve" and not decision.reason,
    }
    return next((code for code, holds in reasons.items() if holds), "")


def _pictureless(story: Story) -> Story:
    """A story that never comes back: nobody needs its photo."""
    return structs.replace(story, photo="", photo_digest=b"")


def _settled(story: Story, state: State, decision: Decision) -> Story:
    return structs.replace(story, state=state, reason=decision.reason, waits_since=None, changed_at=decision.at)


class Objection(Struct, frozen=True):
    """Somebody asks for a story to be taken down; a `reason` may follow in a message of its own."""

    story: int
    sender: Address
    at: datetime
    reason: str = ""
    letter: Letter | None = None


class Requests(Struct, frozen=True):
    """What was asked before: by the same account `mine` about this very text, and `lately` about any.

    `settled` are the requests about this text that persons have decided on, `waiting` those since.
    """

    mine: int = 0
    lately: int = 0
    settled: int = 0
    waiting: int = 0


def objected(story: Story | None, before: Requests, objection: Objection) -> tuple[Story | None, str]:
    """The story after a request, None where it stays as it is, and the outcome's code."""
    if not story or not story.is_public:
        return None, "down-already" if story and story.state == "taken-down" else "not-public"
    if before.mine:
        return None, "looked-at"
    if before.lately >= MAX_OBJECTIONS:
        return None, "too-often"
    if before.settled and before.waiting + 1 < OBJECTIONS_AFRESH:
        return None, "put-back"
    return structs.replace(story, state="taken-down", changed_at=objection.at).queued(objection.at), "taken-down"


class Waiting(Struct, frozen=True):
    """A story in the reviewers' queue: who has approved this text, and why people asked to take it down."""

    story: Story
    approvers: frozenset[str] = frozenset()
    objections: tuple[str, ...] = ()


class StoryStore(Protocol):
    """Writes happen once for a message id, whose first outcome is returned again."""

    async def perform(self, act: Act, message_id: str) -> StoryOutcome: ...

    async def decide(self, decision: Decision, message_id: str) -> str: ...

    async def object(self, objection: Objection, message_id: str) -> str: ...

    async def lose_photo(self, lost: LostPhoto) -> None: ...


class StoryReader(Protocol):
    async def by_author(self, author: Address) -> list[Story]:
        """All of this person's, the last changed first."""
        ...

    async def story(self, number: int) -> Story | None: ...

    async def with_photo(self, key: str) -> Story | None: ...

    async def published(self, terms: frozenset[str], start: int, limit: int) -> list[Story]:
        """Public ones that have all these terms, the newest first."""
        ...

    async def waiting(self, limit: int, start: int = 0) -> list[Waiting]:
        """The reviewers' queue, the longest waiting first; those that were taken down before all others."""
        ...

    async def queued(self) -> Mapping[str, int]:
        """How many stories are in the queue, by state."""
        ...

    async def waiting_for(self, number: int) -> Waiting | None: ...


class Stories:
    """`pushing` are the channels on which an author can be told of a decision."""

    def __init__(self, store: StoryStore, reader: StoryReader, shelf: Shelf, pushing: frozenset[str]) -> None:
        self._store = store
        self._reader = reader
        self._shelf = shelf
        self._pushing = pushing

    async def perform(self, act: Act, message: Message) -> StoryOutcome:
        return await self._store.perform(act, message.id)

    async def of(self, author: Address) -> list[Story]:
        return await self._reader.by_author(author)

    async def takes_photo(self, author: Address, key: str) -> bool:
        """Whether the author is asked for a photo now, or has sent the one with this key already."""
        mine = await self._reader.by_author(author)
        draft = draft_of(mine)
        return bool(draft and draft.step == "photo") or any(story.photo == key for story in mine)

    async def public(self, number: int) -> Story | None:
        """The story if everybody may read it now."""
        story = await self._reader.story(number)
        return story if story and story.is_public else None

    async def published(self, start: int, limit: int, words: str = "") -> list[Story]:
        """Public stories, the newest first; with `words` those that have all of them. Without any term: none."""
        terms = search_terms(words)
        if words and not terms:
            return []
        return await self._reader.published(terms, start, limit)

    async def waiting(self, limit: int, start: int = 0) -> list[Waiting]:
        return await self._reader.waiting(limit, start)

    async def queued(self) -> Mapping[str, int]:
        return await self._reader.queued()

    async def waiting_for(self, number: int) -> Waiting | None:
        return await self._reader.waiting_for(number)

    async def decide(self, decision: Decision, message_id: str = "") -> str:
        """The outcome's code; the author is told in the same commit."""
        story = await self._reader.story(decision.story)
        if story and self._can_tell(story.author):
            codes = {"approved": "approved", "returned": "returned", "rejected": "rejected", "taken-down": "looked-at"}
            letters = {
                code: self._letter(story, letter, decision.at, decision.reason) for code, letter in codes.items()
            }
            decision = structs.replace(decision, letters=letters)
        return await self._store.decide(decision, message_id)

    async def object(self, message: Message, number: int, reason: str = "") -> str:
        """Ask for a story to be taken down, or say why; the outcome's code."""
        objection = Objection(number, message.sender, message.at, reason[:MAX_REASON])
        story = await self._reader.story(number)
        if story and self._can_tell(story.author):
            objection = structs.replace(objection, letter=self._letter(story, "taken-down", message.at))
        return await self._store.object(objection, message.id)

    async def lose_photo(self, key: str, at: datetime) -> None:
        """Go on without a photo that cannot be had; the author is told in the same commit."""
        story = await self._reader.with_photo(key)
        letter = self._letter(story, "photo-lost", at) if story and self._can_tell(story.author) else None
        await self._store.lose_photo(LostPhoto(key, at, letter))

    def _can_tell(self, author: Address) -> bool:
        return author.channel in self._pushing

    def _letter(self, story: Story, code: str, at: datetime, reason: str = "") -> Letter:
        say = self._shelf.library.phrases.say
        text = say(story.language, f"story.letter.{code}", title=story.title, reason=reason, number=story.id)
        button = Button(say(story.language, "story.button.mine"), "/mine")
        lasts = LETTER_LASTS.get(story.author.channel, LETTER_LASTS_ELSEWHERE)
        return Letter(Reply(text, buttons=((button,),)), at + lasts)
