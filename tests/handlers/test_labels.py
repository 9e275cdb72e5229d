"""A button's label typed does what the button does, and so does its number: over all that can be reached."""

import itertools
import re
from collections import deque

import pytest
from msgspec import structs

from bot.app import App
from bot.messages import Button, Reply
from tests.handlers.conftest import Talk

DEPTH = 3
DOORS = (
    "/start",
    "hello",
    "/subscribe",
    "订阅 8点",
    "subscribe 8 pm",
    "投票 3",
    "3",
    "開始",
    "今天会下雪吗",
    "/me",
    "投稿",
    "紫荆云陪伴辅导了多少小时",
    "How many hours did the Bauhinia cloud tutoring give?",
)
# Of those that do the same with something else, one is enough.
_ALIKE = re.compile(r"/(?:entry|rate|vote|quiz|tip more|topics|pause|for|subscribe) ")
# What differs from person to person and from moment to moment: receipts and counts.
_PASSING = re.compile(r"(?:回执|回執|Receipt) \S+|[█░]+ \d+.*|(?:一共 )?\d+ (?:个账号|個賬號|accounts)")
_TICKET = re.compile(r"(?<=/rate )[a-z2-7]{10}")

Path = tuple[str, ...]


class Walker:
    """Goes each way as a new person, so that every way of pressing a button starts alike."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._people = itertools.count(1)

    async def at(self, path: Path) -> Reply:
        talk = Talk(self._app, "web", f"walker-{next(self._people)}")
        for step in path:
            await talk.says(step)
        return talk.reply


def typings(button: Button, reply: Reply) -> tuple[str, str]:
    """The label, and what the person is told to type or the number under which it is shown."""
    numbered = [other for other in reply.flat_buttons() if not other.typed]
    return button.label, button.typed or str(numbered.index(button) + 1)


def shown(reply: Reply) -> tuple[str, list[Button]]:
    buttons = [structs.replace(button, command=_TICKET.sub("", button.command)) for button in reply.flat_buttons()]
    return _PASSING.sub("", reply.text), buttons


def alike(button: Button) -> str:
    found = _ALIKE.match(button.command)
    return found.group() if found else button.command


async def test_typing_does_what_the_button_does(app: App) -> None:
    walker, waiting, seen = Walker(app), deque[Path]((door,) for door in DOORS), set[str]()
    while waiting:
        path = waiting.popleft()
        reply = await walker.at(path)
        assert reply.text
        assert any(button.command.startswith(("/start", "/ask")) for button in reply.flat_buttons()), path
        fresh = [button for button in reply.flat_buttons() if alike(button) not in seen]
        seen.update(map(alike, fresh))
        for button in fresh:
            pressed = await walker.at((*path, button.command))
            for typed in typings(button, reply):
                assert shown(await walker.at((*path, typed))) == shown(pressed), (path, typed)
            if len(path) < DEPTH:
                waiting.append((*path, button.command))
    assert len(seen) > len(DOORS)


@pytest.mark.parametrize(("door", "language"), [("/start", "zh"), ("hello", "en")])
async def test_a_talk_goes_on_in_its_language(app: App, door: str, language: str) -> None:
    walker, waiting, seen = Walker(app), deque[Path]([(door,)]), set[str]()
    while waiting:
        path = waiting.popleft()
        for button in (await walker.at(path)).flat_buttons():
            assert button.command.endswith(" #en") == (language == "en"), path
            assert language == "zh" or re.search("[A-Za-z]{2,}", button.label), (path, button.label)
            if alike(button) not in seen and len(path) < DEPTH:
                seen.add(alike(button))
                waiting.append((*path, button.command))
    assert len(seen) > len(DOORS)
