"""From an update to the calls that answer it, the same for webhook and polling."""

import logging
from collections.abc import Awaitable, Callable
from datetime import datetime

from msgspec import structs

from bot.channels.telegram.payloads import Origin, Update, origin_of, to_message
from bot.channels.telegram.render import Answer, to_answer, with_link
from bot.messages import Message, Reply

log = logging.getLogger(__name__)


class Interpreter:
    """`username` is set when Telegram has told it."""

    def __init__(
        self,
        *,
        bot_id: str,
        answer: Callable[[Message], Awaitable[Reply]],
        clock: Callable[[], datetime],
    ) -> None:
        self.username = ""
        self._bot_id = bot_id
        self._answer = answer
        self._clock = clock

    async def answer(self, update: Update) -> Answer:
        """The calls to make. When this returns, what the message changed is stored.

        Raises bot.context.Unavailable when it could not be stored.
        """
        message = to_message(update, self._bot_id, self.username, self._clock())
        if message is None:
            return to_answer(Reply(), Origin(tap=origin_of(update).tap))
        reply = with_link(await self._answer(message), self.username)
        return _rendered(reply, origin_of(update))


def _rendered(reply: Reply, origin: Origin) -> Answer:
    try:
        return to_answer(reply, origin)
    except ValueError:
        log.exception("a reply went out without its buttons, which Telegram cannot carry")
        return to_answer(structs.replace(reply, buttons=()), origin)
