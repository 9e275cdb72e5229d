"""From an update to the calls that answer it, the same for webhook and polling."""

import logging
from collections.abc import Awaitable, Callable
from datetime import datetime

from msgspec import structs
from telegram.error import TelegramError

from bot.channels.telegram.client import TelegramClient
from bot.channels.telegram.outcomes import outcome_of
from bot.channels.telegram.payloads import ChatMember, InlineQuery, Origin, Update, origin_of, to_inquiry, to_message
from bot.channels.telegram.presence import Presence
from bot.channels.telegram.render import Answer, Call, Key, page_key, to_answer, to_results, with_link
from bot.messages import Address, Message, Offers, Reply

log = logging.getLogger(__name__)


class Interpreter:
    """`username` is set when Telegram has told it; `site` is where the public pages are, empty for nowhere."""

    def __init__(
        self,
        *,
        bot_id: str,
        client: TelegramClient,
        answer: Callable[[Message], Awaitable[Reply]],
        offers: Callable[[Message], Awaitable[Offers]],
        presence: Presence,
        clock: Callable[[], datetime],
        site: str = "",
    ) -> None:
        self._site = site
        self.username = ""
        self._bot_id = bot_id
        self._client = client
        self._answer = answer
        self._offers = offers
        self._presence = presence
        self._clock = clock

    async def answer(self, update: Update) -> Answer:
        """The calls to make. When this returns, what the message changed is stored.

        Raises bot.context.Unavailable when it could not be stored.
        """
        if update.inline_query:
            return await self._offer(update.inline_query)
        message = to_message(update, self._bot_id, self.username, self._clock())
        if message is None:
            return to_answer(Reply(), Origin(tap=origin_of(update).tap))
        with self._presence.during(update):
            reply = await self._answer(message)
            if reply.asks_who:
                reply = await self._answer(structs.replace(message, by_admin=await self._is_admin(message.sender)))
        page = page_key(reply.link, self._site, message.sender.is_private)
        return _rendered(with_link(reply, self.username), origin_of(update), page)

    async def _is_admin(self, sender: Address) -> bool:
        """Whether Telegram says so; no where it does not answer."""
        asked = Call("getChatMember", {"chat_id": int(sender.chat), "user_id": int(sender.user)})
        try:
            return (await self._client.ask(asked, ChatMember)).is_admin
        except TelegramError as error:
            log.warning("nobody knows whether an administrator speaks: %s", outcome_of(error).reason)
            return False

    async def _offer(self, query: InlineQuery) -> Answer:
        offers = await self._offers(to_inquiry(query, self._clock()))
        return Answer(main=to_results(offers, query.id, self.username))


def _rendered(reply: Reply, origin: Origin, page: Key | None) -> Answer:
    try:
        return to_answer(reply, origin, page)
    except ValueError:
        log.exception("a reply went out without its buttons, which Telegram cannot carry")
        return to_answer(structs.replace(reply, buttons=()), origin)
