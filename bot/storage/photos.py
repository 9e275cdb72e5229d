"""Photos of stories: those that have still to be fetched, and those that are here."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct
from sqlalchemy import Connection, ScalarSelect, delete, insert, select, update

from bot.domain.photos import Developed, Wanted
from bot.domain.stories import Change, Story
from bot.storage.database import Database
from bot.storage.instants import milliseconds
from bot.storage.tables import photos, stories
from bot.storage.upsert import upsert
from bot.storage.writer import Kind


class Postponed(Struct, frozen=True):
    photo: Wanted
    at: datetime


class PhotoRecords:
    """Satisfies bot.domain.photos.PhotoStore."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def wanted(self, at: datetime, limit: int) -> list[Wanted]:
        query = select(photos.c.key, photos.c.channel, photos.c.source, photos.c.attempts)
        due = query.where(photos.c.due_at <= milliseconds(at)).order_by(photos.c.due_at).limit(limit)
        async with self._database.reading() as connection:
            return [Wanted(*row) for row in await connection.execute(due)]

    async def jpeg(self, key: str) -> bytes | None:
        async with self._database.reading() as connection:
            found: bytes | None = await connection.scalar(select(photos.c.jpeg).where(photos.c.key == key))
            return found

    async def keep(self, photo: Developed) -> None:
        await self._database.writer.write(_KEEP, photo)

    async def bring(self, photo: Developed, channel: str) -> None:
        """Keep a photo that belongs to no story yet; the same one again changes nothing."""
        await self._database.writer.write(_BRING, (photo, channel))

    async def postpone(self, photo: Wanted, at: datetime) -> None:
        await self._database.writer.write(_POSTPONE, Postponed(photo, at))

    async def drop_adrift(self, before: datetime) -> None:
        """Delete what was sent before this instant and belongs to no story."""
        await self._database.writer.write(_DROP_ADRIFT, before)


def leave_photo(connection: Connection, change: Change) -> None:
    """Delete the photo that a change leaves behind."""
    before, after = change.before, change.after
    if before and before.photo and (not after or after.photo != before.photo):
        drop_photo(connection, before.photo)


def photo_owner(key: str) -> ScalarSelect[Any]:
    """The number of the story that the photo was given to."""
    return select(photos.c.story).where(photos.c.key == key).scalar_subquery()


def drop_photo(connection: Connection, key: str) -> None:
    connection.execute(delete(photos).where(photos.c.key == key))


def claim_photo(connection: Connection, story: Story, source: str) -> None:
    """Give the story its new photo: one that was brought is here, another has to be fetched from now on."""
    digest = connection.scalar(select(photos.c.digest).where(photos.c.key == story.photo))
    if digest:
        connection.execute(update(photos).where(photos.c.key == story.photo).values(story=story.id))
        connection.execute(update(stories).where(stories.c.id == story.id).values(photo_digest=digest))
        return
    at = milliseconds(story.changed_at)
    row = {"key": story.photo, "story": story.id, "channel": story.author.channel, "source": source}
    connection.execute(insert(photos).values({**row, "attempts": 0, "due_at": at, "at": at}))


def _keep(connection: Connection, items: Sequence[Developed]) -> list[None]:
    """Once: what may have been approved is never another picture. Its reference is not needed any more."""
    for photo in items:
        here = {"jpeg": photo.jpeg, "digest": photo.digest, "source": "", "due_at": None}
        unseen = (photos.c.key == photo.key, photos.c.digest.is_(None))
        if connection.execute(update(photos).where(*unseen).values(here)).rowcount:
            belongs = (stories.c.id == photo_owner(photo.key), stories.c.photo == photo.key)
            connection.execute(update(stories).where(*belongs).values(photo_digest=photo.digest))
    return [None] * len(items)


def _bring(connection: Connection, items: Sequence[tuple[Developed, str]]) -> list[None]:
    for photo, channel in items:
        row = {"key": photo.key, "channel": channel, "source": "", "attempts": 0, "at": milliseconds(photo.at)}
        statement = upsert(connection, photos).on_conflict_do_nothing()
        connection.execute(statement, {**row, "jpeg": photo.jpeg, "digest": photo.digest})
    return [None] * len(items)


def _postpone(connection: Connection, items: Sequence[Postponed]) -> list[None]:
    for item in items:
        again = {"attempts": item.photo.attempts + 1, "due_at": milliseconds(item.at)}
        connection.execute(update(photos).where(photos.c.key == item.photo.key).values(again))
    return [None] * len(items)


def _drop_adrift(connection: Connection, before: Sequence[datetime]) -> list[None]:
    latest = milliseconds(max(before))
    connection.execute(delete(photos).where(photos.c.story.is_(None), photos.c.at < latest))
    return [None] * len(before)


_KEEP: Kind[Developed, None] = Kind("keep-photo", type(None), _keep)
_BRING: Kind[tuple[Developed, str], None] = Kind("bring-photo", type(None), _bring)
_POSTPONE: Kind[Postponed, None] = Kind("postpone-photo", type(None), _postpone)
_DROP_ADRIFT: Kind[datetime, None] = Kind("drop-photos", type(None), _drop_adrift)
