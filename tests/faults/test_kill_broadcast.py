"""kill -9 at any point of a broadcast: it goes on after the start, nobody gets it twice, the figures add up."""

import asyncio
import json
import logging
import random
import sqlite3
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from sqlalchemy import Connection, insert

from bot.app import REVIEW_KEY
from bot.clock import utc_now
from bot.domain.reviewers import Reviewer
from bot.storage.database import Database
from bot.storage.tables import subscriptions
from bot.web.review import BROADCAST_PATH, WantedBroadcast
from tests.fakes.telegram import BLOCKED, FakeTelegram, Refusal, serving, too_many
from tests.faults.electorate import FIRST_ACCOUNT
from tests.faults.service import Service

log = logging.getLogger(__name__)

ANSWER_SECONDS = 0.03
BLOCKING = 50  # every fiftieth person has blocked us
QUIET_SECONDS = 10.0  # nothing more arrives for so long: it is over
ENDS = ("sent", "refused", "unknown", "expired")


class Platform(FakeTelegram):
    """Knows how often each person got the notice of now, and takes a moment to answer."""

    def __init__(self) -> None:
        super().__init__()
        self.arrived = Counter[int]()
        self.asked = 0

    async def _work(self, method: str, params: dict[str, Any]) -> object:
        if method != "sendMessage":
            return await super()._work(method, params)
        self.asked += 1
        person = int(params["chat_id"])
        if person % BLOCKING == 0:
            raise Refusal(BLOCKED)
        self.arrived[person] += 1
        await asyncio.sleep(ANSWER_SECONDS)
        return await super()._work(method, params)

    async def reach(self, asked: int) -> None:
        """Return when so many messages have come, or no more come."""
        before, since = -1, 0.0
        while self.asked < asked and since < QUIET_SECONDS:
            since = since + 0.002 if self.asked == before else 0.0
            before = self.asked
            await asyncio.sleep(0.002)


class Trial:
    """Broadcasts to `people`, each with kills at random points."""

    def __init__(self, service: Service, platform: Platform, people: int, chance: random.Random) -> None:
        self.service, self.platform, self.people, self.chance = service, platform, people, chance
        self.number = 0

    async def broadcast(self, kills: int) -> list[str]:
        """What is wrong with a broadcast that so many kills interrupt; it ends with the first that finds something."""
        self.number += 1
        await self._begin()
        for point in sorted(self.chance.randrange(self.people) for _ in range(kills)):
            await self.platform.reach(point)
            await asyncio.sleep(self.chance.uniform(0, 0.02))
            await self.service.kill()
            if findings := [*self._twice(), *self._miscounted()]:
                return findings
            await self.service.start()
        return [*await self._end(), *self._twice(), *self._miscounted(), *self._untrue()]

    async def _begin(self) -> None:
        """As the command line does it beside a service; it has ended before the first kill."""
        self.platform.arrived.clear()
        self.platform.asked = 0
        self.platform.fail("sendMessage", too_many(1), times=3)
        await _people(self.service.database, self.people)
        key = (self.service.data / "keys" / f"{REVIEW_KEY}.key").read_bytes()
        text, name = f"通知 {self.number}", f"broadcast number {self.number}"
        lan = Reviewer(("terminal:lan",))
        wanted = WantedBroadcast(text, "everyone", ("telegram", "web"), lan, self.people, name)
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{self.service.port}") as client:
            response = await client.post(
                BROADCAST_PATH,
                content=msgspec.json.encode(wanted),
                headers={"Authorization": f"Bearer {key.hex()}", "Content-Type": "application/json"},
            )
        assert response.json() == {"outcome": str(self.number)}

    async def _end(self) -> list[str]:
        code, output = await self.service.command("broadcast", "status", str(self.number), "--wait", "--json")
        told = json.loads(output)
        ended = sum(told[end] for end in ENDS)
        log.warning("broadcast %d: %s", self.number, {name: told[name] for name in ("planned", *ENDS)})
        if (code, told["state"], told["planned"], ended, told["waiting"]) == (0, "done", self.people, self.people, 0):
            return []
        return [f"it does not add up: {output.decode()}"]

    def _twice(self) -> list[str]:
        return [f"{person} got it {times} times" for person, times in self.platform.arrived.items() if times > 1]

    def _miscounted(self) -> list[str]:
        """The counters against the messages."""
        states = Counter(self._rows().values())
        (counters,) = self._ask(
            f"SELECT planned, sent, refused, unknown, expired FROM broadcasts WHERE id = {self.number}"
        )
        counted = (states.total(), *(states[end] for end in ENDS))
        return [] if counters == counted else [f"the counters say {counters}, the messages {counted}"]

    def _untrue(self) -> list[str]:
        """What the records say against what the platform knows."""
        rows, arrived = self._rows(), set(self.platform.arrived)
        sent, unknown = ({person for person, is_so in rows.items() if is_so == end} for end in ("sent", "unknown"))
        claimed = [f"{person} did not get what was sent" for person in sent - arrived]
        return claimed + [f"{person} got what is not on record" for person in arrived - sent - unknown]

    def _rows(self) -> dict[int, str]:
        rows = self._ask(f"SELECT user, state FROM outbox WHERE broadcast = {self.number}")
        found = {int(user): state for user, state in rows}
        assert len(found) == len(rows), "a person has two messages"
        return found

    def _ask(self, query: str) -> list[tuple[Any, ...]]:
        path = self.service.data / "haowangmin.db"
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
            return database.execute(query).fetchall()


