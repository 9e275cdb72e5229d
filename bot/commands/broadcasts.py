"""`broadcast`: a notice to many people, with or without a service that runs; what it does is shown before it begins."""

import argparse
import asyncio
import os
import secrets
from functools import partial

import msgspec
from msgspec import Struct

from bot.app import App, build
from bot.clock import utc_now
from bot.commands.decisions import decided, who_decides
from bot.commands.ends import CANNOT_BEGIN, FAILED, NO_DATABASE, OK, OLD_SCHEMA, cannot_begin, tell, with_loop
from bot.commands.progress import Bar, as_json, forecast_lines, line, report
from bot.config import Settings
from bot.content import load
from bot.domain.broadcasts import Forecast, Progress, unfit
from bot.domain.reports import Say
from bot.domain.times import home_date
from bot.storage.broadcasts import BroadcastRecords
from bot.storage.database import Database, DatabaseMissing
from bot.storage.schema import is_current
from bot.web.review import BROADCAST_ORDER_PATH, BROADCAST_PATH, WantedBroadcast, WantedOrder

LISTED = 20
LOOK_SECONDS = 1.0
DONE = frozenset({"paused", "sending", "stopped"})
_YES = frozenset({"y", "yes", "是", "发", "发送", "好"})


class Outlook(Struct, frozen=True):
    """What a broadcast would do, and what people would see, by channel."""

    channels: tuple[str, ...]
    shown: dict[str, str]
    forecast: Forecast


class UnknownChannels(Exception):
    """The names of channels on which nobody can be written to, and those where people can."""

    def __init__(self, named: list[str], there: tuple[str, ...]) -> None:
        super().__init__("、".join(named))
        self.there = "、".join(there)


def broadcast(settings: Settings, options: argparse.Namespace) -> int:
    """Without a text and a number the last ones; with a number how one stands, or an order to it; else a new one."""
    say = partial(load(settings.content_dir, home_date(utc_now())).phrases.say, "zh")
    if options.order:
        return _order(settings, say, options)
    if options.text is None and options.file is None:
        if options.preview or options.yes:
            return cannot_begin("要给出通知：--text 内容，或者 --file 文件 / give the notice: --text or --file")
        return with_loop(_show(settings, say, options))
    if options.json and not (options.yes or options.preview):
        return cannot_begin("--json 要和 --yes 或 --preview 一起用 / --json goes with --yes or --preview")
    try:
        text = (options.file.read_text("utf-8") if options.file else os.fsencode(options.text).decode()).strip()
    except (OSError, UnicodeDecodeError) as fault:
        return cannot_begin(f"读不了（要 UTF-8）/ cannot read it (as UTF-8): {options.file or '--text'}: {fault}")
    if why := unfit(text):
        return cannot_begin(say(f"broadcast.unfit.{why}"))
    return _new(settings, say, options, text)


def _new(settings: Settings, say: Say, options: argparse.Namespace, text: str) -> int:
    try:
        outlook = with_loop(_look_ahead(settings, options, text))
    except DatabaseMissing:
        return cannot_begin(NO_DATABASE)
    except UnknownChannels as unknown:
        return cannot_begin(say("broadcast.no_channel", named=unknown, there=unknown.there))
    if outlook is None:
        return cannot_begin(OLD_SCHEMA)
    if not options.json:
        tell("\n".join(forecast_lines(say, outlook.shown, outlook.forecast, options.audience)))
    elif options.preview:
        print(msgspec.json.encode(outlook).decode())
    if options.preview or not outlook.forecast.people:
        return OK if options.preview else FAILED
    operator = who_decides(settings, options.operator)
    if not operator:
        return CANNOT_BEGIN
    if not (options.yes or _confirmed(say)):
        print(say("broadcast.not_sent"))
        return FAILED
    return _start(settings, say, options, WantedBroadcast(
        text=text,
        audience=options.audience,
        channels=outlook.channels,
        operator=operator,
        people=outlook.forecast.people,
        key=secrets.token_hex(16),
    ))  # fmt: skip


def _confirmed(say: Say) -> bool:
    try:
        return input(say("broadcast.ask")).strip().lower() in _YES
    except EOFError:
        return False


async def _look_ahead(settings: Settings, options: argparse.Namespace, text: str) -> Outlook | None:
    """Reads beside whoever writes; None for an old schema. Raises DatabaseMissing, UnknownChannels."""
    app, now = build(settings), utc_now()
    try:
        there = app.broadcasts.channels
        if unknown := [name for name in options.channel or () if name not in there]:
            raise UnknownChannels(unknown, there)
        if not await is_current(app.database):
            return None
        channels = tuple(dict.fromkeys(options.channel or there))
        notice = app.broadcasts.notice(text, options.audience, channels, now)
        return Outlook(channels, app.broadcasts.shown(notice), await app.broadcasts.forecast(notice, now))
    finally:
        for channel in app.channels:
            await channel.close()
        await app.database.close()


def _start(settings: Settings, say: Say, options: argparse.Namespace, wanted: WantedBroadcast) -> int:
    number = decided(settings, options.port or settings.port, BROADCAST_PATH, wanted, _start_here)
    if number is None:
        return cannot_begin(say("broadcast.perhaps"))
    if not options.json:
        print(say("broadcast.started", number=number))
    if options.yes and not (options.wait or options.json):
        return OK
    options.number, options.wait = int(number), options.wait or not options.yes
    return with_loop(_show(settings, say, options))


async def _start_here(app: App, wanted: WantedBroadcast) -> str:
    return await app.notices.begin(wanted.confirmed(utc_now()))


def _order(settings: Settings, say: Say, options: argparse.Namespace) -> int:
    operator = who_decides(settings, options.operator)
    if not operator:
        return CANNOT_BEGIN
    wanted = WantedOrder(options.number, options.order, operator)
    outcome = decided(settings, options.port or settings.port, BROADCAST_ORDER_PATH, wanted, _order_here)
    if outcome is None:
        return CANNOT_BEGIN
    print(say(f"broadcast.outcome.{outcome}", number=options.number))
    return OK if outcome in DONE else FAILED


async def _order_here(app: App, wanted: WantedOrder) -> str:
    return await app.notices.order(wanted.ordered(utc_now()), wanted.by)


async def _show(settings: Settings, say: Say, options: argparse.Namespace) -> int:
    """Reads beside whoever writes."""
    database = Database(settings.database, utc_now)
    records = BroadcastRecords(database)
    try:
        if not await is_current(database):
            return cannot_begin(OLD_SCHEMA)
        if options.number is None:
            found = await records.recent(LISTED)
            tell("\n".join(line(say, one) for one in found) if found else say("broadcast.none"))
            return OK
        progress = await _followed(records, say, options.number, options.wait)
        if progress is None:
            print(say("broadcast.outcome.unknown", number=options.number))
            return FAILED
        ends = await records.ends(options.number)
    except DatabaseMissing:
        return cannot_begin(NO_DATABASE)
    finally:
        await database.close()
    tell(as_json(progress, ends) if options.json else report(say, progress, ends))
    return OK


async def _followed(records: BroadcastRecords, say: Say, number: int, wait: bool) -> Progress | None:
    """How it stands; with `wait` as soon as nothing more goes out by itself for now."""
    bar = Bar(say)
    progress = await records.progress(number, utc_now())
    while wait and progress and not progress.rests:
        bar.draw(progress)
        await asyncio.sleep(LOOK_SECONDS)
        progress = await records.progress(number, utc_now())
    bar.clear()
    return progress
