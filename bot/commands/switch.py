"""`switch`: halts all sending, and lets it go on; with or without a service that runs."""

import argparse
from functools import partial

from bot.app import App
from bot.clock import utc_now
from bot.commands.decisions import decided, who_decides
from bot.commands.ends import CANNOT_BEGIN, FAILED, NO_DATABASE, OK, OLD_SCHEMA, cannot_begin, with_loop
from bot.config import Settings
from bot.content import load
from bot.domain.times import HOME_ZONE, home_date
from bot.storage.database import Database, DatabaseMissing
from bot.storage.schema import is_current
from bot.storage.switch import SwitchRecords
from bot.web.review import SWITCH_PATH, WantedTurn
from handlers.review import Say


def switch(settings: Settings, options: argparse.Namespace) -> int:
    """Without a turn how it stands."""
    say = partial(load(settings.content_dir, home_date(utc_now())).phrases.say, "zh")
    if not options.turn:
        return with_loop(_show(settings, say))
    operator = who_decides(settings, options.operator)
    if not operator:
        return CANNOT_BEGIN
    wanted = WantedTurn(options.turn, operator)
    code = decided(settings, options.port or settings.port, SWITCH_PATH, wanted, _turn_here)
    if code is None:
        return CANNOT_BEGIN
    print(say(f"desk.switched.{options.turn if code == 'done' else code}"))
    return OK if code in ("done", "unchanged") else FAILED


async def _turn_here(app: App, wanted: WantedTurn) -> str:
    return await app.switch.turn(wanted.turned(utc_now()))


async def _show(settings: Settings, say: Say) -> int:
    """Reads beside whoever writes."""
    database = Database(settings.database, utc_now)
    try:
        if not await is_current(database):
            return cannot_begin(OLD_SCHEMA)
        halt = await SwitchRecords(database, b"").halt()
    except DatabaseMissing:
        return cannot_begin(NO_DATABASE)
    finally:
        await database.close()
    if halt:
        print(say("desk.switch.terminal", who=halt.who, at=f"{halt.at.astimezone(HOME_ZONE):%Y-%m-%d %H:%M}"))
    else:
        print(say("desk.switch.going"))
    return OK
