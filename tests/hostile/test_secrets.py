"""A canary in each secret setting, a real service at DEBUG, and everything that can go wrong: nobody hears one sing."""

import asyncio
import base64
import json
import sqlite3
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import quote, quote_plus, unquote

import asyncpg
import httpx
import pytest

from tests.channels.telegram import recorded as telegram
from tests.channels.wechat import payloads_recorded as wechat
from tests.channels.wechat.official_account import APP_ID, OPENID, Call, encrypted, signature, signed_call
from tests.command_line import Shell, small_content
from tests.conftest import POSTGRES
from tests.fakes import wechat as fake_wechat
from tests.fakes.loopback import listening
from tests.fakes.telegram import DROP, FakeTelegram, Fault, serving, too_many
from tests.fakes.wechat import CUSTOM_SEND, QUOTA, FakeWeChat
from tests.fakes.wechat import DROP as WECHAT_DROP
from tests.fakes.wechat import TOKEN as STABLE_TOKEN
from tests.fakes.wechat import Fault as WeChatFault
from tests.faults.service import Service

WEBHOOK_SECRET = "canary-webhook_9f2c51"
CANARIES = {
    "TELEGRAM_BOT_TOKEN": "7000000001:AAcanaryTelegram+/=7d1e42",
    "TELEGRAM_WEBHOOK_SECRET": WEBHOOK_SECRET,
    "WECHAT_APP_SECRET": "canaryAppSecret&=4b8a7c",
    "WECHAT_TOKEN": "canaryWechatToken83ac",
    "WECHAT_ENCODING_AES_KEY": "canaryAesKey0123456789abcdefghijklmnopqrstu",
    "WECHAT_PREVIOUS_AES_KEY": "canaryOldKey9876543210zyxwvutsrqponmlkjihgf",
    "SECRET_KEY": "canary secret/key 51b0e2 of the operator",
    "OPERATOR_TOKEN": "canaryOperator!6e03d9",
}
PASSWORD = "canaryPassword%2F77aa"
LOCKED_SECONDS = 6.0  # longer than the database waits for a lock
UNAUTHORIZED = Fault(401, "Unauthorized")


def forms_of(secret: str) -> set[bytes]:
    """How a secret may be written: as it is, in an address, in base64 at any place, in hexadecimal, in JSON."""
    written = {
        secret,
        quote(secret),
        quote(secret, safe=""),
        quote_plus(secret),
        json.dumps(secret)[1:-1],
        secret.encode().hex(),
    }
    for shift in range(3):
        encoded = base64.b64encode(b"\0" * shift + secret.encode()).decode()
        written.add(encoded[4 if shift else 0 : len(encoded) - 4])
    return {form.encode() for form in written}


def parts_of(secret: str) -> tuple[str, ...]:
    """A bot's token is as secret without the number of the bot."""
    return (secret, secret.partition(":")[2]) if ":" in secret else (secret,)


def heard(canaries: dict[str, str], places: dict[str, bytes]) -> list[str]:
    """Which canary sings where."""
    return [
        f"{name} in {place}, near {text[max(text.find(form) - 80, 0) :][:200]!r}"
        for name, secret in canaries.items()
        for form in {form for part in parts_of(secret) for form in forms_of(part)}
        for place, text in places.items()
        if form in text
    ]


@pytest.mark.parametrize("name", CANARIES)
def test_a_canary_that_sings_is_heard(name: str) -> None:
    secret = CANARIES[name]
    for place, text in {
        "as it is": f"could not log in with {secret}",
        "in an address": f"GET https://api.example/bot{quote(secret, safe='')}/getMe",
        "in base64": base64.b64encode(f"user:{secret}".encode()).decode(),
        "in JSON": json.dumps({"secret": secret}),
    }.items():
        assert heard(CANARIES, {place: text.encode()})


