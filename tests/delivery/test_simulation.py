import logging
import resource
from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, update

from bot.domain.outbox import Post
from bot.domain.subscriptions import Planned
from bot.messages import Message, Outcome, Sent
from bot.storage.outbox import OutboxRecords
from bot.storage.subscriptions import SubscriptionRecords
from bot.storage.tables import outbox
from bot.storage.writer import Kind
from tests.delivery.samples import Service
from tests.delivery.simulation import ENDS, Verdict, World, verdict

log = logging.getLogger(__name__)


def assert_sound(found: Verdict, ends: set[str]) -> None:
    assert found.missed == []
    assert found.twice == []
    assert found.too_soon == []
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


class Resending(OutboxRecords):
    """Takes what was being sent when the process died for not sent."""

    async def give_up_interrupted(self, channel: str) -> None:
        await self._database.writer.write(RESEND, channel)


def _resend(connection: Connection, channels: Sequence[str]) -> list[None]:
    connection.execute(update(outbox).where(outbox.c.state == "sending").values(state="planned"))
    return [None] * len(channels)


RESEND: Kind[str, None] = Kind("resend", type(None), _resend)


class Forgetting(SubscriptionRecords):
    """Sets the next instant of some without having claimed the day that was due."""

    async def plan(self, planned: Planned) -> bool:
        if planned.subscription.address.user != "7":
            return await super().plan(planned)
        before_it_was_due = planned.at - timedelta(days=99)  # else the day is on record as lost by the change
        changed = Message(f"{planned.at}", planned.subscription.address, "", before_it_was_due)
        await self.save(changed, planned.dealt_with())
        return False


class Losing(OutboxRecords):
    """Records as sent what it has never handed to the platform."""

    async def waiting(self, channel: str, now: datetime, limit: int, besides: Collection[int] = ()) -> list[Post]:
        posts = await super().waiting(channel, now, limit, besides)
        for post in posts:
            if post.address.user == "7" and await self.begin(post.id, now):
                await self.finish(post, Sent(Outcome.SENT), now)
        return [post for post in posts if post.address.user != "7"]


def resends(service: Service) -> None:
    service.outbox = Resending(service.database)


def forgets(service: Service) -> None:
    service.records = Forgetting(service.database)


def loses(service: Service) -> None:
    service.outbox = Losing(service.database)


@pytest.mark.parametrize(("spoil", "noticed"), [(resends, "twice"), (forgets, "missed"), (loses, "untrue")])
async def test_a_broken_promise_is_noticed(tmp_path: Path, spoil: Callable[[Service], None], noticed: str) -> None:
    world = World(f"sqlite:///{tmp_path}/bot.db", people=30, days=8, seed=8, crashes=0.02, spoil=spoil)
    await world.run()
    found = await verdict(world)
    await world.database.close()

    assert getattr(found, noticed)


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
