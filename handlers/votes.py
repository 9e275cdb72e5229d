"""Votes: casting them, taking them back, and seeing one's own."""

import re
from functools import lru_cache

from msgspec import structs

from bot.context import Context
from bot.domain.polls import Option, Poll, Receipt
from bot.domain.refusals import ConsentNeeded, Refusal, UnknownOption
from bot.domain.text import with_digits
from bot.messages import Button, Reply
from bot.router import Router
from handlers.candidates import ask_about, back_button, is_kept, left_line, show_candidates
from handlers.home import home_button, main_menu
from handlers.polls import (
    MAX_SHOWN_CHARACTERS,
    heading,
    marked,
    mine_button,
    no_poll,
    poll_of,
    say_by_rule,
    short_title,
    state_line,
    style_of,
    title_of,
    ways_on,
)

router = Router()

# 投票 3, 投给第3个, 投票 zijing-cloud: a number or an id, nothing that could be a question.
_OPTION = r"(?:给|第)*\s*(?:no\.?|number|#)?\s*(?P<option>\d+|[a-z0-9]+(?:-[a-z0-9]+)+)\s*[号个位]?"
_AGREED = " agreed"
ARGUMENTS_KEPT = 1024  # of votes, read: the same few come again and again
_MINE_SHOWN = 20


@router.command(
    "vote",
    *("投票", "投", "改投", "我投", "我要投", "我想投", "我选", "支持", "vote", "vote for"),
    takes=_OPTION,
)
async def cast_vote(context: Context) -> Reply:
    """`args` is `POLL OPTION`, or only the option for the poll last shown; ` agreed` after it is consent."""
    agreed = context.args.endswith(_AGREED)
    return await _vote(context, context.args.removesuffix(_AGREED), agreed=agreed)


@router.command("unvote", "撤回", "撤回投票", "撤票", "取消投票", "取消投", "take back", takes=_OPTION)
async def take_back(context: Context) -> Reply:
    """`args` as for a vote."""
    return await _vote(context, context.args, back=True)


@router.command("ballot", *("我的投票", "我的票", "我投了谁", "我投了什么", "my votes", "my vote"), private=True)
async def show_mine(context: Context) -> Reply:
    """A person's own votes, also while nobody sees the results; `args` is the poll."""
    poll = await poll_of(context, context.args)
    if not poll:
        return no_poll(context)
    mine = await context.services.polls.mine(poll, context.message.sender, context.now)
    options = [option for option in poll.options if mine.votes[option.number]]
    lines = [
        context.say(
            "votes.mine", number=option.number, title=short_title(context, option), votes=mine.votes[option.number]
        )
        for option in options[:_MINE_SHOWN]
    ]
    if len(options) > _MINE_SHOWN:
        lines.append(context.say("votes.mine_more", more=len(options) - _MINE_SHOWN))
    may_vote = poll.state(context.now) == "open"
    left = left_line(context, poll, mine.left) if may_vote else ""
    back = tuple(back_button(context, poll, option) for option in options if may_vote and is_kept(poll, option, mine))
    text = "\n".join(lines) or context.say("votes.mine_none")
    hold = context.say(f"held.mine.{mine.hold}") if mine.hold else ""
    foot = "\n".join(filter(None, (hold, left, state_line(context, poll))))
    appeal = (_appeal_button(context, poll),) if mine.hold else ()
    buttons = tuple(filter(None, (back[:_MINE_SHOWN], appeal, ways_on(context, poll))))
    return Reply(f"{heading(context, poll)}\n\n{text}\n\n{foot}", buttons=buttons, poll=poll.id)


@router.command("appeal", "申诉", "我要申诉", "appeal", private=True)
async def appeal(context: Context) -> Reply:
    """`args` is the poll, or none for the one last shown, and after it what the person has to say."""
    name, _, reason = context.args.partition(" ")
    poll = await poll_of(context, name)
    if not poll:
        return no_poll(context)
    message = context.message
    if not reason:
        mine = await context.services.polls.mine(poll, message.sender, context.now)
        if mine.hold:
            way_out = ((mine_button(context, poll), home_button(context)),)
            return Reply(context.say("held.appeal_why"), buttons=way_out, poll=poll.id, asks=f"/appeal {poll.id}")
    code = await context.services.holds.appeal(message, poll.id, context.language, reason) if reason else "not-held"
    return _say(context, poll, context.say(f"held.appealed.{code}"))


