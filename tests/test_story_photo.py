"""A photo's whole way through the real channel: sent on Telegram, fetched, reviewed there, public on the web."""

import itertools
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot.app import App
from bot.config import Settings
from tests.conftest import Clock
from tests.fakes.telegram import TOKEN, ApiCall, FakeTelegram, serving
from tests.pictures.samples import opened
from tests.pictures.test_photos import SECRET, TELLTALES
from tests.shipped import shipped

AUTHOR, OPERATOR = 42, 100
TEXT = "王阿姨每个周六在楼下教邻居用手机，教大家认出诈骗短信，已经坚持了两年。"


class Chat:
    """What people say to the bot on a fake Telegram, and what they get to see."""

    _ids = itertools.count(1)

    def __init__(self, fake: FakeTelegram) -> None:
        self.fake = fake

    async def says(self, user: int, **content: Any) -> ApiCall:
        """The call that answers it."""
        sender = {"id": user, "is_bot": False}
        message = {"message_id": 1, "date": 1, "from": sender, "chat": {"id": user, "type": "private"}, **content}
        before = len(self.answers(user))
        self.fake.push({"update_id": next(self._ids), "message": message})
        await self.fake.emptied()
        await self.fake.until(lambda: len(self.answers(user)) > before)
        return self.answers(user)[before]

    def answers(self, user: int) -> list[ApiCall]:
        return [call for call in self.fake.said("sendMessage", "sendPhoto") if call.params["chat_id"] == user]


@pytest.fixture
async def chat() -> Chat:
    fake = FakeTelegram()
    fake.files["from-ana"] = TELLTALES["jpeg"]
    return Chat(fake)


@pytest.fixture
async def app(chat: Chat, tmp_path: Path, clock: Clock) -> AsyncIterator[App]:
    async with serving(chat.fake) as api_base:
        settings = Settings(
            data_dir=tmp_path / "data",
            telegram_bot_token=TOKEN,
            telegram_api_base=api_base,
            operator_accounts=f"telegram:{OPERATOR}",
        )
        async with App(settings, shipped(), clock).running() as app:
            yield app
            chat.fake.close()


async def test_a_photo_from_telegram_to_the_public(app: App, chat: Chat) -> None:
    for words in ("投稿", "满14岁了", "楼下的手机课", TEXT):
        answer = await chat.says(AUTHOR, text=words)
    assert "要配一张照片吗" in answer.params["text"]
    photo = [{"file_id": "thumb"}, {"file_id": "from-ana"}]
    assert "照片收到了" in (await chat.says(AUTHOR, photo=photo, caption="楼下")).params["text"]
    await app.collector.tick(app.clock())
    for words in ("别的大人", "都同意了", "匿名"):
        preview = await chat.says(AUTHOR, text=words)
    assert preview.method == "sendPhoto"
    await chat.says(AUTHOR, text="同意，交上去")

    sheet = await chat.says(OPERATOR, text="/review 1")
    assert "校验码" in sheet.params["caption"]
    assert sheet.params["photo"] == "photo-2", "the same photo as in the preview is not uploaded again"
    seen = chat.fake.files["photo-2"]
    assert (opened(seen).format, dict(opened(seen).getexif()), SECRET in seen) == ("JPEG", {}, False)
    code = sheet.params["reply_markup"]["inline_keyboard"][0][0]["callback_data"]
    assert "已经公开" in (await chat.says(OPERATOR, text=code)).params["text"]

    async with httpx.AsyncClient(transport=httpx.ASGITransport(app.asgi), base_url="http://bot.test") as client:
        assert (await client.get("/stories/1.jpg")).content == seen
    read = await chat.says(7, text="看故事 1")
    assert (read.method, TEXT in read.params["caption"]) == ("sendPhoto", True)


async def test_results_as_a_picture_on_telegram(app: App, chat: Chat) -> None:
    if not app.gallery.draws:
        pytest.skip("no font with Chinese characters")
    first, second = await chat.says(AUTHOR, text="看图"), await chat.says(OPERATOR, text="图")
    assert opened(first.params["photo"]).width == 1080
    assert second.params["photo"] == "photo-2"
    assert "演示" in first.params["caption"]
