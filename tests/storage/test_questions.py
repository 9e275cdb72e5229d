import asyncio
from datetime import UTC, date, datetime, timedelta

import pytest
from msgspec import structs
from sqlalchemy import func, select

from bot.domain.desk import Actor
from bot.domain.questions import Became, Question, Questions, Rating, Settling
from bot.storage import questions as stored
from bot.storage.database import Database, DatabaseMissing
from bot.storage.desk import DeskRecords
from bot.storage.questions import DeskQuestions, QuestionRecords
from bot.storage.tables import questions
from tests.conftest import Clock
from tests.storage.samples import AT, KEY
from tests.storage.test_desk import KEY as LOG_KEY
from tests.storage.test_desk import logged, works

DAY = date(2026, 11, 23)
DINNER = Question("红烧肉怎么做", "zh", Became.UNANSWERED, "", DAY)
MENU = Question("云支教那个", "zh", Became.MENU, "", DAY)
HOURS = Question("多少小时", "zh", Became.ANSWERED, "zijing-hours", DAY)
LATER, MUCH_LATER = AT + timedelta(hours=1), AT + timedelta(days=30)  # when the one and the other are gone


@pytest.fixture
def records(database: Database) -> QuestionRecords:
    return QuestionRecords(database)


async def count(database: Database) -> int:
    async with database.reading() as connection:
        return await connection.scalar(select(func.count()).select_from(questions)) or 0


async def test_what_there_is_to_look_at(records: QuestionRecords) -> None:
    await asyncio.gather(
        records.keep(b"dinner", DINNER, AT, "m1"),
        records.keep(b"menu", MENU, AT, "m2"),
        records.keep(b"hours", HOURS, AT, "m3"),
        records.keep(b"liked", HOURS, AT, "m4"),
        records.keep(b"disliked", HOURS, AT, "m5"),
    )
    rated = await asyncio.gather(
        records.rate(b"liked", Rating.UP, AT, "m6"),
        records.rate(b"disliked", Rating.DOWN, AT, "m7"),
        records.rate(b"nobody's", Rating.DOWN, AT, "m8"),
    )
    chosen = await asyncio.gather(
        records.choose(b"menu", "zijing-what", "m9"),
        records.choose(b"menu", "zijing-hours", "m10"),
        records.choose(b"hours", "zijing-what", "m11"),
    )

    assert tuple(rated) == (True, True, False)
    assert tuple(chosen) == (True, True, False)
    disliked, proposed = structs.replace(HOURS, rating=Rating.DOWN), structs.replace(MENU, entry="zijing-hours")
    found = await records.to_look_at(DAY, AT)
    assert {question.key: structs.replace(question, key=b"") for question in found} == {
        b"dinner": DINNER,
        b"disliked": disliked,
        b"menu": proposed,
    }
    assert await records.to_look_at(DAY + timedelta(days=1), AT) == []
    assert await records.to_look_at(DAY, MUCH_LATER) == []


async def test_the_same_message_changes_nothing(database: Database, records: QuestionRecords) -> None:
    for _ in range(2):
        await records.keep(b"hours", HOURS, AT, "m1")
        assert await records.rate(b"hours", Rating.DOWN, AT, "m2") is True
    await records.expire(MUCH_LATER)
    await records.keep(b"hours", HOURS, AT, "m1")
    assert await records.rate(b"hours", Rating.DOWN, AT, "m2") is True
    assert await count(database) == 0


async def test_the_same_key_again_changes_nothing(database: Database, records: QuestionRecords) -> None:
    """As when a message comes again after its outcome was forgotten."""
    await records.keep(b"menu", MENU, AT, "m1")
    await records.choose(b"menu", "zijing-hours", "m2")
    await database.forget_outcomes(MUCH_LATER)
    await records.keep(b"menu", MENU, AT, "m1")
    assert [question.entry for question in await records.to_look_at(DAY, AT)] == ["zijing-hours"]


async def test_an_answered_question_is_kept_as_long_as_its_rating_says(
    database: Database, records: QuestionRecords
) -> None:
    for name in (b"disliked", b"liked", b"changed"):
        await records.keep(name, HOURS, AT, f"{name!r}")
    await records.keep(b"menu", MENU, AT, "m1")
    await records.rate(b"disliked", Rating.DOWN, AT, "m2")
    await records.rate(b"changed", Rating.DOWN, AT, "m3")
    await records.rate(b"changed", Rating.UP, AT, "m4")
    await records.rate(b"menu", Rating.UP, AT, "m5")

    await records.expire(LATER - timedelta(milliseconds=1))
    assert await count(database) == 4
    await records.expire(LATER)
    assert await count(database) == 2
    for day in range(30):  # who goes on rating keeps it no longer
        await records.rate(b"disliked", Rating.DOWN, AT + timedelta(days=day), f"d{day}")
    await records.expire(MUCH_LATER)
    assert await count(database) == 0


