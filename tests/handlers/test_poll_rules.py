"""What voters hear of the rules: too early, too late, twice, too many, withdrawn, hidden, and what they have left."""

import tomllib
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import httpx
import msgspec
import pytest
from msgspec import structs
from sqlalchemy import Connection

from bot.app import App
from bot.channels.telegram.render import CALLBACK_DATA_BYTES
from bot.channels.wechat.render import MAX_TEXT_BYTES, render
from bot.config import PROJECT, Settings
from bot.domain.desk import Actor
from bot.domain.kinds import Choose, Daily, Kind, Single
from bot.domain.library import Library
from bot.domain.polls import Option, Poll, Results
from bot.domain.refusals import REFUSALS
from bot.domain.reviewers import Reviewer
from bot.domain.stops import StopOrder
from bot.messages import Reply
from tests.conftest import Clock
from tests.handlers.conftest import Line, Talk, hold, labels

OPENS = datetime(2026, 11, 24, 1, tzinfo=UTC)  # nine in the morning in Shanghai, a day after the clock's now
CLOSES = OPENS + timedelta(days=3)
NOTICE_CHARACTERS = 200
OPTIONS = (
    Option("neighbours", 1, "热心邻居群", "邻居互相提醒。", "The warm-hearted neighbours"),
    Option("grandpa", 2, "爷爷教上网", "教老人用手机。", "Grandpa teaches the internet"),
    Option("gone", 3, "后来退出的故事", withdrawn=True),
    Option("rumours", 5, "辟谣小分队", "专查谣言。", "The rumour squad"),
)
POLL = Poll(
    "real",
    "2027年好网民故事",
    OPTIONS,
    "Stories of 2027",
    "主办方",
    opens_at=OPENS,
    closes_at=CLOSES,
    joined="before-opening",
    results="hidden",
)

Running = Callable[[Poll], AbstractAsyncContextManager[App]]


@pytest.fixture
def running(settings: Settings, library: Library, clock: Clock) -> Running:
    @asynccontextmanager
    async def run(poll: Poll) -> AsyncIterator[App]:
        async with App(
            settings, structs.replace(library, polls={**library.polls, poll.id: poll}), clock
        ).running() as app:
            yield app

    return run


def poll_of(kind: Kind, **terms: Any) -> Poll:
    return structs.replace(POLL, kind=kind, **terms)


async def joined(app: App, user: str = "ayi", channel: str = "wechat") -> Talk:
    """Somebody who came before the opening."""
    talk = Talk(app, channel, user)
    await talk.says("你好")
    return talk


