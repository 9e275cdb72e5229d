"""The channel's own phrases, read from the file that the service reads."""

import tomllib
from pathlib import Path

from bot.domain.phrases import Phrases

_FILE = Path(__file__).parents[3] / "content" / "phrases" / "wechat.toml"


def wechat_phrases() -> Phrases:
    tables = tomllib.loads(_FILE.read_text(encoding="utf-8"))["wechat"]
    return Phrases(
        {
            language: {f"wechat.{key}": sentences[language] for key, sentences in tables.items()}
            for language in ("zh", "en")
        }
    )
