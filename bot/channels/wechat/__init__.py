"""The WeChat Official Account channel: passive replies in secure mode (安全模式)."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime

from starlette.types import ASGIApp

from bot.channels.wechat.callback import Callback
from bot.channels.wechat.envelope import Envelopes
from bot.channels.wechat.lately import Lately
from bot.channels.wechat.photos import Photos
from bot.channels.wechat.pictures import Pictures
from bot.channels.wechat.render import image_content, render, text_content, without_taps
from bot.channels.wechat.tries import Tries
from bot.context import Crowded, Unavailable
from bot.domain.library import Shelf
from bot.domain.text import language_of
from bot.messages import Message, Picture, Reply
from bot.router import ENGLISH_MARK


class WeChatChannel:
    """Answers people of one Official Account within the platform's own call; it cannot write to them first.

    `notice` is told of each payload, before the platform gets its answer. `message_menus` says that options may be
    links to tap on (msgmenu): the operator has tried them on this account. Without `pictures` all is told in words.
    `state` is for /readyz: nothing outside has to be reached before the first answer. Where it does not `has_room`, a
    new message gets `success`. Raises ValueError for an EncodingAESKey of the wrong form.
    """

    name = "wechat"

    def __init__(
        self,
        *,
        app_id: str,
        token: str,
        aes_key: str,
        previous_aes_key: str = "",
        answer: Callable[[Message], Awaitable[Reply]],
        public_url: str = "",
        shelf: Shelf,
        clock: Callable[[], datetime],
        photos: Photos | None = None,
        notice: Callable[[str], Awaitable[bool]] | None = None,
        message_menus: bool = False,
        pictures: Pictures | None = None,
        state: str = "ready",
        has_room: Callable[[], bool] = lambda: True,
    ) -> None:
        envelopes = Envelopes(app_id=app_id, token=token, aes_key=aes_key, previous_aes_key=previous_aes_key)
        self._answer = answer
        self._public_url = public_url.rstrip("/")
        self._shelf = shelf
        self._photos = photos or Photos()
        self._message_menus = message_menus
        self._pictures = pictures
        self._lately = Lately()
        self.state = state
        self._tries = Tries(self._content_for, clock, has_room)
        callback = Callback(envelopes, self._tries, self._too_slow, clock, notice)
        # Both spellings: the platform follows no redirect.
        self.endpoints: dict[str, ASGIApp] = dict.fromkeys(("/wechat/callback", "/wechat/callback/"), callback)

    async def run(self) -> None:
        """Wait until cancelled: the platform calls, and there is nothing to do in between."""
        await asyncio.Event().wait()

    async def close(self) -> None:
        """Answers are worked out in the server's own calls, and it has waited for them."""
        await self._photos.close()
        if self._pictures:
            await self._pictures.close()

    async def fetch(self, source: str) -> bytes:
        """The photo at this address of the platform. Raises NoPhoto or NotYet."""
        return await self._photos.fetch(source)

    async def _content_for(self, message: Message) -> str:
        """Raises Unavailable for what the platform reports and nobody can say again."""
        try:
            reply = await self._answer(message)
        except Unavailable as fault:
            if message.event:
                raise
            if isinstance(fault, Crowded):  # at once, while there is still time for others
                return ""
            return self._said(message, "wechat.try_again")  # nothing was counted, and the person can do it again
        return await self._told(message, reply)

    async def _told(self, message: Message, reply: Reply) -> str:
        """The reply, or the last one where that is asked for again; what is not to be kept is not."""
        user = message.sender.user
        if reply.again:
            return self._lately.told(user, message.at) or text_content(self.written(reply))
        content = await self._shown(reply) or text_content(self.written(reply))
        if reply.unremembered:
            self._lately.forget(user)
        elif content:
            self._lately.keep(user, content, message.at)
        return content

    async def _shown(self, reply: Reply) -> str:
        """What was drawn to be shown; empty where there is nothing, or it can only be told."""
        if not (self._pictures and isinstance(reply.picture, Picture)):
            return ""
        media_id = await self._pictures.media_id(reply.picture)
        return image_content(media_id) if media_id else ""

    def written(self, reply: Reply) -> str:
        """The reply as the text that people read."""
        return render(reply, self._shelf.library.phrases, self._public_url, taps=self._message_menus)

    def answered(self, reply: Reply) -> str:
        """What people see of it who have asked: of what can be tapped on, the words."""
        return without_taps(self.written(reply))

    def _too_slow(self, message: Message) -> str:
        return self._said(message, "wechat.too_slow")

    def _said(self, message: Message, key: str) -> str:
        return text_content(self._shelf.library.phrases.say(_language(message), key))


def _language(message: Message) -> str:
    if message.text.startswith("/"):
        return "en" if message.text.endswith(ENGLISH_MARK) else "zh"
    return language_of(message.text) or "zh"
