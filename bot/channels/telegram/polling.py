"""Fetches updates where no webhook can reach us; Telegram forgets them only when what they change is stored."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Iterator

from telegram.error import Conflict, RetryAfter, TelegramError

from bot.channels.telegram.client import TelegramClient
from bot.channels.telegram.condition import Condition
from bot.channels.telegram.interpreter import Interpreter
from bot.channels.telegram.outcomes import REVOKED, UNREACHED, outcome_of, seconds_of
from bot.channels.telegram.payloads import Update
from bot.channels.telegram.talks import Talks
from bot.context import Unavailable

log = logging.getLogger(__name__)

FIRST_PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 60.0

Sleep = Callable[[float], Awaitable[None]]


def pauses() -> Iterator[float]:
    """Growing pauses between attempts, in seconds."""
    pause = FIRST_PAUSE_SECONDS
    while True:
        yield pause
        pause = min(2 * pause, LONGEST_PAUSE_SECONDS)


def pause_after(error: TelegramError, planned: float) -> float:
    """The planned pause, or the longer one that Telegram asked for."""
    return max(planned, seconds_of(error)) if isinstance(error, RetryAfter) else planned


class Poller:
    def __init__(
        self,
        client: TelegramClient,
        interpreter: Interpreter,
        condition: Condition,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._client = client
        self._interpreter = interpreter
        self._condition = condition
        self._sleep = sleep
        self._talks = Talks(client.say)
        self._offset: int | None = None
        self._answered: set[int] = set()

    async def run(self) -> None:
        """Poll until cancelled."""
        waits = pauses()
        while True:
            try:
                await self._round()
            except Unavailable:
                await self._sleep(FIRST_PAUSE_SECONDS)
            except TelegramError as error:
                self._condition.trouble(describe(error))
                await self._sleep(pause_after(error, next(waits)))
            else:
                waits = pauses()

    async def close(self) -> None:
        """Say what is still to be said, as far as there is time. After `run` has ended."""
        await self._talks.close()

    async def _round(self) -> None:
        batch = await self._client.updates(self._offset)
        self._condition.well()
        await self._answer_all(batch.updates)
        await self._talks.listened()
        # Telegram has seen the offset: it is spent. Kept, it would hide ids that start anew after a quiet week.
        self._offset = batch.last + 1 if batch.last is not None else None
        self._answered.clear()

    async def _answer_all(self, updates: Iterable[Update]) -> None:
        """Answer chats side by side and each chat in order. Raises Unavailable after all have been tried."""
        by_chat: dict[int | None, list[Update]] = {}
        for update in updates:
            by_chat.setdefault(update.chat, []).append(update)
        results = await asyncio.gather(*map(self._answer_chat, by_chat.values()), return_exceptions=True)
        for result in results:
            if isinstance(result, BaseException):
                raise result

    async def _answer_chat(self, updates: Iterable[Update]) -> None:
        for update in updates:
            if update.update_id not in self._answered:
                await self._answer(update)
                self._answered.add(update.update_id)

    async def _answer(self, update: Update) -> None:
        answer = await self._interpreter.answer(update)
        self._talks.say(update.chat, filter(None, (*answer.before, answer.main, answer.after)))


def describe(error: TelegramError) -> str:
    """What is wrong and what to do, in one sentence."""
    if isinstance(error, Conflict) and "webhook" in error.message:
        return "Somebody has set a webhook for this bot, so nothing can be fetched; haowangmin doctor --repair"
    if isinstance(error, Conflict):
        return "Another program receives this bot's updates; stop it, or give this one a bot of its own."
    reason = outcome_of(error).reason
    if reason == REVOKED:
        return "Telegram does not accept the token; check TELEGRAM_BOT_TOKEN (BotFather shows it with /token)."
    if reason in UNREACHED:
        return f"Telegram cannot be reached ({reason}); check the network, the proxy and TELEGRAM_API_BASE."
    return f"Telegram refuses ({reason}); it is asked again."
