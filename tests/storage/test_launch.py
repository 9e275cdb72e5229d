"""Ticks on the list, and how much waits in the tables."""

import asyncio
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from sqlalchemy import insert

from bot.domain.desk import Actor
from bot.domain.launch import Tick, Ticked
from bot.domain.service import Backup
from bot.messages import Address, Reply
from bot.storage import launch
from bot.storage.backup import copy, last, note
from bot.storage.certificates import holds_until
from bot.storage.database import Database
from bot.storage.desk import DeskRecords
from bot.storage.launch import LaunchRecords, Waiting
from bot.storage.outbox import outbox_row
from bot.storage.stories import StoryRecords
from bot.storage.tables import broadcasts, cases, outbox
from tests.storage.samples import AT
from tests.storage.test_desk import KEY, MACHINE, logged, works
from tests.storage.test_stories import Author


async def test_a_tick_says_who_and_when(database: Database) -> None:
    records, desk = LaunchRecords(database, KEY), DeskRecords(database, KEY)
    mei, yun = await works(desk, "mei", "publisher"), await works(desk, "yun", "editor")
    assert await records.ticks() == {}
    by = Actor("mei", mei.id)
    ticks = [records.tick(Ticked("keys", True, by, AT)) for _ in range(3)]
    assert sorted(await asyncio.gather(*ticks)) == ["done", "unchanged", "unchanged"]
    assert await records.tick(Ticked("watch", True, MACHINE, AT)) == "done"
    assert await records.ticks() == {"keys": Tick("mei", AT), "watch": Tick("terminal:root", AT)}
    assert await records.tick(Ticked("keys", False, Actor("yun", yun.id), AT)) == "not-allowed"
    assert await records.tick(Ticked("keys", False, by, AT)) == "done"
    assert await records.ticks() == {"watch": Tick("terminal:root", AT)}
    assert (await logged(database))[4:] == [
        ("mei", "tick", "keys", "done"),
        ("mei", "tick", "keys", "unchanged"),
        ("mei", "tick", "keys", "unchanged"),
        ("terminal:root", "tick", "watch", "done"),
        ("yun", "untick", "keys", "not-allowed"),
        ("mei", "untick", "keys", "done"),
    ]


async def test_how_much_waits(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    records = LaunchRecords(database, KEY)
    assert await records.waiting(["telegram"], AT) == Waiting({"telegram": 0}, 0, 0, 0, 0)
    await Author(StoryRecords(database), Address("web", "ana", "ana")).sends()
    later = AT + timedelta(hours=1)

    def fill(connection: object) -> None:
        rows = [outbox_row(Address("telegram", f"p{n}", "c"), Reply("x"), AT, later) for n in range(5)]
        rows += [outbox_row(Address("telegram", "later", "c"), Reply("x"), AT, later, AT + timedelta(minutes=1))]
        rows += [outbox_row(Address("web", "w", "c"), Reply("x"), AT, later)]
        rows += [outbox_row(Address("telegram", "now", "c"), Reply("x"), AT, later) | {"state": "sending"}]
        connection.execute(insert(outbox), rows)  # type: ignore[attr-defined]
        one = {"reply": "{}", "audience": "everyone", "channels": "web", "operator": "x", "at": 0, "ends_at": 0}
        one |= {"people": 9, "past_channel": "", "past_user": "", "is_planned": True, "sent": 2}
        one |= {"refused": 1, "unknown": 0, "expired": 0, "planned": 9}
        connection.execute(  # type: ignore[attr-defined]
            insert(broadcasts), [{**one, "state": "sending"}, {**one, "state": "paused"}, {**one, "state": "done"}]
        )
        case = {"poll": 1, "detector": "burst", "option": 1, "numbers": "{}", "voters": 1, "at": 0}
        connection.execute(insert(cases), [{**case, "state": "waiting"}, {**case, "state": "released"}])  # type: ignore[attr-defined]

    await database._writing.transact(fill)
    assert await records.waiting(["telegram", "web"], AT) == Waiting({"telegram": 5, "web": 1}, 12, 1, 1, 1)
    monkeypatch.setattr(launch, "MOST_COUNTED", 3)
    assert (await records.waiting(["telegram"], AT)).own == {"telegram": 3}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_the_last_backup_is_known(database: Database, database_url: str, tmp_path: Path) -> None:
    assert last(database_url) is None
    for number, at in enumerate((AT, AT + timedelta(days=1))):
        copy(database_url, tmp_path / f"copy-{number}.db")
        note(database_url, tmp_path / f"copy-{number}.db", at)
    assert last(database_url) == Backup(AT + timedelta(days=1), (tmp_path / "copy-1.db").stat().st_size)
    (tmp_path / "bot.db.last-backup").write_text("torn")
    assert last(database_url) is None
    assert last("postgresql://x@127.0.0.1/y") is None


def certificate(until: datetime) -> bytes:
    key = Ed25519PrivateKey.generate()
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "bot.example.org")])
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(until - timedelta(days=90))
        .not_valid_after(until)
        .sign(key, None)
    )
    return built.public_bytes(Encoding.PEM)


def test_until_when_a_certificate_holds(tmp_path: Path) -> None:
    file, until = tmp_path / "fullchain.pem", datetime.fromisoformat("2027-02-01T12:00:00+00:00")
    assert holds_until(file) is None
    file.write_bytes(certificate(until) + certificate(until + timedelta(days=900)))
    assert holds_until(file) == until
    file.write_text("no certificate")
    assert holds_until(file) is None