SHOWN: Line = ("/stories real", "2027年好网民故事")
AGREED: tuple[Line, ...] = (SHOWN, ("投票 1", "公布全部选票", "[同意]"), ("同意", "算上。回执 "))
# By kind of poll: what somebody says on the first day who came before the opening.
CONVERSATIONS: dict[str, tuple[Kind, tuple[Line, ...]]] = {
    "consent is asked once": (Single(), (*AGREED, ("投票 2", "改好了"), ("投票 2", "之前已经投过"))),
    "consent by button": (Single(), (SHOWN, ("> 投 2 号", "「爷爷教上网」", "只问这一次"), ("> 同意", "投好了"))),
    "no consent, no vote": (Single(), (SHOWN, ("投票 1", "[同意]"), ("不要", "! 投好了"), ("我的投票", "还没有票"))),
    "consent to another one": (Single(), (SHOWN, ("投票 1",), ("投票 2", "爷爷"), ("同意",), ("我的投票", "2 号"))),
    "consent in english": (
        Single(),
        (("/stories real #en", "Voting is open"), ("vote 1", "You are asked only once"), ("I agree", "Receipt")),
    ),
    "a number is no consent": (Single(), (SHOWN, ("投票 1", "[同意]"), ("1", "想投 1 号"), ("我的投票", "还没有票"))),
    "one vote that can be changed": (
        Single(),
        (("/stories real", "正在投票，一个账号一票，可以改。", "2026-11-27 09:00（北京时间）截止"), *AGREED),
    ),
    "one vote that is final": (
        Single(revote=False),
        (
            ("/stories real", "一个账号一票，投了就不改"),
            *AGREED,
            ("投票 2", "投了就不改。你之前的票一直算着", "[看结果]"),
            ("投票 1", "之前已经投过"),
            ("我的投票", "1 号　热心邻居群：你投了 1 票"),
            ("vote 2", "Votes in this poll are final"),
        ),
    ),
    "single is not taken back": (Single(), (*AGREED, ("撤回 1", "不能撤回，你的票一直算着"), ("我的投票", "1 号"))),
    "up to two": (
        Choose(2),
        (
            ("/stories real", "最多选 2 个，可以撤回再选", "你还能选 2 个"),
            *AGREED,
            ("投票 2", "选好了", "你还能选 0 个", "[我的投票]"),
            ("投票 5", "最多选 2 个，你已经选满了", "[我的投票]"),
            ("投票 1", "之前已经选过"),
            ("撤回 5", "没有投给这个候选"),
            ("看候选", "1 号　热心邻居群 ✔ 你投的", "[撤回 1 号]", "[投 5 号]", "! 投 1 号"),
            ("> 撤回 1 号", "撤回好了，不再算它。回执 ", "你还能选 1 个"),
            ("投票 5", "选好了"),
            ("我的投票", "2 号　爷爷教上网：你投了 1 票", "5 号", "! 1 号　", "[撤回 5 号]"),
            ("撤回 2 号", "撤回好了"),
            ("take back 5", "Taken back", "You may choose 2 more"),
            ("我的投票", "还没有票"),
        ),
    ),
    "nothing to take back": (Choose(2), (SHOWN, ("撤回 1", "没有投给这个候选", "! 同意"))),
    "up to two, final": (
        Choose(2, revote=False),
        (
            ("/stories real", "最多选 2 个，选了就不改"),
            *AGREED,
            ("撤回 1", "投了就不改"),
            ("看候选", "✔ 你投的", "! 撤回 1 号"),
            ("投票 2", "你还能选 0 个"),
            ("我的投票", "1 号", "2 号", "! 撤回 1 号"),
        ),
    ),
    "three a day, two for one": (
        Daily(3, 2),
        (
            ("/stories real", "每天 3 票，同一个候选一天最多 2 票", "你今天还有 3 票"),
            *AGREED,
            ("投票 1", "投好了，已经算上", "你今天还有 1 票"),
            ("投票 1", "同一个候选一天最多投 2 票，这一票没有算"),
            ("投票 2", "你今天还有 0 票"),
            ("投票 5", "今天的 3 票你已经投完了", "零点"),
            ("撤回 1", "不能撤回"),
            ("我的投票", "1 号　热心邻居群：你投了 2 票", "2 号　爷爷教上网：你投了 1 票", "你今天还有 0 票"),
            ("看候选", "✔ 你投了 2 票"),
            ("我的", "你一共有 3 票"),
            ("vote 5", "You have used your 3 votes of today"),
        ),
    ),
    "a withdrawn candidate": (
        Single(),
        (
            *AGREED,
            ("看候选", "3 号　后来退出的故事（已退出）", "! 投 3 号", "[投 5 号]"),
            ("投票 3", "已经退出，不再收票，这一票没有算"),
            ("3", "已经退出"),
            ("投票 后来退出", "已经退出"),
            ("vote 3", "This candidate was withdrawn"),
            ("我的投票", "1 号"),
        ),
    ),
    "hidden results": (
        Single(),
        (
            *AGREED,
            ("看结果", "谁都看不到，投票截止以后才公布", "一共 1 个账号", "! █", "! 1 号", "[看候选]"),
            ("results", "Nobody can see the candidates' votes now"),
            ("我的投票", "1 号　热心邻居群"),
        ),
    ),
    "from one poll to another": (
        Single(),
        (
            ("好网民投票", "【演示】", "[2027年好网民故事]"),
            ("2027年好网民故事", "1 号　热心邻居群", "! 演示", "[【演示】你最想让更多人知道哪件事？]"),
            ("> 【演示】你最想让更多人知道哪件事？", "紫荆云"),
        ),
    ),
    "what is to be found is asked": (Single(), (SHOWN, ("找候选", "1 号　热心邻居群"), ("撤回", "1 号　"))),
    "no such candidate": (Single(), (SHOWN, ("投票 4", "没有“4”这个候选"), ("撤回 4", "没有“4”"))),
    "by name": (
        Single(),
        (
            SHOWN,
            ("投票 爷爷教上网", "想投 2 号「爷爷教上网」吗", "[投 2 号]"),
            ("投给辟谣", "想投 5 号"),
            ("找 邻居", "想投 1 号"),
            ("vote grandpa teaches", "Would you like to vote for 2"),
            ("找候选 月亮", "没有找到“月亮”", "[看候选]"),
            ("我的投票", "还没有票"),
        ),
    ),
}


