"""bulk-send: messages on our own account, against python-telegram-bot's Bot with its default transport.

The sender has one core, a Bot API that accepts everything at once the other; 64 messages are in flight. `client` is our
call alone, as the peer's is; `courier` is the whole way: read from the outbox on disk, marked as being sent, sent,
recorded together with the delivery that it carries.
"""

import asyncio
import itertools
import logging
import os
import sys
import time
import urllib.request
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

import msgspec
import uvloop
from sqlalchemy import Connection, func, insert, select
from telegram import Bot

from benchmarks.processes import free_port, on_disk, running
from bot.channels.telegram.client import TelegramClient
from bot.channels.telegram.pace import Pace
from bot.delivery.outbox import Courier
from bot.messages import Address, Button, Outcome, Reply, Sent
from bot.storage.database import Database
from bot.storage.outbox import OutboxRecords, outbox_row
from bot.storage.tables import deliveries, outbox
from bot.storage.writer import Kind

TOKEN = "7000000001:AAFakeTokenForTestsOnly_0123456789abc"
SENDER_CORE, API_CORE = 0, 1
IN_FLIGHT = 64
NO_LIMIT = 1_000_000
ROUNDS = 5
MESSAGES = {"peer": 1000, "client": 10_000, "courier": 5000}
TIP = Reply("【今日一招】收到“帮忙投票”的链接，先问问本人是不是真的，再决定点不点。", ((Button("暂停", "/pause"),),))
NOW = datetime(2026, 11, 23, tzinfo=UTC)


class Leg(msgspec.Struct, frozen=True):
    """Messages per second, and the sender's processor time for one in seconds, all threads together."""

    rate: float
    cpu: float


class Free:
    """Telegram without its limits: what is measured is what we could send."""

    name = "telegram"

    def __init__(self, client: TelegramClient) -> None:
        self._client = client

    async def turn(self, address: Address) -> None:
        """Always at once."""

    async def send(self, address: Address, reply: Reply, *, is_tip: bool = True) -> Sent:
        return await self._client.send(address, reply)


async def crowd(send: Callable[[str], Awaitable[object]], messages: int) -> None:
    """So many messages, IN_FLIGHT at a time."""
    ids = itertools.count(1_000_000)

    async def one_after_the_other() -> None:
        while (number := next(ids)) < 1_000_000 + messages:
            await send(str(number))

    await asyncio.gather(*(one_after_the_other() for _ in range(IN_FLIGHT)))


async def peer(api_base: str, _folder: Path) -> Leg:
    bot = Bot(TOKEN, base_url=api_base)
    await bot.initialize()
    leg = await timed(crowd(lambda chat: bot.send_message(chat, TIP.text), MESSAGES["peer"]), MESSAGES["peer"])
    await bot.shutdown()
    return leg


async def client(api_base: str, _folder: Path) -> Leg:
    telegram = TelegramClient(TOKEN, api_base, Pace(per_second=NO_LIMIT))

    async def send(chat: str) -> None:
        sent = await telegram.send(Address("telegram", chat, chat), TIP)
        assert sent.outcome is Outcome.SENT, sent

    leg = await timed(crowd(send, MESSAGES["client"]), MESSAGES["client"])
    await telegram.close()
    return leg


async def courier(api_base: str, folder: Path) -> Leg:
    database = Database(f"sqlite:///{folder}/{time.monotonic_ns()}.db", lambda: NOW)
    await database.migrate()
    await database.writer.write(FILL, MESSAGES["courier"])
    telegram = TelegramClient(TOKEN, api_base, Pace(per_second=NO_LIMIT))
    work = Courier(OutboxRecords(database), Free(telegram), lambda: NOW, IN_FLIGHT)
    leg = await timed(work.send_waiting(), MESSAGES["courier"])
    async with database.reading() as connection:
        for table in (outbox, deliveries):
            sent = await connection.scalar(select(func.count()).where(table.c.state == "sent"))
            assert sent == MESSAGES["courier"], f"{sent} in {table.name}"
    await telegram.close()
    await database.close()
    return leg


def fill(connection: Connection, counts: Sequence[int]) -> list[None]:
    """Tips of a day that wait, with their claims."""
    users = [str(1_000_000 + n) for n in range(sum(counts))]
    later = NOW + timedelta(hours=3)
    posts = [outbox_row(Address("telegram", user, user), TIP, NOW, later) | {"day": "2026-11-23"} for user in users]
    claim = {"channel": "telegram", "day": "2026-11-23", "tip": "tip", "state": "planned", "reason": "", "at": 0}
    connection.execute(insert(outbox), posts)
    connection.execute(insert(deliveries), [{**claim, "user": user} for user in users])
    return [None] * len(counts)


FILL: Kind[int, None] = Kind("fill", type(None), fill)
LEGS = {"peer": peer, "client": client, "courier": courier}


async def timed(work: Awaitable[object], messages: int) -> Leg:
    begun, spent = time.perf_counter(), time.process_time()
    await work
    took, cpu = time.perf_counter() - begun, time.process_time() - spent
    return Leg(messages / took, cpu / messages)


def main() -> int:
    """Print the table and the JSON line; 1 when the Bot API did not get every message just once."""
    os.sched_setaffinity(0, {SENDER_CORE})
    logging.getLogger("httpx").setLevel(logging.WARNING)
    port = free_port()
    legs: dict[str, list[Leg]] = {name: [] for name in LEGS}
    with (
        on_disk() as folder,
        running(["benchmarks.peers.bot_api", str(port)], {}, port=port, core=API_CORE, log=folder / "log"),
    ):
        for _ in range(ROUNDS):
            for name, leg in LEGS.items():
                legs[name].append(uvloop.run(leg(f"http://127.0.0.1:{port}/bot", folder)))
        arrived = count(port)
    return report(legs, arrived)


def count(port: int) -> int:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/count") as answer:
        return int(msgspec.json.decode(answer.read())["result"]["sent"])


def report(legs: dict[str, list[Leg]], arrived: int) -> int:
    rates = {name: median(leg.rate for leg in rounds) for name, rounds in legs.items()}
    cpus = {name: median(leg.cpu for leg in rounds) for name, rounds in legs.items()}
    for name, rounds in legs.items():
        each = " ".join(f"{leg.rate:6.0f}" for leg in rounds)
        print(f"{name:<10}{rates[name]:7.0f}/s  CPU {cpus[name] * 1e6:5.0f} us  rounds {each}")
    expected = ROUNDS * sum(MESSAGES.values())
    print(f"{arrived} messages arrived of {expected}; CPU ratio {cpus['peer'] / cpus['client']:.1f}")
    line = {
        "benchmark": "bulk-send",
        "ratio": round(rates["client"] / rates["peer"], 2),
        "against": "python-telegram-bot default transport",
        "figures": {
            "in_flight": IN_FLIGHT,
            "per_s": {name: round(rate) for name, rate in rates.items()},
            "cpu_us": {name: round(cpu * 1e6) for name, cpu in cpus.items()},
            "ratio_courier": round(rates["courier"] / rates["peer"], 2),
            "cores_for_1000_per_s": round(cpus["courier"] * 1000, 2),
            "arrived": arrived,
        },
    }
    print(msgspec.json.encode(line).decode())
    return 0 if arrived == expected else 1


if __name__ == "__main__":
    sys.exit(main())
