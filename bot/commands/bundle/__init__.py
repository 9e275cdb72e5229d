"""`export-poll`: the public bundle, with which anyone counts a poll again."""

import argparse
import hashlib
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from bot.clock import utc_now
from bot.commands.bundle.verify import BUNDLE, CHECKPOINTS, HEADER, KEYS, LEAST_VOTERS, LEDGER, MANIFEST, RULES, TALLY
from bot.commands.ends import NO_DATABASE, OK, cannot_begin, with_loop
from bot.config import Settings
from bot.content import load
from bot.domain.notes import Signer, poll_signer
from bot.domain.polls import Option, Poll
from bot.domain.receipts import receipts_key
from bot.domain.times import HOME_ZONE, home_date
from bot.storage.database import Database, DatabaseMissing
from bot.storage.keys import CHECKPOINTS as CHECKPOINTS_KEY
from bot.storage.keys import Keys, poll_key
from bot.storage.publication import Publication, publish

COPIED = ("README.md", "verify.py")


class WrongKey(Exception):
    """The poll's key is not the one that its votes were counted with."""


def export(settings: Settings, options: argparse.Namespace) -> int:
    now = utc_now()
    poll = load(settings.content_dir, home_date(now)).polls.get(options.poll)
    if not poll:
        return cannot_begin(f"没有这个投票 / no such poll: {options.poll}")
    if not poll.demo and poll.state(now) != "closed":
        return cannot_begin("投票还没截止，选票截止后才公布 / the poll is not closed; its ballots are published then")
    folder: Path = options.folder
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            return cannot_begin(f"文件夹不是空的，换一个 / the folder is not empty, choose another: {folder}")
        return with_loop(_export(settings, poll, folder, now))
    except OSError as fault:
        return cannot_begin(f"写不了 / cannot write {folder}: {fault.strerror}")


async def _export(settings: Settings, poll: Poll, folder: Path, now: datetime) -> int:
    database = Database(settings.database, utc_now)
    secret = Keys(settings.keys, settings.secret_key)
    try:
        bundle = Bundle(folder, _signer(poll, secret))
        known = await publish(database, poll.id, lambda publication: write(bundle, poll, publication, secret, now))
    except DatabaseMissing:
        return cannot_begin(NO_DATABASE)
    except WrongKey:
        return cannot_begin(f"密钥不是这次投票的 / this is not the poll's key: {settings.keys}")
    finally:
        await database.close()
    if not known:
        return cannot_begin(f"还没有这个投票的记录 / nothing is stored of this poll: {poll.id}")
    print(f"公开数据包好了，核对它 / the bundle is written, check it: python3 {folder / 'verify.py'}")
    return OK


class Bundle:
    """The files of a bundle, in a folder of their own; the list of them is signed last."""

    def __init__(self, folder: Path, signer: Signer) -> None:
        self._folder = folder
        self._signer = signer
        self._digests: dict[str, str] = {}

    def add_table(self, name: str, table: dict[str, Any]) -> None:
        self.add(name, [msgspec.json.format(msgspec.json.encode(table), indent=1), b"\n"])

    def add(self, name: str, pieces: Iterable[bytes]) -> None:
        digest = hashlib.sha256()
        with (self._folder / name).open("xb") as file:
            for piece in pieces:
                digest.update(piece)
                file.write(piece)
        self._digests[name] = digest.hexdigest()

    def sign(self) -> None:
        """Write the list of all files; nothing is added after it."""
        listed = [f"{digest}  {name}" for name, digest in sorted(self._digests.items())]
        note = self._signer.sign("\n".join([self._signer.name, BUNDLE, *listed, ""]))
        (self._folder / MANIFEST).write_text(note, "utf-8", newline="\n")


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
    return {
        "poll": poll.id,
        "title": poll.title,
        "demo": poll.demo,
        "kind": "single",
        "choose": 1,
        "per_day": None,
        "per_option_per_day": None,
        "revote": True,
        "results": "live",
        "opens_at": (poll.opens_at or publication.opened_at).isoformat(),
        "closes_at": poll.closes_at.isoformat() if poll.closes_at else None,
        "zone": HOME_ZONE.key,
        "channels": sorted(poll.channels),
        "joined": False,
        "organiser": poll.organiser,
        "contact": poll.contact,
        "rules": poll.rules,
        "eligibility": poll.eligibility,
        "options": list(_options(poll, publication)),
    }


def _options(poll: Poll, publication: Publication) -> Iterator[dict[str, Any]]:
    """Those that were withdrawn as well: votes for them are counted."""
    shown = {option.number: option for option in poll.options}
    for number, name in publication.options.items():
        option = shown.get(number, Option(name, number, name))
        yield {"id": name, "number": number, "title": option.title, "category": "", "withdrawn": number not in shown}


def _tally(poll: Poll, publication: Publication, now: datetime) -> dict[str, Any]:
    return {
        "poll": poll.id,
        "demo": poll.demo,
        "as_of": now.isoformat(timespec="seconds"),
        "rows": publication.rows,
        "ballots": publication.ballots,
        "voters": publication.voters,
        "tally": {name: publication.votes.get(number, 0) for number, name in publication.options.items()},
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
