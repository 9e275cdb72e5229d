"""What publishing a tip does besides: one that is said no more goes out to nobody."""

from sqlalchemy import Connection, and_, select

from bot.domain.overlay import written_in
from bot.domain.revisions import Revision
from bot.storage.outbox import WAITS, end_posts
from bot.storage.tables import deliveries, outbox

TAKEN_BACK = "the tip is said no more"


def take_back(connection: Connection, revision: Revision) -> str:
    """End the messages that still wait with a tip that is said no more. What is skipped for some days is not wrong.

    Satisfies bot.storage.revisions.Effect.
    """
    if written_in(revision.body).table.get("skip") is True:
        carried = (deliveries.c.channel == outbox.c.channel) & (deliveries.c.user == outbox.c.user)
        waiting = (
            select(outbox.c.id)
            .join(deliveries, and_(carried, deliveries.c.day == outbox.c.day))
            .where(WAITS, deliveries.c.tip == revision.subject)
        )
        end_posts(connection, outbox.c.id.in_(waiting), "expired", TAKEN_BACK)
    return ""
