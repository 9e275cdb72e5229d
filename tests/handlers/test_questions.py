from collections.abc import Sequence
from datetime import timedelta

import pytest

from bot.app import App
from bot.config import Settings
from bot.domain.knowledge import Entry
from bot.domain.library import Library
from handlers.questions import explain
from tests.conftest import Clock
from tests.handlers.conftest import Line, Talk, TalkOn, hold, labels

# Each of the twenty systems of the report, asked as people ask, with what the report says of it.
SYSTEMS = {
    "那个网络文明促进行动是谁定的": "省委、省政府",
    "网络中国节直播去了哪条村": "水坑村",
    "战大疫献大爱那会儿都做了啥": "强信心",
    "大V看小康是干什么的": "脱贫",
    "线上博物馆有几家可以逛": "超百家",
    "云游博物馆去过几家": "五家",
    "红色文化怎么搬到网上": "VR",
    "互联网企业一个星期捐了多少钱": "超过17亿元",
    "结对帮扶给贫困村捐了多少物资": "逾250万元",
    "南粤大爱征集了多少个项目": "232组",
    "紫荆云陪伴辅导了多少小时": "超5000小时",
    "为驻点村代言的书记有几个": "10名",
    "网络素养课本有没有小学的": "小学版",
    "E成长计划帮了多少小朋友": "10多万人",
    "百千万计划培训了几多老师": "近3万名",
    "南粤好网民有几个榜样": "40个",
    "争做中国好网民活动有多少点击": "超1亿人次",
    "十大职工好网民是做什么的": "工会",
    "辟谣特工队是干嘛的": "谣言粉碎机",
    "专项整治关停了多少网站": "近730家",
}

# What is only half right, or asked in an unusual order, and the period and unit that belong to the figure.
PUT_RIGHT = {
    "我想知道紫荆云陪伴一共多少小时": "超5000小时",
    "投票的有没有180万人": "超1800万人次",
    "网络精品280部还是208部": "280多部",
    "捐款是一个月捐到17亿的吧": "2020年，",
    "清掉的有害信息有400万条吧": "近一年来，专项整治行动处置有害信息400万条次",
    "粤清朗那些行动管了几家网站": "近一年来39个专项整治行动合计",
    "点击量超1亿是吗": "2020年“汇聚南粤正能量”",
    "云游博物馆进了几家": "疫情闭馆期间",
    "2020网络中国节去了哪里直播": "潮州水坑村",
    "广东有多少家博物馆能在网上看": "超百家",
    "报道是哪一天登出来的": "2021年4月27日",
    "职工好网民是哪一年": "年份、主办单位和评选办法，报道都没有写",
    "网络中国节是啥节日直播的": "哪个节日、哪一天，报道没有写",
    "百千万三年行动计划给谁培训": "骨干教师",
    "E成长计划省外去过吗": "贵州",
    "战大疫献大爱是什么时候的活动": "近一年来",
    "这一年网络文明品牌活动总共举办了多少场次？": "150多场次",
    "网络中国结在哪直播": "潮州水坑村",
}

