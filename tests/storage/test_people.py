import asyncio
from datetime import time, timedelta

import pytest
from msgspec import structs
from sqlalchemy import select

from bot.domain.parts import Kept
from bot.domain.people import Conversation
from bot.messages import Address, Button, Link
from bot.storage.database import Database
from bot.storage.outbox import OutboxRecords
from bot.storage.people import PeopleStore
from bot.storage.tables import metadata
from tests.conftest import Clock
from tests.delivery.samples import Service
from tests.storage.samples import AT, POLL, installed, message, rules

ANA, BEN = Address("telegram", "ana-4711", "chat-of-ana-4711"), Address("telegram", "ben", "ben")
MENU = (Button("投 3 号", "/vote deeds 3"), Button("更多", "/more", typed="更多"))


async def test_what_was_shown_is_remembered(database: Database) -> None:
    people = PeopleStore(database)
    assert await people.conversation(ANA) == Conversation()
    assert await people.joined_at(ANA) is None

    await people.remember(ANA, Conversation(MENU, "deeds"), AT)
    await people.remember(ANA, Conversation(MENU[:1]), AT + timedelta(days=1))

    assert await people.conversation(ANA) == Conversation(MENU[:1], "deeds")
    assert await people.joined_at(ANA) == AT
    assert await people.conversation(BEN) == Conversation()
    assert await people.conversation(structs.replace(ANA, channel="web")) == Conversation()


async def test_what_comes_by_itself_is_shown_to_who_is_asked_for_nothing(database: Database) -> None:
    people, quiz = PeopleStore(database), (Button("不点", "/quiz links 1"),)
    await people.show_buttons(ANA, quiz)
    assert await people.joined_at(ANA) is None

    await people.remember(ANA, Conversation(MENU, "deeds", asks="write"), AT)
    await people.show_buttons(ANA, quiz)
    assert (await people.conversation(ANA)).menu == MENU
    for _ in range(2):
        await people.remember(ANA, Conversation(MENU), AT + timedelta(minutes=1))
        await people.show_buttons(ANA, quiz)
        assert (await people.conversation(ANA)).menu == quiz


async def test_an_empty_poll_keeps_the_one_before_in_the_same_commit_too(database: Database) -> None:
    people = PeopleStore(database)
    await asyncio.gather(
        people.remember(ANA, Conversation(MENU, "deeds"), AT),
        people.remember(BEN, Conversation((), "other"), AT),
        people.remember(ANA, Conversation(), AT),
    )

    assert await people.conversation(ANA) == Conversation((), "deeds")
    assert await people.conversation(BEN) == Conversation((), "other")


async def test_topics_are_forgotten_by_their_age(database: Database) -> None:
    people, later = PeopleStore(database), AT + timedelta(minutes=1)
    await people.remember(ANA, Conversation(MENU, "deeds", "zijing", AT), AT)
    await people.remember(BEN, Conversation(MENU, "deeds", "piyao", later), later)

    await people.forget_topics(later)

    assert await people.conversation(ANA) == Conversation(MENU, "deeds")
    assert await people.conversation(BEN) == Conversation(MENU, "deeds", "piyao", later)


async def test_a_topic_stays_until_another_is_shown(database: Database) -> None:
    people = PeopleStore(database)
    await people.remember(ANA, Conversation(topic="zijing", topic_at=AT), AT)
    await asyncio.gather(people.remember(ANA, Conversation(MENU), AT), people.remember(ANA, Conversation(), AT))
    assert await people.conversation(ANA) == Conversation(topic="zijing", topic_at=AT)

    later = AT + timedelta(minutes=1)
    await asyncio.gather(
        people.remember(ANA, Conversation(MENU, topic="piyao", topic_at=later), later),
        people.remember(ANA, Conversation(MENU), later),
    )
    assert await people.conversation(ANA) == Conversation(MENU, topic="piyao", topic_at=later)


async def test_what_is_asked_holds_until_the_next_reply(database: Database) -> None:
    people = PeopleStore(database)
    await people.remember(ANA, Conversation(MENU), AT)
    assert (await people.conversation(ANA)).asks is None
    await people.remember(ANA, Conversation(asks="/story"), AT)
    assert (await people.conversation(ANA)).asks == "/story"
    await people.remember(ANA, Conversation(MENU), AT)
    assert (await people.conversation(ANA)).asks == ""
    await asyncio.gather(
        people.remember(BEN, Conversation(asks="/story"), AT), people.remember(BEN, Conversation(MENU), AT)
    )
    assert (await people.conversation(BEN)).asks == ""


