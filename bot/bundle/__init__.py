"""The public bundle of a poll, with which anyone counts it again: files in a folder, or in one zip file."""

import asyncio
import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path
from typing import IO, Any
from zipfile import ZIP_DEFLATED, ZipFile

import msgspec

from bot.bundle.verify import BUNDLE, CHECKPOINTS, HEADER, KEYS, LEAST_VOTERS, LEDGER, MANIFEST, RULES, TALLY
from bot.clock import utc_now
from bot.domain.holds import Case
from bot.domain.notes import Signer, poll_signer
from bot.domain.polls import Poll, rules_of
from bot.domain.receipts import receipts_key
from bot.storage.database import Database
from bot.storage.keys import CHECKPOINTS as CHECKPOINTS_KEY
from bot.storage.keys import Keys, poll_key
from bot.storage.publication import Publication, publish

COPIED = ("README.md", "verify.py")
# The ledger halves with the least effort, and hardly shrinks with more.
_ZIP_EFFORT = 1

# Opens a file of this name to write it.
Open = Callable[[str], AbstractContextManager[IO[bytes]]]


class WrongKey(Exception):
    """The poll's key is not the one that its votes were counted with."""


def may_be_published(poll: Poll, now: datetime) -> bool:
    """After the close; of a demonstration with live results at any time."""
    return poll.state(now) == "closed" or (poll.demo and poll.results == "live")


def in_folder(folder: Path) -> Open:
    return lambda name: (folder / name).open("xb")


async def export(database: Database, poll: Poll, secret: Keys, now: datetime, files: Open) -> bool:
    """Write all files of a poll, from one snapshot; whether anything is stored of it.

    Raises WrongKey, OSError, DatabaseMissing, DatabaseUnusable.
    """
    bundle = Bundle(files, _signer(poll, secret))
    return bool(await publish(database, poll.id, lambda publication: write(bundle, poll, publication, secret, now)))


def export_zip(url: str, poll: Poll, secret: Keys, now: datetime, file: IO[bytes]) -> bool:
    """As `export`, into a zip file. With a connection and a loop of its own: it runs for long, in a thread."""
    return asyncio.run(_export_zip(url, poll, secret, now, file))


async def _export_zip(url: str, poll: Poll, secret: Keys, now: datetime, file: IO[bytes]) -> bool:
    database = Database(url, utc_now)
    try:
        with ZipFile(file, "w", ZIP_DEFLATED, compresslevel=_ZIP_EFFORT) as archive:
            return await export(
                database, poll, secret, now, lambda name: archive.open(f"{poll.id}/{name}", "w", force_zip64=True)
            )
    finally:
        await database.close()


class Bundle:
    """The files of a bundle, one after the other; the list of them is signed last."""

    def __init__(self, files: Open, signer: Signer) -> None:
        self._open = files
        self._signer = signer
        self._digests: dict[str, str] = {}

    def add_table(self, name: str, table: dict[str, Any]) -> None:
        self.add(name, [msgspec.json.format(msgspec.json.encode(table), indent=1), b"\n"])

    def add(self, name: str, pieces: Iterable[bytes]) -> None:
        digest = hashlib.sha256()
        with self._open(name) as file:
            for piece in pieces:
                digest.update(piece)
                file.write(piece)
        self._digests[name] = digest.hexdigest()

    def sign(self) -> None:
        """Write the list of all files; nothing is added after it."""
        listed = [f"{digest}  {name}" for name, digest in sorted(self._digests.items())]
        note = self._signer.sign("\n".join([self._signer.name, BUNDLE, *listed, ""]))
        with self._open(MANIFEST) as file:
            file.write(note.encode())


def write(bundle: Bundle, poll: Poll, publication: Publication, secret: Keys, now: datetime) -> bool:
    """Write all files of a poll. Raises WrongKey, OSError."""
    signer = _signer(poll, secret)
    receipts = _receipts_key(poll, publication, secret)
    bundle.add_table(RULES, _rules(poll, publication))
    bundle.add_table(TALLY, _tally(poll, publication, now))
    bundle.add_table(KEYS, {"vkey": signer.vkey, "receipts": receipts})
    bundle.add(CHECKPOINTS, apart(publication.notes(signer)))
    if publication.voters >= LEAST_VOTERS:
        bundle.add(LEDGER, rows(publication.leaves()))
    for name in COPIED:
        bundle.add(name, [Path(__file__).with_name(name).read_bytes()])
    bundle.sign()
    return True


def _signer(poll: Poll, secret: Keys) -> Signer:
    return poll_signer(secret.key(CHECKPOINTS_KEY), poll.id)


def _receipts_key(poll: Poll, publication: Publication, secret: Keys) -> str | None:
    """None when the poll's key is destroyed: then nobody can look for a receipt any more."""
    name = poll_key(poll.id)
    if secret.is_destroyed(name):
        return None
    if secret.check(name) != publication.key_check:
        raise WrongKey
    return receipts_key(secret.key(name)).hex()


def _rules(poll: Poll, publication: Publication) -> dict[str, Any]:
    stated = rules_of(poll, publication.opened_at)
    texts = {name: getattr(poll, name) for name in ("demo", "organiser", "contact", "rules", "eligibility")}
    known = {option["number"] for option in stated["options"]}
    gone = [
        {"id": name, "number": number, "title": name, "category": "", "withdrawn": True}
        for number, name in publication.options.items()
        if number not in known  # its file names it no more; its votes count nevertheless
    ]
    return {**stated, **texts, "options": [*stated["options"], *gone]}


def _tally(poll: Poll, publication: Publication, now: datetime) -> dict[str, Any]:
    return {
        "poll": poll.id,
        "demo": poll.demo,
        "as_of": now.isoformat(timespec="seconds"),
        "rows": publication.rows,
        "ballots": publication.ballots,
        "voters": publication.voters,
        "held": publication.held,
        "tally": _by_option(publication, publication.votes),
        "not_counted": _by_option(publication, publication.not_counted),
        "channels": publication.channels,
        "holds": {
            "waiting": publication.holds["waiting"],
            "released": publication.holds[""],
            "excluded": publication.holds["excluded"],
        },
        "cases": [_case(publication, case) for case in publication.cases],
        "stops": [{"at": _second(at), "until": _second(until)} for at, until in publication.stops],
    }


def _second(at: datetime | None) -> str | None:
    return at.isoformat(timespec="seconds") if at else None


def _by_option(publication: Publication, votes: Mapping[int, int]) -> dict[str, int]:
    return {name: votes.get(number, 0) for number, name in publication.options.items()}


def _case(publication: Publication, case: Case) -> dict[str, Any]:
    """Why ballots were held, in numbers."""
    return {
        "case": case.id,
        "at": case.at.isoformat(timespec="seconds"),
        "detector": case.detector,
        "option": publication.options.get(case.option, ""),
        "numbers": case.numbers,
        "voters": case.voters,
        "state": case.state,
    }


def rows(leaves: Iterable[bytes]) -> Iterator[bytes]:
    """The rows just as they are in the tree: digits and hexadecimal alone, so that no spreadsheet finds a formula."""
    yield HEADER
    for leaf in leaves:
        yield leaf + b"\n"


def apart(notes: Iterable[str]) -> Iterator[bytes]:
    """One note after the other, an empty line between two."""
    between = b""
    for note in notes:
        yield between + note.encode()
        between = b"\n"
