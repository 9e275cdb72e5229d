"""Takes out of a text what may lead to a person: phone, ID and card numbers, mail addresses, names of accounts."""

import re

from bot.domain.text import clean

MASK = "***"

_DIGIT = r"[\d〇零一二三四五六七八九幺壹贰貳叁參肆伍陆陸柒捌玖]"
# People put spaces, dashes and brackets into a number, but no 、 or / which stand between two: 96110、12377.
_GAP = r"(?:[^\w、/]|_){0,3}"
# Seven digits are a short phone number; years, hotlines and most figures have fewer.
_NUMBER = re.compile(rf"\+?{_DIGIT}(?:{_GAP}{_DIGIT}){{6,}}(?:{_GAP}[xX](?![0-9A-Za-z]))?")
# Years from one to the other, and hotlines in a row, lead to nobody.
_NO_NUMBER = re.compile(
    r"(?:19|20)\d\d ?[-~] ?(?:19|20)\d\d|(?:{0})(?: (?:{0}))+".format("11[0-9]|12[0-9]|12[0-9]{3}|96110")
)
# Numbers in their usual groups with / or 、 between them, and a mobile number with letters that look like digits.
_GROUPED = re.compile(
    r"(?<!\d)(?:1[3-9]\d[/、]\d{4}[/、-]\d{4}|(?!(?:19|20)\d\d)(?=[\d -]+[/、])\d{4}(?:[/、 -]\d{4}){2,})(?!\d)"
    r"|(?<![A-Za-z0-9])(?=\d*[OoIl])(?=[OoIl]*(?:\d[OoIl]*){4})[1Il][0-9OoIl]{10}(?![A-Za-z0-9])"
)
_MAIL = re.compile(r"(?<![A-Za-z0-9._%+-])[A-Za-z0-9._%+-]+(?:@| ?[(\[]at[)\]] ?)[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
_HANDLE = re.compile(r"(?<![A-Za-z0-9_])@[A-Za-z][A-Za-z0-9_]+")
# A name of letters alone is one after a Chinese word for the account, or after 加V and V:.
_NAME = re.compile(
    r"((?:微信|微訊|威信|薇信|扣扣) ?|(?<![a-z0-9])v ?: ?|加 ?v ?)"
    r"(?!(?:android|emoji|group|iphone|mini|video)(?![a-z]))[a-z][a-z0-9_.-]{3,}",
    re.IGNORECASE,
)
_ACCOUNT = re.compile(
    r"((?:(?<![a-z])(?:weixin|wechat|whatsapp|telegram|password|wx|vx|v信|qq|tg)|微信|微訊|威信|薇信|扣扣|企鹅|抖音|快手"
    r"|[账帐賬帳][号號户戶]|用户名|验证码|驗證碼|校验码|动态码|口令|密码|密碼|身份证|身份證|护照|護照|学号|學號|工号|工號|卡号|卡號)"
    # What links the name to what it names makes sure that a short one is meant: 密码是1234, but not 微信2021年.
    r"(?:(?:\s?(?:号码?|號碼?|id|is|是|为|為|:|=))+\s?(?=[a-z0-9_.-]{4})|\s?(?=[a-z_.-]*[0-9_-])(?=[a-z0-9_.-]{5})))"
    r"[a-z0-9_.-]+",
    re.IGNORECASE,
)


def masked(text: str) -> str:
    """The text, cleaned, with *** in the place of what may lead to a person.

    Names and postal addresses stay: they cannot be told from other words.
    """
    text = _MAIL.sub(MASK, clean(text))
    text = _ACCOUNT.sub(rf"\1{MASK}", _HANDLE.sub(MASK, text))
    text = _GROUPED.sub(MASK, _NAME.sub(rf"\1{MASK}", text))
    return _NUMBER.sub(lambda found: found.group() if _NO_NUMBER.fullmatch(found.group()) else MASK, text)
