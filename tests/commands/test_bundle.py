"""`export-poll` and `destroy-key`, on both engines, from votes that were cast to the bundle that is checked."""

import asyncio
import json
import random
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.bundle import verify
from bot.content import load
from bot.domain.holds import Appeal, Ruling, Suspicion, Verdict
from bot.domain.ledger import Channel
from bot.domain.notes import poll_signer
from bot.domain.polls import Polls, Vote, pseudonym
from bot.domain.receipts import receipt_code, receipts_key
from bot.domain.refusals import Refusal
from bot.domain.reviewers import Reviewer
from bot.messages import Address
from bot.storage.checkpoints import Checkpoints
from bot.storage.database import Database
from bot.storage.holds import HoldRecords
from bot.storage.keys import CHECKPOINTS, Keys, NotOneByOne, poll_key
from bot.storage.people import PeopleStore
from bot.storage.votes import Votes
from tests.command_line import Shell, small_content
from tests.content_samples import TODAY
from tests.storage.samples import message

OPENS = datetime(2020, 1, 1, tzinfo=UTC)
POLL = """
id = "deeds"
title = "=1+1"
organiser = "o"
contact = "c"
rules = "r"
eligibility = "e"
opens_at = 2020-01-01T00:00:00Z
closes_at = {closes}
option = [{{ id = "a", number = 1, title = "+1" }}, {{ id = "b", number = 2, title = "@2" }}]
"""
CLOSED, OPEN = "2020-01-04T00:00:00Z", "9999-01-01T00:00:00Z"


