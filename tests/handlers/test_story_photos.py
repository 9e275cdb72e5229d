"""A story with a photo: sent where it is asked for, seen by the reviewers, public with the text and gone with it."""

from collections.abc import AsyncIterator

import httpx
import pytest
from msgspec import structs

from bot.app import App
from bot.config import Settings
from bot.delivery.photos import Collector
from bot.domain.library import Library
from bot.domain.photos import ADRIFT_LASTS, ATTEMPTS, Developed, NoPhoto, NotYet
from bot.messages import Photo, Reply
from tests.conftest import Clock
from tests.handlers.conftest import Line, Talk, hold, labels
from tests.handlers.test_stories import BEGUN, TEXT, TITLE, rows
from tests.pictures.samples import opened
from tests.pictures.test_photos import SECRET, TELLTALES, photo

ASKED: tuple[Line, ...] = (*BEGUN, (TITLE,), (TEXT, "要配一张照片吗", "[跳过]"))
FILE = "file-of-ana"
TAKEN = "照片收到了。"


class Camera:
    """What a platform has under its references."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {FILE: TELLTALES["jpeg"], "other": photo("PNG")}
        self.away = False
        self.asked: list[str] = []

    async def fetch(self, source: str) -> bytes:
        self.asked.append(source)
        if self.away:
            raise NotYet("away")
        if source not in self.files:
            raise NoPhoto("no such file")
        return self.files[source]


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"operator_accounts": "telegram:100, wechat:oOperator"})


@pytest.fixture
def camera() -> Camera:
    return Camera()


def watched(app: App, camera: Camera) -> App:
    """The app with a camera: what a person on the web sends has to be fetched, as elsewhere."""
    app.collector = Collector(app.photos, {"web": camera.fetch}, app.darkroom, app.services.stories.lose_photo)
    return app


@pytest.fixture
async def app(settings: Settings, library: Library, clock: Clock, camera: Camera) -> AsyncIterator[App]:
    async with watched(App(settings, library, clock), camera).running() as app:
        yield app


async def sends_photo(talk: Talk, file: str = FILE, caption: str = "", message_id: str = "") -> Reply:
    return await talk.says(caption, photo=file, message_id=message_id)


async def collected(talk: Talk) -> None:
    await talk.app.collector.tick(talk.app.clock())


async def sent_in(talk: Talk, *, fetched: bool = True) -> None:
    """A story with a photo, in the reviewers' queue."""
    await hold(talk, *ASKED)
    assert TAKEN in (await sends_photo(talk)).text
    if fetched:
        await collected(talk)
    await hold(talk, ("别的大人", "照片里看得到"), ("都同意了",), ("匿名", "有一张照片"), ("同意，交上去", "收到"))


async def approved(reviewer: Talk, number: int = 1) -> Reply:
    await hold(reviewer, (f"/review {number}", "校验码"))
    return await reviewer.taps("通过")


async def public_photo(app: App, number: int = 1) -> httpx.Response:
    transport = httpx.ASGITransport(app.asgi)
    async with httpx.AsyncClient(transport=transport, base_url="http://bot.test") as client:
        return await client.get(f"/stories/{number}.jpg")


async def test_a_photo_from_the_talk_to_the_public(author: Talk, reader: Talk, reviewer: Talk, camera: Camera) -> None:
    await hold(author, *ASKED)
    assert author.reply.takes_photo
    reply = await sends_photo(author, caption="这是我家的猫")
    assert TAKEN in reply.text
    assert "写到的是谁" in reply.text
    assert camera.asked == [], "nothing is fetched while somebody waits for an answer"
    await collected(author)
    await hold(author, ("> 别的大人",), ("> 都同意了",), ("> 匿名", "（有一张照片）"))
    assert isinstance(author.reply.picture, Photo)
    await hold(author, ("> 同意，交上去", "收到"))

    assert (await public_photo(author.app)).status_code == 404
    await hold(reviewer, ("/review 1", "（有一张照片）", "[通过]"))
    assert isinstance(reviewer.reply.picture, Photo)
    first = reviewer.reply.picture
    seen = await author.app.gallery.image(first)
    await hold(reviewer, ("> 通过", "已经公开"))

    shown = await public_photo(author.app)
    assert (shown.status_code, shown.headers["content-type"], shown.content) == (200, "image/jpeg", seen)
    assert shown.headers["cache-control"] == "no-cache"
    assert dict(opened(shown.content).getexif()) == {}
    assert SECRET not in shown.content
    await hold(reader, ("看故事 1", TEXT))
    assert reader.reply.picture == structs.replace(first, path="/stories/1.jpg")


