"""The whole app in one process: what starts, what a bad start says, what an edit of the content does."""

import asyncio
import logging
import threading
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from sqlalchemy import Connection, select

from bot.app import App, _kept_running, build
from bot.bundle.verify import NoteKey
from bot.config import Settings
from bot.content import ContentErrors, load
from bot.domain.library import Library
from bot.edition import Edition
from bot.storage.database import DatabaseUnusable
from bot.storage.tables import deliveries
from bot.storage.votes import Conflict
from tests.command_line import small_content
from tests.conftest import Clock
from tests.handlers.conftest import Talk, hold
from tests.shipped import shipped

POLL_FILE = "polls/nanyue-stories.toml"


@pytest.fixture
def content(tmp_path: Path) -> Path:
    """A copy of the authored content to be edited."""
    return small_content(tmp_path)


@pytest.fixture
def settings(tmp_path: Path, content: Path) -> Settings:
    return Settings(data_dir=tmp_path / "data", content_dir=content)


@pytest.fixture
async def app(settings: Settings, clock: Clock) -> AsyncIterator[App]:
    async with App(settings, shipped(), clock).running() as app:
        yield app


def edition(app: App) -> Edition:
    """One that looks when it is told to, not by the clock."""
    return Edition(app.settings.content_dir, app.shelf, app.install_polls, app.revisions, app.clock)


