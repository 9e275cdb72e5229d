"""Today's trick, and the daily subscription to it."""

from contextlib import suppress
from datetime import datetime, time
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from bot.context import Context
from bot.domain.subscriptions import DEFAULT_ZONE, NotSubscribed, State, Subscription
from bot.domain.times import TIME_OF_DAY, UnclearTime, parse_time
from bot.domain.tips import tip_of_the_day
from bot.messages import Button, Reply
from bot.router import Router
from handlers.home import home_button

router = Router()

SUGGESTED_TIMES = (time(7, 30), time(12, 30), time(20, 0))
# A time that cannot be taken for a number: 8点, 7:30, 8 pm.
_CLOCK = rf"(?=.*(?:点|时|:|am|pm|a\.m\.|p\.m\.)){TIME_OF_DAY}"
_PARTS_OF_DAY = ((5, "night"), (11, "morning"), (13, "noon"), (18, "afternoon"), (24, "evening"))


@router.command("tip", "今日一招", "每日一招", "每天一招", "学一招", "来一招", "小贴士", "tip")
async def show_tip(context: Context) -> Reply:
    subscription = await context.services.subscriptions.of(context.message.sender)
    zone = ZoneInfo(subscription.zone if subscription else DEFAULT_ZONE)
    tip = tip_of_the_day(context.library.tips, context.now.astimezone(zone).date())
    text = tip.wording(context.language).text
    offer = Button(context.say("tips.button.change" if subscription else "tips.button.subscribe"), "/subscribe")
    return Reply(context.say("tips.today", tip=text), buttons=((offer, home_button(context)),))


@router.command("subscribe", "订阅", "我要订阅", "我想订阅", "改时间", "subscribe", takes=TIME_OF_DAY, private=True)
async def subscribe(context: Context) -> Reply:
    """Subscribe or change the time; without a time it says how things stand and offers some."""
    if not context.args:
        return await _offer_times(context)
    try:
        at = parse_time(context.args)
    except UnclearTime:
        return Reply(context.say("tips.unclear_time"), buttons=_time_buttons(context))
    subscription = await context.services.subscriptions.subscribe(context.message, at, context.language)
    text = context.say("tips.subscribed", time=spoken(context, at)) + "\n" + _how_it_arrives(context, subscription)
    rows = (Button(context.say("tips.button.pause"), "/pause"), Button(context.say("tips.button.stop"), "/unsubscribe"))
    return Reply(text, buttons=(rows, (home_button(context),)))


@router.command("at", "", "改成", "改到", "换成", takes=_CLOCK, private=True)
async def subscribe_at(context: Context) -> Reply:
    """A bare time, as one answers the question when: it can mean nothing else here."""
    return await subscribe(context)


@router.command("pause", "暂停", "pause", private=True)
async def pause(context: Context) -> Reply:
    return await _change_state(context, "paused", "tips.paused", Button(context.say("tips.button.resume"), "/resume"))


@router.command("resume", "继续", "恢复", "resume", private=True)
async def resume(context: Context) -> Reply:
    return await _change_state(context, "active", "tips.resumed", Button(context.say("tips.button.pause"), "/pause"))


@router.command("unsubscribe", "退订", "取消订阅", "unsubscribe", "stop", private=True)
async def unsubscribe(context: Context) -> Reply:
    return await _change_state(
        context, "stopped", "tips.stopped", Button(context.say("tips.button.subscribe"), "/subscribe")
    )


@router.command("zone", "时区", "timezone", "time zone", takes=r"[a-z]+(/[a-z0-9_+-]+)+", private=True)
async def set_zone(context: Context) -> Reply:
    """`args` is an IANA name such as Asia/Tokyo, in any case."""
    zone = _zones().get(context.args.casefold())
    if not zone:
        return Reply(context.say("tips.unknown_zone"), buttons=((home_button(context),),))
    try:
        subscription = await context.services.subscriptions.set_zone(context.message, zone)
    except NotSubscribed:
        return Reply(context.say("tips.not_subscribed"), buttons=_time_buttons(context))
    text = context.say("tips.zone", zone=zone, time=spoken(context, subscription.at))
    return Reply(text, buttons=((home_button(context),),))


@cache
def _zones() -> dict[str, str]:
    return {name.casefold(): name for name in available_timezones()}


@router.command("left", event=True)
async def suspend(context: Context) -> Reply:
    """The platform says that the person blocked or left us: nothing is said, and nothing sent from now on."""
    with suppress(NotSubscribed):
        await context.services.subscriptions.set_state(context.message, "suspended")
    return Reply()


async def _change_state(context: Context, state: State, phrase: str, way_back: Button) -> Reply:
    try:
        subscription = await context.services.subscriptions.set_state(context.message, state)
    except NotSubscribed:
        return Reply(context.say("tips.not_subscribed"), buttons=_time_buttons(context))
    return Reply(
        context.say(phrase, time=spoken(context, subscription.at)), buttons=((way_back, home_button(context)),)
    )


async def _offer_times(context: Context) -> Reply:
    subscription = await context.services.subscriptions.of(context.message.sender)
    if not subscription:
        return Reply(context.say("tips.when"), buttons=_time_buttons(context))
    state = context.say(f"tips.state.{subscription.state}", time=spoken(context, subscription.at))
    change = (
        Button(context.say("tips.button.resume"), "/resume")
        if subscription.state != "active"
        else Button(context.say("tips.button.pause"), "/pause")
    )
    stop = Button(context.say("tips.button.stop"), "/unsubscribe")
    return Reply(f"{state}\n{context.say('tips.change')}", buttons=((change, stop), *_time_buttons(context)))


def _time_buttons(context: Context) -> tuple[tuple[Button, ...], ...]:
    times = tuple(Button(spoken(context, at), f"/subscribe {at:%H:%M}") for at in SUGGESTED_TIMES)
    return (times, (home_button(context),))


def _how_it_arrives(context: Context, subscription: Subscription) -> str:
    """When and how the next one comes; on a channel that cannot push, the truth about that."""
    if not subscription.due_at:
        return context.say("tips.arrives.on_asking")
    due = subscription.due_at.astimezone(ZoneInfo(subscription.zone))
    day = context.say(_day_phrase(due, context.now))
    how = "tips.arrives.on_opening" if context.message.sender.channel == "web" else "tips.arrives.as_message"
    return context.say(how, day=day, time=spoken(context, due.time()))


def _day_phrase(due: datetime, now: datetime) -> str:
    is_today = due.date() == now.astimezone(due.tzinfo).date()
    return "times.today" if is_today else "times.tomorrow"


def spoken(context: Context, at: time) -> str:
    """A time of day as one says it: 早上 7:30."""
    part = next(name for end, name in _PARTS_OF_DAY if at.hour < end)
    clock = f"{at.hour if at.hour <= 12 else at.hour - 12}:{at.minute:02}"
    return context.say(f"times.{part}", clock=clock)
