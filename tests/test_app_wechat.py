"""The whole app on an Official Account: a daily tip from the sentence that subscribes to the message that arrives."""

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from bot.app import App, PushingChannel
from bot.channels.wechat.pushing import PushingWeChatChannel
from bot.config import Settings
from bot.domain.broadcasts import Confirmed
from bot.storage.broadcasts import BroadcastRecords
from bot.storage.tables import channel_records, outbox, subscriptions
from tests.channels.wechat import payloads_recorded as recorded
from tests.channels.wechat.official_account import AES_KEY, OPENID, call, read_answer
from tests.channels.wechat.official_account import TOKEN as WECHAT_TOKEN
from tests.conftest import Clock
from tests.fakes.wechat import APP_ID, CUSTOM_SEND, SECRET, FakeWeChat, listening
from tests.shipped import shipped


@pytest.fixture
async def fake(clock: Clock) -> AsyncIterator[tuple[FakeWeChat, str]]:
    fake = FakeWeChat(clock)
    async with listening(fake) as base:
        yield fake, base
        fake.close()


def settings_of(folder: Path, base: str, **changes: Any) -> Settings:
    account = {
        "wechat_app_id": APP_ID,
        "wechat_app_secret": SECRET,
        "wechat_token": WECHAT_TOKEN,
        "wechat_encoding_aes_key": AES_KEY,
        "wechat_api_base": base,
        "wechat_verified": True,
    }
    return Settings(data_dir=folder / "data", **{**account, **changes})


async def says(app: App, text: str) -> str:
    """A person writes to the account; the answer as they read it."""
    stamp = str(int(app.clock().timestamp()))
    xml = recorded.TEXT.replace("紫荆云陪伴是什么？", text).replace("1795350600", stamp)
    made = call(xml.replace("24840911220367145", f"{stamp}{len(text)}"), timestamp=stamp)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app.asgi), base_url="http://bot.example") as http:
        return read_answer(await http.post("/wechat/callback", params=made.query, content=made.body))["Content"]


async def posted(app: App, state: str) -> str:
    """Why the last message of the outbox came to its end, as soon as it is in this state."""
    async with asyncio.timeout(10):
        while True:
            async with app.database.reading() as connection:
                rows = await connection.execute(select(outbox.c.state, outbox.c.reason).order_by(outbox.c.id.desc()))
            row = rows.first()
            if row and row.state == state:
                return str(row.reason)
            await asyncio.sleep(0.02)


async def examine(app: App) -> None:
    channel = app.channels[0]
    assert isinstance(channel, PushingWeChatChannel)
    await channel._examine()


async def test_a_tip_arrives_in_the_window_and_is_honestly_refused_after_it(
    fake: tuple[FakeWeChat, str], tmp_path: Path, clock: Clock
) -> None:
    platform, base = fake
    async with App(settings_of(tmp_path, base), shipped(), clock).running() as app:
        platform.said(OPENID)
        assert "48 小时" in await says(app, "订阅 8点")
        clock.passes(hours=23)
        await app.schedule.tick(clock.now)
        assert await posted(app, "sent") == ""
        ((path, openid, text),) = platform.sent
        assert (path, openid) == (CUSTOM_SEND, OPENID)
        assert text.startswith("今日一招：")
        assert "“暂停”" in text
        assert (await app.health())["wechat"] == "ready"
        answers = re.findall("【([0-9])】(.+)", text)
        assert len(answers) >= 2
        assert "/" not in text.partition("小问题：")[2], "nobody is asked to type a command"
        platform.said(OPENID)
        assert re.search("答对了|更好的是", await says(app, "1"))

        clock.passes(days=1)
        platform.said(OPENID)
        assert "暂停" in await says(app, "暂停")
        clock.passes(seconds=1)
        assert "接着来" in await says(app, "继续")
        clock.passes(hours=72)
        await examine(app)  # three days went by in no time: the platform tells
        await app.schedule.tick(clock.now)
        assert await posted(app, "refused") == "window-closed"
        assert (len(platform.sent), platform.refused) == (1, [])


