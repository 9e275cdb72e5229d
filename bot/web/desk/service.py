"""The service page: what is set, how it is, what waits, what ends soon; and the list to see to before it opens."""

from collections.abc import Awaitable, Callable
from datetime import datetime

from starlette.responses import Response

from bot.domain.launch import ITEMS, LIST, Tick, Ticked, TickStore, known, left
from bot.domain.service import ENDS_SOON, READY, Facts
from bot.domain.times import HOME_ZONE
from bot.web.desk.doors import Visit, see

LAUNCH = "/desk/launch"
# A file is named so often; the command line lists all.
FILES_SHOWN = 20
TOLD = frozenset({"done", "unchanged", "not-allowed"})
_GIGABYTE = 1024**3


class ServiceRoom:
    def __init__(self, facts: Callable[[], Awaitable[Facts]], ticks: TickStore, clock: Callable[[], datetime]) -> None:
        self._facts = facts
        self._ticks = ticks
        self._clock = clock

    async def show(self, visit: Visit) -> Response:
        facts = await self._facts()
        return visit.page(
            "desk-service.html",
            facts=facts,
            ready=READY,
            at=_instant(facts.at),
            began=_instant(facts.began_at),
            backup=_instant(facts.backup.at) if facts.backup else "",
            megabytes=round(facts.backup.size / 1024**2, 1) if facts.backup else 0,
            certificate=_instant(facts.certificate_until),
            token=_instant(facts.token_until),
            free=round(facts.free / _GIGABYTE, 1),
            total=round(facts.total / _GIGABYTE, 1),
            soon=ENDS_SOON.days,
            files=facts.unreviewed[:FILES_SHOWN],
            due=facts.due[:FILES_SHOWN],
            left=left(facts, await self._ticks.ticks()),
        )

    async def list(self, visit: Visit) -> Response:
        facts, ticks = await self._facts(), await self._ticks.ticks()
        return visit.page(
            "desk-launch.html",
            sections={
                section: [(item, known(item, facts), *_tick(ticks.get(item))) for item in items]
                for section, items in LIST.items()
            },
            left=left(facts, ticks),
            told=visit.told(TOLD),
        )

    async def tick(self, visit: Visit) -> Response:
        """Only what a person has to know is ticked; the service does not let itself be talked into the rest."""
        item = visit.form.get("item", "")
        if item not in ITEMS or known(item, await self._facts()) is not None:
            return visit.missing()
        ticked = Ticked(item, visit.form.get("done") == "yes", visit.actor, self._clock())
        return see(f"{LAUNCH}?told={await self._ticks.tick(ticked)}#{item}")


def _tick(tick: Tick | None) -> tuple[str, str]:
    return (tick.who, _instant(tick.at)) if tick else ("", "")


def _instant(at: datetime | None) -> str:
    return f"{at.astimezone(HOME_ZONE):%Y-%m-%d %H:%M}" if at else ""
