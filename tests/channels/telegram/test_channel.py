import asyncio
import contextlib
import sys
import tomllib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from datetime import timedelta
from pathlib import Path
from typing import Literal

import httpx
import pytest

import bot.channels.telegram as channel_module
from bot.channels.telegram import TelegramChannel, polling
from bot.channels.telegram.profile import ADMIN_COMMANDS, COMMANDS, GROUP_COMMANDS, settings_of
from bot.context import Operator, Unavailable
from bot.domain.knowledge import KnowledgeBase
from bot.domain.library import Library, Shelf
from bot.domain.phrases import Phrases
from bot.domain.tips import Tips
from bot.messages import Address, Message, Outcome, Reply
from tests.channels.telegram.recorded import AT, body, offer, payload
from tests.fakes.loopback import listening
from tests.fakes.telegram import DROP, TOKEN, FakeTelegram, Fault, serving
from tests.shipped import shipped

PROJECT = Path(__file__).parents[3]
MENU = tomllib.loads((PROJECT / "content/phrases/telegram.toml").read_text())["telegram"]["commands"]
SECRET = "s3cret_for-tests"
PUBLIC_URL = "https://haowangmin.example/"
WEBHOOK_URL = "https://haowangmin.example/telegram/webhook"


def shelf() -> Shelf:
    return Shelf(Library(KnowledgeBase(()), Tips(), {}, phrases()))


def phrases() -> Phrases:
    return shipped().phrases


async def repeat(message: Message) -> Reply:
    return Reply(f"你说：{message.text}")


@pytest.fixture(autouse=True)
def _short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(polling, "FIRST_PAUSE_SECONDS", 0.02)
    monkeypatch.setattr(channel_module, "WEBHOOK_CHECK_SECONDS", 0.05)
    monkeypatch.setattr(channel_module, "DOUBT_SECONDS", 0.0)


@pytest.fixture
async def fake() -> FakeTelegram:
    return FakeTelegram()


@contextlib.asynccontextmanager
async def channel_of(
    fake: FakeTelegram, mode: Literal["polling", "webhook"], answer: Callable[[Message], Awaitable[Reply]] = repeat
) -> AsyncIterator[TelegramChannel]:
    async with serving(fake) as api_base:
        channel = TelegramChannel(
            token=TOKEN,
            api_base=api_base,
            mode=mode,
            public_url=PUBLIC_URL,
            webhook_secret=SECRET,
            answer=answer,
            offers=offer,
            shelf=shelf(),
            operator=Operator("小助手"),
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


def described(names: Iterable[str], language: str) -> list[dict[str, str]]:
    return [{"command": name, "description": MENU[name][language]} for name in names]


async def test_the_menus_are_in_two_languages_and_in_groups_what_works_there(fake: FakeTelegram) -> None:
    async with channel_of(fake, "webhook") as channel:
        await becomes(channel, "ready")
    menus = {place[1:]: value for place, value in fake.profile.items() if place[0] == "MyCommands"}
    assert menus == {
        ("default", ""): described(COMMANDS, "zh"),
        ("default", "en"): described(COMMANDS, "en"),
        ("all_group_chats", ""): described(GROUP_COMMANDS, "zh"),
        ("all_group_chats", "en"): described(GROUP_COMMANDS, "en"),
        ("all_chat_administrators", ""): described(ADMIN_COMMANDS, "zh"),
        ("all_chat_administrators", "en"): described(ADMIN_COMMANDS, "en"),
    }
    assert tuple(MENU) == COMMANDS


async def test_who_it_is_stands_on_the_empty_chat_and_the_profile(fake: FakeTelegram) -> None:
    async with channel_of(fake, "webhook") as channel:
        await becomes(channel, "ready")
    texts = {place[::2]: value for place, value in fake.profile.items() if place[0] != "MyCommands"}
    assert "我是开源的自动问答程序，不是政府部门或报社的官方账号" in texts["MyDescription", ""]
    assert "I am an open-source automatic program" in texts["MyDescription", "en"]
    assert texts["MyShortDescription", ""].startswith("开源的自动问答程序")
    assert texts["MyShortDescription", "en"].startswith("Open-source program")


@pytest.mark.parametrize("name", ["某某办公室", "长" * 600])
def test_an_office_that_runs_it_is_named(name: str) -> None:
    operator = Operator(name, official=True)
    texts = {(one.name, "language_code" in one.place): one.value for one in settings_of(phrases(), operator)}
    assert name[:20] in str(texts["MyDescription", False])
    assert str(texts["MyShortDescription", False]).startswith(name[:20])
    assert len(str(texts["MyDescription", True])) <= 512
    assert len(str(texts["MyShortDescription", True])) <= 120


async def test_what_is_shown_already_is_not_set_again(fake: FakeTelegram) -> None:
    for _ in range(2):
        async with channel_of(fake, "webhook") as channel:
            await becomes(channel, "ready")
    assert [len(fake.said(f"setMy{name}")) for name in ("Commands", "Description", "ShortDescription")] == [6, 2, 2]


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


async def test_a_token_that_is_revoked_is_told_as_soon_as_a_call_fails(
    fake: FakeTelegram, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(channel_module, "WEBHOOK_CHECK_SECONDS", 600)
    async with channel_of(fake, "webhook") as channel:
        await becomes(channel, "ready")
        token, fake.token = fake.token, "7000000001:AAnother"
        assert (await channel.send(Address("telegram", "1", "1"), Reply("今日一招"))).outcome is Outcome.RETRY
        await becomes(channel, "does not accept the token")
        fake.token = token
        await becomes(channel, "ready")


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


@pytest.mark.parametrize("stored", [True, False])
async def test_a_group_whose_move_was_not_told_is_followed(fake: FakeTelegram, stored: bool) -> None:
    """The tip arrives all the same where the new id cannot be stored; the next one tells it again."""
    heard = list[Message]()

    async def note(message: Message) -> Reply:
        heard.append(message)
        if not stored:
            raise Unavailable("for a moment")
        return Reply()

    async with channel_of(fake, "polling", note) as channel:
        fake.fail("sendMessage", Fault(400, "Bad Request: group chat was upgraded", migrate_to_chat_id=-1002233445566))
        group = Address("telegram", "-4012345678", "-4012345678")
        assert (await channel.send(group, Reply("今日一招"))).outcome is Outcome.SENT

    assert [(message.sender, message.text, message.event) for message in heard] == [
        (group, "/moved -1002233445566", True)
    ]
    assert [call.params["chat_id"] for call in fake.said("sendMessage")] == [-4012345678, -1002233445566]
