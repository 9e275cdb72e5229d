"""Held ballots in the conversation: what voters hear, how they appeal, and how two operators rule."""

from collections.abc import AsyncIterator

import pytest
from msgspec import structs

from bot.app import App
from bot.config import Settings
from bot.domain.holds import Suspicion
from bot.domain.library import Library
from bot.domain.polls import Option, Poll
from bot.messages import Reply
from tests.conftest import Clock
from tests.handlers.conftest import Talk, hold, labels

POLL = Poll(
    "real",
    "2027年好网民故事",
    (Option("neighbours", 1, "热心邻居群", english="Neighbours"), Option("grandpa", 2, "爷爷教上网")),
    "Stories of 2027",
    channels=frozenset({"telegram", "web", "wechat"}),
)
NUMBERS = {"votes": 320.0, "expected": 4.5}


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(
        update={"operator_accounts": "telegram:100+telegram:101+terminal:lan, wechat:oOperator, web:ayi"}
    )


@pytest.fixture
async def app(settings: Settings, library: Library, clock: Clock) -> AsyncIterator[App]:
    polls = structs.replace(library, polls={POLL.id: POLL})
    async with App(settings, polls, clock).running() as app:
        yield app


@pytest.fixture
def one(app: App) -> Talk:
    return Talk(app, "telegram", "100")


@pytest.fixture
def other(app: App) -> Talk:
    return Talk(app, "wechat", "oOperator")


@pytest.fixture
def voters(app: App) -> list[Talk]:
    return [Talk(app, "web", "ayi"), Talk(app, "web", "ben"), Talk(app, "telegram", "7")]


async def suspect(*voters: Talk) -> None:
    """All of them have voted for the first candidate, and a detector finds them."""
    app = voters[0].app
    for voter in voters:
        await hold(voter, ("/vote real 1 agreed", "已经算上"))
    found = frozenset(app.services.polls.voter(POLL.id, voter.sender) for voter in voters)
    assert await app.holds.hold(Suspicion(POLL.id, "burst", 1, NUMBERS, found, app.clock())) == len(voters)


async def letters(voter: Talk) -> list[Reply]:
    return [reply for _, reply, _ in await voter.app.outbox.unread(voter.sender)]


async def test_a_held_voter_is_told_kindly_and_nobody_else_which_candidate(voters: list[Talk]) -> None:
    await suspect(*voters[:2])
    ana, _, passer_by = voters

    await hold(
        ana,
        ("投票 2", "你的票已收到，正在核实", "回执", "申诉", "! 已经算上"),
        ("投票 2", "正在核实"),
        ("我的投票", "爷爷教上网：你投了 1 票", "正在核实", "不是说你做错了什么", "[申诉]"),
        ("my votes", "being checked", "[Appeal]"),
    )
    await hold(passer_by, ("/results real", "待核实票 2", "0 票（0%）", "! 1 票", "一共 2 个账号"))
    await hold(passer_by, ("/vote real 1 agreed", "已经算上", "! 核实"), ("我的投票", "! 核实", "! [申诉]"))


async def test_the_accounts_of_each_channel_are_told_where_there_are_several(voters: list[Talk]) -> None:
    for voter in voters:
        await hold(voter, ("/vote real 1 agreed", "已经算上"))
    await hold(
        voters[0], ("/results real", "一共 3 个账号投了票，其中Telegram 1、网页 2（是账号数，不等于人数）", "! 待核实")
    )


async def test_an_appeal_is_asked_for_and_noted_once(voters: list[Talk], one: Talk) -> None:
    await suspect(*voters[:2])
    ana, ben, passer_by = voters

    await hold(passer_by, ("/stories real",), ("申诉", "没有被扣下的票"), ("/appeal real 算我的", "没有被扣下的票"))
    await hold(
        ana, ("申诉", "用一句话告诉我们"), ("是我自己在家里投的", "记下了"), ("申诉",), ("再说一次", "已经申诉过了")
    )
    await hold(ben, ("appeal", "in one sentence"), ("It was me at home", "Noted"))
    await hold(one, ("/held 1", "申诉 1", "是我自己在家里投的", "It was me at home", "! 再说一次"))
    group = await ana.says("/appeal real 群里说", chat="a-group")
    assert "记下了" not in group.text


async def test_who_is_no_operator_knows_of_no_such_command(voters: list[Talk]) -> None:
    stranger = (await voters[1].says("/nothing")).text
    for said in ("/held", "/held 1", "/held release 1 2"):
        assert (await voters[1].says(said)).text == stranger


async def test_two_operators_release_a_case(voters: list[Talk], one: Talk, other: Talk) -> None:
    await hold(one, ("核实", "没有要核实的票"), ("/held 1", "没有这一件"))
    await suspect(*voters[:2])

    await hold(one, ("核实", "1 号候选「热心邻居群」", "2 个账号", "[看 1 号]"))
    await hold(one, ("> 看 1 号", "远远多过平常", "votes 320、expected 4.5", "2 个人意见一样", "[放行]", "[不计入]"))
    await hold(one, ("> 放行", "还要另一个人"), ("/held release 1 2", "已经这样说过了"))
    await hold(
        other, ("/held 1", "已经有 1 人说放行"), ("/held release 1 7", "又变了"), ("/held release 1 2", "已经算进去")
    )
    await hold(
        other, ("/held exclude 1 2", "已经定好了"), ("核实", "没有要核实的票"), ("/held 1", "已经放行", "! [放行]")
    )
    await hold(
        voters[0], ("我的投票", "! 核实"), ("/results real", "2 票（100%）", "! 待核实"), ("投票 2", "只算这一次")
    )


