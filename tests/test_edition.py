"""What people hear: the files with what was published over them, whatever happens to the one or the other."""

import shutil
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec import structs
from sqlalchemy import update

from bot.config import PROJECT
from bot.context import Unavailable
from bot.domain.answers import Answer, body_of, digest_of
from bot.domain.entries import Entry
from bot.domain.library import Library, Shelf
from bot.domain.revisions import Kind, Revision
from bot.edition import Edition
from bot.storage.database import Database
from bot.storage.revisions import RevisionRecords
from bot.storage.tables import revisions
from tests.conftest import Clock
from tests.content_samples import TODAY
from tests.shipped import shipped
from tests.storage.test_desk import KEY
from tests.storage.test_revisions import Colleagues

NAME = "zijing-hours"
FILED = shipped().knowledge.entries[NAME]
MENDED = structs.replace(FILED, answer="累计辅导六千小时。")


class House:
    """An edition over a copy of the content, which looks when it is told to."""

    def __init__(self, folder: Path, database: Database, clock: Clock) -> None:
        self.content = Path(shutil.copytree(PROJECT / "content", folder / "content"))
        self.shelf = Shelf(shipped())
        self.edition = Edition(self.content, self.shelf, self._install, RevisionRecords(database, KEY, {}), clock)

    async def _install(self, library: Library) -> None:
        pass

    async def says(self, name: str = NAME) -> str:
        await self.edition.refresh()
        entry = self.shelf.library.knowledge.entries.get(name)
        return entry.answer if entry else ""

    def edit(self, file: str, old: str, new: str) -> None:
        path = self.content / file
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")


@pytest.fixture
def house(tmp_path: Path, database: Database, clock: Clock) -> House:
    return House(tmp_path, database, clock)


async def staff(database: Database) -> Colleagues:
    people = Colleagues(database)
    for name, role in (("lan", "editor"), ("bo", "publisher")):
        await people.hires(name, role)
    return people


async def publish(people: Colleagues, entry: Entry, filed: Entry | None = FILED, over: int = 0) -> int:
    return await people.published(body_of(Answer(entry)), subject=entry.id, base=digest_of(filed), over=over)


async def test_what_is_published_is_said_at_the_next_look(house: House, database: Database) -> None:
    people = await staff(database)
    assert await house.says() == FILED.answer
    before = house.shelf.library
    await house.edition.refresh()
    assert house.shelf.library is before, "nothing has changed, and nothing is built"
    first = await publish(people, MENDED)
    assert await house.says() == "累计辅导六千小时。"
    await publish(people, structs.replace(MENDED, answer="七千小时。"), over=first)
    assert await house.says() == "七千小时。"


async def test_a_file_that_is_edited_meanwhile_keeps_its_other_words(house: House, database: Database) -> None:
    await publish(await staff(database), MENDED)
    assert await house.says() == MENDED.answer
    house.edit("phrases/home.toml", "还可以：", "还能做这些：")
    house.edit("campaigns/zijing.toml", "超5000小时", "超5500小时")
    assert await house.says() == MENDED.answer, "two persons have read it"
    assert house.edition.layer.standing(NAME) == "conflict"
    filed = house.edition.layer.filed(NAME)
    assert filed
    assert "5500" in filed.answer
    assert "还能做这些" in house.shelf.library.phrases.say("zh", "home.more")


async def test_a_broken_edit_of_the_files_does_not_keep_what_is_published_from_being_said(
    house: House, database: Database
) -> None:
    people = await staff(database)
    house.edit("phrases/home.toml", "还可以：", '还可以：" oops')
    await publish(people, MENDED)
    assert await house.says() == MENDED.answer
    assert "haowangmin check" in house.edition.state


async def test_rows_that_are_broken_in_any_way_silence_nobody(
    house: House, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    people = await staff(database)
    other = shipped().knowledge.entries["link-qr"]
    first = await publish(people, MENDED)
    await publish(people, structs.replace(other, answer="当心。"), other)
    for body in (b"", b"\xff\x00", b"null", b"[]", b'{"entry": 7}', b'{"entry": null, "more": 1}', b"{" * 9999):
        statement = update(revisions).where(revisions.c.id == first).values(body=body)
        await database._writing.transact(lambda connection, do=statement: connection.execute(do) and None)  # type: ignore[misc]
        house.edition.layer = structs.replace(house.edition.layer, publications=0)
        assert await house.says() == FILED.answer, body
        assert await house.says("link-qr") == "当心。", body
        assert house.edition.layer.standing(NAME) == "broken"
    assert "left out (unreadable)" in caplog.text


async def test_what_is_on_now_ends_at_midnight_by_itself(house: House, database: Database, clock: Clock) -> None:
    assert FILED.source
    source = structs.replace(FILED.source, date=TODAY)
    await publish(await staff(database), structs.replace(MENDED, valid_until=TODAY, source=source))
    assert await house.says() == MENDED.answer
    clock.now += timedelta(days=1)
    assert await house.says() == FILED.answer
    assert house.edition.layer.standing(NAME) == "over"


class Away:
    """A database that cannot be read."""

    async def publications(self) -> int:
        raise Unavailable("no database")

    async def in_force(self, kind: Kind) -> Sequence[Revision]:
        raise Unavailable("no database")


async def test_while_the_database_is_away_all_is_said_as_before(house: House, database: Database) -> None:
    await publish(await staff(database), MENDED)
    assert await house.says() == MENDED.answer
    house.edition._published = Away()  # type: ignore[assignment]
    assert await house.says() == MENDED.answer
    house.edit("phrases/home.toml", "还可以：", "还能做这些：")
    assert await house.says() == MENDED.answer
    assert "还能做这些" in house.shelf.library.phrases.say("zh", "home.more")


async def test_what_one_process_publishes_the_other_says(
    two_processes: list[Database], tmp_path: Path, clock: Clock
) -> None:
    first, second = two_processes
    house = House(tmp_path, second, clock)
    assert await house.says() == FILED.answer
    await publish(await staff(first), MENDED)
    assert await house.says() == MENDED.answer