async def _people(url: str, count: int) -> None:
    """Subscribers, all active, whose tips are due at no time."""
    row = {"channel": "telegram", "minute": 420, "language": "zh", "zone": "Asia/Shanghai", "state": "active"}
    accounts = [str(FIRST_ACCOUNT + number) for number in range(count)]

    def fill(connection: Connection) -> None:
        connection.execute(subscriptions.delete())
        connection.execute(insert(subscriptions), [{**row, "user": user, "chat": user} for user in accounts])

    database = Database(url, utc_now)
    await database._writing.transact(fill)
    await database.close()


@asynccontextmanager
async def trial(folder: Path, people: int, seed: int, pace: int = 300, fault: str = "") -> AsyncIterator[Trial]:
    """`pace` is messages a second."""
    platform = Platform()
    async with serving(platform) as api_base:
        service = Service(folder, api_base, "webhook", fault, TELEGRAM_BULK_PER_SECOND=str(pace))
        await service.start()
        try:
            yield Trial(service, platform, people, random.Random(seed))
        finally:
            await service.close()


@pytest.mark.parametrize(
    ("broadcasts", "people", "kills", "pace"),
    [
        pytest.param(
            1, 400, 3, 300, marks=pytest.mark.timeout(300)
        ),  # it takes 12 s; more when the machine has other work
        pytest.param(10, 20_000, 50, 1000, marks=[pytest.mark.torture, pytest.mark.timeout(7200)]),
    ],
)
async def test_a_broadcast_survives_kill_9(
    tmp_path: Path, seed: int, broadcasts: int, people: int, kills: int, pace: int
) -> None:
    async with trial(tmp_path, people, seed, pace) as sending:
        for _ in range(broadcasts):
            findings = await sending.broadcast(kills)
            assert not findings, f"broadcast {sending.number}, KILL_SEED={seed}: {findings[:5]}"
        assert "Traceback" not in sending.service.log()


@pytest.mark.timeout(300)
async def test_a_halt_survives_kill_9(tmp_path: Path, seed: int) -> None:
    async with trial(tmp_path, 300, seed, pace=20) as sending:
        port = str(sending.service.port)
        sending.number += 1
        await sending._begin()
        await sending.platform.reach(20)
        assert (await sending.service.command("switch", "halt", "--port", port))[0] == 0
        await sending.service.kill()
        before = sending.platform.asked
        await sending.service.start()
        await asyncio.sleep(4)  # the courier looks each second
        assert sending.platform.asked == before < 300
        assert not [*sending._twice(), *sending._miscounted()]
        assert (await sending.service.command("switch", "go-on", "--port", port))[0] == 0
        findings = [*await sending._end(), *sending._twice(), *sending._miscounted(), *sending._untrue()]
        assert not findings, f"KILL_SEED={seed}: {findings[:5]}"


@pytest.mark.timeout(300)  # the first kill tells, most times
@pytest.mark.parametrize("fault", ["sends-again", "records-late"])
async def test_the_checks_notice_a_broken_promise(tmp_path: Path, seed: int, fault: str) -> None:
    async with trial(tmp_path, 400, seed, fault=fault) as sending:
        findings: list[str] = []
        while not findings and sending.number < 8:
            findings = await sending.broadcast(kills=3)
        assert any("times" in line for line in findings), f"KILL_SEED={seed}: {findings[:5]}"
