from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from msgspec import structs

from bot.app import App
from bot.config import Settings
from bot.domain.library import Library
from bot.domain.polls import Poll
from bot.messages import Reply
from tests.conftest import Clock
from tests.handlers.conftest import Line, Talk, TalkOn, hold, labels

POLL = "nanyue-stories"
DEMO = "演示"
ENGLISH_DEMO = "demonstration"
# answerCallbackQuery of the Bot API: the most that a notice may have.
NOTICE_CHARACTERS = 200

CONVERSATIONS: dict[str, tuple[Line, ...]] = {
    "candidates by pages": (
        (
            "好网民投票",
            "【演示】",
            "1 号　紫荆云陪伴",
            "4 号",
            "! 5 号　",
            "[投 1 号]",
            "[下一页]",
            "[看结果]",
            "[首页]",
        ),
        ("下一页", "5 号　云游博物馆", "8 号", "[上一页]", "! 下一页"),
        ("> 上一页", "1 号　紫荆云陪伴"),
    ),
    "vote by button": (
        ("/stories",),
        ("> 投 3 号", "投好了，已经算上。回执 ", DEMO, "[看结果]", "[看候选]"),
        ("> 看候选", "3 号　我为驻点村代言 ✔ 你投的"),
    ),
    "vote typed": (("投票 3", "投好了"), ("看结果", "3 号　我为驻点村代言\n██████████ 1 票（100%）", "一共 1 个账号")),
    "vote typed without a space": (("投票3", "投好了"),),
    "vote by label": (("投 3 号", "投好了"), ("投 3 号", "之前已经投过")),
    "vote by a Chinese numeral": (("投票 三", "投好了"), ("投四号", "改好了"), ("投第五个", "改好了")),
    "vote by slash": (
        ("/vote nanyue-stories 3", "投好了"),
        ("/vote nanyue-stories 4号", "改好了"),
        ("/vote 5", "改好了"),
    ),
    "vote in english": (
        ("vote 3", "Your vote is counted. Receipt", ENGLISH_DEMO),
        ("vote no. 4", "Changed: only this vote"),
        ("candidates", "4. Rumour-Busting Squad", "✔ your vote", ENGLISH_DEMO),
        ("Vote 4", "You had already voted so"),
        ("Vote 3", "Changed"),
        ("results", "1 (100%)", "1 accounts", ENGLISH_DEMO),
    ),
    "vote by id": (("投票 zijing-cloud", "投好了"), ("/vote nanyue-stories e-growth", "改好了")),
    "vote as people say it": (
        ("投给3号", "投好了"),
        ("投票给 4 号", "改好了"),
        ("我投5号", "改好了"),
        ("我要投6号", "改好了"),
        ("支持 7号", "改好了"),
        ("改投08号", "改好了"),
        ("投票：1", "改好了"),
    ),
    "wish to vote": (("我要投票", "[投 1 号]"), ("投票", "[投 1 号]"), ("投", "[投 1 号]"), ("/vote", "[投 1 号]")),
    "a bare number asks back": (
        ("3", "想投 3 号「我为驻点村代言」吗", DEMO, "[投 3 号]"),
        ("看结果", "一共 0 个账号"),
        ("三号", "想投 3 号"),
        ("> 投 3 号", "投好了"),
    ),
    "numbers mean candidates wherever they are shown": (
        ("好网民投票",),
        ("1", "想投 1 号"),
        ("看结果", "1 号　"),
        ("1", "想投 1 号"),
        ("投票 1", "投好了"),
        ("2", "想投 2 号"),
    ),
    "a question is no vote": (
        ("投票怎么改", "再投一次就改了"),
        ("投票要钱吗", "! 投好了"),
        ("投 3 号有什么用", "! 投好了"),
        ("看结果", "一共 0 个账号"),
    ),
    "changed and unchanged": (
        ("投票 1", "投好了"),
        ("投票 2", "改好了，只算这一次。回执 "),
        ("投票 2", "这一票你之前已经投过"),
        ("结果", "1 号　紫荆云陪伴\n░░░░░░░░░░ 0 票（0%）", "2 号　E成长计划\n██████████ 1 票", "一共 1 个账号"),
    ),
    "unknown option": (
        ("投票 9", "没有“9”这个候选。先看看候选的号码", DEMO, "[看候选]"),
        ("投票 99999", "没有“99999”"),
        ("投票 0", "这个候选"),
        ("/vote nanyue-stories no-such-deed", "没有“no-such-deed”"),
        ("/vote nanyue-stories " + "长" * 500, "没有“长长长"),
        ("vote 77", "There is no candidate “77”"),
        ("看结果", "一共 0 个账号"),
    ),
    "no such poll": (
        ("/vote old-poll 3", "现在没有这个投票", "[好网民投票]"),
        ("/stories old-poll", "没有这个投票"),
        ("/results old-poll", "没有这个投票"),
    ),
    "odd pages": (
        ("/stories nanyue-stories 99", "8 号"),
        ("/stories nanyue-stories x", "1 号"),
        ("/stories nanyue-stories 0", "1 号"),
    ),
}


@pytest.mark.parametrize("name", CONVERSATIONS)
async def test_conversation(talk: Talk, name: str) -> None:
    await hold(talk, *CONVERSATIONS[name])


