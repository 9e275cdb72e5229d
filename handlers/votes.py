"""Candidates, votes and standings."""

import re

from bot.context import Context
from bot.domain.polls import Option, Poll, Refusal, Standing, UnknownOption
from bot.domain.text import with_digits
from bot.messages import Button, Reply
from bot.router import Router
from handlers.home import home_button, main_menu

router = Router()

SHIPPED_POLL = "nanyue-stories"
OPTIONS_ON_A_PAGE = 4
BAR_CELLS = 10
# 投票 3, 投给第3个, 投票 zijing-cloud: a number or an id, nothing that could be a question.
_OPTION = r"(?:给|第)*\s*(?:no\.?|number|#)?\s*(?P<option>\d+|[a-z0-9]+(?:-[a-z0-9]+)+)\s*[号个位]?"
_MAX_SHOWN_CHARACTERS = 20


@router.command(
    "stories", *("好网民投票", "投票", "我要投票", "我想投票", "候选", "看候选", "stories", "candidates", "poll")
)
async def show_candidates(context: Context) -> Reply:
    """A page of the candidates; `args` is the poll and the page, both may be missing."""
    name, _, page = context.args.partition(" ")
    poll = await _poll(context, name)
    if not poll:
        return _no_poll(context)
    pages = -(-len(poll.options) // OPTIONS_ON_A_PAGE)
    number = min(max(int(page), 1), pages) if page.isdecimal() else 1
    options = poll.options[(number - 1) * OPTIONS_ON_A_PAGE : number * OPTIONS_ON_A_PAGE]
    private = context.message.is_private  # a group need not know how somebody voted
    choice = await context.services.polls.choice(poll, context.message.sender) if private else None
    text = "\n\n".join(
        [_heading(context, poll), *(_candidate(context, option, choice) for option in options), _state(context, poll)]
    )
    buttons = _page_buttons(context, poll, options, number, pages)
    return Reply(text, buttons=buttons, poll=poll.id, replaces=context.message.tapped)


@router.command(
    "vote", *("投票", "投", "改投", "我投", "我要投", "我想投", "我选", "支持", "vote", "vote for"), takes=_OPTION
)
async def cast_vote(context: Context) -> Reply:
    """`args` is `POLL OPTION`, or only the option for the poll last shown."""
    name, wanted = _named(context)
    poll = await _poll(context, name)
    if not poll:
        return _no_poll(context)
    if not wanted:
        return await show_candidates(context)
    try:
        receipt = await context.services.polls.cast(poll, wanted, context.message)
    except UnknownOption:
        return _unknown_option(context, poll, wanted)
    except Refusal as refusal:
        return _say(context, poll, context.say(f"votes.refused.{refusal.code}"))
    return _say(context, poll, context.say(f"votes.{receipt.outcome}", receipt=receipt.code))


@router.command("results", "看结果", "结果", "投票结果", "睇结果", "票数", "results")
async def show_standing(context: Context) -> Reply:
    poll = await _poll(context, context.args)
    if not poll:
        return _no_poll(context)
    standing = await context.services.polls.standing(poll, context.now)
    bars = [_bar(context, option, standing) for option in poll.options]
    count = context.say("votes.accounts", voters=standing.voters)
    return Reply(
        "\n".join([_heading(context, poll), "", *bars, "", count, _state(context, poll)]),
        buttons=((_stories_button(context, poll), home_button(context)),),
        poll=poll.id,
    )


@router.command("candidate", "", takes=r"(?P<number>\d+)\s*号?")
async def ask_whether_to_vote(context: Context) -> Reply:
    """A bare number: never a vote by accident, but one step from it."""
    _, number = _named(context)
    poll = await _poll(context, "")
    if not poll:
        return Reply(context.say("error.number"), buttons=main_menu(context))
    try:
        option = poll.option(number)
    except UnknownOption:
        return Reply(context.say("error.number"), buttons=main_menu(context))
    if poll.state(context.now) != "open":
        return _say(context, poll, _state(context, poll))
    text = _marked(context, poll, context.say("votes.confirm", number=option.number, title=title_of(context, option)))
    return Reply(text, buttons=((_vote_button(context, poll, option), home_button(context)),), poll=poll.id)


def _named(context: Context) -> tuple[str, str]:
    """The poll and the option that `args` name; empty for one that is not named."""
    words = with_digits(context.args)
    first, _, rest = words.partition(" ")
    alone = re.fullmatch(_OPTION, words.casefold())
    if alone and first not in context.library.polls:
        return "", _plain(alone["option"])
    found = re.fullmatch(_OPTION, rest.casefold())
    return (
        (first, _plain(found["option"]) if found else rest) if rest or first in context.library.polls else ("", first)
    )


def _plain(option: str) -> str:
    """An id, or a number as it is written: 03 is 3."""
    return str(int(option)) if option.isdecimal() else option


async def _poll(context: Context, name: str) -> Poll | None:
    """The named poll; without a name the one last shown to this person, else the shipped one, else the first."""
    polls = context.library.polls
    if name:
        return polls.get(name)
    shown = (await context.conversation()).poll
    return polls.get(shown) or polls.get(SHIPPED_POLL) or next(iter(polls.values()), None)


def _say(context: Context, poll: Poll, outcome: str) -> Reply:
    """The outcome of a vote: alone for a tap, with ways on for a typed line."""
    text = _marked(context, poll, outcome)
    ways_on = (_results_button(context, poll), _stories_button(context, poll), home_button(context))
    return Reply(text, notice=text, buttons=(ways_on,), poll=poll.id)


def _marked(context: Context, poll: Poll, text: str) -> str:
    return f"{text}\n{context.say('votes.demo_short')}" if poll.demo else text


def _unknown_option(context: Context, poll: Poll, wanted: str) -> Reply:
    numbers = [option.number for option in poll.options]
    text = context.say("votes.refused.unknown-option", wanted=wanted[:_MAX_SHOWN_CHARACTERS], first=min(numbers))
    return _say(context, poll, text)


def _no_poll(context: Context) -> Reply:
    return Reply(context.say("votes.no_poll"), buttons=main_menu(context), notice=context.say("votes.no_poll"))


def _heading(context: Context, poll: Poll) -> str:
    title = title_of(context, poll)
    return f"{title}\n{context.say('votes.demo')}" if poll.demo else title


def _state(context: Context, poll: Poll) -> str:
    return context.say(f"votes.state.{poll.state(context.now)}")


def title_of(context: Context, titled: Poll | Option) -> str:
    return titled.english if context.language == "en" and titled.english else titled.title


def _candidate(context: Context, option: Option, choice: Option | None) -> str:
    mark = f" {context.say('votes.yours')}" if option == choice else ""
    line = context.say("votes.candidate", number=option.number, title=title_of(context, option), mark=mark)
    return line if context.language == "en" else f"{line}\n{option.summary}".strip()


def _bar(context: Context, option: Option, standing: Standing) -> str:
    votes = standing.votes[option.number]
    share = votes / standing.ballots if standing.ballots else 0.0
    bar = "█" * round(share * BAR_CELLS) + "░" * (BAR_CELLS - round(share * BAR_CELLS))
    title = title_of(context, option)
    return context.say("votes.bar", number=option.number, title=title, bar=bar, votes=votes, share=f"{share:.0%}")


def _page_buttons(
    context: Context, poll: Poll, options: tuple[Option, ...], page: int, pages: int
) -> tuple[tuple[Button, ...], ...]:
    may_vote = poll.state(context.now) == "open"
    votes = tuple(_vote_button(context, poll, option) for option in options if may_vote)
    turn = []
    if page > 1:
        label = context.say("votes.button.previous")
        turn.append(Button(label, f"/stories {poll.id} {page - 1}", typed=label))
    if page < pages:
        label = context.say("votes.button.next")
        turn.append(Button(label, f"/stories {poll.id} {page + 1}", typed=label))
    rows = (votes, tuple(turn), (_results_button(context, poll), home_button(context)))
    return tuple(row for row in rows if row)


def _vote_button(context: Context, poll: Poll, option: Option) -> Button:
    number = option.number
    return Button(
        context.say("votes.button.vote", number=number),
        f"/vote {poll.id} {number}",
        typed=context.say("votes.typed", number=number),
    )


def _stories_button(context: Context, poll: Poll) -> Button:
    label = context.say("votes.button.stories")
    return Button(label, f"/stories {poll.id}", typed=label)


def _results_button(context: Context, poll: Poll) -> Button:
    label = context.say("votes.button.results")
    return Button(label, f"/results {poll.id}", typed=label)
