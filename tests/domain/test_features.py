import pytest

from bot.domain.features import facets_of, reading_of, strict
from bot.domain.lexicon import as_written, in_chinese


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("紫荆云陪伴系咩嚟㗎", "紫荆云陪伴是什么"),
        ("边个搞", "谁开展"),
        ("系统更新", "系统更新"),
        ("驻点村代言点样报名", "驻点村代言怎样报名"),
        ("想知云陪伴", "想知道云陪伴"),
        ("我想知道云陪伴", "我想知道云陪伴"),
    ],
)
def test_cantonese_is_written_as_everybody_writes(said: str, written: str) -> None:
    assert as_written(said) == written


@pytest.mark.parametrize(
    ("english", "chinese"),
    [
        ("rumours", " 谣言 "),
        ("how many museums", "how many  博物馆 "),
        ("网络素养textbook在哪里", "网络素养 教材 在哪里"),
        ("texture", "texture"),
    ],
)
def test_english_words_are_compared_as_chinese_ones(english: str, chinese: str) -> None:
    assert in_chinese(english) == chinese


@pytest.mark.parametrize(
    ("question", "facets"),
    [
        ("有多少人", {"many"}),
        ("好几个人一起骂我", set()),
        ("哪一年开始", {"when"}),
        ("门票多少钱", {"price", "money"}),
        ("怎么报名", {"how", "join"}),
        ("怎么apply", {"how", "join"}),
        ("哪款最便宜", {"pick"}),
        ("怎么破解密码", {"how", "harm"}),
        ("1+1等于几", {"sums"}),
        ("zijing yun 2021", set()),
        ("how much is the fine", {"many", "penalty"}),
        ("紫荆云陪伴", set()),
    ],
)
def test_what_kind_of_thing_is_asked(question: str, facets: set[str]) -> None:
    assert facets_of(question) == facets


@pytest.mark.parametrize(
    ("question", "aim"),
    [
        ("有多少名教师", "教师"),
        ("广东有多少家互联网企业", "企业"),
        ("队服是什么颜色", "颜色"),
        ("校长叫什么", "校长"),
        ("how many teachers were trained", "教师"),
        ("有多少页", "页"),
        ("小康社会的标准是什么", "标准"),
        ("帮了几个村", "村"),
        ("怎么报名", None),
        ("谁捐的", None),
    ],
)
def test_what_a_question_aims_at(question: str, aim: str | None) -> None:
    found = reading_of(question).aim

    assert (found.term if found else None) == aim


def test_loose_facets_decide_nothing() -> None:
    assert strict(frozenset({"what", "how", "why", "money", "when"})) == {"when"}


def test_a_slip_is_one_unknown_word_with_its_sounds() -> None:
    words = {word.term: word for word in reading_of("怎么设蜜码").content()}

    assert words["设蜜码"].parts == {"设", "蜜", "码"}
    assert not words["设蜜码"].is_noun


def test_quiet_words_say_nothing_unless_they_are_all() -> None:
    assert [word.term for word in reading_of("请问紫荆是什么呢").content()] == ["紫荆"]
    assert [word.term for word in reading_of("你是谁").content()] == ["你"]
    assert reading_of("多少钱").content() == ()
