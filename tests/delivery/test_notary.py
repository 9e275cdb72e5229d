"""Seals of ledgers, on both engines."""

import asyncio
import logging
from base64 import b64decode
from collections.abc import Iterable

import pytest
from msgspec import structs
from sqlalchemy import delete, update
from sqlalchemy.sql import Executable

from bot.delivery.notary import Notary
from bot.domain.knowledge import KnowledgeBase
from bot.domain.ledger import MerkleTree
from bot.domain.library import Library, Shelf
from bot.domain.notes import Checkpoint, poll_signer
from bot.domain.phrases import Phrases
from bot.domain.polls import Poll
from bot.domain.tips import Tips
from bot.storage.checkpoints import Checkpoints
from bot.storage.database import Database
from bot.storage.tables import checkpoints, ledger
from bot.storage.votes import Votes
from tests.conftest import Clock
from tests.storage.samples import AT, POLL, installed, vote

SEED = b"s" * 32
SIGNER = poll_signer(SEED, POLL.id)


def notary(database: Database, polls: Iterable[Poll] = (POLL,)) -> Notary:
    shelf = Shelf(Library(KnowledgeBase(()), Tips(), {poll.id: poll for poll in polls}, Phrases({})))
    return Notary(Checkpoints(database), shelf, SEED)


async def cast(votes: Votes, start: int, count: int) -> None:
    await asyncio.gather(*(votes.cast(vote(f"m{n}", n, 1 + n % 3)) for n in range(start, start + count)))


async def root(votes: Votes) -> bytes:
    recount = await votes.recount(POLL.id)
    assert recount
    assert recount.match
    return bytes.fromhex(recount.root)


async def test_each_seal_is_the_head_of_the_ledger_of_its_time(database: Database, clock: Clock) -> None:
    votes, seals = await installed(database), notary(database)
    assert await seals.checkpoint(POLL.id) is None
    for start, count in ((0, 5), (5, 1), (6, 20)):
        await cast(votes, start, count)
        await seals.tick(clock.passes(seconds=30))
        sealed = await seals.checkpoint(POLL.id)

        assert sealed
        assert (sealed.size, sealed.at) == (start + count, clock.now)
        assert sealed.note == SIGNER.checkpoint(sealed.size, await root(votes))
    assert seals.vkey(POLL.id) == SIGNER.vkey


async def test_what_has_not_grown_is_not_sealed_again(database: Database, clock: Clock) -> None:
    votes, seals = await installed(database), notary(database)
    await seals.tick(clock.now)
    assert await seals.checkpoint(POLL.id) is None
    await cast(votes, 0, 3)
    await seals.tick(clock.now)
    before = await seals.checkpoint(POLL.id)

    await seals.tick(clock.passes(seconds=30))

    assert await seals.checkpoint(POLL.id) == before


async def test_a_seal_reads_the_new_rows_only(
    database: Database, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    votes, seals = await installed(database), notary(database)
    await cast(votes, 0, 10)
    await seals.tick(clock.now)
    await cast(votes, 10, 4)
    added: list[bytes] = []
    add = MerkleTree.add

    def counting(tree: MerkleTree, leaf: bytes) -> None:
        added.append(leaf)
        add(tree, leaf)

    monkeypatch.setattr(MerkleTree, "add", counting)
    await seals.tick(clock.now)
    monkeypatch.undo()

    assert len(added) == 4
    assert (await root(votes)) == _root_of(await seals.checkpoint(POLL.id))


def _root_of(sealed: Checkpoint | None) -> bytes:
    assert sealed
    return b64decode(sealed.note.split("\n")[2])


async def test_many_rows_are_read_in_pieces(database: Database, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.storage.checkpoints.ROWS_AT_A_TIME", 3)
    votes, seals = await installed(database), notary(database)
    await cast(votes, 0, 20)
    await seals.tick(clock.now)

    assert _root_of(await seals.checkpoint(POLL.id)) == await root(votes)


async def test_nothing_more_is_signed_of_a_ledger_with_a_gap(
    database: Database, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    votes, seals = await installed(database), notary(database)
    other = structs.replace(POLL, id="other")
    await votes.install(other, b"check", AT)
    await votes.cast(vote("other", "ana", 1, "other"))
    await cast(votes, 0, 5)
    gap = delete(ledger).where(ledger.c.poll == 1, ledger.c.seq == 3)
    await database._writing.transact(lambda connection: connection.execute(gap) and None)
    seals = notary(database, (POLL, other))
    with caplog.at_level(logging.ERROR):
        await seals.tick(clock.now)

    assert await seals.checkpoint(POLL.id) is None
    assert "row 3 of poll 1 is missing" in caplog.text
    assert await seals.checkpoint("other"), "the others are sealed nevertheless"


TAMPERINGS: dict[str, Executable] = {
    "a row before a seal, and nothing else": update(ledger).where(ledger.c.seq == 2).values(at=ledger.c.at + 1),
    "a seal's tree": update(checkpoints).values(frontier=b"x" * 64),
    "a seal's size": update(checkpoints).values(size=4),
    "a seal of rows to come": update(checkpoints).values(size=40),
}


@pytest.mark.parametrize("kind", TAMPERINGS)
async def test_a_recount_finds_what_contradicts_a_seal(database: Database, clock: Clock, kind: str) -> None:
    votes, seals = await installed(database), notary(database)
    await cast(votes, 0, 3)
    await seals.tick(clock.now)
    await cast(votes, 3, 3)
    honest = await votes.recount(POLL.id)
    await database._writing.transact(lambda connection: connection.execute(TAMPERINGS[kind]) and None)
    tampered = await votes.recount(POLL.id)

    assert honest
    assert tampered
    assert (honest.match, tampered.match) == (True, False)


@pytest.mark.postgres
async def test_two_processes_seal_the_same_heads(two_processes: list[Database], clock: Clock) -> None:
    votes = await installed(two_processes[0])
    both = [notary(database) for database in two_processes]
    for n in range(5):
        await cast(votes, 3 * n, 3)
        await asyncio.gather(*(seals.tick(clock.now) for seals in both))
        assert await both[0].checkpoint(POLL.id) == await both[1].checkpoint(POLL.id)
    await root(votes)
