"""The daily subscription: when, on which days, for whom, about what; pausing, and a streak for who wants one."""

import re
from collections.abc import Awaitable, Callable, Sequence
from datetime import date, time, timedelta
from typing import NamedTuple, get_args

from msgspec import structs

from bot.context import Context
from bot.domain.audiences import AUDIENCES, is_for_whom, is_for_whom_and_when, take_audience
from bot.domain.cards import audience_name, topic_names
from bot.domain.partings import ends_tips, may_end_tips
from bot.domain.pauses import is_until, parse_until
from bot.domain.subscriptions import DEFAULT_ZONE, NotForChildren, NotSubscribed, State, Subscription
from bot.domain.text import simplify
from bot.domain.times import EVERY_DAY, WEEKEND, WORKING_DAYS, LaterStart, UnclearDays, UnclearTime, zone_of
from bot.domain.tips import Audience, Subject, Taste
from bot.domain.wishes import TwoWishes, Wish, is_sentence, is_wish, parse_wish
from bot.domain.zones import zone_named
from bot.messages import Button, Reply
from bot.router import Router, unmark
from handlers.home import ITSELF, home_button

router = Router(about=ITSELF)

SUGGESTED_TIMES = (time(7, 30), time(12, 30), time(20, 0))
CHILDREN_TIMES = (time(7, 0), time(17, 30), time(19, 30))
_PARTS_OF_DAY = ((5, "night"), (11, "morning"), (13, "noon"), (18, "afternoon"), (24, "evening"))
_DAYS = {EVERY_DAY: "every", WORKING_DAYS: "working", WEEKEND: "weekend"}
TOPICS: tuple[Subject, ...] = get_args(Subject)
TOPICS_A_ROW = 3
# Days that stand for every other day, and the other ones to choose from.
OFFERED_DAYS = (EVERY_DAY, "135", "246", WEEKEND)
_CHOICE = re.compile(r"/(?:for|topics)\b|/subscribe .*\d\d:\d\d")
LONGEST_ANSWER = 80  # in characters; whatever is longer was not said in a word
_REST = re.compile("停|休息|(?:stop|hold on|rest|take a break)(?= )")
_NOT_BEFORE = re.compile("再(?:给我)?(?:发|推送|收)(?:给我)?[吧了]?$")
# What is as far from Beijing as its people say, or has several.
_SOME_ZONE = re.compile(
    r"(?:utc|gmt)\s*[+-]?\s*\d.*|[东西].{1,2}区|美国|加拿大|澳洲|澳大利亚|俄罗斯|巴西|墨西哥|"
    r"(?:the )?(?:usa?|united states|canada|australia|russia|brazil|mexico)"
)
_LINKED_TIME = re.compile(r"([01]\d|2[0-3])([0-5]\d)")
Buttons = tuple[tuple[Button, ...], ...]


_ARRIVES = {"web": "tips.arrives.on_opening", "wechat": "tips.arrives.in_window"}


@router.command(
    "subscribe",
    *(
        "订阅",
        "我要订阅",
        "我想订阅",
        "帮我订阅",
        "重新订阅",
        "再订阅",
        "改时间",
        "改成",
        "改到",
        "换成",
        "换到",
        "subscribe",
    ),
    takes=is_wish,
    private=True,
    by_admins=True,
)
async def subscribe(context: Context) -> Reply:
    """Subscribe or change the time or the days; without either it says how things stand and offers some."""
    if not context.args:
        return await _offer_times(context)
    return await _wish(context, context.args, "/subscribe ")


async def _wish(context: Context, text: str, command: str, **chosen: Audience) -> Reply:
    """Subscribe or change as the text says; `command` with a time after it is what a button for a time does."""
    try:
        wish = parse_wish(text)
    except UnclearDays as unclear:
        return Reply(context.say("tips.which_days"), buttons=_day_buttons(context, command, unclear.at))
    except TwoWishes as two:
        return Reply(context.say("tips.one_time"), buttons=_wish_buttons(context, command, two.wishes))
    except UnclearTime as unclear:
        return _ask_again(context, unclear, command)
    subscriptions = context.services.subscriptions
    wanted = chosen if wish.days is None else {**chosen, "days": wish.days}
    if wish.at:
        work = subscriptions.subscribe(context.message, wish.at, context.language, **wanted)
        return await _settle(context, work, _subscribed, f"{command}{_as_words(wish.days)}")
    when_then = Reply(context.say("tips.when"), buttons=_time_buttons(context, command, days=wish.days))
    work = subscriptions.change(context.message, **wanted)
    return await _settle(context, work, _subscribed, command, when_then)


