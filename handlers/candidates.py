"""The candidates of a poll: by pages, by category, by name."""

import re
from functools import lru_cache

from bot.context import Context
from bot.domain.polls import Mine, Option, Poll
from bot.domain.text import simplify
from bot.messages import Button, Reply
from bot.router import Router
from handlers.home import home_button
from handlers.polls import (
    FEW_OPTIONS,
    MANY_ON_A_PAGE,
    MAX_SHOWN_CHARACTERS,
    heading,
    marked,
    no_poll,
    page_of,
    poll_of,
    short,
    short_title,
    state_line,
    stories_button,
    style_of,
    title_of,
    turn_buttons,
    vote_button,
    ways_on,
)

router = Router()

OPTIONS_ON_A_PAGE = 4
CATEGORIES_IN_A_ROW = 3
OTHER_POLLS = 3
# 投票 名字, 支持名字; 找 关键词 only with a space, and where a poll was shown: it could be a question.
_NAMED = re.compile(
    r"(?:(?:我要|我想|我|改)?投票?给?|支持|我选|vote for|vote)\s*[::]?\s*(?P<name>.{2,})"
    r"|(?:找|搜|搜索|查|find|search)\s+(?P<word>.+)"
)
_QUOTES = "「」“”\"'《》。.!! "


@router.command(
    "stories",
    *("好网民投票", "投票", "我要投票", "我想投票", "候选", "看候选", "stories", "candidates", "poll"),
    link="poll",
)
async def show_candidates(context: Context) -> Reply:
    """A page of the candidates; `args` is the poll, the page and a category's place, all of which may be missing."""
    name, asked, place = (*context.args.split(), "", "", "")[:3]
    poll = await poll_of(context, name)
    if not poll:
        return no_poll(context)
    category = _category(poll, place)
    options = tuple(option for option in poll.options if not category or option.category == category)
    on_a_page = OPTIONS_ON_A_PAGE if _few(poll) else MANY_ON_A_PAGE
    page, pages = page_of(asked, len(options), on_a_page)
    shown = options[(page - 1) * on_a_page : page * on_a_page]
    mine = await mine_in_private(context, poll)
    parts = (
        "\n".join(filter(None, (heading(context, poll), category))),
        *_listed(context, poll, shown, mine),
        "" if _few(poll) else context.say("votes.page", page=page, pages=pages, options=len(options)),
        "\n".join(filter(None, (_left(context, poll, mine), state_line(context, poll)))),
    )
    turn = turn_buttons(context, f"/stories {poll.id} {{}} {place if category else ''}".rstrip(), page, pages)
    others = () if category or page > 1 else (*_category_buttons(poll), *_other_polls(context, poll))
    return Reply(
        "\n\n".join(filter(None, parts)),
        buttons=_rows(_option_buttons(context, poll, shown, mine), *others, turn, _last_row(context, poll)),
        poll=poll.id,
        replaces=context.message.tapped,
    )


@router.command("seek", "找候选", "搜候选", "查候选", "find candidate", takes=".+")
async def find_candidates(context: Context) -> Reply:
    """The candidates of the poll last shown in whose names the words of `args` are."""
    poll = await poll_of(context, "")
    if not poll or not context.args:
        return await show_candidates(context)
    found = _matching(poll, context.args)
    if found:
        return await _show_found(context, poll, found)
    text = context.say("votes.none_found", wanted=context.args[:MAX_SHOWN_CHARACTERS])
    return Reply(text, buttons=(ways_on(context, poll),), poll=poll.id)


async def named_candidates(context: Context) -> Reply | None:
    """The candidates that a sentence names after a word like 投票 or 找; a sentence that names none is a question."""
    named = _NAMED.fullmatch(simplify(context.args))
    if not named or (named["word"] and not (await context.conversation()).poll):
        return None
    poll = await poll_of(context, "")
    found = _matching(poll, named["name"] or named["word"]) if poll else ()
    return await _show_found(context, poll, found) if poll and found else None


async def _show_found(context: Context, poll: Poll, found: tuple[Option, ...]) -> Reply:
    """One is asked about, several are listed: a name is never a vote by accident."""
    if len(found) == 1:
        return ask_about(context, poll, found[0])
    shown = found[:MANY_ON_A_PAGE]
    mine = await mine_in_private(context, poll)
    more = context.say("votes.more_found", more=len(found) - len(shown)) if len(found) > len(shown) else ""
    text = "\n\n".join(filter(None, (heading(context, poll), *_listed(context, poll, shown, mine), more)))
    buttons = _rows(_option_buttons(context, poll, shown, mine), _last_row(context, poll))
    return Reply(text, buttons=buttons, poll=poll.id)


