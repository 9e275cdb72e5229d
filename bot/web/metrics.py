"""Figures about the service for Prometheus: counts and times, nothing about a person."""

import logging
from collections.abc import Awaitable, Callable
from time import perf_counter
from typing import NamedTuple

from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

from bot.context import Unavailable
from bot.messages import Message, Reply

Answer = Callable[[Message], Awaitable[Reply]]

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5)


class _Answers(NamedTuple):
    """The figures of one channel's answers."""

    answered: Counter
    unavailable: Counter
    seconds: Histogram


class Metrics:
    """The figures of one service; the composition root wraps the dispatcher's answer once, for all channels."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        self._answered = Counter(
            "haowangmin_messages_answered", "Messages answered", ["channel"], registry=self._registry
        )
        self._unavailable = Counter(
            "haowangmin_messages_unavailable",
            "Messages put off because nothing could be stored",
            ["channel"],
            registry=self._registry,
        )
        self._seconds = Histogram(
            "haowangmin_answer_seconds",
            "Time from a message to its answer, storage included, platform excluded",
            ["channel"],
            buckets=SECONDS,
            registry=self._registry,
        )
        self._channels: dict[str, _Answers] = {}
        self._errors = Counter(
            "haowangmin_errors_logged",
            "Log records of level ERROR and above",
            ["logger"],
            registry=self._registry,
        )

    def watch(self, answer: Answer) -> Answer:
        """The same answers, counted and timed by channel."""

        async def watched(message: Message) -> Reply:
            figures = self._of(message.sender.channel)
            begun = perf_counter()
            try:
                reply = await answer(message)
            except Unavailable:
                figures.unavailable.inc()
                raise
            finally:
                figures.seconds.observe(perf_counter() - begun)
            figures.answered.inc()
            return reply

        return watched

    def _of(self, channel: str) -> _Answers:
        """Found by its label once: prometheus_client takes longer for that than to count."""
        figures = self._channels.get(channel)
        if figures is None:
            figures = self._channels[channel] = _Answers(
                self._answered.labels(channel), self._unavailable.labels(channel), self._seconds.labels(channel)
            )
        return figures

    def error_counter(self) -> logging.Handler:
        """A handler for the root logger that counts errors by logger."""
        return _ErrorCounter(self._errors)

    def exposition(self) -> tuple[bytes, str]:
        """All figures in Prometheus' text format, with its content type."""
        return generate_latest(self._registry), CONTENT_TYPE_LATEST


class _ErrorCounter(logging.Handler):
    def __init__(self, errors: Counter) -> None:
        super().__init__(logging.ERROR)
        self._errors = errors

    def emit(self, record: logging.LogRecord) -> None:
        self._errors.labels(record.name).inc()
