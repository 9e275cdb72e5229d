"""How a broadcast is told of in the terminal: before it begins, while it goes out, and at its end."""

import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

import msgspec
from msgspec import Struct

from bot.delivery.broadcasts import Forecast, Share
from bot.domain.broadcasts import LASTS, Audited, Broadcast
from bot.domain.cards import audience_name
from bot.domain.times import HOME_ZONE
from bot.domain.tips import Audience
from bot.storage.broadcasts import Ends, Progress

Say = Callable[..., str]

_WIDTH = 30
_TEXT_SHOWN = 24
# What the codes mean with which messages of a broadcast end; what else a platform says is shown as it stands.
REASONS = {
    "unreachable": (
        *("unreachable", "forbidden", "unknown-person", "not-following"),
        *("chat not found", "user not found", "deactivated", "peer_id_invalid"),
    ),
    "window-closed": ("window-closed",),
    "window-spent": ("window-spent",),
    "not-allowed": ("not-authorised", "api-banned", "account-limited"),
    "risky": ("risky-content",),
    "no-answer": ("timeout", "connection lost", "unreadable answer"),
    "interrupted": ("interrupted",),
    "unwanted": ("not wanted any more",),
    "forgotten": ("forgotten",),
    "stopped": ("stopped",),
    "late": ("too late",),
}
_WHY = {code: why for why, codes in REASONS.items() for code in codes}


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
        **_figures(audited),
        later=progress.later,
        at=one.at,
        ends_at=one.notice.ends_at,
        text=one.notice.reply.text,
        reasons=ends,
    )
    return msgspec.json.encode(told).decode()


def _figures(audited: Audited) -> dict[str, int]:
    return {**msgspec.structs.asdict(audited), "waiting": audited.waiting}


def forecast_lines(say: Say, shown: Mapping[str, str], forecast: Forecast, audience: Audience) -> list[str]:
    """What people would see on each channel, how many they are, by which way, how long it takes."""
    seen = {share.channel for share in forecast.shares}
    lines = [say("broadcast.shown", channel=_channel(say, name), text=shown[name]) for name in shown if name in seen]
    lines.append(say("broadcast.audience", audience=audience_name(say, audience), people=forecast.people))
    if not forecast.people:
        return [*lines, say("broadcast.nobody")]
    for share in forecast.shares:
        lines.append(_way(say, share))
        if share.resting:
            lines.append(say("broadcast.resting", resting=share.resting))
    days = LASTS.days
    return [*lines, say("broadcast.duration", duration=_duration(say, forecast.seconds), days=days)]


def _way(say: Say, share: Share) -> str:
    return say(
        f"broadcast.way.{share.channel}",
        people=share.people,
        reachable=share.reachable,
        closed=share.people - share.reachable,
    )


def line(say: Say, one: Broadcast) -> str:
    """One line of the list."""
    text = " ".join(one.notice.reply.text.split())
    return say(
        "broadcast.line",
        head=_head(say, one),
        ended=one.audited.ended,
        planned=one.audited.planned,
        text=text if len(text) <= _TEXT_SHOWN else text[: _TEXT_SHOWN - 1] + "…",
    )


def report(say: Say, progress: Progress, ends: Sequence[Ends]) -> str:
    """All figures, which add up, and why messages did not arrive."""
    one = progress.broadcast
    lines = [_head(say, one), say("broadcast.sum", **_figures(one.audited))]
    if progress.later and progress.broadcast.audited.waiting:
        lines.append(say("broadcast.later", later=progress.later))
    if progress.is_cut_short:
        lines.append(say("broadcast.cut_short", people=one.people, planned=one.audited.planned))
    return "\n".join([*lines, *_reasons(say, ends)])


def _reasons(say: Say, ends: Sequence[Ends]) -> list[str]:
    """A line for all that ended alike, whatever codes the record has for it; the most first."""
    told = Counter[tuple[str, str]]()
    for end in ends:
        told[end.state, _why(say, end.reason)] += end.messages
    return [
        say("broadcast.reason", end=say(f"broadcast.end.{state}"), reason=why, messages=messages)
        for (state, why), messages in told.most_common()
    ]


def _why(say: Say, code: str) -> str:
    return say(f"broadcast.why.{_WHY[code]}") if code in _WHY else say("broadcast.other_reason", code=code)


def _head(say: Say, one: Broadcast) -> str:
    return say(
        "broadcast.head",
        number=one.id,
        state=say(f"broadcast.state.{one.state}"),
        audience=audience_name(say, one.notice.audience),
        at=f"{one.at.astimezone(HOME_ZONE):%m-%d %H:%M}",
    )


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
        return self._say("broadcast.left", duration=_duration(self._say, seconds))


def _duration(say: Say, seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return (
        say("broadcast.minutes", minutes=minutes + (rest >= 30)) if minutes else say("broadcast.seconds", seconds=rest)
    )


def _channel(say: Say, channel: str) -> str:
    return say(f"broadcast.channel.{channel}")
