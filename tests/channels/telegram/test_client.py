import asyncio
import logging
import socket
from collections.abc import AsyncIterator

import pytest
from telegram.error import TelegramError

from bot.channels.telegram import client as client_module
from bot.channels.telegram import transport as transport_module
from bot.channels.telegram.client import TelegramClient
from bot.channels.telegram.pace import Pace
from bot.channels.telegram.render import Call
from bot.messages import Address, Button, Outcome, Reply, Sent
from tests.channels.telegram.recorded import payload
from tests.fakes.telegram import (
    BLOCKED,
    CANNOT_PARSE,
    CHAT_NOT_FOUND,
    CONFLICT,
    DROP,
    HANG,
    NOT_MODIFIED,
    TOKEN,
    FakeTelegram,
    Fault,
    serving,
    too_many,
)

ZHEN = Address("telegram", "482910377", "482910377")
TIP = Reply("先停一停，再转发。", ((Button("换一招", "/tip"),),))
ERROR_PAGE = f"<h1>403</h1> /bot{TOKEN}/sendMessage is blocked here"
GROUP_GONE = Fault(400, "Bad Request: group chat was deactivated")
MUTED = Fault(400, "Bad Request: not enough rights to send text messages to the chat")


class Naps:
    """A sleep that takes no time and remembers for how long it was asked."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.asked: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.asked.append(round(seconds, 2))
        self.now += seconds
        await asyncio.sleep(0)


@pytest.fixture
def naps() -> Naps:
    return Naps()


@pytest.fixture
async def fake() -> FakeTelegram:
    return FakeTelegram()


@pytest.fixture
async def client(fake: FakeTelegram, naps: Naps, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[TelegramClient]:
    monkeypatch.setattr(client_module, "ANSWER_SECONDS", 0.3)
    async with serving(fake) as api_base:
        client = TelegramClient(TOKEN, api_base, Pace(lambda: naps.now, naps.sleep))
        yield client
        await client.close()


async def test_a_tip_arrives_as_it_is_written(fake: FakeTelegram, client: TelegramClient) -> None:
    assert await client.send(ZHEN, TIP) == Sent(Outcome.SENT)
    assert [call.params for call in fake.said()] == [
        {
            "chat_id": 482910377,
            "text": "先停一停，再转发。",
            "link_preview_options": {"is_disabled": True},
            "reply_markup": {"inline_keyboard": [[{"text": "换一招", "callback_data": "/tip"}]]},
        }
    ]


FAILURES = [
    ("too many", too_many(7), Sent(Outcome.RETRY, 7.0, "flood")),
    ("too many, untimed", Fault(429, "Too Many Requests"), Sent(Outcome.RETRY, 30.0, "flood")),
    ("blocked", BLOCKED, Sent(Outcome.UNREACHABLE, reason="forbidden")),
    ("deactivated", Fault(403, "Forbidden: user is deactivated"), Sent(Outcome.UNREACHABLE, reason="forbidden")),
    ("never met", CHAT_NOT_FOUND, Sent(Outcome.UNREACHABLE, reason="chat not found")),
    ("group gone", GROUP_GONE, Sent(Outcome.UNREACHABLE, reason="deactivated")),
    ("muted", MUTED, Sent(Outcome.UNREACHABLE, reason="not enough rights")),
    ("malformed", CANNOT_PARSE, Sent(Outcome.REFUSED, reason="can't parse entities: unsupported start tag")),
    ("wrong token", Fault(401, "Unauthorized"), Sent(Outcome.RETRY, 60.0, "token rejected")),
    ("unknown token", Fault(404, "Not Found"), Sent(Outcome.RETRY, 60.0, "token rejected")),
    ("server fault", Fault(500, "Internal Server Error"), Sent(Outcome.UNKNOWN, reason="connection lost")),
    ("bad gateway", Fault(502, "Bad Gateway"), Sent(Outcome.UNKNOWN, reason="connection lost")),
    ("silence", HANG, Sent(Outcome.UNKNOWN, reason="timeout")),
    ("broken off", DROP, Sent(Outcome.UNKNOWN, reason="connection lost")),
    ("sent and broken off", Fault(drop=True, done=True), Sent(Outcome.UNKNOWN, reason="connection lost")),
    ("proxy's 403", Fault(403, page=ERROR_PAGE), Sent(Outcome.UNKNOWN, reason="unreadable answer")),
    ("proxy's 400", Fault(400, page=ERROR_PAGE), Sent(Outcome.UNKNOWN, reason="unreadable answer")),
    ("portal's 200", Fault(200, page="<h1>Log in</h1>"), Sent(Outcome.UNKNOWN, reason="unreadable answer")),
    ("portal's JSON", Fault(200, page="[1]"), Sent(Outcome.UNKNOWN, reason="unreadable answer")),
]  # fmt: skip


@pytest.mark.parametrize(("fault", "sent"), [row[1:] for row in FAILURES], ids=[row[0] for row in FAILURES])
async def test_outcomes(fake: FakeTelegram, client: TelegramClient, fault: Fault, sent: Sent) -> None:
    fake.fail("sendMessage", fault)
    assert await client.send(ZHEN, TIP) == sent
    assert len(fake.said()) == 1


async def test_nobody_listens() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        client = TelegramClient(TOKEN, f"http://127.0.0.1:{closed.getsockname()[1]}/bot")
        assert await client.send(ZHEN, TIP) == Sent(Outcome.RETRY, 5.0, "not connected")
        await client.close()


async def test_nothing_to_say(fake: FakeTelegram, client: TelegramClient) -> None:
    assert await client.send(ZHEN, Reply()) == Sent(Outcome.REFUSED, reason="nothing to say")
    assert fake.said() == []


async def test_a_group_that_moved_is_followed(fake: FakeTelegram, client: TelegramClient) -> None:
    moved = Fault(400, "Bad Request: group chat was upgraded", migrate_to_chat_id=-1002233445566)
    fake.fail("sendMessage", moved)
    assert await client.send(Address("telegram", "1", "-4012345678"), TIP) == Sent(Outcome.SENT)
    assert [call.params["chat_id"] for call in fake.said()] == [-4012345678, -1002233445566]


LONG = Reply("一" * 4096 + "二" * 10)


async def test_a_long_tip_goes_in_parts_a_second_apart(fake: FakeTelegram, client: TelegramClient, naps: Naps) -> None:
    await client.turn(ZHEN)
    assert await client.send(ZHEN, LONG) == Sent(Outcome.SENT)
    assert [call.params["text"] for call in fake.said()] == ["一" * 4096, "二" * 10]
    assert naps.asked == [1.0]


async def test_a_second_part_waits_out_a_429(fake: FakeTelegram, client: TelegramClient, naps: Naps) -> None:
    await client.turn(ZHEN)
    sending = asyncio.create_task(client.send(ZHEN, LONG))
    await fake.wait_for("sendMessage")
    fake.fail("sendMessage", too_many(7))
    assert await sending == Sent(Outcome.SENT)
    assert [call.params["text"][0] for call in fake.said()] == ["一", "二", "二"]
    assert sum(naps.asked) == pytest.approx(8.0, abs=0.1)  # a second between the parts, then the wait


async def test_a_long_tip_that_broke_off_is_never_sent_again(fake: FakeTelegram, client: TelegramClient) -> None:
    sending = asyncio.create_task(client.send(ZHEN, LONG))
    await fake.wait_for("sendMessage")
    fake.fail("sendMessage", BLOCKED)
    assert await sending == Sent(Outcome.UNKNOWN, reason="sent in part: forbidden")


async def test_a_429_holds_the_next_one_back(fake: FakeTelegram, client: TelegramClient, naps: Naps) -> None:
    fake.fail("sendMessage", too_many(7))
    await client.send(ZHEN, TIP)
    assert naps.asked == []
    await client.turn(Address("telegram", "2", "2"))
    assert sum(naps.asked) >= 7


async def test_what_a_429_overtakes_after_its_turn_is_given_back(
    fake: FakeTelegram, client: TelegramClient, naps: Naps
) -> None:
    """Whether it is still wanted is asked once more when its time has come."""
    other = Address("telegram", "2", "2")
    await client.turn(other)
    fake.fail("sendMessage", too_many(3600))
    await client.send(ZHEN, TIP)
    sent = await client.send(other, TIP)
    assert (sent.outcome, sent.reason) == (Outcome.RETRY, "held back")
    assert sent.retry_after == pytest.approx(3600, abs=5)
    assert len(fake.said()) == 1


async def test_a_hint_does_not_disturb_a_429(fake: FakeTelegram, client: TelegramClient) -> None:
    typing = Call("sendChatAction", {"chat_id": 42, "action": "typing"})
    await client.hint(typing)
    fake.fail("sendMessage", too_many(7))
    await client.send(ZHEN, TIP)
    await client.hint(typing)
    assert len(fake.said("sendChatAction")) == 1


async def test_an_answer_is_said_again_after_a_429(fake: FakeTelegram, client: TelegramClient, naps: Naps) -> None:
    fake.fail("sendMessage", too_many(3))
    await client.say(Call("sendMessage", {"chat_id": 42, "text": "在"}))
    assert len(fake.said()) == 2
    assert sum(naps.asked) == pytest.approx(3.0, abs=0.1)


HARMLESS = [NOT_MODIFIED, Fault(400, "Bad Request: query is too old and response timeout expired"), BLOCKED]


@pytest.mark.parametrize("fault", HARMLESS)
async def test_harmless_failures_are_not_worth_a_line(
    fake: FakeTelegram, client: TelegramClient, fault: Fault, caplog: pytest.LogCaptureFixture
) -> None:
    fake.fail("editMessageText", fault)
    await client.say(Call("editMessageText", {"chat_id": 42, "message_id": 1, "text": "同上"}))
    assert len(fake.said()) == 1
    assert caplog.messages == []


async def test_a_lost_answer_is_logged_without_its_text_and_place(
    fake: FakeTelegram, client: TelegramClient, caplog: pytest.LogCaptureFixture
) -> None:
    fake.fail("sendMessage", DROP)
    await client.say(Call("sendMessage", {"chat_id": 482910377, "text": "私事"}))
    assert caplog.messages == ["sendMessage failed: connection lost"]


async def test_the_token_is_never_logged(
    fake: FakeTelegram, client: TelegramClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    for _, fault, _ in FAILURES:
        fake.fail("sendMessage", fault)
        await client.say(Call("sendMessage", {"chat_id": 482910377, "text": "私事"}))
    await client.send(ZHEN, TIP)
    assert "sendMessage failed" in caplog.text
    for secret in (TOKEN, TOKEN.partition(":")[2], "私事", "482910377"):
        assert secret not in caplog.text


async def test_updates_that_nobody_understands_are_passed_over(
    fake: FakeTelegram, client: TelegramClient, caplog: pytest.LogCaptureFixture
) -> None:
    odd = {"update_id": 875214030, "message": {"message_id": "forty", "text": "私事"}}
    fake.push(payload("private_text"), odd)
    batch = await client.updates(None)
    assert [update.update_id for update in batch.updates] == [875214001]
    assert batch.last == 875214030
    assert "私事" not in caplog.text


async def test_conflicts_reach_the_caller(fake: FakeTelegram, client: TelegramClient) -> None:
    fake.fail("getUpdates", CONFLICT)
    with pytest.raises(TelegramError, match="other getUpdates"):
        await client.updates(None)


async def test_the_proxy_of_the_environment_is_used(fake: FakeTelegram, monkeypatch: pytest.MonkeyPatch) -> None:
    async with serving(fake) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.removesuffix("/bot"))
        client = TelegramClient(TOKEN, "http://api.example/bot")
        assert await client.send(ZHEN, TIP) == Sent(Outcome.SENT)
        await client.close()


async def test_a_proxy_that_is_down_has_sent_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        monkeypatch.setenv("ALL_PROXY", f"http://127.0.0.1:{closed.getsockname()[1]}")
        client = TelegramClient(TOKEN, "https://api.example/bot")
        assert await client.send(ZHEN, TIP) == Sent(Outcome.RETRY, 5.0, "not connected")
        await client.close()


async def test_an_exception_of_the_proxy_rule_is_kept(fake: FakeTelegram, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    async with serving(fake) as api_base:
        client = TelegramClient(TOKEN, api_base)
        assert await client.send(ZHEN, TIP) == Sent(Outcome.SENT)
        await client.close()


async def test_who_speaks_no_tls_has_been_told_nothing(fake: FakeTelegram) -> None:
    async with serving(fake) as api_base:
        client = TelegramClient(TOKEN, api_base.replace("http:", "https:"))
        assert await client.send(ZHEN, TIP) == Sent(Outcome.RETRY, 5.0, "not connected")
        await client.close()
    assert fake.calls == []


async def test_no_free_connection_is_no_doubt(fake: FakeTelegram, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_module, "_CONNECTIONS", 1)
    monkeypatch.setattr(transport_module, "CONNECT_SECONDS", 0.2)
    async with serving(fake) as api_base:
        client = TelegramClient(TOKEN, api_base)
        fake.fail("sendMessage", HANG)
        hanging = asyncio.create_task(client.send(ZHEN, TIP))
        await fake.wait_for("sendMessage")
        assert await client.send(ZHEN, TIP) == Sent(Outcome.RETRY, 5.0, "not connected")
        fake.close()
        await hanging
        await client.close()


async def test_more_than_the_free_rate_is_paid_for(fake: FakeTelegram) -> None:
    async with serving(fake) as api_base:
        client = TelegramClient(TOKEN, api_base, paid=True)
        assert await client.send(ZHEN, TIP) == Sent(Outcome.SENT)
        await client.say(Call("sendMessage", {"chat_id": 42, "text": "在"}))
        await client.close()
    assert [call.params.get("allow_paid_broadcast") for call in fake.said()] == [True, None]
