"""Broadcasts as operators begin, pause and stop them: each in one commit with its row of the log."""

from collections.abc import Callable, Sequence
from datetime import datetime

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, insert

from bot.domain.audit import Entry
from bot.domain.broadcasts import Confirmed, Draft, Notice, Ordered
from bot.domain.desk import Actor
from bot.domain.revisions import Revision, Step, Stepped
from bot.domain.tips import Audience
from bot.storage.audit import append
from bot.storage.broadcasts import broadcast_row, order_one
from bot.storage.database import Database
from bot.storage.desk import is_allowed, logged
from bot.storage.revisions import RevisionRecords
from bot.storage.tables import broadcasts
from bot.storage.writer import Kind


class DeskOrder(Struct, frozen=True):
    """An order to a broadcast, and which colleague gives it."""

    ordered: Ordered
    by: Actor


class NoticeOrders:
    """`key` is the log's; `compose` makes the notice that people get."""

    def __init__(
        self, database: Database, key: bytes, compose: Callable[[str, Audience, Sequence[str], datetime], Notice]
    ) -> None:
        self._database = database
        self._key = key
        self._compose = compose
        self._begin = Kind("start-broadcast", int, logged(_begin, key))
        self._order = Kind("desk-order", str, logged(_order, key))

    async def start(self, step: Step, people: int) -> Stepped:
        """Publish the revision, with which it begins, for so many people as its second has confirmed."""

        def begin(connection: Connection, revision: Revision) -> str:
            draft = msgspec.json.decode(revision.body, type=Draft)
            said, at = (draft.text, draft.audience, draft.channels), revision.changed_at
            confirmed = Confirmed(*said, revision.second, people, at, "")
            connection.execute(
                insert(broadcasts).values(broadcast_row(self._compose(*said, at), confirmed, revision.id))
            )
            return ""

        return await RevisionRecords(self._database, self._key, {"broadcast": begin}).step(step)

    async def begin(self, confirmed: Confirmed) -> str:
        """Begin what somebody at the machine has confirmed; its number, the same for the same key."""
        notice = self._compose(confirmed.text, confirmed.audience, confirmed.channels, confirmed.at)
        number = await self._database.writer.write(self._begin, (notice, confirmed), f"broadcast:{confirmed.key}")
        return str(number)

    async def order(self, ordered: Ordered, by: Actor) -> str:
        """The state that it is in then, `not-now` where the order means nothing, `unknown` for no such number.

        `not-allowed` for who may not.
        """
        return await self._database.writer.write(self._order, DeskOrder(ordered, by))


def unconfirmed(_connection: Connection, _revision: Revision) -> str:
    """Nothing begins but by NoticeOrders: somebody has to have seen how many people it goes to."""
    return "not-allowed"


def _begin(connection: Connection, key: bytes, item: tuple[Notice, Confirmed]) -> int:
    notice, confirmed = item
    added = insert(broadcasts).values(broadcast_row(notice, confirmed)).returning(broadcasts.c.id)
    number: int = connection.execute(added).scalar_one()
    append(connection, key, Entry(confirmed.at, confirmed.operator, "broadcast-publish", f"#{number}", "published"))
    return number


def _order(connection: Connection, key: bytes, item: DeskOrder) -> str:
    ordered = item.ordered
    may = is_allowed(connection, item.by, "broadcasts.publish")
    code = order_one(connection, ordered.number, ordered.order) if may else "not-allowed"
    append(connection, key, Entry(ordered.at, item.by.name, f"broadcast-{ordered.order}", f"#{ordered.number}", code))
    return code
