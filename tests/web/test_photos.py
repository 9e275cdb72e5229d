"""Photos on the web: sent in the chat where one is asked for, and those of public stories."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from msgspec import structs
from playwright.async_api import Page, expect

import bot.web.photos as photos_module
from bot.domain.photos import MAX_PHOTO_BYTES, photo_key
from tests.pictures.samples import opened
from tests.pictures.test_photos import SECRET, TELLTALES, UNREADABLE, photo
from tests.web.stand_in import StandIn
from tests.web.test_stories import STORY

JPEG = {"Content-Type": "image/jpeg"}
WITH_PHOTO = structs.replace(STORY, photo="key", photo_digest=b"d" * 32)


@pytest.fixture
async def person(client: httpx.AsyncClient, stand_in: StandIn) -> httpx.AsyncClient:
    """Somebody whom the chat has just asked for a photo."""
    asked = (await client.post("/api/chat", json={"text": "投稿"})).json()
    assert asked["photo"] is True
    return client


async def sends(
    client: httpx.AsyncClient, data: bytes, headers: dict[str, str] = JPEG, name: str = "m1"
) -> httpx.Response:
    return await client.post("/api/photo", params={"id": name}, content=data, headers=headers)


async def test_a_photo_is_kept_without_its_metadata(person: httpx.AsyncClient, stand_in: StandIn) -> None:
    answer = await sends(person, TELLTALES["jpeg"])
    assert answer.json() == {"text": "照片收到了。", "buttons": []}
    message = stand_in.heard[-1]
    assert (message.id, message.photo, message.wordless) == ("web:person-1:m1", "upload", True)
    kept = stand_in.photos[photo_key(message.id)]
    assert dict(opened(kept).getexif()) == {}
    assert SECRET not in kept


async def test_the_same_photo_again_is_the_same(person: httpx.AsyncClient, stand_in: StandIn) -> None:
    first = await sends(person, TELLTALES["jpeg"])
    assert (await sends(person, TELLTALES["jpeg"])).json() == first.json()
    assert len(stand_in.photos) == 1
    assert (await sends(person, TELLTALES["jpeg"], name="m2")).status_code == 409


async def test_from_whom_none_was_asked(client: httpx.AsyncClient, stand_in: StandIn) -> None:
    stranger = await sends(client, TELLTALES["jpeg"])
    assert (stranger.status_code, "现在不用发照片" in stranger.json()["error"]) == (409, True)
    await client.post("/api/chat", json={"text": "/start"})
    assert (await sends(client, TELLTALES["jpeg"])).status_code == 409
    assert stand_in.photos == {}


REFUSED = {
    "another type": (photo(), {"Content-Type": "image/gif"}, 415),
    "a form": (photo(), {"Content-Type": "multipart/form-data; boundary=x"}, 415),
    "no type": (photo(), {}, 415),
    "from another site": (photo(), {**JPEG, "Sec-Fetch-Site": "cross-site"}, 403),
    "from a sister site": (photo(), {**JPEG, "Sec-Fetch-Site": "same-site"}, 403),
    "too large": (bytes(MAX_PHOTO_BYTES + 1), JPEG, 413),
    "no photo": (b"<script>", JPEG, 415),
    "half a photo": (UNREADABLE["half a jpeg"], JPEG, 415),
    "a bomb": (UNREADABLE["a bomb of pixels"], JPEG, 415),
    "nothing": (b"", JPEG, 415),
}


@pytest.mark.parametrize("kind", REFUSED)
async def test_what_is_refused(person: httpx.AsyncClient, stand_in: StandIn, kind: str) -> None:
    data, headers, status = REFUSED[kind]
    answer = await sends(person, data, headers)
    assert answer.status_code == status
    assert answer.json()["error"]
    assert answer.headers["cache-control"] == "no-store"
    assert stand_in.photos == {}


async def test_a_body_that_says_too_little_is_cut_off(person: httpx.AsyncClient, stand_in: StandIn) -> None:
    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield bytes(1024 * 1024)

    answer = await person.post("/api/photo", content=endless(), headers=JPEG)
    assert answer.status_code == 413


async def test_a_slow_body_is_given_up(
    person: httpx.AsyncClient, stand_in: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def slow() -> AsyncIterator[bytes]:
        yield b"x"
        await asyncio.sleep(5)

    monkeypatch.setattr(photos_module, "UPLOAD_SECONDS", 0.05)
    assert (await person.post("/api/photo", content=slow(), headers=JPEG)).status_code == 408


async def test_too_many_at_once_are_asked_to_come_again(
    person: httpx.AsyncClient, stand_in: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(photos_module, "AT_ONCE", 0)
    answer = await sends(person, photo())
    assert (answer.status_code, "过一会儿再试" in answer.json()["error"]) == (503, True)


async def test_the_photo_of_a_public_story(client: httpx.AsyncClient, stand_in: StandIn) -> None:
    stand_in.stories, stand_in.photos = [WITH_PHOTO], {"key": b"jpeg"}
    shown = await client.get("/stories/12.jpg")
    assert (shown.content, shown.headers["content-type"]) == (b"jpeg", "image/jpeg")
    assert shown.headers["cache-control"] == "no-cache"
    tag = {"If-None-Match": shown.headers["etag"]}
    assert (await client.get("/stories/12.jpg", headers=tag)).status_code == 304
    page = (await client.get("/stories/12")).text
    assert '<img class="story-photo" src="/stories/12.jpg" alt="《楼下的&lt;手机&gt;课》的照片">' in page
    stand_in.stories = []
    assert (await client.get("/stories/12.jpg", headers=tag)).status_code == 404, "who has a copy is told as well"


async def test_a_photo_that_goes_at_this_moment(client: httpx.AsyncClient, stand_in: StandIn) -> None:
    stand_in.stories, stand_in.photos = [WITH_PHOTO], {}
    assert (await client.get("/stories/12.jpg")).status_code == 404


async def test_one_photo_of_a_person_at_a_time(person: httpx.AsyncClient, stand_in: StandIn) -> None:
    here = asyncio.Event()

    async def slow() -> AsyncIterator[bytes]:
        yield photo()
        await here.wait()

    first = asyncio.create_task(person.post("/api/photo", params={"id": "m1"}, content=slow(), headers=JPEG))
    await asyncio.sleep(0.05)
    assert (await sends(person, photo(), name="m2")).status_code == 503
    here.set()
    assert (await first).status_code == 200


@pytest.mark.parametrize("photo_digest", [b"", b"d" * 32])
async def test_what_is_not_public_or_not_there(
    client: httpx.AsyncClient, stand_in: StandIn, photo_digest: bytes
) -> None:
    stand_in.stories = [structs.replace(WITH_PHOTO, photo="" if photo_digest else "key", photo_digest=photo_digest)]
    stand_in.photos = {"key": b"jpeg"}
    for number in ("12", "13", "x"):
        assert (await client.get(f"/stories/{number}.jpg")).status_code == 404
    assert "story-photo" not in (await client.get("/stories/12")).text


@pytest.mark.browser
@pytest.mark.asyncio(loop_scope="session")
async def test_a_photo_is_chosen_in_the_chat(page: Page, base_url: str, stand_in: StandIn, tmp_path: Path) -> None:
    file = tmp_path / "楼下.jpg"
    file.write_bytes(TELLTALES["jpeg"])
    await page.goto(base_url)
    await expect(page.locator(".entry-bot")).to_have_count(1)
    assert await page.locator("input[type=file]").count() == 0
    await page.fill("#question", "投稿")
    await page.click("#send")
    async with page.expect_file_chooser() as choosing:
        await page.click("text=选一张照片")
    await (await choosing.value).set_files(file)
    await expect(page.locator(".entry-bot").last).to_contain_text("照片收到了")
    await expect(page.locator(".entry-mine").last).to_contain_text("（一张照片）")
    (kept,) = stand_in.photos.values()
    assert SECRET not in kept
    await page.reload()
    await expect(page.locator(".entry-mine").last).to_contain_text("（一张照片）")


@pytest.mark.browser
@pytest.mark.asyncio(loop_scope="session")
async def test_a_photo_that_failed_can_be_sent_again(
    page: Page, base_url: str, stand_in: StandIn, tmp_path: Path
) -> None:
    file = tmp_path / "a.jpg"
    file.write_bytes(TELLTALES["jpeg"])
    await page.goto(base_url)
    await expect(page.locator(".entry-bot")).to_have_count(1)
    await page.fill("#question", "投稿")
    await page.click("#send")
    await expect(page.locator("text=选一张照片")).to_be_visible()
    stand_in.down = True
    async with page.expect_file_chooser() as choosing:
        await page.click("text=选一张照片")
    await (await choosing.value).set_files(file)
    await expect(page.locator(".trouble")).to_be_visible()
    stand_in.down = False
    await page.click("text=再试一次")
    await expect(page.locator(".entry-bot").last).to_contain_text("照片收到了")
    assert len(stand_in.photos) == 1
