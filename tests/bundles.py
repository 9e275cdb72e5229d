"""Bundles made without a database: polls of every kind, with votes by their rules."""

import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from bot.commands.bundle import Bundle, apart, rows
from bot.domain.ledger import MerkleTree, leaf
from bot.domain.notes import Signer, poll_signer
from bot.domain.receipts import receipts_key

RECEIPTS = receipts_key(b"k" * 32)
SIGNER = poll_signer(b"s" * 32, "deeds")
STRANGER = poll_signer(b"t" * 32, "deeds")
OPENS = datetime(2026, 11, 23, 15, 30, tzinfo=UTC)  # 23:30 in Guangdong: its second day begins half an hour later
CLOSES = OPENS + timedelta(days=3)
NUMBERS = (1, 2, 3, 5)
KINDS = ("single", "choose", "daily")


class Act(NamedTuple):
    """Somebody wants something some time after the opening."""

    who: int
    number: int
    slot: int
    take_back: bool
    seconds: int


class History(NamedTuple):
    """A poll as it was held: its rules, its rows, and the result."""

    rules: dict[str, Any]
    leaves: list[bytes]
    tally: dict[str, Any]


def rules(kind: str, *, revote: bool = True, limit: int = 2, per_option: int | None = None) -> dict[str, Any]:
    return {
        "poll": "deeds",
        "title": '=HYPERLINK("x") 谁最好',
        "demo": False,
        "kind": kind,
        "choose": limit if kind == "choose" else 1,
        "per_day": limit if kind == "daily" else None,
        "per_option_per_day": per_option if kind == "daily" else None,
        "revote": revote,
        "opens_at": OPENS.isoformat(),
        "closes_at": CLOSES.isoformat(),
        "zone": "Asia/Shanghai",
        "options": [{"id": f"deed-{n}", "number": n, "title": f"Deed {n}", "withdrawn": n == 5} for n in NUMBERS],
    }


def hold(stated: dict[str, Any], acts: Sequence[Act], least_voters: int = 50) -> History:
    """Let people vote; what the rules forbid is not written down. As many as need be vote at the end."""
    ballots: dict[int, dict[int, int]] = {}
    leaves: list[bytes] = []
    more = [Act(1000 + n, NUMBERS[n % 4], 0, False, 0) for n in range(least_voters)]
    for act in [*acts, *more]:
        slot, option = _wanted(stated, act)
        ballot = ballots.setdefault(act.who, {})
        if _allowed(stated, ballot, slot, option):
            at = OPENS + timedelta(seconds=act.seconds)
            leaves.append(leaf(len(leaves) + 1, voter(act.who), slot, option, round(at.timestamp() * 1000)))
            ballot.pop(slot, None) if option is None else ballot.update({slot: option})
    return History(stated, leaves, _tally(ballots, len(leaves)))


def _wanted(stated: dict[str, Any], act: Act) -> tuple[int, int | None]:
    option = None if act.take_back else act.number
    if stated["kind"] == "single":
        return 0, option
    if stated["kind"] == "choose":
        return act.number, option
    day = (act.seconds + 23 * 3600 + 1800) // 86400
    return day * stated["per_day"] + act.slot % stated["per_day"], option


def _allowed(stated: dict[str, Any], ballot: dict[int, int], slot: int, option: int | None) -> bool:
    if option is None:
        return bool(stated["revote"]) and slot in ballot
    if (slot in ballot and not stated["revote"]) or ballot.get(slot) == option:
        return False
    if stated["kind"] == "choose":
        return len(ballot | {slot: option}) <= int(stated["choose"])
    if stated["per_option_per_day"]:
        day = slot // stated["per_day"]
        same = [s for s, o in (ballot | {slot: option}).items() if o == option and s // stated["per_day"] == day]
        return len(same) <= int(stated["per_option_per_day"])
    return True


def _tally(ballots: dict[int, dict[int, int]], row_count: int) -> dict[str, Any]:
    votes = [option for ballot in ballots.values() for option in ballot.values()]
    return {
        "rows": row_count,
        "ballots": len(votes),
        "voters": sum(map(bool, ballots.values())),
        "tally": {f"deed-{number}": votes.count(number) for number in NUMBERS},
    }


def voter(who: int) -> bytes:
    return random.Random(who).randbytes(16)


def seals(leaves: Sequence[bytes], signer: Signer, every: int = 7) -> list[str]:
    """The notes that were signed while the ledger grew."""
    tree, notes = MerkleTree(), []
    for row in leaves:
        tree.add(row)
        if tree.size % every == 0 or tree.size == len(leaves):
            notes.append(signer.checkpoint(tree.size, tree.root()))
    return notes or [signer.checkpoint(0, tree.root())]


def write(folder: Path, history: History, signer: Signer = SIGNER) -> Path:
    """The bundle of a history in a new folder."""
    notes = seals(history.leaves, signer)
    ledger = list(rows(history.leaves)) if history.tally["voters"] >= 50 else []
    return write_files(folder, history, list(apart(notes)), ledger, signer)


def write_files(
    folder: Path, history: History, notes: Sequence[bytes], ledger: Sequence[bytes], signer: Signer = SIGNER
) -> Path:
    """A bundle whose files need not agree."""
    folder.mkdir()
    bundle = Bundle(folder, signer)
    bundle.add_table("rules.json", history.rules)
    bundle.add_table("tally.json", history.tally)
    bundle.add_table("keys.json", {"vkey": signer.vkey, "receipts": RECEIPTS.hex()})
    bundle.add("checkpoints.txt", notes)
    if ledger:
        bundle.add("ledger.csv", ledger)
    bundle.sign()
    return folder
