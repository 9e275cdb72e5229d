"""What is published is counted again by a program that stands alone; whatever was changed in it is found."""

import ast
import json
import random
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfoNotFoundError

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.bundle import apart, rows, verify
from bot.domain.ledger import Act as Decision
from bot.domain.receipts import receipt_code
from tests.bundles import (
    KINDS,
    NUMBERS,
    RECEIPTS,
    SIGNER,
    STRANGER,
    Act,
    History,
    hold,
    rules,
    seals,
    voter,
    write,
    write_files,
)

# RFC 8032, section 7.1: public key, message, signature.
ED25519 = (
    (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
    (
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ),
)
PETERS_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
PETERS_NOTE = """If you think cryptography is the answer to your problem,
then you don't know what your problem is.

— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=
"""


@pytest.mark.parametrize(("key", "message", "signature"), ED25519)
def test_signatures_are_those_of_rfc_8032(key: str, message: str, signature: str) -> None:
    public, said, signed = verify.PublicKey(bytes.fromhex(key)), bytes.fromhex(message), bytes.fromhex(signature)

    assert public.verifies(signed, said)
    assert not public.verifies(signed, said + b"x")
    s_and_the_order = int.from_bytes(signed[32:], "little") + verify.ORDER
    assert not public.verifies(signed[:32] + s_and_the_order.to_bytes(32, "little"), said), "no second form"
    for bit in range(0, 512, 7):
        flipped = (int.from_bytes(signed, "little") ^ 1 << bit).to_bytes(64, "little")
        assert not public.verifies(flipped, said)


@given(st.binary(min_size=32, max_size=32))
def test_every_32_bytes_are_a_point_or_refused(encoded: bytes) -> None:
    try:
        point = verify.decode(encoded)
    except ValueError:
        return
    assert verify.encode(point) == encoded


def test_a_note_of_the_reference_implementation_is_opened() -> None:
    key = verify.NoteKey(PETERS_KEY)
    text = key.open(PETERS_NOTE)

    assert text == PETERS_NOTE.partition("\n\n")[0] + "\n"
    other = "— other.example/log AAAA\n"
    assert key.open(PETERS_NOTE + other) == text, "other signatures are left aside"
    for changed in (PETERS_NOTE.replace("answer", "Answer"), PETERS_NOTE.replace("x08go", "x08gp"), other):
        with pytest.raises((verify.Wrong, ValueError)):
            key.open(changed)


def test_every_part_of_a_public_key_is_looked_at() -> None:
    """As golang.org/x/mod/sumdb/note does it, note_test.go."""
    for at in range(len(PETERS_KEY)):
        with pytest.raises(ValueError):  # noqa: PT011  # of whatever part
            verify.NoteKey(PETERS_KEY[:at] + chr(ord(PETERS_KEY[at]) + 1) + PETERS_KEY[at + 1 :])


def test_it_reads_with_an_old_python_and_imports_the_standard_library_only() -> None:
    tree = ast.parse(Path(verify.__file__).read_text("utf-8"), feature_version=(3, 9))
    names = [alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names]
    names += [node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]

    assert {name.partition(".")[0] for name in names} <= sys.stdlib_module_names


def acts(seed: int, count: int = 60) -> list[Act]:
    chance = random.Random(seed)
    votes = [
        Act(chance.randrange(12), chance.choice(NUMBERS), chance.randrange(3), chance.random() < 0.2, seconds)
        for seconds in sorted(chance.randrange(3 * 86400) for _ in range(count))
    ]
    decisions = [
        Act(chance.randrange(12), 0, 0, False, chance.randrange(9 * 86400), chance.choice(list(Decision)))
        for _ in range(count // 2)
    ]
    return sorted(votes + decisions, key=lambda act: act.seconds)


HELD = (
    ("single", True, None),
    ("single", False, None),
    ("choose", True, None),
    ("choose", False, None),
    ("daily", True, 1),
    ("daily", False, None),
)
HISTORIES = [hold(rules(kind, revote=r, per_option=most), acts(n)) for n, (kind, r, most) in enumerate(HELD)]


def run(folder: Path, *arguments: object) -> int:
    return verify.main([str(folder), *map(str, arguments)])


@pytest.mark.parametrize("history", HISTORIES, ids=lambda history: history.rules["kind"])
def test_an_honest_bundle_is_well_for_a_python_that_has_nothing_else(tmp_path: Path, history: History) -> None:
    folder = write(tmp_path / "bundle", history)
    shutil.copy(verify.__file__, folder)
    command = [sys.executable, "-I", "-S", str(folder / "verify.py")]
    done = subprocess.run([*command, "--key", SIGNER.vkey], capture_output=True, timeout=60, check=False)
    said = done.stdout.decode()

    assert (done.returncode, done.stderr) == (0, b"")
    assert f"{history.tally['rows']} 行流水" in said
    assert "注意" not in said, "the key came from elsewhere"
    assert "注意" in subprocess.run(command, capture_output=True, timeout=60, check=True).stdout.decode()


who = st.integers(0, 5)
votes = st.builds(Act, who, st.sampled_from(NUMBERS), st.integers(0, 3), st.booleans(), st.integers(0, 3 * 86400 - 1))
decisions = st.builds(
    Act, who, st.just(0), st.just(0), st.just(False), st.integers(0, 9 * 86400), st.sampled_from(Decision)
)
some_acts = st.lists(votes | votes | decisions, max_size=40)
stated = st.builds(
    lambda kind, revote, limit, per_option: rules(kind, revote=revote, limit=limit, per_option=per_option),
    st.sampled_from(KINDS),
    st.booleans(),
    st.integers(1, 4),
    st.none() | st.integers(1, 2),
)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(stated, some_acts)
def test_no_honest_poll_raises_an_alarm(stated: dict[str, object], acts: list[Act]) -> None:
    with TemporaryDirectory() as folder:
        assert run(write(Path(folder) / "bundle", hold(stated, acts)), "--key", SIGNER.vkey) == 0


@pytest.fixture
def workshop(tmp_path: Path) -> Iterator[Path]:
    """A folder in memory where there is one: thousands of bundles are made."""
    with TemporaryDirectory(dir="/dev/shm" if Path("/dev/shm").is_dir() else tmp_path) as folder:
        yield Path(folder)


def damage_files(chance: random.Random, bundle: Path) -> str:
    """Somebody changes a published file and has no key."""
    file = chance.choice(sorted(bundle.iterdir()))
    content = file.read_bytes()
    at, other = chance.randrange(len(content)), chance.randrange(len(content))
    lines = content.splitlines(keepends=True)
    line, another = chance.randrange(len(lines)), chance.randrange(len(lines))
    changed = {
        "flip a bit": content[:at] + bytes([content[at] ^ 1 << chance.randrange(8)]) + content[at + 1 :],
        "drop a byte": content[:at] + content[at + 1 :],
        "insert a byte": content[:at] + chance.randbytes(1) + content[at:],
        "move bytes": content[: min(at, other)] + content[max(at, other) :] + content[min(at, other) : max(at, other)],
        "drop a line": b"".join(lines[:line] + lines[line + 1 :]),
        "repeat a line": b"".join([*lines[:another], lines[line], *lines[another:]]),
        "swap lines": b"".join(
            lines[another] if n == line else lines[line] if n == another else row for n, row in enumerate(lines)
        ),
        "cut": content[:at],
    }
    kind = chance.choice([kind for kind, new in changed.items() if new != content])
    file.write_bytes(changed[kind])
    return f"{kind} in {file.name}"


MARKS = (*verify.CHANNELS, *verify.HELD, b"released", b"excluded", b"held", b"")


def damage_rows(chance: random.Random, leaves: list[bytes]) -> tuple[str, list[bytes]]:
    """Somebody who has the key changes rows; numbers are made to follow one another again."""
    cells = [row.split(b",") for row in leaves]
    row, other = chance.sample(range(len(cells)), 2)
    kinds: dict[str, Callable[[], object]] = {
        "drop a row": lambda: cells.pop(row),
        "drop the last rows": lambda: cells.__delitem__(slice(row, None)),
        "insert a row": lambda: cells.insert(row, [b"", chance.randbytes(16).hex().encode(), *cells[other][2:]]),
        "repeat a row": lambda: cells.insert(row, list(cells[other])),
        "swap rows": lambda: (
            cells.__setitem__(slice(row, row + 1), [cells[other]]) or cells.__setitem__(other, leaves[row].split(b","))
        ),
        "move between voters": lambda: cells[row].__setitem__(1, cells[other][1]),
        "another option": lambda: cells[row].__setitem__(3, b"%d" % chance.choice(NUMBERS)),
        "another slot": lambda: cells[row].__setitem__(2, b"%d" % chance.randrange(6)),
        "another time": lambda: cells[row].__setitem__(4, b"%d" % (int(cells[row][4]) + chance.randrange(-9, 9))),
        "taken back": lambda: cells[row].__setitem__(3, b""),
        "another mark": lambda: cells[row].__setitem__(slice(5, None), [chance.choice(MARKS)]),
        "no mark": lambda: cells[row].__setitem__(slice(5, None), []),
    }
    kind = chance.choice(sorted(kinds))
    kinds[kind]()
    return kind, [b",".join([b"%d" % number, *rest]) for number, (_, *rest) in enumerate(cells, 1)]


def attack(chance: random.Random, workshop: Path, history: History) -> tuple[str, Path, list[str]]:
    """A tampered bundle: how it was done, where it is, and how a careful reader checks it."""
    folder = workshop / "bundle"
    how = chance.choice(["outsider", "insider", "insider with new seals", "stranger"])
    if how == "outsider":
        write(folder, history)
        return f"{how}: {damage_files(chance, folder)}", folder, []
    kind, changed = damage_rows(chance, history.leaves)
    while changed == history.leaves:
        kind, changed = damage_rows(chance, history.leaves)
    signer = STRANGER if how == "stranger" else SIGNER
    notes = seals(history.leaves if how == "insider" else changed, signer)
    write_files(folder, history, list(apart(notes)), list(rows(changed)), signer)
    saved = workshop / "saved.txt"
    saved.write_text(seals(history.leaves, SIGNER)[-1], "utf-8")
    careful = {"stranger": ["--key", SIGNER.vkey], "insider with new seals": ["--checkpoint", str(saved)]}
    return f"{how}: {kind}", folder, careful.get(how, [])


def tamper(workshop: Path, first: int, count: int) -> None:
    unseen = []
    for seed in range(first, first + count):
        chance = random.Random(seed)
        kind, folder, careful = attack(chance, workshop, chance.choice(HISTORIES))
        if run(folder, *careful) == 0:
            unseen.append(f"{seed} {kind}")
        shutil.rmtree(folder)
    assert unseen == []


def test_random_tampering_is_found(workshop: Path) -> None:
    tamper(workshop, 0, 400)


@pytest.mark.torture
@pytest.mark.timeout(3600)
def test_ten_thousand_tamperings_are_found(workshop: Path) -> None:
    tamper(workshop, 1000, 10_000)


BROKEN_RULES: dict[str, tuple[dict[str, object], list[tuple[int, int, object, int]], str]] = {
    "two votes": (rules("single"), [(1, 0, 1, 0), (1, 1, 2, 1)], "more than one vote"),
    "an unknown option": (rules("single"), [(1, 0, 4, 0)], "no such candidate"),
    "too early": (rules("single"), [(1, 0, 1, -1)], "outside the hours"),
    "too late": (rules("single"), [(1, 0, 1, 3 * 86400)], "outside the hours"),
    "a change of a final vote": (rules("single", revote=False), [(1, 0, 1, 0), (1, 0, 2, 1)], "may not be changed"),
    "nothing to take back": (rules("choose"), [(1, 1, "", 0)], "takes back what was not there"),
    "too many chosen": (rules("choose"), [(1, 1, 1, 0), (1, 2, 2, 1), (1, 3, 3, 2)], "too many candidates"),
    "another's slot": (rules("choose"), [(1, 2, 1, 0)], "not the candidate's"),
    "more than a day allows": (rules("daily"), [(1, 0, 1, 0), (1, 1, 1, 1), (1, 2, 1, 2)], "more than a day allows"),
    "the slot of tomorrow": (rules("daily"), [(1, 2, 1, 1799)], "of another day"),
    "the slot of yesterday": (rules("daily"), [(1, 0, 1, 1800)], "of another day"),
    "a day's votes for one": (rules("daily", per_option=1), [(1, 0, 1, 0), (1, 1, 1, 1)], "for one candidate"),
}


@pytest.mark.parametrize("kind", BROKEN_RULES)
def test_rows_against_the_rules_are_found_though_all_is_signed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], kind: str
) -> None:
    """Whoever holds the key cannot let one account vote more than the rules allow."""
    stated, broken, said = BROKEN_RULES[kind]
    honest = hold(stated, [])
    cells = [(who, slot, option, (seconds * 1000)) for who, slot, option, seconds in broken]
    opens = verify.Rules(stated).opens
    more = [
        f"{len(honest.leaves) + n},{voter(who).hex()},{slot},{option},{opens + at}".encode()
        for n, (who, slot, option, at) in enumerate(cells, 1)
    ]
    forged = write(tmp_path / "bundle", History(stated, honest.leaves + more, honest.tally))

    assert run(forged) == 1
    assert said in capsys.readouterr().err


