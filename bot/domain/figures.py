"""How much there was on each day, as it may be shown: no figure of fewer than ten, and none from which it follows."""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Literal, Protocol

from msgspec import Struct

from bot.domain.polls import Poll
from bot.domain.reports import WHY
from bot.domain.times import HOME_ZONE, home_date
from bot.messages import Bar, Picture

# Fewer people than this are never shown.
LEAST = 10
DAY = timedelta(days=1)
USUAL_DAYS, MOST_DAYS = 30, 366
EARLIEST = date(2020, 1, 1)
BARS = 31  # of a picture
# What is counted in the commit that does it.
Figure = Literal[
    "active", "joined", "subscribed", "left", "asked", "due", "sent", "refused", "unknown", "expired", "skipped"
]
# What is looked up from time to time, as it is then.
Level = Literal["people", "subscribers"]
LEVELS: tuple[Level, ...] = ("people", "subscribers")
# How a tip that came due can end; what has not ended is `waiting`.
TIP_ENDS: tuple[Figure, ...] = ("sent", "refused", "unknown", "expired", "skipped")
WAITING = "waiting"
# A platform's own words for why it refuses something could hold anything.
OTHER = "other"
# Shown instead of a figure: it is less than LEAST, or it is kept back because another one would follow from it.
Less = Literal["less"]
Kept = Literal["kept"]
Cell = int | Less | Kept


class Count(Struct, frozen=True):
    """So many of a figure on a local day of Guangdong; `subject` says which, or why, `channel` where that is known."""

    day: date
    channel: str
    figure: str
    subject: str
    number: int


class Span(Struct, frozen=True):
    """Days that are over, from the first to the last."""

    first: date
    last: date

    @property
    def days(self) -> list[date]:
        return [self.first + timedelta(days=number) for number in range((self.last - self.first).days + 1)]

    @property
    def boundaries(self) -> list[datetime]:
        """Where each day begins, and where the last one ends."""
        return [datetime.combine(day, time(), HOME_ZONE) for day in [*self.days, self.last + DAY]]


class Row(Struct, frozen=True):
    """A line of a table: its parts in the table's order, and all of them together."""

    label: str
    cells: tuple[Cell, ...]
    total: Cell


class Table(Struct, frozen=True):
    """What a chart shows. `label` and the `parts` are phrases; without parts there is the total alone.

    `sums` add up what is shown, and nothing else: whoever asks for another span learns nothing by the difference.
    """

    name: str
    label: str
    parts: tuple[str, ...]
    rows: tuple[Row, ...]
    subject: str = ""

    @property
    def sums(self) -> Row:
        cells = tuple(_sum(row.cells[place] for row in self.rows) for place in range(len(self.parts)))
        return Row("", cells, _sum(row.total for row in self.rows))

    @property
    def keeps_back(self) -> bool:
        """Whether a figure in it is not shown."""
        return any(isinstance(cell, str) for row in self.rows for cell in (*row.cells, row.total))


class FigureStore(Protocol):
    async def between(self, span: Span) -> Sequence[Count]: ...

    async def levels(self, day: date) -> Mapping[str, int]:
        """Of each level as it was last looked up until the end of this day."""
        ...

    async def ballots(self, poll: str, instants: Sequence[datetime]) -> Sequence[Mapping[str, int]]:
        """By channel, as they were at each of these instants."""
        ...


