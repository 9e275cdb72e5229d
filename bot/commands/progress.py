"""How a broadcast is told of in the terminal: before it begins, while it goes out, and at its end."""

import sys
import time
from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec
from msgspec import Struct

from bot.domain.broadcasts import Broadcast, Ends, Forecast, Progress
from bot.domain.reports import Say, account, duration, figures, head, in_short, outlook
from bot.domain.tips import Audience

_WIDTH = 30


class Told(Struct, frozen=True):
    """A broadcast as one JSON object: planned = sent + refused + unknown + expired + waiting."""

    broadcast: int
    state: str
    audience: str
    channels: tuple[str, ...]
    people: int
    planned: int
    sent: int
    refused: int
    unknown: int
    expired: int
    waiting: int
    later: int
    at: datetime
    ends_at: datetime
    text: str
    reasons: Sequence[Ends]


def as_json(progress: Progress, ends: Sequence[Ends]) -> str:
    one, audited = progress.broadcast, progress.broadcast.audited
    told = Told(
        broadcast=one.id,
        state=one.state,
        audience=one.notice.audience,
        channels=one.notice.channels,
        people=one.people,
        **figures(audited),
        later=progress.later,
        at=one.at,
        ends_at=one.notice.ends_at,
        text=one.notice.reply.text,
        reasons=ends,
    )
    return msgspec.json.encode(told).decode()


def forecast_lines(say: Say, shown: Mapping[str, str], forecast: Forecast, audience: Audience) -> list[str]:
    """What people would see on each channel, and what the broadcast would do."""
    seen = {share.channel for share in forecast.shares}
    return [
        *(
            say("broadcast.shown", channel=say(f"broadcast.channel.{name}"), text=shown[name])
            for name in shown
            if name in seen
        ),
        *outlook(say, forecast, audience),
    ]


def line(say: Say, one: Broadcast) -> str:
    """One line of the list."""
    return say(
        "broadcast.line",
        head=head(say, one),
        ended=one.audited.ended,
        planned=one.audited.planned,
        text=in_short(one.notice.reply.text),
    )


def report(say: Say, progress: Progress, ends: Sequence[Ends]) -> str:
    return "\n".join([head(say, progress.broadcast), *account(say, progress, ends)])


class Bar:
    """A line that is drawn over itself, where somebody looks; elsewhere nothing."""

    def __init__(self, say: Say) -> None:
        self._say = say
        self._is_seen = sys.stdout.isatty()
        self._begun: tuple[float, int] | None = None

    def draw(self, progress: Progress) -> None:
        if not self._is_seen:
            return
        ended, whole = progress.broadcast.audited.ended, max(progress.broadcast.audited.planned - progress.later, 1)
        self._begun = self._begun or (time.monotonic(), ended)
        full = min(_WIDTH * ended // whole, _WIDTH)
        told = self._say(
            "broadcast.bar",
            bar="█" * full + "░" * (_WIDTH - full),
            ended=ended,
            whole=whole,
            left=self._left(ended, whole),
        )
        sys.stdout.write(f"\r\x1b[K{told}")
        sys.stdout.flush()

    def clear(self) -> None:
        if self._begun:
            sys.stdout.write("\r\x1b[K")

    def _left(self, ended: int, whole: int) -> str:
        """By the pace since we look; nothing while that is not known."""
        assert self._begun
        since, before = self._begun
        if ended == before:
            return ""
        seconds = (whole - ended) * (time.monotonic() - since) / (ended - before)
        return self._say("broadcast.left", duration=duration(self._say, seconds))
