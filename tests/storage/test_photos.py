"""Photos on both engines: wanted, brought, kept once, lost, dropped."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.domain.library import Shelf
from bot.domain.photos import Developed, Wanted
from bot.domain.reviewers import Reviewer
from bot.domain.stories import Act, Decision, LostPhoto, Stories, Story, StoryOutcome
from bot.storage.database import Database
from bot.storage.people import PeopleStore
from bot.storage.photos import PhotoRecords
from bot.storage.stories import StoryRecords
from bot.storage.tables import outbox, photos
from tests.shipped import shipped
from tests.storage.samples import AT
from tests.storage.test_stories import ANA, TEXT, Author

BEGUN = (("begin", ""), ("answer", "楼下的手机课"), ("answer", TEXT))
REST = (("answer", "adult"), ("answer", "yes"), ("answer", "anonymous"), ("answer", "yes"))
MINUTE = timedelta(minutes=1)


class Photographer(Author):
    """An author whose story has a photo."""

    async def shows(self, key: str = "k1", source: str = "file") -> StoryOutcome:
        act = Act("answer", self.address, "zh", AT, value=key, source=source)
        return await self.records.perform(act, f"photo:{key}")

    async def begins(self) -> None:
        for kind, value in BEGUN:
            await self.does(kind, value)

    async def ends(self) -> None:
        for kind, value in REST:
            await self.does(kind, value)


@pytest.fixture
def records(database: Database) -> StoryRecords:
    return StoryRecords(database)


@pytest.fixture
def kept(database: Database) -> PhotoRecords:
    return PhotoRecords(database)


@pytest.fixture
async def author(records: StoryRecords) -> Photographer:
    author = Photographer(records)
    await author.begins()
    return author


async def keys(database: Database) -> list[str]:
    async with database.reading() as connection:
        return list(await connection.scalars(select(photos.c.key).order_by(photos.c.key)))


async def approve(records: StoryRecords, story: Story) -> str:
    return await records.decide(Decision(story.id, "approve", story.code, Reviewer(("telegram:1",)), AT), "")


async def test_a_photo_is_wanted_until_it_is_here(author: Photographer, kept: PhotoRecords) -> None:
    assert await author.shows() == StoryOutcome("taken", 1, "about")
    wanted = [Wanted("k1", "telegram", "file")]
    assert await kept.wanted(AT - MINUTE, 9) == []
    assert await kept.wanted(AT, 9) == wanted
    await kept.postpone(wanted[0], AT + MINUTE)
    assert await kept.wanted(AT, 9) == []
    assert await kept.wanted(AT + MINUTE, 9) == [Wanted("k1", "telegram", "file", 1)]
    await kept.keep(Developed("k1", b"jpeg", AT))
    assert await kept.wanted(AT + MINUTE, 9) == []
    assert await kept.jpeg("k1") == b"jpeg"
    assert (await author.story()).photo_digest == Developed("k1", b"jpeg", AT).digest


async def test_the_same_message_at_once_is_one_photo(author: Photographer, kept: PhotoRecords) -> None:
    outcomes = await asyncio.gather(*(author.shows() for _ in range(5)))
    assert outcomes == [outcomes[0]] * 5
    assert len(await kept.wanted(AT, 9)) == 1


async def test_what_was_brought_is_claimed(author: Photographer, kept: PhotoRecords) -> None:
    await kept.bring(Developed("k1", b"jpeg", AT), "web")
    await kept.bring(Developed("k1", b"another", AT), "web")
    await author.shows()
    assert await kept.wanted(AT, 9) == []
    await kept.drop_adrift(AT + MINUTE)
    assert await kept.jpeg("k1") == b"jpeg"
    assert not (await author.story()).awaits_photo


async def test_a_photo_is_never_another_one_afterwards(author: Photographer, kept: PhotoRecords) -> None:
    await author.shows()
    await author.ends()
    await kept.keep(Developed("k1", b"first", AT))
    assert await approve(author.records, await author.story()) == "approved"
    await kept.keep(Developed("k1", b"second", AT))
    assert await kept.jpeg("k1") == b"first"
    assert (await author.story()).photo_digest == Developed("k1", b"first", AT).digest


async def test_a_photo_that_is_replaced_meanwhile_goes_to_nobody(
    database: Database, author: Photographer, kept: PhotoRecords
) -> None:
    await author.shows("k1")
    await author.does("edit", step="photo")
    await author.shows("k2", "other")
    assert await keys(database) == ["k2"]
    await kept.keep(Developed("k1", b"late", AT))
    story = await author.story()
    assert (story.photo, story.photo_digest, await kept.jpeg("k1")) == ("k2", b"", None)


async def test_a_lost_photo(database: Database, author: Photographer, records: StoryRecords) -> None:
    desk = Stories(records, records, Shelf(shipped()), frozenset({"telegram"}))
    await author.shows()
    await author.ends()
    before = await author.story()
    assert (before.state, before.awaits_photo) == ("submitted", True)
    assert await approve(records, before) == "photo-awaited"
    await asyncio.gather(*(desk.lose_photo("k1", AT) for _ in range(3)))
    after = await author.story()
    assert (after.state, after.photo, await keys(database)) == ("submitted", "", [])
    assert await approve(records, before) == "changed"
    assert await approve(records, after) == "approved"
    async with database.reading() as connection:
        assert len((await connection.execute(select(outbox).where(outbox.c.reply.contains("没有收到")))).all()) == 1
    await records.lose_photo(LostPhoto("unknown", AT))


async def test_lost_while_it_was_written(author: Photographer, records: StoryRecords) -> None:
    await author.shows()
    await records.lose_photo(LostPhoto("k1", AT))
    assert (await author.story()).photo is None
    await author.ends()
    story = await author.story()
    assert (story.state, story.step) == ("draft", "photo"), "it is asked for before the story is sent in"


@pytest.mark.parametrize("how", ["discard", "withdraw", "forget"])
async def test_gone_with_its_story(database: Database, author: Photographer, kept: PhotoRecords, how: str) -> None:
    await author.shows()
    await kept.keep(Developed("k1", b"jpeg", AT))
    if how == "withdraw":
        await author.ends()
    if how == "forget":
        await PeopleStore(database).forget(ANA, AT, "m")
    else:
        await author.does(how, story=1)
    assert await keys(database) == []
