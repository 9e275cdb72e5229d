"""What `@bot words` offers in other chats."""

import pytest
from sqlalchemy import func, select

from bot.app import App
from bot.config import Settings
from bot.domain.library import Library
from bot.messages import Address, Link, Message, Offers
from bot.storage.tables import metadata
from handlers.questions import explain
from tests.handlers.conftest import Talk, hold
from tests.handlers.test_stories import TEXT, TITLE, decide, send


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"operator_accounts": "telegram:100"})


NOBODY = Address("telegram", "", "")


async def offered(app: App, words: str) -> Offers:
    return await app.offers(Message("inline:1", NOBODY, words, app.clock()))


async def rows_of_all(app: App) -> list[int]:
    async with app.database.reading() as connection:
        queries = [select(func.count()).select_from(table) for table in metadata.sorted_tables]
        return [await connection.scalar(query) or 0 for query in queries]


def links(found: Offers) -> list[str]:
    return [offer.link.payload for offer in found.offers if offer.link]


# What is typed, what the first offer is called, and a part of what is sent on.
FIRST = [
    ("紫荆云陪伴是什么", "紫荆云陪伴是什么？", "出处：南方日报"),
    ("紫荊雲陪伴是什麼", "紫荊雲陪伴是什麼？", "出處：南方日報"),
    ("What is good netizen", "", "Source:"),
    ("紫荆", "紫荆云陪伴是什么？", "2021-04-27"),
    ("", "今日一招：", "今日一招："),
    ("今日一招", "今日一招：", "今日一招："),
    ("你好", "今日一招：", "今日一招："),
    ("投票", "投票：", "演示"),
]


@pytest.mark.parametrize(("words", "title", "text"), FIRST)
async def test_what_is_offered_first(app: App, words: str, title: str, text: str) -> None:
    first = (await offered(app, words)).offers[0]
    assert title in first.title
    assert text in first.text


# Words that tell no language, that of the account, and what the first offer begins with.
TELL_NOTHING = [
    ("", "", "今日一招："),
    ("", "zh", "今日一招："),
    ("", "zh-Hant", "今日一招："),
    ("", "en", "Today's tip: "),
    ("👍", "en", "Today's tip: "),
    ("你好", "en", "今日一招："),
    ("hello", "zh", "Today's tip: "),
]


@pytest.mark.parametrize(("words", "language", "begins"), TELL_NOTHING)
async def test_words_that_tell_no_language_are_answered_in_that_of_the_account(
    app: App, words: str, language: str, begins: str
) -> None:
    found = await app.offers(Message("inline:1", NOBODY, words, app.clock(), language=language))
    assert found.offers[0].title.startswith(begins)
    assert found.invitation.isascii() == begins.isascii()


@pytest.mark.parametrize(
    "words", ["紫荆云陪伴是什么", "紫荊雲陪伴是什麼", "密码", "How many children did the E-growth plan reach?"]
)
async def test_an_answer_is_that_of_a_chat(app: App, library: Library, words: str) -> None:
    assert (await offered(app, words)).offers[0].text == explain(library, words).text


@pytest.mark.parametrize(
    ("words", "part"),
    [
        ("我不想活了", "12356"),
        ("想自殺", "12356"),
        ("I want to kill myself", "12356"),
        ("刚刚被骗了五万块", "110"),
        ("我要上访", "12345"),
        ("我好难过", "12356"),
        ("自杀的人多吗", "12356"),
    ],
)
async def test_what_cannot_wait_is_said_alone(app: App, library: Library, words: str, part: str) -> None:
    found = await offered(app, words)
    assert part in found.offers[0].text
    text = explain(library, words).text
    assert [(offer.summary, offer.text, offer.link) for offer in found.offers] == [(text, text, None)]
    assert found.invitation == ""


async def test_nothing_found_is_one_honest_line(app: App) -> None:
    assert await offered(app, "量子色动力学") == Offers((), "这个我没有现成的，点这里到私聊里问问")
    assert (await offered(app, "quantum chromodynamics")).invitation.startswith("I have nothing on this")


async def test_without_words_the_tip_and_the_open_polls(app: App) -> None:
    found = await offered(app, "")
    assert [payload.partition("_")[0] for payload in links(found)] == ["tip", "poll"]
    assert found.invitation == "想多问几句？到私聊里找我"


async def test_tips_are_found_by_their_words(app: App) -> None:
    found = await offered(app, "验证码")
    tips = [offer for offer in found.offers if offer.link and offer.link.kind == "tip"]
    assert tips
    assert all("验证码" in offer.text for offer in tips)


async def test_every_offer_leads_back_to_what_it_is(app: App, talk: Talk) -> None:
    for words in ("紫荆", "验证码", ""):
        for offer in (await offered(app, words)).offers:
            assert offer.link
            reply = await talk.says(f"/start {offer.link.payload}")
            assert offer.text.splitlines()[0].removeprefix("今日一招：")[:20] in reply.text


@pytest.mark.parametrize("words", ["", "网络", "诈骗", "紫荆云陪伴", "好网民", "tip", "a" * 256])
async def test_a_few_are_enough(app: App, words: str) -> None:
    assert len((await offered(app, words)).offers) <= 10


async def test_nothing_is_stored(app: App) -> None:
    before = await rows_of_all(app)
    for words in ("", "紫荆云陪伴是什么", "量子色动力学", "我不想活了", "验证码"):
        await offered(app, words)
    assert await rows_of_all(app) == before


async def test_a_story_once_it_is_approved(app: App, author: Talk, reviewer: Talk) -> None:
    await send(author)
    assert "story_1" not in links(await offered(app, TITLE))
    await decide(reviewer, "通过")
    story = (await offered(app, TITLE)).offers[0]
    assert (story.title, TEXT in story.text, story.link) == (TITLE, True, Link("story", "1", "看故事"))
    await hold(author, ("/withdraw 1 yes", "撤回了"))
    assert "story_1" not in links(await offered(app, TITLE))
