"""Answers that were published at the desk, laid over those of the authored files; both stay to be seen."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from functools import cached_property
from typing import Literal

import msgspec
from msgspec import Struct, structs

from bot.domain.entries import Entry
from bot.domain.knowledge import KnowledgeBase
from bot.domain.library import Library
from bot.domain.review import Review
from bot.domain.revisions import Revision, by_subject, code_of
from bot.domain.text import simplify
from bot.domain.times import home_date

# How an entry stands: said, not said any more, changed in its file too, left out because it cannot be used.
Standing = Literal["live", "retired", "over", "conflict", "broken"]
# Why what was published cannot be used.
Fault = Literal["unreadable", "foreign", "topic", "rules", "unusable"]
# What is wrong with an entry by the rules of the authored files: a key of theirs with a code each.
Rules = Callable[[Entry, date], Sequence[tuple[str, str]]]
_NEW_DIGITS = 8
_TOPIC_CHARACTERS = 30  # with the digits behind it, an id fits into a Telegram button


class Answer(Struct, frozen=True, forbid_unknown_fields=True):
    """The body of an entry's revision: what it says; without `entry`, that it is said as the file has it.

    What is `retired` is said no more, and keeps its text.
    """

    entry: Entry | None = None
    retired: bool = False


class Laid(Struct, frozen=True):
    """A published revision with what it says, how that stands, and the file's entry below it, None for none."""

    revision: Revision
    answer: Answer
    standing: Standing
    filed: Entry | None
    fault: Fault | Literal[""] = ""

    @property
    def is_said(self) -> bool:
        """Whether people hear it, and not the file's."""
        entry = self.answer.entry
        return self.standing in ("live", "conflict") and not self.answer.retired and entry is not None


class Layer(Struct, frozen=True, dict=True):
    """The files' library, what was published over it, and both together on this day: `library`, which people hear."""

    authored: Library
    library: Library
    day: date
    laid: Mapping[str, Laid] = {}
    publications: int = 0

    def entry(self, name: str) -> Entry | None:
        """An entry as it is said, or was before it was retired."""
        laid = self.laid.get(name)
        return self.library.knowledge.entries.get(name) or (laid.answer.entry if laid else self.filed(name))

    def filed(self, name: str) -> Entry | None:
        return self.authored.knowledge.entries.get(name)

    def base(self, name: str) -> str:
        return digest_of(self.filed(name))

    def over(self, name: str) -> int:
        """The number of the revision that is in force, 0 for none."""
        laid = self.laid.get(name)
        return laid.revision.id if laid else 0

    def standing(self, name: str) -> Standing | None:
        laid = self.laid.get(name)
        if laid:
            return laid.standing
        return "live" if name in self.library.knowledge.entries else None

    @cached_property
    def topics(self) -> dict[str, str]:
        """The titles of all topics of the files, by id."""
        return {topic.id: topic.title for topic in (*self.authored.topics, *self.authored.guides)}


def body_of(answer: Answer) -> bytes:
    return msgspec.json.encode(answer)


def digest_of(entry: Entry | None) -> str:
    """Of what a file says of an entry; empty where no file knows it."""
    return code_of(msgspec.json.encode(entry)) if entry else ""


def new_name(topic: str, body: bytes) -> str:
    """An id for an entry that is written at the desk."""
    return f"{topic[:_TOPIC_CHARACTERS]}-{code_of(body)[:_NEW_DIGITS]}"


def laid_over(
    authored: Library, published: Sequence[Revision], rules: Rules, before: Layer, publications: int
) -> Layer:
    """The library in force on the day of `before`, whose work is used again. Builds the search, so not in the loop.

    Whatever a revision holds, it keeps no other from being said: one that cannot be used is left out, and told.
    """
    laid = _all_laid(authored, published, rules, before)
    try:
        library = _library(authored, laid, before.library.knowledge)
    except Exception:  # what the rules let through, and the search does not bear, must not silence the others
        laid = {name: one if _can_be_searched(one) else _broken(one, "unusable") for name, one in laid.items()}
        library = _library(authored, laid, before.library.knowledge)
    return Layer(authored, library, before.day, laid, publications)


