"""Authored questions and answers, and the search that finds the one a person means."""

from collections import defaultdict
from datetime import date
from functools import cached_property
from heapq import nlargest

from msgspec import Struct, structs

from bot.domain.features import NOUN_WEIGHT, content_of, facets_of, is_facet, pairs_of, sounds_of, without_padding
from bot.domain.index import Index
from bot.domain.lexicon import as_written
from bot.domain.scope import Scope, asks_nothing, scope_of, strict
from bot.domain.text import simplify

# Fitted on tests/gold/questions.jsonl. A score is the blended cosine with the nearest phrasing, less what is foreign.
ANSWER_SCORE = 0.48
MENU_SCORE = 0.28
# An entry that stands alone may be farther off.
LONE_SCORE = 0.30
LONE_LEAD = 0.12
# Two entries nearer to each other than this are a choice for the person, unless one is met almost exactly.
MARGIN = 0.02
EXACT_SCORE = 0.97
MENU_SIZE = 3
# How much of what a question says, by rarity, may be foreign to the entry that answers it; and what it costs.
FOREIGN_SHARE = 0.55
FOREIGN_COST = 0.3
# What it costs an entry not to be meant for what is asked (when, who...), and not to be its topic's first.
FACET_LACKING = 0.75
FACET_SURPLUS = 0.97
# So many of the nearest entries are weighed by that.
WEIGHED = 8
# What stands beyond this is no question to authored entries; it bounds the work.
QUESTION_CHARACTERS = 300


class Source(Struct, frozen=True):
    title: str
    publisher: str
    date: date


class Topic(Struct, frozen=True):
    """A campaign or guide that groups entries. Without `english_title` there is none."""

    id: str
    title: str
    english_title: str = ""


class Entry(Struct, frozen=True):
    """One authored answer to one question.

    `id` is unique and stable (`zijing-hours`); `topic` is the id of the campaign or guide that groups entries.
    `questions` are the phrasings that authors expect, `title` the one that stands on a button.
    `english` is the answer for who writes English; empty means there is none.
    `period` says which time the figures are for, in the report's words. `unsaid` marks an answer that only tells
    that the source does not say it.
    """

    id: str
    topic: str
    title: str
    questions: tuple[str, ...]
    answer: str
    english: str = ""
    english_title: str = ""
    period: str = ""
    source: Source | None = None
    unsaid: bool = False


class Match(Struct, frozen=True):
    """An entry with how well it fits (0 to 1) and the phrasing that fitted."""

    entry: Entry
    score: float
    phrasing: str


class Finding(Struct, frozen=True):
    """What a search came to: a certain `answer`, or up to three `suggestions` to choose from, or neither.

    With neither, nothing authored fits and the bot says so.
    """

    answer: Match | None = None
    suggestions: tuple[Match, ...] = ()


