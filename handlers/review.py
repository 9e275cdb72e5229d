"""Review by the operators: what waits, one story with what to look at, and the decision on exactly its text."""

from collections.abc import Iterator
from datetime import datetime
from functools import partial
from typing import Protocol

from bot.context import Context
from bot.domain.flags import flags_of
from bot.domain.reviewers import Reviewer
from bot.domain.stories import MAX_REASON, ON_WAITING, Decision, Verdict, Waiting, pages_of
from bot.domain.times import HOME_ZONE
from bot.messages import Button, Reply
from bot.router import Router
from handlers.home import home_button, unknown_command
from handlers.stories import as_number, photo_line, words_of

router = Router()

QUEUE_SHOWN = 8


class Say(Protocol):
    def __call__(self, key: str, **blanks: object) -> str: ...


@router.command("review", "审稿", private=True)
async def review(context: Context) -> Reply:
    """The queue, or with `NUMBER PAGE CODE` a story; `VERDICT NUMBER CODE REASON` decides. For operators' accounts."""
    reviewer = context.reviewer
    if not reviewer:
        return await unknown_command(context)
    first, _, rest = context.args.partition(" ")
    verdict = next((known for known in ON_WAITING if known == first), None)
    if verdict:
        return await _decide(context, reviewer, verdict, rest)
    return await _open(context, first, rest) if first else await _show_queue(context)


async def _show_queue(context: Context) -> Reply:
    waiting = await context.services.stories.waiting(QUEUE_SHOWN)
    rows = [
        (Button(context.say("review.button.open", number=one.story.id), f"/review {one.story.id}"),) for one in waiting
    ]
    return Reply(queue_text(context.say, waiting), buttons=(*rows, (home_button(context),)))


async def _open(context: Context, number: str, rest: str) -> Reply:
    """A story in pages of one text; the verdicts are offered below the last, to whom has seen all of it."""
    page, _, code = rest.partition(" ")
    waiting = await context.services.stories.waiting_for(as_number(number))
    if not waiting:
        return _told(context, "not-waiting")
    if code and code != waiting.story.code:
        return _told(context, "changed")
    target = f"{waiting.story.id} {waiting.story.code}"
    parts = pages_of(sheet(context.say, waiting))
    shown = min(as_number(page) or 1, len(parts))
    way_out = (_queue_button(context), home_button(context))
    if shown < len(parts):
        on = context.say("story.button.page", page=shown + 1, pages=len(parts))
        command = f"/review {waiting.story.id} {shown + 1} {waiting.story.code}"
        return Reply(parts[shown - 1], buttons=((Button(on, command),), way_out))
    verdicts = tuple(
        Button(context.say(f"review.button.{verdict}"), f"/review {verdict} {target}")
        for verdict in ON_WAITING
        if verdict != "approve" or _sees(context, waiting)
    )
    text = parts[-1] if _sees(context, waiting) else f"{parts[-1]}\n\n{context.say('review.outcome.unseen')}"
    return Reply(text, buttons=(verdicts, way_out), picture=waiting.story.shown_photo)


def _sees(context: Context, waiting: Waiting) -> bool:
    """Whether the reviewer sees all that would be public; a photo is not shown everywhere."""
    return not waiting.story.photo or context.message.sender.channel in context.services.picturing


async def _decide(context: Context, reviewer: Reviewer, verdict: Verdict, rest: str) -> Reply:
    number, _, rest = rest.partition(" ")
    code, _, reason = rest.partition(" ")
    if verdict != "approve" and not reason:
        asks = f"/review {verdict} {number} {code}"
        return Reply(context.say("review.why"), buttons=((_queue_button(context), home_button(context)),), asks=asks)
    waiting = await context.services.stories.waiting_for(as_number(number))
    if verdict == "approve" and waiting and not _sees(context, waiting):
        return _told(context, "unseen")
    decision = Decision(
        story=as_number(number),
        verdict=verdict,
        code=code,
        reviewer=reviewer,
        at=context.now,
        reason=words_of(context, reason)[:MAX_REASON],
    )
    return _told(context, await context.services.stories.decide(decision, context.message.id))


def _told(context: Context, code: str) -> Reply:
    text = context.say(f"review.outcome.{code}")
    return Reply(text, buttons=((_queue_button(context), home_button(context)),))


def _queue_button(context: Context) -> Button:
    return Button(context.say("review.button.queue"), "/review")


def queue_text(say: Say, waiting: list[Waiting]) -> str:
    """A line for each story that waits."""
    if not waiting:
        return say("review.none")
    return "\n".join([say("review.queue", limit=QUEUE_SHOWN), *map(partial(_line, say), waiting)])


def sheet(say: Say, waiting: Waiting) -> str:
    """All that a reviewer needs: the text, what to look at, why people asked to take it down, the code of this text."""
    story = waiting.story
    text = say(
        "review.sheet",
        title=story.title,
        text=story.text,
        name=story.name or say("story.anonymous"),
        about=say(f"story.about.{story.about}"),
    )
    notes = [_line(say, waiting), *_flags(say, waiting), *_objections(say, waiting)]
    if story.photo:
        notes.insert(0, photo_line(say, story))
    if waiting.approvers:
        notes.append(say("review.approved_by", count=len(waiting.approvers)))
    return "\n\n".join([text, "\n".join(notes), say("review.code", code=story.code)])


def _line(say: Say, waiting: Waiting) -> str:
    story = waiting.story
    return say(
        "review.line",
        number=story.id,
        title=story.title,
        state=say(f"story.state.{story.state}"),
        since=_shown(story.waits_since or story.changed_at),
        needed=max(story.reviewers - len(waiting.approvers), 0),
    )


def _shown(at: datetime) -> str:
    return f"{at.astimezone(HOME_ZONE):%m-%d %H:%M}"


def _flags(say: Say, waiting: Waiting) -> Iterator[str]:
    story = waiting.story
    flags = flags_of("\n".join((story.title, story.text, story.name or "")))
    yield say("review.flags") if flags else say("review.no_flags")
    for flag in flags:
        yield f"· {say(f'review.flag.{flag.kind}')}：{flag.found}"


def _objections(say: Say, waiting: Waiting) -> Iterator[str]:
    if waiting.objections:
        yield say("review.objections", count=len(waiting.objections))
    for reason in filter(None, waiting.objections):
        yield f"· {reason}"
