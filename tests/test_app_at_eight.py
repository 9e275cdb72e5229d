"""Everybody's tip is due at eight, while people chat: the whole service against a Telegram with a limit, over HTTP."""

import asyncio
import itertools
import logging
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from datetime import time as clock_time
from pathlib import Path

import pytest
from sqlalchemy import func, select

from bot.app import App
from bot.channels.telegram.pace import BULK_PER_SECOND, seconds_for
from bot.config import Settings
from bot.messages import Address, Message
from bot.storage.tables import outbox
from tests.channels.telegram.test_polling import text
from tests.fakes.telegram import TOKEN, FakeTelegram, serving
from tests.shipped import shipped

log = logging.getLogger(__name__)

FIRST_PERSON, FIRST_CHATTER = 100_000, 900_000
BEFORE, EIGHT = datetime(2026, 11, 22, 23, 59, tzinfo=UTC), datetime(2026, 11, 23, 0, 0, tzinfo=UTC)
CHATS_EVERY_SECONDS = 1.0


@dataclass
class RunningClock:
    """It goes on by itself; another beginning moves it."""

    begins: datetime
    start: float = field(default_factory=time.monotonic)

    def __call__(self) -> datetime:
        return self.begins + timedelta(seconds=time.monotonic() - self.start)


@dataclass
class Morning:
    """What the platform saw: when each tip came, and how long each person waited for an answer.

    `people` are in the order in which their tips were planned: whose instant was the latest first, at the same instant
    by account.
    """

    people: list[str]
    came: dict[str, float] = field(default_factory=dict)
    waits: list[float] = field(default_factory=list)
    instants: list[float] = field(default_factory=list)
    twice: list[str] = field(default_factory=list)
    ends: Counter[str] = field(default_factory=Counter)
    flooded: int = 0

    @property
    def seconds(self) -> float:
        return max(self.came.values()) - min(self.came.values())

    @property
    def fastest_window(self) -> float:
        """The shortest time in which one message more than the limit came."""
        return min(
            after - before for after, before in zip(self.instants[BULK_PER_SECOND:], self.instants, strict=False)
        )

    def wait(self, share: float) -> float:
        return sorted(self.waits)[int((len(self.waits) - 1) * share)]


@asynccontextmanager
async def running(fake: FakeTelegram, folder: Path, clock: RunningClock) -> AsyncIterator[App]:
    async with serving(fake) as api_base:
        settings = Settings(data_dir=folder, telegram_bot_token=TOKEN, telegram_api_base=api_base)
        async with App(settings, shipped(), clock).running() as app:
            yield app


async def subscribe(app: App, people: int) -> None:
    await asyncio.gather(*(_subscribe(app, str(FIRST_PERSON + number)) for number in range(people)))


async def _subscribe(app: App, user: str) -> None:
    message = Message(f"subscribe-{user}", Address("telegram", user, user), "", app.clock())
    await app.services.subscriptions.subscribe(message, clock_time(8), "zh")


async def chat(fake: FakeTelegram) -> dict[int, float]:
    """Until cancelled; when each of the people who chat has written."""
    asked: dict[int, float] = {}
    try:
        for number in itertools.count():
            asked[FIRST_CHATTER + number] = time.monotonic()
            fake.push(text(1 + number, FIRST_CHATTER + number, "帮助"))
            await asyncio.sleep(CHATS_EVERY_SECONDS)
    except asyncio.CancelledError:
        pass
    return asked


async def morning(people: int, folder: Path, per_second: int = BULK_PER_SECOND) -> Morning:
    clock, fake = RunningClock(BEFORE), FakeTelegram(per_second=per_second)
    async with running(fake, folder, clock) as app:
        await subscribe(app, people)
        clock.begins = EIGHT
        chatting = asyncio.create_task(chat(fake))
        await app.schedule.tick(clock())
        await _until_all_have_ended(app, people)
        chatting.cancel()
        asked = await chatting
        await fake.emptied()
        return await _seen(app, fake, asked)


async def _until_all_have_ended(app: App, people: int) -> None:
    async with asyncio.timeout(30 + 2 * seconds_for(people)):
        while await _under_way(app):  # noqa: ASYNC110  # the database wakes nobody
            await asyncio.sleep(0.2)


async def _under_way(app: App) -> int:
    async with app.database.reading() as connection:
        query = select(func.count()).where(outbox.c.state.in_(("planned", "sending")))
        return await connection.scalar(query) or 0


async def _seen(app: App, fake: FakeTelegram, asked: dict[int, float]) -> Morning:
    async with app.database.reading() as connection:
        columns = outbox.c
        rows = (await connection.execute(select(columns.user, columns.state).order_by(columns.turn, columns.id))).all()
    ends = Counter(str(row.state) for row in rows)
    found = Morning([row.user for row in rows], flooded=fake.flooded, ends=ends)
    for call in fake.said("sendMessage"):
        found.instants.append(call.at)
        who = call.params["chat_id"]
        if who in asked:
            found.waits.append(call.at - asked[who])
        elif str(who) in found.came:
            found.twice.append(str(who))
        else:
            found.came[str(who)] = call.at
    return found


async def test_everybody_at_eight(tmp_path: Path) -> None:
    """A slice. The machine may be busy with other tests and deliver late and in bursts, of a fifth more at most."""
    seen = await morning(120, tmp_path, per_second=BULK_PER_SECOND * 6 // 5)

    assert (seen.flooded, seen.twice, seen.ends) == (0, [], {"sent": 120})
    assert list(seen.came) == seen.people, "in the order in which they were planned"
    assert seen.fastest_window > 0.8
    assert seen.wait(0.5) < 1, "nobody waits for the bulk, which takes four seconds"
    assert seconds_for(120) * 0.95 < seen.seconds < seconds_for(120) * 1.5


@pytest.mark.torture
@pytest.mark.timeout(900)
async def test_ten_thousand_at_eight(tmp_path: Path) -> None:
    seen = await morning(10_000, tmp_path)
    answers = f"{seen.flooded} refused with 429, p99 of {len(seen.waits)} answers {seen.wait(0.99) * 1000:.0f} ms"
    log.warning("%.1f s, 31 messages in %.3f s, %s", seen.seconds, seen.fastest_window, answers)

    assert (seen.flooded, seen.twice, seen.ends) == (0, [], {"sent": 10_000})
    assert list(seen.came) == seen.people, "in the order in which they were planned"
    assert seen.fastest_window >= 1
    assert seen.wait(0.99) < 0.2
    assert seen.seconds == pytest.approx(seconds_for(10_000), rel=0.05)