HELD_ONCE, OUT, IN, FOR = "held-burst", "excluded", "released", "held-flood"
BROKEN_ORDERS: dict[str, tuple[list[str], str]] = {
    "released without being held": ([IN], "cannot follow nothing"),
    "excluded without being held": ([OUT], "cannot follow nothing"),
    "held twice": ([HELD_ONCE, FOR], "cannot follow held-burst"),
    "held again": ([HELD_ONCE, IN, HELD_ONCE], "cannot follow released"),
    "excluded after the release": ([HELD_ONCE, IN, OUT], "cannot follow released"),
    "excluded twice": ([HELD_ONCE, OUT, OUT], "cannot follow excluded"),
}


def with_rows(history: History, *rows_of_who: tuple[int, str]) -> History:
    """A history whose keeper has written more: what follows the number and the voter of each row."""
    more = [
        f"{len(history.leaves) + n},{voter(who).hex()},{rest}".encode() for n, (who, rest) in enumerate(rows_of_who, 1)
    ]
    leaves = history.leaves + more
    return History(history.rules, leaves, {**history.tally, "rows": len(leaves)})


@pytest.mark.parametrize("kind", BROKEN_ORDERS)
def test_decisions_in_an_order_that_cannot_be_are_found(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], kind: str
) -> None:
    words, said = BROKEN_ORDERS[kind]
    honest, at = hold(rules("single"), []), verify.Rules(rules("single")).opens
    forged = with_rows(honest, *((1000, f"0,,{at + 10**9},{word}") for word in words))

    assert run(write(tmp_path / "bundle", forged)) == 1
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    ("stated", "rest", "said"),
    [
        ({"holds": False}, "0,,{at},held-wave", "no votes are held in this poll"),
        ({}, "0,,{before},held-wave", "outside the hours"),
        ({}, "0,,{after},held-wave", "the published result is wrong: held 0, 1"),
        ({}, "0,2,{after},telegram", "outside the hours"),
        ({}, "0,2,{at},web", "takes no votes from"),
        ({}, "0,2,{at},wechat", "one account on two channels"),
        ({}, "0,2,{at},held-wave", "row 51"),
        ({}, "1,,{at},held-wave", "row 51"),
        ({}, "0,2,{at},nowhere", "row 51"),
        ({}, "0,2,{at},", "row 51"),
    ],
)
def test_what_cannot_stand_at_the_end_of_a_row(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], stated: dict[str, object], rest: str, said: str
) -> None:
    """Votes after the close are found; decisions may come then, but must be in the result."""
    honest = hold({**rules("single"), **stated}, [])
    limits = verify.Rules(honest.rules)
    assert limits.closes
    forged = with_rows(honest, (1003, rest.format(at=limits.opens, before=limits.opens - 1, after=limits.closes)))

    assert run(write(tmp_path / "bundle", forged)) == 1
    assert said in capsys.readouterr().err


