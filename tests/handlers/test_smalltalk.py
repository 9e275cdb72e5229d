"""What asks for nothing gets a few honest sentences, and is not kept."""

import time

import pytest
from sqlalchemy import func, select

from bot.domain.smalltalk import small_talk
from bot.domain.text import simplify
from bot.storage.tables import questions
from handlers.questions import explain
from tests.handlers.conftest import Talk, labels
from tests.shipped import shipped

FEELINGS = (
    *("我好难过", "今天心情不好", "我失恋了", "心情好差", "今日好唔開心", "压力好大", "没人理我", "我很焦虑睡不着"),
    *("I feel so sad today", "I'm lonely"),
)
SAID = {
    "你好呀": "我在呢",
    "早上好啊小助手": "我在呢",
    "祝你新年快乐": "我在呢",
    "谢谢啦": "不客气",
    "太感谢了": "不客气",
    "Thank you so much!": "You are welcome",
    "多謝晒": "不客氣",
    "拜拜": "再见",
    "good night": "Goodbye",
    "我好开心": "替你高兴",
    "你是chatgpt吗": "不是真人，也不是 ChatGPT",
    "are you ChatGPT?": "not a person and not a chatting model",
    "你用的是哪家的大模型": "不是真人，也不是 ChatGPT",
    "你真笨": "对不起",
    "没用": "👍 或 👎",
    "👎🏻": "👍 或 👎",
    "嗯嗯": "好的！",
    "好的知道了": "好的！",
    "sorry": "All right",
    "吃了吗": "不大会闲聊",
    "讲个笑话吧": "不大会闲聊",
    "你几岁了": "不大会闲聊",
    "😂😂": "不大会闲聊",
    "？？？": "不大会闲聊",
}


async def kept(talk: Talk) -> int:
    async with talk.app.database.reading() as connection:
        return await connection.scalar(select(func.count()).select_from(questions)) or 0


@pytest.mark.parametrize(("said", "answered"), SAID.items())
async def test_small_talk(talk: Talk, said: str, answered: str) -> None:
    reply = await talk.says(said)
    assert answered in reply.text
    assert reply.buttons
    assert await kept(talk) == 0


@pytest.mark.parametrize("said", FEELINGS)
async def test_a_hard_time_gets_a_kind_word_and_a_place_to_talk(talk: Talk, said: str) -> None:
    reply = await talk.says(said)
    assert "12356" in reply.text
    assert not labels(reply)
    assert await kept(talk) == 0


@pytest.mark.parametrize("said", ["网上被人骂了好难过怎么办", "你是真人吗", "怎么关心理健康", "孩子上网不开心怎么办"])
async def test_a_question_stays_one(talk: Talk, said: str) -> None:
    assert await kept(talk) == 0
    await talk.says(said)
    assert await kept(talk) == 1


@pytest.mark.parametrize("said", [*SAID, *FEELINGS])
def test_asked_of_the_command_line_it_is_no_answer(talk: Talk, said: str) -> None:
    assert explain(talk.app.shelf.library, said).answered is False


def test_a_long_text_is_looked_at_in_no_time() -> None:
    for part in ("真的", "刚刚", "有点", "死了", "好像", "谢谢", "你好", "傻瓜", "哈", "i am so ", "难过死了"):
        start = time.process_time()
        small_talk(part * 1000 + "□")
        assert time.process_time() - start < 0.1


def test_no_authored_question_is_taken_for_small_talk() -> None:
    entries = shipped().knowledge.entries.values()
    assert [text for entry in entries for text in entry.questions if small_talk(simplify(text))] == []
