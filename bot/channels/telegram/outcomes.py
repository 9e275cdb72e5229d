"""What an error of the Bot API says about a message: sent or not, and whether to try again."""

import os

import aiohttp
from telegram.error import (
    BadRequest,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)

from bot.messages import Outcome, Sent

REVOKED = "token rejected"
# Reasons that say that Telegram, or the way to it, does not work.
UNREACHED = frozenset({"not connected", "timeout", "connection lost", "unreadable answer"})
UNTIMED_FLOOD_SECONDS = 30.0
RECONNECT_SECONDS = 5.0
REJECTED_SECONDS = 60.0

# python-telegram-bot 22.2: the way to the coming type of retry_after; else every 429 is a DeprecationWarning.
os.environ["PTB_TIMEDELTA"] = "true"

# The request never left us: no connection, or no free one.
_NOT_SENT = (
    aiohttp.ClientConnectorError,
    aiohttp.ConnectionTimeoutError,
    aiohttp.ClientHttpProxyError,
    aiohttp.InvalidURL,
    aiohttp.NonHttpUrlClientError,
)
# Descriptions of 400 that speak of the chat, not of the message.
_NOBODY_THERE = (
    "chat not found",
    "user not found",
    "deactivated",
    "peer_id_invalid",
    "bot was kicked",
    "bot is not a member",
    "not enough rights",
    "have no rights",
    "chat_write_forbidden",
)
_HARMLESS = ("message is not modified", "query is too old", "query_id_invalid")


def outcome_of(error: TelegramError) -> Sent:
    """The outcome of a send that ended with `error`; what cannot be known is UNKNOWN."""
    if isinstance(error.__cause__, TelegramError):  # an error page of something between us and Telegram
        return Sent(Outcome.UNKNOWN, reason="unreadable answer")
    match error:
        case RetryAfter():
            return Sent(Outcome.RETRY, seconds_of(error), "flood")
        case Forbidden():
            return Sent(Outcome.UNREACHABLE, reason="forbidden")
        case InvalidToken():
            return Sent(Outcome.RETRY, REJECTED_SECONDS, REVOKED)
        case Conflict():
            return Sent(Outcome.RETRY, RECONNECT_SECONDS, "conflict")
        case BadRequest():  # before NetworkError, whose subclass it is
            return _outcome_of_bad_request(error)
        case NetworkError():
            return _outcome_of_network_error(error)
    return Sent(Outcome.UNKNOWN, reason="unreadable answer")


def seconds_of(error: RetryAfter) -> float:
    """How long to wait."""
    wait = error.retry_after
    return float(wait) if isinstance(wait, int) else wait.total_seconds()


def is_harmless(error: TelegramError) -> bool:
    """Nobody misses anything: the text is the same already, the tap is too old, the person has left."""
    if isinstance(error, Forbidden):
        return True
    return isinstance(error, BadRequest) and any(words in error.message.lower() for words in _HARMLESS)


def _outcome_of_bad_request(error: BadRequest) -> Sent:
    description = error.message.lower()
    for words in _NOBODY_THERE:
        if words in description:
            return Sent(Outcome.UNREACHABLE, reason=words)
    return Sent(Outcome.REFUSED, reason=description[:80])


def _outcome_of_network_error(error: NetworkError) -> Sent:
    if isinstance(error.__cause__, _NOT_SENT):
        return Sent(Outcome.RETRY, RECONNECT_SECONDS, "not connected")
    if error.message.lower().startswith("too many requests"):
        return Sent(Outcome.RETRY, UNTIMED_FLOOD_SECONDS, "flood")
    return Sent(Outcome.UNKNOWN, reason="timeout" if isinstance(error, TimedOut) else "connection lost")
