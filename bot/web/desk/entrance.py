"""Coming in and going out: the invitation, signing in, the first page that says what waits."""

import math
from datetime import timedelta

import segno
from markupsafe import Markup
from starlette.responses import Response

from bot.domain.codes import in_groups, provisioning_uri
from bot.domain.colleagues import Colleague, may
from bot.domain.desk import Desk, Entered
from bot.domain.passwords import MAX_PASSWORD, MIN_PASSWORD
from bot.domain.revisions import PUBLISH, Kind, RevisionReader
from bot.web.desk.doors import HOME, SIGN_IN, Doorkeeper, Visit, see
from bot.web.desk.stories import ReviewedStories
from bot.web.desk.votes import Cases
from bot.web.pages import Pages
from bot.web.people import site_of

OWN_PASSWORD = "/desk/password"  # noqa: S105  # where it is changed
# Where what was proposed is looked at, by kind.
PROPOSED: dict[Kind, str] = {
    "entry": "/desk/answers?state=proposed",
    "tip": "/desk/tips?state=proposed",
    "poll": "/desk/polls",
    "broadcast": "/desk/broadcasts",
}
_UNFIT, _TOO_MANY, _GONE = 422, 429, 410


class Entrance:
    def __init__(
        self,
        desk: Desk,
        keeper: Doorkeeper,
        stories: ReviewedStories,
        revisions: RevisionReader,
        cases: Cases,
        pages: Pages,
    ) -> None:
        self._desk = desk
        self._keeper = keeper
        self._stories = stories
        self._revisions = revisions
        self._cases = cases
        self._pages = pages

    async def home(self, visit: Visit) -> Response:
        who = visit.who
        queued = await self._stories.queued() if may(who, "stories.read") else {}
        everybody = await self._desk.everybody() if may(who, "people") else []
        return visit.page(
            "desk-home.html",
            stories=sum(queued.values()),
            taken_down=queued.get("taken-down", 0),
            proposed=await self._proposed(who),
            held=await self._cases.open_cases() if may(who, "polls.publish") else 0,
            invited=sum(one.state == "invited" for one in everybody),
        )

    async def _proposed(self, who: Colleague) -> list[tuple[str, str, int]]:
        """What waits for a second person, which they may be: the kind, where it is, how much."""
        proposed = await self._revisions.proposed()
        theirs = [kind for kind, permission in PUBLISH.items() if may(who, permission) and kind in proposed]
        return [(kind, PROPOSED[kind], proposed[kind]) for kind in theirs]

    async def ask(self, visit: Visit) -> Response:
        return see(HOME) if visit.colleague else _asked(visit)

    async def sign_in(self, visit: Visit) -> Response:
        form, client = visit.form, visit.request.client
        entered = await self._desk.sign_in(
            form.get("name", ""),
            form.get("password", ""),
            form.get("code", ""),
            site_of(client.host if client else ""),
        )
        if entered.refused:
            return _asked(visit, entered)
        return self._keeper.let_in(see(HOME), entered.token)

    async def password(self, visit: Visit) -> Response:
        return _asked_for_password(visit)

    async def change_password(self, visit: Visit) -> Response:
        form, client = visit.form, visit.request.client
        if form.get("password") != form.get("again"):
            return _asked_for_password(visit, Entered(refused="again"))
        entered = await self._desk.change_password(
            visit.who,
            form.get("old", ""),
            form.get("code", ""),
            form.get("password", ""),
            site_of(client.host if client else ""),
        )
        if entered.refused:
            return _asked_for_password(visit, entered)
        return self._keeper.let_in(see(f"{OWN_PASSWORD}?told=done"), entered.token)

    async def sign_out(self, visit: Visit) -> Response:
        await self._desk.sign_out(visit.token, visit.who)
        return self._keeper.see_out(see(SIGN_IN))

    async def invitation(self, visit: Visit) -> Response:
        return await self._invite(visit)

    async def accept(self, visit: Visit) -> Response:
        form, token = visit.form, visit.request.path_params["token"]
        if form.get("password") != form.get("again"):
            return await self._invite(visit, "again")
        entered = await self._desk.accept(token, form.get("password", ""), form.get("code", ""))
        if entered.refused:
            return await self._invite(visit, entered.refused)
        return self._keeper.let_in(see(HOME), entered.token)

    async def _invite(self, visit: Visit, refused: str = "") -> Response:
        token = visit.request.path_params["token"]
        invited = await self._desk.invited(token)
        if not invited:
            return visit.page("desk-told.html", _GONE, sentence="desk.invitation.gone")
        secret = self._desk.secret_for(token)
        uri = provisioning_uri(secret, invited.name, self._pages.name)
        return visit.page(
            "desk-invitation.html",
            _UNFIT if refused else 200,
            name=invited.name,
            role=invited.role,
            secret=in_groups(secret),
            uri=uri,
            drawn=_drawn(uri),
            least=MIN_PASSWORD,
            most=MAX_PASSWORD,
            refused=f"desk.unfit.{refused}" if refused else "",
        )


def _asked_for_password(visit: Visit, entered: Entered | None = None) -> Response:
    entered = entered or Entered()
    return _with_wait(
        visit.page(
            "desk-password.html",
            {"": 200, "wait": _TOO_MANY}.get(entered.refused, _UNFIT),
            refused=f"desk.unfit.{entered.refused}" if entered.refused else "",
            seconds=math.ceil(entered.wait.total_seconds()),
            least=MIN_PASSWORD,
            most=MAX_PASSWORD,
            told=visit.told(frozenset({"done"})),
        ),
        entered.wait,
    )


def _with_wait(response: Response, wait: timedelta) -> Response:
    if wait:
        response.headers["Retry-After"] = str(math.ceil(wait.total_seconds()))
    return response


def _drawn(uri: str) -> Markup:
    """A QR code of the address, with the quiet zone that ISO/IEC 18004 asks for; dark on white, whatever is around."""
    code = segno.make(uri, error="l", micro=False)
    return Markup(code.svg_inline(dark="#000", light="#fff", border=4, omitsize=True))  # noqa: S704  # segno draws paths


def _asked(visit: Visit, entered: Entered | None = None) -> Response:
    wait = entered.wait if entered else timedelta(0)
    refused = entered.refused if entered else ""
    response = visit.page(
        "desk-sign-in.html",
        {"": 200, "wait": _TOO_MANY}.get(refused, _UNFIT),
        name=visit.form.get("name", "")[:64],
        refused=refused,
        seconds=math.ceil(wait.total_seconds()),
    )
    return _with_wait(response, wait)
