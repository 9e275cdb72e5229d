"""The API client against a platform that speaks HTTP, on both engines where the database matters."""

import asyncio
import logging
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import select

from bot.channels.wechat import client as client_module
from bot.channels.wechat.client import Done, WeChatClient
from bot.channels.wechat.clock import PlatformClock
from bot.channels.wechat.outcomes import CallFailed
from bot.messages import Outcome
from bot.storage.channels import ChannelRecords
from bot.storage.database import Database
from bot.storage.tables import metadata
from tests.conftest import Clock
from tests.fakes.wechat import APP_ID, CUSTOM_SEND, DROP, HANG, QUOTA, SECRET, TOKEN, FakeWeChat, Fault

KEY = b"k" * 32
OPENID = "oDF3iY9P32sK_5GgYiRkjsCo45bk"
HELLO = {"touser": OPENID, "msgtype": "text", "text": {"content": "你好"}}


class Process:
    """A service's client of the fake; another on the same database is another process."""

    def __init__(self, fake: FakeWeChat, base: str, database: Database, key: bytes = KEY, secret: str = SECRET) -> None:
        self.platform = PlatformClock()
        self.client = WeChatClient(
            app_id=APP_ID,
            secret=secret,
            api_base=base,
            records=ChannelRecords(database, "wechat"),
            key=key,
            clock=fake.clock,
            platform=self.platform,
        )

    async def send(self) -> None:
        await self.client.call(CUSTOM_SEND, HELLO, Done)

    async def failure(self) -> CallFailed:
        with pytest.raises(CallFailed) as failed:
            await self.send()
        return failed.value


@pytest.fixture
async def fake(clock: Clock) -> FakeWeChat:
    fake = FakeWeChat(clock)
    fake.said(OPENID)
    return fake


@pytest.fixture
async def process(fake: FakeWeChat, base: str, database: Database) -> AsyncIterator[Process]:
    process = Process(fake, base, database)
    yield process
    await process.client.close()


async def test_ten_callers_fetch_one_token(fake: FakeWeChat, process: Process) -> None:
    fake.delay_seconds = 0.02
    await asyncio.gather(*(process.client.call(QUOTA, {"cgi_path": CUSTOM_SEND}, Done) for _ in range(10)))
    assert fake.fetches == [False]


async def test_a_token_is_kept_until_five_minutes_before_its_end(
    fake: FakeWeChat, process: Process, clock: Clock
) -> None:
    await process.send()
    clock.passes(seconds=7200 - 301)
    await process.send()
    assert fake.fetches == [False]
    clock.passes(seconds=2)
    await process.send()
    assert fake.fetches == [False, False]
    assert fake.refused == []


async def test_two_processes_share_a_token(fake: FakeWeChat, base: str, process: Process, database: Database) -> None:
    await process.send()
    other = Process(fake, base, database)
    await other.send()
    await other.client.close()
    assert fake.fetches == [False]


async def test_the_database_holds_no_token_that_can_be_read(
    fake: FakeWeChat, base: str, process: Process, database: Database
) -> None:
    await process.send()
    token = fake.calls[-1].token
    async with database.reading() as connection:
        for table in metadata.tables.values():
            for row in await connection.execute(select(table)):
                assert token not in str(tuple(row))
                assert token.encode() not in b"".join(value for value in row if isinstance(value, bytes))
    stranger = Process(fake, base, database, key=b"x" * 32)
    await stranger.send()
    await stranger.client.close()
    assert fake.fetches == [False, False], "what another key has sealed is as good as nothing"


async def test_a_refused_token_is_renewed_once(fake: FakeWeChat, process: Process) -> None:
    await process.send()
    fake.revoke_tokens()
    await asyncio.gather(*(process.client.call(QUOTA, {"cgi_path": CUSTOM_SEND}, Done) for _ in range(10)))
    assert fake.fetches == [False, False]
    assert {call.token[0] for call in fake.calls[-10:]} == {"1"}


@pytest.mark.parametrize("errcode", [40001, 40014, 42001])
async def test_whoever_lags_behind_takes_the_token_of_the_other_process(
    fake: FakeWeChat, base: str, process: Process, database: Database, errcode: int
) -> None:
    other = Process(fake, base, database)
    await process.send()
    await other.send()
    fake.revoke_tokens()
    await process.send()
    fake.fail(CUSTOM_SEND, Fault(errcode))
    await other.send()
    await other.client.close()
    assert fake.fetches == [False, False]


