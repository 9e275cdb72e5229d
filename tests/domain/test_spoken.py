import pytest

from bot.domain.spoken import Spoken, syllables

WORDS = dict.fromkeys(("紫荆云陪伴", "紫荆", "辟谣", "特工队", "博物馆", "百千万", "培训"), 1)


@pytest.fixture(scope="module")
def spoken() -> Spoken:
    return Spoken(WORDS)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("piyao tegongdui shi shenme", "辟谣特工队是什么"),
        ("zijing yun peiban shi shenme", "紫荆云陪伴是什么"),
        ("baiqianwan peixun duoshao", "百千万培训多少"),
        ("bowuguan在哪里", "博物馆在哪里"),
        ("piyao是什么", "辟谣是什么"),
        ("wo xiang zhidao piyao", "我想知道辟谣"),
        ("xiang wen yi xia piyao", "想问一下辟谣"),
        ("e peixun shi shenme", "e 培训是什么"),
        ("baiqianwan peixun laoshi", "百千万培训老师"),
    ],
)
def test_pinyin_becomes_the_words_of_the_phrasings(spoken: Spoken, typed: str, meant: str) -> None:
    assert spoken.as_han(typed) == meant


@pytest.mark.parametrize(
    "text",
    ["are you a human", "what is 2fa", "how many teachers are there in china", "怎么开 kids mode", "紫荆", "", "x"],
)
def test_english_and_chinese_stay(spoken: Spoken, text: str) -> None:
    assert spoken.as_han(text) == text


@pytest.mark.parametrize("text", ["medicine", "data", "suicide", "banana cake", "taxi", "candidate", "rude"])
def test_english_that_can_be_said_by_chance_stays(spoken: Spoken, text: str) -> None:
    assert spoken.as_han(text) == text


@pytest.mark.parametrize(
    ("word", "parts"),
    [("tegongdui", ("te", "gong", "dui")), ("xian", ("xian",)), ("nvhai", ("nv", "hai")), ("vote", ()), ("", ())],
)
def test_syllables(word: str, parts: tuple[str, ...]) -> None:
    assert syllables(word) == parts
