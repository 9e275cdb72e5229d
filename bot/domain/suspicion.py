"""Which votes look bought or made by machines: votes are counted by the minute, and four detectors look at the counts.

They are conservative: what they find is held until persons have looked, so it must stand out by chance and by size.
Four things are looked for, each at one candidate: a burst (a sudden minute), a flood (a share far from its share
otherwise), a wave (of new accounts, where others have few), a rhythm (votes at equal distances). And accounts that vote
faster than a hand can tap, more than once.
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise

from msgspec import Struct, field

from bot.domain.holds import Detector

MINUTE_MS = 60_000
LATE_MINUTES = 5  # a vote may be so late into the ledger; from further back the clock was set back
WINDOW_MINUTES = 30  # are looked at together by all but the burst
HALF_LIFE_MINUTES = 120.0  # of what is taken for recent
BASE_LEAST = 300  # votes before the window; with fewer nobody knows what is usual

BURST_LEAST = 30  # votes for one candidate in a minute: two of them in each second are no chance in a quiet poll
BURST_TIMES = 8.0  # as many as its share and its busiest recent minute let expect
BUSIEST_KEPT = 0.99  # from minute to minute: after an hour a busy minute counts half

FLOOD_LEAST = 120  # votes in the window; a school class has 60 pupils
FLOOD_TIMES = 6.0  # the odds of a vote for it, against the usual odds: a mention on television triples a share
FLOOD_Z = 10.0  # standard deviations

WAVE_LEAST = 80  # new accounts in the window; a school class has 60 pupils
WAVE_TIMES = 8.0  # the odds of a vote for it being of a new account, against those of others' votes
WAVE_Z = 10.0

RHYTHM_LEAST = 60  # votes in the window
RHYTHM_SHARE = 0.6  # at one distance: chance brings 0.17, and the beat of a platform's deliveries 0.41 at most
GAP_RATIO = 1.25  # two distances are alike within this ratio; it is looked at two such classes together
SHORTEST_GAP_MS = 200  # what comes faster is the beat of our own work

HAND_VOTES = 4  # of one account
HAND_MS = 1000  # in so little time
OCCASIONS_MS = 10 * MINUTE_MS  # twice, so far apart: what waits while we are away arrives at once, but not twice


class Seen(Struct, frozen=True):
    """A vote as the detectors see it; `at` in milliseconds."""

    seq: int
    voter: bytes
    option: int
    at: int
    fresh: bool = False


class Pulse(Struct):
    """One candidate's votes in a minute: those of new accounts, and distances from vote to vote by their class."""

    votes: int = 0
    fresh: int = 0
    gaps: dict[int, int] = {}


class Minute(Struct):
    """`at` is its beginning in milliseconds, `first` and `last` are ledger rows.

    `told_until` is up to which row a detector's finding about a candidate was told: a minute can grow afterwards.
    """

    at: int
    first: int
    last: int
    pulses: dict[int, Pulse] = {}
    told_until: dict[Detector, dict[int, int]] = {}

    @property
    def votes(self) -> int:
        return sum(pulse.votes for pulse in self.pulses.values())

    def pulse(self, option: int) -> Pulse:
        return self.pulses.get(option) or Pulse()


class Finding(Struct, frozen=True):
    """What a detector found about a candidate: in which rows, with the numbers that say why.

    `gaps` are the classes of distances that count, None for all; `fresh` says that only new accounts do.
    """

    detector: Detector
    option: int
    numbers: dict[str, float]
    ranges: tuple[tuple[int, int], ...]
    gaps: tuple[int, int] | None = None
    fresh: bool = False