def _all_laid(authored: Library, published: Sequence[Revision], rules: Rules, before: Layer) -> dict[str, Laid]:
    topics = frozenset(topic.id for topic in (*authored.topics, *authored.guides))
    laid: dict[str, Laid] = {}
    for revision in published:
        filed, known = authored.knowledge.entries.get(revision.subject), before.laid.get(revision.subject)
        is_known = known and known.revision == revision and known.filed == filed and authored is before.authored
        laid[revision.subject] = known if known and is_known else _laid(revision, filed, topics, rules, before.day)
    return laid


def _library(authored: Library, laid: Mapping[str, Laid], before: KnowledgeBase) -> Library:
    said = {name: one.answer.entry for name, one in laid.items() if one.is_said}
    silent = {name for name, one in laid.items() if one.standing != "broken" and one.answer.retired}
    if not said and not silent:
        return authored
    filed = authored.knowledge.entries
    entries = [said.get(name) or entry for name, entry in filed.items() if name not in silent]
    entries += [entry for name, entry in said.items() if entry and name not in filed]
    reviews = (*_left(authored, said.keys() | silent), *(reviewed(laid[name]) for name in said))
    return structs.replace(_with_entries(authored, authored, entries, before), reviews=reviews)


def _with_entries(library: Library, authored: Library, entries: Sequence[Entry], before: KnowledgeBase) -> Library:
    """The library with these entries, and the topics that have one."""
    held = {entry.topic for entry in entries}
    return structs.replace(
        library,
        knowledge=KnowledgeBase(tuple(entries), before),
        topics=tuple(topic for topic in authored.topics if topic.id in held),
        guides=tuple(topic for topic in authored.guides if topic.id in held),
    )


def with_draft(layer: Layer, entry: Entry) -> Library:
    """What would be said if this were published too. Builds the search, so not in the loop."""
    entries = {**layer.library.knowledge.entries, entry.id: entry}
    return _with_entries(layer.library, layer.authored, [*entries.values()], layer.library.knowledge)


def answer_in(revision: Revision) -> Answer | None:
    """What a revision says; None where it cannot be read."""
    try:
        return msgspec.json.decode(revision.body, type=Answer)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def _laid(revision: Revision, filed: Entry | None, topics: frozenset[str], rules: Rules, day: date) -> Laid:
    answer = answer_in(revision)
    if not answer:
        return Laid(revision, Answer(), "broken", filed, "unreadable")
    entry = answer.entry
    if not entry or (entry == filed and not answer.retired):  # taken back, or the file has come to say the same
        return Laid(revision, Answer(), "live" if filed else "over", filed)
    if fault := _fault(revision, entry, topics, rules, day):
        return Laid(revision, answer, "broken", filed, fault)
    has_changed = digest_of(filed) != revision.base
    if answer.retired:
        return Laid(revision, answer, "conflict" if filed and has_changed else "retired", filed)
    if entry.is_over(day):  # what the file says holds again
        return Laid(revision, answer, "over", filed)
    return Laid(revision, answer, "conflict" if has_changed else "live", filed)


def _fault(revision: Revision, entry: Entry, topics: frozenset[str], rules: Rules, day: date) -> Fault | Literal[""]:
    if entry.id != revision.subject:
        return "foreign"
    if entry.topic not in topics:
        return "topic"
    return "rules" if rules(entry, day) else ""


def _broken(laid: Laid, fault: Fault) -> Laid:
    return structs.replace(laid, standing="broken", fault=fault)


def _can_be_searched(laid: Laid) -> bool:
    try:
        KnowledgeBase((laid.answer.entry,) if laid.answer.entry else ())
    except Exception:
        return False
    return True


def reviewed(laid: Laid) -> Review:
    """Two persons answer for it: who wrote it, and who published it."""
    revision, entry = laid.revision, laid.answer.entry
    assert entry
    return Review(
        file=f"desk/{entry.id}",
        drafted_by="、".join(map(shown_name, revision.authors)),
        reviewed_by=shown_name(revision.second),
        reviewed_on=home_date(revision.changed_at),
        valid_until=entry.valid_until,
    )


