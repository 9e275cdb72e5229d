import asyncio
import random

import pytest

from bot.channels.telegram.pace import Pace, seconds_for


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
            if not self._sleepers:
                await self._settle()
                continue
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
    assert most_in_a_second(instants) <= 30
    assert instants[-1] == pytest.approx(seconds_for(299), abs=0.03)
    assert [chat for chat, _ in talk.left] == [str(chat) for chat in range(300)]


async def test_messages_that_are_held_up_after_their_turn_do_not_leave_in_a_crowd(talk: Talk) -> None:
    """Between its turn and its departure each waits for a commit, and some wait long."""
    chance = random.Random(30)
    departures: list[float] = []

    async def send(chat: str) -> None:
        await talk.pace.bulk_turn(chat)
        await talk.time.sleep(chance.choice((0.001, 0.01, 0.3)))
        await talk.pace.depart()
        departures.append(talk.time.now)

    await talk.time.run(*(asyncio.create_task(send(str(number))) for number in range(300)))
    assert min(after - before for after, before in zip(departures[30:], departures, strict=False)) >= 1
    assert departures[-1] - departures[0] == pytest.approx(seconds_for(300), rel=0.05)


async def test_what_a_hold_overtakes_after_its_turn_does_not_leave(talk: Talk) -> None:
    """It hears at once how long the hold lasts, and may leave after it."""
    await talk.time.run(talk.bulk("1"))
    talk.pace.hold(7)
    assert await talk.pace.depart() == 7
    talk.time.now += 7
    assert await talk.pace.depart() == 0


async def test_a_chat_gets_one_a_second_and_delays_nobody_else(talk: Talk) -> None:
    await talk.time.run(talk.bulk("1"), talk.bulk("1"), talk.bulk("1"), talk.bulk("2"))
    assert talk.left == [("1", 0.0), ("2", 0.017), ("1", 1.0), ("1", 2.0)]


async def test_a_group_gets_twenty_a_minute(talk: Talk) -> None:
    await talk.time.run(*(talk.bulk("-100") for _ in range(21)))
    assert talk.left[-1] == ("-100", 60.0)


async def test_answers_in_a_group_are_twenty_a_minute_too(talk: Talk) -> None:
    await talk.time.run(*(talk.answer("-100") for _ in range(21)), talk.answer("7"))
    assert [instant for chat, instant in talk.left if chat == "-100"] == [*map(float, range(20)), 60.0]
    assert ("7", 0.0) in talk.left


async def test_an_answer_overtakes_bulk_that_waits(talk: Talk) -> None:
    waiting = [talk.bulk(str(chat)) for chat in range(60)]
    await talk.time.run(waiting[40])
    await talk.time.run(talk.answer("me"))
    assert talk.left[41][0] == "me"
    assert talk.left[41][1] - talk.left[40][1] < 0.04
    await talk.time.run(*waiting)
    instants = [instant for _, instant in talk.left]
    assert most_in_a_second(instants) <= 30, "the answer counted too"


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


async def test_ten_thousand_at_eight_while_others_chat(talk: Talk) -> None:
    """Somebody writes every second or so; Telegram counts whatever leaves."""
    chance = random.Random(8)
    people = [str(number) for number in range(10_000)]
    tips = [talk.bulk(chat) for chat in people]
    waits: list[float] = []

    async def chat() -> None:
        for number in range(330):
            await talk.time.sleep(chance.expovariate(1))
            asked = talk.time.now
            await talk.answer(f"chatting {number}")
            waits.append(talk.time.now - asked)

    await talk.time.run(asyncio.create_task(chat()), *tips)

    instants = [instant for _, instant in talk.left]
    assert min(after - before for after, before in zip(instants[30:], instants, strict=False)) >= 1, "30 in any second"
    assert [who for who, _ in talk.left if who.isdecimal()] == people
    assert sorted(waits)[len(waits) * 99 // 100] < 0.2
    last = max(instant for who, instant in talk.left if who.isdecimal())
    assert last == pytest.approx(seconds_for(10_000), rel=0.05)


async def test_a_thousand_a_second_with_timers_that_go_off_late(talk: Talk) -> None:
    """An event loop sleeps a millisecond or two too long."""

    async def oversleep(seconds: float) -> None:
        await talk.time.sleep(seconds + 0.0015)

    talk.pace = Pace(talk.time.clock, oversleep, per_second=1000)
    await talk.time.run(*(talk.bulk(str(chat)) for chat in range(3000)))

    instants = [instant for _, instant in talk.left]
    assert min(after - before for after, before in zip(instants[1000:], instants, strict=False)) >= 1
    assert instants[-1] == pytest.approx(seconds_for(3000, 1000), rel=0.05)


async def test_bulk_goes_on_however_much_is_chatted(talk: Talk) -> None:
    async def chat() -> None:
        for number in range(2000):
            await talk.time.sleep(0.01)
            asyncio.get_running_loop().call_soon(talk.answer, f"a{number}")

    tips = [talk.bulk(str(number)) for number in range(10)]
    await talk.time.run(asyncio.create_task(chat()), *tips)

    assert max(instant for who, instant in talk.left if who.isdecimal()) <= 10.1
