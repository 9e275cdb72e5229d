import asyncio
import random
import time
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.context import Unavailable
from bot.domain.likeness import together
from bot.domain.questions import (
    KEPT,
    KEPT_ANSWERED,
    STEP,
    Became,
    Concern,
    Question,
    Rating,
    Sorter,
    grouped,
    kept_until,
)
from bot.domain.times import home_date
from tests.conftest import Clock
from tests.gold_questions import gold

DAY = date(2026, 11, 23)

LIKE = (
    ("红烧肉怎么做", "紅燒肉點做", "请问红烧肉怎么做呀？", "红烧肉咋做"),
    ("紫荆云陪伴辅导了多少小时", "紫京云陪半辅导了多少小时", "紫荊雲陪伴輔導咗幾多個鐘"),
    ("老人手机字太小怎么办", "老人手机的字太小了怎么办"),
)
UNLIKE = (
    ("紫荆云陪伴是什么", "紫荆云陪伴有多少人"),
    ("广东关停了多少网站", "北京关停了多少网站"),
    ("怎么订阅", "怎么取消订阅"),
    ("2020年捐了多少钱", "2021年捐了多少钱"),
    ("红烧肉怎么做", "老人手机字太小怎么办"),
    ("สวัสดี", "🐟🐟"),
)


@pytest.mark.parametrize("texts", LIKE)
def test_what_asks_alike_comes_together(texts: tuple[str, ...]) -> None:
    strangers = tuple(text for other in LIKE if other is not texts for text in other)
    assert list(range(len(texts))) in together([*texts, *strangers])


@pytest.mark.parametrize("texts", UNLIKE)
def test_what_asks_something_else_stays_apart(texts: tuple[str, ...]) -> None:
    assert len(together(texts)) == len(texts)


def test_gold_questions_that_come_together_have_the_same_answer() -> None:
    questions = gold("in_scope") + gold("out_of_scope")
    groups = [[questions[place] for place in places] for places in together([one.q for one in questions])]
    pairs = [(group[0], other) for group in groups for other in group[1:] if group[0].entry or other.entry]
    same = [leader.right & other.right for leader, other in pairs]
    assert len(pairs) > 50
    assert sum(map(bool, same)) >= 0.9 * len(pairs)


def test_every_text_is_in_one_group() -> None:
    texts = ["", "。", "红烧肉怎么做", "红烧肉怎么做", "what", "1", "的的的"]
    assert sorted(place for group in together(texts) for place in group) == list(range(len(texts)))
    assert together([]) == []


def question(text: str, became: Became = Became.UNANSWERED, entry: str = "", rating: Rating = Rating.NONE) -> Question:
    return Question(text, "zh", became, entry, DAY, rating)


def test_groups_by_concern_size_and_day() -> None:
    groups = grouped(
        [
            question("红烧肉怎么做"),
            question("红烧肉怎么做？"),
            question("红烧肉怎么做呀"),
            Question("紅燒肉點做", "zh-Hant", Became.MENU, "", DAY + timedelta(days=1)),
            question("云支教几个钟", Became.MENU, "zijing-hours"),
            question("云支教几个钟", Became.MENU, "zijing-hours"),
            question("云支教几个钟", Became.MENU, "zijing-reach"),
            question("云支教几个钟", Became.MENU, "zijing-reach", Rating.DOWN),
            question("云支教几个钟", Became.ANSWERED, "zijing-what", Rating.DOWN),
        ]
    )
    assert [(group.concern, group.entry, group.count) for group in groups[:2]] == [
        (Concern.UNANSWERED, "", 4),
        (Concern.PHRASING, "zijing-hours", 2),
    ]
    assert groups[0].texts[0].startswith("红烧肉怎么做")
    assert groups[0].last == DAY + timedelta(days=1)
    assert {(group.concern, group.entry) for group in groups[2:]} == {
        (Concern.PHRASING, "zijing-reach"),
        (Concern.DISLIKED, "zijing-reach"),
        (Concern.DISLIKED, "zijing-what"),
    }