CONVERSATIONS: dict[str, tuple[Line, ...]] = {
    "by the buttons": (
        ("问活动", "想问哪个活动", "[换一批]", "[首页]"),
        ("> 换一批", "想问哪个活动", "[换一批]"),
        ("换一批", "想问哪个活动"),
        ("1", "出处："),
        ("1", "出处："),
        ("0", "[问活动]"),
    ),
    "related": (("紫荆云陪伴辅导了多少小时", "超5000小时"), ("1", "紫荆云陪伴", "出处"), ("首页", "[更多]")),
    "following up": (
        ("介绍一下E成长计划", "E成长计划", "出处："),
        ("那有多少人参加?", "10多万人"),
        ("谢谢", "不客气"),
        ("什么时候开始的", "2016年"),
        ("紫荆云陪伴是什么", "华南师范大学"),
        ("多少小时", "超5000小时"),
    ),
    "who, in few words": (
        ("紫荆云陪伴是什么", "华南师范大学"),
        ("谁办的", "志愿服务团队做的"),
        ("我为驻点村代言是什么", "江门"),
        ("邊個搞", "由誰主辦"),
        ("专项整治开展了多少个行动", "39个"),
        ("有害信息呢", "400万条次"),
        ("有多少人参加", "! 39个专项整治行动，"),
    ),
    "another matter soon after": (
        ("紫荆云陪伴辅导了多少小时", "超5000小时"),
        ("红烧肉怎么做", "这个我没有资料"),
        ("百千万培训了多少老师", "近3万名"),
        ("涉及多少所学校", "近2万所"),
    ),
    "what says nothing repeats nothing": (
        ("紫荆云陪伴是什么", "华南师范大学"),
        ("为什么", "! 华南师范大学"),
        ("很好", "! 华南师范大学"),
    ),
    "nameless after a topic": (
        ("紫荆云陪伴是什么", "华南师范大学"),
        ("有多少人次", "1万人次"),
    ),
    "another matter in between": (
        ("介绍一下E成长计划", "E成长计划", "出处："),
        ("今日一招", "[首页]"),
        ("什么时候开始的", "! 2016年"),
    ),
    "tips for somebody in between": (
        ("介绍一下E成长计划", "E成长计划", "出处："),
        ("写给长辈的", "长辈"),
        ("什么时候开始", "! 2016年"),
        ("有多少人参加", "! 10多万"),
    ),
    "a false premise": (
        ("E成长计划是2015年开始的吗", "2016年"),
        ("好网民的榜样典型有50个吗", "40个"),
        ("2025年E成长计划还有多少孩子参加", "没有资料"),
    ),
    "a follow-up of nothing": (("那有多少人参加?", "没有资料", "[问活动]"), ("明天会下雨吗", "没有资料")),
    "following up in a guide": (
        ("有害信息去哪里举报？", "12377"),
        ("还有呢", "同样这件事", "[首页]"),
        ("1", "[首页]"),
    ),
    "more of nothing": (("还有呢", "! 同样这件事"),),
    "what is on when nobody has written it": (
        ("现在有什么活动", "不知道", "12345", "2021年4月", "[问活动]", "! 你是想问"),
        ("问活动", "想问哪个活动"),
    ),
    "a slip of shape": (("怎么退汀", "发“退订”"), ("好罔民主题活动有多少场", "760多场")),
    "reporting": (("举报王者荣耀外挂", "举报"), ("高利贷", "110"), ("金融诈骗", "96110")),
    "nothing": (
        ("红烧肉怎么做", "这个我没有资料，不想乱说", "12345", "[问活动]", "[今日一招]", "[好网民投票]"),
        ("xyzzy plugh", "will not guess"),
        ("安眠药说明书", "没有记下来", "12356", "! 记下了"),
        ("关于自残的网页", "12356", "! 你是想问", "! 好网民投票"),
    ),
    "about the service": (
        ("怎么订阅每日一招", "订阅 8点"),
        ("怎么订阅", "[首页]", "! 没有资料"),
        ("投票怎么改", "再投一次就改了", "! 投好了"),
        ("你是官方的吗", "不是政府部门"),
        ("订阅以后几点发", "订阅"),
    ),
    "traditional": (("網絡中國節直播去咗邊條村", "潮州水坑村", "出處：", "[首頁]"),),
    "english": (
        ("How do I vote?", "/stories", "[Home]"),
        ("How many hours did the Bauhinia cloud tutoring give?", "5,000", "Source:"),
    ),
    "in pinyin": (
        ("zijing yun pei ban shi shenme", "华南师范大学", "出处：", "[紫荆云陪伴辅导多少小时？]", "[首页]"),
        ("How do I vote?", "/stories", "[Home]"),
        ("zen me tou piao", "投票", "[首页]"),
    ),
    "a button of an answer that is gone": (("/entry no-such-entry", "换了新的", "[问活动]"), ("/entry", "换了新的")),
    "odd pages": (("/ask 999", "想问哪个"), ("/ask x", "想问哪个"), ("/ask -1", "想问哪个"), ("/ask ٣", "想问哪个")),
}


