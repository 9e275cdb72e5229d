"""How a broadcast is told of in words: what it would do, how it stands, and why messages did not arrive."""

from collections import Counter
from collections.abc import Callable, Sequence

from msgspec import structs

from bot.domain.broadcasts import LASTS, Audited, Broadcast, Ends, Forecast, Progress, Share
from bot.domain.cards import audience_name
from bot.domain.times import HOME_ZONE
from bot.domain.tips import Audience

Say = Callable[..., str]

_TEXT_SHOWN = 24
# What the codes mean with which messages of a broadcast end; what else a platform says is shown as it stands.
REASONS = {
    "unreachable": (
        *("unreachable", "forbidden", "unknown-person", "not-following"),
        *("chat not found", "user not found", "deactivated", "peer_id_invalid"),
    ),
    "window-closed": ("window-closed",),
    "window-spent": ("window-spent",),
    "no-consent": ("no-consent",),
    "not-allowed": ("not-authorised", "api-banned", "account-limited"),
    "risky": ("risky-content",),
    "no-answer": ("timeout", "connection lost", "unreadable answer"),
    "interrupted": ("interrupted",),
    "unwanted": ("not wanted any more",),
    "forgotten": ("forgotten",),
    "stopped": ("stopped",),
    "late": ("too late",),
}
WHY = {code: why for why, codes in REASONS.items() for code in codes}


def outlook(say: Say, forecast: Forecast, audience: Audience) -> list[str]:
    """How many people they are, by which way each, what that uses up, how long it takes."""
    lines = [say("broadcast.audience", audience=audience_name(say, audience), people=forecast.people)]
    if not forecast.people:
        return [*lines, say("broadcast.nobody")]
    for share in forecast.shares:
        lines.append(_way(say, share))
        if share.resting:
            lines.append(say("broadcast.resting", resting=share.resting))
    return [*lines, say("broadcast.duration", duration=duration(say, forecast.seconds), days=LASTS.days)]


def head(say: Say, one: Broadcast) -> str:
    return say(
        "broadcast.head",
        number=one.id,
        state=say(f"broadcast.state.{one.state}"),
        audience=audience_name(say, one.notice.audience),
        at=f"{one.at.astimezone(HOME_ZONE):%m-%d %H:%M}",
    )


def in_short(text: str) -> str:
    """The beginning of a notice, on one line."""
    line = " ".join(text.split())
    return line if len(line) <= _TEXT_SHOWN else line[: _TEXT_SHOWN - 1] + "…"


def account(say: Say, progress: Progress, ends: Sequence[Ends]) -> list[str]:
    """All figures, which add up, and why messages did not arrive."""
    audited = progress.broadcast.audited
    lines = [say("broadcast.sum", **figures(audited))]
    if progress.later and audited.waiting:
        lines.append(say("broadcast.later", later=progress.later))
    if progress.is_cut_short:
        lines.append(say("broadcast.cut_short", people=progress.broadcast.people, planned=audited.planned))
    return [*lines, *_reasons(say, ends)]


def figures(audited: Audited) -> dict[str, int]:
    return {**structs.asdict(audited), "waiting": audited.waiting}


def duration(say: Say, seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return (
        say("broadcast.minutes", minutes=minutes + (rest >= 30)) if minutes else say("broadcast.seconds", seconds=rest)
    )


def _way(say: Say, share: Share) -> str:
    return say(
        f"broadcast.way.{share.channel}",
        people=share.people,
        reachable=share.reachable,
        closed=share.people - share.reachable,
    )


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
    return say(f"broadcast.why.{WHY[code]}") if code in WHY else say("broadcast.other_reason", code=code)
