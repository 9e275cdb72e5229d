"""What is stored about a person, and its deletion."""

from bot.context import Context
from bot.domain.cards import audience_name
from bot.domain.parts import REST_LASTS
from bot.domain.polls import Poll
from bot.domain.subscriptions import Subscription
from bot.domain.times import HOME_ZONE, home_date
from bot.messages import Button, Reply
from bot.router import Router
from handlers.home import ITSELF, home_button
from handlers.polls import title_of
from handlers.subscriptions import when

router = Router()


@router.command("me", "我的", "我嘅", "我的资料", "我的订阅", "me", "my data", private=True)
async def show_what_is_stored(context: Context) -> Reply:
    lines = [context.say("me.heading"), *await _stored(context), context.say("me.not_stored")]
    delete = Button(context.say("me.button.delete"), "/forget")
    return Reply("\n".join(lines), buttons=((delete, home_button(context)),))


@router.command("forget", "删除我的资料", "删除我的数据", "forget me", private=True)
async def forget(context: Context) -> Reply:
    """Asks once more; `/forget yes` deletes."""
    if context.args != "yes":
        sure = Button(context.say("me.button.sure"), "/forget yes")
        return Reply(context.say("me.sure"), buttons=((sure, home_button(context)),))
    await context.services.people.forget(context.message.sender, context.message.at, context.message.id)
    return Reply(context.say("me.deleted"), buttons=((home_button(context),),), unremembered=True)


@router.command("gone", event=True)
async def forget_who_is_gone(context: Context) -> Reply:
    """The platform says that the account does not exist any more: nothing of it is kept."""
    await context.services.people.forget(context.message.sender, context.message.at, context.message.id)
    return Reply(unremembered=True)


async def _stored(context: Context) -> list[str]:
    sender = context.message.sender
    since = await context.services.people.joined_at(sender)
    lines = []
    if since:
        day = home_date(since).isoformat()
        lines.append(context.say("me.account", channel=context.say(f"me.channel.{sender.channel}"), day=day))
    shown = await context.conversation()
    if shown.topic_at and shown.topic not in ("", ITSELF):  # after a tip it is meant, and nothing was asked
        at = f"{shown.topic_at.astimezone(HOME_ZONE):%Y-%m-%d %H:%M}"
        lines.append(context.say("me.topic", topic=_title_of(context, shown.topic), at=at))
    if await context.services.people.kept(sender, context.now - REST_LASTS):
        lines.append(context.say("me.rest"))
    if shown.plain:
        lines.append(context.say("me.plain"))
    subscription = await context.services.subscriptions.of(sender)
    if subscription:
        lines.append(_subscription(context, subscription))
    if subscription and subscription.streak is not None:
        lines.append(context.say("me.streak", days=subscription.streak))
    mine = await context.services.stories.of(sender)
    if mine:
        lines.append(context.say("me.stories", count=len(mine)))
    polls = context.library.polls
    for appeal in await context.services.holds.appeals_of(sender):
        title = title_of(context, polls[appeal.poll]) if appeal.poll in polls else appeal.poll
        lines.append(context.say("me.appeal", poll=title, text=appeal.text))
    lines += [line for poll in context.library.polls.values() for line in await _votes(context, poll)]
    return lines or [context.say("me.nothing")]


def _subscription(context: Context, subscription: Subscription) -> str:
    audience = audience_name(context.say, subscription.audience)
    state = "paused" if subscription.is_away(context.now) else subscription.state
    return context.say(f"me.subscription.{state}", when=when(context, subscription), audience=audience)


async def _votes(context: Context, poll: Poll) -> list[str]:
    """The one vote of a person in this poll, or how many there are."""
    mine = await context.services.polls.mine(poll, context.message.sender, context.now)
    votes = mine.votes.total()
    option = next((option for option in poll.options if mine.votes[option.number]), None)
    title = title_of(context, poll)
    if votes == 1 and option:
        return [context.say("me.vote", poll=title, number=option.number, title=title_of(context, option))]
    return [context.say("me.votes", poll=title, votes=votes)] if votes else []


def _title_of(context: Context, topic: str) -> str:
    """What a person knows a topic by."""
    found = context.library.topic(topic)
    if not found:
        return topic
    return found.english_title if context.language == "en" and found.english_title else found.title
