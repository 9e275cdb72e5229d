"""What all talk about polls has in common: which poll is meant, its name, its rules, and the ways on."""

from datetime import datetime

import msgspec

from bot.context import Context
from bot.domain import charts
from bot.domain.polls import Option, Poll, Terms
from bot.messages import Button, Reply
from handlers.home import home_button, main_menu

SHIPPED_POLL = "nanyue-stories"
# Up to so many candidates are shown with their summaries, and their results all at once.
FEW_OPTIONS = 12
MANY_ON_A_PAGE = 8
TITLE_CHARACTERS = 40
MAX_SHOWN_CHARACTERS = 20  # of what a person typed


async def poll_of(context: Context, name: str) -> Poll | None:
    """The named poll; without a name the one last shown to this person, else the shipped one, else the first."""
    polls = context.library.polls
    if name:
        return polls.get(name)
    shown = (await context.conversation()).poll
    return polls.get(shown) or polls.get(SHIPPED_POLL) or next(iter(polls.values()), None)


def no_poll(context: Context) -> Reply:
    return Reply(context.say("votes.no_poll"), buttons=main_menu(context), notice=context.say("votes.no_poll"))


def style_of(terms: Terms) -> str:
    """By which sentences the kind of poll is spoken of: single, final, choose, choose-final, daily."""
    kind = terms.kind
    name = str(kind.__struct_config__.tag)
    if kind.revote or terms.has_days:
        return name
    return "final" if name == "single" else f"{name}-final"


def say_by_rule(context: Context, poll: Poll, key: str) -> str:
    """A sentence that may speak of the limits of this poll."""
    return context.say(key, **msgspec.to_builtins(poll.kind))


def title_of(context: Context, titled: Poll | Option) -> str:
    return titled.english if context.language == "en" and titled.english else titled.title


def short_title(context: Context, option: Option) -> str:
    """The title as it stands in a list, and whether the candidate was withdrawn."""
    title = short(title_of(context, option))
    return f"{title}{context.say('votes.withdrawn')}" if option.withdrawn else title


def short(title: str) -> str:
    return title if len(title) <= TITLE_CHARACTERS else f"{title[: TITLE_CHARACTERS - 1]}…"


def heading(context: Context, poll: Poll) -> str:
    title = title_of(context, poll)
    return f"{title}\n{context.say('votes.demo')}" if poll.demo else title


def marked(context: Context, poll: Poll, text: str) -> str:
    """The text, which says that the poll is a demonstration if it is one."""
    return f"{text}\n{context.say('votes.demo_short')}" if poll.demo else text


def state_line(context: Context, poll: Poll) -> str:
    """Whether one can vote now, by which rule, and from when or until when."""
    state = poll.state(context.now)
    if state == "scheduled":
        return context.say("votes.state.scheduled") + _time(context, poll, "votes.opens", poll.opens_at)
    if state == "closed":
        return context.say("votes.state.closed")
    if state == "stopped":
        return context.say("votes.state.stopped") + _time(context, poll, "votes.closes", poll.closes_at)
    rule = say_by_rule(context, poll, f"votes.rule.{style_of(poll)}")
    return context.say("votes.state.open", rule=rule) + _time(context, poll, "votes.closes", poll.closes_at)


def _time(context: Context, poll: Poll, key: str, at: datetime | None) -> str:
    return f"\n{context.say(key, at=spoken_instant(context, poll, at))}" if at else ""


def spoken_instant(context: Context, poll: Poll, at: datetime) -> str:
    """The date and time in the poll's zone, with seconds only where there are any."""
    return charts.spoken_instant(context.say, poll, at)


def page_of(args: str, things: int, on_a_page: int) -> tuple[int, int]:
    """The page that `args` asks for, within those that there are, and how many there are."""
    pages = max(1, -(-things // on_a_page))
    return (min(max(int(args), 1), pages) if args.isdecimal() else 1), pages


def turn_buttons(context: Context, command: str, page: int, pages: int) -> tuple[Button, ...]:
    """To the page before and the next; `command` has a gap for the page."""
    turn = []
    if page > 1:
        label = context.say("votes.button.previous")
        turn.append(Button(label, command.format(page - 1), typed=label))
    if page < pages:
        label = context.say("votes.button.next")
        turn.append(Button(label, command.format(page + 1), typed=label))
    return tuple(turn)


def vote_button(context: Context, poll: Poll, option: Option) -> Button:
    number = option.number
    typed = context.say("votes.typed", number=number)
    return Button(context.say("votes.button.vote", number=number), f"/vote {poll.id} {number}", typed=typed)


def ways_on(context: Context, poll: Poll) -> tuple[Button, ...]:
    """To the results, the candidates, where there may be several one's own votes, and home."""
    several = (mine_button(context, poll),) if style_of(poll) not in ("single", "final") else ()
    return (results_button(context, poll), stories_button(context, poll), *several, home_button(context))


def stories_button(context: Context, poll: Poll) -> Button:
    label = context.say("votes.button.stories")
    return Button(label, f"/stories {poll.id}", typed=label)


def results_button(context: Context, poll: Poll) -> Button:
    label = context.say("votes.button.results")
    return Button(label, f"/results {poll.id}", typed=label)


def mine_button(context: Context, poll: Poll) -> Button:
    label = context.say("votes.button.mine")
    return Button(label, f"/ballot {poll.id}", typed=label)
