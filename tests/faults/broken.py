"""Starts the server with one promise broken: python -m tests.faults.broken FAULT run ...; the kill test must notice."""

import asyncio
import sys
from typing import Any

from bot.__main__ import main
from bot.storage import writer
from bot.storage.writer import Writer

COMMIT_DELAY_SECONDS = 0.05

_write = Writer.write


async def _write_without_id(self: Writer, kind: Any, item: Any, message_id: str = "") -> Any:
    """A redelivered message is taken for a new one."""
    return await _write(self, kind, item)


async def _transact_and_tell_first(self: Writer, group: list[Any]) -> dict[Any, Any]:
    """The voters hear of success before the commit."""
    async with self._engine.begin() as connection:
        done = await self._recorded(connection, group)
        for waiting in group:
            if waiting.key not in done:
                (done[waiting.key],) = await waiting.kind.apply(connection, [waiting.item])
                await self._record(connection, {waiting.key: done[waiting.key]} if waiting.key[0] else {})
            if waiting.kind.name == "vote":
                writer._settle(waiting, done[waiting.key])
        await asyncio.sleep(COMMIT_DELAY_SECONDS)
    return done


FAULTS: dict[str, tuple[str, Any]] = {
    "answers-before-commit": ("_transact", _transact_and_tell_first),
    "counts-duplicates": ("write", _write_without_id),
}

if __name__ == "__main__":
    name, replacement = FAULTS[sys.argv[1]]
    setattr(Writer, name, replacement)
    sys.exit(main(sys.argv[2:]))
