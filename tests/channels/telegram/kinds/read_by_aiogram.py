"""Writes down how aiogram reads all updates; it wants an older pydantic than the service has, so it reads apart.

python -m venv /tmp/aiogram && /tmp/aiogram/bin/pip install aiogram
/tmp/aiogram/bin/python tests/channels/telegram/kinds/read_by_aiogram.py
"""

import json
from pathlib import Path

import aiogram
from aiogram.enums import ContentType, UpdateType
from aiogram.types import Message, Update

HERE = Path(__file__).parent


def reading(update: Update) -> dict[str, object]:
    event = update.event
    user = getattr(event, "from_user", None)
    chat = getattr(event, "chat", None) or getattr(getattr(event, "message", None), "chat", None)
    return {
        "update": update.update_id,
        "kind": update.event_type,
        "content": str(event.content_type.value) if isinstance(event, Message) else "",
        "chat": chat.id if chat else None,
        "user": user.id if user else None,
        "words": getattr(event, "text", None) or getattr(event, "data", None) or getattr(event, "query", None) or "",
    }


def main() -> None:
    updates = json.loads((HERE / "updates.json").read_text("utf-8"))
    recorded = sorted((HERE.parent / "updates").glob("*.json"))
    updates |= {path.stem: json.loads(path.read_text("utf-8")) for path in recorded if path.stem != "unknown_kind"}
    read = {name: reading(Update.model_validate(update)) for name, update in updates.items()}
    lines = ",\n".join(f"    {json.dumps(name)}: {json.dumps(one, ensure_ascii=False)}" for name, one in read.items())
    kinds = json.dumps([kind.value for kind in UpdateType])
    contents = json.dumps([kind.value for kind in ContentType])
    (HERE / "read_by_aiogram.json").write_text(
        f'{{\n  "aiogram": "{aiogram.__version__}",\n  "kinds": {kinds},\n  "contents": {contents},\n'
        f'  "read": {{\n{lines}\n  }}\n}}\n',
        "utf-8",
    )


if __name__ == "__main__":
    main()
