"""The polls that the command line knows: those of the files, with what the desk has published over them."""

from bot.clock import utc_now
from bot.commands.ends import with_loop
from bot.config import Settings
from bot.content import load
from bot.domain.library import Library, Shelf
from bot.domain.pollroll import PollRoll
from bot.domain.polls import Poll
from bot.domain.times import home_date
from bot.storage.database import Database, DatabaseMissing
from bot.storage.revisions import RevisionRecords
from bot.storage.schema import is_current
from bot.storage.stops import StopRecords
from bot.storage.stories import StoryRecords


def known_poll(settings: Settings, name: str) -> Poll | None:
    """Reads beside whoever writes."""
    return with_loop(_known_poll(settings, name))


async def _known_poll(settings: Settings, name: str) -> Poll | None:
    database = Database(settings.database, utc_now)
    try:
        library = await with_published(load(settings.content_dir, home_date(utc_now())), database)
    finally:
        await database.close()
    return library.polls.get(name)


async def with_published(library: Library, database: Database) -> Library:
    """Of a database that is not there yet, or that is of before, only what the files say."""
    shelf, unsigned = Shelf(library), b""  # nothing is written here
    try:
        if await is_current(database):
            revisions, stops = RevisionRecords(database, unsigned, {}), StopRecords(database, unsigned)
            await PollRoll(shelf, revisions, stops, StoryRecords(database).public_among).refresh()
    except DatabaseMissing:
        pass
    return shelf.library