@router.command("daily", private=True, link="sub")
async def offer_time(context: Context) -> Reply:
    """The time that a link names (0730): offered alone, for opening a link changes nothing."""
    clock = _LINKED_TIME.fullmatch(context.args)
    if not clock:
        return await _offer_times(context)
    at = time(int(clock[1]), int(clock[2]))
    text = context.say("tips.shall_it", when=_on_days(context, EVERY_DAY, spoken(context, at)))
    yes = Button(context.say("tips.button.yes"), f"/subscribe {at:%H:%M}")
    return Reply(
        text, buttons=((yes, Button(context.say("tips.button.change"), "/subscribe")), (home_button(context),))
    )


@router.command("at", "", takes=is_sentence, private=True, by_admins=True)
async def subscribe_at(context: Context) -> Reply:
    """A bare time, as one answers the question when: it can mean nothing else here."""
    return await subscribe(context)


@router.command(
    "for",
    *("写给谁", "小贴士写给谁", "想看写给谁的", "换读者"),
    *("写给", "想看写给", "我想看写给", "要写给", "written for", "tips for"),
    takes=is_for_whom,
    private=True,
    by_admins=True,
)
async def choose_audience(context: Context) -> Reply:
    """Whom the tips are for, and perhaps when: `elders 07:30`, 长辈，晚上8点. Of the person nothing is asked."""
    audience, wish = take_audience(context.args)
    if not audience:
        return Reply(context.say("tips.for_whom"), buttons=_audience_buttons(context))
    if wish:
        return await _wish(context, wish, f"/for {audience} ", audience=audience)
    command = f"/for {audience} "
    text = context.say("tips.for_when", audience=audience_name(context.say, audience))
    when_then = Reply(text, buttons=_time_buttons(context, command, audience=audience))
    work = context.services.subscriptions.change(context.message, audience=audience)
    return await _settle(context, work, _chosen, command, when_then)


@router.command("for_at", "", "订阅", "subscribe", takes=is_for_whom_and_when, private=True, by_admins=True)
async def choose_audience_and_time(context: Context) -> Reply:
    """Both in one sentence: 给孩子的，早上七点半."""
    return await choose_audience(context)


@router.command("topics", "选主题", "换主题", "小贴士主题", "topics", private=True, by_admins=True)
async def choose_topics(context: Context) -> Reply:
    """`args` is a topic to take or to leave, or `all`."""
    subscriptions = context.services.subscriptions
    found = await (subscriptions.of(context.message.sender) if context.args else subscriptions.here(context.message))
    if not found:
        return Reply(context.say("tips.not_subscribed"), buttons=_time_buttons(context))
    if context.args:
        topics = tuple(topic for topic in TOPICS if (topic in found.topics) != (topic == context.args))
        wanted = () if context.args == "all" else topics
        found = await subscriptions.change(context.message, topics=wanted)
    chosen = topic_names(context.say, context.language, found.topics)
    text = context.say("tips.topics.some", topics=chosen) if chosen else context.say("tips.topics.all")
    return Reply(text, buttons=_topic_buttons(context, found.topics), replaces=True)


@router.command(
    "pause",
    *("暂停", "先停", "pause", "pause tips", "pause the tips", "pause my tips", "pause my subscription"),
    takes=is_until,
    private=True,
    by_admins=True,
)
async def pause(context: Context) -> Reply:
    """Pause until a day, or without one until the person goes on."""
    if context.args:
        return await _pause_until(context, context.args)
    return await _change_state(context, "paused", "tips.paused", _resume_button(context))


def _is_rest(text: str) -> bool:
    verb = _REST.match(text)
    return (verb is not None or _NOT_BEFORE.search(text) is not None) and is_until(_until(text))


def _until(text: str) -> str:
    """The day in 停三天 and in 下周再发."""
    return _NOT_BEFORE.sub("", text.removeprefix(found.group()) if (found := _REST.match(text)) else text)


