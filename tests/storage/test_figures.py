"""What is counted of each day, in the commit that does it, and what it looks like from one day to the next."""

from collections.abc import Iterable
from datetime import date, timedelta

from msgspec import structs

from bot.domain.figures import Count, Span
from bot.domain.people import Conversation
from bot.domain.questions import Became, Question
from bot.messages import Address, Outcome, Sent
from bot.storage.database import Database
from bot.storage.figures import FigureRecords
from bot.storage.outbox import OutboxRecords
from bot.storage.people import PeopleStore
from bot.storage.questions import QuestionRecords
from tests.conftest import Clock
from tests.delivery.samples import Service
from tests.storage.samples import AT, POLL, installed, vote

TODAY = date(2026, 11, 23)
SPAN = Span(TODAY - timedelta(days=2), TODAY + timedelta(days=5))
SHOWN = Conversation((), "deeds")


def told(counts: Iterable[Count]) -> set[tuple[str, str, str, str, int]]:
    return {(one.day.isoformat()[5:], one.channel, one.figure, one.subject, one.number) for one in counts}


async def test_who_is_here_counts_once_a_day(database: Database) -> None:
    people, figures = PeopleStore(database), FigureRecords(database)
    for hours, user in ((0, "ana"), (0, "ben"), (1, "ana"), (15, "ana"), (16, "eva"), (20, "ana")):
        await people.remember(Address("telegram", user, user), SHOWN, AT + timedelta(hours=hours))
    await people.take_plain(Address("web", "ivo", "ivo"), True, AT, "m1")
    await people.remember(Address("web", "ivo", "ivo"), SHOWN, AT)

    assert told(await figures.between(SPAN)) == {
        ("11-23", "telegram", "joined", "", 2),
        ("11-23", "telegram", "active", "", 2),
        ("11-24", "telegram", "joined", "", 1),
        ("11-24", "telegram", "active", "", 2),
        ("11-23", "web", "joined", "", 1),
        ("11-23", "web", "active", "", 1),
    }
    assert await figures.between(Span(TODAY + timedelta(days=2), TODAY + timedelta(days=9))) == []


async def test_questions_count_longer_than_they_are_kept(database: Database) -> None:
    records, figures = QuestionRecords(database), FigureRecords(database)
    for number, became in enumerate((Became.ANSWERED, Became.ANSWERED, Became.MENU, Became.UNANSWERED)):
        await records.keep(bytes([number] * 16), Question("问", "zh", became, "", TODAY), AT, f"m{number}")
    await records.keep(bytes(16), Question("问", "zh", Became.ANSWERED, "", TODAY), AT, "m0")  # delivered again
    await records.expire(AT + timedelta(days=40))

    assert told(await figures.between(SPAN)) == {
        ("11-23", "", "asked", "answered", 2),
        ("11-23", "", "asked", "menu", 1),
        ("11-23", "", "asked", "unanswered", 1),
    }


async def test_how_many_there_are_is_looked_up(database: Database) -> None:
    people, figures = PeopleStore(database), FigureRecords(database)
    assert await figures.levels(TODAY) == {"people": 0, "subscribers": 0}
    for number in range(3):
        await people.remember(Address("telegram", f"{number}", ""), SHOWN, AT)
    await figures.look(AT)
    await people.remember(Address("web", "ana", ""), SHOWN, AT)
    await figures.look(AT + timedelta(hours=1))
    await figures.look(AT + timedelta(hours=1))

    assert await figures.levels(TODAY) == {"people": 4, "subscribers": 0}
    assert await figures.levels(TODAY + timedelta(days=3)) == {"people": 4, "subscribers": 0}
    assert await figures.levels(TODAY - timedelta(days=1)) == {"people": 0, "subscribers": 0}
    assert await figures.between(SPAN) != []
    assert not [one for one in await figures.between(SPAN) if one.figure == "people"]


async def test_two_processes_count_without_waiting_for_each_other(two_processes: list[Database]) -> None:
    for number, database in enumerate(two_processes):
        await PeopleStore(database).remember(Address("telegram", f"{number}", ""), SHOWN, AT)
    found = told(await FigureRecords(two_processes[0]).between(SPAN))
    assert ("11-23", "telegram", "active", "", 2) in found


async def test_ballots_at_the_beginning_of_each_day(database: Database) -> None:
    votes, figures = await installed(database), FigureRecords(database)
    for hours in (0, 1, 14.9, 15, 40, 41):
        cast = vote(f"m{hours}", hours, 1)
        await votes.cast(structs.replace(cast, at=AT + timedelta(hours=hours), channel=1))
    stood = await figures.ballots(POLL.id, SPAN.boundaries)
    assert [sum(counts.values()) for counts in stood] == [0, 0, 0, 3, 4, 6, 6, 6, 6]
    assert [sum(counts.values()) for counts in await figures.ballots("none", SPAN.boundaries)] == [0] * 9


async def test_the_days_of_a_subscription(database: Database, clock: Clock) -> None:
    service = Service(database, clock)
    for user in ("ana", "ben", "eva"):
        await service.subscribe(user, "09:30")
    await service.subscribe("ana", "09:40")  # changes it
    clock.passes(minutes=40)
    await service.schedule.tick(clock.now)
    outbox, posts = OutboxRecords(database), await service.outbox.waiting("telegram", clock.now, 10)
    ends = [Sent(Outcome.SENT), Sent(Outcome.UNREACHABLE, reason="forbidden"), Sent(Outcome.REFUSED, reason="谁的话")]
    for post, sent in zip(sorted(posts, key=lambda post: post.address.user), ends, strict=True):
        await outbox.begin(post.id, clock.now)
        await outbox.finish(post, sent, clock.now)
    await service.subscriptions.set_state(service.message("ana"), "paused")
    await service.subscriptions.set_state(service.message("ana"), "stopped")
    await PeopleStore(database).forget(Address("telegram", "eva", "eva"), clock.now, "m-forget")

    assert told(await FigureRecords(database).between(SPAN)) == {
        ("11-23", "telegram", "subscribed", "", 3),
        ("11-23", "telegram", "due", "", 3),
        ("11-23", "telegram", "sent", "", 1),
        ("11-23", "telegram", "refused", "unreachable", 1),
        ("11-23", "telegram", "refused", "other", 1),
        ("11-23", "telegram", "left", "unreachable", 1),
        ("11-23", "telegram", "left", "stopped", 1),
        ("11-23", "telegram", "left", "forgotten", 1),
    }
