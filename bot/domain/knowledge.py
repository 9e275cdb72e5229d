"""Authored questions and answers, and the search that finds the one a person means."""

from collections import defaultdict
from collections.abc import Hashable, Iterator, Sequence
from functools import lru_cache
from itertools import islice
from typing import Any, Protocol

from msgspec import Struct, structs

from bot.domain.entries import Entry, Finding, Match, Source, Topic
from bot.domain.evidence import (
    GREATEST_LEAD,
    Asked,
    Evidence,
    asked_of,
    is_near,
    score_of,
    standing_of,
    weigh,
    weights,
)
from bot.domain.features import Reading, reading_of, strict
from bot.domain.grasp import Grasp, implied_by, limits_of, phrasings_of
from bot.domain.index import Found, Index, Text
from bot.domain.lookalikes import Lookalikes
from bot.domain.phrased import ByLetters, Packed, Phrased
from bot.domain.scope import asks_what_is_on, is_checked, is_readable, letters_of, scope_of
from bot.domain.smalltalk import asks_nothing
from bot.domain.spoken import Spoken
from bot.domain.text import simplify

__all__ = ["Account", "Candidate", "Chooser", "Entry", "Finding", "KnowledgeBase", "Match", "Source", "Topic"]

MENU_SIZE = 3
# The doubts that leave open whether an entry is meant; the others say that it does not hold what is asked.
UNSURE = ("score", "tie")
# Entries that stand so close are a choice for the person, whatever the score.
TIE = 0.05
# What is on now goes before what holds for good, also where it stands behind it by so much.
HEAD_START = 2.5
# What people ask for when they want to know what is on.
ASKS_WHAT_IS_ON = frozenset({"still", "join"})
# The grasp of so many entries is kept; in a larger base that of the others is made again when they are near.
KEPT = 1024
# What stands beyond this is no question to authored entries; it bounds the work. The longest gold question has 97.
QUESTION_CHARACTERS = 150


class Candidate(Struct, frozen=True):
    """An entry near a question, by its nearest phrasing, with what speaks for it and how it stands."""

    entry: Entry
    phrasing: str
    evidence: Evidence
    standing: float


class Account(Struct, frozen=True):
    """How a question was understood: its reading, the entries near it, best first, and why none is certain.

    `evidence` is empty where the question is a phrasing to the letter. `doubt` is empty where the first match is the
    answer; else it is `nothing` (the text asks nothing, or nothing is near), `score`, `tie`, or what the question
    names beyond the entry: `places`, `times`, `numbers`, `opposites`, `facets`, `names`.
    """

    reading: str
    matches: tuple[Match, ...]
    evidence: tuple[Evidence, ...]
    doubt: str


class Chooser(Protocol):
    """A second opinion on a question that the search is not sure of: an embedding or a language model, one day.

    It picks one of the authored entries that the search offers; no word of its own reaches anybody. None is wired.
    """

    async def choose(self, question: str, offered: Sequence[Entry]) -> str | None:
        """The id of the one of `offered` that answers the question; None where none surely does. Never raises."""
        ...