class Journey:
    """Everything that anybody says to the service, and all that is heard of it."""

    def __init__(self, service: Service, http: httpx.AsyncClient) -> None:
        self.service = service
        self.heard: dict[str, bytes] = {}
        self.statuses: list[int] = []
        self._http = http
        self._count = 0

    async def ask(self, method: str, path: str, **more: object) -> httpx.Response:
        """One request; what comes back is kept."""
        response = await self._http.request(method, path, **more)  # type: ignore[arg-type]
        self._count += 1
        headers = repr(response.headers.multi_items()).encode()
        self.heard[f"answer {self._count} to {method} {path}"] = headers + response.content
        self.statuses.append(response.status_code)
        return response

    async def telegram(self, content: bytes, secret: str = WEBHOOK_SECRET) -> httpx.Response:
        headers = {"X-Telegram-Bot-Api-Secret-Token": secret}
        return await self.ask("POST", "/telegram/webhook", content=content, headers=headers)

    async def says(self, text: str, number: int, user: int = 482910377) -> httpx.Response:
        update = telegram.payload("private_text") | {"update_id": number}
        update["message"]["text"] = text
        update["message"]["from"]["id"] = update["message"]["chat"]["id"] = user
        return await self.telegram(json.dumps(update).encode())

    async def wechat(self, made: Call) -> httpx.Response:
        return await self.ask("POST", "/wechat/callback", params=made.query, content=made.body)

    async def command(self, *arguments: str) -> None:
        code, output = await self.service.command(*arguments)
        self.heard[f"{arguments} ended with {code}"] = output


def on_wechat(xml: str, key: str = CANARIES["WECHAT_ENCODING_AES_KEY"]) -> Call:
    """As the platform makes it, with the canaries as token and key."""
    stamp, nonce, sealed = str(int(time.time())), "n", encrypted(xml.encode(), aes_key=key)
    made = signed_call(sealed, timestamp=stamp, nonce=nonce)
    token = CANARIES["WECHAT_TOKEN"]
    signed = {
        "signature": signature(stamp, nonce, token=token),
        "msg_signature": signature(stamp, nonce, sealed, token=token),
    }
    return Call(made.query | signed, made.body)


