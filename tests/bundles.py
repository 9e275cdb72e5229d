"""Bundles made without a database: polls of every kind, with votes by their rules."""

import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from bot.bundle import Bundle, apart, in_folder, rows
from bot.domain.ledger import Act as Decision
from bot.domain.ledger import Channel, MerkleTree, leaf
from bot.domain.notes import Signer, poll_signer
from bot.domain.receipts import receipts_key

RECEIPTS = receipts_key(b"k" * 32)
SIGNER = poll_signer(b"s" * 32, "deeds")
STRANGER = poll_signer(b"t" * 32, "deeds")
OPENS = datetime(2026, 11, 23, 15, 30, tzinfo=UTC)  # 23:30 in Guangdong: its second day begins half an hour later
CLOSES = OPENS + timedelta(days=3)
NUMBERS = (1, 2, 3, 5)
KINDS = ("single", "choose", "daily")


HELD_FOR = (Decision.HELD_BURST, Decision.HELD_WAVE, Decision.HELD_FLOOD, Decision.HELD_RHYTHM)


class Act(NamedTuple):
    """Somebody wants something some time after the opening; or with `decision` something is decided on them."""

    who: int
    number: int
    slot: int
    take_back: bool
    seconds: int
    decision: Decision | None = None


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
        "channels": ["telegram", "wechat"],
        "holds": True,
        "options": [{"id": f"deed-{n}", "number": n, "title": f"Deed {n}", "withdrawn": n == 5} for n in NUMBERS],
    }


def hold(stated: dict[str, Any], acts: Sequence[Act], least_voters: int = 50) -> History:
    """Let people vote; what the rules forbid is not written down. As many as need be vote at the end."""
    ballots: dict[int, dict[int, int]] = {}
    decided: dict[int, list[Decision]] = {}
    leaves: list[bytes] = []
    more = [Act(1000 + n, NUMBERS[n % 4], 0, False, 0) for n in range(least_voters)]
    for act in [*acts, *more]:
        slot, option = (0, None) if act.decision else _wanted(stated, act)
        ballot, before = ballots.setdefault(act.who, {}), decided.setdefault(act.who, [])
        if not (_follows(before, act.decision) if act.decision else _allowed(stated, ballot, slot, option)):
            continue
        at = round((OPENS + timedelta(seconds=act.seconds)).timestamp() * 1000)
        leaves.append(leaf(len(leaves) + 1, voter(act.who), slot, option, at, channel_of(act.who), act.decision))
        if act.decision:
            before.append(act.decision)
        else:
            ballot.pop(slot, None) if option is None else ballot.update({slot: option})
    return History(stated, leaves, _tally(ballots, decided, len(leaves)))


def channel_of(who: int) -> Channel | None:
    """Of some nobody wrote it down."""
    return (None, Channel.TELEGRAM, Channel.WECHAT)[who % 3]


def _follows(before: Sequence[Decision], decision: Decision) -> bool:
    if decision in HELD_FOR:
        return not before
    return bool(before) and (before[-1] in HELD_FOR or [before[-1], decision] == [Decision.EXCLUDED, Decision.RELEASED])


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


def _tally(ballots: dict[int, dict[int, int]], decided: dict[int, list[Decision]], row_count: int) -> dict[str, Any]:
    last = {who: decisions[-1] for who, decisions in decided.items() if decisions}
    held = {who for who, decision in last.items() if decision != Decision.RELEASED}
    counted = [option for who, ballot in ballots.items() if who not in held for option in ballot.values()]
    not_counted = [option for who, ballot in ballots.items() if who in held for option in ballot.values()]
    reasons = [decisions[0] for decisions in decided.values() if decisions]
    states = list(last.values())
    return {
        "rows": row_count,
        "ballots": len(counted) + len(not_counted),
        "held": len(not_counted),
        "voters": sum(map(bool, ballots.values())),
        "tally": {f"deed-{number}": counted.count(number) for number in NUMBERS},
        "not_counted": {f"deed-{number}": not_counted.count(number) for number in NUMBERS},
        "channels": _channels(ballots),
        "holds": {
            "waiting": sum(state in HELD_FOR for state in states),
            "released": states.count(Decision.RELEASED),
            "excluded": states.count(Decision.EXCLUDED),
        },
        "cases": [
            {
                "case": number,
                "at": OPENS.isoformat(),
                "detector": reason.name.removeprefix("HELD_").lower(),
                "option": "deed-1",
                "numbers": {"votes": 40.0},
                "voters": reasons.count(reason),
                "state": "waiting",
            }
            for number, reason in enumerate(HELD_FOR, 1)
            if reason in reasons
        ],
    }


def _channels(ballots: dict[int, dict[int, int]]) -> dict[str, dict[str, int]]:
    counts: dict[str, dict[str, int]] = {}
    for who, ballot in ballots.items():
        if ballot:
            channel = channel_of(who)
            count = counts.setdefault(channel.name.lower() if channel else "unknown", {"ballots": 0, "voters": 0})
            count["ballots"] += len(ballot)
            count["voters"] += 1
    return counts


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
    bundle = Bundle(in_folder(folder), signer)
    bundle.add_table("rules.json", history.rules)
    bundle.add_table("tally.json", history.tally)
    bundle.add_table("keys.json", {"vkey": signer.vkey, "receipts": RECEIPTS.hex()})
    bundle.add("checkpoints.txt", notes)
    if ledger:
        bundle.add("ledger.csv", ledger)
    bundle.sign()
    return folder