class Statistics:
    """`polls` are those that the operators have."""

    def __init__(
        self, store: FigureStore, polls: Callable[[], Mapping[str, Poll]], clock: Callable[[], datetime]
    ) -> None:
        self._store = store
        self._polls = polls
        self._clock = clock

    def span(self, first: date | None = None, last: date | None = None) -> Span:
        """The days that are asked for, as far as they are over; the usual ones where nothing sensible is asked."""
        yesterday = home_date(self._clock()) - DAY
        last = max(min(last or yesterday, yesterday), EARLIEST)
        first = last - (USUAL_DAYS - 1) * DAY if first is None or first > last else first
        return Span(max(first, last - (MOST_DAYS - 1) * DAY), last)

    def longest(self) -> Span:
        """As many days as can be shown at once, the last ones."""
        return self.span(EARLIEST)

    def opened(self) -> list[Poll]:
        """The polls in which there may be votes, the latest first."""
        now = self._clock()
        polls = [poll for poll in self._polls().values() if poll.state(now) != "scheduled"]
        return sorted(polls, key=lambda poll: poll.opens_at.timestamp() if poll.opens_at else 0, reverse=True)

    async def levels(self, span: Span) -> dict[str, Cell]:
        """How many people there are, to the ten: the steps from day to day tell nothing of fewer."""
        found = await self._store.levels(span.last)
        return {level: in_tens(found.get(level, 0)) for level in LEVELS}

    async def tables(self, span: Span, poll: str = "") -> list[Table]:
        """All that there is of a span; of the votes those of one poll."""
        counts = await self._store.between(span)
        votes = [await self._votes(span, one) for one in self.opened() if one.id == poll]
        return [*_tables(span, counts), *votes]

    async def _votes(self, span: Span, poll: Poll) -> Table:
        """New ballots by channel: an account may have cast a few of them, so that there must be more to be shown."""
        stood = await self._store.ballots(poll.id, span.boundaries)
        channels = sorted({channel for counts in stood for channel in counts})
        least = LEAST * poll.kind.most_at_once
        rows = [
            _row(
                day.isoformat(),
                {channel: after.get(channel, 0) - before.get(channel, 0) for channel in channels},
                least,
            )
            for day, before, after in zip(span.days, stood, stood[1:], strict=False)
        ]
        parts = tuple(f"votes.channel.{channel}" for channel in channels)
        return Table("votes", "desk.statistics.votes", parts, tuple(rows), poll.id)


def in_tens(number: int) -> Cell:
    return number - number % LEAST if number >= LEAST else "less"


def reason_of(code: str) -> str:
    return WHY.get(code, OTHER)


def shown(parts: Mapping[str, int], least: int = LEAST) -> tuple[dict[str, Cell], Cell]:
    """The parts of a whole, and the whole, as they may be shown beside each other.

    What is below `least` is not shown; nobody is nobody, and stays a nought. The last of the other parts is kept back
    with it, so that the difference tells neither; and the whole, where all that is hidden is so little or so much that
    it tells something. Nothing of this depends on which small figures they are: the rule may be known.
    """
    small = {name for name, number in parts.items() if number < least and number != 0}
    kept = next((name for name in reversed([*parts]) if parts[name] >= least), None) if small else None
    cells: dict[str, Cell] = {
        name: "less" if name in small else "kept" if name == kept else number for name, number in parts.items()
    }
    return cells, _whole(parts, small, kept, least)


def _whole(parts: Mapping[str, int], small: Collection[str], kept: str | None, least: int) -> Cell:
    total, most = sum(parts.values()), least - 1
    if not small:
        return total
    if min(parts.values()) < 0:
        return "kept"
    if kept is None:
        return "less" if total < least else total if total <= most * (len(small) - 1) else "kept"
    return total if parts[kept] + sum(parts[name] for name in small) >= most * len(small) + least else "kept"


def _tables(span: Span, counts: Iterable[Count]) -> Iterator[Table]:
    by_figure = defaultdict[str, list[Count]](list)
    for count in counts:
        by_figure[count.figure].append(count)
    for figure in ("active", "joined", "subscribed"):
        yield _table(span, figure, "votes.channel.", ((c.day, c.channel, c.number) for c in by_figure[figure]))
    yield _table(span, "left", "desk.left.", ((c.day, c.subject, c.number) for c in by_figure["left"]))
    yield _table(span, "asked", "desk.asked.", ((c.day, c.subject, c.number) for c in by_figure["asked"]))
    tips = _table(span, "tips", "desk.tips_ended.", _tips(by_figure), (*TIP_ENDS, WAITING))
    yield tips
    yield _reasons(by_figure["refused"], tips)


