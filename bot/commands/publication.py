"""`export-poll`: the public bundle, with which anyone counts a poll again."""

import argparse
from datetime import datetime
from pathlib import Path

from bot.bundle import WrongKey, in_folder, may_be_published
from bot.bundle import export as write_bundle
from bot.clock import utc_now
from bot.commands.ends import NO_DATABASE, OK, cannot_begin, with_loop
from bot.commands.polls import known_poll
from bot.config import Settings
from bot.domain.polls import Poll
from bot.storage.database import Database, DatabaseMissing
from bot.storage.keys import Keys


def export(settings: Settings, options: argparse.Namespace) -> int:
    now = utc_now()
    poll = known_poll(settings, options.poll)
    if not poll:
        return cannot_begin(f"没有这个投票 / no such poll: {options.poll}")
    if not may_be_published(poll, now):
        return cannot_begin("投票还没截止，选票截止后才公布 / the poll is not closed; its ballots are published then")
    folder: Path = options.folder
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            return cannot_begin(f"文件夹不是空的，换一个 / the folder is not empty, choose another: {folder}")
        return with_loop(_export(settings, poll, folder, now))
    except OSError as fault:
        return cannot_begin(f"写不了 / cannot write {folder}: {fault.strerror}")


async def _export(settings: Settings, poll: Poll, folder: Path, now: datetime) -> int:
    database = Database(settings.database, utc_now)
    try:
        known = await write_bundle(database, poll, Keys(settings.keys, settings.secret_key), now, in_folder(folder))
    except DatabaseMissing:
        return cannot_begin(NO_DATABASE)
    except WrongKey:
        return cannot_begin(f"密钥不是这次投票的 / this is not the poll's key: {settings.keys}")
    finally:
        await database.close()
    if not known:
        return cannot_begin(f"还没有这个投票的记录 / nothing is stored of this poll: {poll.id}")
    print(f"公开数据包好了，核对它 / the bundle is written, check it: python3 {folder / 'verify.py'}")
    return OK
