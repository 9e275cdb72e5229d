import asyncio
from datetime import datetime, timedelta
from hashlib import sha256

import pytest
from msgspec import structs
from sqlalchemy import func, select

from bot.domain.library import Shelf
from bot.domain.photos import Developed
from bot.domain.reviewers import Reviewer
from bot.domain.stories import Act, Decision, Objection, Stories, Story, StoryOutcome
from bot.messages import Address
from bot.storage.database import Database
from bot.storage.photos import PhotoRecords
from bot.storage.stories import StoryRecords
from bot.storage.tables import decisions, outbox, stories, story_terms
from tests.shipped import shipped
from tests.storage.samples import AT

ANA, BEN = Address("telegram", "11", "11"), Address("web", "ben", "ben")
TEXT = "王阿姨每个周六在楼下教邻居用手机，教大家认出诈骗短信。"
STEPS = (
    ("begin", ""),
    ("answer", "楼下的手机课"),
    ("answer", TEXT),
    ("answer", "skip"),
    ("answer", "adult"),
    ("answer", "yes"),
    ("answer", "anonymous"),
    ("answer", "yes"),
)


class Author:
    """Writes, each line as a message of its own."""

    def __init__(self, records: StoryRecords, address: Address = ANA) -> None:
        self.records = records
        self.address = address
        self.messages = 0

    async def does(self, kind: str, value: str = "", *, step: str = "", story: int = 0) -> StoryOutcome:
        self.messages += 1
        act = Act(kind, self.address, "zh", AT, story, step, value)  # type: ignore[arg-type]
        return await self.records.perform(act, f"{self.address.user}:{self.messages}")

    async def sends(self, text: str = TEXT, about: str = "adult") -> int:
        """A story up to the reviewers' queue; its number."""
        for kind, value in STEPS:
            outcome = await self.does(kind, {TEXT: text, "adult": about}.get(value, value))
        assert outcome.code == "submitted", outcome
        return outcome.story

    async def story(self) -> Story:
        return (await self.records.by_author(self.address))[0]


def decision(story: Story, verdict: str = "approve", who: str = "telegram:1", at: datetime = AT) -> Decision:
    reason = "" if verdict == "approve" else "请改一改"
    return Decision(story.id, verdict, story.code, Reviewer((who,)), at, reason)  # type: ignore[arg-type]


@pytest.fixture
def records(database: Database) -> StoryRecords:
    return StoryRecords(database)


@pytest.fixture
def author(records: StoryRecords) -> Author:
    return Author(records)


async def count(database: Database, table: str) -> int:
    async with database.reading() as connection:
        return int((await connection.exec_driver_sql(f"SELECT count(*) FROM {table}")).scalar_one())


async def test_a_story_is_kept_as_it_was_written(records: StoryRecords, author: Author) -> None:
    number = await author.sends("第一段：王阿姨教邻居用手机。\n\n第二段……“已经”两年！")
    story = await records.story(number)
    assert story is not None
    assert (story.title, story.text) == ("楼下的手机课", "第一段：王阿姨教邻居用手机。\n\n第二段……“已经”两年！")
    assert (story.state, story.about, story.agreed, story.name, story.round) == ("submitted", "adult", True, "", 1)
    assert (story.author, story.waits_since, story.published_at) == (ANA, AT, None)


async def test_the_same_messages_at_once_and_again(database: Database, records: StoryRecords) -> None:
    acts = [Act(kind, ANA, "zh", AT, 0, "", value) for kind, value in STEPS]  # type: ignore[arg-type]
    for number, act in enumerate(acts):
        one, *others = await asyncio.gather(*(records.perform(act, f"m{number}") for _ in range(5)))
        assert others == [one] * 4
    again = [await records.perform(act, f"m{number}") for number, act in enumerate(acts)]
    assert [outcome.step for outcome in again] == ["title", "text", "photo", "about", "people", "name", "consent", ""]
    assert await count(database, "stories") == 1


