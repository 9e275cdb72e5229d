import asyncio
import logging

import pytest

from bot.channels.telegram import talks as talks_module
from bot.channels.telegram.render import Call
from bot.channels.telegram.talks import MOST_OF_ONE, MOST_WAITING, Talks


class Mouth:
    """Says what it is told, each chat when it may."""

    def __init__(self) -> None:
        self.said: list[tuple[int, str]] = []
        self.may = {chat: asyncio.Event() for chat in range(100)}

    async def __call__(self, call: Call) -> None:
        chat, words = call.params["chat_id"], call.params["text"]
        assert isinstance(chat, int)
        await self.may[chat].wait()
        self.said.append((chat, str(words)))


def words(chat: int, *texts: object) -> list[Call]:
    return [Call("sendMessage", {"chat_id": chat, "text": str(text)}) for text in texts]


async def test_who_is_behind_holds_nobody_up_and_is_told_all_in_order() -> None:
    mouth = Mouth()
    talks = Talks(mouth)
    talks.say(1, words(1, "一", "二"))
    talks.say(2, words(2, "别人"))
    talks.say(1, words(1, "三"))
    mouth.may[2].set()
    await asyncio.wait_for(talks.listened(), 5)
    assert mouth.said == [(2, "别人")]
    mouth.may[1].set()
    await talks.close()
    assert mouth.said[1:] == [(1, "一"), (1, "二"), (1, "三")]


async def test_a_flood_has_only_so_many_answers_ahead_of_it(caplog: pytest.LogCaptureFixture) -> None:
    mouth = Mouth()
    talks = Talks(mouth)
    talks.say(1, words(1, "早"))
    await asyncio.sleep(0)
    for number in range(MOST_OF_ONE + 5):
        talks.say(1, words(1, number))
    mouth.may[1].set()
    await talks.close()
    assert [text for _, text in mouth.said] == ["早", *map(str, range(MOST_OF_ONE))]
    assert len(caplog.messages) == 5


async def test_nothing_is_fetched_while_too_much_waits() -> None:
    mouth = Mouth()
    talks = Talks(mouth)
    chats = range(MOST_WAITING // MOST_OF_ONE + 2)
    for chat in chats:
        talks.say(chat, words(chat, *range(MOST_OF_ONE)))
    listening = asyncio.create_task(talks.listened())
    await asyncio.sleep(3 * talks_module.PATIENCE_SECONDS)
    assert not listening.done()
    for chat in chats:
        mouth.may[chat].set()
    await asyncio.wait_for(listening, 5)
    await talks.close()
    assert len(mouth.said) == len(chats) * MOST_OF_ONE


async def test_the_end_waits_only_so_long(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    monkeypatch.setattr(talks_module, "LAST_WORDS_SECONDS", 0.05)
    mouth = Mouth()
    talks = Talks(mouth)
    talks.say(1, words(1, "一"))
    talks.say(2, words(2, "二"))
    mouth.may[2].set()
    await asyncio.wait_for(talks.close(), 5)
    assert mouth.said == [(2, "二")]
    assert caplog.messages == ["1 chats were not told all before the end"]
