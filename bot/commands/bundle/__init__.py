"""`export-poll`: the public bundle, with which anyone counts a poll again."""

import argparse
import hashlib
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from bot.clock import utc_now
from bot.commands.bundle.verify import BUNDLE, CHECKPOINTS, HEADER, KEYS, LEAST_VOTERS, LEDGER, MANIFEST, RULES, TALLY
from bot.commands.ends import NO_DATABASE, OK, cannot_begin, with_loop
from bot.config import Settings
from bot.content import load
from bot.domain.holds import Case
from bot.domain.notes import Signer, poll_signer
from bot.domain.polls import Poll, rules_of
from bot.domain.receipts import receipts_key
from bot.domain.times import home_date
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
    if poll.state(now) != "closed" and not (poll.demo and poll.results == "live"):
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
    }


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
