"""Statistics at the desk: how much there was on each day, as tables, drawings, pictures and spreadsheets."""

from collections.abc import Callable
from datetime import date
from urllib.parse import urlencode

from msgspec import Struct
from starlette.responses import Response

from bot.domain.figures import LEAST, MOST_DAYS, Row, Span, Statistics, Table, picture_of, written
from bot.sheets import XLSX_TYPE, xlsx
from bot.web.curves import Column, columns_of
from bot.web.desk.doors import Visit
from bot.web.polls import Gallery

STATISTICS = "/desk/statistics"
_LONGEST_DATE = len("2026-11-30")


class Asked(Struct, frozen=True):
    """Which days, and of which poll."""

    span: Span
    poll: str

    @property
    def query(self) -> str:
        return urlencode({"from": self.span.first, "to": self.span.last, "poll": self.poll})


class Shown(Struct, frozen=True):
    """A table with what it is drawn from."""

    table: Table
    title: str
    columns: tuple[Column, ...]
    most: int


class StatisticsRoom:
    def __init__(self, statistics: Statistics, gallery: Gallery) -> None:
        self._statistics = statistics
        self._gallery = gallery

    async def show(self, visit: Visit) -> Response:
        asked, say = self._asked(visit), visit.pages.speech(visit.request)
        tables = await self._statistics.tables(asked.span, asked.poll)
        return visit.page(
            "desk-statistics.html",
            asked=asked,
            span=asked.span,
            most_days=MOST_DAYS,
            least=LEAST,
            polls=self._statistics.opened(),
            levels=await self._statistics.levels(asked.span),
            sums={table.name: table.sums.total for table in tables},
            shown=[self._shown(visit, table) for table in tables],
            drawn=self._gallery.draws,
            written=lambda cell: written(cell, say),
            label=lambda row: label_of(row, say),
        )

    async def picture(self, visit: Visit) -> Response:
        found, asked = await self._found(visit), self._asked(visit)
        if not found or not self._gallery.draws:
            return visit.missing()
        say, foot = visit.pages.speech(visit.request), visit.pages.foot(visit.request)
        shown = picture_of(found, say, self._titled(visit, found, asked.span), foot)
        return Response(await self._gallery.image(shown), media_type="image/png", headers=_kept(found, "png"))

    async def sheet(self, visit: Visit) -> Response:
        found = await self._found(visit)
        if not found:
            return visit.missing()
        say = visit.pages.speech(visit.request)
        heading = [say(f"desk.statistics.first.{found.name}"), *map(say, found.parts), say("desk.statistics.total")]
        rows = [[label_of(row, say), *(_value(cell, say) for cell in (*row.cells, row.total))] for row in found.rows]
        return Response(xlsx(heading, rows), media_type=XLSX_TYPE, headers=_kept(found, "xlsx"))

    async def _found(self, visit: Visit) -> Table | None:
        asked, name = self._asked(visit), visit.request.path_params["chart"]
        tables = await self._statistics.tables(asked.span, asked.poll)
        return next((table for table in tables if table.name == name), None)

    def _asked(self, visit: Visit) -> Asked:
        query = visit.request.query_params
        span = self._statistics.span(_date(query.get("from", "")), _date(query.get("to", "")))
        polls = [poll.id for poll in self._statistics.opened()]
        wanted = query.get("poll", "")
        return Asked(span, wanted if wanted in polls else next(iter(polls), ""))

    def _shown(self, visit: Visit, table: Table) -> Shown:
        totals = [row.total if isinstance(row.total, int) else None for row in table.rows]
        most = max((total for total in totals if total is not None), default=0)
        return Shown(table, self._title(visit, table), columns_of(totals), most)

    def _title(self, visit: Visit, table: Table) -> str:
        poll = next((poll for poll in self._statistics.opened() if poll.id == table.subject), None)
        return visit.pages.say(visit.request, table.label, poll=poll.title if poll else "")

    def _titled(self, visit: Visit, table: Table, span: Span) -> str:
        """As a picture says it, which stands alone."""
        title = self._title(visit, table)
        return visit.pages.say(visit.request, "desk.statistics.titled", title=title, first=span.first, last=span.last)


def label_of(row: Row, say: Callable[..., str]) -> str:
    """A day as it is; a phrase in words."""
    return say(row.label) if "." in row.label else row.label


def _value(cell: int | str, say: Callable[..., str]) -> int | str:
    return cell if isinstance(cell, int) else say(f"desk.statistics.{cell}", least=LEAST)


def _kept(table: Table, ending: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{table.name}.{ending}"'}


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if len(text) == _LONGEST_DATE else None
    except ValueError:
        return None
