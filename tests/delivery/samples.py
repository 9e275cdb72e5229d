"""A service for tips on a real database, with the sender of a platform that answers as told."""

from collections.abc import Callable, Sequence
from datetime import datetime, time
from typing import Any, get_args

from msgspec import structs
from sqlalchemy import Table, select

from bot.delivery.outbox import Courier
from bot.delivery.schedule import Schedule
from bot.domain.knowledge import KnowledgeBase
from bot.domain.library import Library, Shelf
from bot.domain.phrases import Phrases
from bot.domain.subscriptions import Subscription, Subscriptions
from bot.domain.tips import Subject, Tip, Tips, Wording
from bot.messages import Address, Message, Outcome, Reply, Sent
from bot.storage.database import Database
from bot.storage.outbox import OutboxRecords
from bot.storage.subscriptions import SubscriptionRecords
from bot.storage.tables import deliveries, outbox, subscriptions

TOPICS = get_args(Subject)
TIPS = Tips(
    Tip(f"tip-{n}", Wording(f"招数 {n}"), Wording(f"trick {n}"), topic=TOPICS[n % len(TOPICS)]) for n in range(400)
)
CHINESE = {
    "tips.daily": "今日一招：{tip}",
    "tips.button.pause": "暂停",
    "tips.button.more": "再来一条",
    "tips.week": "这一周：{topics}",
    "tips.weekly.ask": "每周一条？",
    "tips.weekly.yes": "好",
    "tips.weekly.no": "不用",
    **{f"tips.topic.{topic}": topic for topic in TOPICS},
}
PHRASES = Phrases({"zh": CHINESE, "en": {"tips.daily": "Today: {tip}"}})
LIBRARY = Library(KnowledgeBase(()), TIPS, {}, PHRASES)


class Platform:
    """Takes messages for a channel; `answers` says what becomes of the next ones, then all are sent."""

    name = "telegram"

    def __init__(self) -> None:
        self.answers: list[Sent | Exception] = []
        self.got: list[tuple[Address, str]] = []

    async def turn(self, address: Address) -> None:
        """It may go at once."""

    async def send(self, address: Address, reply: Reply, *, is_tip: bool = True) -> Sent:
        self.got.append((address, reply.text))
        answer = self.answers.pop(0) if self.answers else Sent(Outcome.SENT)
        if isinstance(answer, Exception):
            raise answer
        return answer


class Service:
    """What runs in one process; `restarted` is the next one on the same database."""

    def __init__(self, database: Database, clock: Callable[[], datetime], platform: Platform | None = None) -> None:
        self.database = database
        self.clock = clock
        self.platform = platform or Platform()
        self.records = SubscriptionRecords(database)
        self.outbox = OutboxRecords(database)
        self.subscriptions = Subscriptions(self.records, frozenset({"telegram", "web"}))
        self.schedule = Schedule(self.records, Shelf(LIBRARY))
        self.courier = Courier(self.outbox, self.platform, clock)
        self._messages = 0

    def message(self, user: str, channel: str = "telegram", message_id: str = "") -> Message:
        self._messages += 1
        return Message(message_id or f"{id(self)}-{self._messages}", Address(channel, user, user), "", self.clock())

    async def subscribe(
        self, user: str, at: str, channel: str = "telegram", language: str = "zh", **wanted: Any
    ) -> Subscription:
        message = self.message(user, channel)
        return await self.subscriptions.subscribe(message, time.fromisoformat(at), language, **wanted)

    async def move_to(self, user: str, zone: str) -> None:
        """Without a word of the person's."""
        message = self.message(user)
        found = await self.records.subscription(message.sender)
        assert found
        await self.records.save(message, structs.replace(found, zone=zone).scheduled(self.clock()))

    async def tick(self) -> list[str]:
        """One tick of the clock, then all that waits is sent; the texts that arrived by it."""
        before = len(self.platform.got)
        await self.schedule.tick(self.clock())
        while await self.courier.send_waiting():
            pass
        return [text for _, text in self.platform.got[before:]]

    async def column(self, table: Table, name: str) -> list[object]:
        async with self.database.reading() as connection:
            return list(await connection.scalars(select(table.c[name]).order_by(*table.primary_key)))

    async def delivered(self) -> list[object]:
        return await self.column(deliveries, "state")

    async def posted(self) -> list[object]:
        return await self.column(outbox, "state")

    async def states(self) -> Sequence[object]:
        return await self.column(subscriptions, "state")