async def test_two_accounts_of_one_person_are_one_operator(app: App, voters: list[Talk], one: Talk) -> None:
    second = Talk(app, "telegram", "101")
    await suspect(*voters[:2])
    await hold(voters[1], ("/appeal real 是我", "记下了"))
    await hold(one, ("/held release 1 2", "还要另一个人"))
    await hold(second, ("/held release 1 2", "已经这样说过了"), ("/held exclude 1 2", "还要另一个人"))
    await hold(one, ("/held 1", "已经有 1 人说不计入", "! 说放行"), ("/held release 1 1 1", "还要另一个人"))
    await hold(second, ("/held release 1 1 1", "已经这样说过了"))


async def test_nobody_rules_on_the_ballot_of_their_other_account(app: App, voters: list[Talk], one: Talk) -> None:
    mine = Talk(app, "telegram", "101")
    await suspect(mine, voters[1])
    await hold(mine, ("/appeal real 是我", "记下了"))
    await hold(one, ("/held release 1 2", "有你自己的票"), ("/held release 1 1 1", "有你自己的票"))


async def test_operators_who_disagree_settle_nothing(voters: list[Talk], one: Talk, other: Talk) -> None:
    await suspect(voters[1])
    await hold(one, ("/held release 1 1", "还要另一个人"))
    await hold(other, ("/held exclude 1 1", "还要另一个人"))
    await hold(one, ("/results real", "待核实票 1"), ("/held exclude 1 1", "两个人都说不计入"))
    await hold(voters[1], ("我的投票", "没有算进结果", "[申诉]"), ("投票 2", "没有算进结果", "! 已经算上"))
    await hold(one, ("/results real", "待核实票 1"))


async def test_an_appeal_is_ruled_on_alone_and_the_voter_is_told(voters: list[Talk], one: Talk, other: Talk) -> None:
    await suspect(*voters[:2])
    ana, ben, _ = voters
    await hold(ben, ("/appeal real 是我投的", "记下了"))
    await hold(one, ("/held 1", "申诉 1"), ("> 申诉 1：放行", "还要另一个人"))
    assert await letters(ben) == []
    await hold(other, ("/held 1",), ("> 申诉 1：放行", "已经算进去"))

    (letter,) = await letters(ben)
    assert "你的票是好的，已经算进去了" in letter.text
    assert labels(letter) == ["我的投票"]
    await hold(ben, ("/results real", "1 票（100%）", "待核实票 1"), ("我的投票", "! 核实"))
    await hold(ana, ("我的投票", "正在核实"))
    await hold(other, ("/held 1", "1 个等着核实", "! 是我投的"), ("/held release 1 1 1", "已经定好了"))


async def test_an_appeal_against_the_ruling_on_a_case(voters: list[Talk], one: Talk, other: Talk) -> None:
    """Who appealed before is answered with the case; who appeals afterwards can still be released."""
    await suspect(*voters[:2])
    ana, ben, _ = voters
    await hold(ana, ("/appeal real 先说的", "记下了"))
    for operator in (one, other):
        await operator.says("/held exclude 1 2")
    assert "不能算进结果" in (await letters(ana))[0].text

    await hold(ben, ("/appeal real 后说的", "记下了"))
    await hold(one, ("核实", "1 号", "已经不计入"), ("/held 1", "后说的", "! 先说的", "[申诉 2：放行]", "! [放行]"))
    for operator in (one, other):
        await operator.says("/held release 1 1 2")
    assert "已经算进去了" in (await letters(ben))[0].text
    await hold(ben, ("我的投票", "! 核实"), ("/results real", "1 票（100%）", "待核实票 1"))


async def test_nobody_rules_on_their_own_appeal(voters: list[Talk], one: Talk) -> None:
    await suspect(*voters[:2])
    ana = voters[0]
    await hold(ana, ("/appeal real 是我", "记下了"), ("/held release 1 1 1", "有你自己的票"))
    await hold(one, ("/held release 1 1 9", "没有这一件"), ("/held release 9 1", "没有这一件"))


async def test_nobody_rules_on_a_case_with_their_own_ballot(voters: list[Talk], one: Talk, other: Talk) -> None:
    await suspect(*voters)
    await hold(voters[0], ("/held release 1 3", "有你自己的票"))
    await hold(one, ("/held release 1 3", "! 有你自己的票"))
    await hold(other, ("/held release 1 3",))
    await hold(voters[0], ("/results real", "3 票（100%）"))


async def test_a_ruling_that_is_delivered_again_says_the_same(voters: list[Talk], one: Talk, other: Talk) -> None:
    await suspect(voters[1])
    first = await one.says("/held release 1 1", message_id="m1")
    await other.says("/held release 1 1", message_id="m2")
    assert (await one.says("/held release 1 1", message_id="m1")).text == first.text
    assert "已经算进去" in (await other.says("/held release 1 1", message_id="m2")).text


async def test_who_is_deleted_leaves_no_appeal(voters: list[Talk], one: Talk) -> None:
    await suspect(*voters[:2])
    await hold(
        voters[1], ("/appeal real 请删掉这句", "记下了"), ("我的", "「2027年好网民故事」里申诉时写的话：请删掉这句")
    )
    await hold(voters[1], ("/forget yes",), ("我的", "! 请删掉这句"))
    await hold(one, ("/held 1", "! 请删掉这句"), ("/results real", "待核实票 2"))
