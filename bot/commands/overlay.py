"""`export-answers`: what was published at the desk, as content files."""

import argparse

from bot.clock import utc_now
from bot.commands.ends import FAILED, NO_DATABASE, OK, OLD_SCHEMA, cannot_begin, tell, with_loop
from bot.config import Settings
from bot.content import load
from bot.content.export import Exported, export
from bot.content.written import faults_of
from bot.domain.answers import Layer, laid_over
from bot.domain.revisions import Revision
from bot.domain.times import home_date
from bot.storage.database import Database, DatabaseMissing
from bot.storage.revisions import RevisionRecords
from bot.storage.schema import is_current


def export_answers(settings: Settings, options: argparse.Namespace) -> int:
    """Reads beside whoever writes; exit 1 while something is left to be settled at the desk."""
    published = with_loop(_published(settings))
    if isinstance(published, str):
        return cannot_begin(published)
    today = home_date(utc_now())
    authored = load(settings.content_dir, today)
    layer = laid_over(authored, published, faults_of, Layer(authored, authored, today), 0)
    try:
        exported = export(layer, settings.content_dir, options.folder)
    except FileExistsError:
        return cannot_begin(f"这个文件夹已经有了，请换一个 / the folder is there already: {options.folder}")
    except OSError as fault:
        return cannot_begin(f"写不了 / cannot be written: {fault.filename}: {fault.strerror}")
    return _told(exported, str(options.folder))


def _told(exported: Exported, folder: str) -> int:
    tell(
        *(f"改了 / changed: {file}" for file in exported.written),
        *(f"没有答案了，拿掉了 / no answer is left, taken away: {file}" for file in exported.removed),
        *(f"文件也改过，请先在工作台定 / a conflict, settle it at the desk: {name}" for name in exported.conflicts),
        *(f"用不了，没有写 / cannot be used, not written: {name}" for name in exported.broken),
        f"写好了 / written: {folder}. CONTENT_DIR={folder} haowangmin check",
    )
    return FAILED if exported.conflicts or exported.broken else OK


async def _published(settings: Settings) -> list[Revision] | str:
    """What is in force, or why it cannot be read."""
    database = Database(settings.database, utc_now)
    try:
        if not await is_current(database):
            return OLD_SCHEMA
        return await RevisionRecords(database, b"", {}).in_force("entry")
    except DatabaseMissing:
        return NO_DATABASE
    finally:
        await database.close()
