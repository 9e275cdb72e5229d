"""Times, days and pauses as people say them: in Chinese with both kinds of numerals, in Cantonese, in English."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.pauses import is_until, parse_until
from bot.domain.times import EVERY_DAY, WEEKEND, WORKING_DAYS, NoTime, UnclearTime
from bot.domain.wishes import is_sentence, is_wish, parse_wish

ALL, WORK, END = EVERY_DAY, WORKING_DAYS, WEEKEND
# What is said, the time, and the days where some are said.
CLEAR = [
    ("早上七点半", "07:30", None),
    ("每天早上七点半", "07:30", ALL),
    ("每日早上7点半", "07:30", ALL),
    ("每一天早上7:30", "07:30", ALL),
    ("天天晚上八点", "20:00", ALL),
    ("晚上8点", "20:00", None),
    ("晚上 八 点", "20:00", None),
    ("晚上十点半", "22:30", None),
    ("晚上10点半", "22:30", None),
    ("八点钟", "08:00", None),
    ("8點鐘", "08:00", None),
    ("七点一刻", "07:15", None),
    ("7点1刻", "07:15", None),
    ("七点三刻", "07:45", None),
    ("差一刻八点", "07:45", None),
    ("差1刻8点", "07:45", None),
    ("差五分九点", "08:55", None),
    ("差十分钟七点", "06:50", None),
    ("八点差十分", "07:50", None),
    ("8点差5分", "07:55", None),
    ("八点差一刻", "07:45", None),
    ("晚上差一刻十点", "21:45", None),
    ("每天差五分九点", "08:55", ALL),
    ("七点四十五", "07:45", None),
    ("七点四十五分", "07:45", None),
    ("七点零五分", "07:05", None),
    ("7点45", "07:45", None),
    ("七点整", "07:00", None),
    ("七点正", "07:00", None),
    ("中午", "12:00", None),
    ("正午", "12:00", None),
    ("每天中午", "12:00", ALL),
    ("中午十二点", "12:00", None),
    ("中午十二点半", "12:30", None),
    ("中午一点", "13:00", None),
    ("午后两点", "14:00", None),
    ("下午三点", "15:00", None),
    ("下午3点半", "15:30", None),
    ("傍晚六点", "18:00", None),
    ("黄昏六点", "18:00", None),
    ("半夜12点", "00:00", None),
    ("半夜十二点", "00:00", None),
    ("深夜11点", "23:00", None),
    ("夜里十一点", "23:00", None),
    ("凌晨五点", "05:00", None),
    ("零点", "00:00", None),
    ("清晨六点", "06:00", None),
    ("大清早六点", "06:00", None),
    ("一大早6点半", "06:30", None),
    ("早晨六点半", "06:30", None),
    ("上午九点", "09:00", None),
    ("早8点", "08:00", None),
    ("晚八点", "20:00", None),
    ("20点", "20:00", None),
    ("二十点三十分", "20:30", None),
    ("19:05", "19:05", None),
    ("０７：３０", "07:30", None),
    ("07:30", "07:30", None),
    ("03:00", "03:00", None),
    ("十三点", "13:00", None),
    ("8点左右", "08:00", None),
    ("大概八点", "08:00", None),
    ("差不多晚上八点", "20:00", None),
    ("早上8点吧", "08:00", None),
    ("早上的八点", "08:00", None),
    ("请每天早上八点发给我", "08:00", ALL),
    ("麻烦每天晚上九点提醒我", "21:00", ALL),
    ("帮我定在早上七点", "07:00", None),
    ("我想要每天早上七点", "07:00", ALL),
    ("改到晚上九点", "21:00", None),
    ("那就晚上九点吧", "21:00", None),
    ("晚上九点就好", "21:00", None),
    ("每天早上七点半给我一招", "07:30", ALL),
    ("早上七点半发给我，谢谢", "07:30", None),
    ("早上七点，每天", "07:00", ALL),
    ("工作日7:30", "07:30", WORK),
    ("工作日早上七点半", "07:30", WORK),
    ("每个工作日早上七点半", "07:30", WORK),
    ("平日晚上七点", "19:00", WORK),
    ("上学日早上七点", "07:00", WORK),
    ("上班日早上8点", "08:00", WORK),
    ("周一到周五早上七点", "07:00", WORK),
    ("周一至周五 7:30", "07:30", WORK),
    ("周1到周5 7点半", "07:30", WORK),
    ("周一到五早上七点", "07:00", WORK),
    ("星期一到星期五早上七点", "07:00", WORK),
    ("星期一至五 7:30", "07:30", WORK),
    ("每周一至周五早上七点", "07:00", WORK),
    ("礼拜一到礼拜五晚上八点", "20:00", WORK),
    ("早上七点半，周一到周五", "07:30", WORK),
    ("周末9点", "09:00", END),
    ("周末 九点", "09:00", END),
    ("每个周末上午十点", "10:00", END),
    ("双休日上午十点", "10:00", END),
    ("周六周日上午十点", "10:00", END),
    ("周六和周日上午十点", "10:00", END),
    ("星期六、星期日上午十点", "10:00", END),
    ("礼拜六礼拜天上午十点", "10:00", END),
    ("周日上午十点", "10:00", "7"),
    ("周天上午十点", "10:00", "7"),
    ("每周日早上9点", "09:00", "7"),
    ("每周一早上8点", "08:00", "1"),
    ("周一七点", "07:00", "1"),
    ("周三8点", "08:00", "3"),
    ("周一三五早上七点", "07:00", "135"),
    ("周一、三、五早上七点", "07:00", "135"),
    ("周一、周三、周五早上七点", "07:00", "135"),
    ("周135 7:00", "07:00", "135"),
    ("星期二和星期四晚上8点", "20:00", "24"),
    ("周二周四晚上八点", "20:00", "24"),
    ("逢周六早上九点", "09:00", "6"),
    ("周五到周日晚上八点", "20:00", "567"),
    ("工作日", None, WORK),
    ("只要工作日", None, WORK),
    ("周末", None, END),
    ("每天", None, ALL),
    ("周一到周三", None, "123"),
    # Cantonese
    ("朝早八點", "08:00", None),
    ("朝早8點半", "08:30", None),
    ("朝頭早七點", "07:00", None),
    ("每日朝早七點半", "07:30", ALL),
    ("日日朝早七點半", "07:30", ALL),
    ("夜晚九點", "21:00", None),
    ("每晚九點", "21:00", ALL),
    ("晚黑八點半", "20:30", None),
    ("晏晝兩點", "14:00", None),
    ("晏晝兩點半", "14:30", None),
    ("八點三個字", "08:15", None),
    ("8點9個字", "08:45", None),
    ("八點搭三", "08:15", None),
    ("八點踏正", "08:00", None),
    ("夜晚八點踏正", "20:00", None),
    ("半夜十二點", "00:00", None),
    ("星期一至五朝早七點半", "07:30", WORK),
    ("禮拜六日朝早九點", "09:00", END),
    ("逢星期三夜晚八點", "20:00", "3"),
    ("返工日朝早七點", "07:00", WORK),
    ("夜晚九點發俾我，唔該", "21:00", None),
    ("平日夜晚七點", "19:00", WORK),
    # English
    ("7:30", "07:30", None),
    ("7:30 am", "07:30", None),
    ("7:30am", "07:30", None),
    ("7:30 PM", "19:30", None),
    ("8 p.m.", "20:00", None),
    ("at 8 pm", "20:00", None),
    ("8 o'clock", "08:00", None),
    ("eight o'clock", "08:00", None),
    ("8 o'clock in the evening", "20:00", None),
    ("seven thirty", "07:30", None),
    ("seven thirty pm", "19:30", None),
    ("seven fifteen am", "07:15", None),
    ("half past seven", "07:30", None),
    ("half past 7 in the evening", "19:30", None),
    ("quarter past eight", "08:15", None),
    ("a quarter to eight", "07:45", None),
    ("seven forty-five am", "07:45", None),
    ("quarter to eight in the morning", "07:45", None),
    ("ten past eight", "08:10", None),
    ("twenty to nine pm", "20:40", None),
    ("5 minutes to nine", "08:55", None),
    ("noon", "12:00", None),
    ("at noon", "12:00", None),
    ("every day at noon", "12:00", ALL),
    ("midnight", "00:00", None),
    ("every day 7:30 am", "07:30", ALL),
    ("every day at 8", "08:00", ALL),
    ("everyday at 8pm", "20:00", ALL),
    ("daily at 19:05", "19:05", ALL),
    ("at 19:05 daily", "19:05", ALL),
    ("each day at 7", "07:00", ALL),
    ("every morning at 7", "07:00", ALL),
    ("every evening at eight", "20:00", ALL),
    ("every night at 9", "21:00", ALL),
    ("8 at night", "20:00", None),
    ("8 in the morning", "08:00", None),
    ("around 8 am", "08:00", None),
    ("please at 8 am", "08:00", None),
    ("send me a tip at 8 am", "08:00", None),
    ("8 am please", "08:00", None),
    ("weekdays 7:30", "07:30", WORK),
    ("on weekdays at 7:30", "07:30", WORK),
    ("every weekday at 6:45", "06:45", WORK),
    ("working days 7:30", "07:30", WORK),
    ("7:30 on weekdays", "07:30", WORK),
    ("Monday to Friday at 7:30", "07:30", WORK),
    ("mon-fri 7:30", "07:30", WORK),
    ("weekends 9 am", "09:00", END),
    ("on weekends at 9am", "09:00", END),
    ("Sat and Sun 10am", "10:00", END),
    ("every Monday at 8am", "08:00", "1"),
    ("mondays 8 am", "08:00", "1"),
    ("Tuesday and Thursday 8 pm", "20:00", "24"),
    ("mon, wed, fri 7:00", "07:00", "135"),
    ("weekdays only", None, WORK),
    ("only weekends", None, END),
]
# What is asked back, with the times to choose from.
ASKED_BACK = [
    ("3点", ["15:00", "03:00"], None),
    ("三點", ["15:00", "03:00"], None),
    ("五点半", ["17:30", "05:30"], None),
    ("每天三点", ["15:00", "03:00"], ALL),
    ("周一三点", ["15:00", "03:00"], "1"),
    ("工作日四点", ["16:00", "04:00"], WORK),
    ("两点一刻", ["14:15", "02:15"], None),
    ("3", ["15:00", "03:00"], None),
    ("3:00", ["15:00", "03:00"], None),
    ("every day at 5", ["17:00", "05:00"], ALL),
    ("half past three", ["15:30", "03:30"], None),
    ("早上", ["07:00", "07:30", "08:00"], None),
    ("每天早上", ["07:00", "07:30", "08:00"], ALL),
    ("朝早", ["07:00", "07:30", "08:00"], None),
    ("in the morning", ["07:00", "07:30", "08:00"], None),
    ("上午", ["08:00", "09:00", "10:00"], None),
    ("下午", ["14:00", "16:00", "17:30"], None),
    ("晚上", ["19:00", "20:00", "21:00"], None),
    ("每晚", ["19:00", "20:00", "21:00"], ALL),
    ("工作日晚上", ["19:00", "20:00", "21:00"], WORK),
    ("半夜", ["21:00", "22:00", "23:00"], None),
    ("七八点", [], None),
    ("25点", [], None),
    ("8点99分", [], None),
    ("早上15点", [], None),
    ("下午0点", [], None),
    ("早上晚上8点", [], None),
    ("周五到周一 8点", [], None),
    ("差九十分八点", [], None),
]
ABOUT_SOMETHING_ELSE = [
    *(
        "",
        " ",
        "你好",
        "早上好",
        "晚安",
        "明天8点",
        "每天早上8点看新闻",
        "8点怎么样",
        "为什么是8点",
        "随便",
        "都可以",
        "whenever",
    ),
    *(
        "good morning",
        "what time is it",
        "一会儿",
        "怎么退订",
        "8点 9点",
        "八点或九点",
        "投票 3",
        "周末有什么活动",
        "每天都要吗",
        "😀",
    ),
]


@pytest.mark.parametrize(("said", "at", "days"), CLEAR)
def test_what_is_clear(said: str, at: str | None, days: str | None) -> None:
    wish = parse_wish(said)

    assert (wish.at and f"{wish.at:%H:%M}", wish.days) == (at, days)


@pytest.mark.parametrize(("said", "choices", "days"), ASKED_BACK)
def test_what_is_unclear_is_asked_back(said: str, choices: list[str], days: str | None) -> None:
    with pytest.raises(UnclearTime) as unclear:
        parse_wish(said)

    assert not isinstance(unclear.value, NoTime)
    assert [f"{at:%H:%M}" for at in unclear.value.choices] == choices
    assert unclear.value.days == days or not choices


@pytest.mark.parametrize("said", ABOUT_SOMETHING_ELSE)
def test_what_is_about_something_else(said: str) -> None:
    assert not is_wish(said)
    assert not is_sentence(said)


def test_there_are_at_least_two_hundred_phrasings() -> None:
    assert len({said for said, *_ in (*CLEAR, *ASKED_BACK)}) >= 200


@pytest.mark.parametrize(
    ("said", "alone"),
    [
        *(("8点", True), ("每天早上七点半", True), ("weekdays 7:30", True), ("工作日早上", True), ("只要工作日", True)),
        *(("weekdays only", True), ("every morning at 7", True), ("周末 9点", True)),
        *(("8", False), ("早上", False), ("中午", False), ("每天", False), ("工作日", False), ("noon", False)),
    ],
)
def test_what_means_a_time_also_when_nothing_was_asked(said: str, alone: bool) -> None:
    assert is_sentence(said) is alone
    assert is_wish(said)


TODAY = date(2026, 11, 23)  # a Monday
UNTIL = {
    "到12月1日": "2026-12-01",
    "到12月1号": "2026-12-01",
    "到十二月一日": "2026-12-01",
    "至12月1日": "2026-12-01",
    "到12月1日再发": "2026-12-01",
    "12月1日以后": "2026-12-01",
    "到2026年12月5日": "2026-12-05",
    "到二〇二六年十二月五日": "2026-12-05",
    "到12-05": "2026-12-05",
    "到12/5": "2026-12-05",
    "2026-12-05": "2026-12-05",
    "到1月10日": "2027-01-10",
    "到11月22日": "2027-11-22",
    "到28号": "2026-11-28",
    "到三号": "2026-12-03",
    "三天": "2026-11-26",
    "3天": "2026-11-26",
    "十天": "2026-12-03",
    "一周": "2026-11-30",
    "兩個星期": "2026-12-07",
    "一個禮拜": "2026-11-30",
    "一个月": "2026-12-23",
    "半个月": "2026-12-08",
    "到明天": "2026-11-24",
    "到後天": "2026-11-25",
    "到聽日": "2026-11-24",
    "到周五": "2026-11-27",
    "到星期天": "2026-11-29",
    "到周一": "2026-11-30",
    "到下周": "2026-11-30",
    "到下周一": "2026-11-30",
    "到下周三": "2026-12-02",
    "到下個月": "2026-12-01",
    "到月底": "2026-11-30",
    "到明年": "2027-01-01",
    "until Dec 1": "2026-12-01",
    "until December 1st": "2026-12-01",
    "till 1 December": "2026-12-01",
    "until Dec 5, 2026": "2026-12-05",
    "for 3 days": "2026-11-26",
    "3 days": "2026-11-26",
    "for two weeks": "2026-12-07",
    "a week": "2026-11-30",
    "until tomorrow": "2026-11-24",
    "until next Monday": "2026-11-30",
    "until Friday": "2026-11-27",
    "until the end of the month": "2026-11-30",
}


@pytest.mark.parametrize(("said", "until"), UNTIL.items())
def test_until_when_a_pause_lasts(said: str, until: str) -> None:
    assert parse_until(said, TODAY) == date.fromisoformat(until)


@pytest.mark.parametrize(
    "said", ["到今天", "到昨天", "到2月30日", "到13月1日", "到2020年1月1日", "到2030-01-01", "900天", "0天"]
)
def test_no_day_within_a_year_is_asked_back(said: str) -> None:
    with pytest.raises(UnclearTime):
        parse_until(said, TODAY)
    assert is_until(said)


@pytest.mark.parametrize("said", ["", "3", "三", "一下", "怎么弄", "到账", "a moment"])
def test_what_names_no_day(said: str) -> None:
    assert not is_until(said)


@given(st.text(alphabet="每周一三五六日天早晚上下午夜半差到刻点分时 123:8amp工作末mondayt", max_size=14))
def test_any_text_is_a_wish_or_unclear(said: str) -> None:
    assert is_wish(said) in (True, False)
    assert is_sentence(said) <= is_wish(said)


@given(st.text(alphabet="到至下个周月号日天一二十半年底明后untilDec 1230-/", max_size=12))
def test_any_text_is_a_day_to_come_or_unclear(said: str) -> None:
    try:
        until = parse_until(said, TODAY)
    except UnclearTime:
        return
    assert TODAY < until <= TODAY + timedelta(days=366)
