"""`recount`, `migrate`, `backup` and `restore`: what is stored."""

import argparse
import sys

import msgspec

from bot.clock import utc_now
from bot.commands.ends import FAILED, IN_USE, NO_DATABASE, OK, cannot_begin, with_loop
from bot.config import Settings
from bot.domain.ledger import Recount
from bot.storage.backup import NoBackup, OtherEngine, copy, note, put_back
from bot.storage.database import Database, DatabaseMissing
from bot.storage.lock import InUse, exclusive
from bot.storage.votes import Votes


def recount(settings: Settings, options: argparse.Namespace) -> int:
    return with_loop(_recount_poll(settings, options))


async def _recount_poll(settings: Settings, options: argparse.Namespace) -> int:
    database = Database(settings.database, utc_now)
    try:
        recount = await Votes(database).recount(options.poll)
    except DatabaseMissing:
        return cannot_begin(NO_DATABASE)
    finally:
        await database.close()
    if not recount:
        return cannot_begin(f"没有这个投票 / no such poll: {options.poll}")
    print(msgspec.json.encode(recount).decode() if options.json else _in_words(recount))
    return OK if recount.match else FAILED


def _in_words(recount: Recount) -> str:
    verdict = "一致 / they match" if recount.match else "不一致！ / THEY DO NOT MATCH"
    lines = [f"{option}: {votes} ({recount.counters[option]})" for option, votes in recount.tally.items()]
    lines += [
        f"{name}: {count.ballots} 张 / {count.voters} 个账号 accounts" for name, count in recount.channels.items()
    ]
    held = sum(recount.held.values())
    if held:
        lines.append(f"未计入 / held back: {held}")
    head = f"{recount.poll}: {recount.ballots} 张选票 ballots, {recount.voters} 个账号 accounts"
    return "\n".join(
        [head, *lines, f"从流水重算（计数器）/ from the ledger (counters): {verdict}", f"root {recount.root}"]
    )


def migrate(settings: Settings, _options: argparse.Namespace) -> int:
    try:
        with exclusive(settings.database):
            return with_loop(_migrate_now(settings))
    except InUse:
        print("服务在运行，启动时已经更新过了 / the service is running, and did this at its start")
        return OK


async def _migrate_now(settings: Settings) -> int:
    database = Database(settings.database, utc_now)
    try:
        await database.migrate()
    finally:
        await database.close()
    print("数据库结构是最新的 / the schema is up to date")
    return OK


def backup(settings: Settings, options: argparse.Namespace) -> int:
    try:
        copy(settings.database, options.file)
    except OtherEngine:
        return cannot_begin("PostgreSQL 请用 pg_dump 备份 / back PostgreSQL up with pg_dump")
    except DatabaseMissing:
        return cannot_begin(NO_DATABASE)
    except FileExistsError:
        return cannot_begin(
            f"已经有这个文件了，请换个名字 / the file is there already, choose another name: {options.file}"
        )
    except OSError as fault:
        return cannot_begin(f"写不了 / cannot write {options.file}: {fault.strerror}")
    try:
        note(settings.database, options.file, utc_now())
    except OSError as fault:
        print(f"但没能记下来，工作台不知道有这一份 / but the desk is not told of it: {fault.strerror}", file=sys.stderr)
    print(f"备份好了 / backed up: {options.file}")
    print(_about_keys(settings))
    return OK


def restore(settings: Settings, options: argparse.Namespace) -> int:
    try:
        with exclusive(settings.database):
            kept = put_back(settings.database, options.file, utc_now())
    except InUse:
        return cannot_begin(IN_USE)
    except OtherEngine:
        return cannot_begin("PostgreSQL 请用 pg_restore 恢复 / restore PostgreSQL with pg_restore")
    except NoBackup as fault:
        return cannot_begin(
            f"{options.file} 不是这里的备份，什么都没动 / is no backup of ours, nothing was changed: {fault}"
        )
    except OSError as fault:
        return cannot_begin(f"恢复不了 / cannot restore: {fault.filename}: {fault.strerror}")
    print(f"恢复好了 / restored: {options.file}")
    if kept:
        print(f"原来的数据库留在 / the database that was there is kept as {kept}")
    print(_about_keys(settings))
    return OK


def _about_keys(settings: Settings) -> str:
    if settings.secret_key:
        return (
            "SECRET_KEY 也要另外保存好，没有它认不出选票 / keep SECRET_KEY as well: ballots cannot be told without it"
        )
    return f"密钥不在备份里，请另外保存这个文件夹 / the keys are not in it, keep this folder as well: {settings.keys}"