@pytest.fixture
async def platforms(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[tuple[FakeTelegram, str, FakeWeChat, str]]:
    """Both, with faults that repeat in their pages what they were called with, as proxies do."""
    from bot.clock import utc_now

    monkeypatch.setattr(fake_wechat, "SECRET", CANARIES["WECHAT_APP_SECRET"])
    bot, account = FakeTelegram(token=CANARIES["TELEGRAM_BOT_TOKEN"]), FakeWeChat(utc_now)
    async with serving(bot) as bot_base, listening(account) as account_base:
        yield bot, bot_base, account, account_base
        account.close()


def echo(status: int) -> Fault:
    """A proxy's page that repeats the address."""
    return Fault(page=f"<html>{status}: cannot reach /bot{CANARIES['TELEGRAM_BOT_TOKEN']}/x {WEBHOOK_SECRET}</html>")


@pytest.mark.timeout(600)
async def test_no_canary_sings(
    tmp_path: Path, database_url: str, platforms: tuple[FakeTelegram, str, FakeWeChat, str]
) -> None:
    bot, bot_base, account, account_base = platforms
    for fault in (UNAUTHORIZED, echo(502), DROP, too_many(1)):
        bot.fail("getMe", fault)
    bot.fail("setWebhook", echo(502))
    page = f'{{"secret": "{CANARIES["WECHAT_APP_SECRET"]}"}}'
    for wrong in (WeChatFault(page=page), WeChatFault(status=502, page=page), WeChatFault(errcode=40125), WECHAT_DROP):
        account.fail(STABLE_TOKEN, wrong)
    account.fail(QUOTA, WeChatFault(errcode=40001))

    settings = {
        **CANARIES,
        "WECHAT_API_BASE": account_base,
        "WECHAT_VERIFIED": "true",
        "WECHAT_ACCOUNT": "service",
        "OPERATOR_ACCOUNTS": "terminal:mei",
        "LOG_LEVEL": "DEBUG",
    }
    # A server that trusts whoever comes does not ask for it.
    with_password = database_url.replace("postgres@", f"postgres:{PASSWORD}@")
    service = Service(tmp_path, bot_base, "webhook", database=with_password, **settings)
    await service.start()
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{service.port}", timeout=60) as http:
            journey = Journey(service, http)
            await _a_day(journey, bot, account)
            await _pages(journey)
            await _without_database(journey)
            await journey.command("doctor")
            await journey.command("recount", "nanyue-stories")
            await journey.command("unanswered")
    finally:
        await service.close()

    places = {**journey.heard, **await kept(service), "log": service.log().encode()}
    assert any("vote" in text.decode("utf-8", "replace") for text in places.values()), "the rows are looked through"
    assert heard({**CANARIES, "DATABASE_URL": PASSWORD, "its password": unquote(PASSWORD)}, places) == []
    assert {200, 400, 403, 404, 405, 413, 503} <= set(journey.statuses), "all that can go wrong went wrong"
    told = service.log()
    for proof in ("refused a call to the WeChat callback", "does not accept the token", "unreadable answer"):
        assert proof in told


async def _a_day(journey: Journey, bot: FakeTelegram, account: FakeWeChat) -> None:
    account.said(OPENID)
    for number, text in enumerate(
        ("/start", "紫荆云陪伴是什么？", "投票 3", "订阅 8点", "关于", "/我的", "删除"), start=1
    ):
        await journey.says(text, number)
    await journey.says("订阅 9点", 20, user=482910378)
    for name in telegram.NAMES:
        for fault in (UNAUTHORIZED, echo(502)):
            bot.fail("answerCallbackQuery", fault)
        await journey.telegram(telegram.body(name))
    near = (WEBHOOK_SECRET[:-1], WEBHOOK_SECRET.upper(), "", "x" * 300)
    for secret in near:
        await journey.telegram(telegram.body("tap"), secret)
    for body in (b"", b"{", b'{"update_id": "1"}', b"\xff", b" " * (1024 * 1024 + 1)):
        await journey.telegram(body)

    for xml in (wechat.TEXT, wechat.MENU_TEXT, wechat.SUBSCRIBE, wechat.CLICK_COMMAND, wechat.IMAGE, wechat.VIEW):
        made = on_wechat(xml)
        await journey.wechat(made)
        await journey.wechat(Call(made.query | {"msg_signature": "0" * 40}, made.body))
        await journey.wechat(Call(made.query, xml.encode()))
    await journey.wechat(on_wechat(wechat.TEXT.replace("145<", "999<"), CANARIES["WECHAT_PREVIOUS_AES_KEY"]))
    await journey.wechat(on_wechat("no xml"))
    await journey.wechat(signed_call("QUJD"))
    made = on_wechat(wechat.TEXT.replace("紫荆云陪伴是什么？", "订阅 8点").replace("145<", "777<"))
    await journey.wechat(made)

    for fault in (UNAUTHORIZED, echo(502), DROP):
        bot.fail("sendMessage", fault)
    for wrong in (WeChatFault(errcode=40001), WeChatFault(status=502, page=CANARIES["WECHAT_APP_SECRET"]), WECHAT_DROP):
        account.fail(CUSTOM_SEND, wrong)
    await journey.command(
        "broadcast", "--text", "课改到二楼。", "--yes", "--as", "mei", "--port", str(journey.service.port)
    )
    await asyncio.sleep(4)  # it is planned and sent
    await journey.command("broadcast", "status", "1")


async def _pages(journey: Journey) -> None:
    for path in (
        "/",
        "/?lang=en",
        "/stories",
        "/stories/1",
        "/nothing",
        "/polls/nanyue-stories",
        "/api/polls/nanyue-stories",
    ):
        await journey.ask("GET", path)
    for path in (
        "/readyz",
        "/metrics",
        "/livez",
        "/telegram/webhook",
        "/wechat/callback",
        "/wechat/callback?timestamp=1",
    ):
        await journey.ask("GET", path)
    for content in (
        b"",
        b"{",
        b'{"text": "\xff"}',
        json.dumps({"text": "紫荆云陪伴"}).encode(),
        b"x" * (1024 * 1024 + 1),
    ):
        await journey.ask("POST", "/api/chat", content=content, headers={"Content-Type": "application/json"})
    for word in ("Bearer x", f"Bearer {CANARIES['OPERATOR_TOKEN']}", "Basic eA=="):
        await journey.ask("POST", "/api/review", content=b"{}", headers={"Authorization": word})


async def _without_database(journey: Journey) -> None:
    """Votes are put off, and the log tells why."""
    out_of_order = _locked if journey.service.database.startswith("sqlite") else _closed
    async with out_of_order(journey.service.database):
        answers = await asyncio.gather(
            journey.says("投票 4", 100),
            journey.wechat(on_wechat(wechat.MENU_TEXT.replace("146<", "555<"))),
            journey.ask("POST", "/api/chat", json={"text": "投票 5"}),
            journey.ask("GET", "/readyz"),
        )
    assert 503 in [answer.status_code for answer in answers]


@asynccontextmanager
async def _locked(database: str) -> AsyncIterator[None]:
    """Another program holds the file."""
    lock = sqlite3.connect(database.removeprefix("sqlite:///"))
    lock.execute("BEGIN EXCLUSIVE")
    try:
        yield
    finally:
        lock.rollback()
        lock.close()


@asynccontextmanager
async def _closed(database: str) -> AsyncIterator[None]:
    """The server lets nobody in, and sends away who is."""
    name = database.rpartition("/")[2]
    server = await asyncpg.connect(POSTGRES)
    try:
        await server.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
        await server.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", name)
        yield
    finally:
        await server.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')
        await server.close()


async def kept(service: Service) -> dict[str, bytes]:
    """All files of the service, and the rows of a database that is no file."""
    places = {f"file {path.name}": path.read_bytes() for path in service.data.rglob("*") if path.is_file()}
    if not service.database.startswith("sqlite"):
        connection = await asyncpg.connect(service.database)
        try:
            for (table,) in await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'"):
                rows = await connection.fetch(f'SELECT t::text FROM "{table}" t')
                places[f"table {table}"] = "\n".join(row[0] for row in rows).encode()
        finally:
            await connection.close()
    return places


@pytest.mark.parametrize("command", [("run",), ("migrate",), ("doctor",), ("recount", "nanyue-stories")])
@pytest.mark.parametrize("address", ["127.0.0.1:9/db", "127.0.0.1:99999/db"])
def test_the_databases_password_is_told_to_nobody(tmp_path: Path, command: Iterable[str], address: str) -> None:
    """Neither where nobody listens nor where the setting is wrong."""
    canaries = {**CANARIES, "DATABASE_URL": PASSWORD, "its password": "canaryPassword/77aa"}
    settings = {
        **CANARIES,
        "CONTENT_DIR": str(small_content(tmp_path)),
        "DATABASE_URL": f"postgresql://postgres:{PASSWORD}@{address}",
        "LOG_LEVEL": "DEBUG",
        "TELEGRAM_API_BASE": "http://127.0.0.1:9/bot",
        "WECHAT_API_BASE": "http://127.0.0.1:9",
        "WECHAT_APP_ID": APP_ID,
    }
    ended = Shell(tmp_path, **settings)(*command)
    assert ended.returncode > 0
    assert "atabase" in ended.stdout + ended.stderr or "DATABASE_URL" in ended.stdout + ended.stderr
    assert heard(canaries, {"output": ended.stdout.encode(), "log": ended.stderr.encode()}) == []
