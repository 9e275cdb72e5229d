"""The library of the project's own content, loaded once for all tests."""

from functools import cache

from bot.config import PROJECT
from bot.content import load
from bot.domain.library import Library
from tests.content_samples import TODAY


@cache
def shipped() -> Library:
    return load(PROJECT / "content", TODAY)
