"""The whole app and every event of an Official Account: what means something acts, all else says nothing."""

import ast
import inspect
import logging
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from wechatpy import events as known_to_wechatpy

from bot.app import App
from bot.messages import Address
from tests.channels.wechat import payloads_recorded as recorded
from tests.channels.wechat.events_recorded import ACTING, SILENT
from tests.channels.wechat.official_account import OPENID, call, read_answer
from tests.conftest import Clock
from tests.fakes.wechat import FakeWeChat, listening
from tests.shipped import shipped
from tests.test_app_wechat import settings_of

TIP = next(iter(shipped().tips))


@pytest.fixture
async def app(tmp_path: Path, clock: Clock) -> AsyncIterator[App]:
    fake = FakeWeChat(clock)
    async with listening(fake) as base, App(settings_of(tmp_path, base), shipped(), clock).running() as app:
        yield app
        fake.close()


async def post(app: App, xml: str) -> httpx.Response:
    made = call(xml, timestamp=str(int(app.clock().timestamp())))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app.asgi), base_url="http://bot.example") as http:
        return await http.post("/wechat/callback", params=made.query, content=made.body)


async def said(app: App, xml: str) -> str:
    """What the person reads; empty for nothing."""
    answer = await post(app, xml)
    return "" if answer.content == b"success" else read_answer(answer)["Content"]


def test_every_event_of_wechatpy_is_recorded() -> None:
    source = ast.parse(inspect.getsource(known_to_wechatpy))
    names = {
        str(decorator.args[0].value)
        for node in source.body
        if isinstance(node, ast.ClassDef)
        for decorator in node.decorator_list
        if isinstance(decorator, ast.Call) and isinstance(decorator.args[0], ast.Constant)
    }
    heard = {xml.lower() for xml in (*SILENT.values(), *(xml for _, xml in ACTING.values()))}
    alone = {"subscribe_scan"}  # wechatpy's own name for subscribe with a scene
    missing = {
        name
        for name in names - alone
        if not any(f"[{name.removeprefix('device_')}]" in xml or f"[{name}]" in xml for xml in heard)
    }
    assert len(names) > 50
    assert missing == set()


async def test_what_asks_for_nothing_is_taken_and_says_nothing(app: App, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    answers = {name: await post(app, xml) for name, xml in SILENT.items()}
    spoke = {name: a.text for name, a in answers.items() if (a.status_code, a.content) != (200, b"success")}
    assert spoke == {}
    assert caplog.records == []


async def test_what_means_something_acts(app: App, caplog: pytest.LogCaptureFixture) -> None:
    """One person after another event: they come, leave, return, scan, click, and their account ends."""
    caplog.set_level(logging.WARNING)
    for name, (expected, xml) in ACTING.items():
        text = await said(app, xml.replace("{tip_id}", TIP.id))
        missing = [part for part in expected if part.replace("{tip}", TIP.chinese.text) not in text]
        assert (name, missing) == (name, []), text
        assert bool(text) == bool(expected), name
    assert caplog.records == []


async def test_who_left_and_comes_back_goes_on_getting_tips(app: App, clock: Clock) -> None:
    _, came = ACTING["subscribe"]
    await said(app, came)
    await said(app, recorded.TEXT.replace("紫荆云陪伴是什么？", "订阅 8点"))
    await said(app, ACTING["unsubscribe"][1])
    assert await state_of(app) == "suspended"
    clock.passes(hours=1)
    await said(app, ACTING["subscribe with a tip"][1].replace("{tip_id}", TIP.id))
    assert await state_of(app) == "active"


async def test_a_greeting_that_is_delivered_again_is_the_same(app: App, clock: Clock) -> None:
    _, came = ACTING["subscribe"]
    first = await said(app, came)
    clock.passes(minutes=4)  # the channel has forgotten it by now
    assert (first, "谢谢关注" in first) == (await said(app, came), True)


async def test_whose_account_has_ended_is_forgotten(app: App) -> None:
    await said(app, ACTING["subscribe"][1])
    assert await app.people.joined_at(person()) is not None
    await said(app, ACTING["user_authorization_cancellation"][1])
    assert await app.people.joined_at(person()) is None


async def state_of(app: App) -> str:
    found = await app.services.subscriptions.of(person())
    assert found
    return found.state


def person() -> Address:
    return Address("wechat", OPENID, OPENID)
