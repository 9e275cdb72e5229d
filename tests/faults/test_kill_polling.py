"""kill -9 while polling: what Telegram was told to forget is stored."""

import asyncio
import json
import random
from pathlib import Path

import pytest

from tests.fakes.telegram import FakeTelegram, serving
from tests.faults.audit import Audit, recount_findings, stored
from tests.faults.electorate import FIRST_UPDATE, Cast, Electorate
from tests.faults.service import Service

ROUNDS = 2
VOTES_A_ROUND = 120
VOTES_AT_ONCE = 10
EMPTIED_WITHIN_SECONDS = 60


@pytest.mark.timeout(300)  # it takes 15 s; more when the machine has other work
async def test_what_was_confirmed_survives_kill_9(tmp_path: Path, seed: int) -> None:
    fake, electorate = FakeTelegram(), Electorate(random.Random(seed))
    async with serving(fake) as api_base:
        service = Service(tmp_path, api_base, "polling")
        await service.start()
        try:
            for number in range(1, ROUNDS + 1):
                findings = await findings_of_a_round(service, fake, electorate)
                assert not findings, f"round {number}, KILL_SEED={seed}: {findings[:5]}"
            assert await redelivery_changes_nothing(service, fake, electorate), f"KILL_SEED={seed}"
        finally:
            await service.close()


async def findings_of_a_round(service: Service, fake: FakeTelegram, electorate: Electorate) -> list[str]:
    """Kill while votes are fetched, start with nothing to fetch, look; then let the rest be fetched, look again."""
    polls = len(fake.said("getUpdates"))
    arriving = asyncio.create_task(arrive(fake, electorate))
    await fake.wait_for("getUpdates", polls + 2)  # the second confirms what the first has brought
    await asyncio.sleep(electorate.chance.uniform(0, 0.3))
    await service.kill()
    await arriving
    confirm(fake, electorate)
    waiting, fake.updates = fake.updates, []
    await service.start()
    findings = await Audit(electorate, service).after_restart() or await recount_findings(service.database)
    fake.push(*waiting)
    await fake.emptied(EMPTIED_WITHIN_SECONDS)
    confirm(fake, electorate)
    return [*findings, *await Audit(electorate, service).after_redelivery(), *await recount_findings(service.database)]


async def redelivery_changes_nothing(service: Service, fake: FakeTelegram, electorate: Electorate) -> bool:
    """A poller that starts anew names no offset: it is given all that Telegram still has."""
    before = await stored(service.database)
    await service.kill()
    fake.push(*(update_of(cast) for cast in electorate.casts))
    await service.start()
    await fake.emptied(EMPTIED_WITHIN_SECONDS)
    return await stored(service.database) == before


async def arrive(fake: FakeTelegram, electorate: Electorate) -> None:
    """Votes come in, a few at a time: typed ones of newcomers, and two accounts tapping one option after the other."""
    regulars = [electorate.newcomer(), electorate.newcomer()]
    for _ in range(VOTES_A_ROUND // VOTES_AT_ONCE):
        typed = [electorate.vote(electorate.newcomer()) for _ in range(VOTES_AT_ONCE - len(regulars))]
        tapped = [electorate.vote(voter, taps=1.0) for voter in regulars]
        fake.push(*(update_of(cast) for cast in (*typed, *tapped)))
        await asyncio.sleep(0.02)


def confirm(fake: FakeTelegram, electorate: Electorate) -> set[int]:
    """Telegram keeps what was not confirmed by an offset; all else counts as acknowledged."""
    waiting = {update["update_id"] for update in fake.updates}
    electorate.acknowledged.update(
        cast.number for cast in electorate.casts if FIRST_UPDATE + cast.number not in waiting
    )
    return electorate.acknowledged


def update_of(cast: Cast) -> dict[str, object]:
    update: dict[str, object] = json.loads(cast.body)
    return update
