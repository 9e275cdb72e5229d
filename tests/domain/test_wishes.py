"""Times, days and pauses as people say them: in Chinese with both kinds of numerals, in Cantonese, in English."""

import time
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.partings import ends_tips, may_end_tips
from bot.domain.pauses import is_until, parse_until
from bot.domain.times import EVERY_DAY, WEEKEND, WORKING_DAYS, LaterStart, NoTime, UnclearDays, UnclearTime
from bot.domain.wishes import TwoWishes, is_sentence, is_wish, parse_wish

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
    # As people put it to a friend
    ("早上八點", "08:00", None),
    ("每朝八點", "08:00", ALL),
    ("每朝早七點半", "07:30", ALL),
    ("每晚8點半", "20:30", ALL),
    ("差五分八点", "07:55", None),
    ("一三五早上七点", "07:00", "135"),
    ("二四六晚上8点", "20:00", "246"),
    ("周末不要，早上8点", "08:00", WORK),
    ("周末不要", None, WORK),
    ("周末除外，每天早上7点", "07:00", WORK),
    ("除了周末每天8点", "08:00", WORK),
    ("除周末外每天8点", "08:00", WORK),
    ("除了周末", None, WORK),
    ("除了周日每天8点", "08:00", "123456"),
    ("周一除外 晚上8点", "20:00", "234567"),
    ("８点半", "08:30", None),
    ("晚上８：３０", "20:30", None),
    ("20点30", "20:30", None),
    ("0730", "07:30", None),
    ("19.30", "19:30", None),
    ("7.30", "07:30", None),
    ("8:30分", "08:30", None),
    ("8;30", "08:30", None),
    ("8：30", "08:30", None),
    ("早上8:00", "08:00", None),
    ("早8:00", "08:00", None),
    ("晚上8：00整", "20:00", None),
    ("21:00整", "21:00", None),
    ("八点一刻", "08:15", None),
    ("八点1刻", "08:15", None),
    ("八点过五分", "08:05", None),
    ("八点过一刻", "08:15", None),
    ("八点零五", "08:05", None),
    ("八点05", "08:05", None),
    ("晚上八点二十", "20:20", None),
    ("早晨7点45分", "07:45", None),
    ("上午10点钟", "10:00", None),
    ("下午5点一刻", "17:15", None),
    ("下午4点45", "16:45", None),
    ("7點半", "07:30", None),
    ("七點正", "07:00", None),
    ("夜晚8點", "20:00", None),
    ("晚頭八點", "20:00", None),
    ("晏晝12點半", "12:30", None),
    ("下晝三點", "15:00", None),
    ("朝早七點搭六", "07:30", None),
    ("晚上八點得唔得", "20:00", None),
    ("朝早八點啦", "08:00", None),
    ("禮拜一至五夜晚八點", "20:00", WORK),
    ("逢禮拜日朝早十點", "10:00", "7"),
    ("星期一三五朝早八點", "08:00", "135"),
    ("一至五朝早七點", "07:00", WORK),
    ("一到五早上七点", "07:00", WORK),
    ("周一~周五 7:30", "07:30", WORK),
    ("周一—周五早上7点", "07:00", WORK),
    ("周1-5 7:30", "07:30", WORK),
    ("礼拜1到5早上7点", "07:00", WORK),
    ("周六日上午10点", "10:00", END),
    ("週末早上九點", "09:00", END),
    ("週一至週五早上七點半", "07:30", WORK),
    ("礼拜天晚上7点", "19:00", "7"),
    ("每个星期天上午9点", "09:00", "7"),
    ("每逢周三下午3点", "15:00", "3"),
    ("每星期六早上9点", "09:00", "6"),
    ("每周一次，周六早上9点", "09:00", "6"),
    ("工作日 早八点", "08:00", WORK),
    ("上学的日子早上7点", "07:00", WORK),
    ("上班的日子晚上8点", "20:00", WORK),
    ("平常早上八点", "08:00", None),
    ("每天8点行吗", "08:00", ALL),
    ("8点可以吗", "08:00", None),
    ("晚上8点好吗", "20:00", None),
    ("晚上八点吧，谢谢啦", "20:00", None),
    ("就早上八点", "08:00", None),
    ("还是晚上9点吧", "21:00", None),
    ("换成每天晚上9点半", "21:30", ALL),
    ("帮我改到早上6点50", "06:50", None),
    ("能不能晚上9点发", "21:00", None),
    ("可不可以早上7点", "07:00", None),
    ("我想早上7点收到", "07:00", None),
    ("早上7点给我发一条", "07:00", None),
    ("每天早上7点来一条", "07:00", ALL),
    ("每天早上8点推送一条", "08:00", ALL),
    ("每天早上8点钟准时发", "08:00", ALL),
    ("准时8点", "08:00", None),
    ("8点半左右", "08:30", None),
    ("大约晚上8点半", "20:30", None),
    ("约8点", "08:00", None),
    ("晚上8点那样", "20:00", None),
    ("7:30am on weekdays", "07:30", WORK),
    ("weekdays at half past seven", "07:30", WORK),
    ("8 in the evening", "20:00", None),
    ("8:15 pm every day", "20:15", ALL),
    ("every day except weekends at 8am", "08:00", WORK),
    ("not on weekends, 8 am", "08:00", WORK),
    ("no weekends", None, WORK),
    ("Mon-Fri at 8:00", "08:00", WORK),
    ("Mon to Fri 8pm", "20:00", WORK),
    ("tuesdays and thursdays at 7 pm", "19:00", "24"),
    ("7 a.m", "07:00", None),
    ("7 AM sharp", "07:00", None),
    ("Weekday mornings at 7", "07:00", WORK),
    ("twelve noon", "12:00", None),
    ("早上8點 weekday", "08:00", WORK),
    ("weekday 早上七点半", "07:30", WORK),
    ("每天 7:30 am", "07:30", ALL),
    ("everyday 晚上8点", "20:00", ALL),
    ("晚8点半", "20:30", None),
    ("早7", "07:00", None),
    ("晚9点钟", "21:00", None),
    ("晚上9", "21:00", None),
    ("早上7", "07:00", None),
    ("中午12:30", "12:30", None),
    ("正午12点", "12:00", None),
    ("午夜12点", "00:00", None),
    ("午夜", "00:00", None),
    ("午夜十二点", "00:00", None),
    ("晚上12点", "00:00", None),
    ("下午三点一刻", "15:15", None),
    ("8点半咯", "08:30", None),
    ("8点哈", "08:00", None),
    ("8点嘛", "08:00", None),
    ("8点呗", "08:00", None),
    ("晚上8点哦", "20:00", None),
    ("那8点", "08:00", None),
    ("嗯8点", "08:00", None),
    ("嗯，8点吧", "08:00", None),
    ("好的，晚上8点", "20:00", None),
    ("好，8点", "08:00", None),
    ("ok 8点", "08:00", None),
    ("早上八點鐘", "08:00", None),
    ("八點半鐘", "08:30", None),
    ("8.30pm", "20:30", None),
    ("8.30", "08:30", None),
    ("早上七点钟叫我一下", "07:00", None),
    ("每晚睡前十点", "22:00", ALL),
    ("晚饭后八点", "20:00", None),
    ("吃完晚饭七点半", "19:30", None),
    ("下班后六点半", "18:30", None),
    ("放学以后五点", "17:00", None),
    ("早餐时间七点一刻", "07:15", None),
    ("朝早返工前七點", "07:00", None),
    ("每個禮拜一三五夜晚九點", "21:00", "135"),
    ("逢一三五朝早八點", "08:00", "135"),
    ("平日返工前八點", "08:00", WORK),
    ("週末先至要，朝早十點", "10:00", END),
    ("唔要週末，朝早八點", "08:00", WORK),
    ("星期六日休息，其他日子早上8点", "08:00", WORK),
    ("周末就不用发了，平时早上七点半", "07:30", WORK),
    ("除咗週末，每日夜晚八點", "20:00", WORK),
    ("除了周三，晚上八点", "20:00", "124567"),
    ("周一到周六早七点", "07:00", "123456"),
    ("周日到周四晚上8点", "20:00", "12347"),
    ("八點正啦", "08:00", None),
    ("八点半就可以", "08:30", None),
    ("八点半可以", "08:30", None),
    ("定八点", "08:00", None),
    ("设到20:15", "20:15", None),
    ("调到晚上7点", "19:00", None),
    ("调整为早上6:30", "06:30", None),
    ("时间改为早上6点半", "06:30", None),
    ("推迟到9点", "09:00", None),
    ("提前到早上6点", "06:00", None),
    ("改早一点，7点", "07:00", None),
    ("Every weekday morning at 7:15", "07:15", WORK),
    ("8pm on Mondays and Fridays", "20:00", "15"),
    ("Let's do 7:45 am", "07:45", None),
    ("7:45am please :)", "07:45", None),
    ("could you send it at 9 pm", "21:00", None),
    ("at half past eight every evening", "20:30", ALL),
    ("ten to eight in the morning", "07:50", None),
    ("wednesdays and saturdays at 6 pm", "18:00", "36"),
    ("any day but sunday at 9", "09:00", "123456"),
    ("weekend mornings at 9", "09:00", END),
    ("早上7：30(工作日)", "07:30", WORK),
    ("【8点】", "08:00", None),
    ("8点。", "08:00", None),
    ("8 点 30", "08:30", None),
    ("8点30 分", "08:30", None),
    ("早上 7 ： 30", "07:30", None),
    ("晚8：30", "20:30", None),
    ("２０：３０", "20:30", None),
    ("20点整", "20:00", None),
    ("二十点半", "20:30", None),
    ("下午六点", "18:00", None),
    ("下午十二点", "12:00", None),
    ("半夜一点", "01:00", None),
    ("凌晨三点半", "03:30", None),
    ("中午两点", "14:00", None),
    ("上午十一点半", "11:30", None),
    ("六点", "06:00", None),
    ("工作日的早上八点", "08:00", WORK),
    ("上班那几天早上8点", "08:00", WORK),
    ("每周七天8点", "08:00", ALL),
    ("一周七天早上8点", "08:00", ALL),
    ("一个星期七天都要，早上8点", "08:00", ALL),
    ("每天都要，早上8点", "08:00", ALL),
    ("seven days a week 8am", "08:00", ALL),
    ("7 days a week at 8", "08:00", ALL),
    ("明天开始每天早上7点", "07:00", ALL),
    ("从明天起早上7点", "07:00", None),
    ("今晚开始，晚上8点", "20:00", None),
    ("聽日開始朝早八點", "08:00", None),
    ("starting tomorrow at 8", "08:00", None),
    ("礼拜一到五 8点", "08:00", WORK),
    ("拜一到拜五 8点", "08:00", WORK),
    ("周中早上8点", "08:00", WORK),
    ("8am on school days", "08:00", WORK),
    ("工作日和周六早上8点", "08:00", "123456"),
    ("周一到周四、周六 8点", "08:00", "12346"),
    ("weekdays and Saturday at 8 am", "08:00", "123456"),
    ("周末每天8点", "08:00", END),
    ("太早了，改成9点", "09:00", None),
    ("不是8点，是9点", "09:00", None),
    ("8点不行，9点吧", "09:00", None),
    ("9点吧，8点太早", "09:00", None),
    ("不要早上，晚上8点", "20:00", None),
    ("早上八点吧，晚上太累", "08:00", None),
    ("逢週末朝早九點", "09:00", END),
    ("每天8點，唔好星期日", "08:00", "123456"),
    ("一周两次，周二和周五早上8点", "08:00", "25"),
    ("8-ish in the evening", "20:00", None),
    ("每天七点半发我一条小贴士", "07:30", ALL),
    ("帮我设置每天晚上9点推送", "21:00", ALL),
    ("晚上8点半推给我", "20:30", None),
    ("给我订一个早上八点的", "08:00", None),
    ("預訂每日朝早八點", "08:00", ALL),
    ("把时间改成晚上8点", "20:00", None),
    ("换个时间 晚上8点", "20:00", None),
    ("move it to 8 pm", "20:00", None),
    ("change the time to 8pm", "20:00", None),
    ("around 7:30ish", "07:30", None),
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
    ("七八点", ["07:00", "08:00"], None),
    ("八点或九点", ["08:00", "09:00"], None),
    ("25点", [], None),
    ("8点99分", [], None),
    ("早上15点", [], None),
    ("下午0点", [], None),
    ("早上晚上8点", [], None),
    ("差九十分八点", [], None),
    ("8点²", [], None),
    ("早上8点和晚上8点", ["08:00", "20:00"], None),
    ("早上8点晚上8点", ["08:00", "20:00"], None),
    ("早上7点、中午12点", ["07:00", "12:00"], None),
    ("7点多", ["07:00", "07:30", "08:00"], None),
    ("快8点的时候", ["07:00", "07:30", "08:00"], None),
    ("八点不到", ["07:00", "07:30", "08:00"], None),
    ("not before 9", ["09:00", "09:30", "10:00"], None),
    ("推迟半小时", [], None),
    ("提前一个钟头", [], None),
    ("改晚一小时", [], None),
    ("两点半", ["14:30", "02:30"], None),
    ("一三五早上", ["07:00", "07:30", "08:00"], "135"),
    ("下午茶时间", ["15:00", "15:30", "16:00"], None),
    ("睡前", ["20:30", "21:00", "21:30"], None),
    ("睡觉前", ["20:30", "21:00", "21:30"], None),
    ("起床后", ["06:30", "07:00", "07:30"], None),
    ("早饭后", ["07:00", "07:30", "08:00"], None),
    ("晚饭后", ["18:30", "19:00", "19:30"], None),
    ("吃过晚饭", ["18:30", "19:00", "19:30"], None),
    ("午饭时间", ["12:00", "12:30", "13:00"], None),
    ("午休时间", ["12:00", "12:30", "13:00"], None),
    ("下班后", ["17:30", "18:00", "18:30"], None),
    ("放学后", ["16:30", "17:00", "17:30"], None),
    ("上班前", ["07:00", "07:30", "08:00"], None),
    ("八點九", ["08:09", "08:45"], None),
    ("朝早7點3", ["07:03", "07:15", "07:30"], None),
    ("晚上8点之前", ["19:00", "19:30", "20:00"], None),
    ("晚上8点以后", ["20:00", "20:30", "21:00"], None),
    ("早上七八点", ["07:00", "08:00"], None),
    ("8点到9点之间", ["08:00", "09:00"], None),
    ("8-9点", ["08:00", "09:00"], None),
    ("after dinner", ["18:30", "19:00", "19:30"], None),
    ("before bed", ["20:30", "21:00", "21:30"], None),
    ("lunchtime", ["12:00", "12:30", "13:00"], None),
    ("bedtime", ["20:30", "21:00", "21:30"], None),
    ("at breakfast", ["07:00", "07:30", "08:00"], None),
    ("saturday mornings", ["07:00", "07:30", "08:00"], "6"),
    ("早上8点pm", [], None),
    ("下午8点am", [], None),
    ("凌晨", ["05:00", "05:30", "06:00"], None),
    ("夜里", ["21:00", "22:00", "23:00"], None),
    ("24点", [], None),
    ("24:00", [], None),
    ("早晨", ["07:00", "07:30", "08:00"], None),
    ("清晨", ["07:00", "07:30", "08:00"], None),
    ("傍晚", ["17:30", "18:00", "18:30"], None),
    ("每天早上起床看一条", ["06:30", "07:00", "07:30"], ALL),
    ("每晚睡前", ["20:30", "21:00", "21:30"], ALL),
    ("下班路上", ["17:30", "18:00", "18:30"], None),
    ("午休的时候", ["12:00", "12:30", "13:00"], None),
    ("中午吃饭的时候", ["12:00", "12:30", "13:00"], None),
    ("夜晚食完飯", ["18:30", "19:00", "19:30"], None),
    ("再晚一点", [], None),
    ("早一点", [], None),
    ("晚点", [], None),
    ("晚上9点～10点", ["21:00", "22:00"], None),
    ("7点或者7点半", ["07:00", "07:30"], None),
    ("早上7点和晚上8点", ["07:00", "20:00"], None),
    ("七八点钟", ["07:00", "08:00"], None),
    ("晚上八九点", ["20:00", "21:00"], None),
    ("before breakfast", ["07:00", "07:30", "08:00"], None),
    ("before 8 am", ["07:00", "07:30", "08:00"], None),
    ("after 9 pm", ["21:00", "21:30", "22:00"], None),
    ("between 8 and 9 pm", ["20:00", "21:00"], None),
    ("7 or 7:30", ["07:00", "07:30"], None),
    ("一点", ["13:00", "01:00"], None),
    ("两点钟", ["14:00", "02:00"], None),
    ("五點三個字", ["17:15", "05:15"], None),
]
# What is no day of the week, with the time that was said.
OTHER_RHYTHMS = [
    ("隔天8点", "08:00"),
    ("每隔一天早上8点", "08:00"),
    ("隔日晚上8点", "20:00"),
    ("every other day at 8", "08:00"),
    ("每两天一次 8点", "08:00"),
    ("每小时", None),
    ("每月1号8点", "08:00"),
    ("一周一次", None),
    ("once a week", None),
    ("twice a day", None),
    ("every 3 days", None),
    ("节假日不要", None),
    ("法定节假日不发", None),
    ("单号8点", "08:00"),
    ("每月十五号早上八点", "08:00"),
    ("隔一天发一次", None),
    ("每两个星期一次", None),
    ("两天一次", None),
    ("三天一条", None),
    # one day alone, and two tips a day
    ("明天8点", "08:00"),
    ("明天早上7点", "07:00"),
    ("明早7点", "07:00"),
    ("明晚八点", "20:00"),
    ("今晚8点", "20:00"),
    ("今早八點", "08:00"),
    ("tonight at 8 pm", "20:00"),
    ("后天早上8点", "08:00"),
    ("聽日朝早八點", "08:00"),
    ("聽晚9點", "21:00"),
    ("下周一早上8点", "08:00"),
    ("今天下午5点", "17:00"),
    ("tomorrow at 7 am", "07:00"),
    ("next Friday at 8", "08:00"),
    ("只发一次，早上8点", "08:00"),
    ("早晚各一次", None),
    ("早晚各一条", None),
    ("一天两次", None),
    ("每周三次", None),
    ("每逢初一十五早上8点", "08:00"),
]
# What can be had at one time only, with the wishes to choose from.
TWO_WISHES = [
    ("工作日早上7:30周末9点", [("07:30", WORK), ("09:00", END)]),
    ("工作日7:30，周末9点半", [("07:30", WORK), ("09:30", END)]),
    ("周一到周五7点，周六日9点", [("07:00", WORK), ("09:00", END)]),
    ("平日七點半、週末十點", [("07:30", WORK), ("10:00", END)]),
    ("早上7点工作日，周末9点", [("07:00", WORK), ("09:00", END)]),
    ("周三8点周五9点", [("08:00", "3"), ("09:00", "5")]),
    ("weekdays 7:30 and weekends 9:00", [("07:30", WORK), ("09:00", END)]),
    ("weekdays at 7, weekends at 9 am", [("07:00", WORK), ("09:00", END)]),
]
# What begins later than with the next time, with that time and the days.
LATER_STARTS = [
    ("从下周一开始每天8点", ["08:00"], ALL),
    ("下周一开始 早上8点", ["08:00"], None),
    ("下个月开始工作日晚上8点", ["20:00"], WORK),
    ("下周开始", [], None),
    ("12月1号开始早上7点", ["07:00"], None),
    ("starting next week, 8 am", ["08:00"], None),
    ("from Monday on, 8 am", ["08:00"], None),
]
ABOUT_SOMETHING_ELSE = [
    *(
        "",
        " ",
        "你好",
        "早上好",
        "晚安",
        "明天8点见",
        "明天早上8点有什么活动",
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
        "早上好8点",
        "我想睡觉",
        "每天不要玩手机",
        "周五到周一放假吗",
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


@pytest.mark.parametrize(("said", "at"), OTHER_RHYTHMS)
def test_what_is_no_day_of_the_week_is_asked_back(said: str, at: str | None) -> None:
    with pytest.raises(UnclearDays) as unclear:
        parse_wish(said)

    assert (unclear.value.at and f"{unclear.value.at:%H:%M}") == at


@pytest.mark.parametrize(("said", "wishes"), TWO_WISHES)
def test_of_two_wishes_one_is_asked_for(said: str, wishes: list[tuple[str, str]]) -> None:
    with pytest.raises(TwoWishes) as two:
        parse_wish(said)

    assert [(wish.at and f"{wish.at:%H:%M}", wish.days) for wish in two.value.wishes] == wishes
    assert is_sentence(said)


@pytest.mark.parametrize(("said", "choices", "days"), LATER_STARTS)
def test_a_later_start_is_asked_back(said: str, choices: list[str], days: str | None) -> None:
    with pytest.raises(LaterStart) as later:
        parse_wish(said)

    assert ([f"{at:%H:%M}" for at in later.value.choices], later.value.days) == (choices, days)


@pytest.mark.parametrize("said", ABOUT_SOMETHING_ELSE)
def test_what_is_about_something_else(said: str) -> None:
    assert not is_wish(said)
    assert not is_sentence(said)


PARTINGS = [
    *(
        "别发了",
        "别再发了",
        "不要再发了",
        "不用发了",
        "不要给我发消息了",
        "唔好再發",
        "唔使再發喇",
        "請不要再推送了",
        "停止订阅",
        "停止推送",
    ),
    *(
        "取消推送",
        "关闭推送",
        "关掉小贴士",
        "停掉每日一招",
        "不想收了",
        "不想再收到",
        "我不想再收到小贴士了",
        "唔想收喇",
    ),
    *(
        "no more tips",
        "stop sending",
        "Stop sending me tips.",
        "please stop the tips",
        "unsubscribe me",
        *("don't send any more", "别发了，谢谢", "好烦，别发了"),
        *(
            "退订吧",
            "我要退订",
            "请退订",
            "帮我退订",
            "退订小贴士",
            "退定",
            "我要取消订阅",
            "以后都不用发了",
            "關閉提醒",
        ),
        *("唔好再發畀我", "unsubscribe please", "I want to unsubscribe", "unsubcribe", "cancel my subscription"),
    ),
]
PERHAPS_PARTINGS = [
    *(
        "停止",
        "停了吧",
        "停吧",
        "先停了吧",
        "不要了",
        "我不要了",
        "唔要喇",
        "不看了",
        "不需要了",
        "够了",
        "stop it",
        "enough",
        *(
            "今天别发了",
            "明天不要发",
            "这周不要发了",
            "下周不要发",
            "最近忙，先别发了",
            "先别发了",
            "暂停一下",
            "先停一停",
        ),
        *("停住先", "取消吧", "stop all"),
    ),
]
NO_PARTINGS = [
    *(
        "不要",
        "停",
        "怎么停止推送",
        "别发了朋友圈会被看到吗",
        "怎么退订",
        "不要再发谣言了",
        "别再发这种图了",
        "停止传播谣言",
    ),
    *("退订会员怎么退", "怎么退订会员", "退订短信要钱吗", "cancel", "今天不要发朋友圈", "先别发朋友圈", "暂停营业"),
    *("不想收到诈骗短信", "网购不想要了能退吗", "取消订阅会员", "关闭", "不发了吗", "stop", "how do I stop the tips"),
]


@pytest.mark.parametrize("said", PARTINGS)
def test_no_more_tips(said: str) -> None:
    assert ends_tips(said)
    assert not may_end_tips(said)


@pytest.mark.parametrize("said", PERHAPS_PARTINGS)
def test_perhaps_no_more_tips(said: str) -> None:
    assert may_end_tips(said)
    assert not ends_tips(said)


@pytest.mark.parametrize("said", NO_PARTINGS)
def test_nothing_about_tips_is_ended(said: str) -> None:
    assert not ends_tips(said)
    assert not may_end_tips(said)


def test_there_are_at_least_four_hundred_phrasings() -> None:
    assert len({said for said, *_ in (*CLEAR, *ASKED_BACK, *OTHER_RHYTHMS)}) >= 400


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
    "到明年3月1日": "2027-03-01",
    "到今年12月31日": "2026-12-31",
    "半年": "2027-05-24",
    "一年": "2027-11-23",
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
    "到下个月底": "2026-12-31",
    "到这周五": "2026-11-27",
    "到本周日": "2026-11-29",
    "到12月5号早上": "2026-12-05",
    "到年底": "2026-12-31",
    "到今年年底": "2026-12-31",
    "until the end of the year": "2026-12-31",
}


@pytest.mark.parametrize(("said", "until"), UNTIL.items())
def test_until_when_a_pause_lasts(said: str, until: str) -> None:
    assert parse_until(said, TODAY) == date.fromisoformat(until)


@pytest.mark.parametrize(
    "said",
    [
        *("到今天", "到昨天", "到2月30日", "到13月1日", "到2020年1月1日", "到2030-01-01", "900天", "0天"),
        *("到明年2月29日", "到明年十二月三十一日", "到2月29日"),
    ],
)
def test_no_day_within_a_year_is_asked_back(said: str) -> None:
    with pytest.raises(UnclearTime):
        parse_until(said, TODAY)
    assert is_until(said)


@pytest.mark.parametrize(
    "said",
    ["到春节", "春节后", "到放假", "几天", "一阵子", "到考完试", "到周末", "a few days", "a while", "the summer"],
)
def test_a_day_that_has_no_date_for_us_is_asked_back(said: str) -> None:
    with pytest.raises(UnclearTime):
        parse_until(said, TODAY)
    assert is_until(said)


@pytest.mark.parametrize("said", ["", "3", "三", "一下", "怎么弄", "到账", "a moment"])
def test_what_names_no_day(said: str) -> None:
    assert not is_until(said)


@settings(deadline=None)
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


@pytest.mark.parametrize("word", ["发来", "给我发", "我想要", "好的", "俾我", "就行", "那就", "行不行", "please"])
def test_a_word_again_and_again_takes_no_longer(word: str) -> None:
    began = time.process_time()
    is_sentence(f"八点{word * 30}"[:58] + "了")
    assert time.process_time() - began < 0.1
