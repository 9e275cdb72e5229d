"""Instants as they are stored: whole milliseconds since 1970 UTC."""

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


def milliseconds(instant: datetime) -> int:
    return (instant - _EPOCH) // _MILLISECOND


def instant(milliseconds: int) -> datetime:
    return _EPOCH + milliseconds * _MILLISECOND
