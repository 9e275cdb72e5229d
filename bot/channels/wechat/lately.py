"""What people were told last, for who wants it once more: for ten minutes, and until the process ends."""

from collections import OrderedDict
from datetime import datetime, timedelta

LASTS = timedelta(minutes=10)
MAX_PEOPLE = 5_000  # of at most 2 KB each


class Lately:
    def __init__(self) -> None:
        self._told: OrderedDict[str, tuple[str, datetime]] = OrderedDict()

    def keep(self, user: str, text: str, at: datetime) -> None:
        self._told[user] = (text, at)
        self._told.move_to_end(user)
        if len(self._told) > MAX_PEOPLE:
            self._told.popitem(last=False)

    def told(self, user: str, now: datetime) -> str:
        """The last answer; empty when it is not known any more."""
        text, at = self._told.get(user, ("", now))
        return text if now - at <= LASTS else ""

    def forget(self, user: str) -> None:
        self._told.pop(user, None)
