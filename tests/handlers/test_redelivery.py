"""A message that comes again changes nothing and gets the same answer, whatever was said meanwhile."""

import pytest

from bot.app import App
from bot.config import Settings
from bot.domain.library import Library
from bot.storage.writer import Waiting
from tests.conftest import Clock
from tests.handlers.conftest import Talk, hold

ONCE = "platform:17"

# What leads there, what is said (and comes again), what is said between, and what must be so at the end.
REDELIVERED = {
    "vote": (("好网民投票",), "投票 3", ("投票 5",), ("看结果", "5 号　云游博物馆\n██████████ 1 票", "一共 1 个账号")),
    "vote by label": (("好网民投票",), "投 3 号", ("投票 5",), ("看结果", "5 号　云游博物馆\n██████████ 1 票")),
    "vote by slash": ((), "/vote nanyue-stories 3", ("投票 5",), ("看结果", "5 号　云游博物馆\n██████████ 1 票")),
    "refused vote": ((), "投票 99", ("投票 5",), ("看结果", "5 号　云游博物馆\n██████████ 1 票")),
    "subscribe": ((), "订阅 8点", ("订阅 9点",), ("订阅", "你订的是每天早上 9:00 一招。")),
    "subscribe after forgetting": ((), "订阅 8点", ("/forget yes",), ("我的", "! 每天早上")),
    "subscribe by number": (("订阅",), "1", ("退订",), ("订阅", "每天几点给你一招")),
    "pause": (("订阅 8点",), "暂停", ("继续",), ("订阅", "你订的是每天早上 8:00 一招。")),
    "pause after stopping": (("订阅 8点",), "暂停", ("退订",), ("订阅", "每天几点给你一招")),
    "stop": (("订阅 8点",), "退订", ("订阅 9点",), ("订阅", "你订的是每天早上 9:00 一招。")),
    "stop at once": (("订阅 8点",), "退订", (), ("订阅", "每天几点给你一招")),
    "not subscribed": ((), "退订", ("订阅 8点",), ("订阅", "你订的是每天早上 8:00 一招。")),
    "forget": (("订阅 8点",), "/forget yes", ("订阅 9点",), ("订阅", "你订的是每天早上 9:00 一招。")),
    "asked to forget, by number": (("订阅 8点", "我的"), "1", (), ("我的", "每天早上 8:00")),
    "forget by number": (("订阅 8点", "我的", "1"), "1", ("订阅 9点",), ("我的", "每天早上 9:00")),
    "rated by number": (("紫荆云陪伴辅导了多少小时",), "4", ("0",), ("0", "[问活动]")),
    "a page by label": (("问活动",), "换一批", ("换一批",), ("0", "[问活动]")),
    "a time that was offered": (("订阅",), "睡前", ("我的",), ("我的", "! 每天")),
    "a number that is a time": (("订阅",), "8", ("退订",), ("订阅", "每天几点给你一招")),
    "days that were offered": (("订阅",), "周末", ("> 晚上 8:00", "只要周三"), ("订阅", "每周三 晚上 8:00")),
    "for whom, as was offered": (("订阅 8点",), "给长辈的", ("写给老师的", "我的"), ("订阅", "写给：老师")),
    "a rest that was offered": (("订阅 8点", "暂停到放假"), "三天", ("继续", "我的"), ("订阅", "! 先停着")),
    "a time that nobody offered": ((), "睡前", ("订阅",), ("我的", "! 每天")),
    "no more, in other words": (("订阅 8点",), "别发了", ("订阅 9点",), ("订阅", "你订的是每天早上 9:00 一招。")),
    "no more, at once": (("订阅 8点",), "别发了", (), ("订阅", "每天几点给你一招")),
    "no more, of something else": ((), "别发了", ("订阅 9点",), ("订阅", "你订的是每天早上 9:00 一招。")),
    "perhaps no more": (("订阅 8点",), "不要了", ("退订",), ("订阅", "每天几点给你一招")),
    "not at school": (("订阅 8点",), "/for children", ("订阅 晚上7点",), ("订阅", "写给：大家")),
    "at school, by number": (
        ("/for children 19:30",),
        "订阅 上午10点",
        ("写给长辈的",),
        ("订阅", "每天晚上 7:30", "写给：长辈"),
    ),
    "a number that means a candidate": ((), "3", ("我的",), ("看结果", "一共 0 个账号")),
}


@pytest.mark.parametrize("name", REDELIVERED)
async def test_the_same_message_again(talk: Talk, name: str) -> None:
    before, said, between, (asked, *expected) = REDELIVERED[name]
    await hold(talk, *((line,) for line in before))
    first = await talk.says(said, message_id=ONCE)
    await hold(talk, *((line,) for line in between))
    again = await talk.says(said, message_id=ONCE)
    assert again.text == first.text
    await hold(talk, (asked, *expected))


@pytest.mark.parametrize("said", ["投票 3", "订阅 8点", "/forget yes"])
async def test_after_a_restart(settings: Settings, library: Library, clock: Clock, said: str) -> None:
    answers = []
    for _ in range(2):
        async with App(settings, library, clock).running() as app:
            answers.append(await Talk(app).says(said, message_id=ONCE))
    assert answers[0].text == answers[1].text


async def test_of_a_question_it_is_not_written_what_was_meant(talk: Talk) -> None:
    await hold(talk, ("订阅",), ("紫荆云陪伴辅导了多少小时", "超5000小时"), ("怎么防诈骗",))
    async with talk.app.database.reading() as connection:
        assert (await connection.exec_driver_sql("SELECT * FROM outcomes WHERE kind = 'meant'")).all() == []


async def test_what_a_vote_shows_is_stored_in_its_commit(talk: Talk, monkeypatch: pytest.MonkeyPatch) -> None:
    writer, commits = talk.app.database.writer, []
    commit = writer._commit

    async def noted(group: list[Waiting]) -> None:
        commits.append({waiting.kind.name for waiting in group} & {"vote", "remember", "remember-otherwise"})
        await commit(group)

    monkeypatch.setattr(writer, "_commit", noted)
    await talk.says("投票 3")
    assert [kinds for kinds in commits if kinds] == [{"vote", "remember"}]
    await hold(talk, ("看结果", "3 号"))
