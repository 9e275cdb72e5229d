from collections import Counter
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from bot.domain.seasons import Span
from bot.domain.subscriptions import History, Subscription, daily
from bot.domain.tips import ALWAYS, YEAR, Audience, Subject, Taste, Tip, Tips, Wording
from bot.messages import Address
from tests.shipped import shipped

AUDIENCES: tuple[Audience, ...] = get_args(Audience)
TOPICS: tuple[Subject, ...] = get_args(Subject)
ZONES = ("Asia/Shanghai", "America/New_York", "Pacific/Kiritimati")
START = date(2026, 11, 23)


def tip(name: str, audience: Audience = "everyone", topic: Subject | None = None, season: str = "") -> Tip:
    return Tip(name, Wording(name), audience=audience, topic=topic, season=season)


def year_of(tips: Tips, taste: Taste, days: int = 365, start: date = START) -> list[Tip]:
    """What somebody gets in as many days."""
    had: dict[str, date] = {}
    got = []
    for day in (start + timedelta(days=number) for number in range(days)):
        got.append(tips.turn(taste, day, had))
        had[got[-1].id] = day
    return got


@pytest.mark.parametrize("audience", AUDIENCES)
@pytest.mark.parametrize("start", [date(2026, 11, 23), date(2027, 3, 1), date(2028, 6, 15)])
def test_no_shipped_tip_comes_twice_within_a_year(audience: Audience, start: date) -> None:
    """Over two years, so that any twelve months in them are seen."""
    last: dict[str, int] = {}
    for number, got in enumerate(year_of(shipped().tips, Taste(audience), 730, start)):
        assert number - last.get(got.id, -YEAR.days) >= YEAR.days, got.id
        last[got.id] = number


@pytest.mark.parametrize("audience", AUDIENCES)
def test_what_was_chosen_comes_first(audience: Audience) -> None:
    taste = Taste(audience)
    got = year_of(shipped().tips, taste)
    chosen = [one for one in got[:100] if not one.season]

    assert all(taste.is_for(one) for one in chosen)
    assert max(Counter(one.topic for one in chosen).values()) < len(chosen) / 3, "no topic drowns the others"


def test_chosen_topics_come_before_others() -> None:
    taste = Taste("everyone", ("passwords", "ai"))
    got = [one for one in year_of(shipped().tips, taste, 40) if not one.season]

    assert all(taste.is_about(one) for one in got)


def test_a_tip_of_the_season_comes_in_its_season_and_once() -> None:
    tips = Tips(
        [*(tip(f"t-{n}") for n in range(400)), tip("school", season="09-01..09-10"), tip("late", season="11-30..12-02")]
    )
    got = [one.id for one in year_of(tips, Taste())]

    days = [START + timedelta(days=place) for place, name in enumerate(got) if name == "school"]
    assert len(days) == 1
    assert date(2027, 9, 1) <= days[0] <= date(2027, 9, 10)
    assert got.count("late") == 1
    assert got.index("late") in range(7, 10)


def test_who_misses_the_own_day_of_a_seasonal_tip_gets_it_later_in_the_season() -> None:
    tips = Tips([*(tip(f"t-{n}") for n in range(9)), tip("school", season="09-01..09-10")])

    assert tips.turn(Taste(), date(2027, 9, 10), {}).id == "school"
    assert tips.turn(Taste(), date(2027, 9, 11), {}).id != "school"


def test_tips_for_others_are_no_less_in_season_but_later() -> None:
    tips = Tips(
        [tip("t"), tip("pupils", "children", season="09-01..09-01"), tip("class", "teachers", season="09-01..09-01")]
    )

    assert tips.turn(Taste("teachers"), date(2027, 9, 1), {}).id == "class"
    assert tips.turn(Taste("children"), date(2027, 9, 1), {}).id == "pupils"


def test_with_too_few_tips_the_one_longest_ago_comes_again() -> None:
    tips = Tips(tip(f"t-{n}") for n in range(3))
    got = [one.id for one in year_of(tips, Taste(), 9)]

    assert got[:3] == got[3:6] == got[6:9]
    assert len(set(got[:3])) == 3


def test_a_new_tip_among_old_ones_changes_nothing_that_was_had() -> None:
    tips = shipped().tips
    had = {one.id: START - timedelta(days=1) for one in year_of(tips, Taste(), 50)}
    more = Tips([*tips[:30], tip("brand-new"), *tips[30:]])

    assert more.turn(Taste(), START, had).id not in had


def test_further_tips_are_others_and_none_that_was_had() -> None:
    tips = shipped().tips
    had = {one.id: START - timedelta(days=1) for one in year_of(tips, Taste("elders"), 60)}
    further = [tips.further(Taste("elders"), START, had, number) for number in range(1, 21)]

    assert len({one.id for one in further}) == 20
    assert not {one.id for one in further} & {*had, tips.turn(Taste("elders"), START, had).id}
    assert all(Taste("elders").is_for(one) for one in further)


def test_further_tips_are_none_of_those_of_the_day() -> None:
    tips = shipped().tips
    for day in (START + timedelta(days=number) for number in range(60)):
        todays = {tips.of_the_day(day), tips.turn(Taste(), day, {})}
        assert not {tips.further(Taste(), day, {}, number) for number in range(1, 10)} & todays


def test_the_only_tip_is_also_the_further_one() -> None:
    assert Tips([tip("one")]).further(Taste(), START, {}, 3).id == "one"