@pytest.mark.parametrize("name", CONVERSATIONS)
async def test_conversation(running: Running, clock: Clock, name: str) -> None:
    kind, lines = CONVERSATIONS[name]
    async with running(poll_of(kind)) as app:
        talk = await joined(app)
        clock.now = OPENS
        await hold(talk, *lines)
        recount = await app.votes.recount("real")
        assert recount
        assert recount.match


async def test_a_new_day_brings_new_votes(running: Running, clock: Clock) -> None:
    async with running(poll_of(Daily(1, 1))) as app:
        talk = await joined(app)
        clock.now = OPENS
        await hold(talk, *AGREED, ("投票 2", "今天的 1 票你已经投完了"))
        clock.now = datetime(2026, 11, 24, 15, 59, 59, tzinfo=UTC)
        await hold(talk, ("投票 2", "今天的 1 票你已经投完了"))
        clock.passes(seconds=1)
        await hold(talk, ("看候选", "你今天还有 1 票"), ("投票 1", "投好了"), ("我的投票", "热心邻居群：你投了 2 票"))


async def test_a_moment_too_early_and_a_second_too_late(running: Running, clock: Clock) -> None:
    async with running(poll_of(Single())) as app:
        talk = await joined(app)
        clock.now = OPENS - timedelta(microseconds=1)
        await hold(
            talk,
            ("/stories real", "投票还没开始", "2026-11-24 09:00（北京时间）开始", "! 投 1 号"),
            ("投票 1", "投票还没开始，这一票没有算"),
            ("看结果", "谁都看不到"),
        )
        clock.now = OPENS
        await hold(talk, *AGREED)
        clock.now = CLOSES - timedelta(microseconds=1)
        await hold(talk, ("投票 2", "改好了"))
        for late in (timedelta(0), timedelta(seconds=1), timedelta(days=300)):
            clock.now = CLOSES + late
            await hold(talk, ("投票 5", "投票已经结束，这一票没有算。谢谢你来", "[看结果]"), ("撤回 2", "已经结束"))
        await hold(talk, ("看结果", "2 号　爷爷教上网\n██████████ 1 票（100%）", "一共 1 个账号", "投票已经结束"))


async def test_a_redelivered_message_hears_the_same_after_the_close(running: Running, clock: Clock) -> None:
    async with running(poll_of(Daily(2, 2))) as app:
        talk = await joined(app)
        clock.now = OPENS
        await hold(talk, *AGREED)
        first = await talk.says("/vote real 1", message_id="again")
        clock.now = CLOSES
        assert (await talk.says("/vote real 1", message_id="again")).text == first.text
        assert "你今天还有 0 票" in first.text


async def test_who_asked_to_be_asked_is_not_counted_by_a_redelivery(running: Running, clock: Clock) -> None:
    async with running(poll_of(Single())) as app:
        talk = await joined(app)
        clock.now = OPENS
        await talk.says("/vote real 1", message_id="first")
        await hold(talk, ("同意", "投好了"), ("/vote real 2", "改好了"))
        assert "同意" in (await talk.says("/vote real 1", message_id="first")).text
        await hold(talk, ("同意", "! 投好了", "! 改好了"), ("我的投票", "2 号", "! 1 号"))


