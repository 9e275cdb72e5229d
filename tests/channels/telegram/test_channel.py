import asyncio
import contextlib
import sys
import tomllib
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Literal

import httpx
import pytest

import bot.channels.telegram as channel_module
from bot.channels.telegram import COMMANDS, TelegramChannel, polling
from bot.domain.knowledge import KnowledgeBase
from bot.domain.library import Library, Shelf
from bot.domain.phrases import Phrases
from bot.domain.tips import Tips
from bot.messages import Address, Message, Outcome, Reply
from tests.channels.telegram.recorded import AT, body, offer, payload
from tests.fakes.loopback import listening
from tests.fakes.telegram import DROP, TOKEN, FakeTelegram, Fault, serving

PROJECT = Path(__file__).parents[3]
MENU = tomllib.loads((PROJECT / "content/phrases/telegram.toml").read_text())["telegram"]["commands"]
SECRET = "s3cret_for-tests"
PUBLIC_URL = "https://haowangmin.example/"
WEBHOOK_URL = "https://haowangmin.example/telegram/webhook"


def shelf() -> Shelf:
    by_language = {
        language: {f"telegram.commands.{name}": texts[language] for name, texts in MENU.items()}
        for language in ("zh", "en")
    }
    return Shelf(Library(KnowledgeBase(()), Tips(), {}, Phrases(by_language)))


async def repeat(message: Message) -> Reply:
    return Reply(f"你说：{message.text}")


@pytest.fixture(autouse=True)
def _short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(polling, "FIRST_PAUSE_SECONDS", 0.02)
    monkeypatch.setattr(channel_module, "WEBHOOK_CHECK_SECONDS", 0.05)


@pytest.fixture
async def fake() -> FakeTelegram:
    return FakeTelegram()


@contextlib.asynccontextmanager
async def channel_of(fake: FakeTelegram, mode: Literal["polling", "webhook"]) -> AsyncIterator[TelegramChannel]:
    async with serving(fake) as api_base:
        channel = TelegramChannel(
            token=TOKEN,
            api_base=api_base,
            mode=mode,
            public_url=PUBLIC_URL,
            webhook_secret=SECRET,
            answer=repeat,
            offers=offer,
            shelf=shelf(),
            clock=lambda: AT,
        )
        running = asyncio.create_task(channel.run())
        try:
            yield channel
        finally:
            running.cancel()
            await asyncio.wait([running])
            await channel.close()
            assert running.cancelled()


async def becomes(channel: TelegramChannel, words: str) -> None:
    """Wait until the state holds these words."""
    async with asyncio.timeout(5):
        while words not in channel.state:  # noqa: ASYNC110 - the state is read by asking
            await asyncio.sleep(0.01)


async def test_the_webhook_is_registered(fake: FakeTelegram) -> None:
    async with channel_of(fake, "webhook") as channel:
        assert channel.state == "Telegram has not been reached yet; wait a few seconds."
        await becomes(channel, "ready")
        assert fake.said("setWebhook")[0].params == {
            "url": WEBHOOK_URL,
            "secret_token": SECRET,
            "allowed_updates": ["message", "callback_query", "my_chat_member", "inline_query"],
            "max_connections": 100,
        }


async def test_the_menu_is_in_two_languages(fake: FakeTelegram) -> None:
    async with channel_of(fake, "webhook") as channel:
        await becomes(channel, "ready")
        chinese, english = (call.params for call in fake.said("setMyCommands"))
    assert chinese == {"commands": [{"command": name, "description": MENU[name]["zh"]} for name in COMMANDS]}
    assert english["language_code"] == "en"
    assert english["commands"][0] == {"command": "start", "description": MENU["start"]["en"]}
    assert tuple(MENU) == COMMANDS


async def test_the_route_answers(fake: FakeTelegram) -> None:
    headers = {"X-Telegram-Bot-Api-Secret-Token": SECRET}
    async with (
        channel_of(fake, "webhook") as channel,
        listening(channel.endpoints["/telegram/webhook"]) as address,
        httpx.AsyncClient(base_url=address) as http,
    ):
        await becomes(channel, "ready")
        response = await http.post("/telegram/webhook", content=body("private_text"), headers=headers)
        assert response.json()["text"] == "你说：紫荆云陪伴是什么？"
        other = await http.post("/telegram/webhook", content=body("group_command_other_bot"), headers=headers)
        assert (other.status_code, other.content) == (200, b"")