async def test_who_subscribed_before_the_account_was_verified_is_due_after_it(
    fake: tuple[FakeWeChat, str], tmp_path: Path, clock: Clock
) -> None:
    _, base = fake

    async def start(verified: bool, said: str = "") -> list[object]:
        settings = settings_of(tmp_path, base, wechat_verified=verified)
        async with App(settings, shipped(), clock).running() as app:
            if said:
                await says(app, said)
            async with app.database.reading() as connection:
                return list(await connection.scalars(select(subscriptions.c.due_at)))

    assert await start(verified=False, said="订阅 8点") == [None]
    (due,) = await start(verified=True)
    assert due == int(clock.now.timestamp() + 23 * 3600) * 1000
    assert await start(verified=True) == [due]
    assert await start(verified=False) == [None]
    clock.passes(seconds=1)
    assert await start(verified=False, said="暂停") == [None]
    assert await start(verified=True) == [None], "a paused one stays so"


async def test_forgetting_leaves_no_window(fake: tuple[FakeWeChat, str], tmp_path: Path, clock: Clock) -> None:
    _, base = fake
    async with App(settings_of(tmp_path, base), shipped(), clock).running() as app:
        await says(app, "你好")
        clock.passes(seconds=1)
        await says(app, "/forget yes")
        async with app.database.reading() as connection:
            users = await connection.scalars(select(channel_records.c.user))
        assert OPENID not in set(users)


@pytest.mark.parametrize(
    ("changes", "state"),
    [
        ({"wechat_verified": False}, "ready"),
        ({"wechat_app_secret": ""}, "WECHAT_APP_SECRET"),
    ],
)
async def test_a_passive_account_answers_and_calls_nobody(
    fake: tuple[FakeWeChat, str], tmp_path: Path, clock: Clock, changes: dict[str, Any], state: str
) -> None:
    platform, base = fake
    async with App(settings_of(tmp_path, base, **changes), shipped(), clock).running() as app:
        assert "不能主动发消息" in await says(app, "订阅 8点")
        clock.passes(days=1)
        await app.schedule.tick(clock.now)
        assert state in (await app.health())["wechat"]
        assert not isinstance(app.channels[0], PushingChannel)
        async with app.database.reading() as connection:
            assert (await connection.execute(select(outbox))).all() == []
            assert (await connection.execute(select(channel_records))).all() == []
    assert platform.calls == []


async def test_a_notice_reaches_whose_window_is_open_and_is_honestly_refused_after_it(
    fake: tuple[FakeWeChat, str], tmp_path: Path, clock: Clock
) -> None:
    platform, base = fake
    async with App(settings_of(tmp_path, base), shipped(), clock).running() as app:
        platform.said(OPENID)
        await says(app, "订阅 8点")
        assert await announced(app, "课改到二楼。") == 1
        assert await posted(app, "sent") == ""
        ((path, _, text),) = platform.sent
        assert path == CUSTOM_SEND
        assert text.startswith("课改到二楼。")
        assert "“退订”" in text
        clock.passes(hours=49)
        await examine(app)  # the platform tells the time
        assert await announced(app, "课取消了。") == 0
        assert await posted(app, "refused") == "window-closed"
        assert platform.refused == []
        await app.announcer.tick(clock.now)
        found = await BroadcastRecords(app.database).recent(2)
        assert [(one.state, one.audited.sent, one.audited.refused) for one in found] == [("done", 0, 1), ("done", 1, 0)]


async def announced(app: App, text: str) -> int:
    """Begin a broadcast; how many it can reach on WeChat now."""
    notice = app.broadcasts.notice(text, "everyone", app.broadcasts.channels, app.clock())
    forecast = await app.broadcasts.forecast(notice, app.clock())
    (share,) = forecast.shares
    assert (share.channel, share.people) == ("wechat", 1)
    await app.notices.begin(Confirmed(text, "everyone", notice.channels, "terminal:lan", 1, app.clock(), text))
    await app.announcer.tick(app.clock())
    return share.reachable
