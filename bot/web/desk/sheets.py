"""The page of the spreadsheets: what can be taken away, and what can be brought."""

from starlette.responses import Response

from bot.sheets import MAX_BYTES
from bot.web.desk.doors import Visit
from bot.web.desk.exports import ExportsRoom
from bot.web.desk.imports import ImportsRoom
from bot.web.stories import number_in

TOLD = frozenset({"drafts", "gone"})


class SheetsRoom:
    def __init__(self, exports: ExportsRoom, imports: ImportsRoom) -> None:
        self._exports = exports
        self._imports = imports

    async def show(self, visit: Visit) -> Response:
        return visit.page(
            "desk-sheets.html",
            offered=await self._exports.offered(visit),
            intakes=self._imports.open_to(visit),
            told=visit.told(TOLD),
            count=number_in(visit.request.query_params.get("count", "")),
            most_megabytes=MAX_BYTES // 1024 // 1024,
        )
