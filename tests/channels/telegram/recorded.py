"""Updates as Telegram sends them, by name."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from msgspec import json

from bot.channels.telegram.payloads import Update, decode_update

AT = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
FOLDER = Path(__file__).parent / "updates"
NAMES = tuple(sorted(path.stem for path in FOLDER.glob("*.json")))


def body(name: str) -> bytes:
    return (FOLDER / f"{name}.json").read_bytes()


def payload(name: str) -> dict[str, Any]:
    return json.decode(body(name), type=dict[str, Any])


def update(name: str) -> Update:
    return decode_update(body(name))
