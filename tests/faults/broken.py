"""The server with one promise broken, which the kill test must notice."""

import time
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, text, update

from bot.domain.outbox import Post
from bot.messages import Sent
from bot.storage import writer
from bot.storage.outbox import OutboxRecords
from bot.storage.tables import outbox
from bot.storage.writer import Kind, Writer

COMMIT_DELAY_SECONDS = 0.4  # longer than a busy machine takes to answer a group of votes

_write = Writer.write
_apply = Writer._apply
_begin = OutboxRecords.begin
_finish = OutboxRecords.finish


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


async def _send_again(self: OutboxRecords, channel: str) -> None:
    """What was being sent when the process died is taken for unsent."""
    kind: Kind[str, None] = Kind("again", type(None), _unsent)
    await self._database.writer.write(kind, channel)


def _unsent(connection: Connection, channels: Sequence[str]) -> list[None]:
    connection.execute(update(outbox).where(outbox.c.state == "sending").values(state="planned"))
    return [None] * len(channels)


async def _begin_in_memory(self: OutboxRecords, post: int, at: datetime) -> bool:
    """That a message is being sent is not on disk."""
    return True


async def _record_late(self: OutboxRecords, post: Post, sent: Sent, at: datetime) -> None:
    await _begin(self, post.id, at)
    await _finish(self, post, sent, at)


FAULTS: dict[str, tuple[tuple[type, str, Any], ...]] = {
    "answers-before-commit": ((Writer, "_apply", _apply_and_tell_first),),
    "counts-duplicates": ((Writer, "write", _write_without_id),),
    "sends-again": ((OutboxRecords, "give_up_interrupted", _send_again),),
    "records-late": ((OutboxRecords, "begin", _begin_in_memory), (OutboxRecords, "finish", _record_late)),
}


def break_promise(fault: str) -> None:
    """In this process."""
    for broken, name, replacement in FAULTS[fault]:
        setattr(broken, name, replacement)
