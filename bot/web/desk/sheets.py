"""The page of the spreadsheets: what can be taken away, and what can be brought."""

from starlette.responses import Response

from bot.web.desk.doors import Visit
from bot.web.desk.exports import ExportsRoom


class SheetsRoom:
    def __init__(self, exports: ExportsRoom) -> None:
        self._exports = exports

    async def show(self, visit: Visit) -> Response:
        return visit.page("desk-sheets.html", offered=await self._exports.offered(visit))