@router.command("rest", "", takes=_is_rest, private=True, by_admins=True)
async def rest(context: Context) -> Reply:
    """停三天, 休息一周, 下周再发: words that say too little alone."""
    return await _pause_until(context, _until(context.args))


def _resume_button(context: Context) -> Button:
    return Button(context.say("tips.button.resume"), "/resume")


async def _pause_until(context: Context, said: str) -> Reply:
    found = await context.services.subscriptions.of(context.message.sender)
    today = (found or Subscription(context.message.sender, time())).local_day(context.now)
    try:
        until = parse_until(said, today)
    except UnclearTime:
        return Reply(context.say("tips.unclear_day"), buttons=(_pause_buttons(context), (home_button(context),)))
    work = context.services.subscriptions.change(context.message, state="active", paused_until=until)

    def done(context: Context, subscription: Subscription) -> Reply:
        said = context.say("tips.paused_until", day=spoken_day(context, until, today))
        text = _with_terms(context, said, subscription)
        return Reply(text, buttons=((_resume_button(context), home_button(context)),))

    return await _settle(context, work, done)


@router.command(
    "resume",
    *("继续", "恢复", "继续发", "接着发", "继续订阅", "恢复订阅", "继续推送", "恢复推送", "取消暂停"),
    *("resume", "resume tips", "resume the tips", "unpause"),
    private=True,
    by_admins=True,
)
async def resume(context: Context) -> Reply:
    return await _change_state(context, "active", "tips.resumed", Button(context.say("tips.button.pause"), "/pause"))


@router.command("unsubscribe", "退订", "取消订阅", "unsubscribe", "stop", private=True, by_admins=True)
async def unsubscribe(context: Context) -> Reply:
    return await _change_state(
        context, "stopped", "tips.stopped", Button(context.say("tips.button.subscribe"), "/subscribe")
    )


@router.command("weekly", "每周一次", "每周一条", "once a week", private=True, by_admins=True)
async def go_weekly(context: Context) -> Reply:
    """The answer to the question whether one a week would do; `no` leaves all as it is."""
    if context.args == "no":
        return Reply(context.say("tips.weekly.stays"), buttons=((home_button(context),),))
    return await _settle(context, context.services.subscriptions.change(context.message, days="7"), _subscribed)


@router.command("streak", "连续打卡", "打卡", "streak", private=True)
async def tick_off(context: Context) -> Reply:
    """Counts the days in a row for who asks for it: `on` begins, `off` ends and deletes it."""
    subscriptions = context.services.subscriptions
    if context.args in ("on", "off"):
        streak = 0 if context.args == "on" else None
        work = subscriptions.change(context.message, streak=streak, streak_day=None)
        return await _settle(context, work, _streak_on if context.args == "on" else _streak_off)
    found = await subscriptions.of(context.message.sender)
    if found and found.streak is None:
        begin = Button(context.say("tips.button.streak_on"), "/streak on")
        return Reply(context.say("tips.streak.offer"), buttons=((begin, home_button(context)),))
    return await _settle(context, subscriptions.tick_off(context.message), _ticked_off)


def _is_zone(text: str) -> bool:
    """Whether it names a zone or more than one, or is written as zones are."""
    return zone_named(text) is not None or "/" in text or _SOME_ZONE.fullmatch(simplify(text)) is not None


@router.command(
    "zone",
    *("时区", "改时区", "换时区", "时区怎么改", "怎么改时区", "时区改成", "时区换成", "时区改为", "时区换为", "时区是"),
    *("timezone", "time zone", "set timezone to", "my timezone is"),
    takes=_is_zone,
    private=True,
    by_admins=True,
)
async def set_zone(context: Context) -> Reply:
    """`args` is a place or an IANA name: 东京, Asia/Tokyo."""
    zone = zone_named(context.args)
    if not zone:
        found = await context.services.subscriptions.of(context.message.sender)
        now = found.zone if found else DEFAULT_ZONE
        phrase = "tips.unknown_zone" if now == DEFAULT_ZONE else "tips.unknown_zone_now"
        text = context.say(phrase, zone=now)
        return Reply(text, buttons=((home_button(context),),))

    def done(context: Context, subscription: Subscription) -> Reply:
        said = context.say("tips.zone", zone=zone, when=when(context, subscription))
        text = _with_terms(context, said, subscription)
        return Reply(text, buttons=((home_button(context),),))

    return await _settle(context, context.services.subscriptions.change(context.message, zone=zone), done)


