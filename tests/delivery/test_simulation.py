import logging
import resource
from pathlib import Path

import pytest

from tests.delivery.simulation import ENDS, Verdict, World, verdict

log = logging.getLogger(__name__)


def assert_sound(found: Verdict, ends: set[str]) -> None:
    assert found.missed == []
    assert found.twice == []
    assert found.untrue == []
    assert set(found.states) >= ends, "everything that can happen did"


async def test_two_weeks_of_everything_that_goes_wrong(database_url: str) -> None:
    people, days = (60, 14) if database_url.startswith("sqlite") else (30, 5)  # the rules are the same
    world = World(database_url, people, days, seed=14)
    await world.run()
    found = await verdict(world)
    await world.database.close()

    assert_sound(found, {"sent", "unknown", "skipped"})
    assert found.expected > people * (days - 1) * 0.8
    assert all(world.events[event] for event in ("crash", "long outage", "change")), world.events


@pytest.mark.torture
@pytest.mark.timeout(3600)
async def test_a_year_of_everything_that_goes_wrong(tmp_path: Path) -> None:
    world = World(f"sqlite:///{tmp_path}/bot.db", people=1000, days=365, seed=365)
    before = resource.getrusage(resource.RUSAGE_SELF)
    await world.run()
    found = await verdict(world)
    await world.database.close()
    after = resource.getrusage(resource.RUSAGE_SELF)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    log.warning("%d expected, %s, %s, %.0f s of CPU", found.expected, found.states, world.events, cpu)

    assert_sound(found, ENDS)
    assert found.expected > 300_000
    assert cpu < 600
