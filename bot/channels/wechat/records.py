"""What the channel asks of storage: states that it alone reads, changed by one process at a time."""

from collections.abc import Callable
from datetime import datetime
from typing import Protocol

# From the state to the next one, until when it is worth keeping (None: for good), and what came of it.
Rule = Callable[[bytes], tuple[bytes, datetime | None, str]]


class Records(Protocol):
    async def read(self, user: str = "") -> bytes:
        """The state of an account, or of the channel itself; empty where nothing is kept."""
        ...

    async def change(self, user: str, rule: Rule, message_id: str = "") -> str:
        """Apply `rule`, alone at that moment among all processes; what came of it, after the commit.

        A rule that ends with an empty state deletes the record. A known message changes nothing.
        """
        ...