async def test_only_who_came_before_the_opening_may_vote(running: Running, clock: Clock) -> None:
    async with running(poll_of(Single())) as app:
        early = await joined(app, "early")
        clock.now = OPENS
        await hold(Talk(app, "wechat", "late"), SHOWN, ("投票 1", "只收开始之前就来过的账号"), ("vote 1", "came later"))
        await hold(Talk(app, "telegram", "unheard"), ("/vote real 1", "只收开始之前就来过的账号"))
        await hold(early, *AGREED)


async def test_who_has_a_vote_may_change_it_after_being_forgotten(running: Running, clock: Clock) -> None:
    async with running(poll_of(Single())) as app:
        talk = await joined(app)
        clock.now = OPENS
        await hold(talk, *AGREED, ("/forget yes", "已经删好了"), ("/vote real 2", "改好了"))


async def test_anybody_may_vote_where_the_rules_say_so(running: Running, clock: Clock) -> None:
    async with running(poll_of(Single(), joined="any")) as app:
        clock.now = OPENS
        await hold(Talk(app, "wechat", "new"), *AGREED)
        await hold(Talk(app, "web", "cookie"), ("/vote real 1", "不在这里收票"))
        reply = await Talk(app, "telegram", "admin").says("/vote real 1", anonymous=True, tapped=True)
        assert "匿名管理员或频道的身份不能投票" in reply.notice


async def test_in_a_group_nobody_is_asked_and_nothing_of_ones_own_is_shown(running: Running, clock: Clock) -> None:
    async with running(poll_of(Choose(2))) as app:
        talk = await joined(app, channel="telegram")
        clock.now = OPENS
        asked = await talk.says("/vote real 1", tapped=True, chat="-100")
        assert "先私下和我说" in asked.notice
        await hold(talk, *AGREED)
        shown = await talk.says("/stories real", tapped=True, chat="-100")
        assert "✔" not in shown.text
        assert "你还能选" not in shown.text
        assert "撤回 1 号" not in labels(shown)
        assert "1 号" not in (await talk.says("/ballot real", chat="-100")).text


async def test_every_refusal_fits_into_a_notice_and_every_command_under_a_button(
    running: Running, clock: Clock
) -> None:
    longest = structs.replace(POLL, id="p" * 24, options=(Option("o" * 40, 9999, "长" * 300), *OPTIONS), kind=Choose(2))
    async with running(longest) as app:
        talk = await joined(app, channel="telegram")
        clock.now = OPENS
        said = (
            "/stories",
            "/vote {} 9999",
            "/vote {} 9999 agreed",
            "/vote {} 1",
            "/vote {} 2",
            "/vote {} 3",
            "/unvote {} 5",
        )
        for line in (*said, "/ballot {}", "/results {}", "/stories", "/unvote {} 9999"):
            for mark in (" #en", " #hant"):
                reply = await talk.says(line.format(longest.id) + mark, tapped=True)
                assert len(reply.notice) <= NOTICE_CHARACTERS
                assert all(len(b.command.encode()) <= CALLBACK_DATA_BYTES for b in reply.flat_buttons()), line


def api(app: App) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app.asgi), base_url="http://test")


async def everything_public(app: App) -> str:
    """What can be seen without an account, and what a stranger hears."""
    await app.notary.tick(app.clock())  # else the page would tell only whether the clock has come by already
    async with api(app) as client:
        pages = [(await client.get(path)).text for path in ("/api/polls/real", "/polls/real", "/polls/real?lang=en")]
    stranger = Talk(app, "web", "stranger")
    lines = ("/stories real", "/results real", "/results real 2", "我的投票", "/results real #en", "找 邻居")
    return "\n".join([*pages, *[(await stranger.says(line)).text for line in lines]])


