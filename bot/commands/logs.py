"""Where the log goes, what libraries may say in it, and what a record looks like."""

import logging
import sys

from bot.domain.text import visible

FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"
# Below these levels libraries log statements with people's ids and addresses with the token, or what is no trouble:
# APScheduler warns whenever a job takes longer than its interval.
LEAST_LEVELS = {
    **dict.fromkeys(("aiosqlite", "alembic", "asyncio", "httpcore", "httpx", "telegram"), logging.WARNING),
    "apscheduler": logging.ERROR,
}
_INDENT = "\n    "


class Records(logging.Formatter):
    """Each record begins at the margin and nothing else does: what is told in one cannot pass for another."""

    def format(self, record: logging.LogRecord) -> str:
        return visible(super().format(record)).replace("\n", _INDENT)


def log_to_stderr(level: str) -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Records(FORMAT))
    logging.basicConfig(level=level, handlers=[handler])
    for library, least in LEAST_LEVELS.items():
        logging.getLogger(library).setLevel(max(least, logging.getLogger().level))