class KnowledgeBase:
    """Searches the authored entries in memory; built anew whenever the files change.

    `current` are those of the operators' own layer: they come first wherever entries are listed, and what holds for
    good does not keep one of them from being the answer.
    """

    def __init__(self, entries: tuple[Entry, ...], before: "KnowledgeBase | None" = None) -> None:
        """`before` is one with nearly the same entries: what it knows of them is not worked out again."""
        entries = tuple(sorted(entries, key=_holds_for_good))
        self._ordered = entries
        self.entries = {entry.id: entry for entry in entries}
        self.current = tuple(entry for entry in entries if entry.valid_until)
        self._numbers = {entry.id: number for number, entry in enumerate(entries)}
        self._topics: dict[str, list[Entry]] = defaultdict(list)
        for entry in entries:
            self._topics[entry.topic].append(entry)
        self._packed: list[Packed] = []
        self._index: Index = Index(self._groups(entries, before), before._index if before else None)
        self._by_letters = ByLetters(self._packed)
        words = self._index.words()
        self._spoken = Spoken(words)
        self._lookalikes = Lookalikes(words)
        self._phrased = lru_cache(KEPT)(self._phrased_anew)
        self.grasp = lru_cache(KEPT)(self._grasp_anew)
        self._whole = lru_cache(KEPT)(self._whole_anew)
        self._limits = lru_cache(KEPT)(limits_of)

    def search(self, question: str) -> Finding:
        """The entry that answers `question`, a short menu, or nothing. Never raises, whatever the text."""
        account = self.explain(question)
        if not account.doubt:
            return Finding(answer=account.matches[0])
        if account.doubt == "nothing":
            return Finding()
        return Finding(suggestions=_menu(account.matches), beyond=account.doubt not in UNSURE)

    def follow_up(self, question: str, topic: Topic) -> Finding | None:
        """The answer to a question about a topic that it does not name.

        None where there is no certain one, or the question says something that the topic knows nothing of: then it
        is about something else.
        """
        if not self.follows(question, topic):
            return None
        found = self.search(f"{topic.title} {question}")
        return found if found.answer and found.answer.entry.topic == topic.id else None

    def follows(self, question: str, topic: Topic) -> bool:
        """Whether a question asks something, and nothing that the topic does not know: so that it may be about it."""
        asked = self.read(question)
        if not asked or topic.id not in self._topics or not (asked.content or strict(asked.reading.facets)):
            return False
        return all(self._whole(topic.id).knows(word) for word, _ in asked.content)

    def is_named(self, topic: str, question: str) -> bool:
        """Whether a question has a word of the topic's name."""
        asked, common = self.read(question), self._whole(topic).common
        return asked is not None and any(word.term in common for word, _ in asked.content)

    def explain(self, question: str) -> Account:
        """The same search with its reasons."""
        asked = self.read(question)
        if not asked:
            return Account("", (), (), "nothing")
        exact = self._exact(asked.letters.text)
        if exact and (exact.entry.valid_until or not self.current):
            return _to_the_letter(asked, exact)
        if not exact and asks_what_is_on(asked.reading.text):
            return Account(asked.reading.text, self._what_is_on(), (), "tie" if self.current else "nothing")
        near = self.candidates(asked) if asked.content else []
        usual = _to_the_letter(asked, exact) if exact else self._account(asked, near)
        return self._of_now(asked, near, usual) if self.current else usual

    def read(self, question: str) -> Asked | None:
        """A question as it is searched for; None where it asks for nothing."""
        text = simplify(question[:QUESTION_CHARACTERS])[:QUESTION_CHARACTERS]  # one character may become eighteen
        if asks_nothing(text) or not is_readable(text):
            return None
        return asked_of(self._reading(self._spoken.as_han(text)), self._index)

    def _reading(self, text: str) -> Reading:
        """As it stands where it is a phrasing, slips and all; else as it must have been meant."""
        reading = reading_of(text)
        if self._exact(letters_of(reading.text)):
            return reading
        mended = self._lookalikes.mended(text)
        return reading if mended == text else reading_of(mended)

    def is_pinyin(self, question: str) -> bool:
        """Whether a question is Chinese in Latin letters."""
        text = simplify(question[:QUESTION_CHARACTERS])
        return self._spoken.as_han(text) != text

    def candidates(self, asked: Asked) -> list[Candidate]:
        """The entries near a question, best first."""
        found = self._index.search(asked.reading.words, asked.reading.sounds)
        topics = {self._ordered[one.group].topic for one in found}
        names = [self._whole(topic).common for topic in topics]
        near = [self._candidate(asked, one, names) for one in found]
        return sorted(near, key=_by_standing)

    def bar(self, asked: Asked, entry: Entry, phrasing: str) -> str:
        """What the question names that the entry does not hold, whatever the score; empty where nothing."""
        grasp = self.grasp(entry.id)
        held = self._limits(entry)
        named = structs.replace(asked.scope, times=held.times) if entry.unsaid else asked.scope
        beyond = named.beyond(held, entry.source is not None)  # what is not known is not known of any time
        if beyond and not (is_checked(beyond, asked.reading.text) and getattr(held, beyond)):
            return beyond
        if not grasp.is_for(strict(asked.reading.facets)):
            return "facets"
        if entry.source and not entry.unsaid and not grasp.counts(asked.reading.aimed):
            return "aims"
        if entry.source and not all(grasp.knows(word) for word, _ in asked.content if word.is_name):
            return "names"
        return "opposites" if scope_of(simplify(phrasing)).reverses(asked.scope) else ""

    def asked_as(self, questions: Sequence[str]) -> list[tuple[str, Entry]]:
        """Which entries are asked in these very words, each with the words."""
        wanted = {simplify(question): question for question in questions}
        numbers = {at for text in wanted for at in self._by_letters.find(letters_of(reading_of(text).text))}
        near = [self._ordered[number] for number in numbers]
        found = {(wanted.get(simplify(one)), entry.id) for entry in near for one in phrasings_of(entry)}
        return [(text, self.entries[name]) for text, name in sorted(found, key=str) if text]

    def _exact(self, letters: str) -> Phrased | None:
        """The phrasing of one entry alone with these letters: who asks in its very words means it.

        What is on now comes first, and may be asked in the words of what holds for good.
        """
        numbers = list(islice(self._by_letters.find(letters), 2)) if letters else []
        entries = [self._ordered[number] for number in numbers]
        if not entries or [_holds_for_good(entry) for entry in entries] in ([True, True], [False, False]):
            return None
        return next(one for one in self._phrased(numbers[0]) if one.letters == letters)

    def _phrased_anew(self, number: int) -> list[Phrased]:
        return self._packed[number].phrased(self._ordered[number])

    def first_of(self, topic: str) -> Entry:
        """The first entry of a topic: what is on now before what holds for good, else in authored order."""
        return self._topics[topic][0]

    def all_of(self, topic: str) -> tuple[Entry, ...]:
        """The entries of a topic, in the order of first_of."""
        return tuple(self._topics.get(topic, ()))

    def related(self, entry: Entry, limit: int = 3) -> tuple[Entry, ...]:
        """Other entries of the same topic, in authored order."""
        return tuple(other for other in self._topics[entry.topic] if other.id != entry.id)[:limit]

    def _account(self, asked: Asked, near: Sequence[Candidate]) -> Account:
        leads = _leads(near)
        matches = tuple(map(_match, near, leads))
        evidence = tuple(candidate.evidence for candidate in near)
        tied = bool(leads) and leads[0] < TIE
        far = not near or not is_near(near[0].evidence, near[0].standing, leads[0])
        doubt = "nothing" if far else self._doubt(asked, matches[0]) or ("tie" if tied else "")
        return Account(asked.reading.text, matches, evidence, doubt)

    def _of_now(self, asked: Asked, near: Sequence[Candidate], usual: Account) -> Account:
        """The usual account, or another one where the operators' layer answers the question or has news of it."""
        asks = not ASKS_WHAT_IS_ON.isdisjoint(asked.reading.facets)
        current = [c for c in near if c.entry.valid_until and not self.bar(asked, c.entry, c.phrasing)]
        if current and (first := _put_first(current, near, asks)):
            account = self._account(asked, first)
            if not account.doubt:
                return account
        return self._with_news(asked, usual) if usual.matches and usual.matches[0].entry.unsaid else usual

    def _with_news(self, asked: Asked, unsaid: Account) -> Account:
        """A choice, where it is not known what is on, with what the operators' layer has on it, however far that is."""
        first = unsaid.matches[0]
        found = [entry for entry in self._topics[first.entry.topic] if entry.valid_until]
        news = [Match(entry, first.score, entry.title) for entry in found if not self.bar(asked, entry, entry.title)]
        if not news:
            return unsaid
        others = (match for match in unsaid.matches if match.entry not in found)
        return Account(unsaid.reading, (*news, *others), (), "tie")

    def _what_is_on(self) -> tuple[Match, ...]:
        """The first entry of each topic of the operators' layer."""
        firsts = {entry.topic: self.first_of(entry.topic) for entry in self.current}
        return tuple(Match(entry, 1.0, entry.title) for entry in firsts.values())

    def _candidate(self, asked: Asked, found: Found, names: Sequence[frozenset[str]]) -> Candidate:
        phrased = self._phrased(found.group)
        nearest = [phrased[hit.place] for hit in found.hits]
        entry = nearest[0].entry
        evidence = weigh(asked, found, nearest, self.grasp(entry.id), self._whole(entry.topic), names)
        return Candidate(entry, nearest[0].phrasing, evidence, standing_of(evidence))

    def _doubt(self, asked: Asked, first: Match) -> str:
        barred = self.bar(asked, first.entry, first.phrasing)
        return barred or ("score" if first.score < weights().answer else "")

    def _whole_anew(self, topic: str) -> Grasp:
        return Grasp.together([self.grasp(entry.id) for entry in self._topics[topic]])

    def _grasp_anew(self, entry: str) -> Grasp:
        said = self._index.terms_of(self._numbers[entry])
        return Grasp.of(self.entries[entry], said, implied_by(self.entries[entry]))

    def _groups(self, entries: Sequence[Entry], before: "KnowledgeBase | None") -> Iterator[int | Sequence[Text]]:
        """The phrasings of each entry as the index wants them; they are kept as well."""
        same: dict[Hashable, Any] = {}
        for entry in entries:
            known = before._number_of(entry) if before else None
            if before and known is not None:
                self._packed.append(before._packed[known])
                yield known
            else:
                readings = [reading_of(simplify(phrasing)) for phrasing in phrasings_of(entry)]
                self._packed.append(_packed(readings, same))
                yield [Text(reading.words, reading.sounds) for reading in readings]

    def _number_of(self, entry: Entry) -> int | None:
        """That of the entry here that is asked in the same words."""
        known = self.entries.get(entry.id)
        return self._numbers[entry.id] if known and phrasings_of(known) == phrasings_of(entry) else None