@pytest.mark.parametrize("kind", [Single(), Choose(2), Daily(3, 2)], ids=repr)
@pytest.mark.parametrize(("results", "after"), [("hidden", timedelta(hours=30)), ("delayed", timedelta(minutes=59))])
async def test_what_is_public_is_the_same_whatever_was_chosen(
    running: Running, clock: Clock, kind: Kind, results: Results, after: timedelta
) -> None:
    public = []
    for number, choices in enumerate(((1, 1, 1, 2, 5), (5, 5, 2, 5, 1))):
        clock.now = OPENS
        poll = poll_of(kind, joined="any", results=results)
        async with running(poll) as app:
            for voter, option in enumerate(choices):
                await hold(Talk(app, "wechat", f"{number}-{voter}"), (f"/vote real {option} agreed", "算上"))
            clock.now += after
            public.append(await everything_public(app))
            await forget_all_votes(app)
    assert public[0] == public[1]


async def forget_all_votes(app: App) -> None:
    def forget(connection: Connection) -> None:
        for table in ("ledger", "ballots", "tallies", "snapshots", "options", "polls", "people"):
            connection.exec_driver_sql(f"DELETE FROM {table}")

    await app.database._writing.transact(forget)


async def test_hidden_results_are_nowhere_to_be_seen_until_the_close(running: Running, clock: Clock) -> None:
    async with running(poll_of(Single(), joined="any")) as app:
        clock.now = OPENS
        for voter, option in enumerate((1, 1, 1, 1, 1, 1, 1, 2, 5)):
            await hold(Talk(app, "wechat", f"v{voter}"), (f"/vote real {option} agreed", "投好了"))
        async with api(app) as client:
            standing = (await client.get("/api/polls/real")).json()
            page = (await client.get("/polls/real")).text
        assert [option["votes"] for option in standing["options"]] == [None] * 4
        assert (standing["ballots"], standing["voters"]) == (9, 9)
        assert "投票截止以后公布" in page
        assert "bar-fill" not in page
        assert "█" not in await everything_public(app)
        clock.now = CLOSES
        async with api(app) as client:
            standing = (await client.get("/api/polls/real")).json()
            page = (await client.get("/polls/real")).text
        assert [option["votes"] for option in standing["options"]] == [7, 1, 0, 1]
        assert standing["options"][2]["withdrawn"] is True
        assert "后来退出的故事（已退出）" in page
        assert '<td class="votes">7</td>' in page


async def test_delayed_results_are_those_of_an_hour_ago(running: Running, clock: Clock) -> None:
    async with running(poll_of(Single(), joined="any", results="delayed")) as app:

        async def seen() -> tuple[list[int], int, str]:
            async with api(app) as client:
                standing = (await client.get("/api/polls/real")).json()
                assert ("（北京时间）的" in (await client.get("/polls/real")).text) == ("as_of" in standing)
            return [o["votes"] for o in standing["options"]], standing["ballots"], standing.get("as_of", "")

        clock.now = OPENS + timedelta(minutes=10)
        await hold(Talk(app, "wechat", "a"), ("/vote real 1 agreed", "投好了"), ("看结果", "░ 0 票", "晚一小时公布"))
        assert await seen() == ([0, 0, 0, 0], 0, "2026-11-24T00:00:00+00:00")
        clock.now = OPENS + timedelta(minutes=119)
        await hold(Talk(app, "wechat", "b"), ("/vote real 2 agreed", "投好了"))
        assert await seen() == ([0, 0, 0, 0], 0, "2026-11-24T01:00:00+00:00")
        clock.passes(minutes=1)
        assert await seen() == ([1, 0, 0, 0], 1, "2026-11-24T02:00:00+00:00")
        await hold(Talk(app, "wechat", "c"), ("/vote real 5 agreed", "投好了"))
        assert await seen() == ([1, 0, 0, 0], 1, "2026-11-24T02:00:00+00:00")
        clock.passes(hours=1)
        assert await seen() == ([1, 1, 0, 0], 2, "2026-11-24T03:00:00+00:00")
        clock.passes(hours=1)
        assert await seen() == ([1, 1, 0, 1], 3, "2026-11-24T04:00:00+00:00")
        clock.now = CLOSES - timedelta(seconds=1)
        await hold(Talk(app, "wechat", "d"), ("/vote real 5 agreed", "投好了"))
        assert (await seen())[:2] == ([1, 1, 0, 1], 3)
        clock.now = CLOSES
        assert await seen() == ([1, 1, 0, 2], 4, "")