class Watch(Struct):
    """What must be remembered of a poll's votes up to row `seq`; what was found does not count as usual.

    `before` and `recent` are votes by candidate older than the window, `fresh_before` how many of them were of new
    accounts, `busiest` each candidate's busiest recent minute, `last_at` when its last vote came. `ahead` is by how
    many milliseconds the minutes go before the clock, which was set back: so they follow one another all the same.
    """

    seq: int = 0
    minutes: list[Minute] = field(default_factory=list)
    before: dict[int, float] = field(default_factory=dict)
    recent: dict[int, float] = field(default_factory=dict)
    fresh_before: int = 0
    busiest: dict[int, float] = field(default_factory=dict)
    last_at: dict[int, int] = field(default_factory=dict)
    ahead: int = 0

    def look(self, votes: Sequence[Seen]) -> list[Finding]:
        """Take the votes of one minute, and say what is suspicious now."""
        minute = self._minute(votes[0])
        for vote in votes:
            _count(minute, vote, self.last_at.get(vote.option))
            self.last_at[vote.option] = vote.at
        minute.last = self.seq = votes[-1].seq
        window = self._window()
        found = [*self._bursts(minute), *self._floods(window), *self._waves(window), *self._rhythms(window)]
        return [finding for finding in found if finding.ranges]

    def _minute(self, vote: Seen) -> Minute:
        """The minute of a vote; a later one begins, and what leaves the window becomes what is usual."""
        at = _minute_of(vote) * MINUTE_MS + self.ahead
        if self.minutes and _set_back(self.minutes[-1].at // MINUTE_MS, at // MINUTE_MS):
            following = self.minutes[-1].at + MINUTE_MS
            self.ahead, at = self.ahead + following - at, following
        if self.minutes and at <= self.minutes[-1].at:
            return self.minutes[-1]  # one that was late into the ledger is counted with the others there
        if self.minutes:
            self._finish(self.minutes[-1], (at - self.minutes[-1].at) // MINUTE_MS)
        while self.minutes and self.minutes[0].at <= at - WINDOW_MINUTES * MINUTE_MS:
            self._forget(self.minutes.pop(0))
        self.minutes.append(Minute(at, vote.seq, vote.seq))
        return self.minutes[-1]

    def _finish(self, minute: Minute, minutes: int) -> None:
        kept = BUSIEST_KEPT**minutes
        busiest = {option: votes * kept for option, votes in self.busiest.items()}
        for option, pulse in minute.pulses.items():
            if not _told(minute, option):
                busiest[option] = max(busiest.get(option, 0.0), float(pulse.votes))
        self.busiest = busiest
        faded = 2 ** (-minutes / HALF_LIFE_MINUTES)
        self.recent = {option: votes * faded for option, votes in self.recent.items()}

    def _forget(self, minute: Minute) -> None:
        for option, pulse in minute.pulses.items():
            if not _told(minute, option):
                self.before[option] = self.before.get(option, 0) + pulse.votes
                self.recent[option] = self.recent.get(option, 0.0) + pulse.votes
                self.fresh_before += pulse.fresh

    def _window(self) -> dict[int, Pulse]:
        """Each candidate's votes in the window."""
        window: dict[int, Pulse] = {}
        for minute in self.minutes:
            for option, pulse in minute.pulses.items():
                all_of_it = window.setdefault(option, Pulse(gaps={}))
                all_of_it.votes += pulse.votes
                all_of_it.fresh += pulse.fresh
                for gap, count in pulse.gaps.items():
                    all_of_it.gaps[gap] = all_of_it.gaps.get(gap, 0) + count
        return window

    def _usual_odds(self, option: int) -> float:
        """The odds of a vote for a candidate, rather more than less: by all votes, or by the recent ones."""
        return max(_odds_at_most(votes, option) for votes in (self.before, self.recent))

    def _bursts(self, minute: Minute) -> Iterator[Finding]:
        if sum(self.before.values()) < BASE_LEAST:
            return
        for option, pulse in minute.pulses.items():
            if pulse.votes < BURST_LEAST:
                continue
            by_share = self._usual_odds(option) * (minute.votes - pulse.votes)
            expected = max(by_share, self.busiest.get(option, 0.0), 1.0)
            if pulse.votes >= BURST_TIMES * expected:
                numbers = {"votes": pulse.votes, "minutes": 1, "expected": round(expected, 1)}
                yield Finding("burst", option, numbers, _tell([minute], "burst", option))

    def _floods(self, window: Mapping[int, Pulse]) -> Iterator[Finding]:
        if sum(self.before.values()) < BASE_LEAST:
            return
        votes = sum(pulse.votes for pulse in window.values())
        for option, pulse in window.items():
            if pulse.votes < FLOOD_LEAST:
                continue
            odds = self._usual_odds(option)
            usual, others = odds / (1 + odds), votes - pulse.votes
            z = _deviations(pulse.votes, votes, usual)
            if z >= FLOOD_Z and pulse.votes >= FLOOD_TIMES * odds * max(others, 1):
                raised = [
                    m for m in self.minutes if m.pulse(option).votes > 2 * odds * (m.votes - m.pulse(option).votes)
                ]
                share = round(pulse.votes / votes, 3)
                numbers = {"votes": pulse.votes, "share": share, "usual_share": round(usual, 4), "z": round(z, 1)}
                yield Finding("flood", option, numbers, _tell(raised, "flood", option))

    def _waves(self, window: Mapping[int, Pulse]) -> Iterator[Finding]:
        votes, fresh = (sum(getattr(pulse, name) for pulse in window.values()) for name in ("votes", "fresh"))
        before = sum(self.before.values())
        for option, pulse in window.items():
            if pulse.fresh < WAVE_LEAST:
                continue
            usual = max((fresh - pulse.fresh + 2) / (votes - pulse.votes + 4), (self.fresh_before + 2) / (before + 4))
            z = _deviations(pulse.fresh, pulse.votes, usual)
            odds = (pulse.fresh + 0.5) / (pulse.votes - pulse.fresh + 0.5)
            if z >= WAVE_Z and odds >= WAVE_TIMES * usual / (1 - usual):
                raised = [m for m in self.minutes if 2 * m.pulse(option).fresh > m.pulse(option).votes]
                share = round(pulse.fresh / pulse.votes, 3)
                numbers = {"new": pulse.fresh, "share": share, "usual_share": round(usual, 3), "z": round(z, 1)}
                yield Finding("wave", option, numbers, _tell(raised, "wave", option), fresh=True)

    def _rhythms(self, window: Mapping[int, Pulse]) -> Iterator[Finding]:
        for option, pulse in window.items():
            if pulse.votes < RHYTHM_LEAST:
                continue
            gap, count = _commonest(pulse.gaps)
            share = count / pulse.votes
            if share >= RHYTHM_SHARE:
                alike = (gap, gap + 1)
                raised = [m for m in self.minutes if 2 * _alike(m.pulse(option), alike) >= m.pulse(option).votes]
                seconds = round(GAP_RATIO ** (gap + 0.5) / 1000, 2)
                numbers = {"votes": pulse.votes, "share": round(share, 3), "seconds": seconds}
                yield Finding("rhythm", option, numbers, _tell(raised, "rhythm", option), alike)


def _count(minute: Minute, vote: Seen, before: int | None) -> None:
    pulse = minute.pulses.setdefault(vote.option, Pulse(gaps={}))
    pulse.votes += 1
    pulse.fresh += vote.fresh
    gap = _gap_class(before, vote.at)
    if gap:
        pulse.gaps[gap] = pulse.gaps.get(gap, 0) + 1


def _gap_class(before: int | None, at: int) -> int:
    """Distances of one class are alike; 0 for none that counts."""
    if before is None or at - before < SHORTEST_GAP_MS:
        return 0
    return math.floor(math.log(at - before, GAP_RATIO))


def _commonest(gaps: Mapping[int, int]) -> tuple[int, int]:
    """The class that has the most distances together with the next one, and how many."""
    pairs = {gap: gaps.get(gap, 0) + gaps.get(gap + 1, 0) for known in gaps for gap in (known - 1, known)}
    return max(pairs.items(), key=lambda pair: pair[1], default=(0, 0))


def _alike(pulse: Pulse, gaps: tuple[int, int]) -> int:
    return sum(pulse.gaps.get(gap, 0) for gap in gaps)


def _told(minute: Minute, option: int) -> bool:
    return any(option in told for told in minute.told_until.values())


def _tell(minutes: Iterable[Minute], detector: Detector, option: int) -> tuple[tuple[int, int], ...]:
    """The rows of those minutes of which this was not told yet."""
    return tuple(filter(None, (_untold(minute, detector, option) for minute in minutes if option in minute.pulses)))


def _untold(minute: Minute, detector: Detector, option: int) -> tuple[int, int] | None:
    told = minute.told_until.get(detector, {})
    first = told.get(option, minute.first - 1) + 1
    minute.told_until = {**minute.told_until, detector: {**told, option: minute.last}}
    return (first, minute.last) if first <= minute.last else None


def _odds_at_most(votes: Mapping[int, float], option: int) -> float:
    """Two standard deviations above what the votes so far let guess."""
    mine = votes.get(option, 0.0)
    mine_at_most = mine + 2 * math.sqrt(mine + 1) + 1
    return mine_at_most / max(sum(votes.values()) - mine, 1.0)


def _deviations(count: int, of: int, usual: float) -> float:
    """By how many standard deviations a count is more than a usual share lets expect."""
    usual = min(max(usual, 1e-9), 1 - 1e-9)
    return (count - of * usual) / math.sqrt(of * usual * (1 - usual))


def suspects(finding: Finding, votes: Iterable[Seen]) -> frozenset[bytes]:
    """The voters that a finding is about; `votes` are those for its candidate in its rows, in their order."""
    wanted = [vote for vote in votes if vote.fresh or not finding.fresh]
    gaps = finding.gaps
    if not gaps:
        return frozenset(vote.voter for vote in wanted)
    pairs = ((one, other) for one, other in pairwise(wanted) if _gap_class(one.at, other.at) in gaps)
    return frozenset(vote.voter for pair in pairs for vote in pair)


def hasty(votes: Iterable[Seen]) -> frozenset[bytes]:
    """Voters with more votes in an instant than a hand can tap."""
    return frozenset(voter for voter, times in _times(votes).items() if _haste(times))


def quick_hands(votes: Iterable[Seen]) -> frozenset[bytes]:
    """Voters who were hasty more than once; `votes` are all that they cast."""
    hastes = {voter: _haste(times) for voter, times in _times(votes).items()}
    return frozenset(voter for voter, times in hastes.items() if times and times[-1] - times[0] >= OCCASIONS_MS)


def _times(votes: Iterable[Seen]) -> dict[bytes, list[int]]:
    times: dict[bytes, list[int]] = {}
    for vote in votes:
        times.setdefault(vote.voter, []).append(vote.at)
    return times


def _haste(times: Sequence[int]) -> list[int]:
    """When so many votes had come in so little time."""
    times = sorted(times)
    return [last for first, last in zip(times, times[HAND_VOTES - 1 :], strict=False) if last - first <= HAND_MS]


def _minute_of(vote: Seen) -> int:
    return vote.at // MINUTE_MS


def _set_back(minute: int, following: int) -> bool:
    """Whether the clock was set back between the votes of two minutes."""
    return following < minute - LATE_MINUTES


def by_minute(votes: Iterable[Seen]) -> Iterator[list[Seen]]:
    """The votes of each minute, as they stand in the ledger."""
    group: list[Seen] = []
    for vote in votes:
        begun = _minute_of(group[0] if group else vote)
        if _minute_of(vote) > begun or _set_back(begun, _minute_of(vote)):
            yield group
            group = []
        group.append(vote)
    if group:
        yield group