def test_what_was_held_is_told_with_both_totals_and_the_reasons(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    late = 4 * 86400  # after the close
    decided = [(1, Decision.HELD_BURST), (2, Decision.HELD_BURST), (3, Decision.HELD_RHYTHM)]
    acts = [Act(n, 2, 0, False, n) for n in (1, 2, 3, 4)]
    acts += [Act(who, 0, 0, False, 60, decision) for who, decision in decided]
    acts += [Act(1, 0, 0, False, late, Decision.RELEASED), Act(2, 0, 0, False, late, Decision.EXCLUDED)]
    history = hold(rules("single"), acts)
    receipts = [receipt_code(RECEIPTS, n, voter(n)) for n in (1, 2, 3)]

    assert run(write(tmp_path / "bundle", history), *(f"--receipt={code}" for code in receipts)) == 0
    said = capsys.readouterr().out
    assert [said.count(words) for words in ("it stands", "it is not counted", "not counted yet")] == [1, 1, 1]
    assert "Deed 2（另有未计入 / held back 2）" in said
    assert "waiting 1, released 1, excluded 1" in said
    assert "burst: 2 个账号 accounts (votes 40)" in said
    wrongs: list[dict[str, object]] = [{"held": 3}, {"not_counted": {}}, {"cases": []}, {"holds": {}}, {"channels": {}}]
    for wrong in wrongs:
        forged = History(history.rules, history.leaves, {**history.tally, **wrong})
        assert run(write(tmp_path / next(iter(wrong)), forged)) == 1, wrong


def test_a_wrong_result_is_found_though_it_is_signed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    history = HISTORIES[0]
    wrongs: list[dict[str, object]] = [{"ballots": 1}, {"voters": 70}, {"tally": {}}, {"rows": 9}]
    for n, wrong in enumerate(wrongs):
        forged = History(history.rules, history.leaves, {**history.tally, **wrong})
        assert run(write(tmp_path / str(n), forged)) == 1
        assert "WRONG" in capsys.readouterr().err


def test_below_50_voters_totals_are_all_that_is_published(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    few = hold(rules("single"), acts(1), least_voters=0)
    folder = write(tmp_path / "bundle", few)

    assert not (folder / "ledger.csv").exists()
    assert run(folder) == 0
    assert "too few voters" in capsys.readouterr().out
    assert run(folder, "--receipt", "AAAA-AAAA") == 2


def published_seals(history: History) -> list[bytes]:
    return list(apart(seals(history.leaves, SIGNER)))


def test_missing_rows_of_many_voters_are_found(tmp_path: Path) -> None:
    history = HISTORIES[0]
    few = History(history.rules, history.leaves, {**history.tally, "voters": 49})

    assert run(write_files(tmp_path / "few", few, published_seals(few), [])) == 0, "nobody can tell from the bundle"
    assert run(write_files(tmp_path / "many", history, published_seals(history), [])) == 1


def test_a_saved_seal_of_other_rows_is_found_wherever_the_rows_part(tmp_path: Path) -> None:
    history = HISTORIES[0]
    folder = write(tmp_path / "bundle", history)
    another = [history.leaves[0] + b"1", *history.leaves[1:]]
    for rows_sealed, leaves, code in ((5, history.leaves, 0), (5, another, 1), (7, another, 1)):
        saved = tmp_path / "saved.txt"
        saved.write_text(seals(leaves[:rows_sealed], SIGNER)[-1], "utf-8")
        assert run(folder, "--checkpoint", saved) == code


def test_seals_are_published_in_their_order(tmp_path: Path) -> None:
    history = HISTORIES[0]
    first, second, *others = seals(history.leaves, SIGNER)
    ledger = list(rows(history.leaves))

    assert run(write_files(tmp_path / "bundle", history, list(apart([second, first, *others])), ledger)) == 1


def test_numbers_of_rows_that_do_not_follow_one_another_are_found(tmp_path: Path) -> None:
    history = HISTORIES[0]
    cells = [row.split(b",") for row in history.leaves]
    leaves = [b",".join([b"%d" % (n + (n > 9)), *rest]) for n, (_, *rest) in enumerate(cells, 1)]

    assert run(write(tmp_path / "bundle", History(history.rules, leaves, history.tally))) == 1


def test_there_is_one_way_to_write_a_signature() -> None:
    assert verify.from_base64("AQ==") == b"\x01"
    for other in ("AR==", "AQ", "AQ==\n", "A Q=="):
        with pytest.raises(ValueError):  # noqa: PT011  # of two libraries
            verify.from_base64(other)


def test_a_receipt_finds_its_row_and_what_became_of_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    history = hold(rules("single"), [Act(1, 2, 0, False, 60), Act(1, 3, 0, False, 120), Act(2, 5, 0, False, 180)])
    folder = write(tmp_path / "bundle", history)
    first, last = receipt_code(RECEIPTS, 1, voter(1)), receipt_code(RECEIPTS, 2, voter(1))

    assert run(folder, "--receipt", first.lower(), "--receipt", last.replace("-", "")) == 0
    said = capsys.readouterr().out
    assert "第 1 行" in said
    assert "2026-11-23 23:31:00" in said
    assert "2 Deed 2" in said
    assert "changed later by row 2" in said
    assert "3 Deed 3" in said
    assert "it stands" in said
    assert run(folder, "--receipt", "AAAA-AAAA") == 1


def test_what_is_no_bundle_cannot_be_checked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(tmp_path) == 2
    folder = write(tmp_path / "bundle", HISTORIES[0])
    assert run(folder, "--checkpoint", tmp_path / "none") == 2
    unknown = {**HISTORIES[0].rules, "zone": "Mars/Phobos"}
    assert run(write(tmp_path / "mars", History(unknown, *HISTORIES[0][1:]))) == 2
    assert "time zone Mars/Phobos" in capsys.readouterr().err
    for missing in ("ledger.csv", "rules.json", "keys.json"):
        copy = shutil.copytree(folder, tmp_path / missing)
        (copy / missing).unlink()
        assert run(copy) == 1, "a file that was listed is gone"


def test_china_has_its_time_also_where_no_time_zones_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verify, "ZoneInfo", lambda name: (_ for _ in ()).throw(ZoneInfoNotFoundError(name)))

    assert run(write(tmp_path / "bundle", HISTORIES[-1])) == 0


def test_no_cell_of_a_published_table_is_a_formula(tmp_path: Path) -> None:
    folder = write(tmp_path / "bundle", HISTORIES[3])
    cells = (folder / "ledger.csv").read_text("utf-8").replace("\n", ",").split(",")

    assert all(re.fullmatch("|[0-9a-z][0-9a-z-]*", cell) for cell in cells)
    assert json.loads((folder / "rules.json").read_text("utf-8"))["title"].startswith("="), "titles are in no table"