@router.command("left", event=True)
async def suspend(context: Context) -> Reply:
    """The platform says that the person blocked or left us: nothing is said, and nothing sent from now on."""
    await context.services.subscriptions.suspend(context.message)
    return Reply()


@router.command("moved", event=True)
async def move(context: Context) -> Reply:
    """The group goes on under another id, `args`, and so do its tips; we are in it, whatever was said before."""
    message, subscriptions = context.message, context.services.subscriptions
    await subscriptions.move(message, context.args)
    there = structs.replace(message.sender, user=context.args, chat=context.args)
    await subscriptions.welcome_back(structs.replace(message, id=f"{message.id} moved", sender=there))
    return Reply()


@router.command("back", event=True)
async def go_on(context: Context) -> Reply:
    """The platform says that the person, who had blocked us, does so no more."""
    await context.services.subscriptions.welcome_back(context.message)
    return Reply()


class Offer(NamedTuple):
    """What can be answered in a word: the commands of the buttons that offer it, what answers it, and what it does."""

    buttons: re.Pattern[str]
    is_answer: Callable[[str], bool]
    answered: Callable[[Context], Awaitable[Reply]]


# The first that was made counts.
_OFFERS = {
    "pause": Offer(re.compile("/pause ."), is_until, pause),
    "for": Offer(_CHOICE, is_for_whom, choose_audience),
    "subscribe": Offer(_CHOICE, is_wish, subscribe),
}


async def answer_to_offer(context: Context) -> Reply | None:
    """A plain sentence as an answer to what was just offered: 给长辈的, 睡前, 三天; None where it is none.

    For a redelivered message the same again: meanwhile something else may be offered, or nothing.
    """
    if not context.message.is_private or len(context.args) > LONGEST_ANSWER:
        return None
    answered = [name for name, offer in _OFFERS.items() if offer.is_answer(context.args)]
    if not answered:
        return None
    menu = [unmark(button.command)[0] for button in (await context.conversation()).menu]
    made = next((name for name in answered if any(map(_OFFERS[name].buttons.match, menu))), "")
    # Under the message's id alone a number was looked for among the buttons.
    meant = await context.services.people.meant(made, f"{context.message.id} offer")
    return await _OFFERS[meant].answered(context) if meant else None


async def answer_to_parting(context: Context) -> Reply | None:
    """别再发了 is said by who gets tips; 不要了 may be about them, and is asked back. None where it is neither.

    Who gets none has said it about something else. For a redelivered message the same again.
    """
    said = "end" if ends_tips(context.args) else "perhaps" if may_end_tips(context.args) else ""
    if not said or not context.message.is_private:
        return None
    found = await context.services.subscriptions.of(context.message.sender)
    meant = await context.services.people.meant(said if found else "", f"{context.message.id} parting")
    if meant == "end":
        return await unsubscribe(context)
    return _stop_or_rest(context) if meant else None


def _stop_or_rest(context: Context) -> Reply:
    stop = Button(context.say("tips.button.stop"), "/unsubscribe")
    rows = (_pause_buttons(context), (_pause_button(context), stop), (home_button(context),))
    return Reply(context.say("tips.stop_or_rest"), buttons=rows)


async def _settle(
    context: Context,
    work: Awaitable[Subscription],
    done: Callable[[Context, Subscription], Reply],
    with_time: str = "/for children ",
    without: Reply | None = None,
) -> Reply:
    """What is said of a change: `done`, or why not, with times to choose from (`with_time` is the command of one).

    `without` is for who has no subscription, where that is no surprise.
    """
    try:
        return done(context, await work)
    except NotSubscribed:
        return without or Reply(context.say("tips.not_subscribed"), buttons=_time_buttons(context))
    except NotForChildren:
        return Reply(context.say("tips.children"), buttons=_time_buttons(context, with_time, audience="children"))


async def _change_state(context: Context, state: State, phrase: str, way_back: Button) -> Reply:
    def done(context: Context, subscription: Subscription) -> Reply:
        text = _with_terms(context, context.say(phrase, when=when(context, subscription)), subscription)
        return Reply(text, buttons=((way_back, home_button(context)),))

    return await _settle(context, context.services.subscriptions.set_state(context.message, state), done)


