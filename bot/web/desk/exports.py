"""What the desk gives away as spreadsheets: of any size, and with a count and a checksum in the last line."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, get_args

from msgspec import Struct
from starlette.responses import Response, StreamingResponse

from bot.domain.desk import Desk
from bot.domain.figures import Statistics, written
from bot.domain.polls import Poll
from bot.sheets import CSV_TYPE, MOST_XLSX_ROWS, XLSX_TYPE, Export, Format
from bot.web.desk.doors import Visit
from bot.web.desk.statistics import label_of

SHEETS = "/desk/sheets"
BALLOTS = "ballots-"
# More at once would only make all of them slower, and the talk as well.
AT_ONCE = 2
_TYPES: dict[Format, str] = {"csv": CSV_TYPE, "xlsx": XLSX_TYPE}
_NOT_NOW, _TOO_LONG = 503, 422
_AROUND = 2  # lines of a sheet that are no rows: the heading and the last

Rows = Sequence[Sequence[str | int]]


class Length(Protocol):
    @property
    def rows(self) -> int: ...

    @property
    def voters(self) -> int: ...


class Exported(Protocol):
    """What is long comes in pieces."""

    async def ledger_length(self, poll: str) -> Length: ...

    def ledger(self, poll: str, rows: int) -> AsyncIterator[Rows]: ...

    async def kept(self, now: datetime) -> int: ...

    def questions(self, now: datetime) -> AsyncIterator[Rows]: ...


@dataclass(frozen=True, slots=True)
class Ledgers:
    """When the rows of a poll may be given away, which is when its public bundle has them, and their heading."""

    may_be_published: Callable[[Poll, datetime], bool]
    least_voters: int
    heading: str


class Offered(Struct, frozen=True):
    """A table that can be had, with its number of rows where that is known before it is made."""

    name: str
    title: str
    rows: int = 0

    @property
    def formats(self) -> tuple[Format, ...]:
        return tuple(kind for kind in get_args(Format) if kind == "csv" or self.rows + _AROUND <= MOST_XLSX_ROWS)


class ExportsRoom:
    def __init__(
        self,
        exported: Exported,
        ledgers: Ledgers,
        statistics: Statistics,
        desk: Desk,
        clock: Callable[[], datetime],
    ) -> None:
        self._exported = exported
        self._ledgers = ledgers
        self._statistics = statistics
        self._desk = desk
        self._clock = clock
        self._under_way = 0

    async def offered(self, visit: Visit) -> list[Offered]:
        """What there is to be had now."""
        say, now = visit.pages.speech(visit.request), self._clock()
        offered = [
            Offered("figures", say("desk.sheets.figures")),
            Offered("questions", say("desk.sheets.questions"), await self._exported.kept(now)),
        ]
        for poll in self._statistics.opened():
            length = await self._exported.ledger_length(poll.id)
            if self._ledgers.may_be_published(poll, now) and length.voters >= self._ledgers.least_voters:
                title = say("desk.sheets.ballots", poll=poll.title)
                offered.append(Offered(f"{BALLOTS}{poll.id}", title, length.rows))
        return offered

    async def csv(self, visit: Visit) -> Response:
        return await self._given(visit, "csv")

    async def xlsx(self, visit: Visit) -> Response:
        return await self._given(visit, "xlsx")

    async def _given(self, visit: Visit, kind: Format) -> Response:
        name = visit.request.path_params["name"]
        found = next((one for one in await self.offered(visit) if one.name == name), None)
        if not found:
            return visit.missing()
        if kind not in found.formats:
            return visit.page("desk-told.html", _TOO_LONG, sentence="desk.sheets.too_long")
        if self._under_way >= AT_ONCE:
            return visit.page("desk-told.html", _NOT_NOW, sentence="desk.sheets.busy")
        await self._desk.note_export(visit.who, f"{name}.{kind}")
        return StreamingResponse(
            self._streamed(visit, found, kind),
            media_type=_TYPES[kind],
            headers={"Content-Disposition": f'attachment; filename="{name}.{kind}"'},
        )

    async def _streamed(self, visit: Visit, found: Offered, kind: Format) -> AsyncIterator[bytes]:
        """Without its last line it was cut off: who looks for that line sees it."""
        heading, pieces = await self._table(visit, found)
        export = Export(kind, heading)
        self._under_way += 1
        try:
            yield await asyncio.to_thread(export.begin)
            async for rows in pieces:
                yield await asyncio.to_thread(export.add, rows)
            yield await asyncio.to_thread(
                export.end, visit.pages.say(visit.request, "desk.sheets.last", rows=export.rows)
            )
        finally:
            self._under_way -= 1

    async def _table(self, visit: Visit, found: Offered) -> tuple[Sequence[str], AsyncIterator[Rows]]:
        say = visit.pages.speech(visit.request)
        if found.name == "figures":
            heading = [say(f"desk.sheets.column.{name}") for name in ("day", "chart", "part", "figure")]
            return heading, _at_once(await self._figures(visit))
        if found.name == "questions":
            names = ("day", "language", "became", "entry", "rating", "text")
            return [say(f"desk.sheets.column.{name}") for name in names], self._exported.questions(self._clock())
        pieces = self._exported.ledger(found.name.removeprefix(BALLOTS), found.rows)
        return self._ledgers.heading.split(","), pieces

    async def _figures(self, visit: Visit) -> Rows:
        """All charts of the longest span that is shown, a line for each figure."""
        say, days = visit.pages.speech(visit.request), self._statistics.longest()
        tables = await self._statistics.tables(days)
        return [
            [label_of(row, say), say(table.label), say(part), written(cell, say)]
            for table in tables
            for row in table.rows
            for part, cell in zip((*table.parts, "desk.statistics.total"), (*row.cells, row.total), strict=True)
        ]


async def _at_once(rows: Rows) -> AsyncIterator[Rows]:
    yield rows
