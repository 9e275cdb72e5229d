"""Long answers, the last one again and slow ones on an Official Account, through the app as the platform calls it."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from msgspec import structs

from bot import turns
from bot.app import App
from bot.channels.wechat import tries
from bot.channels.wechat.render import MAX_TEXT_BYTES
from bot.domain.library import Library
from bot.domain.phrases import Phrases
from bot.messages import Message, Reply
from tests.channels.wechat import payloads_recorded as recorded
from tests.channels.wechat.official_account import OPENID
from tests.conftest import Clock
from tests.shipped import shipped
from tests.test_app_wechat import settings_of
from tests.test_wechat_events import post, said

SENTENCE = "这是第{n:03}句话，说得不快也不慢。"
LONG = "".join(SENTENCE.format(n=n) for n in range(1, 91))


def with_long_help() -> Library:
    """The shipped content, but that 帮助 takes three messages on WeChat."""
    languages = shipped().phrases._by_language
    return structs.replace(shipped(), phrases=Phrases({**languages, "zh": {**languages["zh"], "home.help": LONG}}))


def app_of(folder: Path, clock: Clock) -> App:
    return App(settings_of(folder, "http://127.0.0.1:9", wechat_verified=False), with_long_help(), clock)


def message(text: str, number: int, openid: str = OPENID) -> str:
    xml = recorded.TEXT.replace("紫荆云陪伴是什么？", text).replace(OPENID, openid)
    return xml.replace("24840911220367145", str(24840911220400000 + number))


async def test_a_long_answer_comes_in_parts(tmp_path: Path, clock: Clock) -> None:
    async with app_of(tmp_path, clock).running() as app:
        parts = [await said(app, message("帮助", 1))]
        while "还没说完" in parts[-1] and len(parts) < 9:
            parts.append(await said(app, message("更多", len(parts) + 1)))
        assert len(parts) == 3
        assert all(len(part.encode()) <= MAX_TEXT_BYTES for part in parts)
        assert all("回复“更多”接着看" in part for part in parts[:-1])
        told = [part.split("\n\n")[0] for part in parts]
        assert "".join(told) == LONG
        assert "【1】问活动" in parts[-1]


async def test_the_rest_outlives_a_restart_and_a_redelivery(tmp_path: Path, clock: Clock) -> None:
    async with app_of(tmp_path, clock).running() as app:
        first = await said(app, message("帮助", 1))
    async with app_of(tmp_path, clock).running() as app:
        clock.passes(minutes=9)
        second = await said(app, message("更多", 2))
        third = await said(app, message("更多", 3))
        assert "【1】订阅" in await said(app, message("更多", 4, openid="oAnother")), "of another person it is the menu"
    async with app_of(tmp_path, clock).running() as app:
        assert await said(app, message("更多", 2)) == second
    assert len({first, second, third}) == 3


async def test_nine_is_the_last_answer_once_more_as_it_was_read(tmp_path: Path, clock: Clock) -> None:
    async with app_of(tmp_path, clock).running() as app:
        tip = await said(app, message("今日一招", 1))
        assert await said(app, message("9", 2)) == tip
        assert await said(app, message("再说一遍。", 3)) == tip
        assert "今日一招：" not in await said(app, message("9", 4, openid="oAnother"))
        await said(app, message("我不想活了", 5))
        assert "上一条回答就在上面" in await said(app, message("9", 6)), "of words that cannot wait nothing is kept"
        await said(app, message("今日一招", 7))
        clock.passes(minutes=11)
        assert "上一条回答就在上面" in await said(app, message("9", 8))


async def test_numbers_still_mean_the_answer_that_was_repeated(tmp_path: Path, clock: Clock) -> None:
    async with app_of(tmp_path, clock).running() as app:
        await said(app, message("开始", 1))
        assert "【1】问活动" in await said(app, message("9", 2))
        assert "今日一招：" in await said(app, message("2", 3))


class Slow:
    """Holds every answer back until it is let go, and counts how often the handlers were asked."""

    def __init__(self, answer: Callable[[Message], Awaitable[Reply]]) -> None:
        self.go = asyncio.Event()
        self.two = asyncio.Event()
        self.asked = 0
        self._answer = answer

    async def __call__(self, message: Message) -> Reply:
        self.asked += 1
        if self.asked == 2:
            self.two.set()
        await self.go.wait()
        return await self._answer(message)


def waits(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    monkeypatch.setattr(tries, "HANG_UP_SECONDS", seconds)
    monkeypatch.setattr(tries, "DEADLINE_SECONDS", seconds)


async def slowly(app: App) -> Slow:
    slow = Slow(app.answer)
    app.channels[0]._answer = slow  # type: ignore[attr-defined]
    return slow


async def test_what_comes_too_late_is_kept_for_who_goes_on(
    tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits(monkeypatch, 0.05)
    async with app_of(tmp_path, clock).running() as app:
        slow = await slowly(app)
        first = asyncio.create_task(post(app, message("今日一招", 1)))
        await asyncio.sleep(0.01)
        assert (await post(app, message("今日一招", 1))).status_code == 503, "the platform hangs up and tries again"
        assert "回复“继续”" in await said(app, message("今日一招", 1))
        waits(monkeypatch, 30)
        slow.go.set()
        assert "今日一招：" not in await said(app, message("继续", 2, openid="oAnother"))
        late = await said(app, message("继续。", 3))
        assert late.startswith("今日一招：")
        assert slow.asked == 2, "for the question, and for the other person"
        assert await said(app, message("继续。", 3)) == late, "a redelivered 继续 gets the same"
        await first
        assert "今日一招：" not in await said(app, message("继续", 4)), "and then it means what it always does"


async def test_tries_at_the_same_time_join_one_answer(tmp_path: Path, clock: Clock) -> None:
    async with app_of(tmp_path, clock).running() as app:
        slow = await slowly(app)
        asyncio.get_running_loop().call_later(0.02, slow.go.set)
        answers = await asyncio.gather(*(said(app, message("投票 3", 1)) for _ in range(3)))
        assert len(set(answers)) == 1
        assert ("投好了" in answers[0], slow.asked) == (True, 1)


async def test_who_comes_when_too_many_wait_is_told_nothing_at_once(
    tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(turns, "MOST_PRESENT", 2)
    async with app_of(tmp_path, clock).running() as app:
        slow = Slow(app.turns._answer)
        app.turns._answer = slow
        waiting = [asyncio.create_task(said(app, message("今日一招", n, openid=f"oPerson{n}"))) for n in (1, 2)]
        await slow.two.wait()
        began = time.monotonic()
        refused = await post(app, message("今日一招", 3))
        await post(app, message("今日一招", 5))
        assert caplog.text.count("is sent away") == 1, "when it begins, however many come"
        assert (refused.status_code, refused.content, time.monotonic() - began < 1) == (200, b"success", True)
        again = asyncio.create_task(said(app, message("今日一招", 1, openid="oPerson1")))
        await asyncio.sleep(0.01)
        slow.go.set()
        first, second, joined = await asyncio.gather(*waiting, again)
        assert first.startswith("今日一招：")
        assert (second, joined) == (first, first)
        assert (await said(app, message("今日一招", 4))).startswith("今日一招："), "there is room again"