def test_everybody_without_a_choice_has_the_same_tip_on_a_date() -> None:
    tips = shipped().tips
    days = [tips.of_the_day(START + timedelta(days=number)).id for number in range(300)]

    assert tips.of_the_day(START) == tips.of_the_day(START)
    assert len(set(days)) > 290
    assert all(one != other for one, other in pairwise(days))


minutes = st.times().map(lambda at: at.replace(second=0, microsecond=0))
changes = st.one_of(
    st.builds(dict, at=minutes),
    st.builds(dict, zone=st.sampled_from(ZONES)),
    st.builds(dict, days=st.sampled_from(["1234567", "12345", "67", "7"])),
    st.builds(dict, audience=st.sampled_from(AUDIENCES)),
    st.builds(dict, topics=st.lists(st.sampled_from(TOPICS), max_size=3, unique=True).map(tuple)),
    st.builds(dict, paused_until=st.dates(date(2026, 11, 24), date(2027, 11, 23))),
)


@settings(max_examples=40, deadline=None)
@given(st.dictionaries(st.integers(0, 364), changes, max_size=12), minutes, st.sampled_from(AUDIENCES))
def test_no_tip_comes_twice_within_a_year_whatever_a_person_changes(
    changed: dict[int, dict[str, object]], at: time, audience: Audience
) -> None:
    """Time, zone, days, audience, topics and pauses are changed after any of the deliveries."""
    now = datetime(2026, 11, 23, tzinfo=UTC)
    mine = Subscription(Address("telegram", "ana", "ana"), at, audience=audience).scheduled(now)
    had: dict[str, date] = {}
    for number in range(365):
        assert mine.due_at
        day = mine.local_day(mine.due_at)
        got = daily(mine, shipped().tips, History(had), mine.due_at).tip
        assert day - had.get(got.id, date.min) >= YEAR, got.id
        had[got.id] = day
        due = mine.due_at
        mine = mine.after_delivery(due)
        if number in changed:
            mine = structs.replace(mine, **changed[number]).scheduled(due)


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("验证码", ["codes"]),
        ("驗證碼", ["codes"]),
        ("验证码 客服", ["codes"]),
        ("验证码 密码", []),
        ("CODE", ["codes"]),
        ("码", []),
        ("", []),
    ],
)
def test_tips_are_found_by_all_the_words(words: str, found: list[str]) -> None:
    codes = Tip("codes", Wording("验证码谁也不给。", "客服从来不会问。"), Wording("Give no code to anybody."))
    assert [tip.id for tip in Tips((codes, tip("密码"))).with_words(words)] == found


SOME = Tips(tip(f"t{number}", topic=TOPICS[number % 3]) for number in range(12))


def with_changes(tips: Tips, **changes: Mapping[str, Any]) -> Tips:
    """By id, what is changed of a tip."""
    return Tips(structs.replace(one, **changes.get(one.id, {})) for one in tips)


@pytest.mark.parametrize("taste", [Taste(), Taste("elders"), Taste("everyone", ("scams",))])
def test_two_that_are_swapped_have_each_others_day(taste: Taste) -> None:
    before = [one.id for one in year_of(SOME, taste, 12)]
    first, last = before[0], before[3]
    assert SOME.by_id[first].topic == SOME.by_id[last].topic or not taste.topics
    after = [one.id for one in year_of(with_changes(SOME, **{first: {"swap": last}}), taste, 12)]
    exchanged = {first: last, last: first}
    assert after == [exchanged.get(one, one) for one in before]


def test_a_skipped_one_comes_when_its_days_are_over() -> None:
    first = year_of(SOME, Taste(), 1)[0].id
    until = START + timedelta(days=4)
    tips = with_changes(SOME, **{first: {"skipped": Span(START, until)}})
    got = [one.id for one in year_of(tips, Taste(), 12)]
    assert first not in got[:5]
    assert got[5] == first
    assert len(set(got)) == 12


def test_what_is_said_no_more_goes_out_to_nobody_and_can_be_looked_up() -> None:
    tips = with_changes(SOME, t3={"skipped": ALWAYS})
    assert "t3" not in {one.id for one in year_of(tips, Taste(), 400)}
    days = [START + timedelta(days=number) for number in range(24)]
    assert "t3" not in {tips.of_the_day(day).id for day in days}
    assert "t3" not in {tips.further(Taste(), day, {}, number).id for day in days for number in range(1, 20)}
    assert tips.with_words("t3") == ()
    assert tips.by_id["t3"].id == "t3"
    others = {day: one.id for day in days if (one := SOME.of_the_day(day)).id != "t3"}
    assert {day: tips.of_the_day(day).id for day in others} == others, "nobody else's day changes"


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_whatever_is_swapped_and_skipped_nobody_has_one_twice(data: st.DataObject) -> None:
    """The operators change the tips every few days; who gets them has each once as long as there are any."""
    had: dict[str, date] = {}
    tips, ids = SOME, sorted(SOME.by_id)
    for day in (START + timedelta(days=number) for number in range(12)):
        if data.draw(st.booleans()):
            one, other = data.draw(st.sampled_from(ids)), data.draw(st.sampled_from(ids))
            tips = with_changes(tips, **{one: {"swap": other if one != other else ""}})
        if data.draw(st.booleans()):
            span = Span(day, day + timedelta(days=data.draw(st.integers(0, 3))))
            tips = with_changes(tips, **{data.draw(st.sampled_from(ids)): {"skipped": span}})
        got = tips.turn(Taste(), day, had)
        left = [one for one in tips if one.id not in had and not one.is_skipped(day)]
        assert got in left or not left
        had[got.id] = day