def _packed(readings: Sequence[Reading], same: dict[Hashable, Any]) -> Packed:
    """`same` holds the facets that there are, so that equal ones are one."""
    facets = tuple([same.setdefault(reading.facets, reading.facets) for reading in readings])
    return Packed("\n".join([letters_of(reading.text) for reading in readings]), same.setdefault(facets, facets))


def _holds_for_good(entry: Entry) -> bool:
    return entry.valid_until is None


def _put_first(current: Sequence[Candidate], near: Sequence[Candidate], asks: bool) -> list[Candidate]:
    """Entries of the operators' layer before the others, none of which is so near then that it would be a choice.

    Empty where another stands too far before them. Who asks what is on is not kept from it by what says that nothing
    is known of the same topic.
    """
    first = current[0]
    others = [c for c in near if _holds_for_good(c.entry) and not (asks and _says_nothing(c.entry, first.entry.topic))]
    if any(other.standing > first.standing + HEAD_START for other in others):
        return []
    left = (other for other in others if not other.entry.unsaid)
    return [*current, *(structs.replace(c, standing=min(c.standing, first.standing - TIE)) for c in left)]


def _says_nothing(entry: Entry, topic: str) -> bool:
    return entry.unsaid and entry.topic == topic


def _menu(matches: Sequence[Match]) -> tuple[Match, ...]:
    """The nearest to choose from, with what is on now of the same topic; that comes first."""
    first, *others = matches
    others.sort(key=lambda match: _holds_for_good(match.entry) or match.entry.topic != first.entry.topic)
    return tuple(sorted((first, *others[: MENU_SIZE - 1]), key=lambda match: _holds_for_good(match.entry)))


def _to_the_letter(asked: Asked, exact: Phrased) -> Account:
    return Account(asked.reading.text, (Match(exact.entry, 1.0, exact.phrasing),), (), "")


def _by_standing(candidate: Candidate) -> float:
    return -candidate.standing


def _leads(near: Sequence[Candidate]) -> list[float]:
    """How far each candidate, best first, stands before the best other."""
    if len(near) < 2:
        return [GREATEST_LEAD for _ in near]
    first, second = near[0].standing, near[1].standing
    return [first - second, *(candidate.standing - first for candidate in near[1:])]


def _match(candidate: Candidate, lead: float) -> Match:
    score = score_of(candidate.evidence, candidate.standing, lead)
    return Match(candidate.entry, score, candidate.phrasing)
