"""That a person wants no more tips, as people say it: 别再发了, no more tips; and what may mean it: 不要了."""

import re

from bot.domain.text import simplify

_PLEASE = "(?:(?:好烦|太烦了?|太多了?),\\s*)?(?:请|麻烦你?|求你|你们?|我|以后|那就?|好了?|please)?"
_TO_ME = "(?:给我|俾我|向我|跟我)?"
_IT = "(?:给我|俾我|小贴士|小招|消息|信息|推送|每日一招|今日一招|这个|这些)?"
_MOOD = "(?:了|吧|啦|喇|啊|呀|哦|咯|嘅)*"
_THANKS = r"(?:[,\s]*(?:谢谢你?|多谢|唔该晒?|辛苦了))?"
_SENDING = re.compile(
    rf"{_PLEASE}(?:"
    rf"(?:别|不要|不用|不必|唔好|唔使|唔要|勿)再?{_TO_ME}(?:发送?|推送?){_IT}|"
    rf"(?:停止|取消|关闭|关掉|关了?|停掉?)(?:掉)?(?:订阅|推送|发送|小贴士|每日一招)|"
    rf"(?:不想|唔想|不要|不)再?(?:收到?|接收|订阅?){_IT}"
    rf"){_MOOD}{_THANKS}|"
    r"(?:please )?(?:no more (?:tips?|messages?)|stop sending(?: me)?(?: the)?(?: tips?| messages?)?|"
    r"stop(?: the)? (?:tips?|messages?)|unsubscribe me|"
    r"(?:don't|do not) send(?: me)?(?: any)?(?: more)?(?: tips?| messages?)?(?: any ?more)?)(?: please| thanks)?"
)
_PERHAPS = re.compile(
    rf"{_PLEASE}(?:停止|先?停|停掉|停下来?|不要|唔要|不需要|唔需要|不看|唔睇|不想看|够|不想要)(?:了|喇|啦|吧)+{_THANKS}|{_PLEASE}(?:停止|停下来)|"
    r"(?:please )?(?:stop (?:it|this|please)|enough|no more)"
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
