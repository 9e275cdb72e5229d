"""Votes delivered often, at once and in any order: each has one effect, and each retry gets the first answer."""

import random
from collections import Counter
from pathlib import Path

import pytest

from tests.fakes.telegram import FakeTelegram, serving
from tests.faults.audit import Audit, recount_findings, stored
from tests.faults.electorate import Cast, Electorate
from tests.faults.service import Service
from tests.faults.webhook_client import redeliver

DELIVERIES = 5  # of each vote; the first two follow one another, so that they are under way at once
LINES = 200


@pytest.mark.parametrize(
    "votes",
    [
        pytest.param(500, marks=pytest.mark.timeout(300)),  # it takes 5 s; more when the machine has other work
        pytest.param(200_000, marks=[pytest.mark.torture, pytest.mark.timeout(7200)]),
    ],
)
async def test_each_vote_has_one_effect(tmp_path: Path, seed: int, database_url: str, votes: int) -> None:
    electorate = Electorate(random.Random(seed), "telegram", "wechat")
    casts = [electorate.vote(electorate.newcomer()) for _ in range(votes)]
    async with serving(FakeTelegram()) as api_base:
        service = Service(tmp_path, api_base, "webhook", database=database_url)
        await service.start()
        try:
            await redeliver(electorate, service.port, shuffled(casts, electorate.chance), LINES)
        finally:
            await service.close()
    now = await stored(service.database)
    assert electorate.faults == [], f"KILL_SEED={seed}"
    assert electorate.answers == votes * DELIVERIES
    assert await Audit(electorate, service).after_redelivery() == [], f"KILL_SEED={seed}"
    assert now.acts == len(now.ballots) == votes
    assert now.tally == Counter(cast.option for cast in casts)
    assert await recount_findings(service.database) == []


def shuffled(casts: list[Cast], chance: random.Random) -> list[Cast]:
    """Each vote so often, the first two deliveries of it one after the other."""
    groups = [[cast, cast] for cast in casts] + [[cast] for cast in casts for _ in range(DELIVERIES - 2)]
    chance.shuffle(groups)
    return [cast for group in groups for cast in group]