def _tips(by_figure: Mapping[str, Sequence[Count]]) -> Iterator[tuple[date, str, int]]:
    """What became of those that came due; what is neither sent nor given up waits."""
    for end in TIP_ENDS:
        for count in by_figure.get(end, ()):
            yield count.day, end, count.number
            if end != "skipped":
                yield count.day, WAITING, -count.number
    yield from ((count.day, WAITING, count.number) for count in by_figure.get("due", ()))


def _table(
    span: Span, name: str, phrases: str, numbers: Iterable[tuple[date, str, int]], order: Sequence[str] = ()
) -> Table:
    by_day = defaultdict[date, Counter[str]](Counter)
    for day, part, number in numbers:
        by_day[day][part] += number
    found = {part for counted in by_day.values() for part in counted if counted[part]}
    parts = sorted(found, key=lambda part: (order.index(part) if part in order else len(order), part))
    rows = [_row(day.isoformat(), {part: max(by_day[day][part], 0) for part in parts}) for day in span.days]
    return Table(name, f"desk.statistics.{name}", tuple(f"{phrases}{part}" for part in parts), tuple(rows))


def _row(label: str, parts: Mapping[str, int], least: int = LEAST) -> Row:
    cells, total = shown(parts, least)
    return Row(label, tuple(cells.values()), total)


def _reasons(counts: Iterable[Count], tips: Table) -> Table:
    """Why tips were refused, on the days whose number of them is shown.

    By day, those of fewer than LEAST are among the others, so that none is reckoned out.
    """
    by_day = defaultdict[str, Counter[str]](Counter)
    for count in counts:
        by_day[count.day.isoformat()][count.subject or OTHER] += count.number
    summed = Counter[str]()
    for row in tips.rows:
        if isinstance(dict(zip(tips.parts, row.cells, strict=True)).get("desk.tips_ended.refused"), int):
            summed.update(_merged(by_day[row.label]))
    rows = [Row(f"broadcast.why.{name}", (), number) for name, number in summed.most_common()]
    return Table("refused", "desk.statistics.refused", (), tuple(rows))


def _merged(reasons: Counter[str]) -> Counter[str]:
    """The reasons of a day of at least LEAST each; the others together, and nothing where those are too few."""
    merged = Counter({name: number for name, number in reasons.items() if number >= LEAST and name != OTHER})
    rest = reasons.total() - merged.total()
    for name, number in sorted(merged.items(), key=lambda item: item[1]):
        if rest == 0 or rest >= LEAST:
            break
        del merged[name]
        rest += number
    return merged + Counter({OTHER: rest if rest >= LEAST else 0})


def _sum(cells: Iterable[Cell]) -> Cell:
    found = list(cells)
    numbers = [cell for cell in found if isinstance(cell, int)]
    return sum(numbers) if numbers or not found else "less"


def written(cell: Cell, say: Callable[..., str]) -> str:
    return str(cell) if isinstance(cell, int) else say(f"desk.statistics.{cell}", least=LEAST)


def picture_of(table: Table, say: Callable[..., str], title: str, foot: tuple[str, ...]) -> Picture:
    """The table's totals as a picture, the days of a long span in steps. `say` speaks the reader's language."""
    step = -(-len(table.rows) // BARS) or 1
    steps = [table.rows[at : at + step] for at in range(0, len(table.rows), step)]
    sums = [(_label(rows, say), _sum(row.total for row in rows)) for rows in steps]
    most = max((cell for _, cell in sums if isinstance(cell, int)), default=0) or 1
    bars = (Bar(label, written(cell, say), cell / most if isinstance(cell, int) else 0.0) for label, cell in sums)
    notes = (say("desk.statistics.note", least=LEAST),) if table.keeps_back else ()
    return Picture(path="", title=title, bars=tuple(bars), notes=notes, foot=foot)


def _label(rows: Sequence[Row], say: Callable[..., str]) -> str:
    first, last = rows[0].label, rows[-1].label
    if "." in first:
        return say(first)
    return first if first == last else f"{first} – {last[5:] if first[:5] == last[:5] else last}"