async def test_a_token_that_is_refused_for_good_ends(fake: FakeWeChat, process: Process, clock: Clock) -> None:
    """One renewal, at last by force, one call more, then a failure; the next call within 30 s forces nothing."""
    fake.fail(CUSTOM_SEND, Fault(40001), times=100)
    failed = await process.failure()
    assert (failed.errcode, failed.sent.outcome) == (40001, Outcome.RETRY)
    assert fake.fetches == [False, False, True]
    assert len([call for call in fake.calls if call.path == CUSTOM_SEND]) == 2

    for _ in range(5):
        assert (await process.failure()).sent.outcome is Outcome.RETRY
    assert fake.fetches.count(True) == 1
    clock.passes(seconds=30)
    await process.failure()
    assert fake.fetches.count(True) == 2


async def test_no_more_than_twenty_tokens_a_day_are_forced(fake: FakeWeChat, process: Process, clock: Clock) -> None:
    fake.fail(CUSTOM_SEND, Fault(40001), times=1000)
    for _ in range(22):
        await process.failure()
        clock.passes(seconds=31)
    assert fake.fetches.count(True) == 20
    clock.passes(days=1)
    await process.failure()
    assert fake.fetches.count(True) == 21


@pytest.mark.parametrize(
    ("fault", "outcome", "reason"),
    [
        (Fault(45015), Outcome.REFUSED, "window-closed"),
        (Fault(45047), Outcome.REFUSED, "window-spent"),
        (Fault(43101), Outcome.REFUSED, "no-consent"),
        (Fault(48001), Outcome.REFUSED, "not-authorised"),
        (Fault(40003), Outcome.UNREACHABLE, "unknown-person"),
        (Fault(45009), Outcome.RETRY, "api-quota"),
        (Fault(-1), Outcome.RETRY, "busy"),
        (Fault(40125), Outcome.RETRY, "credentials"),
        (Fault(61451), Outcome.REFUSED, "errcode 61451"),
        (DROP, Outcome.UNKNOWN, "connection lost"),
        (Fault(page="<html>a proxy's page</html>"), Outcome.UNKNOWN, "unreadable answer"),
        (Fault(page="[]"), Outcome.UNKNOWN, "unreadable answer"),
        (Fault(status=502, page="Bad Gateway"), Outcome.UNKNOWN, "unreadable answer"),
        (Fault(status=500), Outcome.UNKNOWN, "unreadable answer"),
    ],
)
async def test_what_became_of_it(process: Process, fake: FakeWeChat, fault: Fault, outcome: str, reason: str) -> None:
    fake.fail(CUSTOM_SEND, fault)
    sent = (await process.failure()).sent
    assert (sent.outcome, sent.reason) == (outcome, reason)
    assert bool(sent.retry_after) == (sent.outcome is Outcome.RETRY)


async def test_a_timeout_is_unknown(process: Process, fake: FakeWeChat, monkeypatch: pytest.MonkeyPatch) -> None:
    await process.send()
    monkeypatch.setattr(client_module, "ANSWER_SECONDS", 0.1)
    fake.fail(CUSTOM_SEND, HANG)
    sent = (await process.failure()).sent
    assert (sent.outcome, sent.reason) == (Outcome.UNKNOWN, "timeout")


async def test_without_a_token_nothing_was_sent(
    process: Process, fake: FakeWeChat, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client_module, "ANSWER_SECONDS", 0.1)
    for fault in (HANG, DROP, Fault(status=502, page="Bad Gateway"), Fault(-1), Fault(40164)):
        fake.fail(TOKEN, fault)
        assert (await process.failure()).sent.outcome is Outcome.RETRY
    await process.send()


async def test_a_platform_that_is_not_there(fake: FakeWeChat, database: Database) -> None:
    process = Process(fake, "http://127.0.0.1:1", database)
    sent = (await process.failure()).sent
    await process.client.close()
    assert (sent.outcome, sent.reason) == (Outcome.RETRY, "not connected")


async def test_no_secret_in_the_log(fake: FakeWeChat, process: Process, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    logging.getLogger("httpx").setLevel(logging.WARNING)
    logging.getLogger("httpcore").setLevel(logging.WARNING)
    await process.send()
    for fault in (Fault(40001), Fault(45015), DROP, Fault(status=502, page=f"no way to {fake.calls[-1].token}")):
        fake.fail(CUSTOM_SEND, fault, times=2)
        logging.getLogger("tests").error("it failed", exc_info=await process.failure())
    token = fake.calls[-1].token
    assert "it failed" in caplog.text
    for secret in (token, "token_of_the_platform", SECRET, OPENID):
        assert secret not in caplog.text


async def test_every_answer_tells_the_time(fake: FakeWeChat, process: Process, clock: Clock) -> None:
    await process.send()
    assert abs((process.platform.now() - clock.now).total_seconds()) < 2