def edit(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")


async def readiness(app: App) -> httpx.Response:
    transport = httpx.ASGITransport(app.asgi)
    async with httpx.AsyncClient(transport=transport, base_url="http://bot.test") as client:
        return await client.get("/readyz")


async def test_without_tokens_there_is_the_web_alone(app: App) -> None:
    assert [channel.name for channel in app.channels] == []
    response = await readiness(app)
    assert response.status_code == 200
    assert response.json() == dict.fromkeys(("database", "content", "queue", "sending"), "ready")


async def test_a_good_edit_is_live_at_the_next_look(app: App, content: Path) -> None:
    looking = edition(app)
    edit(content / "phrases" / "home.toml", "还可以：", "还能做这些：")
    await looking.refresh()
    assert looking.state == "ready"
    await hold(Talk(app), ("更多", "还能做这些："))


async def test_a_broken_edit_changes_nothing_but_the_state(
    app: App, content: Path, caplog: pytest.LogCaptureFixture
) -> None:
    looking = app.edition
    before = app.shelf.library
    edit(content / "phrases" / "home.toml", "还可以：", '还可以：" oops')
    await looking.refresh()
    assert app.shelf.library is before
    assert "phrases/home.toml:" in caplog.text
    response = await readiness(app)
    assert response.status_code == 200, "the edition before answers"
    assert "haowangmin check" in response.json()["content"]
    await hold(Talk(app), ("更多", "还可以："))
    edit(content / "phrases" / "home.toml", '还可以：" oops', "又好了：")
    await looking.refresh()
    await hold(Talk(app), ("更多", "又好了："))
    assert (await readiness(app)).status_code == 200


async def test_renumbered_options_are_refused(app: App, content: Path, caplog: pytest.LogCaptureFixture) -> None:
    await hold(Talk(app), ("投票 1", "投好了"))
    looking, poll = edition(app), content / POLL_FILE
    edit(poll, "number = 1\n", "number = 99\n")
    edit(poll, "number = 2\n", "number = 1\n")
    await looking.refresh()
    assert "edition before stays" in looking.state
    assert "nanyue-stories: number" in looking.state
    assert "haowangmin check" not in looking.state
    assert "do not belong together" in caplog.text
    await hold(Talk(app), ("好网民投票", "1 号　紫荆云陪伴"))


async def test_other_rules_of_an_open_poll_are_refused(
    app: App, content: Path, caplog: pytest.LogCaptureFixture
) -> None:
    looking = edition(app)
    edit(content / POLL_FILE, "demo = true\n", 'demo = true\nkind = "choose"\nchoose = 3\nresults = "delayed"\n')
    await looking.refresh()
    assert "edition before stays; nanyue-stories: it has opened" in looking.state
    assert "put back what was changed in: kind, results" in caplog.text
    await hold(Talk(app), ("好网民投票", "一个账号一票，可以改"), ("投票 1", "投好了"), ("投票 2", "改好了"))


async def test_a_candidate_of_an_open_poll_is_withdrawn(app: App, content: Path) -> None:
    talk, looking = Talk(app), edition(app)
    await hold(talk, ("投票 1", "投好了"))
    edit(content / POLL_FILE, "number = 1\n", "number = 1\nwithdrawn = true\n")
    await looking.refresh()
    await hold(
        talk,
        ("投票 1", "已经退出，不再收票"),
        ("看结果", "1 号　紫荆云陪伴（已退出）\n██████████ 1 票"),
        ("投票 2", "改好了"),
        ("投票 1", "已经退出"),
    )


async def test_a_new_option_with_a_new_number_is_taken(app: App, content: Path) -> None:
    looking = edition(app)
    with (content / POLL_FILE).open("a", encoding="utf-8") as file:
        file.write('\n[[option]]\nid = "new-deed"\nnumber = 9\ntitle = "新的好事"\n')
    await looking.refresh()
    await hold(Talk(app), ("投票 9", "投好了"), ("看结果", "9 号　新的好事\n██████████ 1 票"))


async def test_an_edit_that_cannot_be_stored_is_tried_again(app: App, content: Path) -> None:
    looking = edition(app)
    edit(content / "phrases" / "home.toml", "还可以：", "还能做这些：")
    await app.database._writing.transact(
        lambda connection: connection.exec_driver_sql("PRAGMA query_only = ON") and None
    )
    await looking.refresh()
    assert "not stored" in looking.state
    app.database._writing.sync_engine.dispose()
    await looking.refresh()
    await hold(Talk(app), ("更多", "还能做这些："))


CLASS = """
id = "phone-class"
title = "长者手机课"
valid_until = 2026-11-30

[source]
publisher = "街道办"
title = "开课通知"
date = 2026-11-15

[[entry]]
id = "phone-class-what"
title = "长者手机课是什么？"
questions = ["手机班怎么报名"]
answer = "每周三下午三点，在文化站。"
"""
LAST_SECOND = datetime(2026, 11, 30, 15, 59, 59, tzinfo=UTC)  # 23:59:59 in Guangdong


@pytest.fixture
async def expiring(app: App, content: Path, clock: Clock) -> App:
    """An app that has taken up a file of the operators' layer, in the last second of its last day."""
    clock.now = LAST_SECOND
    (content / "local" / "class.toml").write_text(CLASS, encoding="utf-8")
    await app.edition.refresh()
    await hold(Talk(app), ("手机班怎么报名", "每周三下午三点", "街道办《开课通知》", "2026-11-30 为止有效"))
    return app


async def test_what_is_on_now_is_said_until_midnight_in_guangdong(expiring: App, clock: Clock) -> None:
    clock.passes(seconds=1)
    await expiring.edition.refresh()
    await hold(Talk(expiring), ("手机班怎么报名", "! 每周三"), ("问活动", "! 长者手机课"))
    assert expiring.edition.state == "ready"


async def test_what_has_expired_goes_also_while_the_content_is_broken(
    expiring: App, content: Path, clock: Clock
) -> None:
    edit(content / "phrases" / "home.toml", "还可以：", '还可以：" oops')
    await expiring.edition.refresh()
    await hold(Talk(expiring), ("手机班怎么报名", "每周三下午三点"))
    clock.passes(seconds=1)
    await expiring.edition.refresh()
    await hold(Talk(expiring), ("手机班怎么报名", "! 每周三"), ("更多", "还可以："))
    assert "haowangmin check" in expiring.edition.state


async def test_a_slow_look_from_before_midnight_brings_nothing_back(
    expiring: App, content: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, goes_on = threading.Event(), threading.Event()

    def slowly(folder: Path, today: date, commands: frozenset[str]) -> Library:
        if not begun.is_set():
            begun.set()
            assert goes_on.wait(timeout=30)
        return load(folder, today, commands)

    monkeypatch.setattr("bot.edition.load", slowly)
    edit(content / "phrases" / "home.toml", "还可以：", "还能做这些：")
    slow = asyncio.create_task(expiring.edition.refresh())
    await asyncio.to_thread(begun.wait)
    clock.passes(seconds=1)
    after_midnight = asyncio.create_task(expiring.edition.refresh())
    await asyncio.wait([after_midnight], timeout=0.3)  # by then it would be ready, if it did not wait
    goes_on.set()
    await asyncio.gather(slow, after_midnight)
    await hold(Talk(expiring), ("手机班怎么报名", "! 每周三"), ("更多", "还能做这些："))


async def test_a_longer_last_day_brings_it_back(expiring: App, content: Path, clock: Clock) -> None:
    clock.passes(days=1)
    await expiring.edition.refresh()
    edit(content / "local" / "class.toml", "2026-11-30", "2026-12-31")
    await expiring.edition.refresh()
    await hold(Talk(expiring), ("手机班怎么报名", "每周三下午三点", "2026-12-31 为止有效"))


def test_it_begins_without_what_expired_yesterday(settings: Settings, content: Path) -> None:
    (content / "local" / "class.toml").write_text(CLASS, encoding="utf-8")
    assert build(settings, Clock(LAST_SECOND)).shelf.library.knowledge.entries
    assert not build(settings, Clock(LAST_SECOND + timedelta(seconds=1))).shelf.library.knowledge.entries


def test_broken_content_is_no_beginning(settings: Settings) -> None:
    (settings.content_dir / "tips" / "scams.toml").write_text("[[tip]\n", encoding="utf-8")
    with pytest.raises(ContentErrors, match=r"tips/scams\.toml:1"):
        build(settings)


async def test_another_key_for_a_counted_poll_is_no_beginning(settings: Settings, clock: Clock) -> None:
    async with App(settings, shipped(), clock).running() as app:
        await hold(Talk(app), ("投票 1", "投好了"))
    (settings.keys / "polls" / "nanyue-stories.key").write_bytes(b"x" * 32)
    with pytest.raises(Conflict, match="put the old key back"):
        async with App(settings, shipped(), clock).running():
            pass


async def test_a_file_that_is_no_database_is_no_beginning(settings: Settings, clock: Clock) -> None:
    settings.data_dir.mkdir()
    (settings.data_dir / "haowangmin.db").write_bytes(b"not a database at all " * 100)
    with pytest.raises(DatabaseUnusable, match="haowangmin"):
        async with App(settings, shipped(), clock).running():
            pass


async def test_a_fault_in_the_background_is_logged_and_begun_again(
    app: App, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.app.RESTART_PAUSE_SECONDS", 0.0)
    begun = asyncio.Event()
    times = 0

    async def stumble() -> None:
        nonlocal times
        times += 1
        if times == 1:
            raise RuntimeError("stumbled")
        begun.set()
        await asyncio.Event().wait()

    task = asyncio.create_task(_kept_running(stumble))
    await asyncio.wait_for(begun.wait(), 5)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert [record.levelno for record in caplog.records if "background work" in record.message] == [logging.ERROR]


async def test_a_vote_is_sealed_by_the_clock(settings: Settings, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.app.SEALING", timedelta(seconds=0.05))
    async with App(settings, shipped(), clock).running() as app:
        await Talk(app).says("投票 3")
        transport = httpx.ASGITransport(app.asgi)
        async with httpx.AsyncClient(transport=transport, base_url="http://bot.test") as client:
            for _ in range(500):
                sealed = await client.get("/polls/nanyue-stories/checkpoint")
                if sealed.status_code == 200:
                    break
                await asyncio.sleep(0.01)
            page = (await client.get("/polls/nanyue-stories")).text
    name, size, _ = sealed.text.split("\n")[:3]

    assert (name, size) == (app.notary.vkey("nanyue-stories").partition("+")[0], "1")
    assert NoteKey(app.notary.vkey("nanyue-stories")).open(sealed.text)
    assert name in page


def write_nothing(connection: Connection) -> None:
    connection.exec_driver_sql("PRAGMA query_only = ON")


@pytest.mark.parametrize(("minutes_late", "states"), [(44, ["planned"]), (46, ["skipped"])])
async def test_how_late_a_tip_may_go_out_is_a_setting(
    settings: Settings, clock: Clock, minutes_late: int, states: list[str]
) -> None:
    settings = settings.model_copy(update={"tip_late_minutes": 45})
    async with App(settings, shipped(), clock).running() as app:
        await hold(Talk(app), ("订阅 10点", "订好了"))
        clock.passes(hours=1, minutes=minutes_late)
        await app.schedule.tick(clock.now)
        async with app.database.reading() as connection:
            assert list(await connection.scalars(select(deliveries.c.state))) == states


@pytest.mark.parametrize("turns", range(4))
async def test_a_stop_that_comes_at_once_leaves_no_error(
    settings: Settings, clock: Clock, caplog: pytest.LogCaptureFixture, turns: int
) -> None:
    """Whether the first jobs of the clock are planned, handed to the loop, or under way by then."""
    async with App(settings, shipped(), clock).running() as app:
        for _ in range(turns):
            await asyncio.sleep(0)
    assert app._jobs == set()
    await asyncio.sleep(0)
    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR] == []