class Told(NamedTuple):
    """What an account says at `at` to hear a sentence; `known`: it came before the opening."""

    kind: Kind
    said: tuple[str, ...]
    at: datetime = OPENS
    channel: str = "wechat"
    known: bool = True
    chat: str = ""
    anonymous: bool = False
    stopped: bool = False


LAST = CLOSES - timedelta(microseconds=1)
ONE, TWO, BACK = "/vote real 1 agreed", "/vote real 2 agreed", "/unvote real 1"
# By the sentence of content/phrases/votes.toml.
TOLD = {
    "refused.unknown-option": Told(Single(), ("/vote real 9",)),
    "refused.withdrawn": Told(Single(), ("/vote real 3 agreed",)),
    "refused.not-open": Told(Single(), (ONE,), OPENS - timedelta(microseconds=1)),
    "refused.closed": Told(Single(), (ONE,), CLOSES),
    "refused.stopped": Told(Single(), (ONE,), stopped=True),
    "refused.channel": Told(Single(), (ONE,), channel="web"),
    "refused.anonymous": Told(Single(), (ONE,), channel="telegram", anonymous=True),
    "refused.joined": Told(Single(), (ONE,), known=False),
    "refused.consent": Told(Single(), ("/vote real 1",), channel="telegram", chat="-100"),
    "refused.final": Told(Single(revote=False), (ONE, TWO)),
    "refused.choices": Told(Choose(1), (ONE, TWO)),
    "refused.day": Told(Daily(1, 1), (ONE, TWO)),
    "refused.option-day": Told(Daily(2, 1), (ONE, ONE)),
    "refused.kept": Told(Daily(2, 1), (ONE, BACK)),
    "refused.not-chosen": Told(Choose(2), (TWO, BACK)),
    "single-counted": Told(Single(), (ONE,), LAST),
    "single-changed": Told(Single(), (ONE, TWO)),
    "single-unchanged": Told(Single(), (ONE, ONE)),
    "final-counted": Told(Single(revote=False), (ONE,)),
    "final-unchanged": Told(Single(revote=False), (ONE, ONE)),
    "choose-counted": Told(Choose(2), (ONE,)),
    "choose-unchanged": Told(Choose(2), (ONE, ONE)),
    "choose-taken-back": Told(Choose(2), (ONE, BACK)),
    "daily-counted": Told(Daily(2, 1), (ONE,)),
    "consent": Told(Single(), ("/vote real 1",)),
    "mine_none": Told(Single(), ("/ballot real",)),
    "hidden": Told(Single(), ("/results real",)),
    "no_poll": Told(Single(), ("/vote gone 1",)),
}


def test_every_outcome_of_a_vote_has_its_conversation() -> None:
    sentences = tomllib.loads((PROJECT / "content" / "phrases" / "votes.toml").read_text("utf-8"))["votes"]
    outcomes = {name for name in sentences if name.partition("-")[0] in ("single", "final", "choose", "daily")}
    assert outcomes | {f"refused.{code}" for code in sentences["refused"]} <= set(TOLD)
    assert {f"refused.{code}" for code in REFUSALS} <= set(TOLD)