async def test_never_public_before_and_gone_after(author: Talk, reader: Talk, reviewer: Talk) -> None:
    await sent_in(author)
    await hold(author, ("/mine 1", "有一张照片"))
    assert isinstance(author.reply.picture, Photo)
    assert author.reply.picture.path == ""
    assert (await public_photo(author.app)).status_code == 404
    await approved(reviewer)
    assert (await public_photo(author.app)).status_code == 200
    await hold(reader, ("/takedown 1 yes", "已经撤下了"))
    assert (await public_photo(author.app)).status_code == 404
    await approved(reviewer)
    assert (await public_photo(author.app)).status_code == 200
    await hold(author, ("/revise 1 yes", "[换照片]"))
    assert (await public_photo(author.app)).status_code == 404
    await hold(author, ("同意，交上去", "收到"))
    await approved(reviewer)
    assert (await public_photo(author.app)).status_code == 200
    await hold(author, ("/withdraw 1 yes", "撤回了"))
    assert (await public_photo(author.app)).status_code == 404
    assert await rows(author, "photos") == 0, "nobody needs it any more"


@pytest.mark.parametrize("end", ["/story-cancel yes", "/forget yes"])
async def test_deleted_with_the_draft_and_with_the_person(author: Talk, end: str) -> None:
    await hold(author, *ASKED)
    await sends_photo(author)
    await collected(author)
    assert await rows(author, "photos") == 1
    await author.says(end)
    assert await rows(author, "photos") == 0


async def test_rejected_it_is_deleted(author: Talk, reviewer: Talk) -> None:
    await sent_in(author)
    await hold(reviewer, ("/review 1",), ("> 不通过", "为什么"), ("这是广告", "没有通过"))
    assert await rows(author, "photos") == 0
    await hold(author, ("/mine 1", "没有通过", "! 有一张照片"))


async def test_another_photo_goes_back_to_review_and_who_is_seen_is_asked_anew(author: Talk, reviewer: Talk) -> None:
    await sent_in(author)
    await hold(reviewer, ("/review 1",))
    approve = reviewer.button("通过").command
    await hold(author, ("/revise 1", "[换照片]"), ("> 换照片", "要配一张照片吗"))
    await sends_photo(author, "other")
    await collected(author)
    await hold(author, ("都同意了", "有一张照片"), ("同意，交上去", "收到"))
    assert await rows(author, "photos") == 1
    await hold(reviewer, (approve, "校验码对不上"))
    await approved(reviewer)
    assert opened((await public_photo(author.app)).content).getpixel((1, 1))


async def test_taken_out_again(author: Talk, reviewer: Talk) -> None:
    await sent_in(author)
    await hold(
        author, ("/revise 1",), ("> 换照片",), ("跳过", "! 有一张照片", "[同意，交上去]"), ("同意，交上去", "收到")
    )
    assert await rows(author, "photos") == 0
    await approved(reviewer)
    assert (await public_photo(author.app)).status_code == 404


async def test_nothing_is_approved_before_its_photo_is_here(author: Talk, reviewer: Talk, camera: Camera) -> None:
    await sent_in(author, fetched=False)
    await hold(reviewer, ("/review 1", "我还在取", "[通过]"), ("> 通过", "照片还没取到"))
    await collected(author)
    await hold(reviewer, ("/review 1", "（有一张照片）"), ("> 通过", "已经公开"))


async def test_a_platform_that_is_away_is_asked_again_later(
    author: Talk, reviewer: Talk, camera: Camera, clock: Clock
) -> None:
    camera.away = True
    await sent_in(author, fetched=False)
    await collected(author)
    await collected(author)
    assert camera.asked == [FILE]
    clock.passes(seconds=30)
    camera.away = False
    await collected(author)
    assert camera.asked == [FILE] * 2
    await approved(reviewer)
    assert (await public_photo(author.app)).status_code == 200


async def test_what_cannot_be_had_is_given_up_and_told(author: Talk, camera: Camera, clock: Clock) -> None:
    camera.away = True
    await sent_in(author, fetched=False)
    for _ in range(ATTEMPTS):
        await collected(author)
        clock.passes(minutes=20)
    assert len(camera.asked) == ATTEMPTS
    assert await rows(author, "photos") == 0
    await hold(author, ("/mine 1", "等着审", "! 照片"))
    assert await letters(author) == ["《楼下的手机课》的照片没有收到"]


@pytest.mark.parametrize("data", [b"no photo", TELLTALES["jpeg"][:200]])
async def test_what_is_no_photo_is_asked_for_again(author: Talk, camera: Camera, data: bytes) -> None:
    camera.files[FILE] = data
    await hold(author, *ASKED)
    await sends_photo(author)
    await collected(author)
    assert await letters(author) == ["《楼下的手机课》的照片没有收到"]
    await hold(
        author, ("别的大人", "要配一张照片吗"), ("跳过", "都同意你讲出来吗"), ("都同意了",), ("匿名", "! 有一张照片")
    )


