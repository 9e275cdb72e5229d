"""The big red switch at the desk: one page, one button."""

from collections.abc import Callable
from datetime import datetime
from typing import get_args

from starlette.responses import Response

from bot.domain.switch import Switch, Turn, Turned
from bot.web.desk.doors import Visit, see

SWITCH = "/desk/switch"
TURNS: tuple[Turn, ...] = get_args(Turn)
TOLD = frozenset({"done", "unchanged", "not-allowed"})


class SwitchRoom:
    def __init__(self, switch: Switch, clock: Callable[[], datetime]) -> None:
        self._switch = switch
        self._clock = clock

    async def show(self, visit: Visit) -> Response:
        return visit.page("desk-switch.html", told=visit.told(TOLD))

    async def turn(self, visit: Visit) -> Response:
        turn = next((known for known in TURNS if known == visit.form.get("turn")), None)
        if not turn:
            return visit.missing()
        code = await self._switch.turn(Turned(turn, visit.actor, self._clock()))
        return see(f"{SWITCH}?told={code}")
