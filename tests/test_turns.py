"""Turns: how many messages are answered at a time, in all and of one person."""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable

import pytest

from bot import turns as turns_module
from bot.commands.logs import JsonRecords, Record, Records
from bot.context import Crowded
from bot.messages import Address, Message, Reply
from bot.turns import MOST_OF_ONE, Turns
from tests.conftest import Clock

TOO_FAST = Reply("one at a time")


class Busy:
    """Answers each message when it is told to, and knows in which order they began."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.go = asyncio.Event()

    async def __call__(self, message: Message) -> Reply:
        self.begun.append(message.text)
        await self.go.wait()
        if message.text == "fault":
            raise ValueError(message.text)
        return Reply(f"answer to {message.text}")


@pytest.fixture
def busy() -> Busy:
    return Busy()


@pytest.fixture
def turns(busy: Busy) -> Turns:
    return Turns(busy, lambda message: TOO_FAST)


@pytest.fixture
def say(turns: Turns, clock: Clock) -> Callable[[str, str], Awaitable[Reply]]:
    def said(person: str, text: str) -> asyncio.Task[Reply]:
        return asyncio.create_task(turns.answer(Message(text, Address("web", person, person), text, clock())))

    return said


Say = Callable[[str, str], "asyncio.Task[Reply]"]


async def settled() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_a_person_is_answered_one_by_one_and_others_meanwhile(say: Say, busy: Busy, turns: Turns) -> None:
    answers = [say("amei", "1"), say("amei", "2"), say("amei", "3"), say("ahua", "4")]
    await settled()
    assert busy.begun == ["1", "4"]
    busy.go.set()
    assert [(await answer).text for answer in answers] == [f"answer to {n}" for n in "1234"]
    assert busy.begun == ["1", "4", "2", "3"]
    assert turns.present == 0


async def test_who_floods_is_told_and_the_others_are_answered(say: Say, busy: Busy) -> None:
    flood = [say("amei", str(number)) for number in range(MOST_OF_ONE + 5)]
    other = say("ahua", "hello")
    await settled()
    assert [await answer for answer in flood[MOST_OF_ONE:]] == [TOO_FAST] * 5
    busy.go.set()
    assert (await other).text == "answer to hello"
    assert [(await answer).text for answer in flood[:MOST_OF_ONE]] == [f"answer to {n}" for n in range(MOST_OF_ONE)]
    assert (await say("amei", "again")).text == "answer to again"


async def test_what_is_reported_of_who_floods_is_asked_for_again(
    say: Say, busy: Busy, turns: Turns, clock: Clock
) -> None:
    flood = [say("amei", str(number)) for number in range(MOST_OF_ONE)]
    await settled()
    left = Message("left", Address("web", "amei", "amei"), "/left", clock(), event=True)
    with pytest.raises(Crowded):
        await turns.answer(left)
    busy.go.set()
    await asyncio.gather(*flood)
    assert (await turns.answer(left)).text == "answer to /left"


async def test_over_the_bound_people_are_sent_away_until_there_is_room(
    say: Say, busy: Busy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns_module, "MOST_PRESENT", 3)
    inside = [say(f"person {number}", "vote") for number in range(3)]
    await settled()
    with pytest.raises(Crowded):
        await say("late", "vote")
    busy.go.set()
    await asyncio.gather(*inside)
    assert (await say("late", "vote")).text == "answer to vote"


async def test_a_fault_or_a_caller_that_went_away_leaves_its_place(say: Say, busy: Busy, turns: Turns) -> None:
    first, gone, failing, last = say("amei", "1"), say("amei", "2"), say("amei", "fault"), say("amei", "3")
    await settled()
    gone.cancel()
    busy.go.set()
    results = await asyncio.gather(first, gone, failing, last, return_exceptions=True)
    assert [type(result) for result in results] == [Reply, asyncio.CancelledError, ValueError, Reply]
    assert turns.present == 0
    assert not turns._places


async def test_what_the_log_says_of_a_message_belongs_together(clock: Clock) -> None:
    lines: list[str] = []
    as_json: list[str] = []

    async def answer(message: Message) -> Reply:
        for part in ("begun", "done"):
            lines.append(Records("%(message)s").format(info(f"{message.text} {part}")))
            as_json.append(json.loads(JsonRecords().format(info(part)))["request"])
            await asyncio.sleep(0)
        return Reply("")

    turns = Turns(answer, lambda message: TOO_FAST)
    people = [Address("web", name, name) for name in ("amei", "ahua")]
    messages = [Message(person.user, person, person.user, clock()) for person in people]
    await asyncio.gather(*(asyncio.create_task(turns.answer(message)) for message in messages))
    assert lines == [
        f"{name} {part} [message {Record.run}-{number}]"
        for part in ("begun", "done")
        for number, name in ((1, "amei"), (2, "ahua"))
    ]
    assert as_json == [f"{Record.run}-{number}" for number in (1, 2, 1, 2)]
    assert Records("%(message)s").format(info("the clock")) == "the clock"
    assert "request" not in json.loads(JsonRecords().format(info("the clock")))


def info(text: str) -> Record:
    return Record("bot", logging.INFO, __file__, 1, text, (), None)