async def letters(talk: Talk) -> list[str]:
    """How the letters to the author begin."""
    async with talk.app.database.reading() as connection:
        found = await connection.exec_driver_sql("SELECT reply FROM outbox ORDER BY id")
        return [reply.partition('"text":"')[2][:15] for (reply,) in found]


async def test_it_is_fetched_after_a_restart(
    settings: Settings, library: Library, clock: Clock, camera: Camera
) -> None:
    camera.away = True
    async with watched(App(settings, library, clock), camera).running() as app:
        talk = Talk(app, "web", "ana")
        await hold(talk, *ASKED)
        await sends_photo(talk)
    clock.passes(minutes=5)
    camera.away = False
    async with watched(App(settings, library, clock), camera).running() as app:
        talk = Talk(app, "web", "ana")
        await collected(talk)
        await hold(talk, ("投稿", "写到的是谁"), ("别的大人",), ("都同意了",), ("匿名", "（有一张照片）"))


async def test_a_photo_that_comes_again_is_one(author: Talk, camera: Camera) -> None:
    await hold(author, *ASKED)
    first = await sends_photo(author, message_id="tg:17")
    await hold(author, ("别的大人",), ("都同意了",))
    again = await sends_photo(author, message_id="tg:17")
    assert again.text == first.text
    await collected(author)
    await collected(author)
    assert (camera.asked, await rows(author, "photos")) == ([FILE], 1)
    await hold(author, ("匿名", "（有一张照片）"))


async def test_photos_where_none_is_asked_for(author: Talk) -> None:
    await hold(author, ("投稿", "满14岁了"))
    assert "问到照片的时候再发给我" in (await sends_photo(author)).text
    await hold(author, ("> 满14岁了",))
    reply = await sends_photo(author, caption="题目")
    assert "问到照片的时候再发给我" in reply.text
    assert "给故事起个题目" in reply.text
    assert await rows(author, "photos") == 0
    await hold(author, (TITLE,), (TEXT, "要配一张照片吗"))
    assert "这个我收不了" in (await author.says("", wordless=True)).text


async def test_oneself_in_a_photo_is_asked_for_those_who_are_seen(author: Talk) -> None:
    await hold(author, *ASKED)
    await sends_photo(author)
    await hold(author, ("我自己", "照片里看得到"), ("都同意了", "作者写什么"))


async def test_a_reviewer_who_cannot_see_it_cannot_approve_it(author: Talk, app: App, reviewer: Talk) -> None:
    wechat = Talk(app, "wechat", "oOperator")
    await sent_in(author)
    await hold(wechat, ("/review 1", "在这里不能通过", "[不通过]"))
    assert "通过" not in labels(wechat.reply)
    await hold(reviewer, ("/review 1",))
    await hold(wechat, (reviewer.button("通过").command, "在这里不能通过"))
    await approved(reviewer)
    await hold(wechat, ("看故事 1", TEXT, "打开网页就能看到"))


async def test_a_platform_without_photos_says_so(app: App) -> None:
    terminal = Talk(app, "terminal", "local")
    await hold(terminal, *BEGUN, (TITLE,), (TEXT, "收不了照片，请回复“跳过”"), ("跳过", "写到的是谁"))


async def test_a_story_without_a_photo_keeps_its_code(author: Talk) -> None:
    await hold(author, *ASKED, ("跳过",), ("我自己",), ("匿名",), ("同意，交上去", "收到"))
    (story,) = await author.app.services.stories.of(author.sender)
    assert story.digest == structs.replace(story, photo=None).digest


async def test_what_nobody_claimed_is_dropped(author: Talk, clock: Clock) -> None:
    await author.app.photos.bring(Developed("adrift", b"jpeg", clock()), "web")
    await sent_in(author)
    await author.app.photos.drop_adrift(clock() - ADRIFT_LASTS)
    assert await rows(author, "photos") == 2
    await author.app.photos.drop_adrift(clock.passes(seconds=1))
    assert await rows(author, "photos") == 1


async def test_a_draft_whose_photo_was_lost_is_asked_for_it_before_the_end(author: Talk) -> None:
    await sent_in(author)
    await author.says("/revise 1")
    (story,) = await author.app.services.stories.of(author.sender)
    await author.app.services.stories.lose_photo(story.photo or "", author.app.clock())
    await hold(author, ("同意", "要配一张照片吗"), ("跳过", "[同意，交上去]"), ("同意", "收到"))
