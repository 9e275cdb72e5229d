"""Compares what the voters were told with what is stored."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from bot.clock import utc_now
from bot.domain.polls import pseudonym
from bot.messages import Address
from bot.storage.database import Database
from bot.storage.votes import Votes
from tests.faults.electorate import Cast, Electorate

POLL = "nanyue-stories"

# From an account's votes, in order, to the options that its ballot may name; None for no ballot.
Possible = Callable[[list[Cast]], set[int | None]]


@dataclass(frozen=True, slots=True)
class Stored:
    """The state of the poll: ballots by voter, counters by option number, and the length of the ledger."""

    ballots: dict[bytes, int]
    tally: dict[int, int]
    acts: int


def stored(data: Path) -> Stored:
    """Read beside the running server."""
    with closing(sqlite3.connect(f"file:{data / 'haowangmin.db'}?mode=ro", uri=True)) as database:
        database.execute("BEGIN")
        ballots = dict(database.execute("SELECT voter, option FROM ballots"))
        tally = dict(database.execute("SELECT option, votes FROM tallies WHERE votes > 0"))
        ((acts,),) = database.execute("SELECT count(*) FROM ledger")
    return Stored(ballots, tally, acts)


class Audit:
    """The checks of one electorate against the data folder; each gives its findings, none when all is well."""

    def __init__(self, electorate: Electorate, data: Path) -> None:
        self._electorate = electorate
        self._data = data
        self._key = (data / "keys" / "polls" / f"{POLL}.key").read_bytes()

    def after_restart(self) -> list[str]:
        """Every account's ballot is its last acknowledged vote, or one that it sent after that."""
        ballots = stored(self._data).ballots
        return list(self._findings(ballots, self._possible))

    def after_redelivery(self) -> list[str]:
        """Every vote is acknowledged, and every account's ballot is the last vote that it sent."""
        now = stored(self._data)
        findings = list(self._findings(now.ballots, lambda casts: {casts[-1].option}))
        expected: dict[int, int] = {}
        for casts in self._electorate.by_account().values():
            expected[casts[-1].option] = expected.get(casts[-1].option, 0) + 1
        if now.tally != expected:
            findings.append(f"the tally is {now.tally}, not {expected}")
        unanswered = len(self._electorate.casts) - len(self._electorate.acknowledged)
        return [*findings, f"{unanswered} votes were never acknowledged"] if unanswered else findings

    def _possible(self, casts: list[Cast]) -> set[int | None]:
        acknowledged = [i for i, cast in enumerate(casts) if cast.update in self._electorate.acknowledged]
        if not acknowledged:
            return {None, *(cast.option for cast in casts)}
        return {cast.option for cast in casts[acknowledged[-1] :]}

    def _findings(self, ballots: dict[bytes, int], possible: Possible) -> Iterator[str]:
        strangers = set(ballots)
        for account, casts in self._electorate.by_account().items():
            voter = pseudonym(self._key, Address("telegram", str(account), str(account)))
            strangers.discard(voter)
            if ballots.get(voter) not in possible(casts):
                yield f"account {account} voted {[c.option for c in casts][-4:]}, its ballot is {ballots.get(voter)}"
        if strangers:
            yield f"{len(strangers)} ballots belong to nobody"


async def recount_findings(data: Path) -> list[str]:
    """What `recount` finds, called without the price of a new process."""
    database = Database(f"sqlite:///{data / 'haowangmin.db'}", utc_now)
    recount = await Votes(database).recount(POLL)
    await database.close()
    if recount and recount.match and recount.tally == recount.counters:
        return []
    return [f"the recount does not match: {recount}"]
