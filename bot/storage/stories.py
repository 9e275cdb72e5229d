"""Stories, the decisions on them, requests to take them down, and the terms by which they are found."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from msgspec import structs
from sqlalchemy import ColumnElement, Connection, Row, case, delete, func, insert, literal, select, union_all, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.stories import (
    MAX_TERMS,
    OBJECTIONS_WITHIN,
    Act,
    Change,
    Decision,
    Letter,
    LostPhoto,
    Objection,
    Requests,
    Story,
    StoryOutcome,
    Waiting,
    decided,
    objected,
    perform,
    search_terms,
    without_photo,
)
from bot.messages import Address
from bot.storage.database import Database
from bot.storage.instants import instant, milliseconds
from bot.storage.outbox import outbox_row
from bot.storage.photos import claim_photo, drop_photo, leave_photo, photo_owner
from bot.storage.reads import GROUP_SIZE
from bot.storage.tables import decisions, objections, outbox, stories, story_terms
from bot.storage.upsert import upsert
from bot.storage.writer import Kind

# A term that so many stories have is common, however many more have it.
COMMON = 500
_QUEUED = ("submitted", "taken-down")


class StoryRecords:
    """Satisfies bot.domain.stories.StoryStore and StoryReader."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def perform(self, act: Act, message_id: str) -> StoryOutcome:
        return await self._database.writer.write(_PERFORM, act, message_id)

    async def decide(self, decision: Decision, message_id: str) -> str:
        return await self._database.writer.write(_DECIDE, decision, message_id)

    async def object(self, objection: Objection, message_id: str) -> str:
        return await self._database.writer.write(_OBJECT, objection, message_id)

    async def lose_photo(self, lost: LostPhoto) -> None:
        await self._database.writer.write(_LOSE_PHOTO, lost)

    async def by_author(self, author: Address) -> list[Story]:
        async with self._database.reading() as connection:
            return await connection.run_sync(_by_author, author)

    async def story(self, number: int) -> Story | None:
        async with self._database.reading() as connection:
            return await connection.run_sync(_story, number)

    async def with_photo(self, key: str) -> Story | None:
        async with self._database.reading() as connection:
            return await connection.run_sync(_with_photo, key)

    async def published(self, terms: frozenset[str], start: int, limit: int) -> list[Story]:
        query = select(stories).where(stories.c.state == "approved").offset(start).limit(limit)
        async with self._database.reading() as connection:
            if terms:
                ordered = await _rarest_first(connection, sorted(terms, key=len, reverse=True)[:MAX_TERMS])
                query = query.where(stories.c.id == story_terms.c.story, story_terms.c.term == ordered[0])
                for term in ordered[1:]:
                    other = story_terms.alias()
                    query = query.where(
                        select(1).where(other.c.term == term, other.c.story == story_terms.c.story).exists()
                    )
                query = query.order_by(story_terms.c.story.desc())
            else:
                query = query.order_by(stories.c.published_at.desc(), stories.c.id.desc())
            return [_from_row(row) for row in await connection.execute(query)]

    async def public_among(self, numbers: Collection[int]) -> set[int]:
        """Those of these stories that are public now."""
        query = select(stories.c.id).where(stories.c.id.in_(numbers), stories.c.state == "approved")
        async with self._database.reading() as connection:
            return set(await connection.scalars(query))

    async def waiting(self, limit: int, start: int = 0) -> list[Waiting]:
        urgent_first = case((stories.c.state == "taken-down", 0), else_=1)
        query = (
            select(stories)
            .where(stories.c.state.in_(_QUEUED))
            .order_by(urgent_first, stories.c.waits_since, stories.c.id)
            .offset(start)
            .limit(limit)
        )
        async with self._database.reading() as connection:
            found = [_from_row(row) for row in await connection.execute(query)]
            return [await connection.run_sync(_waiting, story) for story in found]

    async def queued(self) -> dict[str, int]:
        counted = select(stories.c.state, func.count().label("number")).group_by(stories.c.state)
        async with self._database.reading() as connection:
            rows = await connection.execute(counted.where(stories.c.state.in_(_QUEUED)))
            return {row.state: row.number for row in rows}

    async def waiting_for(self, number: int) -> Waiting | None:
        async with self._database.reading() as connection:
            story = await connection.run_sync(_story, number)
            return await connection.run_sync(_waiting, story) if story and story.is_waiting else None


def forget_stories(connection: Connection, sender: Address) -> None:
    """Delete what a person wrote, what was decided on it, and the person's requests."""
    for story in _by_author(connection, sender, lock=True):
        _store(connection, Change(story, None))
    connection.execute(
        delete(objections).where(objections.c.channel == sender.channel, objections.c.user == sender.user)
    )