@router.command("candidate", "", takes=r"(?P<number>\d+)\s*号?")
async def ask_whether_to_vote(context: Context) -> Reply:
    """A bare number: never a vote by accident, but one step from it."""
    _, number = _named(context, context.args)
    poll = await poll_of(context, "")
    if not poll:
        return Reply(context.say("error.number"), buttons=main_menu(context))
    try:
        return ask_about(context, poll, poll.option(number))
    except UnknownOption:
        return Reply(context.say("error.number"), buttons=main_menu(context))


def _votes_for(context: Context, option: Option, votes: int) -> str:
    return context.say("votes.mine", number=option.number, title=short_title(context, option), votes=votes)


async def _vote(context: Context, args: str, *, back: bool = False, agreed: bool = False) -> Reply:
    name, wanted = _named(context, args)
    poll = await poll_of(context, name)
    if not poll:
        return no_poll(context)
    if not wanted:
        return await show_candidates(context)
    shown = _say(context, poll, poll.title)  # whatever the outcome, but for the question for consent
    context.foretell(shown)
    try:
        receipt = await context.services.polls.cast(poll, wanted, context.message, back=back, agreed=agreed)
    except UnknownOption:
        return _unknown_option(context, poll, wanted)
    except Refusal as refusal:
        if isinstance(refusal, ConsentNeeded) and context.message.is_private:
            return _ask_for_consent(context, poll, wanted)
        return _saying(shown, marked(context, poll, say_by_rule(context, poll, f"votes.refused.{refusal.code}")))
    return _saying(shown, marked(context, poll, _told(context, poll, receipt)))


def _appeal_button(context: Context, poll: Poll) -> Button:
    label = context.say("held.button.appeal")
    return Button(label, f"/appeal {poll.id}", typed=label)


def _told(context: Context, poll: Poll, receipt: Receipt) -> str:
    if receipt.hold and receipt.outcome != "taken-back":
        told = context.say(f"held.vote.{receipt.hold}", receipt=receipt.code)
        return f"{told}{left_line(context, poll, receipt.left)}"
    outcome = f"{style_of(poll).removesuffix('-final')}-{receipt.outcome}"
    told = context.say(f"votes.{outcome}", receipt=receipt.code)
    return f"{told}{left_line(context, poll, receipt.left)}"


def _ask_for_consent(context: Context, poll: Poll, wanted: str) -> Reply:
    """Asked once, before the first vote, and not in a group, where anybody could tap the button."""
    option = poll.option(wanted)
    text = context.say("votes.consent", number=option.number, title=title_of(context, option))
    label = context.say("votes.button.agree")
    agree = Button(label, f"/vote {poll.id} {option.number}{_AGREED}", typed=label)
    return Reply(text, buttons=((agree, home_button(context)),), poll=poll.id)


def _named(context: Context, args: str) -> tuple[str, str]:
    """The poll and the option that `args` name; empty for one that is not named."""
    words = with_digits(args)
    first, _, rest = words.partition(" ")
    is_poll = first in context.library.polls
    alone = "" if is_poll else _option_in(words)
    if alone:
        return "", alone
    return (first, _option_in(rest) or rest) if rest or is_poll else ("", first)


@lru_cache(ARGUMENTS_KEPT)
def _option_in(words: str) -> str:
    """The id, or the number as it is written (03 is 3), that the words are; empty when they are none."""
    found = re.fullmatch(_OPTION, words.casefold())
    option = found["option"] if found else ""
    return str(int(option)) if option.isdecimal() else option


def _say(context: Context, poll: Poll, outcome: str) -> Reply:
    """The outcome of a vote: alone for a tap, with ways on for a typed line."""
    text = marked(context, poll, outcome)
    ways = () if context.message.tapped else (ways_on(context, poll),)
    return Reply(text, notice=text, buttons=ways, poll=poll.id)


def _saying(shown: Reply, text: str) -> Reply:
    return structs.replace(shown, text=text, notice=text)


def _unknown_option(context: Context, poll: Poll, wanted: str) -> Reply:
    numbers = [option.number for option in poll.options]
    text = context.say("votes.refused.unknown-option", wanted=wanted[:MAX_SHOWN_CHARACTERS], first=min(numbers))
    return _say(context, poll, text)
