"""`review`: the queue of stories in the terminal, with or without a service that runs."""

import argparse
import asyncio
import getpass
from functools import partial
from pathlib import Path

import httpx
import msgspec

from bot.app import REVIEW_KEY, build
from bot.clock import utc_now
from bot.commands.ends import FAILED, NO_DATABASE, OK, cannot_begin, with_loop
from bot.config import Settings
from bot.content import load
from bot.domain.stories import MAX_REASON
from bot.domain.times import home_date
from bot.storage.database import Database, DatabaseMissing
from bot.storage.keys import Keys
from bot.storage.lock import InUse, exclusive
from bot.storage.photos import PhotoRecords
from bot.storage.schema import is_current
from bot.storage.stories import StoryRecords
from bot.web.review import PATH, Decided, Wanted
from handlers.review import QUEUE_SHOWN, Say, queue_text, sheet

ANSWER_SECONDS = 30.0
DONE = frozenset({"approved", "second", "returned", "rejected"})


def review(settings: Settings, options: argparse.Namespace) -> int:
    """Without a verdict the queue, or the story with the number; else a decision on the text that has the code."""
    say = partial(load(settings.content_dir, home_date(utc_now())).phrases.say, "zh")
    if options.verdict:
        reason = " ".join(options.reason)[:MAX_REASON]
        reviewer = options.reviewer or getpass.getuser()
        wanted = Wanted(options.number, options.verdict, options.code, reviewer, reason)
        return _decide(settings, say, wanted, options.port or settings.port)
    return with_loop(_show(settings, say, options.number, options.photo))


async def _show(settings: Settings, say: Say, number: int | None, file: Path | None) -> int:
    """Reads beside whoever writes."""
    database = Database(settings.database, utc_now)
    try:
        if not await is_current(database):
            return cannot_begin("数据库结构不是最新的 / its schema is not the newest: haowangmin migrate")
        records = StoryRecords(database)
        if number is None:
            print(queue_text(say, await records.waiting(QUEUE_SHOWN)))
            return OK
        waiting = await records.waiting_for(number)
        photo = waiting.story.shown_photo if waiting else None
        if file and photo:
            await asyncio.to_thread(file.write_bytes, await PhotoRecords(database).jpeg(photo.key) or b"")
    except DatabaseMissing:
        return cannot_begin(NO_DATABASE)
    finally:
        await database.close()
    print(sheet(say, waiting) if waiting else say("review.outcome.not-waiting"))
    if photo and not file:
        print(say("review.photo_file", number=number))
    return OK if waiting else FAILED


def _decide(settings: Settings, say: Say, wanted: Wanted, port: int) -> int:
    """Here, or by the service that has the database open."""
    try:
        with exclusive(settings.database):
            outcome = with_loop(_decide_here(settings, wanted))
    except InUse:
        try:
            outcome = _decide_there(settings, wanted, f"http://127.0.0.1:{port}")
        except (httpx.HTTPError, msgspec.DecodeError) as fault:
            return cannot_begin(
                f"服务开着，但 127.0.0.1:{port} 不应答，请用 --port 写对它的端口 / "
                f"the service runs, but not there; give its port with --port ({type(fault).__name__})"
            )
    print(say(f"review.outcome.{outcome}"))
    return OK if outcome in DONE else FAILED


async def _decide_here(settings: Settings, wanted: Wanted) -> str:
    app = build(settings)
    try:
        await app.database.migrate()
        return await app.services.stories.decide(wanted.decision(utc_now()))
    finally:
        for channel in app.channels:
            await channel.close()
        await app.database.close()


def _decide_there(settings: Settings, wanted: Wanted, address: str) -> str:
    key = Keys(settings.keys, settings.secret_key).key(REVIEW_KEY)
    response = httpx.post(
        address + PATH,
        content=msgspec.json.encode(wanted),
        headers={"Authorization": f"Bearer {key.hex()}", "Content-Type": "application/json"},
        timeout=ANSWER_SECONDS,
        trust_env=False,  # no proxy stands between two programs of this machine
    )
    response.raise_for_status()
    return msgspec.json.decode(response.content, type=Decided).outcome