async def test_two_people_do_not_meet(records: StoryRecords) -> None:
    ana, ben = Author(records), Author(records, BEN)
    await asyncio.gather(ana.sends(), ben.sends())
    assert (await ana.story()).author == ANA
    assert (await ben.does("withdraw", story=(await ana.story()).id)).code == "not-now"
    assert (await ana.story()).state == "submitted"


async def test_a_decision_is_recorded_with_the_digest_of_its_text(
    database: Database, records: StoryRecords, author: Author
) -> None:
    await author.sends()
    story = await author.story()
    assert await records.decide(decision(story, at=AT + timedelta(hours=1)), "") == "approved"
    async with database.reading() as connection:
        row = (await connection.execute(select(decisions))).one()
    assert (row.story, row.reviewer, row.verdict, row.digest) == (story.id, "telegram:1", "approve", story.digest)
    assert await records.decide(decision(story), "") == "not-waiting"
    assert await count(database, "decisions") == 1


async def test_two_reviewers_at_once(database: Database, records: StoryRecords, author: Author) -> None:
    await author.sends(about="minor")
    story = await author.story()
    both = [decision(story, who="telegram:1"), decision(story, who="wechat:2")]
    outcomes = await asyncio.gather(*(records.decide(one, one.reviewer.name) for one in both))
    assert sorted(outcomes) == ["approved", "second"]


async def test_an_approval_counts_in_its_round_alone(records: StoryRecords, author: Author) -> None:
    await author.sends(about="public")
    story = await author.story()
    assert await records.decide(decision(story, who="telegram:1"), "") == "second"
    await author.does("revise", story=story.id)
    await author.does("answer", "yes", step="consent")
    story = await author.story()
    assert await records.decide(decision(story, who="telegram:2"), "") == "second"
    assert await records.decide(decision(story, who="telegram:1"), "") == "approved"


async def test_one_person_with_two_accounts_is_one_reviewer_also_of_what_was_approved_before(
    records: StoryRecords, author: Author
) -> None:
    await author.sends(about="minor")
    story = await author.story()
    assert await records.decide(decision(story, who="terminal:lan"), "") == "second"

    joined = Reviewer(("telegram:1", "terminal:lan"))
    assert await records.decide(Decision(story.id, "approve", story.code, joined, AT), "") == "again"
    assert await records.decide(decision(story, who="telegram:2"), "") == "approved"


async def test_what_is_found(records: StoryRecords) -> None:
    for number in range(4):
        author = Author(records, Address("web", str(number), str(number)))
        await author.sends(f"第{number}个故事，王阿姨教邻居用手机 iPhone 15，认出诈骗。")
        await records.decide(decision(await author.story()), "")

    async def found(words: str, start: int = 0, limit: int = 10) -> list[int]:
        reader = Stories(records, records, Shelf(shipped()), frozenset())
        return [story.id for story in await reader.published(start, limit, words)]

    newest = sorted([story.id for story in await records.published(frozenset(), 0, 10)], reverse=True)
    assert await found("诈骗") == newest
    assert await found("詐騙") == newest
    assert await found("IPHONE 手机课") == newest
    assert await found("诈骗", 1, 2) == newest[1:3]
    assert len(await found("2")) == 1  # 15 and the other numbers are words of their own
    assert await found("诈骗 谣言") == []
    assert await found("机") == []
    assert await found("%") == []


async def test_terms_are_kept_for_public_stories_alone(
    database: Database, records: StoryRecords, author: Author
) -> None:
    await author.sends()
    assert await count(database, "story_terms") == 0
    await records.decide(decision(await author.story()), "")
    kept = await count(database, "story_terms")
    assert kept > 20
    await records.object(Objection((await author.story()).id, BEN, AT), "")
    assert await count(database, "story_terms") == 0
    await records.decide(decision(await author.story()), "")
    assert await count(database, "story_terms") == kept
    await author.does("withdraw", story=(await author.story()).id)
    assert await count(database, "story_terms") == 0