class Town:
    """A shell with a poll in its content, and people who vote in it."""

    def __init__(self, folder: Path, database_url: str, closes: str = CLOSED) -> None:
        self.folder = folder
        self.content = small_content(folder)
        self.stage(closes)
        self.url = database_url
        self.shell = Shell(folder, CONTENT_DIR=str(self.content), DATABASE_URL=database_url)
        self.keys = Keys(self.shell.data / "keys")

    def stage(self, closes: str, rules: str = "") -> None:
        (self.content / "polls" / "deeds.toml").write_text(rules + POLL.format(closes=closes), "utf-8")

    def vote(self, people: Iterable[int], seal: bool = True) -> None:
        asyncio.run(self._vote(list(people), seal))

    async def _vote(self, people: list[int], seal: bool) -> None:
        database = Database(self.url, lambda: OPENS)
        await database.migrate()
        votes = Votes(database)
        poll = load(self.content, TODAY).polls["deeds"]
        await votes.install(poll, self.keys.check(poll_key("deeds")), OPENS)
        await asyncio.gather(*(votes.cast(self._of(who)) for who in people))
        if seal:
            signer = poll_signer(self.keys.key(CHECKPOINTS), "deeds")
            await Checkpoints(database).seal("deeds", signer, OPENS)
        await database.close()

    def _of(self, who: int) -> Vote:
        at = OPENS + timedelta(seconds=who)
        return Vote(f"m{who}", "deeds", self.voter(who % 60), 1 + who // 60 % 2, at, channel=Channel.TELEGRAM)

    def voter(self, who: int) -> bytes:
        return self.account("deeds", _account(who))

    def account(self, poll: str, account: Address) -> bytes:
        return pseudonym(self.keys.key(poll_key(poll)), account)

    def export(self, folder: str = "out") -> tuple[int, str]:
        done = self.shell.here("export-poll", "deeds", str(self.folder / folder))
        return done.returncode, done.stdout + done.stderr

    def verify(self, *arguments: str, folder: str = "out") -> int:
        return verify.main([str(self.folder / folder), *arguments])

    def vkey(self) -> str:
        return poll_signer(self.keys.key(CHECKPOINTS), "deeds").vkey


@pytest.fixture
def town(tmp_path: Path, database_url: str) -> Town:
    return Town(tmp_path, database_url)


KINDS = {
    "single": "revote = true",
    "choose": "choose = 2",
    "final": 'kind = "choose"\nchoose = 2\nrevote = false',
    "daily": "per_day = 3\nper_option_per_day = 2",
}


@pytest.mark.parametrize("kind", KINDS)
def test_whatever_the_rules_let_through_is_counted_alike(
    tmp_path: Path, database_url: str, kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    town = Town(tmp_path, database_url)
    stated = KINDS[kind] if kind == "final" else f'kind = "{kind}"\n{KINDS[kind]}'
    town.stage(CLOSED, f'{stated}\njoined = "any"\nchannels = ["telegram"]\n')
    asyncio.run(_vote_at_random(town))

    assert town.export()[0] == 0
    assert town.verify("--key", town.vkey()) == 0
    rules = table(town.folder / "out" / "rules.json")
    assert rules["kind"] == ("choose" if kind == "final" else kind)
    capsys.readouterr()


async def _vote_at_random(town: Town) -> None:
    """Three days with nights: the zone's midnights are not those of UTC."""
    chance = random.Random(5)
    database = Database(town.url, lambda: OPENS)
    await database.migrate()
    poll = load(town.content, TODAY).polls["deeds"]
    votes = Votes(database)
    await votes.install(poll, town.keys.check(poll_key("deeds")), OPENS)
    polls = Polls(votes, lambda name: town.keys.key(poll_key(name)), PeopleStore(database).joined_at)
    for n, seconds in enumerate(sorted(chance.randrange(-3600, 3 * 86400 + 3600) for _ in range(400))):
        said = message(f"m{n}", str(n % 60), at=OPENS + timedelta(seconds=seconds))
        with suppress(Refusal):
            await polls.cast(poll, chance.choice("123"), said, back=chance.random() < 0.2, agreed=True)
    await database.close()


def table(path: Path) -> dict[str, object]:
    found: dict[str, object] = json.loads(path.read_text("utf-8"))
    return found


def test_what_was_voted_is_published_and_can_be_checked(
    town: Town, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("bot.storage.checkpoints.ROWS_STREAMED", 7)
    town.vote(range(40))
    town.vote(range(40, 90))
    town.vote(range(90, 100), seal=False)
    assert town.export()[0] == 0
    receipt = receipt_code(receipts_key(town.keys.key(poll_key("deeds"))), 63, town.voter(62 % 60))

    assert town.verify("--key", town.vkey(), "--receipt", receipt) == 0
    said = capsys.readouterr().out
    assert "2 @2" in said
    tally, rules = table(town.folder / "out" / "tally.json"), table(town.folder / "out" / "rules.json")
    assert (tally["rows"], tally["ballots"], tally["tally"]) == (100, 60, {"a": 20, "b": 40})
    assert (rules["title"], rules["demo"], rules["closes_at"]) == ("=1+1", False, "2020-01-04T00:00:00+00:00")
    assert [note.split("\n")[1] for note in _notes(town)] == ["40", "90", "100"], "the last rows are sealed at once"
    assert not any(cell[:1] in "=+-@" for cell in (town.folder / "out" / "ledger.csv").read_text("utf-8").split(","))


def test_both_totals_and_the_reasons_are_published(town: Town, capsys: pytest.CaptureFixture[str]) -> None:
    """Some are held, some of them released, one is excluded after the close."""
    town.vote(range(60))
    asyncio.run(_hold(town))

    assert town.export()[0] == 0
    assert town.verify("--key", town.vkey()) == 0
    assert "held back 3" in capsys.readouterr().out
    tally = table(town.folder / "out" / "tally.json")
    assert (tally["rows"], tally["ballots"], tally["held"]) == (66, 60, 3)
    assert (tally["tally"], tally["not_counted"]) == ({"a": 57, "b": 0}, {"a": 3, "b": 0})
    assert tally["holds"] == {"waiting": 2, "released": 1, "excluded": 1}
    assert tally["channels"] == {"telegram": {"ballots": 60, "voters": 60}}
    found = [(case["detector"], case["numbers"], case["voters"], case["state"]) for case in tally["cases"]]  # type: ignore[attr-defined]
    assert found == [("burst", {"votes": 4.0}, 2, "excluded"), ("flood", {"share": 0.9}, 2, "waiting")]


async def _hold(town: Town) -> None:
    database = Database(town.url, lambda: OPENS)
    records, late = HoldRecords(database, town.account), OPENS + timedelta(days=9)
    for detector, numbers, people in (("burst", {"votes": 4.0}, (1, 2)), ("flood", {"share": 0.9}, (3, 4))):
        voters = frozenset(map(town.voter, people))
        await records.hold(Suspicion("deeds", detector, 1, numbers, voters, OPENS + timedelta(days=1)))  # type: ignore[arg-type]
    await records.appeal(Appeal("deeds", _account(1), "zh", "是我", late), "m")

    async def rule(verdict: Verdict, seen: int, appeal: int = 0) -> None:
        for operator in ("ana", "ben"):
            ruling = Ruling(1, verdict, Reviewer((operator,)), seen, late, appeal)
            await records.rule(ruling, lambda *_: None, "")

    await rule("release", 0, appeal=1)
    await rule("exclude", 1)
    await database.close()


def _account(who: int) -> Address:
    return Address("telegram", str(who), str(who))


def _notes(town: Town) -> list[str]:
    return verify.notes_in((town.folder / "out" / "checkpoints.txt").read_text("utf-8"))


def test_all_that_publishing_needs_is_read_only(town: Town) -> None:
    town.vote(range(60))
    first = town.export("one")
    assert town.export("two")[0] == first[0] == 0
    for name in ("ledger.csv", "checkpoints.txt", "rules.json", "keys.json"):
        assert (town.folder / "one" / name).read_bytes() == (town.folder / "two" / name).read_bytes()


def test_a_bundle_is_never_written_over_another(town: Town) -> None:
    town.vote(range(2))
    assert town.export()[0] == 0
    code, said = town.export()

    assert (code, "the folder is not empty" in said) == (2, True)
    assert town.verify() == 0


def test_below_50_voters_no_row_leaves_the_house(town: Town) -> None:
    town.vote(range(49))
    assert town.export()[0] == 0

    assert not (town.folder / "out" / "ledger.csv").exists()
    published = b"".join(path.read_bytes() for path in (town.folder / "out").iterdir())
    assert town.voter(3).hex().encode() not in published
    assert town.verify("--key", town.vkey()) == 0


def test_a_poll_without_a_vote_is_published_too(town: Town) -> None:
    town.vote([])

    assert town.export()[0] == 0
    assert town.verify() == 0


def test_nothing_is_published_before_the_close(tmp_path: Path) -> None:
    town = Town(tmp_path, f"sqlite:///{tmp_path}/bot.db", closes=OPEN)
    town.vote(range(60))
    code, said = town.export()

    assert (code, "the poll is not closed" in said) == (2, True)
    assert not (tmp_path / "out").exists()


def test_what_is_not_there(tmp_path: Path) -> None:
    town = Town(tmp_path, f"sqlite:///{tmp_path}/bot.db")
    assert "there is no database yet" in town.export("a")[1]
    town.vote(range(60))
    assert "no such poll" in town.shell.here("export-poll", "other", "b").stderr
    (town.shell.data / "keys" / "polls" / "deeds.key").write_bytes(b"x" * 32)
    assert "not the poll's key" in town.export("c")[1]


def test_the_demonstration_is_published_at_any_time_beside_the_service(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shell = Shell(tmp_path, CONTENT_DIR=str(small_content(tmp_path)))
    shell.here("chat", said="投票 3\n")
    with shell.running():
        done = shell.here("export-poll", "nanyue-stories", "out")

    assert done.returncode == 0
    assert verify.main([str(tmp_path / "out")]) == 0
    assert "a demonstration and no official vote" in capsys.readouterr().out


class TestDestroyKey:
    def test_afterwards_no_account_is_known_any_more(self, tmp_path: Path) -> None:
        town = Town(tmp_path, f"sqlite:///{tmp_path}/bot.db")
        town.vote(range(60))
        before, path = town.voter(3), tmp_path / "数据 folder" / "keys" / "polls" / "deeds.key"
        asked = town.shell.here("destroy-key", "deeds")
        assert (asked.returncode, path.exists()) == (2, True)

        assert town.shell.here("destroy-key", "deeds", "--yes").returncode == 0

        assert not path.exists()
        assert Keys(town.shell.data / "keys").key(poll_key("deeds")) != Keys(town.shell.data / "keys").key(
            poll_key("deeds")
        )
        town.keys = Keys(town.shell.data / "keys")
        assert town.voter(3) != before
        assert town.export()[0] == 0
        assert town.verify("--key", town.vkey()) == 0, "the result is still published, and stands"
        assert table(tmp_path / "out" / "keys.json")["receipts"] is None
        assert town.verify("--receipt", "AAAA-AAAA") == 2

    def test_the_service_starts_again_and_knows_nobody_s_vote(self, tmp_path: Path) -> None:
        town = Town(tmp_path, f"sqlite:///{tmp_path}/bot.db")
        town.vote(range(60))
        town.shell.here("destroy-key", "deeds", "--yes")

        assert "没有算" in town.shell.here("chat", said="/vote deeds 1\n").stdout
        assert asyncio.run(_choice(town)) is None
        town.stage(OPEN)
        again = town.shell.here("chat", said="/vote deeds 1\n")
        assert (again.returncode, "put the old key back" in again.stderr) == (2, True), "else all could vote anew"

    def test_a_key_that_is_needed_stays(self, tmp_path: Path) -> None:
        town = Town(tmp_path, f"sqlite:///{tmp_path}/bot.db", closes=OPEN)
        town.vote(range(3))
        for poll in ("deeds", "nanyue-stories", "other"):
            assert town.shell.here("destroy-key", poll, "--yes").returncode == 2
        assert not town.keys.is_destroyed(poll_key("deeds"))

    def test_a_key_in_use_or_derived_stays(self, tmp_path: Path) -> None:
        town = Town(tmp_path, f"sqlite:///{tmp_path}/bot.db")
        town.vote(range(3))
        with town.shell.running():
            assert "another process" in town.shell.here("destroy-key", "deeds", "--yes").stderr
        derived = town.shell.here("destroy-key", "deeds", "--yes", SECRET_KEY="0123456789abcdef")
        assert (derived.returncode, "SECRET_KEY" in derived.stderr) == (2, True)
        with pytest.raises(NotOneByOne):
            Keys(tmp_path, "0123456789abcdef").destroy("polls/deeds")
        assert not town.keys.is_destroyed(poll_key("deeds"))


async def _choice(town: Town) -> object:
    database = Database(town.url, lambda: OPENS)
    keys = Keys(town.shell.data / "keys")
    polls = Polls(Votes(database), lambda poll: keys.key(poll_key(poll)), PeopleStore(database).joined_at)
    poll = load(town.content, TODAY).polls["deeds"]
    try:
        return (await polls.mine(poll, message("m", "3").sender, OPENS)).votes or None
    finally:
        await database.close()
