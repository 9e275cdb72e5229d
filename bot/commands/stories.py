"""`review`: the queue of stories in the terminal, with or without a service that runs."""

import argparse
import asyncio
from functools import partial
from pathlib import Path

from bot.app import App
from bot.clock import utc_now
from bot.commands.decisions import decided, who_decides
from bot.commands.ends import CANNOT_BEGIN, FAILED, NO_DATABASE, OK, OLD_SCHEMA, cannot_begin, tell, with_loop
from bot.config import Settings
from bot.content import load
from bot.domain.stories import MAX_REASON, written
from bot.domain.times import home_date
from bot.storage.database import Database, DatabaseMissing
from bot.storage.photos import PhotoRecords
from bot.storage.schema import is_current
from bot.storage.stories import StoryRecords
from bot.web.review import REVIEW_PATH, Wanted
from handlers.review import QUEUE_SHOWN, Say, queue_text, sheet

DONE = frozenset({"approved", "second", "returned", "rejected"})


def review(settings: Settings, options: argparse.Namespace) -> int:
    """Without a verdict the queue, or the story with the number; else a decision on the text that has the code."""
    say = partial(load(settings.content_dir, home_date(utc_now())).phrases.say, "zh")
    if options.verdict:
        reason = written(" ".join(options.reason))[:MAX_REASON]
        reviewer = who_decides(settings, options.reviewer)
        if not reviewer:
            return CANNOT_BEGIN
        wanted = Wanted(options.number, options.verdict, options.code, reviewer, reason)
        return _decide(settings, say, wanted, options.port or settings.port)
    return with_loop(_show(settings, say, options.number, options.photo))


async def _show(settings: Settings, say: Say, number: int | None, file: Path | None) -> int:
    """Reads beside whoever writes."""
    database = Database(settings.database, utc_now)
    try:
        if not await is_current(database):
            return cannot_begin(OLD_SCHEMA)
        records = StoryRecords(database)
        if number is None:
            tell(queue_text(say, await records.waiting(QUEUE_SHOWN)))
            return OK
        waiting = await records.waiting_for(number)
        photo = waiting.story.shown_photo if waiting else None
        if file and photo:
            await asyncio.to_thread(file.write_bytes, await PhotoRecords(database).jpeg(photo.key) or b"")
    except DatabaseMissing:
        return cannot_begin(NO_DATABASE)
    finally:
        await database.close()
    tell(sheet(say, waiting) if waiting else say("review.outcome.not-waiting"))
    if photo and not file:
        print(say("review.photo_file", number=number))
    return OK if waiting else FAILED


def _decide(settings: Settings, say: Say, wanted: Wanted, port: int) -> int:
    outcome = decided(settings, port, REVIEW_PATH, wanted, _decide_here)
    if outcome is None:
        return CANNOT_BEGIN
    print(say(f"review.outcome.{outcome}"))
    return OK if outcome in DONE else FAILED


async def _decide_here(app: App, wanted: Wanted) -> str:
    return await app.services.stories.decide(wanted.decision(utc_now()))
