"""Stories: writing one step by step, what became of one's own, reading those that are public, and taking one down."""

import re
from collections.abc import Callable
from typing import get_args

from msgspec import structs

from bot.context import Context
from bot.domain.photos import photo_key
from bot.domain.stories import (
    MAX_NAME,
    MAX_OBJECTIONS,
    MAX_OPEN,
    MAX_TEXT,
    MAX_TITLE,
    MIN_TEXT,
    OBJECTIONS_AFRESH,
    About,
    Act,
    Kind,
    Story,
    StoryOutcome,
    is_no,
    is_yes,
    pages_of,
    written,
)
from bot.domain.text import clean
from bot.domain.times import home_date
from bot.domain.urgent import recognise
from bot.messages import Button, Reply
from bot.router import Router
from handlers.home import home_button, link_to, main_menu
from handlers.questions import answer_question
from handlers.urgent import help_with, with_help

router = Router()

STORIES_ON_A_PAGE = 5
MINE_SHOWN = 10
MAX_QUESTION = 40
_NUMBER = r"第?\s*(?P<number>\d{1,9})\s*[号篇个]?"
MAX_LOOKED_FOR = 15  # with the page it fits into a button's command
_LOOKED_FOR = f".{{1,{MAX_LOOKED_FOR}}}"
# 标题：为什么要拍身边事？ is a title, although it asks something.
_MARKED = re.compile(r"(?:标题|標題|正文|title|text)\s*[:：]\s*(?P<words>.+)", re.IGNORECASE | re.DOTALL)
_ASKING = re.compile("[?？吗嗎呢么麼]$")
_LIMITS = {"max_title": MAX_TITLE, "min_text": MIN_TEXT, "max_text": MAX_TEXT, "max_name": MAX_NAME}
# The buttons of the steps that have some: what is answered, and the label.
_CHOICES = {
    "photo": {"skip": "story.photo.skip"},
    "about": {about: f"story.about.{about}" for about in get_args(About)},
    "people": {"yes": "story.people.yes", "no": "story.people.no"},
    "name": {"anonymous": "story.name.anonymous"},
    "consent": {"yes": "story.consent.yes"},
}
_CORRECTIONS = ("title", "text", "photo", "about", "name")


@router.command(
    "story",
    "投稿",
    "我要投稿",
    "我想投稿",
    "继续投稿",
    "写故事",
    "story",
    "send a story",
    private=True,
    dictated=_MARKED.fullmatch,
)
async def write(context: Context) -> Reply:
    """Begin a story or go on with it; `args` are the words that were asked for."""
    if context.message.wordless:
        return await _take_photo(context)
    words = words_of(context, context.args)
    if not words:
        return await _go_on(context)
    if _is_question(context, words):
        return await _answer_in_between(context, words)
    mine = await context.services.stories.of(context.message.sender)
    if mine:
        return with_help(context, words, await _perform(context, "answer", value=_unmarked(words)))
    return await _answer_age(context, words)


@router.command("story-set", private=True)
async def choose(context: Context) -> Reply:
    """A button's answer: `args` is the step with the value; the step `age` comes before there is a draft."""
    step, _, value = context.args.partition(" ")
    if step == "age":
        return await _perform(context, "begin" if value == "yes" else "decline")
    return await _perform(context, "answer", step=step, value=value)


@router.command("story-edit", "上一步", private=True)
async def correct(context: Context) -> Reply:
    """Go back to the step `args`; without one to the step before."""
    return await _perform(context, "edit", step=context.args)


@router.command("story-later", private=True)
async def leave_for_later(context: Context) -> Reply:
    return Reply(context.say("story.later"), buttons=((_write_button(context), home_button(context)),))


