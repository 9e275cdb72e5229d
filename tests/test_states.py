"""What can be wrong with a running service: what /readyz, /metrics and `doctor` say of each."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from msgspec import Struct
from sqlalchemy import Connection

from bot import turns
from bot.app import App
from bot.clock import utc_now
from bot.commands.doctor import _examine
from bot.config import Settings
from bot.domain.desk import Actor
from bot.domain.switch import Turned
from bot.storage import database as database_module
from tests.command_line import small_content
from tests.fakes.dead import dead
from tests.fakes.loopback import listening
from tests.fakes.telegram import TOKEN, FakeTelegram, serving
from tests.shipped import shipped

SAID_WITHIN_SECONDS = 10


class House(Struct):
    """A service that runs, as its web pages and its commands see it."""

    app: App
    settings: Settings
    http: httpx.AsyncClient


Trouble = Callable[[House], Awaitable[None]]


async def none(house: House) -> None:
    pass


async def read_only(house: House) -> None:
    """In the place of a disk that was mounted so: tests may be run by root, who may write everywhere."""
    await house.app.database._writing.transact(lambda c: c.exec_driver_sql("PRAGMA query_only = ON"))


async def full_disk(house: House) -> None:
    """In the place of a small disk, which only root could mount."""

    def fill(connection: Connection) -> None:
        free = connection.exec_driver_sql("PRAGMA freelist_count").scalar() or 0
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
        connection.exec_driver_sql("CREATE TABLE ballast (bytes BLOB)")
        connection.exec_driver_sql(f"INSERT INTO ballast VALUES (zeroblob({4096 * free}))")
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")

    await house.app.database._writing.transact(fill)


async def broken_content(house: House) -> None:
    file = house.settings.content_dir / "phrases" / "home.toml"
    file.write_text(file.read_text(encoding="utf-8") + "\n[oops", encoding="utf-8")
    await house.app.edition.refresh()


async def crowd(house: House) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(turns, "MOST_PRESENT", 0)
        said = await house.http.post("/api/chat", json={"text": "今日一招"})
    assert (said.status_code, said.headers["Retry-After"]) == (503, "3")


async def halted(house: House) -> None:
    assert await house.app.switch.turn(Turned("halt", Actor("terminal:lan"), utc_now())) == "done"


def slow_clock(fake: FakeTelegram) -> None:
    """The platform's is ten minutes ahead of ours."""
    fake.clock = lambda: utc_now() + timedelta(minutes=10)


def revoke_token(fake: FakeTelegram) -> None:
    fake.token = "7000000001:AAAnotherToken"


class State(Struct, frozen=True):
    """How it comes about, and what is said then: by /readyz of the `component`, and by `doctor`."""

    name: str
    component: str
    sentence: str
    doctor: tuple[str, ...]
    trouble: Trouble = none
    telegram: Callable[[FakeTelegram], None] = lambda _: None
    away: bool = False
    status: int = 200


STATES = (
    State("all well", "", "", ("✓ 数据库 database", "✓ 服务 service", "✓ Telegram: @haowangmin_test_bot")),
    State(
        "database read-only",
        "database",
        "the database cannot be used: it can only be read",
        ("✗ 数据库 database: 只能读，不能写 / it can only be read", "→ 看文件和文件夹的权限"),
        trouble=read_only,
        status=503,
    ),
    State(
        "disk full",
        "database",
        "the database cannot be used: its disk is full",
        ("✗ 数据库 database: 磁盘满了 / its disk is full", "→ 腾出空间"),
        trouble=full_disk,
        status=503,
    ),
    State(
        "clock off",
        "clock",
        "s behind Telegram's: set it (NTP)",
        ("✗ 时钟 clock: 比 Telegram 的慢", "s behind Telegram's", "→ 请对时（NTP） / set it (NTP)"),
        telegram=slow_clock,
    ),
    State(
        "token revoked",
        "telegram",
        "Telegram does not accept the token; check TELEGRAM_BOT_TOKEN",
        ("✗ Telegram: 不认这个 token / rejects the token", "→ 到 @BotFather 重新拿"),
        telegram=revoke_token,
    ),
    State(
        "API down",
        "telegram",
        "Telegram cannot be reached (not connected); check the network",
        ("✗ Telegram: 连不上 / cannot be reached", "→ 看网络、代理和 TELEGRAM_API_BASE"),
        away=True,
    ),
    State(
        "content broken",
        "content",
        "the edited content has mistakes, the edition before stays; run: haowangmin check",
        ("✗ 内容 content: 1 处错误 / 1 mistakes", "→ haowangmin check"),
        trouble=broken_content,
    ),
    State(
        "all sending halted",
        "sending",
        "answers are given nevertheless; haowangmin switch go-on",
        ("✗ 发送 sending: terminal:lan 从 ", "→ haowangmin switch go-on"),
        trouble=halted,
    ),
    State(
        "queue long",
        "queue",
        "too many people at once: 0 messages are here, and some were sent away in the last minute",
        ("✗ 排队 queue: 人太多", "→ 等一等"),
        trouble=crowd,
    ),
)


@asynccontextmanager
async def house_in(state: State, folder: Path) -> AsyncIterator[House]:
    fake = FakeTelegram()
    state.telegram(fake)
    async with AsyncExitStack() as stack:
        base = f"{await stack.enter_async_context(dead('refuses'))}/bot" if state.away else ""
        settings = Settings(
            data_dir=folder / "data",
            content_dir=small_content(folder),
            telegram_bot_token=TOKEN,
            telegram_api_base=base or await stack.enter_async_context(serving(fake)),
        )
        app = await stack.enter_async_context(App(settings, shipped()).running())
        address = await stack.enter_async_context(listening(app.asgi))
        stack.callback(fake.close)
        here = settings.model_copy(update={"port": int(address.rpartition(":")[2])})
        yield House(app, here, await stack.enter_async_context(httpx.AsyncClient(base_url=address)))


async def told(house: House, component: str, sentence: str) -> httpx.Response:
    """What /readyz answers, as soon as it says this."""
    async with asyncio.timeout(SAID_WITHIN_SECONDS):
        while True:
            ready = await house.http.get("/readyz")
            wrong = {name: said for name, said in ready.json().items() if said != "ready"}
            if list(wrong) == ([component] if component else []) and sentence in wrong.get(component, ""):
                return ready
            await asyncio.sleep(0.1)


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.name)
async def test_what_is_said_of_it(
    state: State, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database_module, "PULSE_SECONDS", 0.0)
    async with house_in(state, tmp_path) as house:
        await state.trouble(house)
        ready = await told(house, state.component, state.sentence)
        assert ready.status_code == state.status
        figures = (await house.http.get("/metrics")).text.splitlines()
        for component, said in ready.json().items():
            assert f'haowangmin_ready{{component="{component}"}} {float(said == "ready")}' in figures
        code = await _examine(house.settings)
        lines = capsys.readouterr().out
    assert code == (1 if state.component else 0), lines
    for part in state.doctor:
        assert part in lines
    assert lines.count("✗") == (1 if state.component else 0), lines
