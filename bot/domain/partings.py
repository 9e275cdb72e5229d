"""That a person wants no more tips, as people say it: 别再发了, no more tips; and what may mean it: 不要了."""

import re

from bot.domain.text import simplify

_PLEASE = (
    "(?:(?:好烦|太烦了?|太多了?),\\s*)?(?:请|麻烦你?|求你|帮我|唔该|你们?|我|要|想|以后|都|那就?|好了?|please){0,3}"
)
_TO_ME = "(?:给我|俾我|畀我|向我|跟我)?"
_IT = "(?:给我|俾我|小贴士|小招|消息|信息|推送|每日一招|今日一招|这个|这些)?"
_MOOD = "(?:了|吧|啦|喇|啊|呀|哦|咯|嘅)*"
_THANKS = r"(?:[,\s]*(?:谢谢你?|多谢|唔该晒?|辛苦了))?"
_NOT = "(?:别|不要|不用|不必|唔好|唔使|唔要|勿)"
_SENDING = re.compile(
    rf"{_PLEASE}(?:"
    rf"{_NOT}再?{_TO_ME}(?:发送?|推送?){_TO_ME}{_IT}|"
    rf"(?:停止|取消|关闭|关掉|关了?|停掉?)(?:掉)?(?:订阅|推送|发送|小贴士|每日一招|提醒)|"
    rf"退[订定](?:掉)?{_IT}|"
    rf"(?:不想|唔想|不要|不)再?(?:收到?|接收|订阅?){_IT}"
    rf"){_MOOD}{_THANKS}|"
    r"(?:please )?(?:no more (?:tips?|messages?)|stop sending(?: me)?(?: the)?(?: tips?| messages?)?|"
    r"stop(?: the)? (?:tips?|messages?)|"
    r"(?:i (?:want|would like) to |i'd like to )?"
    r"(?:unsubs?cribe|cancel(?= ))(?: me)?(?: from)?(?: (?:my|the))?(?: daily)?(?: (?:subscription|tips?|messages?))?|"
    r"(?:don't|do not) send(?: me)?(?: any)?(?: more)?(?: tips?| messages?)?(?: any ?more)?)(?: please| thanks)?"
)
# For how long tips are unwelcome, without a day that ends it.
_FOR_NOW = (
    "(?:今天|今日|今晚|明天|听日|这周|下周|本周|(?:这个|下个?)(?:星期|礼拜|月)|周末|最近|这几天|这两天|这阵子?|这段时间|暂时|先|"
    "考试期间|放假期间)"
)
_PERHAPS = re.compile(
    rf"{_PLEASE}(?:停止|先?停|停掉|停下来?|不要|唔要|不需要|唔需要|不看|唔睇|不想看|够|不想要|取消)(?:了|喇|啦|吧)+{_THANKS}|{_PLEASE}(?:停止|停下来)|"
    rf"{_PLEASE}{_FOR_NOW}(?:(?:比较|很|太|都)?忙)?[,\s]*{_FOR_NOW}?就?(?:都)?{_NOT}再?{_TO_ME}(?:发送?|推送?|收){_TO_ME}{_IT}{_MOOD}{_THANKS}|"
    rf"{_PLEASE}(?:先|暂时)?暂?停(?:一下|一停|一阵子?|住|几天)(?:先|吧|再说)?{_THANKS}|"
    r"(?:please )?(?:stop (?:it|this|please|all)|enough|no more)"
)
_LONGEST = 30  # characters


def ends_tips(text: str) -> bool:
    """Whether it says so."""
    return _said(_SENDING, text)


def may_end_tips(text: str) -> bool:
    """Whether it may mean that, or something else: so it is asked back."""
    return _said(_PERHAPS, text)


def _said(words: re.Pattern[str], text: str) -> bool:
    return len(text) <= _LONGEST and words.fullmatch(simplify(text).strip(" 。.!,~")) is not None