async def _offer_times(context: Context) -> Reply:
    subscription = await context.services.subscriptions.here(context.message)
    if not subscription:
        return Reply(context.say("tips.when"), buttons=_time_buttons(context))
    lines = [state_of(context, subscription), _choice(context, subscription), context.say("tips.change")]
    is_paused = subscription.state != "active" or subscription.is_away(context.now)
    change = Button(context.say("tips.button.resume"), "/resume") if is_paused else _pause_button(context)
    stop = Button(context.say("tips.button.stop"), "/unsubscribe")
    times = _time_buttons(context, audience=subscription.audience)
    return Reply("\n".join(lines), buttons=((change, stop), *times[:-1], _choosing_buttons(context), *times[-1:]))


def state_of(context: Context, subscription: Subscription) -> str:
    spoken = when(context, subscription)
    if subscription.state == "active" and subscription.paused_until and subscription.is_away(context.now):
        day = spoken_day(context, subscription.paused_until, subscription.local_day(context.now))
        return context.say("tips.away", when=spoken, day=day)
    return context.say(f"tips.state.{subscription.state}", when=spoken)


def _choice(context: Context, subscription: Subscription) -> str:
    """Whom the tips are for and what they are about."""
    audience = audience_name(context.say, subscription.audience)
    topics = topic_names(context.say, context.language, subscription.topics)
    return context.say("tips.choice", audience=audience, topics=topics or context.say("tips.topics.any"))


def _settled(context: Context, subscription: Subscription) -> str:
    if subscription.state == "active":
        return context.say("tips.subscribed", when=when(context, subscription))
    return state_of(context, subscription)


def _subscribed(context: Context, subscription: Subscription) -> Reply:
    lines = [
        _settled(context, subscription),
        _choice(context, subscription) if subscription.taste != Taste() else "",
        context.say("tips.workdays") if subscription.days == WORKING_DAYS else "",
        how_it_arrives(context, subscription),
    ]
    stop = Button(context.say("tips.button.stop"), "/unsubscribe")
    buttons = ((_pause_button(context), stop), _choosing_buttons(context), (home_button(context),))
    return Reply("\n".join(filter(None, lines)), buttons=buttons)


def _chosen(context: Context, subscription: Subscription) -> Reply:
    text = context.say("tips.chosen", audience=audience_name(context.say, subscription.audience))
    tip = Button(context.say("home.button.tip"), "/tip")
    return Reply(text, buttons=((tip, Button(context.say("tips.button.topics"), "/topics")), (home_button(context),)))


def _streak_on(context: Context, _: Subscription) -> Reply:
    tick = Button(context.say("tips.button.tick"), "/streak")
    return Reply(context.say("tips.streak.on"), buttons=((tick, home_button(context)),))


def _streak_off(context: Context, _: Subscription) -> Reply:
    return Reply(context.say("tips.streak.off"), buttons=((home_button(context),),))


def _ticked_off(context: Context, subscription: Subscription) -> Reply:
    end = Button(context.say("tips.button.streak_off"), "/streak off")
    return Reply(context.say("tips.streak.days", days=subscription.streak), buttons=((end, home_button(context)),))


def _ask_again(context: Context, unclear: UnclearTime, command: str) -> Reply:
    """With the times that may be meant, where there are some."""
    buttons = _time_buttons(context, command, days=unclear.days, times=unclear.choices)
    if isinstance(unclear, LaterStart):
        return Reply(context.say("tips.later_start"), buttons=buttons)
    return Reply(context.say("tips.which_time" if unclear.choices else "tips.unclear_time"), buttons=buttons)


def _wish_buttons(context: Context, command: str, wishes: Sequence[Wish]) -> Buttons:
    rows = [
        (
            Button(
                _on_days(context, wish.days, spoken(context, wish.at)),
                f"{command}{_as_words(wish.days)}{wish.at:%H:%M}",
            ),
        )
        for wish in wishes
        if wish.at and wish.days
    ]
    return (*rows, (home_button(context),))