def ask_about(context: Context, poll: Poll, option: Option) -> Reply:
    """One candidate, a step from a vote for it."""
    if option.withdrawn:
        text = context.say("votes.refused.withdrawn")
        return Reply(marked(context, poll, text), buttons=(ways_on(context, poll),), poll=poll.id)
    if poll.state(context.now) != "open":
        return Reply(marked(context, poll, state_line(context, poll)), buttons=(ways_on(context, poll),), poll=poll.id)
    text = context.say("votes.confirm", number=option.number, title=title_of(context, option))
    buttons = ((vote_button(context, poll, option), home_button(context)),)
    return Reply(marked(context, poll, text), buttons=buttons, poll=poll.id)


async def mine_in_private(context: Context, poll: Poll) -> Mine | None:
    """A person's own votes; a group need not know how somebody voted."""
    if not context.message.is_private:
        return None
    return await context.services.polls.mine(poll, context.message.sender, context.now)


def _matching(poll: Poll, wanted: str) -> tuple[Option, ...]:
    """The options in whose names all the words are; one that is called just so alone."""
    wanted = simplify(wanted).strip(_QUOTES)
    if not wanted:
        return ()
    named = tuple(option for option in poll.options if wanted in _names(option))
    return named or tuple(
        option for option in poll.options if all(word in " ".join(_names(option)) for word in wanted.split())
    )


@lru_cache(10_000)
def _names(option: Option) -> tuple[str, ...]:
    return tuple(map(simplify, filter(None, (option.title, option.english, option.category, option.id))))


def _few(poll: Poll) -> bool:
    return len(poll.options) <= FEW_OPTIONS


def _category(poll: Poll, place: str) -> str:
    """The category at a place counted from 1; empty for none."""
    at = int(place) if place.isdecimal() else 0
    return poll.categories[at - 1] if 1 <= at <= len(poll.categories) else ""


def _other_polls(context: Context, poll: Poll) -> tuple[tuple[Button, ...], ...]:
    """To those that are not over, a row for each."""
    others = [o for o in context.library.polls.values() if o != poll and o.state(context.now) != "closed"]
    labels = [short(title_of(context, other)) for other in others[:OTHER_POLLS]]
    return tuple(
        (Button(label, f"/stories {other.id}", typed=label),) for label, other in zip(labels, others, strict=False)
    )


def _category_buttons(poll: Poll) -> tuple[tuple[Button, ...], ...]:
    buttons = [
        Button(category, f"/stories {poll.id} 1 {place}", typed=category)
        for place, category in enumerate(poll.categories, start=1)
    ]
    return tuple(tuple(buttons[n : n + CATEGORIES_IN_A_ROW]) for n in range(0, len(buttons), CATEGORIES_IN_A_ROW))


def _listed(context: Context, poll: Poll, options: tuple[Option, ...], mine: Mine | None) -> list[str]:
    """A paragraph for each of a few candidates, a line for each of many."""
    if _few(poll):
        return [_candidate(context, poll, option, mine) for option in options]
    return ["\n".join(_line(context, poll, option, mine) for option in options)]


def _candidate(context: Context, poll: Poll, option: Option, mine: Mine | None) -> str:
    line = _line(context, poll, option, mine)
    return line if context.language == "en" else f"{line}\n{option.summary}".strip()


def _line(context: Context, poll: Poll, option: Option, mine: Mine | None) -> str:
    votes = mine.votes[option.number] if mine else 0
    yours = context.say("votes.yours") if votes == 1 else context.say("votes.yours_several", votes=votes)
    mark = f" {yours}" if votes else ""
    return context.say("votes.candidate", number=option.number, title=short_title(context, option), mark=mark)


def _left(context: Context, poll: Poll, mine: Mine | None) -> str:
    return left_line(context, poll, mine.left) if mine and poll.state(context.now) == "open" else ""


def left_line(context: Context, poll: Poll, left: int | None) -> str:
    """How many votes are left, where that counts."""
    return "" if left is None else context.say(f"votes.left.{style_of(poll).partition('-')[0]}", left=left)


def _option_buttons(context: Context, poll: Poll, options: tuple[Option, ...], mine: Mine | None) -> tuple[Button, ...]:
    if poll.state(context.now) != "open":
        return ()
    return tuple(
        back_button(context, poll, option) if is_kept(poll, option, mine) else vote_button(context, poll, option)
        for option in options
        if not option.withdrawn or is_kept(poll, option, mine)
    )


def is_kept(poll: Poll, option: Option, mine: Mine | None) -> bool:
    """Whether the person has a vote for the option that can be taken back."""
    return bool(mine and mine.votes[option.number] and style_of(poll) == "choose")


def back_button(context: Context, poll: Poll, option: Option) -> Button:
    label = context.say("votes.button.back", number=option.number)
    return Button(label, f"/unvote {poll.id} {option.number}", typed=label)


def _last_row(context: Context, poll: Poll) -> tuple[Button, ...]:
    return tuple(button for button in ways_on(context, poll) if button != stories_button(context, poll))


def _rows(*rows: tuple[Button, ...]) -> tuple[tuple[Button, ...], ...]:
    return tuple(row for row in rows if row)