async def test_a_tap_is_told_its_outcome_in_a_notice(talk_on: TalkOn) -> None:
    talk = talk_on("telegram")
    await talk.says("/stories")
    for label, told in (("投 3 号", "投好了"), ("投 3 号", "之前已经投过"), ("投 4 号", "改好了")):
        command = f"/vote {POLL} {label[2]}"
        reply = await talk.says(command, tapped=True)
        assert told in reply.notice
        assert DEMO in reply.notice
        assert len(reply.notice) <= NOTICE_CHARACTERS
    assert "想投 1 号" in (await talk.says("1")).text  # the candidates are what stands on the screen


async def test_bars_share_out_the_votes(talk_on: TalkOn) -> None:
    for option in (1, 1, 1, 2):
        await talk_on("telegram").says(f"投票 {option}")
    text = (await talk_on("web").says("看结果")).text
    assert "1 号　紫荆云陪伴\n████████░░ 3 票（75%）" in text
    assert "2 号　E成长计划\n██░░░░░░░░ 1 票（25%）" in text
    assert "一共 4 个账号投了票（是账号数，不等于人数）" in text


async def test_an_anonymous_admin_has_no_vote(talk_on: TalkOn) -> None:
    talk = talk_on("telegram")
    reply = await talk.says(f"/vote {POLL} 3", anonymous=True, tapped=True)
    assert "匿名管理员或频道的身份不能投票" in reply.notice
    assert len(reply.notice) <= NOTICE_CHARACTERS
    await hold(talk, ("看结果", "一共 0 个账号"))


async def test_every_view_of_the_demonstration_says_so(talk: Talk) -> None:
    for said in ("好网民投票", "3", "投票 3", "投票 4", "投票 4", "投票 99", "看结果", "我的", f"/stories {POLL} 2"):
        assert DEMO in (await talk.says(said)).text, said
    for said in ("candidates", "3", "vote 3", "vote 4", "vote 4", "vote 99", "results", "me", f"/stories {POLL} 2 #en"):
        assert ENGLISH_DEMO in (await talk.says(said)).text.casefold(), said


def organised(poll: Poll, clock: Clock) -> Poll:
    """A real poll beside the demonstration: for tomorrow, for an hour, for Telegram and WeChat."""
    opens = clock() + timedelta(days=1)
    return structs.replace(
        poll,
        id="real",
        title="你最喜欢哪件事？",
        english="",
        demo=False,
        channels=frozenset({"telegram", "wechat"}),
        opens_at=opens,
        closes_at=opens + timedelta(hours=1),
    )


@pytest.fixture
async def real(settings: Settings, library: Library, clock: Clock) -> AsyncIterator[App]:
    poll = organised(library.polls[POLL], clock)
    with_real = structs.replace(library, polls={**library.polls, poll.id: poll})
    async with App(settings, with_real, clock).running() as app:
        yield app


async def test_before_during_and_after_a_poll(real: App, clock: Clock) -> None:
    talk = Talk(real, "wechat")
    await hold(
        talk,
        ("/stories real", "投票还没开始", "! 投 1 号", "! 演示", "[看结果]"),
        ("投票 3", "投票还没开始，这一票没有算", "! 演示"),
        ("3", "投票还没开始", "! 想投"),
    )
    clock.passes(days=1)
    await hold(
        talk,
        ("/stories real", "[投 1 号]"),
        ("投票 3", "同意"),
        ("> 同意", "投好了", "! 演示"),
        ("看结果", "1 票（100%）"),
    )
    clock.passes(hours=1)
    await hold(
        talk,
        ("投票 4", "投票已经结束，这一票没有算", "[看结果]"),
        ("看候选", "投票已经结束", "! 投 1 号", "✔ 你投的"),
        ("看结果", "3 号　我为驻点村代言\n██████████ 1 票", "投票已经结束"),
    )


async def test_a_web_cookie_is_no_voter_in_a_real_poll(real: App, clock: Clock) -> None:
    clock.passes(days=1)
    await hold(Talk(real, "web"), ("/vote real 3", "不在这里收票"), ("看结果", "0 票", "一共 0 个账号"))


async def test_a_typed_vote_means_the_poll_last_shown(real: App, clock: Clock) -> None:
    clock.passes(days=1)
    talk = Talk(real, "wechat")
    await hold(
        talk,
        ("投票 3", "投好了", DEMO),
        ("/stories real",),
        ("今日一招",),
        ("投票 3", "! 演示"),
        ("同意", "投好了", "! 演示"),
    )
    real_standing, demo_standing = await real.standing("real"), await real.standing(POLL)
    assert real_standing
    assert demo_standing
    assert (real_standing.ballots, demo_standing.ballots) == (1, 1)


async def refusals(talk: Talk) -> AsyncIterator[Reply]:
    for mark in ("", " #en"):
        for vote in ("real 3", "real no-such-option-at-all-and-a-very-long-one", "no-such-poll 3", f"{POLL} 99"):
            yield await talk.says(f"/vote {vote}{mark}", tapped=True)


async def test_every_refusal_of_a_tap_fits_into_a_notice(real: App, clock: Clock) -> None:
    talk = Talk(real, "telegram")
    for _ in range(2):
        async for reply in refusals(talk):
            assert 0 < len(reply.notice) <= NOTICE_CHARACTERS
        clock.passes(days=2)


async def test_a_poll_that_is_taken_away_leaves_no_dead_button(app: App, talk: Talk) -> None:
    await talk.says("好网民投票")
    app.shelf.library = structs.replace(app.shelf.library, polls={})
    await hold(
        talk,
        ("> 投 1 号", "现在没有这个投票", "[问活动]"),
        ("好网民投票", "没有这个投票"),
        ("8", "我不知道这个数字"),
        ("我的", "我存着"),
    )
    assert "好网民投票" in labels(await talk.says("0"))
