import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.flags import flags_of
from bot.domain.lexicon import word_list
from bot.domain.pinyin import toneless

WORDS = [(kind, word) for kind, words in word_list("flags")["words"].items() for word in words]
SOUNDING = [(kind, word) for kind, word in WORDS if len("".join(map(toneless, word))) >= 5]
HARMLESS = (
    "我们社区十二个人帮老人学手机，2021年4月起一共辅导了5000小时，没有一天停过。",
    "他带头做志愿，大家都跟着来。",
    "一位老师带着孩子们去图书馆，教他们认出谣言。",
    "The class met every Saturday at 10:30, and 25 people came.",
)


def kinds(text: str) -> set[str]:
    return {flag.kind for flag in flags_of(text)}


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("打１３８ 0013-8000", "phone"),
        ("一三八零零一三八零零零", "phone"),
        ("+86 13800138000", "phone"),
        ("020-38888888", "phone"),
        ("44010519900101001X", "id"),
        ("440105 19900101 0012", "id"),
        ("写信到 aming@example.org", "mail"),
        ("微信号：abc_12345", "account"),
        ("QQ 123456789", "account"),
        ("他在广州市第一中学初二（3）班", "school"),
        ("實驗小學三年級的小明", "school"),
        ("加微信", "advertising"),
        ("加 微*信", "advertising"),
        ("加ｗｅｉ信", "advertising"),
        ("jia wei xin", "advertising"),
        ("j.i.a.w.e.i.x.i.n", "advertising"),
        ("請幫我刷 票", "votes"),
        ("shua票", "votes"),
    ],
)
def test_what_is_looked_at(text: str, kind: str) -> None:
    assert kind in kinds(f"大家好，{text}。谢谢！")


@pytest.mark.parametrize("text", HARMLESS)
def test_what_is_not(text: str) -> None:
    assert flags_of(text) == ()


def test_the_word_is_shown_as_it_stands_and_once() -> None:
    found = [(flag.kind, flag.found) for flag in flags_of("刷 票，shuapiao，１３８００１３８０００，13800138000")]
    assert found == [("votes", "刷票"), ("phone", "13800138000")]


noise = st.sampled_from(["", " ", "*", "·", "　", "-", "。", "\u200b", "！", "\n"])


@given(st.sampled_from(WORDS), st.data())
def test_no_way_of_splitting_hides_a_word(listed: tuple[str, str], data: st.DataObject) -> None:
    kind, word = listed
    split = "".join(letter + data.draw(noise) for letter in word)
    assert kind in kinds(f"前面的话，{split}后面的话")


@given(st.sampled_from(SOUNDING), st.data())
def test_nor_does_pinyin(listed: tuple[str, str], data: st.DataObject) -> None:
    kind, word = listed
    spelt = data.draw(st.lists(st.booleans(), min_size=len(word), max_size=len(word)))
    mixed = "".join(toneless(letter) if said else letter for letter, said in zip(word, spelt, strict=True))
    assert kind in kinds(f"前面的话，{mixed}，后面的话")


@given(st.text(max_size=300))
def test_whatever_is_written_can_be_looked_at(text: str) -> None:
    assert all(flag.found for flag in flags_of(text))