async def _rarest_first(connection: AsyncConnection, terms: Sequence[str]) -> list[str]:
    """The fewer stories the first term has, the fewer are looked at for the others."""
    if len(terms) == 1:
        return list(terms)
    counted = [
        select(literal(term).label("term"), func.count().label("stories")).select_from(
            select(story_terms.c.story).where(story_terms.c.term == term).limit(COMMON).subquery()
        )
        for term in terms
    ]
    counts: dict[str, int] = {row.term: row.stories for row in await connection.execute(union_all(*counted))}
    return sorted(terms, key=counts.__getitem__)


def _by_author(connection: Connection, author: Address, lock: bool = False) -> list[Story]:
    query = (
        select(stories)
        .where(stories.c.channel == author.channel, stories.c.user == author.user)
        .order_by(stories.c.changed_at.desc(), stories.c.id.desc())
    )
    rows = connection.execute(query.with_for_update() if lock else query)
    return [_from_row(row) for row in rows]


def _story(connection: Connection, number: int, lock: bool = False) -> Story | None:
    query = select(stories).where(stories.c.id == number)
    row = (connection.execute(query.with_for_update() if lock else query)).one_or_none()
    return _from_row(row) if row else None


def _with_photo(connection: Connection, key: str, lock: bool = False) -> Story | None:
    query = select(stories).where(stories.c.id == photo_owner(key), stories.c.photo == key)
    row = (connection.execute(query.with_for_update() if lock else query)).one_or_none()
    return _from_row(row) if row else None


def _waiting(connection: Connection, story: Story) -> Waiting:
    reasons = connection.scalars(
        select(objections.c.reason)
        .where(objections.c.story == story.id, objections.c.digest == story.digest)
        .order_by(objections.c.at)
    )
    return Waiting(story, _approvers(connection, story), tuple(reasons))


def _approvers(connection: Connection, story: Story) -> frozenset[str]:
    """Who has approved exactly this text in this round."""
    found = connection.scalars(
        select(decisions.c.reviewer).where(
            decisions.c.story == story.id,
            decisions.c.verdict == "approve",
            decisions.c.digest == story.digest,
            decisions.c.round == story.round,
        )
    )
    return frozenset(found)


def _perform(connection: Connection, acts: Sequence[Act]) -> list[StoryOutcome]:
    """One after the other: a later act of the same person sees what an earlier one did."""
    return [_perform_one(connection, act) for act in acts]


def _perform_one(connection: Connection, act: Act) -> StoryOutcome:
    change, outcome = perform(_by_author(connection, act.author, lock=True), act)
    number = _store(connection, change)
    if change.after and act.source and change.after.photo == act.value:
        claim_photo(connection, structs.replace(change.after, id=number), act.source)
    return outcome if outcome.story or change.before else structs.replace(outcome, story=number)


def _decide(connection: Connection, items: Sequence[Decision]) -> list[str]:
    return [decide_one(connection, item) for item in items]


def decide_one(connection: Connection, decision: Decision) -> str:
    story = _story(connection, decision.story, lock=True)
    approvers = _approvers(connection, story) if story else frozenset()
    after, code = decided(story, approvers, decision)
    if story and (after or code == "second"):
        connection.execute(
            insert(decisions).values(
                story=story.id,
                round=story.round,
                reviewer=decision.reviewer.name,
                verdict=decision.verdict,
                reason=decision.reason,
                digest=story.digest,
                at=milliseconds(decision.at),
            )
        )
    if story and after:
        _store(connection, Change(story, after))
        _post(connection, story, decision.letters.get(code), decision.at)
    return code


def _lose_photo(connection: Connection, items: Sequence[LostPhoto]) -> list[None]:
    for lost in items:
        story = _with_photo(connection, lost.key, lock=True)
        if story:
            _store(connection, Change(story, without_photo(story)))
            _post(connection, story, lost.letter, lost.at)
        drop_photo(connection, lost.key)
    return [None] * len(items)


def _object(connection: Connection, items: Sequence[Objection]) -> list[str]:
    return [(_say_why(connection, item) if item.reason else _object_one(connection, item)) for item in items]


def _object_one(connection: Connection, objection: Objection) -> str:
    story = _story(connection, objection.story, lock=True)
    before = _requests(connection, story, objection) if story else Requests()
    after, code = objected(story, before, objection)
    if story and (after or code == "put-back"):
        _note(connection, story, objection)
    if story and after:
        _store(connection, Change(story, after))
        _post(connection, story, objection.letter, objection.at)
    return code


def _requests(connection: Connection, story: Story, objection: Objection) -> Requests:
    columns = objections.c
    mine = (columns.channel == objection.sender.channel) & (columns.user == objection.sender.user)
    of_this_text = (columns.story == story.id) & (columns.digest == story.digest)
    is_settled = columns.at <= milliseconds(story.changed_at)  # by whoever made it public again then

    def count(*which: ColumnElement[bool]) -> int:
        return connection.scalar(select(func.count()).select_from(objections).where(*which)) or 0

    return Requests(
        mine=count(mine, of_this_text),
        lately=count(mine, columns.at > milliseconds(objection.at - OBJECTIONS_WITHIN)),
        settled=count(of_this_text, is_settled),
        waiting=count(of_this_text, ~is_settled),
    )


