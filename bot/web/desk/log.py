"""The log of what was done at the desk, the newest first."""

from collections.abc import Sequence
from typing import Protocol

from starlette.responses import Response

from bot.domain.audit import Row, in_words
from bot.domain.times import HOME_ZONE
from bot.web.desk.doors import Visit

ROWS_SHOWN = 50
_MAX_DIGITS = 15


class Log(Protocol):
    async def before(self, number: int | None, limit: int) -> Sequence[Row]: ...


class LogRoom:
    def __init__(self, log: Log) -> None:
        self._log = log

    async def list(self, visit: Visit) -> Response:
        text = visit.request.query_params.get("before", "")
        before = int(text) if text.isascii() and text.isdecimal() and len(text) <= _MAX_DIGITS else None
        rows = await self._log.before(before, ROWS_SHOWN + 1)
        say = visit.pages.speech(visit.request)
        return visit.page(
            "desk-log.html",
            rows=[
                (row, f"{row.entry.at.astimezone(HOME_ZONE):%Y-%m-%d %H:%M:%S}", *in_words(row.entry, say))
                for row in rows[:ROWS_SHOWN]
            ],
            head=rows[0].head if rows and before is None else "",
            older=rows[ROWS_SHOWN - 1].number if len(rows) > ROWS_SHOWN else 0,
        )
