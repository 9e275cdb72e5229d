#!/usr/bin/env python3
"""核对一次投票的公开数据包 · Checks the public bundle of a poll.

只需要 Python 3.9 或更新的版本，不联网，别的什么都不用装。
It needs Python 3.9 or newer and nothing else, and does not use the network.

    python3 verify.py                       核对这个文件夹 · this folder
    python3 verify.py --key "KEY"           公钥要从投票页面抄来 · with the public key that the poll's page showed
    python3 verify.py --receipt ABCD-EFGH   找自己的那一行 · look for one's own row
    python3 verify.py --checkpoint FILE     投票时存下的封条 · with a seal that was saved during the vote

退出码 · Exit code: 0 全都对 all is well; 1 有不对的 something is wrong; 2 没法核对 it could not be checked.
"""

from __future__ import annotations

import argparse
import base64
import binascii
import hashlib
import hmac
import json
import re
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from datetime import date, datetime, timedelta, timezone, tzinfo
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

LEAST_VOTERS = 50  # below it no rows are published
PARTS = 64  # the rows are counted part by part, so that the memory holds one part's voters only


class Wrong(Exception):
    """The bundle is not what it should be; the message says where, in Chinese and English."""


class CannotCheck(Exception):
    """Something is missing on this computer, or in what was asked."""


# --- Ed25519 (RFC 8032): only what verifying needs, and nothing secret ------------------------------------------------

Point = tuple[int, int, int, int]  # x, y, z and t of extended coordinates: x/z and y/z are on the curve, x*y = z*t