@router.command("story-cancel", private=True)
async def cancel(context: Context) -> Reply:
    """Asks once more; `/story-cancel yes` deletes the draft."""
    if context.args == "yes":
        return await _perform(context, "discard")
    sure = Button(context.say("story.button.discard"), "/story-cancel yes")
    return Reply(context.say("story.cancel"), buttons=((sure, _back_button(context), home_button(context)),))


@router.command("mine", "我的投稿", "我的故事", "my stories", private=True)
async def show_mine(context: Context) -> Reply:
    """All of the person's stories; `args` is the number of one of them."""
    mine = await context.services.stories.of(context.message.sender)
    story = next((story for story in mine if str(story.id) == context.args), None)
    if story:
        return _show_one_of_mine(context, story)
    if not mine:
        return Reply(context.say("story.none"), buttons=((_write_button(context), home_button(context)),))
    lines = [_line(context, story) for story in mine[:MINE_SHOWN]]
    rows = [(_mine_button(context, story),) for story in mine[:MINE_SHOWN]]
    text = "\n".join([context.say("story.mine"), *lines])
    return Reply(text, buttons=(*rows, (_write_button(context), home_button(context))))


@router.command("revise", private=True)
async def revise(context: Context) -> Reply:
    """Takes a story back to change it; one that is public goes down, so that is asked once more."""
    number, _, sure = context.args.partition(" ")
    mine = await context.services.stories.of(context.message.sender)
    story = next((story for story in mine if str(story.id) == number), None)
    if story and story.is_public and sure != "yes":
        yes = Button(context.say("story.button.revise_sure"), f"/revise {story.id} yes")
        return Reply(context.say("story.revise"), buttons=((yes, _my_stories_button(context), home_button(context)),))
    return await _perform(context, "revise", story=as_number(number))


@router.command("withdraw", private=True)
async def withdraw(context: Context) -> Reply:
    number, _, sure = context.args.partition(" ")
    if sure == "yes":
        return await _perform(context, "withdraw", story=as_number(number))
    yes = Button(context.say("story.button.withdraw_sure"), f"/withdraw {as_number(number)} yes")
    return Reply(context.say("story.withdraw"), buttons=((yes, _my_stories_button(context), home_button(context)),))


@router.command("read", "看故事", "读故事", "故事", "read", "read stories", takes=_NUMBER, link="story")
async def read(context: Context) -> Reply:
    """The public story `args`, and which page of it; without a number the newest ones."""
    number, _, page = context.args.partition(" ")
    found = re.fullmatch(_NUMBER, number)
    if not context.args:
        return await browse(context)
    story = await context.services.stories.public(int(found["number"])) if found else None
    if not story:
        return Reply(context.say("story.not_public"), buttons=((_browse_button(context), home_button(context)),))
    return _show(context, story, as_number(page) or 1)


def _show(context: Context, story: Story, page: int) -> Reply:
    parts = pages_of(public_text(context, story))
    page = min(page, len(parts))
    on = Button(context.say("story.button.page", page=page + 1, pages=len(parts)), f"/read {story.id} {page + 1}")
    down = Button(context.say("story.button.takedown"), f"/takedown {story.id}")
    rows = ((on,) if page < len(parts) else (), (_browse_button(context), home_button(context)), (down,))
    link = link_to(context, "story", str(story.id), "story.share")
    picture = story.shown_photo if page == 1 else None
    return Reply(parts[page - 1], buttons=tuple(filter(None, rows)), link=link, picture=picture)


@router.command("browse")
async def browse(context: Context) -> Reply:
    """A page of the public stories; `args` is the page."""
    return await _page(context, as_number(context.args) or 1)


@router.command("find", "搜故事", "找故事", "搜索故事", "find", takes=_LOOKED_FOR)
async def find(context: Context) -> Reply:
    """Public stories with the words `args`."""
    words = context.args[:MAX_LOOKED_FOR]
    return await _page(context, 1, words) if words else _ask_what_to_find(context)


def _ask_what_to_find(context: Context) -> Reply:
    return Reply(context.say("story.find"), buttons=((_browse_button(context), home_button(context)),))


