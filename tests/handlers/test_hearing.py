"""Recognised speech: what an accent made of a command is that command; ordinary words, and what is typed, stay."""

import pytest

from bot.domain.hearing import as_meant
from bot.domain.lexicon import word_list
from tests.handlers.conftest import Talk, hold

HEARD = [
    ("头票三号。", "投好了"),
    ("偷票三好", "投好了"),
    ("投票山好", "投好了"),
    ("我要头三号", "投好了"),
    ("投票是号。", "投好了"),
    ("投票3号。", "投好了"),
    ("好网名投票", "演示投票"),
    ("好望民头票", "演示投票"),
    ("1招。", "今日一招："),
    ("一招", "今日一招："),
    ("今日一照", "今日一招："),
    ("在来一跳", "今日一招："),
    ("定月八店", "每天早上 8:00"),
    ("订月 晚上八点", "每天晚上 8:00"),
    ("定月", "每天几点"),
    ("帮主", "直接打字问我就行"),
    ("关羽", "运行者"),
    ("手页。", "每天学一招"),
    ("打字", "字变大了"),
    ("见单", "最多给三个选择"),
    ("头稿", "满14岁"),
    ("看接过", "演示投票"),
    ("在说一变", "上一条回答"),
    ("取笑", "什么都没有改"),
]
ORDINARY = [
    "我头疼怎么办",
    "三好学生怎么评",
    "偷票怎么举报",
    "定月饼要小心什么",
    "关羽是谁",
    "推定是什么意思",
    "帮主是什么意思",
    "打字太慢怎么办",
    "一招鲜吃遍天",
    "好网名怎么取",
    "守业更比创业难",
    "你好",
    "是好人",
]


@pytest.mark.parametrize(("said", "answered"), HEARD)
async def test_an_accent_is_understood(talk: Talk, said: str, answered: str) -> None:
    reply = await talk.says(said, spoken=True)
    assert answered in reply.text


@pytest.mark.parametrize("said", ORDINARY)
async def test_ordinary_words_are_left_alone(talk: Talk, said: str) -> None:
    assert as_meant(said, talk.app.command_of) == said


@pytest.mark.parametrize("said", ["头票三号", "偷票三好", "推定", "关羽", "帮主", "打字"])
async def test_what_is_typed_is_never_taken_for_another_word(talk: Talk, said: str) -> None:
    typed = await talk.says(said)
    for words in ("投好了", "运行者", "直接打字问我就行", "字变大了", "退订"):
        assert words not in typed.text


async def test_a_number_that_is_spoken_chooses(talk: Talk) -> None:
    for said in ("二", "第二个。", "选二"):
        await talk.says("开始")
        assert "今日一招：" in (await talk.says(said, spoken=True)).text


async def test_help_comes_before_any_other_meaning(talk: Talk) -> None:
    assert "12356" in (await talk.says("我不想活了。", spoken=True)).text


async def test_nothing_is_unsubscribed_by_an_ordinary_sentence(talk: Talk) -> None:
    await hold(talk, ("订阅 8点",))
    await talk.says("推定是什么", spoken=True)
    assert await talk.app.services.subscriptions.of(talk.sender)
    await talk.says("推定", spoken=True)
    assert await talk.app.services.subscriptions.of(talk.sender) is None


def test_the_table_is_as_long_as_it_says_and_nothing_stands_twice() -> None:
    lines = [line.split() for line in word_list("hearing")["heard"]]
    assert len(lines) >= 40
    heard = [word for line in lines for word in line[1:]]
    assert sorted(heard) == sorted(set(heard))
    assert not {line[0] for line in lines} & set(heard)