FIELD = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
CURVE_D = -121665 * pow(121666, -1, FIELD) % FIELD
ROOT_OF_MINUS_ONE = pow(2, (FIELD - 1) // 4, FIELD)
NEUTRAL: Point = (0, 1, 1, 0)


def add(p: Point, q: Point) -> Point:
    a = (p[1] - p[0]) * (q[1] - q[0]) % FIELD
    b = (p[1] + p[0]) * (q[1] + q[0]) % FIELD
    c = 2 * p[3] * q[3] * CURVE_D % FIELD
    d = 2 * p[2] * q[2] % FIELD
    e, f, g, h = b - a, d - c, d + c, b + a
    return (e * f % FIELD, g * h % FIELD, f * g % FIELD, e * h % FIELD)


def encode(point: Point) -> bytes:
    to_affine = pow(point[2], -1, FIELD)
    x, y = point[0] * to_affine % FIELD, point[1] * to_affine % FIELD
    return (y | (x & 1) << 255).to_bytes(32, "little")


def decode(encoded: bytes) -> Point:
    """Raises ValueError for 32 bytes that are no point."""
    number = int.from_bytes(encoded, "little")
    sign, y = number >> 255, number & (2**255 - 1)
    square = (y * y - 1) * pow(CURVE_D * y * y + 1, -1, FIELD) % FIELD
    x = pow(square, (FIELD + 3) // 8, FIELD)
    if (x * x - square) % FIELD:
        x = x * ROOT_OF_MINUS_ONE % FIELD
    if (x * x - square) % FIELD or y >= FIELD or (x == 0 and sign):
        raise ValueError("no point of the curve")
    if x & 1 != sign:
        x = FIELD - x
    return (x, y, 1, x * y % FIELD)


class Multiples:
    """Multiplies one point fast: for each of 64 hexadecimal digits all that the digit can stand for."""

    def __init__(self, point: Point) -> None:
        self._rows = []
        for _ in range(64):
            row = [NEUTRAL]
            for _ in range(15):
                row.append(add(row[-1], point))
            self._rows.append(row)
            point = add(row[-1], point)

    def __call__(self, number: int) -> Point:
        total = NEUTRAL
        for row in self._rows:
            total = add(total, row[number & 15])
            number >>= 4
        return total


@cache
def multiples_of_base() -> Multiples:
    return Multiples(decode((4 * pow(5, -1, FIELD) % FIELD).to_bytes(32, "little")))


class PublicKey:
    """Verifies Ed25519 signatures. Raises ValueError for 32 bytes that are no key."""

    def __init__(self, encoded: bytes) -> None:
        x, y, z, t = decode(encoded)
        self._encoded = encoded
        self._multiples_of_minus = Multiples((FIELD - x, y, z, FIELD - t))

    def verifies(self, signature: bytes, message: bytes) -> bool:
        r, s = signature[:32], int.from_bytes(signature[32:], "little")
        if len(signature) != 64 or s >= ORDER:
            return False
        k = int.from_bytes(hashlib.sha512(r + self._encoded + message).digest(), "little") % ORDER
        return encode(add(multiples_of_base()(s), self._multiples_of_minus(k))) == r


# --- Signed notes and checkpoints (https://c2sp.org/signed-note, https://c2sp.org/tlog-checkpoint) --------------------


def from_base64(text: str) -> bytes:
    """Raises ValueError unless this is the one way to write these bytes."""
    content = base64.b64decode(text, validate=True)
    if base64.b64encode(content).decode() != text:
        raise ValueError("not the usual base64")
    return content


class NoteKey:
    """A verifier key of signed notes, NAME+ID+KEY. Raises ValueError for anything else."""

    def __init__(self, vkey: str) -> None:
        self.name, identity, key = vkey.split("+", 2)
        typed = from_base64(key)
        self._identity = hashlib.sha256(f"{self.name}\n".encode() + typed).digest()[:4]
        if self._identity.hex() != identity or typed[:1] != b"\x01" or len(typed) != 33:
            raise ValueError("no verifier key of Ed25519")
        self._key = PublicKey(typed[1:])

    def open(self, note: str) -> str:
        """The text of a note that this key has signed. Raises Wrong."""
        text, _, signatures = note.rpartition("\n\n")
        text += "\n"
        for line in signatures.rstrip("\n").split("\n"):
            found = re.fullmatch(r"— (\S+) (\S+)", line)
            if not found or found[1] != self.name:
                continue
            signature = from_base64(found[2])
            if signature[:4] == self._identity and self._key.verifies(signature[4:], text.encode()):
                return text
        raise Wrong(f"签名不对 / no valid signature:\n{note}")


class Checkpoint(NamedTuple):
    size: int
    root: bytes


def checkpoint_of(note: str, key: NoteKey) -> Checkpoint:
    """The head of the log that a note states. Raises Wrong."""
    origin, size, root, *_ = key.open(note).split("\n")
    if origin != key.name or str(int(size)) != size:
        raise Wrong(f"不是这次投票的封条 / no seal of this poll:\n{note}")
    return Checkpoint(int(size), from_base64(root))


def notes_in(text: str) -> list[str]:
    """The notes of a file that holds one after the other; their texts have no empty lines. Raises Wrong."""
    parts = text.strip("\n").split("\n\n")
    if len(parts) % 2:
        raise Wrong(f"不是封条 / no seals:\n{text[:200]}")
    return [f"{body}\n\n{signatures}\n" for body, signatures in zip(parts[::2], parts[1::2])]


def checkpoints_in(text: str, key: NoteKey) -> list[Checkpoint]:
    return [checkpoint_of(note, key) for note in notes_in(text)]


# --- The Merkle tree (RFC 6962, section 2.1) --------------------------------------------------------------------------


class Tree:
    def __init__(self) -> None:
        self.size = 0
        self._subtrees: list[bytes] = []

    def add(self, leaf: bytes) -> None:
        subtrees, size = self._subtrees, self.size
        node = hashlib.sha256(b"\x00" + leaf).digest()
        while size & 1:
            node = hashlib.sha256(b"\x01" + subtrees.pop() + node).digest()
            size >>= 1
        subtrees.append(node)
        self.size += 1

    def root(self) -> bytes:
        if not self._subtrees:
            return hashlib.sha256(b"").digest()
        *left, node = self._subtrees
        for subtree in reversed(left):
            node = hashlib.sha256(b"\x01" + subtree + node).digest()
        return node


# --- The rules --------------------------------------------------------------------------------------------------------

Ballot = dict[int, int]  # slot to option number


def zone_of(name: str) -> tzinfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as fault:
        if name == "Asia/Shanghai":  # without daylight saving time since 1991; Windows brings no time zones
            return timezone(timedelta(hours=8))
        raise CannotCheck(f"这台电脑不认识时区 / this computer does not know the time zone {name}") from fault


def microseconds(instant: str) -> int:
    return (datetime.fromisoformat(instant) - datetime(1970, 1, 1, tzinfo=timezone.utc)) // timedelta(microseconds=1)


class Rules:
    """Judges the rows of a ledger by rules.json. Times are in milliseconds since 1970 UTC."""

    def __init__(self, stated: dict[str, Any]) -> None:
        self.zone = zone_of(stated["zone"])
        self.opens = microseconds(stated["opens_at"]) // 1000
        self.closes = -(-microseconds(stated["closes_at"]) // 1000) if stated["closes_at"] else None
        self.options = {option["number"]: option for option in stated["options"]}
        self._holds = stated["holds"]
        self._channels = {b"", *(channel.encode() for channel in stated["channels"])}
        self._revote = stated["revote"]
        self._choose = stated["choose"]
        self._per_day = stated["per_day"]
        self._per_option = stated["per_option_per_day"]
        self._slot_fault = {"single": self._single, "choose": self._chosen, "daily": self._daily}[stated["kind"]]
        self._day_of_quarter_hour = lru_cache(maxsize=None)(self._day)
        self._first_day = self._date(self.opens)

    def fault(self, ballot: Ballot, slot: int, option: int | None, at: int, channel: bytes) -> str:
        """What rule a vote breaks, given its voter's ballot before; empty for none."""
        if at < self.opens or (self.closes is not None and at >= self.closes):
            return "不在投票时间内 / outside the hours of the poll"
        if channel not in self._channels:
            return "规则不收这里的票 / of a channel that the poll takes no votes from"
        if slot in ballot and not self._revote:
            return "规则不让改票 / a vote may not be changed"
        if option is None:
            return "" if slot in ballot else "收回了没有投的票 / takes back what was not there"
        if option not in self.options:
            return "没有这个候选 / no such candidate"
        return self._slot_fault(ballot, slot, option, at)

    def fault_of_act(self, before: bytes, act: bytes, at: int) -> str:
        """What is wrong with a decision on a voter, given the one before. It may also come after the close."""
        if not self._holds:
            return "这次投票不扣票 / no votes are held in this poll"
        if at < self.opens:
            return "不在投票时间内 / outside the hours of the poll"
        if act not in FOLLOWING[before[:5]]:
            return f"不能在“{before.decode()}”以后 / cannot follow {before.decode() or 'nothing'}: {act.decode()}"
        return ""

    def _single(self, _ballot: Ballot, slot: int, _option: int, _at: int) -> str:
        return "" if slot == 0 else "一个账号不止一票 / more than one vote"

    def _chosen(self, ballot: Ballot, slot: int, option: int, _at: int) -> str:
        if slot != option:
            return "位置和候选不一致 / the slot is not the candidate's"
        return "" if len(ballot) + (slot not in ballot) <= self._choose else "选得太多 / too many candidates"

    def _daily(self, ballot: Ballot, slot: int, option: int, at: int) -> str:
        day = slot // self._per_day
        if day != self._day_of_quarter_hour(at // _QUARTER_HOUR):
            return "记在了别的日子，或超过了每天的票数 / of another day, or more than a day allows"
        if self._per_option:
            others = range(day * self._per_day, (day + 1) * self._per_day)
            if sum(other != slot and ballot.get(other) == option for other in others) >= self._per_option:
                return "一天给同一个候选投得太多 / too many votes a day for one candidate"
        return ""

    def _day(self, quarter_hour: int) -> int:
        """How many local days after the opening's; clocks are set back and forth at full quarter hours only."""
        days = self._date(quarter_hour * _QUARTER_HOUR) - self._first_day
        return days.days

    def _date(self, at: int) -> date:
        return self.local(at).date()

    def local(self, at: int) -> datetime:
        return datetime.fromtimestamp(at // 1000, self.zone)


_QUARTER_HOUR = 15 * 60 * 1000


# --- The ledger -------------------------------------------------------------------------------------------------------

HEADER = b"seq,voter,slot,option,at,mark\n"
CHANNELS = (b"telegram", b"wechat", b"web", b"terminal")
HELD = (b"held-burst", b"held-wave", b"held-flood", b"held-rhythm")
ACTS = frozenset((*HELD, b"released", b"excluded"))
# What may be decided on a voter after what; of a word the first letters.
FOLLOWING = {b"": HELD, b"held-": (b"released", b"excluded"), b"exclu": (b"released",), b"relea": ()}
ROW = re.compile(
    rb"([1-9]\d*),[0-9a-f]{32},"
    rb"(?:(?:0|[1-9]\d*),(?:|[1-9]\d*),[1-9]\d*(?:,(?:%s))?|0,,[1-9]\d*,(?:released|excluded|%s))\n"
    % (b"|".join(CHANNELS), b"|".join(HELD))
)


class Row(NamedTuple):
    """`mark` is the channel over which a vote came, empty where none was written down; or a decision on the voter."""

    seq: int
    voter: bytes
    slot: int
    option: int | None
    at: int
    mark: bytes

    @property
    def is_act(self) -> bool:
        return self.mark in ACTS


def row_of(line: bytes) -> Row:
    cells = line[:-1].split(b",")
    seq, voter, slot, option, at = cells[:5]
    mark = cells[5] if len(cells) > 5 else b""
    return Row(int(seq), voter, int(slot), int(option) if option else None, int(at), mark)


def lines_of(file: BinaryIO) -> Iterator[bytes]:
    """The rows, in their one form and order. Raises Wrong."""
    if file.readline() != HEADER:
        raise Wrong("ledger.csv 的第一行不对 / the first line of ledger.csv is wrong")
    form = ROW.fullmatch
    for number, line in enumerate(file, 1):
        found = form(line)
        if not found or int(found[1]) != number:
            raise Wrong(f"ledger.csv 第 {number} 行不对 / row {number} of ledger.csv is wrong: {line!r}")
        yield line


def check_tree(lines: Iterable[bytes], checkpoints: list[Checkpoint]) -> Iterator[bytes]:
    """Pass the rows on while they grow into the tree that the checkpoints are the heads of. Raises Wrong."""
    tree, roots = Tree(), dict(checkpoints)
    for line in lines:
        tree.add(line[:-1])
        if tree.size in roots and roots[tree.size] != tree.root():
            raise Wrong(f"前 {tree.size} 行和封条对不上 / the first {tree.size} rows are not those of their seal")
        yield line
    if roots.get(tree.size) != tree.root() or tree.size != checkpoints[-1].size:
        raise Wrong(f"有 {tree.size} 行，最后的封条说有 {checkpoints[-1].size} 行 / rows, and rows by the last seal")


class Voter:
    """An account in the poll: the votes that stand, and what was decided on it last."""

    __slots__ = ("ballot", "channel", "decided", "unmarked")

    def __init__(self) -> None:
        self.ballot: Ballot = {}
        self.channel = b""
        self.decided = b""
        self.unmarked: set[int] = set()  # slots whose votes have no channel

    @property
    def is_held(self) -> bool:
        return self.decided[:5] in (b"held-", b"exclu")

    def put(self, slot: int, option: int | None, channel: bytes) -> str:
        """Count a vote; what is wrong with it, or empty."""
        if option is None:
            self.ballot.pop(slot, None)
        else:
            self.ballot[slot] = option
        if channel and channel == self.channel and not self.unmarked:
            return ""
        if not channel:
            self.unmarked.add(slot)
            return ""
        self.unmarked.discard(slot)
        if self.channel and self.channel != channel:
            return "一个账号，两个平台 / one account on two channels"
        self.channel = channel
        return ""


class Count:
    """Adds up what voters have: `votes` count for a candidate, `held` do not."""

    def __init__(self) -> None:
        self.votes: Counter[int] = Counter()
        self.held: Counter[int] = Counter()
        self.voters = 0
        self.ballots_by_channel: Counter[str] = Counter()
        self.voters_by_channel: Counter[str] = Counter()
        self.decided: Counter[str] = Counter()
        self.found: Counter[str] = Counter()  # voters by what they were held for

    def add(self, voter: Voter) -> None:
        self.decided[DECIDED[voter.decided[:5]]] += bool(voter.decided)
        (self.held if voter.is_held else self.votes).update(voter.ballot.values())
        self.voters += bool(voter.ballot)
        unmarked = len(voter.unmarked & voter.ballot.keys()) if voter.unmarked else 0
        for channel, ballots in ((voter.channel.decode(), len(voter.ballot) - unmarked), ("unknown", unmarked)):
            self.ballots_by_channel[channel] += ballots
            self.voters_by_channel[channel] += bool(ballots)

    def result(self, rules: Rules) -> dict[str, Any]:
        """As tally.json says it."""
        by_channel = {name: ballots for name, ballots in self.ballots_by_channel.items() if ballots}
        return {
            "ballots": sum(self.votes.values()) + sum(self.held.values()),
            "held": sum(self.held.values()),
            "voters": self.voters,
            "tally": {option["id"]: self.votes[number] for number, option in rules.options.items()},
            "not_counted": {option["id"]: self.held[number] for number, option in rules.options.items()},
            "channels": {
                name: {"ballots": ballots, "voters": self.voters_by_channel[name]}
                for name, ballots in by_channel.items()
            },
            "holds": {state: self.decided[state] for state in ("waiting", "released", "excluded")},
        }


DECIDED = {b"": "", b"held-": "waiting", b"relea": "released", b"exclu": "excluded"}


def count(lines: Iterable[bytes], rules: Rules) -> Count:
    """Count the rows by the rules, a part of the voters after the other. Raises Wrong."""
    counted = Count()
    with ExitStack() as stack:
        parts = [stack.enter_context(tempfile.TemporaryFile()) for _ in range(PARTS)]
        write = {b"%02x" % byte: parts[byte % PARTS].write for byte in range(256)}
        for line in lines:
            voter = line.index(b",") + 1
            write[line[voter : voter + 2]](line)
        for part in parts:
            part.seek(0)
            for one in voters_of(part, rules, counted.found):
                counted.add(one)
    return counted


def voters_of(lines: Iterable[bytes], rules: Rules, found: Counter[str]) -> Iterable[Voter]:
    """The voters as they are at the end. Raises Wrong for a row that breaks a rule."""
    voters: dict[bytes, Voter] = {}
    for line in lines:
        seq, name, slot, option, at, mark = row_of(line)
        voter = voters.get(name)
        if voter is None:
            voter = voters[name] = Voter()
        if mark in ACTS:
            fault = rules.fault_of_act(voter.decided, mark, at)
            voter.decided = mark
            if mark in HELD:
                found[mark[5:].decode()] += 1
        else:
            fault = rules.fault(voter.ballot, slot, option, at, mark) or voter.put(slot, option, mark)
        if fault:
            raise Wrong(f"第 {seq} 行违反规则 / row {seq} breaks a rule: {fault}")
    return voters.values()


# --- Receipts ---------------------------------------------------------------------------------------------------------


def plain_receipt(code: str) -> str:
    return code.strip().upper().replace("-", "")


def receipt_of(key: bytes, row: Row) -> str:
    message = row.seq.to_bytes(8, "big") + bytes.fromhex(row.voter.decode())
    return base64.b32encode(hmac.digest(key, message, "sha256")[:5]).decode()


class Found:
    """The row of a receipt, and what became of it: the row that took its place, or 0, and what was decided."""

    def __init__(self, row: Row, decided: bytes) -> None:
        self.row = row
        self.later = 0
        self.decided = decided

    def follow(self, row: Row) -> None:
        if row.voter != self.row.voter:
            return
        if row.is_act:
            self.decided = row.mark
        elif row.slot == self.row.slot:
            self.later = self.later or row.seq


def find_receipt(code: str, lines: Iterable[bytes], key: bytes, rules: Rules) -> list[str]:
    """What became of the row that a receipt is of; several rows only by a rare chance. Raises Wrong."""
    found: list[Found] = []
    decided: dict[bytes, bytes] = {}
    wanted = plain_receipt(code)
    for row in map(row_of, lines):
        for one in found:
            one.follow(row)
        if row.is_act:
            decided[row.voter] = row.mark
        elif receipt_of(key, row) == wanted:
            found.append(Found(row, decided.get(row.voter, b"")))
    if not found:
        raise Wrong(f"没有找到回执 {code} / there is no row of the receipt {code}")
    return [_told(code, one, rules) for one in found]


def _told(code: str, found: Found, rules: Rules) -> str:
    row, later = found.row, found.later
    choice = f"{row.option} {rules.options[row.option]['title']}" if row.option else "收回 / taken back"
    now = f"后来在第 {later} 行改了 / changed later by row {later}" if later else "一直算数 / it stands"
    state = DECIDED[found.decided[:5]]
    lines = [
        f"回执 / receipt {code}",
        f"第 {row.seq} 行 / row {row.seq}",
        f"{rules.local(row.at):%Y-%m-%d %H:%M:%S %z}",
        f"候选 / candidate: {choice}",
        now if later or not found.decided or state == "released" else TOLD[state],
    ]
    return "\n    ".join(lines)


TOLD = {
    "waiting": "还在核实，没有计入 / it is being looked at and not counted yet",
    "excluded": "核实后不计入 / after it was looked at it is not counted",
}


# --- The bundle -------------------------------------------------------------------------------------------------------

MANIFEST, RULES, TALLY, KEYS = "manifest.txt", "rules.json", "tally.json", "keys.json"
CHECKPOINTS, LEDGER = "checkpoints.txt", "ledger.csv"
BUNDLE = "bundle 2"
TERMS = ("kind", "choose", "per_day", "per_option_per_day", "revote", "opens_at", "closes_at", "zone", "holds")


class Bundle:
    """A folder with the files of a poll. Raises CannotCheck when it is none."""

    def __init__(self, folder: Path, vkey: str) -> None:
        self._folder = folder
        if not (folder / MANIFEST).is_file():
            raise CannotCheck(f"这里没有数据包 / there is no bundle here: {folder}")
        self.keys = self.table(KEYS)
        self.key = self._trusted(vkey)
        self.listed = self._listed()

    def _trusted(self, vkey: str) -> NoteKey:
        stated = self.keys["vkey"]
        if vkey and vkey.strip() != stated:
            raise Wrong(
                f"公钥不是你给的那一个，这个包是别人做的 / another public key: not who you think made it: {stated}"
            )
        return NoteKey(stated)

    def _listed(self) -> dict[str, str]:
        note = self.text(MANIFEST)
        origin, kind, *files = self.key.open(note).rstrip("\n").split("\n")
        one_signature = note.endswith("\n") and note.rpartition("\n\n")[2].count("\n") == 1
        if (origin, kind) != (self.key.name, BUNDLE) or not one_signature:
            raise Wrong(f"{MANIFEST} 不是数据包的清单 / is no list of a bundle")
        digests = (line.split("  ", 1) for line in files)
        return {name: digest for digest, name in digests}

    def check_files(self) -> None:
        """Raises Wrong unless all files are there as they were signed."""
        for needed in (RULES, TALLY, KEYS, CHECKPOINTS):
            if needed not in self.listed:
                raise Wrong(f"清单里没有 / not listed: {needed}")
        for name, digest in self.listed.items():
            if self._digest(name) != digest:
                raise Wrong(f"{name} 和签名时不一样 / is not as it was signed")

    def _digest(self, name: str) -> str:
        digest = hashlib.sha256()
        with self._open(name) as file:
            for piece in iter(lambda: file.read(1 << 20), b""):
                digest.update(piece)
        return digest.hexdigest()

    def table(self, name: str) -> dict[str, Any]:
        table: dict[str, Any] = json.loads(self.text(name))
        return table

    def text(self, name: str) -> str:
        with self._open(name) as file:
            return file.read().decode("utf-8")

    def _open(self, name: str) -> BinaryIO:
        try:
            return (self._folder / name).open("rb")
        except OSError as fault:
            raise Wrong(f"读不了 / cannot be read: {name}") from fault

    def rows(self) -> Iterator[bytes]:
        with self._open(LEDGER) as file:
            yield from lines_of(file)


def check_checkpoints(bundle: Bundle, saved: list[Path]) -> list[Checkpoint]:
    """All seals, those that were saved among them, by size. Raises Wrong."""
    published = checkpoints_in(bundle.text(CHECKPOINTS), bundle.key)
    if any(one.size >= other.size for one, other in zip(published, published[1:])):
        raise Wrong("封条的顺序不对 / the seals are not in order")
    own = [checkpoint for path in saved for checkpoint in checkpoints_in(saved_text(path), bundle.key)]
    both = sorted({*published, *own})
    if len(dict(both)) < len(both):
        raise Wrong("同样行数有两个不同的封条 / two seals of as many rows differ: the rows were rewritten")
    return both


def saved_text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except OSError as fault:
        raise CannotCheck(f"读不了 / cannot be read: {path}") from fault


def check_totals(tally: dict[str, Any], checkpoints: list[Checkpoint]) -> None:
    """What can be said of a bundle without rows. Raises Wrong."""
    if tally["voters"] >= LEAST_VOTERS:
        raise Wrong("应该公布每一行，却没有 / the rows are missing that should be published")
    counted, held = sum(tally["tally"].values()), sum(tally["not_counted"].values())
    by_channel = sum(channel["ballots"] for channel in tally["channels"].values())
    if (counted + held, held, by_channel) != (tally["ballots"], tally["held"], tally["ballots"]):
        raise Wrong("总数对不上 / the totals do not agree")
    if checkpoints[-1].size != tally["rows"]:
        raise Wrong("行数对不上 / the number of rows does not agree")


def check_reasons(tally: dict[str, Any], found: Counter[str]) -> None:
    """Raises Wrong unless each account that was held was held for a reason that is told."""
    told: Counter[str] = Counter()
    for case in tally["cases"]:
        told[case["detector"]] += case["voters"]
    if dict(told) != dict(found):
        raise Wrong(f"扣下的票和写明的原因对不上 / held for reasons that are not told: {dict(told)}, {dict(found)}")


def check_count(bundle: Bundle, rules: Rules, tally: dict[str, Any], checkpoints: list[Checkpoint]) -> None:
    """Raises Wrong unless the rows are those of the seals, keep the rules, and give the result."""
    counted = count(check_tree(bundle.rows(), checkpoints), rules)
    for name, value in {"rows": checkpoints[-1].size, **counted.result(rules)}.items():
        if tally[name] != value:
            raise Wrong(f"公布的结果不对 / the published result is wrong: {name} {tally[name]}, {value}")
    check_reasons(tally, counted.found)


def check(options: argparse.Namespace) -> None:
    """Check all, and say it. Raises Wrong, CannotCheck."""
    bundle = Bundle(options.folder, options.key)
    bundle.check_files()
    say("文件都和签名时一样", "all files are as they were signed")
    stated, tally = bundle.table(RULES), bundle.table(TALLY)
    rules = Rules(stated)
    checkpoints = check_checkpoints(bundle, options.checkpoint)
    if LEDGER in bundle.listed:
        check_count(bundle, rules, tally, checkpoints)
        say(f"{tally['rows']} 行流水和 {len(checkpoints)} 个封条都对得上", "the rows are those of the seals")
        say("按规则重新数了一遍，结果一样", "counted again by the rules, the result is the same")
    else:
        check_totals(tally, checkpoints)
        say(f"不到 {LEAST_VOTERS} 个账号，只公布总数，没法重新数", "too few voters: only totals are published")
    for code in options.receipt:
        print_receipt(code, bundle, rules)
    print_result(stated, tally)
    if not options.key:
        print(f"注意：公钥是从这个包里拿的。请和投票页面上的比一比，或用 --key 再核对一次：\n{bundle.keys['vkey']}")
        print("Note: the public key came with this bundle. Compare it with the poll's page, or check again with --key.")


def print_receipt(code: str, bundle: Bundle, rules: Rules) -> None:
    """Raises Wrong for one that is of no row, CannotCheck."""
    if LEDGER not in bundle.listed or not bundle.keys["receipts"]:
        raise CannotCheck("这个包查不了回执 / receipts cannot be looked for in this bundle")
    print(*find_receipt(code, bundle.rows(), bytes.fromhex(bundle.keys["receipts"]), rules), sep="\n")


def say(chinese: str, english: str) -> None:
    print(f"✓ {chinese} / {english}")


def print_result(stated: dict[str, Any], tally: dict[str, Any]) -> None:
    print(stated["title"])
    if stated["demo"]:
        print("这是演示，不是正式投票 / a demonstration and no official vote")
    terms = (f"{name} {stated[name]}" for name in TERMS if stated[name] is not None)
    print("规则，请和公告比一比 / the rules, to be compared with those announced:", ", ".join(terms))
    for option in stated["options"]:
        held = tally["not_counted"][option["id"]]
        beside = f"（另有未计入 / held back {held}）" if held else ""
        print(f"  {option['number']:>4}  {tally['tally'][option['id']]:>10}  {option['title']}{beside}")
    print(f"{tally['ballots']} 张选票 / ballots, {tally['voters']} 个账号，不等于人数 / accounts, not people")
    for name, channel in tally["channels"].items():
        print(f"  {name}: {channel['ballots']} 张选票 / ballots, {channel['voters']} 个账号 / accounts")
    for stop in tally.get("stops", ()):  # bundles from before have none
        until = stop["until"] or "截止 the close"
        print(f"  紧急暂停过，这时候不收票 / stopped in an emergency, no votes taken: {stop['at']} – {until}")
    if tally["cases"]:
        print_holds(tally)


def print_holds(tally: dict[str, Any]) -> None:
    """What was held, and for what reasons."""
    states = ", ".join(f"{state} {accounts}" for state, accounts in tally["holds"].items())
    print(f"未计入 {tally['held']} 张，扣下过的账号 / {tally['held']} ballots are not counted; accounts: {states}")
    for case in tally["cases"]:
        numbers = ", ".join(f"{name} {value:g}" for name, value in case["numbers"].items())
        print(f"  {case['at']} {case['option']} {case['detector']}: {case['voters']} 个账号 accounts ({numbers})")


def arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path, default=Path(__file__).parent, metavar="DIR")
    parser.add_argument("--key", default="", help="投票页面上的公钥 / the public key from the poll's page")
    parser.add_argument("--receipt", action="append", default=[], help="回执 / a receipt")
    parser.add_argument("--checkpoint", action="append", default=[], type=Path, help="存下的封条 / a saved seal")
    return parser


def main(given: list[str] | None = None) -> int:
    options = arguments().parse_args(given)
    try:
        check(options)
    except (CannotCheck, OSError) as fault:
        print(f"没法核对 / it cannot be checked: {fault}", file=sys.stderr)
        return 2
    except Wrong as fault:
        print(f"✗ 不对！ / WRONG! {fault}", file=sys.stderr)
        return 1
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, OverflowError, binascii.Error) as fault:
        print(f"✗ 不对！数据包的格式坏了 / WRONG! the bundle is malformed: {fault!r}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="replace")  # type: ignore[union-attr]  # a console that cannot show Chinese
    sys.exit(main())
