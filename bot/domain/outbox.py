"""Messages that go out by the clock, not as the answer to somebody."""

from datetime import datetime

from msgspec import Struct

from bot.messages import Address, Reply


class Post(Struct, frozen=True):
    """A message on its way: planned, then sending, then sent, refused, unknown or expired.

    `is_tip` says that it is what the person has subscribed to.
    """

    id: int
    address: Address
    reply: Reply
    created_at: datetime
    is_tip: bool = False
