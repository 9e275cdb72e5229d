"""kill -9 of the real server under load: what was acknowledged is there afterwards, and counts once."""

import asyncio
import contextlib
import json
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.fakes.telegram import FakeTelegram, serving
from tests.faults.audit import POLL, Audit, recount_findings, stored
from tests.faults.electorate import Cast, Electorate
from tests.faults.service import Service
from tests.faults.webhook_client import Seat, redeliver

SEATS = 200
CHANGING = 66  # a third of the seats: one voter each that changes its vote again and again
MOST_ANSWERS = 300
FIRST_ANSWERS = 20  # those of the first group that is answered; a kill after them comes before its slowed commit
LONGEST_RUN_SECONDS = 3
OLDER_ONES = 200  # of earlier rounds, redelivered in each round; at the end all are


class Trial:
    """Rounds of voting, killing, starting and redelivering with one database and one electorate."""

    def __init__(self, service: Service, chance: random.Random, most_answers: int) -> None:
        self.service = service
        self._most_answers = most_answers
        self.electorate = Electorate(chance, "telegram", "wechat")
        self.rounds = 0
        self._regulars = [self.electorate.newcomer() for _ in range(CHANGING)]

    async def vote_and_kill(self) -> None:
        voters = [*self._regulars, *[None] * (SEATS - CHANGING)]
        seats = [
            await Seat.taken(self.service.port, voter, impatient=place % 5 == 0) for place, voter in enumerate(voters)
        ]
        voting = asyncio.gather(*(seat.vote_until_killed(self.electorate) for seat in seats))
        answers, moment = self.electorate.chance.randint(1, self._most_answers), self.electorate.chance.uniform(0, 0.01)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.electorate.hear(answers), LONGEST_RUN_SECONDS)
        await asyncio.sleep(moment)  # anywhere between two commits
        await self.service.kill()
        await voting

    async def findings_of_a_round(self) -> list[str]:
        """What is wrong after one kill and start; it ends with the first stage that finds something."""
        self.rounds += 1
        begun = len(self.electorate.casts)
        await self.vote_and_kill()
        await self.service.start()
        audit = Audit(self.electorate, self.service)
        findings = await audit.after_restart() or await recount_findings(self.service.database)
        older = self.electorate.chance.sample(self.electorate.casts[:begun], min(begun, OLDER_ONES))
        return findings or await self.findings_of_redelivery([*older, *self.electorate.casts[begun:]])

    async def findings_of_redelivery(self, casts: list[Cast]) -> list[str]:
        """Deliver these twice more, in two orders, old ones after newer ones too."""
        await self._redeliver(casts)
        audit = Audit(self.electorate, self.service)
        findings = [*await audit.after_redelivery(), *await recount_findings(self.service.database)]
        before = await stored(self.service.database)
        await self._redeliver(casts)
        if await stored(self.service.database) != before:
            findings.append("a second redelivery changed something")
        return [*findings, *self.electorate.faults, *await recount_findings(self.service.database)]

    async def _redeliver(self, casts: list[Cast]) -> None:
        shuffled = self.electorate.chance.sample(casts, len(casts))
        await redeliver(self.electorate, self.service.port, shuffled, SEATS)


@asynccontextmanager
async def trial(
    folder: Path, seed: int, database: str, fault: str = "", most_answers: int = MOST_ANSWERS
) -> AsyncIterator[Trial]:
    async with serving(FakeTelegram()) as api_base:
        service = Service(folder, api_base, "webhook", fault, database)
        await service.start()
        try:
            yield Trial(service, random.Random(seed), most_answers)
        finally:
            await service.close()


@pytest.mark.parametrize(
    "rounds",
    [
        pytest.param(20, marks=pytest.mark.timeout(900)),  # it takes a minute; more when the machine has other work
        pytest.param(200, marks=[pytest.mark.torture, pytest.mark.timeout(7200)]),
    ],
)
async def test_what_was_acknowledged_survives_kill_9_and_counts_once(
    tmp_path: Path, seed: int, database_url: str, rounds: int
) -> None:
    async with trial(tmp_path, seed, database_url) as voting:
        for _ in range(rounds):
            findings = await voting.findings_of_a_round()
            assert not findings, f"round {voting.rounds}, KILL_SEED={seed}: {findings[:5]}"
        findings = await voting.findings_of_redelivery(voting.electorate.casts)
        assert not findings, f"everything again, KILL_SEED={seed}: {findings[:5]}"
        assert "Traceback" not in voting.service.log()
        await check_recount_command(voting.service, voters=len(voting.electorate.by_voter()))


async def check_recount_command(service: Service, voters: int) -> None:
    code, output = await service.command("recount", POLL, "--json")
    recount = json.loads(output)
    assert code == 0
    assert recount["match"] is True
    assert recount["ballots"] == recount["voters"] == voters
    assert recount["tally"] == recount["counters"]


@pytest.mark.parametrize(
    ("fault", "finding"),
    [("answers-before-commit", "its ballot is"), ("counts-duplicates", "another receipt than before")],
)
async def test_the_checks_notice_a_broken_promise(
    tmp_path: Path, seed: int, database_url: str, fault: str, finding: str
) -> None:
    async with trial(tmp_path, seed, database_url, fault, FIRST_ANSWERS) as voting:
        findings: list[str] = []
        while not findings and voting.rounds < 8:
            findings = await voting.findings_of_a_round()
        assert any(finding in line for line in findings), f"KILL_SEED={seed}: {findings[:5]}"