@router.command("found")
async def find_more(context: Context) -> Reply:
    """A further page of what was found: `args` is the page and the words."""
    page, _, words = context.args.partition(" ")
    return await _page(context, as_number(page) or 1, words)


@router.command("takedown", "撤下", "take down", takes=_NUMBER, private=True)
async def take_down(context: Context) -> Reply:
    """`args` is the number; `NUMBER yes` takes the story down, `NUMBER because WORDS` says why."""
    number, _, rest = context.args.partition(" ")
    found = re.fullmatch(_NUMBER, number)
    story = await context.services.stories.public(int(found["number"])) if found else None
    if rest.startswith("because"):
        return await _say_why(context, as_number(number), words_of(context, rest.removeprefix("because").strip()))
    if rest == "yes":
        return await _object(context, as_number(number))
    if not story:
        return Reply(
            context.say("story.objected.not-public"), buttons=((_browse_button(context), home_button(context)),)
        )
    yes = Button(context.say("story.button.takedown_sure"), f"/takedown {story.id} yes")
    text = context.say("story.takedown", number=story.id, title=story.title)
    return Reply(text, buttons=((yes, home_button(context)),))


def public_text(context: Context, story: Story) -> str:
    """A public story with its author as the author chose."""
    day = home_date(story.published_at or story.changed_at).isoformat()
    name = story.name or context.say("story.anonymous")
    text = context.say("story.public", number=story.id, title=story.title, text=story.text, name=name, day=day)
    is_seen = not story.photo or context.message.sender.channel in context.services.picturing
    return text if is_seen else f"{text}\n{context.say('story.photo.elsewhere')}"


async def _perform(context: Context, kind: Kind, *, story: int = 0, step: str = "", value: str = "") -> Reply:
    act = Act(kind, context.message.sender, context.language, context.now, story, step, value)
    return await _tell(context, await context.services.stories.perform(act, context.message))


async def _tell(context: Context, outcome: StoryOutcome) -> Reply:
    """What is said to an outcome, the same again for a message that comes again."""
    if outcome.code == "age":
        return _ask_age(context)
    if outcome.code in ("asked", "taken"):
        return await _ask(context, outcome, context.say("story.photo.taken") if outcome.code == "taken" else "")
    if outcome.step:
        return await _ask(context, outcome, context.say(f"story.unfit.{outcome.code}", **_LIMITS))
    text = context.say(f"story.{outcome.code}", max_open=MAX_OPEN)
    ways_on = _back_button(context) if outcome.code == "has-draft" else _my_stories_button(context)
    if outcome.code in ("under-14", "discarded", "no-draft"):
        return Reply(text, buttons=main_menu(context))
    return Reply(text, buttons=((ways_on, home_button(context)),))


async def _take_photo(context: Context) -> Reply:
    """A photo is the answer where one was asked for; nothing else without words is."""
    message = context.message
    if not message.photo:
        return await _go_on(context, context.say("story.no_photo"))
    if not await context.services.stories.of(message.sender):
        return await _go_on(context, context.say("story.unfit.photo-not-now"))
    key = photo_key(message.id)
    act = Act("answer", message.sender, context.language, context.now, value=key, source=message.photo)
    return await _tell(context, await context.services.stories.perform(act, message))


async def _go_on(context: Context, before: str = "") -> Reply:
    reply = await _perform(context, "open")
    return structs.replace(reply, text=f"{before}\n\n{reply.text}") if before else reply


def _ask_age(context: Context) -> Reply:
    choices = tuple(Button(context.say(f"story.age.{value}"), f"/story-set age {value}") for value in ("yes", "no"))
    return Reply(context.say("story.ask.age"), buttons=(choices, (home_button(context),)), asks="/story")


