"""Where the log goes, what libraries may say in it, and what a record looks like."""

import logging
import secrets
import sys
from datetime import UTC, datetime
from typing import Any, Literal

import msgspec

from bot.domain.text import visible
from bot.turns import NUMBER

LogFormat = Literal["text", "json"]

FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"
# Below these levels libraries log statements with people's ids and addresses with the token, or what is no trouble:
# APScheduler warns whenever a job takes longer than its interval.
LEAST_LEVELS = {
    **dict.fromkeys(("aiosqlite", "alembic", "asyncio", "httpcore", "httpx", "telegram"), logging.WARNING),
    "apscheduler": logging.ERROR,
}
_INDENT = "\n    "


class Record(logging.LogRecord):
    """Knows the message that is being answered, by its number and that of this run; `request` is empty for others."""

    run = secrets.token_hex(2)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        number = NUMBER.get()  # here, for it may be written elsewhere
        self.request = f"{self.run}-{number}" if number else ""


class Records(logging.Formatter):
    """Each record begins at the margin and nothing else does: what is told in one cannot pass for another."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802  # as logging has it
        request = _request(record)
        return super().formatMessage(record) + (f" [message {request}]" if request else "")

    def format(self, record: logging.LogRecord) -> str:
        return visible(super().format(record)).replace("\n", _INDENT)


class JsonRecords(logging.Formatter):
    """Each record is a line of JSON, for programs that collect logs; `at` is in UTC, as RFC 3339 writes it."""

    def format(self, record: logging.LogRecord) -> str:
        fields = {
            "at": datetime.fromtimestamp(record.created, UTC),
            "level": record.levelname,
            "logger": record.name,
            "message": visible(record.getMessage()),
            "request": _request(record),
            "trace": visible(self.formatException(record.exc_info)) if record.exc_info else "",
        }
        return msgspec.json.encode({name: value for name, value in fields.items() if value}).decode()


def _request(record: logging.LogRecord) -> str:
    return record.request if isinstance(record, Record) else ""


def log_to_stderr(level: str, form: LogFormat = "text") -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonRecords() if form == "json" else Records(FORMAT))
    logging.basicConfig(level=level, handlers=[handler])
    for library, least in LEAST_LEVELS.items():
        logging.getLogger(library).setLevel(max(least, logging.getLogger().level))
