"""What the channel asks of storage: states that it alone reads, changed by one process at a time."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

# From the state to the next one, until when it is worth keeping (None: for good), and what came of it.
Rule = Callable[[bytes], tuple[bytes, datetime | None, str]]


class Records(Protocol):
    async def read(self, user: str = "") -> bytes:
        """The state of an account, or of the channel itself; empty where nothing is kept."""
        ...

    async def read_many(self, users: Sequence[str]) -> Mapping[str, bytes]:
        """The states of those of whom something is kept."""
        ...

    async def change(self, user: str, rule: Rule, message_id: str = "") -> str:
        """Apply `rule`, alone at that moment among all processes; what came of it, after the commit.

        A rule that ends with an empty state deletes the record. A known message changes nothing.
        """
        ...

    async def forget_expired(self, now: datetime) -> None:
        """Delete what is no longer worth keeping."""
        ...


class InMemory:
    """Records that end with the process."""

    def __init__(self) -> None:
        self._states: dict[str, bytes] = {}
        self._untils: dict[str, datetime | None] = {}
        self._verdicts: dict[str, str] = {}

    async def read(self, user: str = "") -> bytes:
        return self._states.get(user, b"")

    async def read_many(self, users: Sequence[str]) -> Mapping[str, bytes]:
        return {user: self._states[user] for user in users if user in self._states}

    async def change(self, user: str, rule: Rule, message_id: str = "") -> str:
        if message_id in self._verdicts:
            return self._verdicts[message_id]
        self._states[user], self._untils[user], verdict = rule(self._states.get(user, b""))
        if message_id:
            self._verdicts[message_id] = verdict
        return verdict

    async def forget_expired(self, now: datetime) -> None:
        for user in [user for user, until in self._untils.items() if until and until <= now]:
            del self._states[user], self._untils[user]