async def test_a_flood_does_not_fill_the_disk(
    database: Database, records: QuestionRecords, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is over soonest goes first: answered questions, then the oldest."""
    monkeypatch.setattr(stored, "MOST_KEPT", 10)
    await records.keep(b"old", structs.replace(DINNER, day=DAY - timedelta(days=1)), AT, "m1")
    await records.keep(b"new", MENU, AT, "m2")
    flood = (records.keep(f"f{number}".encode(), HOURS, AT, f"f{number}") for number in range(30))
    await asyncio.gather(*flood)
    assert await count(database) == 10
    assert len(await records.to_look_at(DAY - timedelta(days=1), AT)) == 2

    flood = (records.keep(f"g{number}".encode(), DINNER, AT, f"g{number}") for number in range(9))
    await asyncio.gather(*flood)
    assert await count(database) == 10
    found = await records.to_look_at(DAY - timedelta(days=1), AT)
    assert sorted(question.text for question in found) == sorted([MENU.text, *[DINNER.text] * 9])
    assert all(question.day == DAY for question in found)


async def test_only_the_secret_finds_a_question(records: QuestionRecords) -> None:
    ours, others = Questions(records, KEY), Questions(records, b"x" * 32)
    ticket = await ours.keep("多少小时", "zh", Became.ANSWERED, "zijing-hours", AT, "m1")
    assert await ours.keep("多少小时", "zh", Became.ANSWERED, "zijing-hours", AT, "m1") == ticket
    assert await ours.keep("多少小时", "zh", Became.ANSWERED, "zijing-hours", AT, "m2") != ticket
    assert await others.rate(ticket, Rating.DOWN, AT, "m3") is False
    assert await ours.rate(ticket, Rating.DOWN, AT, "m4") is True


async def test_before_there_is_a_database(tmp_path: object, clock: Clock) -> None:
    database = Database(f"sqlite:///{tmp_path}/none.db", clock)
    with pytest.raises(DatabaseMissing):
        await QuestionRecords(database).to_look_at(DAY, datetime.now(UTC))
    await database.close()


@pytest.fixture
async def editor(database: Database) -> Actor:
    return Actor("lan", (await works(DeskRecords(database, LOG_KEY), "lan", "editor")).id)


async def test_what_somebody_dealt_with_is_looked_at_no_more(
    records: QuestionRecords, database: Database, editor: Actor
) -> None:
    desk = DeskQuestions(database, LOG_KEY)
    for number in range(3):
        await records.keep(b"dinner %d" % number, DINNER, AT, f"m{number}")
    await records.keep(b"menu", MENU, AT, "menu")
    keys = (*(b"dinner %d" % number for number in range(3)), *(b"gone %d" % number for number in range(700)))
    assert await desk.settle(Settling(keys, True, "", editor, AT)) == "done"
    assert [question.key for question in await records.to_look_at(DAY, AT)] == [b"menu"]
    assert len(await records.waiting(AT, handled=True)) == 3
    assert await desk.settle(Settling(keys[:1], False, "", editor, AT)) == "done"
    assert [question.key for question in await records.waiting(AT, handled=True)] == [b"dinner 1", b"dinner 2"]
    assert [row for row in await logged(database) if row[1].startswith("questions-")] == [
        ("lan", "questions-handle", "", "done"),
        ("lan", "questions-reopen", "", "done"),
    ]


async def test_who_may_only_read_settles_nothing(records: QuestionRecords, database: Database) -> None:
    reader = Actor("yan", (await works(DeskRecords(database, LOG_KEY), "yan", "reviewer")).id)
    await records.keep(b"dinner", DINNER, AT, "m1")
    settling = Settling((b"dinner",), True, "", reader, AT)
    assert await DeskQuestions(database, LOG_KEY).settle(settling) == "not-allowed"
    assert len(await records.to_look_at(DAY, AT)) == 1


async def test_what_an_entry_answered(records: QuestionRecords) -> None:
    await records.keep(b"hours", HOURS, AT, "m1")
    await records.keep(b"menu", MENU, AT, "m2")
    await records.keep(b"more", structs.replace(HOURS, text="多久"), AT + timedelta(minutes=30), "m3")
    await records.choose(b"menu", "zijing-hours", "m4")
    found = await records.about("zijing-hours", AT, 0, 10)
    assert [question.key for question in found] == [b"menu", b"more", b"hours"], "what is kept longest first"
    assert [question.key for question in await records.about("zijing-hours", AT, 1, 1)] == [b"more"]
    assert [question.key for question in await records.about("zijing-hours", MUCH_LATER, 0, 10)] == []
    assert await records.about("zijing-what", AT, 0, 10) == []
