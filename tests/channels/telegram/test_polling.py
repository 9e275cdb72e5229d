import asyncio
import contextlib
import logging
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from bot.channels.telegram import client as client_module
from bot.channels.telegram import pace as pace_module
from bot.channels.telegram import talks as talks_module
from bot.channels.telegram.client import TelegramClient
from bot.channels.telegram.condition import Condition
from bot.channels.telegram.interpreter import Interpreter
from bot.channels.telegram.pace import Pace
from bot.channels.telegram.payloads import ALLOWED_UPDATES
from bot.channels.telegram.polling import Poller
from bot.channels.telegram.presence import Presence
from bot.context import Unavailable
from bot.messages import Message, Reply
from tests.channels.telegram.recorded import AT, offer, payload
from tests.fakes.telegram import CONFLICT, DROP, TOKEN, FakeTelegram, Fault, serving

Answer = Callable[[Message], Awaitable[Reply]]


def text(number: int, chat: int, words: str) -> dict[str, Any]:
    update = payload("private_text")
    message = update["message"] | {"text": words, "chat": {"id": chat, "type": "private"}}
    return {"update_id": number, "message": message | {"from": {"id": chat, "is_bot": False}}}


async def repeat(message: Message) -> Reply:
    return Reply(message.text)


class Polling:
    def __init__(self, fake: FakeTelegram, condition: Condition, pauses: list[float]) -> None:
        self.fake = fake
        self.condition = condition
        self.pauses = pauses

    @property
    def offsets(self) -> list[Any]:
        return [call.params.get("offset") for call in self.fake.said("getUpdates")]

    async def settled(self) -> None:
        """All that waited has been fetched, answered and confirmed."""
        await self.fake.emptied()


@contextlib.asynccontextmanager
async def polling(
    answer: Answer, *updates: dict[str, Any], faults: tuple[Fault, ...] = (), pace: Pace | None = None
) -> AsyncIterator[Polling]:
    fake, condition, pauses = FakeTelegram(), Condition(), list[float]()
    fake.push(*updates)
    for fault in faults:
        fake.fail("getUpdates", fault)

    async def pause(seconds: float) -> None:
        pauses.append(seconds)
        await asyncio.sleep(0)

    async def no_time(seconds: float) -> None:
        await asyncio.sleep(0)

    async with serving(fake) as api_base:
        client = TelegramClient(TOKEN, api_base, pace or Pace(lambda: float(len(fake.calls) * 1000), no_time))
        interpreter = Interpreter(
            bot_id="7000000001",
            client=client,
            answer=answer,
            offers=offer,
            presence=Presence(client.hint),
            clock=lambda: AT,
        )
        poller = Poller(client, interpreter, condition, pause)
        task = asyncio.create_task(poller.run())
        try:
            yield Polling(fake, condition, pauses)
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await poller.close()
            await client.close()


async def test_what_waits_is_answered_and_then_confirmed() -> None:
    async with polling(repeat, text(7, 1, "早"), text(8, 2, "晚")) as talk:
        await talk.settled()
        assert sorted((call.params["chat_id"], call.params["text"]) for call in talk.fake.said()) == [
            (1, "早"),
            (2, "晚"),
        ]
        assert talk.offsets[:2] == [None, 9]
        assert talk.condition.sentence == "ready"
        assert talk.fake.calls[0].params["allowed_updates"] == [*ALLOWED_UPDATES]


async def test_a_tap_is_answered_and_its_spinner_stopped() -> None:
    async with polling(repeat, payload("tap")) as talk:
        await talk.settled()
        assert [call.method for call in talk.fake.said()] == ["sendMessage", "answerCallbackQuery"]


async def test_an_inline_query_is_answered_as_the_api_wants_it() -> None:
    async with polling(repeat, payload("inline_words"), payload("inline_empty")) as talk:
        await talk.settled()
        words, nothing = talk.fake.said("answerInlineQuery")
        assert [result["title"] for result in words.params["results"]] == ["紫荆云陪伴"]
        assert nothing.params["results"] == []


