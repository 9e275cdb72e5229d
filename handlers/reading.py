"""How answers are read: the last one again, the rest of a long one, little at a time, in large type."""

from msgspec import structs

from bot.context import Context
from bot.domain.parts import REST_LASTS
from bot.messages import Button, Reply
from bot.router import Router, unmark
from handlers.home import ITSELF, home_button, main_menu
from handlers.votes import ask_whether_to_vote

router = Router(about=ITSELF)

AGAIN = "9"
_OF_A_POLL = ("/vote ", "/unvote ", "/stories ", "/results ")


@router.command("again", AGAIN, "再说一遍", "再讲一遍", "再看一遍", "重复", "重复一遍", "again", "repeat")
async def say_again(context: Context) -> Reply:
    """The last answer once more; right after the candidates of a poll 9 is one of them, if there is such a one."""
    if context.message.text.strip() == AGAIN and await _names_candidate(context):
        return await ask_whether_to_vote(structs.replace(context, args=AGAIN))
    return Reply(context.say("again.above"), buttons=main_menu(context), again=True, unremembered=True)


@router.command("go_on", private=True)
async def go_on(context: Context) -> Reply:
    """The rest of a long answer; `args` is the part. After ten minutes nobody knows it any more."""
    kept = await context.services.people.kept(context.message.sender, context.now - REST_LASTS)
    if not kept:
        return Reply(context.say("rest.gone"), buttons=main_menu(context))
    part = int(context.args) if context.args.isascii() and context.args.isdecimal() and len(context.args) <= 3 else 1
    return Reply(kept.text, buttons=kept.buttons, link=kept.link, part=max(part, 2))


@router.command("plain", "简单", "简单点", "简单一点", "说简单点", "plain", private=True)
async def take_little_at_a_time(context: Context) -> Reply:
    await _take(context, plain=True)
    back = Button(context.say("plain.button.standard"), "/standard")
    return Reply(context.say("plain.on"), buttons=((back, home_button(context)),))


@router.command("standard", "标准", "恢复标准", "standard", private=True)
async def take_all_at_once(context: Context) -> Reply:
    await _take(context, plain=False)
    return Reply(context.say("plain.off"), buttons=main_menu(context), type_size="standard")


@router.command("large", "大字", "大字版", "字大一点", "字大点", "放大", "字太小", "large", "large type")
async def enlarge(context: Context) -> Reply:
    """On our own page the type grows; elsewhere it is told where the app does that."""
    channel = context.message.sender.channel
    where = channel if channel in ("web", "wechat", "telegram") else "terminal"
    plain = Button(context.say("plain.button.plain"), "/plain")
    buttons = ((plain, home_button(context)),)
    return Reply(context.say(f"large.{where}"), buttons=buttons, type_size="large" if channel == "web" else "")


async def _take(context: Context, *, plain: bool) -> None:
    message = context.message
    await context.services.people.take_plain(message.sender, plain, message.at, message.id)


async def _names_candidate(context: Context) -> bool:
    shown = await context.conversation()
    poll = context.library.polls.get(shown.poll)
    of_a_poll = any(unmark(button.command)[0].startswith(_OF_A_POLL) for button in shown.menu)
    return bool(poll and of_a_poll and any(option.number == int(AGAIN) for option in poll.options))