async def test_the_author_is_told_in_the_same_commit_and_once(
    database: Database, records: StoryRecords, author: Author
) -> None:
    await author.sends()
    desk = Stories(records, records, Shelf(shipped()), frozenset({"telegram"}))
    one = decision(await author.story())
    assert await asyncio.gather(*(desk.decide(one, "tg:9") for _ in range(5))) == ["approved"] * 5
    async with database.reading() as connection:
        row = (await connection.execute(select(outbox))).one()
    assert (row.channel, row.user, row.chat, row.state) == ("telegram", "11", "11", "planned")
    assert "楼下的手机课" in row.reply


async def test_an_id_is_never_used_again(records: StoryRecords, author: Author) -> None:
    first = (await author.does("begin")).story
    await author.does("discard")
    assert (await author.does("begin")).story > first


async def test_only_what_was_approved_is_ever_public(database: Database, records: StoryRecords, author: Author) -> None:
    """Whatever happens in whatever order: the text that is shown has been approved by as many as it needs."""
    turns = (0x5EED * 48271 ** (step + 1) % 0x7FFFFFFF for step in range(700))
    await author.sends(about="minor")
    shown = with_photo = 0
    for turn in turns:
        await _something(records, author, turn)
        await _something_with_a_photo(database, author, turn)
        async with database.reading() as connection:
            for story in await records.published(frozenset(), 0, 100):
                approvals = await connection.scalar(
                    select(func.count(decisions.c.reviewer.distinct())).where(
                        decisions.c.story == story.id,
                        decisions.c.verdict == "approve",
                        decisions.c.digest == story.digest,
                        decisions.c.round == story.round,
                    )
                )
                assert approvals == story.reviewers
                assert not story.awaits_photo
                kept = await PhotoRecords(database).jpeg(story.photo or "")
                assert (sha256(kept).digest() if kept else b"") == story.photo_digest
                shown += 1
                with_photo += bool(kept)
            terms = await connection.scalar(select(func.count(story_terms.c.story.distinct())))
            public = await connection.scalar(select(func.count()).where(stories.c.state == "approved"))
            assert terms == public
    assert min(shown - with_photo, with_photo) > 3


async def _something_with_a_photo(database: Database, author: Author, turn: int) -> None:
    story, key = await author.story() if await author.records.by_author(ANA) else None, str(turn)
    if story and story.state == "draft" and turn // 19 % 3 == 0:
        await author.does("edit", step="photo")
        act = Act("answer", ANA, "zh", AT, value=key, source="file")
        await author.records.perform(act, f"photo:{key}")
        await author.does("answer", "yes", step="people")
    if story and story.photo and turn // 23 % 3:
        await PhotoRecords(database).keep(Developed(story.photo, turn.to_bytes(8, "big"), AT))


async def _something(records: StoryRecords, author: Author, turn: int) -> None:
    mine = await records.by_author(ANA)
    story = mine[turn % len(mine)] if mine else None
    number = story.id if story else 0
    value = ("yes", "改过的正文，说的还是王阿姨教邻居用手机这件事。", "adult", "public", "匿名")[turn // 7 % 5]
    who = f"telegram:{turn // 11 % 3}"
    match turn // 3 % 8:
        case 0:
            await author.does("open")
        case 1 | 2:
            await author.does("answer", value)
        case 3:
            await author.does("revise", story=number)
        case 4:
            await author.does("edit", step=("title", "text", "about")[turn // 13 % 3])
        case 5 | 6:
            if story:
                seen = structs.replace(story, text=TEXT) if turn % 5 == 0 else story
                await records.decide(decision(seen, ("approve", "approve", "return")[turn // 17 % 3], who), "")
        case _:
            await records.object(Objection(number, BEN, AT + timedelta(days=turn % 1000)), "")
