"""A poll that is stopped in an emergency: one person stops it at once, two agree that it goes on."""

from datetime import datetime
from typing import Literal, Protocol

from msgspec import Struct, structs

from bot.domain.desk import Actor
from bot.domain.reviewers import Reviewer

StopAct = Literal["stop", "go-on"]


class Stop(Struct, frozen=True):
    """Since when a poll takes no votes, and who stopped it. `wanted_by` is the account that would let it go on."""

    poll: str
    at: datetime
    by: str
    wanted_by: str = ""


class StopOrder(Struct, frozen=True):
    """`person` with all their accounts; `by` is who of the desk it is."""

    poll: str
    act: StopAct
    person: Reviewer
    by: Actor
    at: datetime


class StopStore(Protocol):
    async def order(self, order: StopOrder) -> str:
        """The outcome's code, after the commit: no vote is taken after that of `stop`."""
        ...

    async def stops(self) -> dict[str, Stop]:
        """The polls that are stopped now, by their ids."""
        ...


def after_order(stop: Stop | None, order: StopOrder, *, closed: bool) -> tuple[Stop | None, str]:
    """What holds after an order, and the outcome's code; `second` while another person has to agree."""
    if closed:
        return stop, "closed"
    if order.act == "stop":
        # Who stops what somebody would let go on takes that back.
        found = structs.replace(stop, wanted_by="") if stop else Stop(order.poll, order.at, order.by.name)
        return found, "unchanged" if stop == found else "stopped"
    if not stop:
        return None, "not-stopped"
    if not stop.wanted_by:
        return structs.replace(stop, wanted_by=order.person.name), "second"
    return (stop, "again") if order.person.has(stop.wanted_by) else (None, "goes-on")
