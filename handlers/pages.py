"""第 7 页: another page of the list that was last shown."""

import re

from msgspec import structs

from bot.context import Context
from bot.messages import Reply
from bot.router import Router
from handlers.candidates import show_candidates
from handlers.polls import no_poll, poll_of
from handlers.results import show_standing

router = Router()

_LISTS = {"stories": show_candidates, "results": show_standing}
_TURN = re.compile(r"/(?P<list>stories|results) (?P<poll>\S+) \d+(?P<rest>.*?)(?: #\w+)?")


@router.command("page", "第", "", takes=r"\d+\s*页|page\s*\d+")
async def turn_to_page(context: Context) -> Reply:
    """By the button that turns to the page before or the next; without one, of the candidates."""
    page = re.sub(r"\D", "", context.args)
    turns = {context.say("votes.button.previous"), context.say("votes.button.next")}
    menu = (await context.conversation()).menu
    found = next((_TURN.fullmatch(button.command) for button in menu if button.label in turns), None)
    if not found:
        poll = await poll_of(context, "")
        return await show_candidates(structs.replace(context, args=f"{poll.id} {page}")) if poll else no_poll(context)
    return await _LISTS[found["list"]](structs.replace(context, args=f"{found['poll']} {page}{found['rest']}"))