async def test_nothing_is_confirmed_before_it_is_answered() -> None:
    stored = asyncio.Event()

    async def store(message: Message) -> Reply:
        await stored.wait()
        return Reply("好")

    async with polling(store, text(7, 1, "早")) as talk:
        await talk.fake.wait_for("getUpdates")
        await asyncio.sleep(0.1)
        assert talk.offsets == [None]
        stored.set()
        await talk.settled()
        assert talk.offsets[:2] == [None, 8]


async def test_a_chat_is_answered_in_order_and_others_meanwhile() -> None:
    heard: list[str] = []
    slow = asyncio.Event()

    async def listen(message: Message) -> Reply:
        if message.text == "一":
            await slow.wait()
        heard.append(message.text)
        if message.text == "别人":
            slow.set()
        return Reply()

    updates = (text(1, 1, "一"), text(2, 1, "二"), text(3, 2, "别人"), text(4, 1, "三"))
    async with polling(listen, *updates) as talk:
        await talk.settled()
    assert heard == ["别人", "一", "二", "三"]


async def test_who_writes_faster_than_telegram_takes_answers_holds_nobody_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pace_module, "CHAT_GAP_SECONDS", 60.0)
    monkeypatch.setattr(talks_module, "LAST_WORDS_SECONDS", 0.0)
    async with polling(repeat, *(text(number, 1, f"第 {number} 句") for number in range(1, 6)), pace=Pace()) as talk:
        await talk.fake.wait_for("sendMessage")
        talk.fake.push(text(9, 2, "帮助"))
        await talk.fake.wait_for("sendMessage", 2)
        assert [call.params["chat_id"] for call in talk.fake.said()] == [1, 2]


async def test_what_could_not_be_stored_comes_again_and_the_rest_does_not() -> None:
    tries: Counter[str] = Counter()

    async def store(message: Message) -> Reply:
        tries[message.text] += 1
        if message.text == "难" and tries["难"] < 3:
            raise Unavailable
        return Reply(message.text)

    async with polling(store, text(1, 1, "易"), text(2, 2, "难"), text(3, 2, "后")) as talk:
        await talk.settled()
        assert tries == {"易": 1, "难": 3, "后": 1}
        assert talk.offsets[:4] == [None, None, None, 4]
        assert talk.pauses == [1.0, 1.0]
        assert sorted(call.params["text"] for call in talk.fake.said()) == sorted("易难后")


async def test_troubles_are_logged_once_and_waited_out(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    faults = (DROP, DROP, DROP, CONFLICT, CONFLICT, Fault(429, "Too Many Requests: retry after 40", retry_after=40))
    async with polling(repeat, text(7, 1, "早"), faults=faults) as talk:
        await talk.settled()
        assert [call.params["text"] for call in talk.fake.said()] == ["早"]
        assert talk.pauses == [1, 2, 4, 8, 16, 40]
    assert [message.partition(";")[0] for message in caplog.messages] == [
        "Telegram cannot be reached (connection lost)",
        "Another program receives this bot's updates",
        "Telegram refuses (flood)",
        "Telegram is ready",
    ]


async def test_a_webhook_that_somebody_has_set_is_named_with_its_cure() -> None:
    async with polling(repeat) as talk:
        await talk.fake.wait_for("getUpdates")
        talk.fake.webhook = {"url": "https://other.example/hook"}
        talk.fake.push(text(7, 1, "早"))
        await talk.fake.wait_for("getUpdates", 3)
        assert "doctor --repair" in talk.condition.sentence


async def test_ids_that_start_anew_after_a_quiet_week_are_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_module, "LONG_POLL_SECONDS", 0.05)
    async with polling(repeat, text(900, 1, "早")) as talk:
        await talk.settled()
        await talk.fake.wait_for("getUpdates", 4)
        talk.fake.push(text(5, 1, "晚"))
        await talk.fake.wait_for("sendMessage", 2)