def test_texts_without_a_word_are_told_apart() -> None:
    groups = grouped([question("🐟"), question("🐟"), question("สวัสดี"), question("***")])
    assert sorted(group.count for group in groups) == [1, 1, 2]


@given(st.integers(0, 10**8), st.sampled_from(Rating))
def test_how_long_is_kept_what(seconds: int, rating: Rating) -> None:
    at = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    day = home_date(at)
    answered = kept_until(Became.ANSWERED, rating, day, at) - at
    if rating is Rating.DOWN:
        assert KEPT - timedelta(days=1) < answered <= KEPT
    else:
        assert KEPT_ANSWERED <= answered < KEPT_ANSWERED + STEP
    for became in (Became.MENU, Became.UNANSWERED):
        assert KEPT - timedelta(days=1) < kept_until(became, rating, day, at) - at <= KEPT
    later = at + timedelta(days=40)
    assert {kept_until(became, rating, day, later) - at <= KEPT for became in Became} == {True}


def test_time_is_kept_in_steps() -> None:
    """To the second it would tell whose last message a question was."""
    at = datetime(2026, 11, 23, 1, 2, 3, 456, tzinfo=UTC)
    same = {kept_until(Became.ANSWERED, Rating.NONE, DAY, at + timedelta(seconds=step)) for step in range(400)}
    assert same == {datetime(2026, 11, 23, 2, 10, tzinfo=UTC)}


def test_as_many_as_are_kept_are_grouped_in_seconds() -> None:
    """A quarter of them, all different, made of pieces of the gold questions: it takes 1 s."""
    chance, asked = random.Random(1), [one.q for one in gold("in_scope")]
    texts = {chance.choice(asked)[: chance.randint(4, 20)] + chance.choice(asked)[-8:] for _ in range(5000)}
    start = time.process_time()
    groups = grouped(map(question, texts))
    assert sum(group.count for group in groups) == len(texts)
    assert time.process_time() - start < 10


class Kept:
    """What the desk reads, and how often."""

    def __init__(self, *texts: str) -> None:
        self.questions = [Question(text, "zh", Became.UNANSWERED, "", DAY, key=text.encode()) for text in texts]
        self.reads = 0
        self.may_go_on = asyncio.Event()
        self.may_go_on.set()

    async def __call__(self) -> list[Question]:
        self.reads += 1
        await self.may_go_on.wait()
        return self.questions


async def test_groups_are_made_once_a_minute_and_nobody_waits_for_them(clock: Clock) -> None:
    kept = Kept("红烧肉怎么做", "红烧肉怎样做", "打印机没有墨了")
    sorter = Sorter(kept, clock)
    kept.may_go_on.clear()
    assert await sorter.sorted() is None, "they are being made"
    kept.may_go_on.set()
    found = await sorter.sorted()
    assert found
    assert [group.count for group in found.groups] == [2, 1]
    assert (await sorter.sorted(), kept.reads) == (found, 1)
    clock.passes(seconds=61)
    kept.may_go_on.clear()
    assert await sorter.sorted() is found, "those from before, while newer ones are being made"
    kept.may_go_on.set()
    assert await sorter.sorted() is not found
    assert kept.reads == 2


async def test_a_group_that_is_dealt_with_is_shown_no_more(clock: Clock) -> None:
    kept = Kept("红烧肉怎么做", "打印机没有墨了")
    sorter = Sorter(kept, clock)
    found = await sorter.sorted()
    assert found
    first, second = found.groups
    assert found.group(first.code) == first
    assert first.code != second.code
    kept.questions = [question for question in kept.questions if question.key not in first.keys]
    sorter.forget(first.code)
    again = await sorter.sorted()
    assert again
    assert [group.code for group in again.groups] == [second.code]
    assert kept.reads == 2


async def test_a_read_that_fails_is_tried_again(clock: Clock) -> None:
    kept = Kept("红烧肉怎么做")

    async def fails() -> list[Question]:
        if not kept.reads:
            await kept()
            raise Unavailable("no database")
        return await kept()

    sorter = Sorter(fails, clock)
    with pytest.raises(Unavailable):
        await sorter.sorted()
    assert await sorter.sorted()
