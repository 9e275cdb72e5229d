from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from msgspec import structs

from bot.domain.charts import BARS, CHART_LASTS, POINTS, Chart, Charts, Point, curve_of, picture_of
from bot.domain.polls import Option, Poll, Polls, Standing
from bot.messages import Address
from tests.shipped import shipped

AT = datetime(2026, 11, 23, 1, 0, 30, tzinfo=UTC)
POLL = Poll(
    "p", "你最想让更多人知道哪件事？", (Option("a", 1, "紫荆云陪伴", english="Zijing"), Option("b", 2, "E成长计划"))
)
STANDING = Standing(POLL, "open", AT - timedelta(days=2), None, 40, 40, 0, {1: 30, 2: 10})
FOOT = ("运行者：某某", "我是开源的自动问答程序。")
say, say_in_english = partial(shipped().phrases.say, "zh"), partial(shipped().phrases.say, "en")


def hours(count: int) -> list[Point]:
    opening = AT - timedelta(days=2)
    return [Point(opening + timedelta(hours=n + 1), n) for n in range(count)]


class Store:
    """A poll whose counters grow with every look."""

    def __init__(self) -> None:
        self.looks = 0

    async def history(self, poll: str) -> Sequence[Point]:
        return ()

    async def standing(self, poll: Poll, at: datetime) -> Standing:
        self.looks += 1
        return structs.replace(STANDING, poll=poll, state=poll.state(at), ballots=self.looks, voters=self.looks)


def charts(store: Store) -> Charts:
    async def joined(_address: Address) -> datetime | None:
        return None

    polls = Polls(store, lambda _poll: b"k" * 32, joined)  # type: ignore[arg-type]  # only the standing is asked for
    polls.standing = store.standing  # type: ignore[method-assign]
    return Charts(polls, store)


def test_a_picture_says_what_the_standing_says() -> None:
    picture = picture_of(Chart(STANDING, AT), say, FOOT)
    assert picture.title == POLL.title
    assert [(bar.label, bar.figure) for bar in picture.bars] == [
        ("1 号　紫荆云陪伴", "30 票 · 75%"),
        ("2 号　E成长计划", "10 票 · 25%"),
    ]
    assert [bar.length for bar in picture.bars] == [1.0, pytest.approx(1 / 3)]
    assert picture.notes == ("一共 40 个账号投了票", "账号数，不等于人数。", "截至 2026-11-23 09:00:30（北京时间）")
    assert (picture.mark, picture.foot, picture.path) == ("", FOOT, "/polls/p.png")


def test_a_demonstration_says_so() -> None:
    demo = structs.replace(STANDING, poll=structs.replace(POLL, demo=True))
    assert picture_of(Chart(demo, AT), say, FOOT).mark == "【演示】不是正式投票"
    assert "No official vote" in picture_of(Chart(demo, AT), say_in_english, FOOT, english=True).mark


def test_in_english() -> None:
    picture = picture_of(Chart(STANDING, AT), say_in_english, FOOT, english=True)
    assert picture.bars[0].label == "1. Zijing"
    assert picture.path == "/polls/p.png?lang=en"


def test_hidden_results_have_no_bars() -> None:
    picture = picture_of(Chart(structs.replace(STANDING, votes=None), AT), say, FOOT)
    assert picture.bars == ()
    assert "截止以后才公布" in picture.text[0]
    assert "40" in picture.notes[0]
    assert "30 票" not in str(picture)


def test_delayed_results_are_as_of_their_hour() -> None:
    delayed = structs.replace(STANDING, as_of=AT - timedelta(minutes=60, seconds=30))
    assert picture_of(Chart(delayed, AT), say, FOOT).notes[-1] == "截至 2026-11-23 08:00（北京时间）"


def test_of_many_candidates_those_with_the_most_votes_are_drawn() -> None:
    options = tuple(Option(f"o{n}", n, f"第{n}个") for n in range(1, 161))
    many = structs.replace(STANDING, poll=structs.replace(POLL, options=options), votes={n: n for n in range(1, 161)})
    picture = picture_of(Chart(many, AT), say, FOOT)
    assert len(picture.bars) == BARS
    assert picture.bars[0].label == "160 号　第160个"
    assert picture.notes[0] == "……其余 148 个候选没有画出来"