def shown_name(account: str) -> str:
    """How a colleague is called, of whom only an account is known."""
    return account.removeprefix("desk:")


def _left(authored: Library, replaced: Iterable[str]) -> list[Review]:
    """The reviews of the files of which something is said still."""
    gone = frozenset(replaced)
    every = frozenset(authored.files.values())
    left = {file for name, file in authored.files.items() if name not in gone}
    return [review for review in authored.reviews if review.file not in every or review.file in left]


class Wanted(Struct, frozen=True):
    """Which answers to list."""

    words: str = ""
    topic: str = ""
    state: str = ""


class Line(Struct, frozen=True):
    """An answer in the list, with its open revisions, the newest first: two may write on it, each a draft."""

    name: str
    entry: Entry | None
    standing: Standing | None
    open: tuple[Revision, ...] = ()

    @property
    def states(self) -> frozenset[str]:
        """All that it can be looked for by."""
        return frozenset(filter(None, (self.standing, *(one.state for one in self.open))))


def listed(layer: Layer, open_ones: Iterable[Revision], wanted: Wanted) -> list[Line]:
    """The answers that are wanted: first those that somebody has to look at. Looks into every text: not in the loop."""
    opened = by_subject(open_ones)
    names = dict.fromkeys((*layer.laid, *opened, *layer.library.knowledge.entries))
    lines = [_line(layer, name, opened.get(name, ())) for name in names]
    found = _finder(wanted.words)
    return sorted((line for line in lines if _is_wanted(line, wanted, found)), key=_by_urgency)


def _line(layer: Layer, name: str, opened: tuple[Revision, ...]) -> Line:
    answer = answer_in(opened[0]) if opened else None
    entry = layer.entry(name) or (answer.entry if answer else None)
    return Line(name, entry, layer.standing(name), opened)


def _by_urgency(line: Line) -> int:
    order = ("broken", "conflict", "proposed", "returned", "draft")
    return min((order.index(state) for state in line.states if state in order), default=len(order))


def _is_wanted(line: Line, wanted: Wanted, found: Callable[[str], bool]) -> bool:
    entry = line.entry
    if wanted.state and wanted.state not in line.states:
        return False
    if wanted.topic and (not entry or entry.topic != wanted.topic):
        return False
    return not wanted.words or found(_text_of(line.name, entry))


def _text_of(name: str, entry: Entry | None) -> str:
    if not entry:
        return name
    return "\n".join((name, entry.title, entry.answer, entry.english, entry.english_title, *entry.questions)).casefold()


def _finder(words: str) -> Callable[[str], bool]:
    """Whether a text has every word, as it was typed or in simplified script."""
    pairs = [(word, simplify(word)) for word in words.casefold().split()]
    return lambda text: all(word in text or simple in text for word, simple in pairs)


def clashes(library: Library, entry: Entry) -> list[tuple[str, Entry]]:
    """The phrasings that another entry has as well, each with that entry.

    What is on now may be asked in the words of what holds for good.
    """
    others = library.knowledge.asked_as(entry.questions)
    return [
        (phrasing, other)
        for phrasing, other in others
        if other.id != entry.id and bool(other.valid_until) == bool(entry.valid_until)
    ]


def lacks_source(layer: Layer, entry: Entry) -> bool:
    """Whether it would be given a source that is not its own, as all of its topic's file has one."""
    if entry.source or entry.valid_until:  # what is on now always names its source
        return False
    filed = (one for one in layer.authored.knowledge.all_of(entry.topic) if not one.valid_until)
    return any(one.source for one in filed)


def missed(library: Library, entry: Entry) -> list[str]:
    """The phrasings of an entry that it does not answer in this library."""
    answered = ((phrasing, library.knowledge.search(phrasing).answer) for phrasing in entry.questions)
    return [phrasing for phrasing, match in answered if not match or match.entry.id != entry.id]
