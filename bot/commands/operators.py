"""`operator` and `audit`: who works at the desk, and the log of what was done there."""

import argparse
import secrets
from collections import deque
from functools import partial

from bot.app import App
from bot.clock import utc_now
from bot.commands.decisions import decided, who_decides
from bot.commands.ends import CANNOT_BEGIN, FAILED, NO_DATABASE, OK, OLD_SCHEMA, cannot_begin, with_loop
from bot.config import Settings
from bot.content import load
from bot.domain.audit import Chain, Row, in_words
from bot.domain.colleagues import INVITATION_LASTS
from bot.domain.desk import TOKEN_BYTES, MachineOrder, digest_of
from bot.domain.times import HOME_ZONE, home_date
from bot.storage.audit import AuditLog
from bot.storage.database import Database, DatabaseMissing
from bot.storage.desk import DeskRecords
from bot.storage.keys import DESK_LOG, Keys
from bot.storage.schema import is_current
from bot.web.desk.doors import secure_origin
from bot.web.review import OPERATOR_PATH
from handlers.review import Say

# The head of a log without rows.
EMPTY = "0"


def operator(settings: Settings, options: argparse.Namespace) -> int:
    """Without an act the list."""
    say = _say(settings)
    if not options.act:
        return with_loop(_list(settings, say))
    who = who_decides(settings, options.reviewer)
    if not who:
        return CANNOT_BEGIN
    token = secrets.token_hex(TOKEN_BYTES)
    digest = b"" if options.act == "lock" else digest_of(token)
    order = MachineOrder(options.act, options.name, who.name, options.role, digest)
    port = options.port or settings.port
    code = decided(settings, port, OPERATOR_PATH, order, _obey_here)
    if code is None:
        return CANNOT_BEGIN
    print(say(f"desk.end.{code}"))
    if code not in ("invited", "done"):
        return FAILED
    if digest:
        site = secure_origin(settings.public_url) or f"http://127.0.0.1:{port}"
        print(say("desk.link.terminal", hours=round(INVITATION_LASTS.total_seconds() / 3600)))
        print(f"{site}/desk/invitation/{token}")
    return OK


async def _obey_here(app: App, order: MachineOrder) -> str:
    return await app.desk.obey(order)


async def _list(settings: Settings, say: Say) -> int:
    """Reads beside whoever writes."""
    database = Database(settings.database, utc_now)
    try:
        if not await is_current(database):
            return cannot_begin(OLD_SCHEMA)
        everybody = await DeskRecords(database, b"").everybody()
    except DatabaseMissing:
        return cannot_begin(NO_DATABASE)
    finally:
        await database.close()
    for one in everybody:
        print(f"{one.name}\t{say(f'desk.role.{one.role}')}\t{say(f'desk.state.{one.state}')}")
    if not everybody:
        print(say("desk.people.nobody"))
    return OK


def audit(settings: Settings, options: argparse.Namespace) -> int:
    return with_loop(_audit(settings, _say(settings), max(options.last, 0), options.noted))


async def _audit(settings: Settings, say: Say, shown: int, noted: str) -> int:
    """The last rows, and what is to be said of all of them."""
    database = Database(settings.database, utc_now)
    chain, rows, broken = Chain(Keys(settings.keys, settings.secret_key).key(DESK_LOG)), deque[Row](maxlen=shown), 0
    last, is_there = None, noted in ("", EMPTY)
    try:
        if not await is_current(database):
            return cannot_begin(OLD_SCHEMA)
        async for row in AuditLog(database).all():
            broken = broken or (0 if chain.holds(row) else row.number)
            is_there = is_there or row.head == noted
            rows.append(row)
            last = row
    except DatabaseMissing:
        return cannot_begin(NO_DATABASE)
    finally:
        await database.close()
    for row in rows:
        print(_line(say, row))
    if broken:
        print(say("desk.log.broken", number=broken))
    elif not is_there:
        print(say("desk.log.cut", head=noted))
    else:
        print(say("desk.log.whole", head=last.head if last else EMPTY))
    return FAILED if broken or not is_there else OK


def _line(say: Say, row: Row) -> str:
    entry, at = row.entry, f"{row.entry.at.astimezone(HOME_ZONE):%Y-%m-%d %H:%M:%S}"
    act, outcome = in_words(entry, say)
    subject = entry.subject if entry.subject != entry.who else ""
    return " ".join(filter(None, (str(row.number), at, entry.who, act, subject, outcome)))


def _say(settings: Settings) -> Say:
    return partial(load(settings.content_dir, home_date(utc_now())).phrases.say, "zh")
