"""The library of the project's own content, loaded once for all tests."""

from functools import cache

from bot.config import PROJECT
from bot.content import load
from bot.domain.library import Library
from bot.domain.text import manner_of
from tests.content_samples import TODAY
from tests.gold_questions import gold


@cache
def shipped() -> Library:
    return load(PROJECT / "content", TODAY)


@cache
def unclear_question() -> str:
    """One in simplified Chinese that is answered by a menu."""
    asked = (one.q for one in gold("in_scope") if one.kind in ("clean", "colloquial", "keyword"))
    found = ((text, shipped().knowledge.search(text)) for text in asked if manner_of(text) == "zh")
    return next(text for text, finding in found if len(finding.suggestions) > 1 and not finding.beyond)