def _time_buttons(
    context: Context,
    command: str = "/subscribe ",
    *,
    audience: Audience = "everyone",
    days: str | None = None,
    times: Sequence[time] = (),
) -> Buttons:
    offered = times or (CHILDREN_TIMES if audience == "children" else SUGGESTED_TIMES)
    row = tuple(Button(spoken(context, at), f"{command}{_as_words(days)}{at:%H:%M}") for at in offered)
    return (row, (home_button(context),))


def _day_buttons(context: Context, command: str, at: time | None) -> Buttons:
    clock = "" if at is None else f"{at:%H:%M}"
    spoken_clock = "" if at is None else spoken(context, at)
    buttons = [
        Button(_on_days(context, days, spoken_clock).strip(), f"{command}{_as_words(days)}{clock}".rstrip())
        for days in OFFERED_DAYS
    ]
    return (*((button,) for button in buttons), (home_button(context),))


def _as_words(days: str | None) -> str:
    """Days as they stand in a command."""
    return "" if days is None else f"周{days} "


def _choosing_buttons(context: Context) -> tuple[Button, ...]:
    return (Button(context.say("tips.button.for"), "/for"), Button(context.say("tips.button.topics"), "/topics"))


def _audience_buttons(context: Context) -> Buttons:
    buttons = [Button(audience_name(context.say, audience), f"/for {audience}") for audience in AUDIENCES]
    return (tuple(buttons[:3]), tuple(buttons[3:]), (home_button(context),))


def _topic_buttons(context: Context, chosen: tuple[Subject, ...]) -> Buttons:
    buttons = [
        Button(f"{'✓ ' if topic in chosen else ''}{context.say(f'tips.topic.{topic}')}", f"/topics {topic}")
        for topic in TOPICS
    ]
    rows = [tuple(buttons[start : start + TOPICS_A_ROW]) for start in range(0, len(buttons), TOPICS_A_ROW)]
    every = (Button(context.say("tips.button.all_topics"), "/topics all"),) if chosen else ()
    return (*rows, (*every, home_button(context)))


def _pause_button(context: Context) -> Button:
    return Button(context.say("tips.button.pause"), "/pause")


def _pause_buttons(context: Context) -> tuple[Button, ...]:
    return (
        Button(context.say("tips.button.pause_week"), "/pause 1周"),
        Button(context.say("tips.button.pause_month"), "/pause 1个月"),
    )


def how_it_arrives(context: Context, subscription: Subscription) -> str:
    """When and how the next one comes, where one does; on a channel that cannot push, the truth about that."""
    if not context.services.subscriptions.can_push(context.message.sender.channel):
        return context.say("tips.arrives.on_asking")
    if not subscription.due_at:
        return ""
    due = subscription.due_at.astimezone(zone_of(subscription.zone))
    day = spoken_day(context, due.date(), subscription.local_day(context.now))
    how = _ARRIVES.get(context.message.sender.channel, "tips.arrives.as_message")
    return context.say(how, day=day, time=spoken(context, due.time()))


def _with_terms(context: Context, text: str, subscription: Subscription) -> str:
    """With how the tips arrive, for who has not stopped them."""
    terms = how_it_arrives(context, subscription) if subscription.state != "stopped" else ""
    return f"{text}\n{terms}".rstrip()


def when(context: Context, subscription: Subscription) -> str:
    """The days and the time as one says them: 每天早上 7:30."""
    return _on_days(context, subscription.days, spoken(context, subscription.at))


def _on_days(context: Context, days: str, clock: str) -> str:
    if days in _DAYS:
        return context.say(f"times.days.{_DAYS[days]}", time=clock)
    names = (", " if context.language == "en" else "、").join(context.say(f"times.weekday.{day}") for day in days)
    return context.say("times.days.some", days=names, time=clock)


def spoken(context: Context, at: time) -> str:
    """A time of day as one says it: 早上 7:30."""
    part = next(name for end, name in _PARTS_OF_DAY if at.hour < end)
    clock = f"{at.hour if at.hour <= 12 else at.hour - 12}:{at.minute:02}"
    return context.say(f"times.{part}", clock=clock)


def spoken_day(context: Context, day: date, today: date) -> str:
    if day <= today + timedelta(days=1):
        return context.say("times.today" if day == today else "times.tomorrow")
    weekday, month = context.say(f"times.weekday.{day.isoweekday()}"), context.say(f"times.month.{day.month}")
    return context.say("times.on", month=month, day=day.day, weekday=weekday)
