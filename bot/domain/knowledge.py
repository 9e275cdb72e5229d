"""Authored questions and answers, and the search that finds the one a person means."""

from collections import defaultdict
from heapq import nlargest

from msgspec import structs

from bot.domain.entries import Entry, Finding, Match, Source, Topic
from bot.domain.features import content_of, facets_of, is_facet, is_noun, without_padding
from bot.domain.grasp import Grasp, phrasings_of, reading_of
from bot.domain.index import Index
from bot.domain.scope import asks_nothing, scope_of, strict
from bot.domain.text import simplify

__all__ = ["Entry", "Finding", "KnowledgeBase", "Match", "Source", "Topic"]

# Fitted on tests/gold/questions.jsonl. A score is the blended cosine with the nearest phrasing, less what is foreign.
ANSWER_SCORE = 0.48
MENU_SCORE = 0.28
# An entry that stands alone may be farther off.
LONE_SCORE = 0.30
LONE_LEAD = 0.12
# Two entries nearer to each other than this are a choice for the person, unless one is met almost exactly.
MARGIN = 0.02
EXACT_SCORE = 0.97
EXACT_MARGIN = 0.001
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


class KnowledgeBase:
    """Searches the authored entries in memory; built anew whenever the files change."""

    def __init__(self, entries: tuple[Entry, ...]) -> None:
        self.entries = {entry.id: entry for entry in entries}
        self._phrasings = [(entry, phrasing) for entry in entries for phrasing in phrasings_of(entry)]
        self._index = Index((entry.id, reading_of(phrasing)) for entry, phrasing in self._phrasings)
        self._grasps = {entry.id: Grasp(entry, self._index.terms(entry.id)) for entry in entries}
        self._topics: dict[str, list[Entry]] = defaultdict(list)
        for entry in entries:
            self._topics[entry.topic].append(entry)

    def search(self, question: str) -> Finding:
        """The entry that answers `question`, a short menu, or nothing. Never raises, whatever the text."""
        asked = simplify(question[:QUESTION_CHARACTERS])
        if asks_nothing(asked) or all(map(is_facet, content_of(reading_of(asked)))):
            return Finding()
        matches = [match for match in self.ranked(asked) if match.score >= MENU_SCORE][:MENU_SIZE]
        if matches and self._is_certain(asked, matches):
            return Finding(answer=matches[0])
        return Finding(suggestions=tuple(matches))

    def ranked(self, asked: str) -> list[Match]:
        """The entries near a simplified text, best first, each by the nearest phrasing in the better reading."""
        near = nlargest(WEIGHED, self._nearest(asked), key=_by_score)
        content = content_of(reading_of(asked))
        shared = {t: w for t, w in content.items() if any(self._grasps[m.entry.id].has(t) for m in near)}
        facets = strict(facets_of(reading_of(asked)))
        return sorted((self._weighed(match, shared, facets) for match in near), key=_by_score, reverse=True)

    def _nearest(self, asked: str) -> list[Match]:
        best: dict[str, Match] = {}
        for reading in {without_padding(asked), reading_of(asked)}:
            for hit in self._index.search(reading):
                entry, phrasing = self._phrasings[hit.place]
                if entry.id not in best or best[entry.id].score < hit.score:
                    best[entry.id] = Match(entry, hit.score, phrasing)
        return list(best.values())

    def _weighed(self, match: Match, shared: dict[str, float], facets: frozenset[str]) -> Match:
        """The match with a lower score for words that only others know, and for telling another kind of thing.

        Who asks for no kind of thing (a bare name) means the first entry of the topic, what it is.
        """
        grasp = self._grasps[match.entry.id]
        factor = 1 - FOREIGN_COST * self._foreign_share(shared, match.entry)
        if not grasp.is_for(facets):
            factor *= FACET_LACKING
        elif not facets and match.entry is not self._topics[match.entry.topic][0]:
            factor *= FACET_SURPLUS
        return structs.replace(match, score=match.score * factor)

    def _is_certain(self, asked: str, matches: list[Match]) -> bool:
        first = matches[0]
        lead = first.score - (matches[1].score if len(matches) > 1 else 0.0)
        near_enough = first.score >= ANSWER_SCORE or (first.score >= LONE_SCORE and lead >= LONE_LEAD)
        clear_enough = lead >= (EXACT_MARGIN if first.score >= EXACT_SCORE else MARGIN)
        return near_enough and clear_enough and not self.doubt(asked, first)

    def doubt(self, asked: str, match: Match) -> str:
        """Why a match is no certain answer to a simplified text; empty where nothing speaks against it."""
        reading = reading_of(asked)
        scope = scope_of(reading)
        beyond = scope.beyond(self._grasps[match.entry.id].scope)
        if beyond:
            return beyond
        if scope_of(reading_of(match.phrasing)).reverses(scope):
            return "opposites"
        content = content_of(reading)
        if not all(self._topic_has(match.entry, term) for term, weight in content.items() if is_noun(weight)):
            return "foreign noun"
        return "foreign words" if self._foreign_share(content, match.entry) > FOREIGN_SHARE else ""

    def _foreign_share(self, content: dict[str, float], entry: Entry) -> float:
        weights = {term: weight * self._index.rarity(term) for term, weight in content.items()}
        foreign = sum(weight for term, weight in weights.items() if not self._grasps[entry.id].has(term))
        return foreign / sum(weights.values()) if weights else 0.0

    def _topic_has(self, entry: Entry, term: str) -> bool:
        return any(self._grasps[other.id].has(term) for other in self._topics[entry.topic])

    def related(self, entry: Entry, limit: int = 3) -> tuple[Entry, ...]:
        """Other entries of the same topic, in authored order."""
        return tuple(other for other in self._topics[entry.topic] if other.id != entry.id)[:limit]


def _by_score(match: Match) -> float:
    return match.score
