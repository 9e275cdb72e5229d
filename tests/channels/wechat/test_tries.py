import asyncio
from datetime import datetime, timedelta

import pytest

from bot.channels.wechat import tries as module
from bot.channels.wechat.tries import Attempt, Tries
from bot.context import Unavailable
from bot.messages import Address, Message
from tests.channels.wechat.official_account import NOW


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


class Thinker:
    """Answers when it is let go, and counts how often it was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.go = asyncio.Event()

    async def __call__(self, message: Message) -> str:
        self.asked.append(message.id)
        await self.go.wait()
        return f"answer {len(self.asked)}"


def message(number: int = 1) -> Message:
    return Message(f"wx:{number}", Address("wechat", "o1", "o1"), "你好", NOW)


async def test_three_tries_at_once_join_one_answer() -> None:
    think = Thinker()
    tries = Tries(think, Clock())
    waiting = [asyncio.create_task(tries.attempt(message())) for _ in range(3)]
    await asyncio.sleep(0.01)
    think.go.set()
    answers = await asyncio.gather(*waiting)
    assert answers == [Attempt("answer 1", False), Attempt("answer 1", False), Attempt("answer 1", True)]
    assert think.asked == ["wx:1"]


async def test_other_messages_get_their_own_answer() -> None:
    think = Thinker()
    think.go.set()
    tries = Tries(think, Clock())
    assert [(await tries.attempt(message(n))).content for n in (1, 2, 1)] == ["answer 1", "answer 2", "answer 1"]


async def test_an_answer_is_kept_for_a_minute() -> None:
    think, clock = Thinker(), Clock()
    think.go.set()
    tries = Tries(think, clock)
    texts = []
    for seconds in (0, 59, 2):
        clock.now += timedelta(seconds=seconds)
        texts.append((await tries.attempt(message())).content)
    assert texts == ["answer 1", "answer 1", "answer 2"]


async def test_only_so_many_answers_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_REMEMBERED", 3)
    think = Thinker()
    think.go.set()
    tries = Tries(think, Clock())
    for number in (1, 2, 3, 3, 4, 4, 2, 1):
        await tries.attempt(message(number))
    assert think.asked == ["wx:1", "wx:2", "wx:3", "wx:4", "wx:1"]


async def test_the_platforms_second_try_gets_the_late_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "HANG_UP_SECONDS", 5)
    think = Thinker()
    tries = Tries(think, Clock())
    first = asyncio.create_task(tries.attempt(message()))
    await asyncio.sleep(0.01)
    asyncio.get_running_loop().call_later(0.01, think.go.set)
    assert await tries.attempt(message()) == Attempt("answer 1", False)
    assert await first == Attempt("answer 1", False)
    assert think.asked == ["wx:1"]


async def test_the_last_try_hears_in_time_that_there_is_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "HANG_UP_SECONDS", 0.01)
    monkeypatch.setattr(module, "DEADLINE_SECONDS", 0.02)
    think = Thinker()
    tries = Tries(think, Clock())
    first = asyncio.create_task(tries.attempt(message()))
    await asyncio.sleep(0)
    assert [await tries.attempt(message()) for _ in range(2)] == [Attempt(None, False), Attempt(None, True)]
    think.go.set()
    assert await first == Attempt("answer 1", False)


async def test_all_tries_meet_the_same_fault_until_it_is_forgotten() -> None:
    asked = []

    async def fail(message: Message) -> str:
        asked.append(message.id)
        await asyncio.sleep(0.01)
        raise Unavailable

    tries = Tries(fail, Clock())
    faults = await asyncio.gather(*(tries.attempt(message()) for _ in range(2)), return_exceptions=True)
    assert list(map(type, faults)) == [Unavailable] * 2
    assert asked == ["wx:1"]
    tries.forget(message())
    with pytest.raises(Unavailable):
        await tries.attempt(message())
    assert asked == ["wx:1"] * 2


async def test_who_waits_for_an_answer_that_is_stopped_is_told_that_there_is_none() -> None:
    tries = Tries(Thinker(), Clock())
    first, second = [asyncio.create_task(tries.attempt(message())) for _ in range(2)]
    await asyncio.sleep(0.01)
    first.cancel()
    assert await second == Attempt(None, False)


def test_the_deadlines_lie_around_the_platforms_five_seconds() -> None:
    assert module.DEADLINE_SECONDS < 5 < module.HANG_UP_SECONDS
    assert timedelta(seconds=3 * module.HANG_UP_SECONDS) < module.REMEMBERED