def test_votes_where_an_account_has_several_and_those_that_are_held() -> None:
    picture = picture_of(Chart(structs.replace(STANDING, ballots=70, held=30), AT), say, FOOT)
    assert picture.notes[:3] == ("一共 40 个账号投了票", "一共 70 票。", "待核实票 30")
    assert picture.bars == picture_of(Chart(STANDING, AT), say, FOOT).bars, "shares are of the votes that count"


def test_a_withdrawn_candidate_is_marked() -> None:
    options = (structs.replace(POLL.options[0], withdrawn=True), POLL.options[1])
    gone = structs.replace(STANDING, poll=structs.replace(POLL, options=options))
    assert picture_of(Chart(gone, AT), say, FOOT).bars[0].label == "1 号　紫荆云陪伴（已退出）"


async def test_a_minute_long_everybody_gets_the_same_chart() -> None:
    store = Store()
    drawn = charts(store)
    first = await drawn.chart(POLL, AT)
    assert await drawn.chart(POLL, AT + CHART_LASTS - timedelta(seconds=1)) is first
    later = await drawn.chart(POLL, AT + CHART_LASTS)
    assert (later.standing.ballots, later.at) == (2, AT + CHART_LASTS)
    assert await drawn.chart(POLL, AT) is not later  # a clock that was set back


async def test_a_poll_that_closes_or_is_edited_is_drawn_anew_at_once() -> None:
    drawn = charts(Store())
    closing = structs.replace(POLL, closes_at=AT + timedelta(seconds=10), results="hidden")
    assert (await drawn.chart(closing, AT)).standing.state == "open"
    assert (await drawn.chart(closing, AT + timedelta(seconds=10))).standing.state == "closed"
    renamed = structs.replace(closing, title="新的题目")
    assert (await drawn.chart(renamed, AT + timedelta(seconds=11))).standing.poll.title == "新的题目"


def test_a_curve_goes_from_the_opening_to_the_figures_of_now() -> None:
    curve = curve_of(STANDING, hours(3), AT)
    assert curve[0] == Point(AT - timedelta(days=2), 0)
    assert [point.ballots for point in curve] == [0, 0, 1, 2, 40, 40]
    assert curve[-2].at - curve[-3].at == timedelta(hours=1), "what followed the last full hour came within it"
    assert curve[-1] == Point(AT, 40)


def test_a_curve_tells_nothing_that_the_figures_do_not() -> None:
    delayed = structs.replace(STANDING, as_of=AT - timedelta(hours=46), ballots=1)
    assert [point.ballots for point in curve_of(delayed, hours(40), AT)] == [0, 0, 1]


def test_a_pause_is_flat() -> None:
    opening = AT - timedelta(days=2)
    history = [Point(opening + timedelta(hours=1), 0), Point(opening + timedelta(hours=9), 30)]
    curve = [((point.at - opening) / timedelta(hours=1), point.ballots) for point in curve_of(STANDING, history, AT)]
    assert curve == [(0, 0), (1, 0), (2, 30), (9, 30), (10, 40), (48, 40)]


def test_a_curve_ends_with_the_poll() -> None:
    closed = structs.replace(STANDING, closes_at=AT - timedelta(hours=1), state="closed")
    assert curve_of(closed, hours(3), AT)[-1] == Point(AT - timedelta(hours=1), 40)


def test_a_poll_that_has_not_opened_has_no_curve() -> None:
    assert curve_of(structs.replace(STANDING, opens_at=AT + timedelta(hours=1)), (), AT) == ()


@pytest.mark.parametrize("count", [0, 1, POINTS - 2, POINTS, 47 * 60])
def test_a_curve_has_no_more_points_than_a_phone_shows(count: int) -> None:
    opening = AT - timedelta(days=2)
    history = [Point(opening + timedelta(minutes=n + 1), n) for n in range(count)]
    curve = curve_of(STANDING, history, AT)
    assert len(curve) <= POINTS
    assert list(curve) == sorted(curve, key=lambda point: point.at)
    assert len(curve) >= min(count + 2, POINTS // 2)
    assert curve[-1] == Point(AT, 40)
