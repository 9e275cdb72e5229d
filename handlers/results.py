"""How a poll stands, as far as its rules let it be shown."""

from bot.context import Context
from bot.domain.charts import picture_of
from bot.domain.polls import Option, Poll, Standing
from bot.messages import Button, Reply
from bot.router import Router
from handlers.home import link_to, picture_foot
from handlers.polls import (
    FEW_OPTIONS,
    MANY_ON_A_PAGE,
    heading,
    no_poll,
    page_of,
    poll_of,
    short_title,
    spoken_instant,
    state_line,
    style_of,
    turn_buttons,
    ways_on,
)

router = Router()

BAR_CELLS = 10


@router.command("results", "看结果", "结果", "投票结果", "睇结果", "票数", "results")
async def show_standing(context: Context) -> Reply:
    """`args` is the poll and, where there are many candidates, the page: those with the most votes come first."""
    name, _, asked = context.args.partition(" ")
    poll = await poll_of(context, name)
    if not poll:
        return no_poll(context)
    standing = await context.services.polls.standing(poll, context.now)
    few = len(poll.options) <= FEW_OPTIONS or standing.votes is None
    on_a_page = FEW_OPTIONS if few else MANY_ON_A_PAGE
    page, pages = page_of(asked, 1 if few else len(poll.options), on_a_page)
    bars = _bars(context, standing, (page - 1) * on_a_page, on_a_page)
    turn = turn_buttons(context, f"/results {poll.id} {{}}", page, pages)
    others = tuple(b for b in ways_on(context, poll) if not b.command.startswith("/results"))
    return Reply(
        "\n".join([heading(context, poll), "", *bars, "", *_counts(context, standing), state_line(context, poll)]),
        buttons=tuple(filter(None, (turn, (*_chart_buttons(context, poll), *others)))),
        poll=poll.id,
        replaces=context.message.tapped and bool(asked),
        link=link_to(context, "poll", poll.id, "share.results"),
    )


@router.command("chart", "图", "看图", "结果图", "票数图", "睇图", "chart", "picture")
async def show_chart(context: Context) -> Reply:
    """The standing of the last minute as a picture, with the same figures as text; text alone where none is shown."""
    poll = await poll_of(context, context.args)
    if not poll or not _is_drawn(context):
        return await show_standing(context)
    chart = await context.services.charts.chart(poll, context.now)
    standing = chart.standing
    as_of = context.say("chart.as_of", at=spoken_instant(context, poll, chart.as_of))
    figures = (*_bars(context, standing, 0, FEW_OPTIONS), "", *_counts(context, standing), as_of)
    return Reply(
        "\n".join([heading(context, poll), "", *figures]),
        buttons=(ways_on(context, poll),),
        poll=poll.id,
        link=link_to(context, "poll", poll.id, "share.results"),
        picture=picture_of(chart, context.say, picture_foot(context), english=context.language == "en"),
    )


def _is_drawn(context: Context) -> bool:
    return context.message.sender.channel in context.services.drawing


def _chart_buttons(context: Context, poll: Poll) -> tuple[Button, ...]:
    label = context.say("chart.button")
    return (Button(label, f"/chart {poll.id}", typed=label),) if _is_drawn(context) else ()


def _bars(context: Context, standing: Standing, first: int, on_a_page: int) -> list[str]:
    votes = standing.votes
    if votes is None:
        return [context.say("votes.hidden")]
    options = standing.poll.options
    if len(options) > FEW_OPTIONS:
        options = tuple(sorted(options, key=lambda option: (-votes[option.number], option.number)))
    return [
        _bar(context, o, votes[o.number], standing.ballots - standing.held) for o in options[first : first + on_a_page]
    ]


def _bar(context: Context, option: Option, votes: int, counted: int) -> str:
    share = votes / counted if counted else 0.0
    bar = "█" * round(share * BAR_CELLS) + "░" * (BAR_CELLS - round(share * BAR_CELLS))
    title = short_title(context, option)
    return context.say("votes.bar", number=option.number, title=title, bar=bar, votes=votes, share=f"{share:.0%}")


def _over(context: Context, standing: Standing) -> str:
    """The accounts of each channel, where there are several."""
    if len(standing.channels) < 2:
        return ""
    counts = [f"{context.say(f'votes.channel.{name}')} {count.voters}" for name, count in standing.channels.items()]
    return context.say("votes.over", counts=context.say("votes.over_and").join(counts))


def _counts(context: Context, standing: Standing) -> list[str]:
    """In all: the accounts, the votes where an account may have several, and of when that is."""
    poll = standing.poll
    lines = [context.say("votes.accounts", voters=standing.voters, over=_over(context, standing))]
    if style_of(poll) not in ("single", "final"):
        lines.append(context.say("votes.ballots", ballots=standing.ballots))
    if standing.held:
        lines.append(context.say("votes.held", held=standing.held))
    if standing.as_of:
        lines.append(context.say("votes.delayed", at=spoken_instant(context, poll, standing.as_of)))
    return lines
