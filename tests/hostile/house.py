"""The whole app with both webhooks, called as a server calls it, without a socket in between."""

import logging
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from msgspec import Struct

from bot.app import App
from bot.channels.telegram.webhook import PATH
from bot.config import Settings
from tests.channels.wechat.official_account import AES_KEY, APP_ID
from tests.channels.wechat.official_account import TOKEN as WECHAT_TOKEN
from tests.conftest import Clock
from tests.fakes.telegram import TOKEN
from tests.shipped import shipped

TELEGRAM = PATH
WECHAT = "/wechat/callback"
SECRET = "s3cret_for-tests"
SECRET_HEADER = (b"x-telegram-bot-api-secret-token", SECRET.encode())
NOBODY = "http://127.0.0.1:9/bot"  # nobody listens there: what the channel says by itself is refused at once


class Heard(Struct, frozen=True):
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes


class House:
    """`errors` are the records of level ERROR and above: a fault that somebody got an apology for is one."""

    def __init__(self, app: App) -> None:
        self.app = app
        self.errors = Errors()

    async def post_telegram(self, body: bytes, headers: Iterable[tuple[bytes, bytes]] = (SECRET_HEADER,)) -> Heard:
        return await self.call("POST", TELEGRAM, b"", headers, body)

    async def post_wechat(self, query: dict[str, str] | bytes, body: bytes) -> Heard:
        return await self.call(
            "POST", WECHAT, query if isinstance(query, bytes) else urlencode(query).encode(), (), body
        )

    async def call(
        self, method: str, path: str, query: bytes, headers: Iterable[tuple[bytes, bytes]], body: bytes
    ) -> Heard:
        """One request; what the app raises is raised here."""
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "query_string": query,
            "root_path": "",
            "headers": [(b"host", b"bot.example"), (b"content-length", b"%d" % len(body)), *headers],
            "client": ("127.0.0.1", 40000),
            "server": ("127.0.0.1", 8080),
        }
        events: list[dict[str, Any]] = []
        waiting = [{"type": "http.request", "body": body}]

        async def receive() -> dict[str, Any]:
            return waiting.pop() if waiting else {"type": "http.disconnect"}

        async def send(event: Any) -> None:
            events.append(event)

        await self.app.asgi(scope, receive, send)
        names = {name.decode("latin-1"): value.decode("latin-1") for name, value in events[0]["headers"]}
        return Heard(events[0]["status"], names, b"".join(event.get("body", b"") for event in events))


class Errors(logging.Handler):
    """Keeps what is logged as an error."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.said.append(logging.Formatter().format(record))


@asynccontextmanager
async def house(folder: Path, clock: Clock, **changes: Any) -> AsyncIterator[House]:
    """The app at work; warnings are not kept, there may be a hundred thousand of them."""
    settings: dict[str, Any] = {
        "data_dir": folder / "data",
        "telegram_bot_token": TOKEN,
        "telegram_api_base": NOBODY,
        "telegram_mode": "webhook",
        "telegram_webhook_secret": SECRET,
        "public_url": "http://127.0.0.1:8080",
        "wechat_app_id": APP_ID,
        "wechat_token": WECHAT_TOKEN,
        "wechat_encoding_aes_key": AES_KEY,
    }
    (folder / "data").mkdir(exist_ok=True)
    async with App(Settings(**settings | changes), shipped(), clock).running() as app:
        made = House(app)
        logging.getLogger().addHandler(made.errors)
        logging.getLogger("bot").setLevel(logging.ERROR)
        try:
            yield made
        finally:
            logging.getLogger("bot").setLevel(logging.NOTSET)
            logging.getLogger().removeHandler(made.errors)