async def _answer_age(context: Context, words: str) -> Reply:
    if is_yes(words) or is_no(words):
        return await _perform(context, "begin" if is_yes(words) else "decline")
    if matter := recognise(words):
        return await help_with(context, matter)
    return await _answer_in_between(context, words)


async def _answer_in_between(context: Context, words: str) -> Reply:
    """A question while something else was asked: the answer, and the way back."""
    reply = await answer_question(structs.replace(context, args=clean(words)))
    text = f"{reply.text}\n\n{context.say('story.in_between')}"
    return Reply(text, buttons=((_back_button(context),), *reply.buttons), topic=reply.topic)


async def _ask(context: Context, outcome: StoryOutcome, before: str = "") -> Reply:
    """The question of a step, after `before`."""
    mine = await context.services.stories.of(context.message.sender)
    draft = next((story for story in mine if story.id == outcome.story), None)
    parts = (before, _returned(context, draft), _question(context, outcome.step, draft))
    choices = [
        (Button(context.say(label), f"/story-set {outcome.step} {value}"),)
        for value, label in _CHOICES.get(outcome.step, {}).items()
    ]
    rows = (*choices, *_ways_out(context, outcome.step))
    return Reply(
        "\n\n".join(filter(None, parts)),
        buttons=rows,
        asks="/story",
        picture=draft.shown_photo if draft and outcome.step == "consent" else None,
        takes_photo=outcome.step == "photo",
    )


def _question(context: Context, step: str, draft: Story | None) -> str:
    question = context.say(f"story.ask.{step}", **_LIMITS)
    if step == "photo" and context.message.sender.channel not in context.services.photographing:
        return f"{question}\n{context.say('story.photo.not_here')}"
    if step != "consent" or not draft:
        return question
    preview = context.say(
        "story.preview",
        title=draft.title,
        text=draft.text,
        about=context.say(f"story.about.{draft.about or 'self'}"),
        name=draft.name or context.say("story.anonymous"),
    )
    # Where a long text is cut off, the question is still seen.
    return "\n".join(filter(None, (f"{question}\n\n{preview}", photo_line(context.say, draft))))


def photo_line(say: Callable[..., str], story: Story) -> str:
    """Whether there is a photo, and whether it is here yet; empty for none."""
    if not story.photo:
        return ""
    return say("story.photo.awaited") if story.awaits_photo else say("story.photo.there")


def _returned(context: Context, draft: Story | None) -> str:
    """Why a reviewer sent it back, while it is being corrected."""
    return context.say("story.reason", reason=draft.reason) if draft and draft.reason else ""


def _ways_out(context: Context, step: str) -> tuple[tuple[Button, ...], ...]:
    back = _typed(context, "story.button.back", "/story-edit")
    later = _typed(context, "story.button.later", "/story-later")
    stop = _typed(context, "story.button.cancel", "/story-cancel")
    ways = (later, stop, home_button(context)) if step == "title" else (back, later, stop, home_button(context))
    if step != "consent":
        return (ways,)
    return (tuple(Button(context.say(f"story.correct.{one}"), f"/story-edit {one}") for one in _CORRECTIONS), ways)


def _typed(context: Context, key: str, command: str) -> Button:
    label = context.say(key)
    return Button(label, command, typed=label)


def words_of(context: Context, args: str) -> str:
    """What was said, as it was typed; of a command only its words, `args`."""
    is_command = context.message.text.lstrip().startswith("/")
    return written(args if is_command or not args else context.message.text)


def _unmarked(words: str) -> str:
    marked = _MARKED.fullmatch(words)
    return marked["words"] if marked else words


def _is_question(context: Context, words: str) -> bool:
    """Whether it is asked of us, and not a part of the story: it asks, and the files have an answer."""
    if len(words) > MAX_QUESTION or not _ASKING.search(words) or _MARKED.fullmatch(words):
        return False
    return context.library.knowledge.search(clean(words)).answer is not None


