"""The server with one promise broken, which the kill test must notice."""

import time
from typing import Any

from sqlalchemy import Connection, text

from bot.storage import writer
from bot.storage.writer import Writer

COMMIT_DELAY_SECONDS = 0.1

_write = Writer.write
_apply = Writer._apply


async def _write_without_id(self: Writer, kind: Any, item: Any, message_id: str = "") -> Any:
    """A redelivered message is taken for a new one."""
    return await _write(self, kind, item)


def _apply_and_tell_first(self: Writer, connection: Connection, group: list[Any]) -> dict[Any, Any]:
    """The voters hear of success before the commit."""
    done = _apply(self, connection, group)
    for waiting in group:
        if waiting.kind.name == "vote":
            waiting.future.get_loop().call_soon_threadsafe(writer._settle, waiting, done[waiting.key])
    _wait(connection)
    return done


def _wait(connection: Connection) -> None:
    """Before the commit, so that there is time to kill; the answers go out meanwhile."""
    if connection.dialect.name == "sqlite":
        time.sleep(COMMIT_DELAY_SECONDS)  # in the connection's own thread
    else:
        connection.execute(text("SELECT pg_sleep(:seconds)"), {"seconds": COMMIT_DELAY_SECONDS})


FAULTS: dict[str, tuple[str, Any]] = {
    "answers-before-commit": ("_apply", _apply_and_tell_first),
    "counts-duplicates": ("write", _write_without_id),
}


def break_promise(fault: str) -> None:
    """In this process."""
    name, replacement = FAULTS[fault]
    setattr(Writer, name, replacement)
