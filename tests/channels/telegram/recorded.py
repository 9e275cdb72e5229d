"""Updates as Telegram sends them, by name."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from msgspec import json

from bot.channels.telegram.payloads import Update, decode_update
from bot.messages import Link, Message, Offer, Offers

AT = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
FOLDER = Path(__file__).parent / "updates"
NAMES = tuple(sorted(path.stem for path in FOLDER.glob("*.json")))


def body(name: str) -> bytes:
    return (FOLDER / f"{name}.json").read_bytes()


def payload(name: str) -> dict[str, Any]:
    return json.decode(body(name), type=dict[str, Any])


def update(name: str) -> Update:
    return decode_update(body(name))


async def offer(message: Message) -> Offers:
    """One thing to be sent on for any words, nothing for none."""
    link = Link("entry", "some", "想多问，点这里")
    offered = (Offer(message.text, "有人陪", f"{message.text}：有人陪", link),) if message.text else ()
    return Offers(offered, "到私聊里找我")
