"""A channel behind its own routes, with answers that the test can count."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

import httpx
from starlette.responses import Response

from bot.channels.wechat import WeChatChannel
from bot.channels.wechat.photos import Photos
from bot.channels.wechat.pushing import PushingWeChatChannel
from bot.domain.knowledge import KnowledgeBase
from bot.domain.library import Library, Shelf
from bot.domain.tips import Tips
from bot.messages import Button, Message, Reply
from bot.web.front import Front
from tests.channels.wechat.official_account import AES_KEY, APP_ID, NOW, TOKEN, Call
from tests.shipped import shipped


class Counter:
    """Answers each message with how many it has met."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.answer: Callable[[Message], Awaitable[Reply]] = self.count

    async def __call__(self, message: Message) -> Reply:
        self.messages.append(message)
        return await self.answer(message)

    async def count(self, message: Message) -> Reply:
        return Reply(f"第 {len(self.messages)} 条：{message.text}", ((Button("今日一招", "/tip"),),))


def channel_of(
    answer: Callable[[Message], Awaitable[Reply]],
    photos: Photos | None = None,
    notice: Callable[[str], Awaitable[bool]] | None = None,
    clock: Callable[[], datetime] = lambda: NOW,
    message_menus: bool = False,
    **keys: str,
) -> WeChatChannel:
    phrases = shipped().phrases
    shelf = Shelf(Library(knowledge=KnowledgeBase(()), tips=Tips(), polls={}, phrases=phrases))
    names: dict[str, Any] = {"app_id": APP_ID, "token": TOKEN, "aes_key": AES_KEY, **keys}
    return WeChatChannel(
        **names, answer=answer, shelf=shelf, clock=clock, photos=photos, notice=notice, message_menus=message_menus
    )


def client_of(channel: WeChatChannel | PushingWeChatChannel) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(Front(channel.endpoints, Response(status_code=404)))
    return httpx.AsyncClient(transport=transport, base_url="http://bot.example")


async def post(client: httpx.AsyncClient, made: Call, path: str = "/wechat/callback") -> httpx.Response:
    return await client.post(path, params=made.query, content=made.body)
