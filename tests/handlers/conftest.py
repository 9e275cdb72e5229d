"""Talks with the whole app: the real dispatcher, handlers, content and SQLite; only the clock stands still."""

import itertools
import shutil
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from msgspec import structs

from bot.app import App
from bot.config import Settings
from bot.domain.library import Library
from bot.messages import Address, Button, Medium, Message, Reply
from tests.conftest import Clock
from tests.shipped import shipped


class Talk:
    """A person on a channel, who types and taps; remembers the last reply, as a screen does."""

    _ids = itertools.count(1)

    def __init__(self, app: App, channel: str = "web", user: str = "ayi") -> None:
        self.app = app
        self.sender = Address(channel, user, user)
        self.reply = Reply()

    async def says(
        self,
        text: str,
        *,
        message_id: str = "",
        tapped: bool = False,
        anonymous: bool = False,
        wordless: bool = False,
        event: bool = False,
        photo: str = "",
        medium: Medium = "",
        spoken: bool = False,
        chat: str = "",
        by_admin: bool | None = None,
    ) -> Reply:
        message = Message(
            id=message_id or f"test:{next(self._ids)}",
            sender=structs.replace(self.sender, chat=chat or self.sender.chat),
            text=text,
            at=self.app.clock(),
            anonymous=anonymous,
            tapped=tapped,
            wordless=wordless or bool(photo or medium),
            event=event,
            photo=photo,
            medium=medium,
            by_admin=by_admin,
            spoken=spoken,
        )
        self.reply = await self.app.answer(message)
        return self.reply

    async def taps(self, label: str) -> Reply:
        return await self.says(self.button(label).command, tapped=True)

    def button(self, label: str) -> Button:
        return next(button for button in self.reply.flat_buttons() if button.label == label)


TalkOn = Callable[[str], Talk]


def labels(reply: Reply) -> list[str]:
    return [button.label for button in reply.flat_buttons()]


@pytest.fixture
def library() -> Library:
    return shipped()


@pytest.fixture
def settings(tmp_path: Path, migrated: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Of a folder of its own, whose database is there already."""
    monkeypatch.chdir(tmp_path)
    settings = Settings(data_dir=tmp_path / "data")
    settings.data_dir.mkdir()
    shutil.copy(migrated, settings.data_dir / "haowangmin.db")
    return settings


@pytest.fixture
async def app(settings: Settings, library: Library, clock: Clock) -> AsyncIterator[App]:
    async with App(settings, library, clock).running() as app:
        yield app


@pytest.fixture
def talk(app: App) -> Talk:
    return Talk(app)


@pytest.fixture
def talk_on(app: App) -> TalkOn:
    """A person on the named channel, another one each time."""
    users = itertools.count(1)
    return lambda channel: Talk(app, channel, f"person-{next(users)}")


@pytest.fixture
def author(app: App) -> Talk:
    return Talk(app, "web", "author")


@pytest.fixture
def reader(app: App) -> Talk:
    return Talk(app, "telegram", "7")


@pytest.fixture
def reviewer(app: App) -> Talk:
    """An operator, where the settings of a test name this account."""
    return Talk(app, "telegram", "100")


Line = tuple[str, ...]


async def hold(talk: Talk, *conversation: Line) -> None:
    """Say the first of each line and look for the others in what comes back.

    `> label` clicks on a button. Expected is a part of the text; `[label]` a button; `! part` what must not be there.
    """
    for said, *expected in conversation:
        label = said.removeprefix("> ")
        reply = await talk.says(talk.button(label).command if label != said else said)
        missing = [part for part in expected if not _is_in(part, reply)]
        if missing:
            pytest.fail(f"after {said[:40]!r} expected {missing}:\n{reply.text}\n{labels(reply)}", pytrace=False)


def _is_in(part: str, reply: Reply) -> bool:
    if part.startswith("! "):
        return part[2:] not in reply.text and part[2:] not in labels(reply)
    return part[1:-1] in labels(reply) if part.startswith("[") else part in reply.text