class KnowledgeBase:
    """Searches the authored entries in memory; built anew whenever the files change."""

    def __init__(self, entries: tuple[Entry, ...]) -> None:
        self.entries = {entry.id: entry for entry in entries}
        self._topics: dict[str, list[Entry]] = defaultdict(list)
        for entry in entries:
            self._topics[entry.topic].append(entry)
        self._introductions = {members[0].id for members in self._topics.values()}
        self._known = {entry.id: _Known(entry) for entry in entries}
        self._phrasings = [(entry, phrasing) for entry in entries for phrasing in _phrasings(entry)]
        self._index = Index((entry.id, _reading(phrasing)) for entry, phrasing in self._phrasings)

    def search(self, question: str) -> Finding:
        """The entry that answers `question`, a short menu, or nothing. Never raises, whatever the text."""
        asked = simplify(question[:QUESTION_CHARACTERS])
        if asks_nothing(asked) or all(map(is_facet, content_of(_reading(asked)))):
            return Finding()
        matches = [match for match in self.ranked(asked) if match.score >= MENU_SCORE][:MENU_SIZE]
        if matches and self._is_certain(asked, matches):
            return Finding(answer=matches[0])
        return Finding(suggestions=tuple(matches))

    def ranked(self, asked: str) -> list[Match]:
        """The entries near a simplified text, best first, each by the nearest phrasing in the better reading."""
        best: dict[str, Match] = {}
        for reading in {without_padding(asked), _reading(asked)}:
            for hit in self._index.search(reading):
                entry, phrasing = self._phrasings[hit.place]
                if entry.id not in best or best[entry.id].score < hit.score:
                    best[entry.id] = Match(entry, hit.score, phrasing)
        near = nlargest(WEIGHED, best.values(), key=_by_score)
        content = content_of(_reading(asked))
        shared = {t: w for t, w in content.items() if any(self._knows(match.entry, t) for match in near)}
        facets = facets_of(_reading(asked))
        weighed = [self._fitting(self._weighed(match, shared), facets) for match in near]
        return sorted(weighed, key=_by_score, reverse=True)

    def _fitting(self, match: Match, asked: frozenset[str]) -> Match:
        """The match with a lower score where it tells another kind of thing than is asked for.

        Who asks for nothing in particular (a bare name) means the first entry of the topic, what it is.
        """
        lacking = strict(asked) - self._known[match.entry.id].scope.facets
        surplus = not strict(asked) and match.entry.id not in self._introductions
        factor = FACET_LACKING if lacking else FACET_SURPLUS if surplus else 1.0
        return structs.replace(match, score=match.score * factor)

    def _weighed(self, match: Match, content: dict[str, float]) -> Match:
        """The match with a score that is lower the more of the content only other near entries know."""
        share = self._foreign_share(content, match.entry) if content else 0.0
        return structs.replace(match, score=match.score * (1 - FOREIGN_COST * share))

    def _is_certain(self, asked: str, matches: list[Match]) -> bool:
        first = matches[0]
        lead = first.score - (matches[1].score if len(matches) > 1 else 0.0)
        near_enough = first.score >= ANSWER_SCORE or (first.score >= LONE_SCORE and lead >= LONE_LEAD)
        clear_enough = first.score >= EXACT_SCORE or lead >= MARGIN
        return near_enough and clear_enough and not self.doubt(asked, first)

    def doubt(self, asked: str, match: Match) -> str:
        """Why a match is no certain answer to a simplified text; empty where nothing speaks against it."""
        reading = _reading(asked)
        scope = scope_of(reading)
        beyond = scope.beyond(self._known[match.entry.id].scope)
        if beyond:
            return beyond
        if scope_of(_reading(match.phrasing)).opposites - scope.opposites - {"change"}:
            return "opposites"
        content = content_of(reading)
        if any(weight >= NOUN_WEIGHT and not self._topic_knows(match.entry, t) for t, weight in content.items()):
            return "foreign noun"
        return "foreign words" if self._foreign_share(content, match.entry) > FOREIGN_SHARE else ""

    def _foreign_share(self, content: dict[str, float], entry: Entry) -> float:
        weights = {term: weight * self._index.rarity(term) for term, weight in content.items()}
        foreign = sum(weight for term, weight in weights.items() if not self._knows(entry, term))
        return foreign / sum(weights.values()) if weights else 1.0

    def _knows(self, entry: Entry, term: str) -> bool:
        return self._known[entry.id].has(term)

    def _topic_knows(self, entry: Entry, term: str) -> bool:
        return any(self._knows(other, term) for other in self._topics[entry.topic])

    def related(self, entry: Entry, limit: int = 3) -> tuple[Entry, ...]:
        """Other entries of the same topic, in authored order."""
        return tuple(e for e in self.entries.values() if e.topic == entry.topic and e.id != entry.id)[:limit]


class _Known:
    """What an entry speaks of, in its phrasings and its answer; read when it is first asked for."""

    def __init__(self, entry: Entry) -> None:
        self._entry = entry

    @cached_property
    def _asked(self) -> str:
        return _reading("。".join(_phrasings(self._entry)))

    @cached_property
    def _told(self) -> str:
        return _reading("。".join((self._entry.answer, self._entry.period, self._entry.english)))

    @cached_property
    def _words(self) -> frozenset[str]:
        told = (term for term in content_of(self._told) if not is_facet(term))
        return frozenset(content_of(self._asked)).union(told)

    @cached_property
    def _sounds(self) -> frozenset[str]:
        return frozenset(sounds_of(self._asked)).union(sounds_of(self._told))

    @cached_property
    def scope(self) -> Scope:
        return _held(scope_of(self._asked), scope_of(self._told), self._entry)

    def has(self, term: str) -> bool:
        """Whether the entry has the word or facet, a word that sounds like it, or one that is in it."""
        if term in self._words or is_facet(term):
            return term in self._words
        return sounds_of(term).keys() <= self._sounds or any(part in self._words for part in pairs_of(term))


def _held(asked: Scope, told: Scope, entry: Entry) -> Scope:
    """Places, years and figures may stand in the answer; the kind of question, in phrasings alone."""
    years = {time for time in told.times if time.isdigit()}
    if entry.source:
        years.add(str(entry.source.date.year))
    return Scope(
        places=asked.places | told.places,
        times=asked.times | years,
        numbers=asked.numbers | told.numbers,
        attributes=asked.attributes,
        opposites=asked.opposites,
        facets=asked.facets,
    )


def _by_score(match: Match) -> float:
    return match.score


def _phrasings(entry: Entry) -> tuple[str, ...]:
    return tuple(filter(None, (entry.title, *entry.questions, entry.english_title)))


def _reading(text: str) -> str:
    """The form in which phrasings are indexed: simplified, in written Chinese, without padding."""
    return without_padding(as_written(simplify(text)))