def _post(connection: Connection, story: Story, letter: Letter | None, at: datetime) -> None:
    if letter:
        row = outbox_row(story.author, letter.reply, at, letter.expires_at)
        connection.execute(insert(outbox).values(row))


def _note(connection: Connection, story: Story, objection: Objection) -> None:
    statement = upsert(connection, objections)
    new = statement.excluded
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["story", "channel", "user"],
            set_={"digest": new.digest, "reason": new.reason, "at": new.at},
        ),
        {
            "story": story.id,
            "channel": objection.sender.channel,
            "user": objection.sender.user,
            "digest": story.digest,
            "reason": "",
            "at": milliseconds(objection.at),
        },
    )


def _say_why(connection: Connection, objection: Objection) -> str:
    noted = connection.execute(
        update(objections)
        .where(
            objections.c.story == objection.story,
            objections.c.channel == objection.sender.channel,
            objections.c.user == objection.sender.user,
        )
        .values(reason=objection.reason)
    )
    return "noted" if noted.rowcount else "not-public"


def add_stories(connection: Connection, new: Sequence[Story]) -> None:
    """Stories that somebody brings, as they are."""
    for story in new:
        _store(connection, Change(None, story))


def _store(connection: Connection, change: Change) -> int:
    """Write what changed; the number of the story, 0 when nothing did."""
    before, after = change.before, change.after
    leave_photo(connection, change)
    if before and before.is_public:
        _drop_terms(connection, before)
    if before and not after:
        connection.execute(delete(decisions).where(decisions.c.story == before.id))
        connection.execute(delete(objections).where(objections.c.story == before.id))
        connection.execute(delete(stories).where(stories.c.id == before.id))
        return before.id
    if before and after:
        connection.execute(update(stories).where(stories.c.id == before.id).values(_to_row(after)))
    if after and after.is_public:
        _add_terms(connection, after)
    if after and not before:
        written = connection.execute(insert(stories).values(_to_row(after)))
        assert written.inserted_primary_key
        return int(written.inserted_primary_key[0])
    return after.id if after else 0


def _add_terms(connection: Connection, story: Story) -> None:
    rows = [{"term": term, "story": story.id} for term in _terms(story)]
    if rows:
        connection.execute(upsert(connection, story_terms).on_conflict_do_nothing(), rows)


def _drop_terms(connection: Connection, story: Story) -> None:
    terms = _terms(story)
    for start in range(0, len(terms), GROUP_SIZE):
        some = terms[start : start + GROUP_SIZE]
        connection.execute(delete(story_terms).where(story_terms.c.term.in_(some), story_terms.c.story == story.id))


def _terms(story: Story) -> list[str]:
    return sorted(search_terms(f"{story.title}\n{story.text}"))


def _from_row(row: Row[Any]) -> Story:
    return Story(
        author=Address(row.channel, row.user, row.user),
        language=row.language,
        changed_at=instant(row.changed_at),
        id=row.id,
        state=row.state,
        step=row.step,
        title=row.title,
        text=row.text,
        about=row.about,
        agreed=row.agreed,
        name=row.name,
        reason=row.reason,
        waits_since=_instant(row.waits_since),
        round=row.round,
        published_at=_instant(row.published_at),
        photo=row.photo,
        photo_digest=bytes(row.photo_digest or b""),
    )


def _to_row(story: Story) -> dict[str, Any]:
    return {
        "channel": story.author.channel,
        "user": story.author.user,
        "language": story.language,
        "state": story.state,
        "step": story.step,
        "title": story.title,
        "text": story.text,
        "about": story.about,
        "agreed": story.agreed,
        "name": story.name,
        "reason": story.reason,
        "changed_at": milliseconds(story.changed_at),
        "waits_since": _milliseconds(story.waits_since),
        "round": story.round,
        "published_at": _milliseconds(story.published_at),
        "photo": story.photo,
        "photo_digest": story.photo_digest or None,
    }


def _instant(at: int | None) -> datetime | None:
    return None if at is None else instant(at)


def _milliseconds(at: datetime | None) -> int | None:
    return None if at is None else milliseconds(at)


_PERFORM: Kind[Act, StoryOutcome] = Kind("story", StoryOutcome, _perform)
_DECIDE: Kind[Decision, str] = Kind("decide-story", str, _decide)
_LOSE_PHOTO: Kind[LostPhoto, None] = Kind("lose-photo", type(None), _lose_photo)
_OBJECT: Kind[Objection, str] = Kind("object-to-story", str, _object)