@pytest.fixture
async def ana_everywhere(database: Database, clock: Clock) -> Service:
    """Ana and Ben have left a trace in every table."""
    service = Service(database, clock)
    polls = rules(await installed(database))
    people = PeopleStore(database)
    for who in (ANA, BEN):
        said = structs.replace(message(f"tg:{who.user}:vote", who.user), sender=who)
        await polls.cast(POLL, "3", said)
        await people.remember(who, Conversation(MENU, "deeds"), AT)
        await service.subscriptions.subscribe(structs.replace(said, id=f"tg:{who.user}:sub"), time(10), "zh")
    clock.passes(hours=1)
    for _ in range(3):
        clock.passes(days=1)
        await service.schedule.tick(clock.now)
        await service.courier.send_waiting()
    clock.passes(days=1)
    await service.schedule.tick(clock.now)
    return service


async def traces(database: Database, name: str) -> list[str]:
    """The columns in which this name stands, in whatever table and in whatever form."""
    found = []
    async with database.reading() as connection:
        for table in metadata.tables.values():
            for row in (await connection.execute(select(table))).mappings():
                found += [f"{table.name}.{column}" for column, value in row.items() if name in as_text(value)]
    return found


def as_text(value: object) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


async def test_forgetting_leaves_nothing_but_the_ballot(ana_everywhere: Service) -> None:
    database = ana_everywhere.database
    people = PeopleStore(database)
    before = set(await traces(database, ANA.user))
    assert {"people.user", "subscriptions.user", "subscriptions.chat", "deliveries.user", "outbox.user"} <= before
    of_ben = await traces(database, BEN.user)

    await people.forget(ANA, AT, "tg:forget")

    assert await traces(database, ANA.user) == []
    assert await traces(database, BEN.user) == of_ben
    votes = await installed(database)
    recount = await votes.recount(POLL.id)
    assert recount
    assert (recount.match, recount.ballots) == (True, 2)
    assert (await rules(votes).mine(POLL, ANA, AT)).votes == {3: 1}


async def test_who_was_forgotten_gets_no_tip(ana_everywhere: Service, clock: Clock) -> None:
    await PeopleStore(ana_everywhere.database).forget(ANA, AT, "tg:forget")
    ana_everywhere.platform.got.clear()
    for _ in range(60):
        clock.passes(hours=1)
        await ana_everywhere.tick()

    assert {address.user for address, _ in ana_everywhere.platform.got} == {BEN.user}


async def test_a_redelivered_farewell_does_not_delete_what_came_after(database: Database) -> None:
    people = PeopleStore(database)
    await people.remember(ANA, Conversation(MENU), AT)
    await people.forget(ANA, AT, "tg:forget")
    await people.remember(ANA, Conversation(MENU), AT + timedelta(days=1))
    await people.forget(ANA, AT, "tg:forget")

    assert await people.joined_at(ANA) == AT + timedelta(days=1)


async def test_forgetting_while_a_tip_is_on_its_way(ana_everywhere: Service, clock: Clock) -> None:
    outbox = OutboxRecords(ana_everywhere.database)
    posts = await outbox.waiting("telegram", clock.now, 10)
    assert len(posts) == 2
    await asyncio.gather(
        ana_everywhere.courier.send_waiting(), PeopleStore(ana_everywhere.database).forget(ANA, AT, "tg:forget")
    )

    assert await traces(ana_everywhere.database, ANA.user) == []


LONG = Kept("很长的一段。" * 300, (MENU,), Link("tip", "lock", "转给朋友"))


async def test_a_long_answer_is_kept_whole_until_the_next_or_its_time(database: Database) -> None:
    people, later = PeopleStore(database), AT + timedelta(minutes=10)
    assert await people.kept(ANA, AT) is None
    await people.keep(ANA, LONG, AT, "m1")
    await people.keep(BEN, Kept("短"), later, "m2")
    assert await people.kept(ANA, AT) == LONG
    assert await people.kept(ANA, AT + timedelta(seconds=1)) is None, "it is older than was asked for"

    await asyncio.gather(people.keep(ANA, Kept("一"), AT, "m3"), people.keep(ANA, Kept("二"), AT, "m4"))
    assert await people.kept(ANA, AT) == Kept("二")
    await people.keep(ANA, LONG, AT, "m3")
    assert await people.kept(ANA, AT) == Kept("二"), "a message counts once"

    await people.forget_answers(later)
    assert (await people.kept(ANA, AT), await people.kept(BEN, AT)) == (None, Kept("短"))


async def test_who_wants_little_at_a_time_is_remembered_whatever_is_shown(database: Database) -> None:
    people = PeopleStore(database)
    await people.take_plain(ANA, True, AT, "m1")
    assert await people.conversation(ANA) == Conversation(plain=True)
    assert await people.joined_at(ANA) == AT
    await people.remember(ANA, Conversation(MENU, "deeds"), AT)
    assert await people.conversation(ANA) == Conversation(MENU, "deeds", plain=True)
    await people.take_plain(ANA, False, AT, "m2")
    await people.take_plain(ANA, True, AT, "m1")
    assert await people.conversation(ANA) == Conversation(MENU, "deeds")
    await people.keep(ANA, LONG, AT, "m3")
    await people.forget(ANA, AT, "m4")
    assert (await people.kept(ANA, AT), await people.joined_at(ANA)) == (None, None)