@pytest.mark.parametrize("name", CONVERSATIONS)
async def test_conversation(talk: Talk, name: str) -> None:
    await hold(talk, *CONVERSATIONS[name])


def test_what_a_talk_refuses_is_not_searched_for_either(library: Library) -> None:
    explained = explain(library, "紫荆云陪伴是什么" * 3000)

    assert not explained.answered
    assert "2000" in explained.text
    assert explained.suggestions == ()


@pytest.mark.parametrize(("asked", "told"), SYSTEMS.items())
async def test_every_system_can_be_asked_in_own_words(talk: Talk, asked: str, told: str) -> None:
    """At once, or through one of the questions that are offered."""
    reply = await talk.says(asked)
    for button in reply.flat_buttons():
        if told in reply.text:
            break
        reply = await talk.says(button.command)
    assert told in reply.text
    for part in ("出处：", "南方日报", "2021-04-27", "后来怎样我不知道"):
        assert part in reply.text
    assert "首页" in labels(reply)


@pytest.mark.parametrize(("asked", "told"), PUT_RIGHT.items())
async def test_what_is_half_right_is_put_right_at_once(talk: Talk, asked: str, told: str) -> None:
    assert told in (await talk.says(asked)).text


async def test_all_topics_can_be_reached_by_turning_pages(talk: Talk) -> None:
    await talk.says("问活动")
    first, seen = labels(talk.reply), set[str]()
    while not seen or labels(talk.reply) != first:
        seen |= set(labels(talk.reply))
        await talk.says("换一批")
    assert {topic.title for topic in talk.app.shelf.library.topics} <= seen


@pytest.mark.parametrize(("later", "answered"), [(timedelta(minutes=10), True), (timedelta(minutes=11), False)])
async def test_a_topic_is_meant_for_ten_minutes(talk: Talk, clock: Clock, later: timedelta, answered: bool) -> None:
    await talk.says("介绍一下E成长计划")
    clock.now += later
    assert ("10多万人" in (await talk.says("那有多少人参加?")).text) is answered


async def test_another_persons_topic_is_not_mine(talk_on: TalkOn) -> None:
    await talk_on("web").says("介绍一下E成长计划")
    assert "10多万人" not in (await talk_on("wechat").says("那有多少人参加?")).text


async def test_words_that_cannot_wait_come_first_and_leave_nothing_behind(talk: Talk) -> None:
    reply = await talk.says("我不想活了")
    assert "12356" in reply.text
    assert not reply.buttons
    assert await talk.app.services.people.joined_at(talk.sender) is None


async def test_a_question_in_traditional_script_is_answered_in_it(talk: Talk) -> None:
    await hold(
        talk,
        ("講下紅色文化網上活化項目", "紅色故事", "2021年4月報道", "[首頁]"),
        ("1", "紅色"),
        ("> 首頁", "[問活動]", "不是政府部門"),
        ("今日一招", "今日一招"),
        ("好网民投票", "号"),
    )


# Close to several entries, and to none enough.
UNCLEAR = "云游"


class Picks:
    """A second opinion that picks the last of what it is offered, or nothing."""

    def __init__(self, none: bool = False) -> None:
        self.none = none
        self.offered: list[str] = []

    async def choose(self, question: str, offered: Sequence[Entry]) -> str | None:
        self.offered = [entry.id for entry in offered]
        return None if self.none else self.offered[-1]


async def test_a_second_opinion_picks_among_what_is_authored(
    settings: Settings, library: Library, clock: Clock
) -> None:
    picks = Picks()
    async with App(settings, library, clock, picks).running() as app:
        reply = await Talk(app).says(UNCLEAR)

    assert len(picks.offered) > 1
    assert library.knowledge.entries[picks.offered[-1]].answer in reply.text


async def test_without_a_second_opinion_the_choice_stays(settings: Settings, library: Library, clock: Clock) -> None:
    async with App(settings, library, clock, Picks(none=True)).running() as app:
        reply = await Talk(app).says(UNCLEAR)

    assert "想问下面哪一个" in reply.text
