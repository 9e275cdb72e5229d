"""Today's trick, one more, the little question about it, and a card to pass on."""

import re

from bot.context import Context
from bot.domain.cards import answer_buttons, card, card_button, plain_text, tip_text
from bot.domain.tips import Tip
from bot.messages import Button, Reply
from bot.router import Router
from handlers.home import ITSELF, home_button, link_to, picture_foot

router = Router(about=ITSELF)

_MORE = re.compile(r"/tip more (\d+)")


@router.command("tip", "今日一招", "每日一招", "每天一招", "学一招", "来一招", "小贴士", "tip", link="tip")
async def show_tip(context: Context) -> Reply:
    """The tip of today; `more 2` is the second one beside it, and an id is that tip."""
    word, _, number = context.args.partition(" ")
    if word == "more":
        return await _show_further(context, _number(number))
    return await _show(context, context.library.tips.by_id.get(context.args) or await _todays(context), further=1)


@router.command(
    "another", "再来一条", "再来一招", "多来一条", "换一条", "换一招", "再嚟一条", "another tip", "one more tip"
)
async def show_another(context: Context) -> Reply:
    """The one after those that were shown, as the button does; for a redelivered message the same again."""
    menu = (await context.conversation()).menu
    shown = next((found[1] for button in menu if (found := _MORE.match(button.command))), "1")
    return await _show_further(context, _number(await context.services.people.meant(shown, context.message.id)))


@router.command("card", *("看卡片", "卡片", "做成卡片", "分享", "分享卡片", "睇卡片", "card", "share"))
async def show_card(context: Context) -> Reply:
    """A tip as a picture to keep and pass on: that of today, or the one with the id; where none is shown, in words."""
    tip = context.library.tips.by_id.get(context.args) or await _todays(context)
    if context.message.sender.channel not in context.services.drawing:
        return await _show(context, tip, further=1)
    services, say = context.services, context.say
    return Reply(
        f"{plain_text(say, context.language, tip, tip.audience)}\n\n{say('card.keep')}",
        buttons=((_more_button(context, 1), home_button(context)),),
        link=link_to(context, "tip", tip.id, "tips.share"),
        picture=card(say, context.language, tip, services.operator.site, picture_foot(context)),
    )


@router.command("quiz")
async def answer(context: Context) -> Reply:
    """`args` is a tip with the number of the answer that was tapped. No score is kept of anybody."""
    name, _, number = context.args.partition(" ")
    tip = context.library.tips.by_id.get(name)
    quiz = tip.wording(context.language).quiz if tip else None
    if not tip or not quiz:
        return Reply(context.say("tips.gone"), buttons=((_more_button(context, 1), home_button(context)),))
    is_right = _number(number) == tip.right
    judged = context.say("tips.right") if is_right else context.say("tips.better", answer=quiz.answers[tip.right - 1])
    lines = [judged, quiz.because, context.say("tips.source", source=tip.source) if tip.source else ""]
    return Reply("\n".join(filter(None, lines)), buttons=((_more_button(context, 1), home_button(context)),))


async def _todays(context: Context) -> Tip:
    return await context.services.subscriptions.todays(context.message, context.library.tips)


async def _show_further(context: Context, number: int) -> Reply:
    tip = await context.services.subscriptions.further(context.message, context.library.tips, number)
    return await _show(context, tip, further=number + 1)


async def _show(context: Context, tip: Tip, further: int) -> Reply:
    """The tip with its answers, and what can be done next; `further` counts the tips beside that of the day."""
    found = await context.services.subscriptions.of(context.message.sender) if context.message.is_private else None
    offer = Button(context.say("tips.button.change" if found else "tips.button.subscribe"), "/subscribe")
    ticking = (Button(context.say("tips.button.tick"), "/streak"),) if found and found.streak is not None else ()
    cards = (card_button(context.say, tip),) if context.message.sender.channel in context.services.drawing else ()
    return Reply(
        tip_text(context.say, context.language, tip, found.audience if found else "everyone"),
        buttons=(
            *answer_buttons(context.language, tip),
            (_more_button(context, further), *cards, *ticking),
            (offer, home_button(context)),
        ),
        link=link_to(context, "tip", tip.id, "tips.share"),
    )


def _more_button(context: Context, number: int) -> Button:
    return Button(context.say("tips.button.more"), f"/tip more {number}")


def _number(text: str) -> int:
    """At least 1, also for what is none."""
    return max(int(text), 1) if text.isascii() and text.isdecimal() and len(text) <= 3 else 1
