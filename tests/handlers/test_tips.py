import pytest

from bot.app import App
from bot.config import Settings
from bot.domain.library import Library
from tests.channels.wechat.official_account import AES_KEY
from tests.conftest import Clock
from tests.handlers.conftest import Line, Talk, TalkOn, hold

TIMES = ("[早上 7:30]", "[中午 12:30]", "[晚上 8:00]")

# The clock of the tests stands at 9 in the morning in Guangdong.
CONVERSATIONS: dict[str, tuple[Line, ...]] = {
    "today's tip": (
        ("今日一招", "今日一招：", "[订阅每天一招]", "[首页]"),
        ("每日一招", "今日一招："),
        ("学一招", "今日一招："),
        ("/tip", "今日一招："),
    ),
    "by the buttons": (
        ("更多",),
        ("> 订阅", "每天几点给你一招", *TIMES, "[首页]"),
        ("> 晚上 8:00", "订好了：每天晚上 8:00 一招。", "今天晚上 8:00", "打开这个网页", "[暂停]", "[退订]"),
        ("> 暂停", "已经暂停", "[继续]"),
        ("> 继续", "接着来：每天晚上 8:00", "[暂停]"),
        ("> 首页", "[问活动]"),
    ),
    "by numbers": (("订阅", *TIMES), ("1", "每天早上 7:30 一招", "明天早上 7:30"), ("2", "已经退订", "[订阅每天一招]")),
    "typed": (
        ("订阅 8点", "每天早上 8:00"),
        ("订阅 晚上八点半", "每天晚上 8:30"),
        ("訂閱 8點", "每天早上 8:00"),
        ("/subscribe 07:30", "每天早上 7:30"),
        ("订阅12点", "每天中午 12:00"),
        ("訂閱每天下午3點", "每天下午 3:00"),
        ("改时间 20:15", "每天晚上 8:15"),
        ("/subscribe 7:30 pm", "每天晚上 7:30"),
    ),
    "in english": (
        ("subscribe 7:30 pm", "every day at 7:30 pm", "[Pause]", "[Unsubscribe]"),
        ("> Pause", "Paused", "[Resume]"),
        ("resume", "we go on", "7:30 pm"),
        ("Subscribe", "one tip every day at 7:30 pm", "[Pause]"),
        ("stop", "Unsubscribed"),
        ("/subscribe", "When would you like a tip"),
    ),
    "a bare time answers the question": (
        ("订阅", "每天几点"),
        ("8点", "每天早上 8:00"),
        ("改成晚上9点", "每天晚上 9:00"),
        ("六点半", "每天早上 6:30"),
        ("19:05", "每天晚上 7:05"),
        ("8 pm", "8:00 pm"),
    ),
    "unclear": (
        ("订阅 25点", "这个时间我没看懂", *TIMES),
        ("订阅 早上15点", "没看懂"),
        ("/subscribe whenever", "没看懂"),
        ("/subscribe 8点99分", "没看懂"),
        ("88:88", "没看懂"),
        ("subscribe 29:10", "I did not understand that time"),
    ),
    "change": (
        ("订阅 8点", "订好了"),
        ("订阅", "你订的是每天早上 8:00 一招", "[暂停]", "[退订]", *TIMES),
        ("> 中午 12:30", "每天中午 12:30"),
        ("今日一招", "[改时间]", "! 订阅每天一招"),
        ("> 改时间", "你订的是每天中午 12:30"),
    ),
    "paused": (
        ("订阅 8点",),
        ("暂停", "已经暂停"),
        ("暂停", "已经暂停"),
        ("订阅", "现在暂停着", "[继续]"),
        ("订阅 9点", "订好了"),
        ("订阅", "你订的是每天早上 9:00 一招。", "[暂停]"),
    ),
    "stopped": (
        ("订阅 8点",),
        ("退订", "已经退订"),
        ("继续", "没有订阅", *TIMES),
        ("暂停", "没有订阅"),
        ("订阅", "每天几点"),
    ),
    "not subscribed": (
        ("退订", "你现在没有订阅", *TIMES),
        ("取消订阅", "没有订阅"),
        ("暂停", "没有订阅"),
        ("/resume", "没有订阅"),
        ("unsubscribe", "You have no subscription"),
    ),
}


@pytest.mark.parametrize("name", CONVERSATIONS)
async def test_conversation(talk: Talk, name: str) -> None:
    await hold(talk, *CONVERSATIONS[name])


async def test_a_channel_that_cannot_send_says_so(talk_on: TalkOn) -> None:
    for channel in ("wechat", "terminal"):
        await hold(talk_on(channel), ("订阅 8点", "不能主动发消息", "今日一招"))


async def test_a_wechat_account_that_may_push_says_on_what_terms(
    settings: Settings, library: Library, clock: Clock
) -> None:
    verified = {"wechat_app_id": "wx1", "wechat_app_secret": "s", "wechat_token": "t", "wechat_verified": True}
    verified |= {"wechat_encoding_aes_key": AES_KEY, "wechat_api_base": "http://127.0.0.1:1"}
    async with App(settings.model_copy(update=verified), library, clock).running() as app:
        talk = Talk(app, "wechat")
        await hold(talk, ("订阅 8点", "明天早上 8:00 左右", "48 小时", "今日一招", "! 不能主动发消息"))
        await hold(talk, ("subscribe 8 pm", "today at about 8:00 pm", "within 48 hours"))


async def test_another_day_another_tip(talk: Talk, clock: Clock) -> None:
    first = (await talk.says("今日一招")).text
    assert (await talk.says("今日一招")).text == first
    clock.passes(days=1)
    assert (await talk.says("今日一招")).text != first


async def test_the_day_begins_at_midnight_in_guangdong(talk: Talk, clock: Clock) -> None:
    first = (await talk.says("今日一招")).text
    clock.passes(hours=14, minutes=59)
    assert (await talk.says("今日一招")).text == first
    clock.passes(minutes=1)
    assert (await talk.says("今日一招")).text != first


async def test_who_left_is_told_nothing_and_who_comes_back_goes_on(talk_on: TalkOn) -> None:
    talk = talk_on("telegram")
    assert (await talk.says("/left", event=True)).text == ""
    assert (await talk.says("/left")).text != "", "nobody types it"
    await hold(talk, ("订阅 8点", "订好了"))
    await talk.says("/left", event=True)
    await hold(talk, ("我的", "因为发不到而停了"), ("/start",), ("我的", "! 停了"))
