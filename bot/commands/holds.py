"""`held`: ballots that wait to be checked, in the terminal, with or without a service that runs."""

import argparse
from functools import partial

from bot.app import App
from bot.clock import utc_now
from bot.commands.decisions import decided, who_decides
from bot.commands.ends import CANNOT_BEGIN, FAILED, NO_DATABASE, OK, OLD_SCHEMA, cannot_begin, tell, with_loop
from bot.commands.polls import with_published
from bot.config import Settings
from bot.content import load
from bot.domain.library import Library
from bot.domain.polls import pseudonym
from bot.domain.times import home_date
from bot.messages import Address
from bot.storage.database import Database, DatabaseMissing
from bot.storage.holds import HoldRecords
from bot.storage.keys import Keys, poll_key
from bot.storage.schema import is_current
from bot.web.review import HELD_PATH, WantedRuling
from handlers.held import CASES_SHOWN, list_text, sheet

DONE = frozenset({"second", "released", "excluded"})


def held(settings: Settings, options: argparse.Namespace) -> int:
    """Without a verdict the cases, or the one with the number; else a ruling on it, or on one appeal alone."""
    library = load(settings.content_dir, home_date(utc_now()))
    if not options.verdict:
        return with_loop(_show(settings, library, options.number))
    seen = 1 if options.appeal else options.seen
    operator = who_decides(settings, options.reviewer)
    if not operator:
        return CANNOT_BEGIN
    wanted = WantedRuling(options.number, options.verdict, seen, operator, options.appeal)
    outcome = decided(settings, options.port or settings.port, HELD_PATH, wanted, _rule_here)
    if outcome is None:
        return CANNOT_BEGIN
    print(library.phrases.say("zh", f"held.outcome.{outcome}"))
    return OK if outcome in DONE else FAILED


async def _show(settings: Settings, library: Library, number: int | None) -> int:
    """Reads beside whoever writes."""
    database, keys = Database(settings.database, utc_now), Keys(settings.keys, settings.secret_key)
    say = partial(library.phrases.say, "zh")

    def voter_of(poll: str, account: Address) -> bytes:
        return pseudonym(keys.key(poll_key(poll)), account)

    try:
        if not await is_current(database):
            return cannot_begin(OLD_SCHEMA)
        library = await with_published(library, database)
        records = HoldRecords(database, voter_of)
        if number is None:
            tell(list_text(say, library, await records.cases(CASES_SHOWN)))
            return OK
        case = await records.case(number)
    except DatabaseMissing:
        return cannot_begin(NO_DATABASE)
    finally:
        await database.close()
    tell(sheet(say, library, case) if case else say("held.outcome.unknown"))
    return OK if case else FAILED


async def _rule_here(app: App, wanted: WantedRuling) -> str:
    return await app.services.holds.rule(wanted.ruling(utc_now()))
