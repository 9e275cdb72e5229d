"""The real clock, and how it compares with others. Everything else gets the time as an argument."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

# WeChat's calls are refused at five minutes; what platforms tell is a second coarse and some seconds old.
DRIFT_TOLERANCE = timedelta(seconds=60)


def utc_now() -> datetime:
    return datetime.now(UTC)


def instant_of(date: str) -> datetime | None:
    """What an HTTP answer's Date says; None where it says nothing of use."""
    try:
        instant = parsedate_to_datetime(date)
    except ValueError:
        return None
    return instant if instant.tzinfo else None


class Comparison:
    """This machine's clock beside those of the platforms, which tell the time with each answer."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._ahead: dict[str, timedelta] = {}

    def hear(self, platform: str, instant: datetime) -> None:
        """So late it is there."""
        self._ahead[platform] = self._clock() - instant

    @property
    def has_heard(self) -> bool:
        return bool(self._ahead)

    @property
    def off(self) -> Mapping[str, int]:
        """By how many seconds this clock is ahead of a platform's, where that is too much; less than 0 is behind."""
        return {
            platform: round(ahead.total_seconds())
            for platform, ahead in self._ahead.items()
            if abs(ahead) > DRIFT_TOLERANCE
        }
