"""What a curve of votes is drawn from: the counters at full hours, the ledger is not looked at."""

from datetime import timedelta

from msgspec import structs
from sqlalchemy import delete

from bot.domain.charts import Charts
from bot.storage.database import Database
from bot.storage.tables import ledger
from tests.storage.samples import AT, POLL, installed, rules, vote


async def test_the_hours_of_a_poll(database: Database) -> None:
    votes = await installed(database, (POLL, structs.replace(POLL, id="other")))
    assert await votes.history(POLL.id) == []
    for number, minutes in enumerate((10, 20, 70, 200)):
        at = AT + timedelta(minutes=minutes)
        await votes.cast(structs.replace(vote(f"m{number}", number, 1), at=at))
    await votes.cast(vote("elsewhere", "ana", 1, poll="other"))

    found = [(point.at - AT, point.ballots) for point in await votes.history(POLL.id)]
    assert found == [(timedelta(), 0), (timedelta(hours=1), 2), (timedelta(hours=3), 3)]


async def test_a_curve_of_what_is_stored_without_the_ledger(database: Database) -> None:
    votes = await installed(database)
    for number, minutes in enumerate((10, 20, 70)):
        await votes.cast(structs.replace(vote(f"m{number}", number, 1), at=AT + timedelta(minutes=minutes)))
    await database._writing.transact(lambda connection: connection.execute(delete(ledger)) and None)

    chart = await Charts(rules(votes), votes).chart(POLL, AT + timedelta(hours=2))
    assert [(point.at - AT, point.ballots) for point in chart.curve] == [
        (timedelta(), 0),
        (timedelta(hours=1), 2),
        (timedelta(hours=2), 3),
    ]
