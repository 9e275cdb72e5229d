"""Ballots that are held, for operators: the cases, one case with its reason and numbers, and the rulings."""

from collections.abc import Mapping
from datetime import datetime
from typing import get_args

from bot.context import Context
from bot.domain.holds import OPERATORS_NEEDED, Appeal, Case, Ruling, Verdict
from bot.domain.library import Library
from bot.domain.polls import Poll
from bot.domain.reviewers import Reviewer
from bot.domain.times import HOME_ZONE
from bot.messages import Button, Reply
from bot.router import Router
from handlers.home import home_button, unknown_command
from handlers.review import Say
from handlers.stories import as_number

router = Router()

CASES_SHOWN = 8
APPEALS_SHOWN = 5
VERDICTS: tuple[Verdict, ...] = get_args(Verdict)


@router.command("held", "核实", "核实选票", "held votes", private=True)
async def look_at_held(context: Context) -> Reply:
    """The cases, or `NUMBER` one of them; `VERDICT CASE SEEN [APPEAL]` rules. For operators' accounts."""
    operator = context.reviewer
    if not operator:
        return await unknown_command(context)
    first, *rest = context.args.split() or [""]
    verdict = next((known for known in VERDICTS if known == first), None)
    if verdict:
        return await _rule(context, operator, verdict, *(*map(as_number, rest), 0, 0, 0)[:3])
    return await _open(context, as_number(first)) if first else await _list(context)


async def _list(context: Context) -> Reply:
    found = await context.services.holds.cases(CASES_SHOWN)
    rows = [(Button(context.say("held.button.open", number=case.id), f"/held {case.id}"),) for case in found]
    return Reply(list_text(context.say, context.library, found), buttons=(*rows, (home_button(context),)))


async def _open(context: Context, number: int) -> Reply:
    case = await context.services.holds.case(number)
    if not case:
        return _told(context, "unknown")
    rows = [_verdicts(context, f"{case.id} {case.waiting}", "")] if case.waiting else []
    rows += [
        _verdicts(context, f"{case.id} 1 {appeal.id}", context.say("held.of_appeal", number=appeal.id))
        for appeal in case.appeals[:APPEALS_SHOWN]
    ]
    way_out = (_list_button(context), home_button(context))
    return Reply(sheet(context.say, context.library, case), buttons=(*rows, way_out))


def _verdicts(context: Context, target: str, of: str) -> tuple[Button, ...]:
    return tuple(Button(context.say(f"held.button.{v}", of=of), f"/held {v} {target}") for v in VERDICTS)


async def _rule(context: Context, operator: Reviewer, verdict: Verdict, case: int, seen: int, appeal: int) -> Reply:
    ruling = Ruling(case, verdict, operator, seen, context.now, appeal)
    return _told(context, await context.services.holds.rule(ruling, context.message.id))


def _told(context: Context, code: str) -> Reply:
    return Reply(context.say(f"held.outcome.{code}"), buttons=((_list_button(context), home_button(context)),))


def _list_button(context: Context) -> Button:
    return Button(context.say("held.button.list"), "/held")


def list_text(say: Say, library: Library, found: list[Case]) -> str:
    """A line for each case that waits, or of which an appeal does."""
    if not found:
        return say("held.none")
    return "\n".join([say("held.list", limit=CASES_SHOWN), *(line_of(say, library.polls, case) for case in found)])


def sheet(say: Say, library: Library, case: Case) -> str:
    """All that an operator needs: what was found in numbers, how many wait, what others ruled, what voters say."""
    lines = [line_of(say, library.polls, case), reason_of(say, case), say("held.rule", needed=OPERATORS_NEEDED)]
    lines += [say(f"held.ruled.{verdict}", count=count) for verdict, count in sorted(case.rulings.items())]
    lines += [_appeal(say, appeal) for appeal in case.appeals[:APPEALS_SHOWN]]
    if len(case.appeals) > APPEALS_SHOWN:
        lines.append(say("held.more_appeals", count=len(case.appeals) - APPEALS_SHOWN))
    return "\n\n".join(lines)


def line_of(say: Say, polls: Mapping[str, Poll], case: Case) -> str:
    poll = polls.get(case.poll)
    title = next((option.title for option in poll.options if option.number == case.option), "") if poll else ""
    of = say("held.candidate", number=case.option, title=title) if case.option else say("held.no_candidate")
    return say(
        "held.line",
        number=case.id,
        poll=poll.title if poll else case.poll,
        of=of,
        voters=case.voters,
        state=say(f"held.state.{case.state}", waiting=case.waiting),
        at=_shown(case.at),
    )


def reason_of(say: Say, case: Case) -> str:
    """In words, with the numbers as they are published."""
    reason = say(f"held.reason.{case.detector if case.option else 'hands'}")
    numbers = "、".join(f"{name} {value:g}" for name, value in case.numbers.items())
    return f"{reason}\n{say('held.numbers', numbers=numbers)}"


def _appeal(say: Say, appeal: Appeal) -> str:
    return say("held.appeal", number=appeal.id, at=_shown(appeal.at), text=appeal.text)


def _shown(at: datetime) -> str:
    return f"{at.astimezone(HOME_ZONE):%m-%d %H:%M}"
