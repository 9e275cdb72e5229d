"""The people of the desk: who is there, and inviting, locking and removing them."""

from typing import get_args

from starlette.responses import Response

from bot.domain.colleagues import INVITATION_LASTS, MAX_NAME, ROLES, Change, Role
from bot.domain.desk import Desk
from bot.web.desk.doors import Doorkeeper, Visit, see
from bot.web.stories import number_in

PEOPLE = "/desk/people"
CHANGES: tuple[Change, ...] = get_args(Change)
# What the list may say above, when a form leads back to it.
TOLD = frozenset({"done", "taken", "bad-name", "unknown", "unchanged", "not-now", "last", "not-allowed"})


class PeopleRoom:
    def __init__(self, desk: Desk, keeper: Doorkeeper) -> None:
        self._desk = desk
        self._keeper = keeper

    async def list(self, visit: Visit) -> Response:
        return visit.page(
            "desk-people.html",
            people=await self._desk.everybody(),
            roles=ROLES,
            most=MAX_NAME,
            told=visit.told(TOLD),
        )

    async def invite(self, visit: Visit) -> Response:
        role = _role(visit)
        if not role:
            return visit.missing()
        code, token = await self._desk.invite(visit.form.get("name", ""), role, visit.actor)
        return self._link(visit, token) if token else see(f"{PEOPLE}?told={code}")

    async def amend(self, visit: Visit) -> Response:
        change = next((known for known in CHANGES if known == visit.form.get("change")), None)
        role = _role(visit) if change == "role" else None
        if not change or (change == "role" and not role):
            return visit.missing()
        number = number_in(visit.request.path_params["number"])
        code, token = await self._desk.amend(number, change, visit.actor, role)
        return self._link(visit, token) if token else see(f"{PEOPLE}?told={code}")

    def _link(self, visit: Visit, token: str) -> Response:
        """Shown once, in the answer itself: nothing keeps it."""
        link = f"{self._keeper.site(visit.request)}/desk/invitation/{token}"
        return visit.page("desk-link.html", link=link, hours=round(INVITATION_LASTS.total_seconds() / 3600))


def _role(visit: Visit) -> Role | None:
    return next((known for known in ROLES if known == visit.form.get("role")), None)