@pytest.mark.parametrize("sentence", TOLD)
async def test_a_voter_is_told(running: Running, clock: Clock, sentence: str) -> None:
    told = TOLD[sentence]
    for language, mark in (("zh", ""), ("en", " #en")):
        async with running(structs.replace(poll_of(told.kind), id=f"real-{language}")) as app:
            talk = await joined(app, language, told.channel) if told.known else Talk(app, told.channel, language)
            clock.now = told.at
            if told.stopped:
                order = StopOrder(f"real-{language}", "stop", Reviewer(("desk:mei",)), Actor("mei"), told.at)
                assert await app.stops.order(order) == "stopped"
            for said in told.said:
                command = said.replace("real", f"real-{language}")
                reply = await talk.says(f"{command}{mark}", anonymous=told.anonymous, chat=told.chat)
            title = OPTIONS[0].english if mark else OPTIONS[0].title
            blanks = {"receipt": "@", "wanted": "9", "first": 1, "number": 1, "title": title}
            phrase = app.shelf.library.phrases.say(
                language, f"votes.{sentence}", **blanks, **msgspec.to_builtins(told.kind)
            )
            assert all(part in reply.text for part in phrase.split("@")), (phrase, reply.text)
        clock.now = OPENS - timedelta(days=1)


MANY = tuple(
    Option(f"story-{n}", n, f"第{n}个好网民故事", "讲了一件事。", category=("邻里", "校园", "助老")[n % 3])
    for n in range(1, 161)
)


async def test_a_hundred_and_sixty_candidates(running: Running, clock: Clock) -> None:
    async with running(poll_of(Daily(5, 2), options=MANY, results="live", joined="any")) as app:
        clock.now = OPENS
        talk = Talk(app, "wechat")
        await hold(
            talk,
            (
                "/stories real",
                "1 号　第1个好网民故事",
                "8 号",
                "! 9 号",
                "第 1 页，共 20 页",
                "[校园]",
                "[投 8 号]",
                "[下一页]",
            ),
            ("下一页", "9 号", "第 2 页", "! 校园"),
            ("第 20 页", "160 号", "第 20 页，共 20 页", "! 下一页"),
            ("第二页", "9 号"),
            ("page 3", "17. 第17个", "Page 3 of 20"),
            ("看候选", "1 号"),
            ("校园", "校园", "1 号", "4 号", "22 号", "! 5 号", "第 1 页，共 7 页"),
            ("下一页", "25 号", "第 2 页，共 7 页"),
            ("第 7 页", "160 号", "第 7 页，共 7 页"),
            ("第一页", "1 号", "第 1 页，共 7 页", "! 5 号"),
            ("投票 第77个好网民故事", "想投 77 号", "[投 77 号]"),
            ("找 第15", "15 号", "150 号", "还有 3 个也对得上", "[投 151 号]"),
            ("120", "想投 120 号"),
            ("投票 120", "同意"),
            ("同意", "你今天还有 4 票"),
            ("投票 3", "你今天还有 3 票"),
            ("投票 120", "你今天还有 2 票"),
            ("看结果", "120 号　第120个好网民故事\n███████░░░ 2 票（67%）\n3 号", "一共 3 票", "[下一页]", "! 第160个"),
            ("下一页", "8 号　", "[上一页]"),
            ("第 20 页", "160 号　第160个好网民故事\n░░░░░░░░░░ 0 票"),
            ("我的投票", "120 号　第120个好网民故事：你投了 2 票", "你今天还有 2 票"),
        )


async def replies(talk: Talk) -> AsyncIterator[Reply]:
    for said in (
        "/stories real",
        "/stories real 20",
        "/stories real 1 2",
        "/results real",
        "/results real 20",
        "找 故事",
    ):
        for mark in ("", " #en"):
            yield await talk.says(said + mark if said.startswith("/") else said)


async def test_no_page_of_many_is_cut_off_on_wechat(running: Running, clock: Clock) -> None:
    options = tuple(structs.replace(option, title="长" * 100, english="Long" * 50) for option in MANY)
    async with running(poll_of(Daily(5, 2), options=options, results="live", joined="any")) as app:
        clock.now = OPENS
        async for reply in replies(Talk(app, "wechat")):
            text = render(reply, app.shelf.library.phrases)
            assert len(text.encode()) <= MAX_TEXT_BYTES
            assert text.startswith(reply.text.rstrip()), "all of it is there"
