from datetime import time
from functools import partial

import pytest

from bot.app import App
from bot.channels.telegram.render import CALLBACK_DATA_BYTES
from bot.channels.wechat.render import render
from bot.config import Settings
from bot.domain.cards import answer_buttons, daily_text, weekly_buttons
from bot.domain.library import Library
from bot.domain.subscriptions import Daily
from bot.domain.times import EVERY_DAY, WEEKEND, WORKING_DAYS, home_date
from bot.messages import Picture, Reply
from tests.channels.wechat.official_account import AES_KEY
from tests.conftest import Clock
from tests.handlers.conftest import Line, Talk, TalkOn, hold
from tests.pictures.samples import typeface
from tests.shipped import shipped

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
    "whom it is for": (
        ("订阅 8点", "订好了", "[写给谁]", "[选主题]"),
        ("> 写给谁", "想看写给谁的小贴士？", "[孩子]", "[青少年]", "[家长]", "[长辈]", "[老师]", "[大家]"),
        ("> 长辈", "先发写给长辈的", "一年里不重复", "[今日一招]"),
        ("订阅", "每天早上 8:00 一招", "写给：长辈", "主题：都要"),
        ("写给老师的", "先发写给老师的"),
        ("我的", "写给老师", "收到过哪几条"),
        ("写给火星人的", "! 先发写给"),
    ),
    "whom first, then when": (
        ("/for", "想看写给谁"),
        ("> 家长", "写给家长的。每天几点", *TIMES),
        ("> 晚上 8:00", "订好了：每天晚上 8:00 一招。"),
        ("订阅", "写给：家长"),
    ),
    "topics": (
        ("选主题", "没有订阅"),
        ("订阅 8点",),
        ("选主题", "现在什么都发", "[密码]", "[防诈骗]", "! 主题都要"),
        ("> 密码", "先发这些：密码", "[✓ 密码]", "[主题都要]"),
        ("> 友善", "先发这些：密码、友善"),
        ("> ✓ 密码", "先发这些：友善"),
        ("订阅", "主题：友善"),
        ("/topics",),
        ("> 主题都要", "现在什么都发"),
    ),
    "some days": (
        ("工作日7:30", "订好了：工作日（周一到周五）早上 7:30 一招。", "就是周一到周五", "明天早上 7:30"),
        ("只要周末", "订好了：周末早上 7:30 一招。", "! 就是周一到周五", "11月28日（周六）"),
        ("改成周一三五晚上8点", "每周一、周三、周五 晚上 8:00", "今天晚上 8:00"),
        ("每天早上七点半", "订好了：每天早上 7:30 一招。"),
        ("weekdays 7:30", "Done: one tip Monday to Friday at 7:30 am", "public holidays or not"),
        ("订阅 工作日", "工作日（周一到周五）早上 7:30"),
    ),
    "days without a time": (
        ("订阅 周末", "每天几点给你一招", *TIMES),
        ("> 早上 7:30", "订好了：周末早上 7:30 一招。"),
    ),
    "unclear times are asked back": (
        ("订阅 三点", "你说的是哪个时间", "[下午 3:00]", "[凌晨 3:00]"),
        ("> 下午 3:00", "每天下午 3:00"),
        ("工作日晚上", "哪个时间", "[晚上 7:00]", "[晚上 8:00]"),
        ("> 晚上 8:00", "工作日（周一到周五）晚上 8:00"),
        ("subscribe in the evening", "Which time do you mean", "[8:00 pm]"),
        ("订阅 25点", "没看懂", *TIMES),
        ("每天早上8点有什么活动", "! 订好了"),
    ),
    "pause until a day": (
        ("暂停三天", "没有订阅"),
        ("订阅 8点",),
        ("暂停到12月1日", "12月1日（周二） 起再发", "[继续]"),
        ("订阅", "先停着，12月1日（周二） 起再发", "[继续]"),
        ("> 继续", "接着来：每天早上 8:00"),
        ("暂停三天", "11月26日（周四） 起再发"),
        ("我的", "暂停着"),
        ("订阅 9点", "明天早上 9:00"),
        ("pause until Dec 1", "again from Tuesday, 1 December on"),
        ("暂停到2月30日", "要停到哪一天", "[停一周]", "[停一个月]"),
        ("> 停一周", "11月30日（周一） 起再发"),
        ("暂停到账怎么查", "! 起再发"),
    ),
    "what was offered is answered in a word": (
        ("睡前", "! 哪个时间"),
        ("给长辈的", "! 先发写给"),
        ("订阅", "每天几点"),
        ("睡前", "哪个时间", "[晚上 8:30]", "[晚上 9:00]", "[晚上 9:30]"),
        ("> 晚上 9:00", "每天晚上 9:00"),
        ("给长辈的", "先发写给长辈的"),
        ("给小朋友看的", "安心上课、睡觉", "[晚上 7:30]"),
        ("8点钟", "每天早上 8:00", "写给：长辈"),
        ("周末不要", "工作日（周一到周五）早上 8:00"),
        ("紫荆云陪伴是什么", "! 订好了", "紫荆"),
        ("工作日", "! 订好了"),
    ),
    "a time after a subscription is no pause, in English": (
        ("every day at 8", "one tip every day at 8:00 am", "[Pause]"),
        ("8.30", "! come again", "every day at 8:30 am"),
        ("Friday", "! come again"),
    ),
    "a day after a subscription is no pause, in traditional script": (
        ("訂閱 早上八點", "每天早上 8:00", "[暫停]"),
        ("星期五", "! 起再發"),
    ),
    "days that are none of the week": (
        ("隔天8点", "固定的几天", "[每天早上 8:00]", "[每周一、周三、周五 早上 8:00]", "[周末早上 8:00]"),
        ("> 每周一、周三、周五 早上 8:00", "订好了：每周一、周三、周五 早上 8:00"),
        ("订阅 每月一次", "固定的几天", "[周末]"),
        ("> 周末", "订好了：周末早上 8:00"),
        ("subscribe every other day at 8 pm", "fixed days of the week", "[every day at 8:00 pm]"),
    ),
    "all days but some": (
        ("除了周末每天8点", "订好了：工作日（周一到周五）早上 8:00"),
        ("周三不要，晚上八点", "每周一、周二、周四、周五、周六、周日 晚上 8:00"),
    ),
    "a raised number is no minute": (("订阅 8点²", "没看懂", "! 8:02"), ("8点²", "! 8:02", "! 订好了")),
    "until no day that there is": (
        ("订阅 8点",),
        ("暂停到明年2月29日", "要停到哪一天", "[停一周]"),
        ("三天", "11月26日（周四） 起再发"),
        ("暂停到放假", "要停到哪一天"),
        ("12月1日", "12月1日（周二） 起再发"),
        ("三天", "! 起再发"),
    ),
    "one time only": (
        ("工作日早上7:30周末9点", "一个时间", "[工作日（周一到周五）早上 7:30]", "[周末早上 9:00]", "! 订好了"),
        ("> 周末早上 9:00", "订好了：周末早上 9:00"),
        ("写给长辈的，工作日7:30，周末9点", "一个时间"),
        ("> 工作日（周一到周五）早上 7:30", "订好了：工作日", "写给：长辈"),
        ("weekdays 7:30 and weekends 9:00", "one time only", "[at weekends at 9:00 am]"),
        ("早晚各一次", "每天最多发一条", "[每天]"),
    ),
    "one day alone": (
        ("明天早上7点", "每天最多发一条", "[每天早上 7:00]", "! 订好了"),
        ("> 每天早上 7:00", "订好了：每天早上 7:00"),
        ("明天早上8点有什么活动", "! 最多发一条", "! 订好了"),
    ),
    "from some day on": (
        ("从下周一开始每天8点", "下一次到点就开始", "[早上 8:00]", "! 订好了"),
        ("> 早上 8:00", "订好了：每天早上 8:00"),
        ("下周一再发", "11月30日（周一） 起再发"),
        ("stop for a week", "again from Monday, 30 November on"),
        ("过几天再发", "要停到哪一天"),
    ),
    "no more, in other words": (
        ("别发了", "发“退订”", "! 已经退订"),
        ("不要了", "! 每天一招吗"),
        ("订阅 8点", "订好了"),
        ("不要了", "每天一招吗", "[停一周]", "[暂停]", "[退订]"),
        ("> 暂停", "已经暂停"),
        ("停止", "每天一招吗"),
        ("> 退订", "已经退订"),
        ("订阅 8点", "订好了"),
        ("怎么停止推送", "! 已经退订", "! 每天一招吗"),
        ("不要再发谣言了", "! 已经退订", "! 每天一招吗"),
        ("唔好再發喇，唔該", "已經退訂"),
        ("stop sending", "! Unsubscribed"),
    ),
    "in a story it is a sentence of the story": (
        ("订阅 8点", "订好了"),
        ("投稿",),
        ("不要了", "! 每天一招吗"),
        ("我的", "每天早上 8:00"),
    ),
    "later is no o'clock": (("订阅 8点",), ("改成晚一点", "没看懂", *TIMES), ("> 晚上 8:00", "每天晚上 8:00")),
    "one more and one more": (
        ("今日一招",),
        ("再嚟一條", "今日一招"),
        ("换一条", "今日一招"),
    ),
    "on again, in other words": (
        ("订阅 8点",),
        ("pause the tips for a week", "30 November"),
        ("恢复订阅", "接着来：每天早上 8:00"),
        ("12月5号以后再发给我", "12月5日（周六） 起再发"),
        ("resume tips", "we go on"),
        ("我要退订", "已经退订"),
        ("我要退订", "发“退订”", "! 已经退订"),
        ("重新订阅", "每天几点"),
    ),
    "time zones": (
        ("订阅 8点",),
        ("时区", "时区 东京"),
        ("时区怎么改", "时区 东京"),
        ("时区 东京", "按 Asia/Tokyo 的时间，每天早上 8:00"),
        ("改时区 紐約", "America/New_York"),
        ("timezone London", "by the clocks of Europe/London"),
        ("时区 Asia/Shanghai", "Asia/Shanghai"),
        ("时区 Asia/Atlantis", "时区 东京"),
        ("时区 GMT+8", "时区 东京"),
        ("时区 美国", "时区 东京"),
        ("时区改为伦敦", "按 Europe/London 的时间"),
        ("时区 美国", "现在按 Europe/London 的时间", "时区 东京", "! 北京"),
        ("时区是怎么来的", "! 的时间，每天"),
    ),
    "a rest in a word": (
        ("订阅 8点",),
        ("停三天", "11月26日（周四） 起再发"),
        ("休息一周", "11月30日（周一） 起再发"),
        ("停", "! 暂停"),
    ),
    "children are left alone at school and at night": (
        ("订阅 22:00", "订好了"),
        ("/for children", "安心上课、睡觉", "[早上 7:00]", "[下午 5:30]", "[晚上 7:30]"),
        ("订阅", "写给：大家"),
        ("/for children",),
        ("> 晚上 7:30", "订好了：每天晚上 7:30"),
        ("订阅", "写给：孩子", "[下午 5:30]"),
        ("订阅 晚上9点", "安心上课、睡觉"),
        ("订阅 上午10点", "安心上课、睡觉"),
        ("订阅 周末上午10点", "订好了：周末早上 10:00"),
        ("订阅 每天", "安心上课、睡觉"),
        ("订阅 工作日早上7点", "订好了：工作日"),
        ("subscribe 5:30 am", "can learn and sleep"),
    ),
    "a streak for who asks": (
        ("打卡", "没有订阅"),
        ("订阅 8点",),
        ("今日一招", "! 打卡"),
        ("连续打卡", "只有你自己看得到", "[开始连续打卡]"),
        ("> 开始连续打卡", "打开了", "[打卡]"),
        ("今日一招", "[打卡]"),
        ("> 打卡", "连着 1 天", "[关闭连续打卡]"),
        ("打卡", "连着 1 天"),
        ("我的", "连续打卡：1 天"),
        ("打卡",),
        ("> 关闭连续打卡", "天数也删了"),
        ("我的", "! 连续打卡"),
    ),
    "once a week": (
        ("订阅 8点",),
        ("/weekly no", "那就不改"),
        ("/weekly", "订好了：每周日 早上 8:00"),
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
        talk = talk_on(channel)
        for said in ("订阅 8点", "暂停", "继续", "暂停三天", "时区 东京", "改成晚上9点", "只要周末"):
            await hold(talk, (said, "不能主动发消息", "今日一招"))
        await hold(talk, ("退订", "! 不能主动发消息"))


async def test_what_is_changed_says_when_the_next_one_comes(talk: Talk) -> None:
    await hold(
        talk,
        ("订阅 8点", "明天早上 8:00 到，打开这个网页"),
        ("暂停", "! 下一条", "! 不能主动"),
        ("只要周末", "周末早上 8:00 一招，现在暂停着", "! 下一条", "! 不能主动", "! 订好了"),
        ("继续", "下一条11月28日（周六）早上 8:00 到"),
        ("暂停到12月1日", "下一条12月5日（周六）早上 8:00"),
        ("时区 伦敦", "下一条12月5日（周六）早上 8:00"),
    )


async def test_a_wechat_account_that_may_push_says_on_what_terms(
    settings: Settings, library: Library, clock: Clock
) -> None:
    verified = {"wechat_app_id": "wx1", "wechat_app_secret": "s", "wechat_token": "t", "wechat_verified": True}
    verified |= {"wechat_encoding_aes_key": AES_KEY, "wechat_api_base": "http://127.0.0.1:1"}
    async with App(settings.model_copy(update=verified), library, clock).running() as app:
        talk = Talk(app, "wechat")
        await hold(talk, ("订阅 8点", "明天早上 8:00 左右", "48 小时", "今日一招", "! 不能主动发消息"))
        await hold(talk, ("subscribe 8 pm", "today at about 8:00 pm", "within 48 hours"))
        for said in ("继续", "暂停三天", "时区 东京", "改成晚上9点"):
            await hold(talk, (said, "左右", "48 小时"))


@pytest.mark.parametrize("said", ["写给长辈的", "写给我爸妈看的", "tips for seniors"])
async def test_whom_tips_are_for_is_said_in_a_word(talk: Talk, said: str) -> None:
    await hold(talk, ("水坑村那场直播叫什么",), ("订阅 8点",))
    reply = await talk.says(said)
    assert "长辈" in reply.text or "elders" in reply.text
    assert "水坑村" not in reply.text


@pytest.mark.parametrize(
    ("said", "audience", "at", "days"),
    [
        ("写给长辈，晚上8点", "elders", time(20), EVERY_DAY),
        ("写给 长辈 晚上8点", "elders", time(20), EVERY_DAY),
        ("tips for seniors 8 pm", "elders", time(20), EVERY_DAY),
        ("给孩子的，早上七点半", "children", time(7, 30), EVERY_DAY),
        ("帮爸妈订阅 早上8点", "elders", time(8), EVERY_DAY),
        ("给我妈订一个 早上8点", "elders", time(8), EVERY_DAY),
        ("给我家小朋友，周末上午十点", "children", time(10), WEEKEND),
        ("想看写给老师的，工作日7:30", "teachers", time(7, 30), WORKING_DAYS),
        ("我想看写给家长的，工作日晚上八点", "parents", time(20), WORKING_DAYS),
        ("俾老人家睇嘅，朝早八點", "elders", time(8), EVERY_DAY),
        ("给爸妈每天晚饭后七点发", "elders", time(19), EVERY_DAY),
        ("订阅 写给中学生的，晚上9点", "teens", time(21), EVERY_DAY),
        ("subscribe for my parents at 8 pm", "parents", time(20), EVERY_DAY),
        ("tips for teachers, weekdays 7:30", "teachers", time(7, 30), WORKING_DAYS),
    ],
)
async def test_whom_and_when_in_one_sentence(talk: Talk, said: str, audience: str, at: time, days: str) -> None:
    await talk.says(said)
    found = await talk.app.services.subscriptions.of(talk.sender)
    assert found, talk.reply.text
    assert (found.audience, found.at, found.days) == (audience, at, days)


@pytest.mark.parametrize("said", ["给孩子的，早上几点好", "给老师送礼合适吗", "给我爸妈8点打电话"])
async def test_a_question_about_somebody_chooses_nobody(talk: Talk, said: str) -> None:
    await hold(talk, ("订阅 8点",), (said, "! 订好了", "! 先发写给"), ("我的", "写给大家"))


async def test_whom_and_a_time_that_may_be_two(talk: Talk) -> None:
    await hold(talk, ("/for elders 1点", "[凌晨 1:00]", "[下午 1:00]"), ("> 下午 1:00", "下午 1:00 一招"))


@pytest.mark.parametrize("at", ["25点", "abc"])
async def test_whom_and_an_unclear_time(talk: Talk, at: str) -> None:
    await hold(talk, (f"/for elders {at}", "没看懂", "[早上 7:30]"), ("> 早上 7:30", "订好了"))


async def test_a_tip_asks_a_little_question_and_keeps_no_score(talk: Talk) -> None:
    tip = shipped().tips.by_id["install-updates"]
    quiz = tip.chinese.quiz
    assert quiz
    wrong = next(number for number in (1, 2, 3) if number != tip.right)
    await hold(
        talk,
        ("/tip install-updates", tip.chinese.text, "为什么：", "小问题：", *(f"[{answer}]" for answer in quiz.answers)),
        (f"> {quiz.answers[tip.right - 1]}", "答对了", quiz.because, "[再来一条]", "[首页]"),
        ("/tip install-updates",),
        (f"> {quiz.answers[wrong - 1]}", f"更好的是：{quiz.answers[tip.right - 1]}", quiz.because, "! 答对了"),
        ("我的", "! 答对"),
        ("/quiz nothing 1", "这一招现在没有了", "[再来一条]"),
        ("/quiz install-updates x", "[再来一条]"),
        ("/quiz install-updates 1 #en", "[One more]"),
    )


async def test_the_source_stands_with_the_tip_and_its_answer(talk: Talk) -> None:
    tip = next(tip for tip in shipped().tips if tip.source)

    await hold(talk, (f"/tip {tip.id}", f"来源：{tip.source}"), (f"/quiz {tip.id} 1", f"来源：{tip.source}"))


async def test_further_tips_are_others_and_today_stays(talk: Talk) -> None:
    today = (await talk.says("今日一招")).text
    texts = [(await talk.taps("再来一条")).text for _ in range(5)]
    typed = (await talk.says("再来一条")).text

    assert len({today, *texts}) == 6
    assert typed not in {today, *texts}
    assert (await talk.says("今日一招")).text == today


@pytest.mark.parametrize("word", ["再来一条", "再嚟一条", "换一条", "one more tip"])
async def test_one_more_is_another_one_each_time(talk: Talk, word: str) -> None:
    """However it is said, and whichever button it is the label of."""
    assert len({(await talk.says(word)).text for _ in range(4)}) == 4
    last = await talk.says(word, message_id="delivered twice")
    assert await talk.says(word, message_id="delivered twice") == last


async def test_where_we_cannot_send_each_day_asked_has_its_own_tip(talk_on: TalkOn, clock: Clock) -> None:
    talk = talk_on("wechat")
    await talk.says("订阅 8点")
    texts = []
    for _ in range(40):
        texts.append((await talk.says("今日一招")).text)
        assert (await talk.says("今日一招")).text == texts[-1]
        clock.passes(days=1)

    assert len(set(texts)) == 40


async def test_todays_tip_is_the_one_that_is_sent(app: App, talk: Talk, clock: Clock) -> None:
    await talk.says("订阅 10点")
    before = (await talk.says("今日一招")).text
    clock.passes(hours=1)
    await app.schedule.tick(clock())
    ((_, sent, _),) = await app.outbox.unread(talk.sender)

    assert sent.text == before == (await talk.says("今日一招")).text
    clock.passes(days=1)
    await app.schedule.tick(clock())
    assert (await talk.says("今日一招")).text != before


async def test_who_has_seen_todays_tip_on_asking_is_sent_the_next_tomorrow(app: App, talk: Talk, clock: Clock) -> None:
    await talk.says("订阅 8点")
    seen = (await talk.says("今日一招")).text
    await hold(talk, ("订阅 晚上8点", "明天晚上 8:00"))
    clock.passes(days=1, hours=11)
    await app.schedule.tick(clock())
    ((_, sent, _),) = await app.outbox.unread(talk.sender)

    assert sent.text != seen


async def test_in_a_group_there_is_a_tip_for_everybody(talk_on: TalkOn, clock: Clock) -> None:
    talk = talk_on("telegram")
    await talk.says("/for teachers 07:30")
    clock.passes(days=3)
    general = shipped().tips.of_the_day(home_date(clock()))

    assert general.chinese.text in (await talk.says("/tip", chat="-100")).text


async def test_a_tip_can_be_passed_on(talk: Talk) -> None:
    link = (await talk.says("今日一招")).link
    assert link
    assert link.path == f"/tips/{link.id}"
    assert shipped().tips.by_id[link.id].chinese.text in (await talk.says(f"/start {link.payload}")).text
    await hold(talk, ("/start tip_no-such-tip", "今日一招："))


async def test_a_tip_can_be_kept_as_a_card(talk: Talk) -> None:
    typeface()
    tip = next(tip for tip in shipped().tips if tip.source)
    await hold(talk, (f"/tip {tip.id}", "[看卡片]"), ("看卡片", tip.chinese.text, "转给家人朋友", "! 小问题"))
    picture, link = talk.reply.picture, talk.reply.link
    assert isinstance(picture, Picture)
    assert picture.path == f"/tips/{tip.id}.png"
    assert picture.large == tip.chinese.text
    assert (*picture.text, *picture.notes) == (f"为什么：{tip.chinese.why}", f"来源：{tip.source}")
    assert picture.foot[0] == f"编号：{tip.id}"
    assert "不是政府部门或报社的官方账号" in picture.foot[-1]
    assert link
    assert link.path == f"/tips/{tip.id}"


@pytest.mark.parametrize("said", ["卡片", "分享", "做成卡片", "睇卡片", "/card", "share", "/card no-such-tip"])
async def test_the_card_of_today(talk: Talk, said: str) -> None:
    typeface()
    link = (await talk.says("今日一招")).link
    assert (await talk.says(said)).link == link or said == "share"
    assert isinstance(talk.reply.picture, Picture)
    assert talk.reply.picture.large in {w.text for tip in shipped().tips for w in (tip.chinese, tip.wording("en"))}


async def test_a_tip_that_is_sent_can_be_kept_as_a_card(app: App, talk: Talk, clock: Clock) -> None:
    typeface()
    await talk.says("订阅 10点")
    clock.passes(hours=1)
    await app.schedule.tick(clock())
    ((_, sent, _),) = await app.outbox.unread(talk.sender)
    card = next(button for button in sent.flat_buttons() if button.label == "看卡片")
    assert (await talk.says(card.command)).picture


async def test_where_no_card_can_be_shown_there_are_words_and_a_link(talk_on: TalkOn) -> None:
    wechat = talk_on("wechat")
    await hold(wechat, ("今日一招", "! 看卡片"), ("分享", "今日一招：", "! 卡片"))
    assert wechat.reply.picture is None
    assert wechat.reply.link


async def test_a_streak_grows_day_by_day_and_begins_anew_after_a_gap(talk: Talk, clock: Clock) -> None:
    await talk.says("订阅 8点")
    await talk.says("/streak on")
    await hold(talk, ("打卡", "连着 1 天"))
    clock.passes(days=1)
    await hold(talk, ("打卡", "连着 2 天"))
    clock.passes(days=2)
    await hold(talk, ("打卡", "连着 1 天", "忘了也没关系"), ("/forget yes",), ("我的", "什么都没有"))


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_tip_is_whole_on_wechat(language: str) -> None:
    """With all that may stand in it, nothing of it is cut off."""
    library = shipped()
    say = partial(library.phrases.say, language)
    for tip in library.tips:
        today = Daily(
            tip,
            week=("scams", "passwords", "reporting", "learning", "shopping", "devices"),
            asks_weekly=True,
        )
        text = daily_text(say, language, today, "everyone")
        reply = Reply(text, (*answer_buttons(language, tip), *weekly_buttons(say, today)))
        assert text in render(reply, library.phrases), tip.id


def test_every_answer_fits_into_a_telegram_button() -> None:
    for tip in shipped().tips:
        for (button,) in answer_buttons("zh", tip):
            assert len(f"{button.command} #hant".encode()) <= CALLBACK_DATA_BYTES, tip.id


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


@pytest.mark.parametrize("said", ["/tip", "订阅", "写给长辈的", "时区 东京", "选主题", "/topics scams", "再来一条"])
async def test_who_could_not_be_reached_and_speaks_of_tips_gets_them_again(talk_on: TalkOn, said: str) -> None:
    talk = talk_on("telegram")
    await hold(talk, ("订阅 8点", "订好了"))
    await talk.says("/left", event=True)
    await hold(talk, ("我的", "因为发不到而停了"), (said, "! 发不到"), ("我的", "每天早上 8:00", "! 停了"))


async def test_who_blocks_us_no_more_gets_tips_again_and_hears_nothing(talk_on: TalkOn) -> None:
    talk = talk_on("telegram")
    assert (await talk.says("/back", event=True)).text == ""
    await hold(talk, ("/back", "! 每天"), ("我的", "! 每天"), ("订阅 8点", "订好了"))
    await talk.says("/left", event=True)
    await hold(talk, ("我的", "因为发不到而停了"))
    assert (await talk.says("/back", event=True)).text == ""
    await hold(talk, ("我的", "每天早上 8:00", "! 停了"))


async def test_a_link_to_a_time_offers_it_and_changes_nothing(talk: Talk) -> None:
    await hold(talk, ("/start sub_0730", "每天早上 7:30", "[好的]", "[改时间]"), ("我的", "! 每天一招"))
    assert await talk.app.services.subscriptions.of(talk.sender) is None
    await hold(talk, ("/start sub_0730",), ("好的", "每天早上 7:30"))
    assert await talk.app.services.subscriptions.of(talk.sender)


@pytest.mark.parametrize("said", ["/start sub_2460", "/start sub_8", "/start sub_tomorrow"])
async def test_a_link_to_no_time_asks_for_one(talk: Talk, said: str) -> None:
    await hold(talk, (said, "每天几点", "[早上 7:30]"))
