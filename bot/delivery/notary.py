"""The tick that signs the heads of the polls' ledgers, so that what is counted cannot be rewritten unseen."""

import logging
from datetime import datetime
from functools import cache
from typing import Protocol

from bot.domain.library import Shelf
from bot.domain.notes import Checkpoint, Signer, poll_signer

log = logging.getLogger(__name__)


class CheckpointStore(Protocol):
    async def latest(self, poll: str) -> Checkpoint | None:
        """The newest checkpoint; None before the first vote is sealed."""
        ...

    async def seal(self, poll: str, signer: Signer, at: datetime) -> None:
        """Sign the head of the poll's ledger if it has grown."""
        ...


class Notary:
    """Signs for all polls with one key; `seed` is its 32 secret bytes."""

    def __init__(self, store: CheckpointStore, shelf: Shelf, seed: bytes) -> None:
        self._store = store
        self._shelf = shelf
        self._signer = cache(lambda poll: poll_signer(seed, poll))

    async def tick(self, now: datetime) -> None:
        """Seal what was counted since the last time; one poll's trouble stays its own."""
        for poll in self._shelf.library.polls:
            try:
                await self._store.seal(poll, self._signer(poll), now)
            except Exception:
                log.exception("no checkpoint of %s; it is tried again", poll)

    async def checkpoint(self, poll: str) -> Checkpoint | None:
        return await self._store.latest(poll)

    def vkey(self, poll: str) -> str:
        """The public key that verifies the poll's checkpoints, in the form of a signed note's."""
        return self._signer(poll).vkey