async def test_a_webhook_that_somebody_removed_is_set_again(fake: FakeTelegram) -> None:
    async with channel_of(fake, "webhook") as channel:
        await becomes(channel, "ready")
        fake.webhook = {"url": ""}
        await fake.wait_for("setWebhook", 2)
        assert fake.webhook["url"] == WEBHOOK_URL


async def test_a_webhook_that_does_not_bring_all_is_set_again(fake: FakeTelegram) -> None:
    async with channel_of(fake, "webhook") as channel:
        await becomes(channel, "ready")
        fake.webhook |= {"allowed_updates": ["message", "callback_query", "my_chat_member"]}
        await fake.wait_for("setWebhook", 2)
        assert "inline_query" in fake.webhook["allowed_updates"]


async def test_failing_deliveries_are_told_until_they_are_over(
    fake: FakeTelegram, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with channel_of(fake, "webhook") as channel:
        await becomes(channel, "ready")
        last = {"last_error_date": int(AT.timestamp()), "last_error_message": "SSL error: certificate has expired"}
        fake.webhook |= last
        await becomes(channel, "could not deliver to PUBLIC_URL (SSL error: certificate has expired)")
        fake.webhook["last_error_date"] = int((AT - timedelta(hours=1)).timestamp())
        await becomes(channel, "ready")


TROUBLES = [
    ("getMe", Fault(401, "Unauthorized"), "check TELEGRAM_BOT_TOKEN"),
    ("getMe", DROP, "check the network, the proxy and TELEGRAM_API_BASE"),
    ("getMe", Fault(200, page="<h1>Log in</h1>"), "check the network, the proxy and TELEGRAM_API_BASE"),
    ("getMe", Fault(200, page='{"ok": true, "result": 5}'), "check the network, the proxy and TELEGRAM_API_BASE"),
    ("setWebhook", Fault(400, "Bad Request: bad webhook: Failed to resolve host"), "failed to resolve host"),
    ("setMyCommands", Fault(500, "Internal Server Error"), "cannot be reached"),
]


@pytest.mark.parametrize(("method", "fault", "words"), TROUBLES)
async def test_registration_goes_on_until_it_works(fake: FakeTelegram, method: str, fault: Fault, words: str) -> None:
    fake.fail(method, fault, times=1000)
    async with channel_of(fake, "webhook") as channel:
        await becomes(channel, words)
        await fake.wait_for(method, 2)
        fake.heal()
        await becomes(channel, "ready")


async def test_polling_needs_no_route_and_lifts_the_webhook(fake: FakeTelegram) -> None:
    fake.webhook = {"url": "https://old.example/hook"}
    fake.push(payload("private_text"))
    async with channel_of(fake, "polling") as channel:
        assert channel.endpoints == {}
        (call,) = await fake.wait_for("sendMessage")
        assert call.params["text"] == "你说：紫荆云陪伴是什么？"
        assert fake.said("deleteWebhook")[0].params == {"drop_pending_updates": False}
        assert channel.state == "ready"


async def test_what_we_send_on_our_own_account(fake: FakeTelegram) -> None:
    async with channel_of(fake, "polling") as channel:
        sent = await channel.send(Address("telegram", "42", "42"), Reply("先停一停，再转发。"))
        assert sent.outcome is Outcome.SENT
        assert [call.params["chat_id"] for call in await fake.wait_for("sendMessage")] == [42]


async def test_the_fake_runs_as_a_process_too() -> None:
    async with listening(FakeTelegram()) as address:
        port = str(int(address.rpartition(":")[2]))
    command = (sys.executable, "-m", "tests.fakes.telegram", "--port", port)
    process = await asyncio.create_subprocess_exec(*command, cwd=PROJECT)
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=5) as http:
            await answers(http)
            await http.post(
                "/control/faults", json={"method": "sendMessage", "status": 403, "description": "Forbidden"}
            )
            refused = await http.post(f"/bot{TOKEN}/sendMessage", json={"chat_id": 1, "text": "在吗"})
            calls = (await http.get("/control/calls")).json()
    finally:
        process.terminate()
        await process.wait()
    assert refused.status_code == 403
    assert [call["method"] for call in calls][-1] == "sendMessage"


async def answers(http: httpx.AsyncClient) -> None:
    async with asyncio.timeout(20):
        while True:
            with contextlib.suppress(httpx.TransportError):
                await http.get(f"/bot{TOKEN}/getMe")
                return
            await asyncio.sleep(0.05)
