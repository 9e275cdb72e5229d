import asyncio

import pytest

from bot.channels.telegram.pace import Pace


class Time:
    """Time that passes only while somebody sleeps; the earliest sleeper wakes first."""

    def __init__(self) -> None:
        self.now = 1000.0
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._count = 0

    def clock(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self._count += 1
        waking: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._sleepers.append((self.now + seconds, self._count, waking))
        await waking

    async def run(self, *work: asyncio.Task[None]) -> None:
        await self._settle()
        while not all(task.done() for task in work):
            earliest = min(self._sleepers)
            self._sleepers.remove(earliest)
            self.now = max(self.now, earliest[0])
            earliest[2].set_result(None)
            await self._settle()
        await asyncio.gather(*work)

    async def _settle(self) -> None:
        for _ in range(10):
            await asyncio.sleep(0)


class Talk:
    """Messages under a pace, with the second at which each left."""

    def __init__(self) -> None:
        self.time = Time()
        self.pace = Pace(self.time.clock, self.time.sleep)
        self.left: list[tuple[str, float]] = []

    def bulk(self, chat: str) -> asyncio.Task[None]:
        return asyncio.create_task(self._leave(chat, bulk=True))

    def answer(self, chat: str) -> asyncio.Task[None]:
        return asyncio.create_task(self._leave(chat, bulk=False))

    async def _leave(self, chat: str, *, bulk: bool) -> None:
        await (self.pace.bulk_turn(chat) if bulk else self.pace.answer_turn(chat))
        self.left.append((chat, round(self.time.now - 1000, 3)))


@pytest.fixture
async def talk() -> Talk:
    return Talk()


def most_in_a_second(instants: list[float]) -> int:
    return max(sum(start <= instant < start + 1 for instant in instants) for start in instants)


async def test_bulk_leaves_thirty_a_second_and_no_more(talk: Talk) -> None:
    await talk.time.run(*(talk.bulk(str(chat)) for chat in range(300)))
    instants = [instant for _, instant in talk.left]
    assert most_in_a_second(instants) <= 31  # the window's edges
    assert instants[-1] == pytest.approx(299 / 30, abs=0.02)
    assert [chat for chat, _ in talk.left] == [str(chat) for chat in range(300)]


async def test_a_chat_gets_one_a_second_and_delays_nobody_else(talk: Talk) -> None:
    await talk.time.run(talk.bulk("1"), talk.bulk("1"), talk.bulk("1"), talk.bulk("2"))
    assert talk.left == [("1", 0.0), ("2", 0.033), ("1", 1.0), ("1", 2.0)]


async def test_a_group_gets_twenty_a_minute(talk: Talk) -> None:
    await talk.time.run(*(talk.bulk("-100") for _ in range(21)))
    assert talk.left[-1] == ("-100", 60.0)


async def test_an_answer_overtakes_bulk_that_waits(talk: Talk) -> None:
    waiting = [talk.bulk(str(chat)) for chat in range(60)]
    await talk.time.run(waiting[10])
    await talk.time.run(talk.answer("me"))
    assert talk.left[-1] == ("me", talk.left[10][1])
    await talk.time.run(*waiting)
    instants = [instant for _, instant in talk.left]
    assert most_in_a_second(instants) <= 31  # the answer counted too


async def test_answers_to_a_chat_keep_their_second(talk: Talk) -> None:
    await talk.time.run(talk.answer("1"), talk.answer("1"), talk.answer("2"))
    assert talk.left == [("1", 0.0), ("2", 0.0), ("1", 1.0)]


async def test_a_hold_holds_everybody_and_lets_answers_go_first(talk: Talk) -> None:
    talk.pace.hold(7)
    await talk.time.run(talk.bulk("1"), talk.bulk("2"), talk.answer("3"), talk.answer(""))
    assert [chat for chat, _ in talk.left] == ["3", "", "1", "2"]
    assert [instant for _, instant in talk.left] == pytest.approx([7, 7, 7 + 1 / 30, 7 + 2 / 30], abs=0.04)


async def test_a_hold_during_the_wait_is_seen(talk: Talk) -> None:
    await talk.time.run(talk.bulk("1"))
    waiting = talk.bulk("1")
    await asyncio.sleep(0)
    talk.pace.hold(30)
    await talk.time.run(waiting)
    assert talk.left[-1][1] >= 30


async def test_many_answers_delay_bulk_by_a_second_at_most(talk: Talk) -> None:
    await talk.time.run(*(talk.answer(f"a{number}") for number in range(500)))
    await talk.time.run(talk.bulk("b"))
    assert talk.left[-1] == ("b", 1.0)


async def test_chats_that_are_free_again_are_forgotten(talk: Talk) -> None:
    for chat in range(30_000):
        await talk.pace.answer_turn(str(chat))
        talk.time.now += 0.001
    assert len(talk.pace._chats) < 20_000