def _show_one_of_mine(context: Context, story: Story) -> Reply:
    parts = [_line(context, story), _returned(context, story), story.text, photo_line(context.say, story)]
    ways = [
        Button(context.say("story.button.go_on"), "/story") if story.state == "draft" else None,
        Button(context.say("story.button.revise"), f"/revise {story.id}") if story.can_be_revised else None,
        Button(context.say("story.button.withdraw"), f"/withdraw {story.id}") if story.can_be_withdrawn else None,
    ]
    link = link_to(context, "story", str(story.id), "story.share") if story.is_public else None
    rows = (tuple(filter(None, ways)), (_my_stories_button(context), home_button(context)))
    text, buttons = "\n\n".join(filter(None, parts)), tuple(filter(None, rows))
    return Reply(text, buttons=buttons, link=link, picture=story.shown_photo)


def _line(context: Context, story: Story) -> str:
    state = context.say(f"story.state.{story.state}")
    return context.say("story.line", number=story.id, title=story.title or context.say("story.untitled"), state=state)


async def _page(context: Context, page: int, words: str = "") -> Reply:
    """Public stories; one more than a page holds is asked for, to know whether there is another."""
    start = (page - 1) * STORIES_ON_A_PAGE
    found = await context.services.stories.published(start, STORIES_ON_A_PAGE + 1, words)
    if not found:
        text = context.say("story.nothing_found", words=words) if words else context.say("story.nothing_public")
        return Reply(text, buttons=((_write_button(context), home_button(context)),))
    rows = [(_read_button(context, story),) for story in found[:STORIES_ON_A_PAGE]]
    command = f"/found {{}} {words}" if words else "/browse {}"
    turns = []
    if page > 1:
        turns.append(_typed(context, "votes.button.previous", command.format(page - 1)))
    if len(found) > STORIES_ON_A_PAGE:
        turns.append(_typed(context, "votes.button.next", command.format(page + 1)))
    heading = context.say("story.found", words=words) if words else context.say("story.newest")
    buttons = (*rows, tuple(turns), (_write_button(context), home_button(context)))
    return Reply(heading, buttons=tuple(filter(None, buttons)), replaces=context.message.tapped)


async def _object(context: Context, number: int) -> Reply:
    code = await context.services.stories.object(context.message, number)
    text = context.say(f"story.objected.{code}", limit=MAX_OBJECTIONS, needed=OBJECTIONS_AFRESH)
    asks = f"/takedown {number} because" if code in ("taken-down", "put-back") else ""
    return Reply(text, buttons=((_browse_button(context), home_button(context)),), asks=asks)


async def _say_why(context: Context, number: int, reason: str) -> Reply:
    if not reason:
        text = context.say("story.why")
        return Reply(text, buttons=((home_button(context),),), asks=f"/takedown {number} because")
    code = await context.services.stories.object(context.message, number, reason)
    return Reply(context.say(f"story.objected.{code}"), buttons=((_browse_button(context), home_button(context)),))


def as_number(text: str) -> int:
    """The number of a story or page; 0 for what is none."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 9 else 0


def _back_button(context: Context) -> Button:
    return Button(context.say("story.button.go_on"), "/story")


def _write_button(context: Context) -> Button:
    label = context.say("story.button.write")
    return Button(label, "/story", typed=label)


def _my_stories_button(context: Context) -> Button:
    label = context.say("story.button.mine")
    return Button(label, "/mine", typed=label)


def _browse_button(context: Context) -> Button:
    label = context.say("story.button.browse")
    return Button(label, "/read", typed=label)


def _mine_button(context: Context, story: Story) -> Button:
    title = story.title or context.say("story.untitled")
    return Button(context.say("story.button.one_of_mine", number=story.id, title=title), f"/mine {story.id}")


def _read_button(context: Context, story: Story) -> Button:
    return Button(context.say("story.button.read", number=story.id, title=story.title), f"/read {story.id}")
