"""Authored files become the library that the bot speaks from, or a list of all that is wrong with them."""

from collections.abc import Callable
from datetime import date
from functools import partial
from pathlib import Path
from typing import TypeVar

from bot.content.campaigns import read_campaign
from bot.content.files import Document, Files, authored_files, fingerprint, read
from bot.content.local import read_local
from bot.content.menus import read_menu
from bot.content.mistakes import ContentErrors, Mistake
from bot.content.overlay import authored_in
from bot.content.phrases import Phrase, read_phrases
from bot.content.polls import read_poll
from bot.content.review import take_review
from bot.content.shapes import Check
from bot.content.tips import TipReader, in_turn
from bot.domain.knowledge import KnowledgeBase
from bot.domain.library import Library
from bot.domain.overlay import Authored
from bot.domain.phrases import Phrases
from bot.domain.review import Review

__all__ = ["ContentErrors", "Mistake", "fingerprint", "load"]

_Read = TypeVar("_Read")


def load(folder: Path, today: date, commands: frozenset[str] | None = None) -> Library:
    """Read and check all authored files, and build the search over them: up to a second, so not in the loop.

    Files that have expired before `today` (Guangdong's date) are left out, whatever else is in them. `commands` are the
    names of those that exist, for what a menu's buttons say; without them that is not looked at.

    Raises ContentErrors with every mistake of every file, and nothing else, whatever the files hold.
    """
    files = authored_files(folder)
    check = Check(files.mistakes, today)
    _check_enough(files, folder)

    reviews: list[Review] = []
    filed_tips: dict[str, Authored] = {}

    def each(kind: str, reader: Callable[[Document, Check], _Read]) -> list[_Read]:
        documents = [document for path in files.by_kind[kind] if (document := read(path, folder, check.mistakes))]
        if kind == "tips":
            filed_tips.update(authored_in(documents))
        heads = [take_review(document, check) for document in documents]
        reviews.extend(heads)
        return [reader(d, check) for d, head in zip(documents, heads, strict=True) if not head.is_over(today)]

    campaigns = [campaign for campaign in each("campaigns", read_campaign) if campaign]
    guides = [guide for guide in each("guides", read_campaign) if guide]
    there = [group.topic for group in (*campaigns, *guides) if group.topic]
    topics = None if check.mistakes else {topic.id: topic.title for topic in there}
    local = [notice for notice in each("local", partial(read_local, topics=topics)) if notice]
    reader = TipReader()
    tips = in_turn(each("tips", reader.read))
    reader.check_all(check)
    polls = {poll.id: poll for poll in each("polls", read_poll) if poll}
    phrases = [phrase for some in each("phrases", read_phrases) for phrase in some]
    menus = dict(menu for menu in each("menus", partial(read_menu, commands=commands)) if menu)
    if check.mistakes:
        raise ContentErrors(check.mistakes)
    groups = (*local, *campaigns, *guides)
    knowledge = KnowledgeBase(tuple(entry for group in groups for entry in group.entries))
    origins = {entry.id: group.file for group in groups for entry in group.entries}
    listed = tuple(group.topic for group in (*local, *campaigns) if group.topic)
    unlisted = tuple(group.topic for group in guides if group.topic)
    spoken = (knowledge, tips, polls, _by_language(phrases))
    return Library(*spoken, listed, tuple(reviews), unlisted, menus, origins, filed_tips)


def _check_enough(files: Files, folder: Path) -> None:
    """The bot cannot speak without phrases, nor keep its promise of a daily tip without tips."""
    for kind in ("phrases", "tips"):
        if not files.by_kind[kind] and folder.is_dir():
            text = f"{kind} 文件夹里还没有内容，请至少加一条。 Nothing in {kind}; add at least one."
            files.mistakes.append(Mistake(kind, 1, text))


def _by_language(phrases: list[Phrase]) -> Phrases:
    chinese = {phrase.key: phrase.zh for phrase in phrases}
    english = {phrase.key: phrase.en for phrase in phrases if phrase.en}
    return Phrases({"zh": chinese, "en": english})
