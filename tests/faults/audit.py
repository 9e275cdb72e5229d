"""Compares what the voters were told with what is stored."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from sqlalchemy import func, select

from bot.clock import utc_now
from bot.domain.polls import pseudonym
from bot.storage.database import Database
from bot.storage.tables import ballots, ledger, tallies
from bot.storage.votes import Votes
from tests.faults.electorate import Cast, Electorate
from tests.faults.service import Service

POLL = "nanyue-stories"

# From an account's votes, in order, to the options that its ballot may name; None for no ballot.
Possible = Callable[[list[Cast]], set[int | None]]


@dataclass(frozen=True, slots=True)
class Stored:
    """The state of the poll: ballots by voter, counters by option number, and the length of the ledger."""

    ballots: dict[bytes, int]
    tally: dict[int, int]
    acts: int


async def stored(url: str) -> Stored:
    """Read beside the running server, from one snapshot."""
    database = Database(url, utc_now)
    try:
        async with database.snapshot() as connection:
            of_ballots = await connection.execute(select(ballots.c.voter, ballots.c.option))
            of_tallies = await connection.execute(select(tallies.c.option, tallies.c.votes).where(tallies.c.votes > 0))
            acts = await connection.scalar(select(func.count()).select_from(ledger))
            return Stored(dict(map(tuple, of_ballots)), dict(map(tuple, of_tallies)), acts or 0)
    finally:
        await database.close()


class Audit:
    """The checks of one electorate against the database; each gives its findings, none when all is well."""

    def __init__(self, electorate: Electorate, service: Service) -> None:
        self._electorate = electorate
        self._database = service.database
        self._key = (service.data / "keys" / "polls" / f"{POLL}.key").read_bytes()

    async def after_restart(self) -> list[str]:
        """Every account's ballot is its last acknowledged vote, or one that it sent after that."""
        return list(self._findings((await stored(self._database)).ballots, self._possible))

    async def after_redelivery(self) -> list[str]:
        """Every vote is acknowledged, and every account's ballot is the last vote that it sent."""
        now = await stored(self._database)
        findings = list(self._findings(now.ballots, lambda casts: {casts[-1].option}))
        expected: dict[int, int] = {}
        for casts in self._electorate.by_voter().values():
            expected[casts[-1].option] = expected.get(casts[-1].option, 0) + 1
        if now.tally != expected:
            findings.append(f"the tally is {now.tally}, not {expected}")
        unanswered = len(self._electorate.casts) - len(self._electorate.acknowledged)
        return [*findings, f"{unanswered} votes were never acknowledged"] if unanswered else findings

    def _possible(self, casts: list[Cast]) -> set[int | None]:
        acknowledged = [i for i, cast in enumerate(casts) if cast.number in self._electorate.acknowledged]
        if not acknowledged:
            return {None, *(cast.option for cast in casts)}
        return {cast.option for cast in casts[acknowledged[-1] :]}

    def _findings(self, ballots: dict[bytes, int], possible: Possible) -> Iterator[str]:
        strangers = set(ballots)
        for account, casts in self._electorate.by_voter().items():
            voter = pseudonym(self._key, account)
            strangers.discard(voter)
            if ballots.get(voter) not in possible(casts):
                yield f"{account.person} voted {[c.option for c in casts][-4:]}, its ballot is {ballots.get(voter)}"
        if strangers:
            yield f"{len(strangers)} ballots belong to nobody"


async def recount_findings(url: str) -> list[str]:
    """What `recount` finds, called without the price of a new process."""
    database = Database(url, utc_now)
    recount = await Votes(database).recount(POLL)
    await database.close()
    if recount and recount.match and recount.tally == recount.counters:
        return []
    return [f"the recount does not match: {recount}"]
