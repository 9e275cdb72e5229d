"""Figures about the service for Prometheus: counts and times, nothing about a person."""

import logging
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator, Mapping
from itertools import accumulate
from time import perf_counter

from prometheus_client import CollectorRegistry, Counter, Gauge, ProcessCollector
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.metrics_core import CounterMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from bot.context import Unavailable
from bot.messages import Message, Reply

Answer = Callable[[Message], Awaitable[Reply]]

READY = "ready"
SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5)
_BOUNDS = (*map(str, SECONDS), "+Inf")


class _Answers:
    """The figures of one channel's answers; `within` counts them by the place of their time in SECONDS."""

    __slots__ = ("answered", "seconds", "unavailable", "within")

    def __init__(self) -> None:
        self.answered = self.unavailable = 0
        self.seconds = 0.0
        self.within = [0] * len(_BOUNDS)

    def took(self, seconds: float) -> None:
        self.within[bisect_left(SECONDS, seconds)] += 1
        self.seconds += seconds


class _AnswersByChannel(Collector):
    """Plain numbers, counted in the loop's thread: prometheus_client's own counters take a lock for each vote."""

    def __init__(self) -> None:
        self.of: defaultdict[str, _Answers] = defaultdict(_Answers)

    def collect(self) -> Iterator[Metric]:
        answered = CounterMetricFamily("haowangmin_messages_answered", "Messages answered", labels=["channel"])
        unavailable = CounterMetricFamily(
            "haowangmin_messages_unavailable", "Messages put off because nothing could be stored", labels=["channel"]
        )
        seconds = HistogramMetricFamily(
            "haowangmin_answer_seconds",
            "Time from a message to its answer, storage included, platform excluded",
            labels=["channel"],
        )
        for channel, figures in self.of.items():
            answered.add_metric([channel], figures.answered)
            unavailable.add_metric([channel], figures.unavailable)
            buckets = list(zip(_BOUNDS, accumulate(figures.within), strict=True))
            seconds.add_metric([channel], buckets, figures.seconds)
        yield from (answered, unavailable, seconds)


class Metrics:
    """The figures of one service; the composition root wraps the dispatcher's answer once, for all channels."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        self._answers = _AnswersByChannel()
        self._registry.register(self._answers)
        self._ready = Gauge(
            "haowangmin_ready",
            "1 where a component is ready, 0 where /readyz says what is wrong with it",
            ["component"],
            registry=self._registry,
        )
        self._errors = Counter(
            "haowangmin_errors_logged",
            "Log records of level ERROR and above",
            ["logger"],
            registry=self._registry,
        )

    def show(self, name: str, meaning: str, figure: Callable[[], float]) -> None:
        """A figure that goes up and down, asked for when somebody looks."""
        Gauge(name, meaning, registry=self._registry).set_function(figure)

    def watch(self, answer: Answer) -> Answer:
        """The same answers, counted and timed by channel."""

        async def watched(message: Message) -> Reply:
            figures = self._answers.of[message.sender.channel]
            begun = perf_counter()
            try:
                reply = await answer(message)
            except Unavailable:
                figures.unavailable += 1
                raise
            finally:
                figures.took(perf_counter() - begun)
            figures.answered += 1
            return reply

        return watched

    def error_counter(self) -> logging.Handler:
        """A handler for the root logger that counts errors by logger."""
        return _ErrorCounter(self._errors)

    def exposition(self, states: Mapping[str, str]) -> tuple[bytes, str]:
        """All figures in Prometheus' text format, with its content type; `states` of the components, as in /readyz."""
        for component, state in states.items():
            self._ready.labels(component).set(state == READY)
        return generate_latest(self._registry), CONTENT_TYPE_LATEST


class _ErrorCounter(logging.Handler):
    def __init__(self, errors: Counter) -> None:
        super().__init__(logging.ERROR)
        self._errors = errors

    def emit(self, record: logging.LogRecord) -> None:
        self._errors.labels(record.name).inc()
