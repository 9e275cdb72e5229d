"""What a user would reach for to find an authored question: SQLite's full-text search, and a fuzzy string match."""

import sqlite3
from collections.abc import Sequence

import rjieba
from rapidfuzz import fuzz, process

from bot.domain.entries import Entry
from bot.domain.grasp import phrasings_of
from bot.domain.text import simplify


class FullText:
    """SQLite FTS5 over the words that jieba finds, ordered by bm25."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self._entries = [entry for entry in entries for _ in phrasings_of(entry)]
        self._database = sqlite3.connect(":memory:")
        self._database.execute("CREATE VIRTUAL TABLE phrasing USING fts5(words)")
        rows = ((" ".join(_words(phrasing)),) for entry in entries for phrasing in phrasings_of(entry))
        self._database.executemany("INSERT INTO phrasing (words) VALUES (?)", rows)

    def first(self, question: str) -> str | None:
        """The id of the entry that fits best; None where no word is known."""
        wanted = " OR ".join(f'"{word}"' for word in _words(question))
        if not wanted:
            return None
        query = "SELECT rowid FROM phrasing WHERE phrasing MATCH ? ORDER BY rank LIMIT 1"
        row = self._database.execute(query, (wanted,)).fetchone()
        return self._entries[row[0] - 1].id if row else None


class Fuzzy:
    """rapidfuzz over the phrasings as they are, in simplified script."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self._entries = [entry for entry in entries for _ in phrasings_of(entry)]
        self._phrasings = [simplify(phrasing) for entry in entries for phrasing in phrasings_of(entry)]

    def first(self, question: str) -> str | None:
        """The id of the entry that fits best."""
        found = process.extractOne(simplify(question), self._phrasings, scorer=fuzz.ratio)
        return self._entries[found[2]].id if found else None


def _words(text: str) -> list[str]:
    return [word for word in rjieba.cut_for_search(simplify(text)) if any(map(str.isalnum, word))]
