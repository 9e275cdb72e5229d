"""The desk of the whole app over a real database, and people who use it as a browser does."""

import asyncio
import itertools
import re
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from bot.app import App
from bot.config import Settings
from bot.domain import passwords
from bot.domain.colleagues import Role
from bot.domain.desk import Attempt, Entrance, MachineOrder, digest_of
from tests.conftest import Clock
from tests.shipped import shipped
from tests.storage.test_stories import Author

PASSWORD = "茶壶 木星 慢跑 三十七 灯"
HERE = "http://127.0.0.1:8080"
COOKIE, FORM_COOKIE = "haowangmin-desk", "haowangmin-desk-form"


@pytest.fixture(autouse=True)
def cheap_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """Argon2 as it is, over less memory: each sign-in would take a tenth of a second."""
    monkeypatch.setattr(passwords, "MEMORY_KIB", 64)
    monkeypatch.setattr(passwords, "PASSES", 1)


class Browser:
    """Keeps cookies, and sends forms with what the page that was last shown put into them."""

    def __init__(self, app: App, site: str = HERE, client: str = "127.0.0.1") -> None:
        transport = httpx.ASGITransport(app.asgi, client=(client, 40000))
        self.http = httpx.AsyncClient(transport=transport, base_url=site)
        self.origin = site
        self.shown = ""
        self._token = ""  # that of the last page with a form: it stays the same for a session

    async def opens(self, path: str) -> httpx.Response:
        response = await self.http.get(path)
        self.shown = response.text
        return response

    async def sends(self, path: str, **fields: str) -> httpx.Response:
        found = re.search(r'name="form" value="(\w+)"', self.shown)
        self._token = found[1] if found else self._token
        given = {"form": self._token, **fields}
        response = await self.http.post(path, data=given, headers={"Origin": self.origin})
        self.shown = response.text
        return response

    @property
    def code(self) -> str:
        """Of the story that is shown."""
        found = re.search(r'name="code" value="(\w+)"', self.shown)
        assert found
        return found[1]


class Desk:
    """The app with its clock, and colleagues who have come."""

    def __init__(self, app: App, clock: Clock) -> None:
        self.app = app
        self.clock = clock
        self.secrets: dict[str, bytes] = {}
        self.browsers: list[Browser] = []
        self._ids = itertools.count(1)
        self._steps = itertools.count(10**9)

    def browser(self, site: str = HERE, client: str = "127.0.0.1") -> Browser:
        self.browsers.append(Browser(self.app, site, client))
        return self.browsers[-1]

    async def hires(self, name: str, role: Role) -> None:
        token = f"token of {name}"
        order = MachineOrder("invite", name, "terminal:root", role, digest_of(token))
        assert await self.app.desk.obey(order) == "invited"
        self.secrets[name] = self.app.desk.secret_for(token)
        assert (await self.app.desk.accept(token, PASSWORD, self.code(name))).token
        self.clock.passes(seconds=30)

    def code(self, name: str) -> str:
        """What the authenticator shows now."""
        return TOTP(self.secrets[name], 6, SHA1(), 30).generate(int(self.clock().timestamp())).decode()

    async def at_work(self, name: str, path: str = "/desk") -> Browser:
        """A browser of theirs that is signed in and shows this page."""
        found = await self.app.desk_records.credentials(name)
        assert found
        token = f"session {next(self._ids)}"
        attempt = Attempt((b"", b""), self.clock())
        await self.app.desk_records.enter(Entrance(found.colleague.id, next(self._steps), digest_of(token), attempt))
        browser = self.browser()
        browser.http.cookies.set(COOKIE, token, domain="127.0.0.1")
        await browser.opens(path)
        return browser

    async def signs_in(self, browser: Browser, name: str, password: str = PASSWORD, code: str = "") -> httpx.Response:
        await browser.opens("/desk/sign-in")
        return await browser.sends("/desk/sign-in", name=name, password=password, code=code or self.code(name))

    async def gets_story(self, about: str = "adult", **more: Any) -> int:
        return await Author(self.app.stories, **more).sends(about=about)

    async def close(self) -> None:
        for browser in self.browsers:
            await browser.http.aclose()
        await self.app.outlooks.close()
        await asyncio.gather(*self.app._jobs)


@pytest.fixture
async def desk(tmp_path: Path, migrated: Path, clock: Clock) -> AsyncIterator[Desk]:
    data = tmp_path / "data"
    data.mkdir()
    shutil.copy(migrated, data / "haowangmin.db")
    desk = Desk(App(Settings(data_dir=data, operator_accounts="telegram:1+desk:mei"), shipped(), clock), clock)
    yield desk
    await desk.close()
    await desk.app.database.close()
