import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.masking import MASK, masked

PERSONAL = {
    "我的电话是13800138000": "我的电话是***",
    "138 0013 8000": "***",
    "138-0013-8000打给我": "***打给我",
    "+86 138.0013.8000": "***",
    "0086-13800138000": "***",
    "１３８００１３８０００": "***",
    "一三八零零一三八零零零": "***",
    "幺三八〇〇一三八〇〇〇": "***",
    "13\u200b80013\u200b8000": "***",
    "020-83331234": "***",
    "(020) 8333 1234": "(***",
    "8333 1234": "***",
    "身份证44010119900101123X吧": "身份证***吧",
    "44010119900101123x": "***",
    "130503670401001": "***",
    "440101 19900101 1234": "***",
    "卡号6222 0212 3456 7890 123": "卡号***",
    "6222-0212-3456-7890": "***",
    "发到 a.b+c@mail.example.org 吧": "发到 *** 吧",
    "zhang＠example.com": "***",
    "加我微信zhang_san88": "加我微信***",
    "微信号：zhangsan": "微信号:***",
    "我的微信是zhangsan": "我的微信是***",
    "vx abc12345": "vx ***",
    "QQ12345": "QQ***",
    "QQ 号是 12345": "QQ 号是 ***",
    "@zhangsan 骗我": "*** 骗我",
    "验证码482913": "验证码***",
    "密码是1234": "密码是***",
    "微信 zhangsan": "微信 ***",
    "微信zhangsan": "微信***",
    "V: zhangsan": "V: ***",
    "加v zhangsan": "加v ***",
    "@zs": "***",
    "zhangsan(at)qq.com": "***",
    "138/0013/8000": "***",
    "138、0013、8000": "***",
    "l38OO138OOO": "***",
    "6222-0212/3456/7890": "***",
    "my password is hunter": "my password is ***",
}
# What the operators need to see: hotlines, years, figures, names of things.
PLAIN = (
    "打12345还是96110、12377、12356",
    "2021年4月27日有多少人",
    "紫荆云陪伴超5000小时，730家网站，17亿元",
    "微信2021年有什么活动",
    "微信支付安全吗",
    "密码怎么设，验证码能给别人吗",
    "投票 3",
    "2020-2021年有什么活动",
    "110 120 119 有什么区别",
    "2019/2020/2021",
    "微信 emoji 是什么意思",
    "Illinois football",
    "qq群里的链接",
    "is WeChat Pay safe?",
    "一二三四五六",
)


@pytest.mark.parametrize(("text", "shown"), PERSONAL.items())
def test_what_leads_to_a_person_is_masked(text: str, shown: str) -> None:
    assert masked(text) == shown


@pytest.mark.parametrize("text", PLAIN)
def test_what_leads_to_nobody_stays(text: str) -> None:
    assert masked(text) == text.replace("，", ",")


DIGITS = st.sampled_from("0123456789０１２３４５６７８９〇零一二三四五六七八九")
BETWEEN = st.sampled_from(["", "", "", " ", "-", " - ", ".", "·", "\u200b", "（"])
WORDS = st.text(alphabet="我的电话号码是多少请打给他 abc。，！-（）", max_size=20)


@given(WORDS, st.lists(st.tuples(DIGITS, BETWEEN), min_size=7, max_size=19), WORDS)
def test_seven_digits_never_stay_together(before: str, number: list[tuple[str, str]], after: str) -> None:
    written = "".join(digit + between for digit, between in number)
    assert not re.search(r"\d|[〇零二三四五六七八九]", masked(f"{before}{written}{after}"))


@given(st.text(alphabet="微信QQq号是：:密码 @.-_abx09三*\u200b", max_size=60))
def test_masking_twice_is_masking_once(text: str) -> None:
    once = masked(text)
    assert masked(once) == once


@given(st.text(max_size=200))
def test_any_text_can_be_masked(text: str) -> None:
    shown = masked(text)
    assert len(re.findall(r"\d", shown)) <= len(re.findall(r"\d", masked(text + MASK)))


def test_a_long_text_is_masked_in_no_time() -> None:
    for part in ("1 ", "微信号 ", "a.", "@", "qq号是 ", "一", "12-"):
        assert masked(part * 1000)
