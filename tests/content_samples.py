"""Small authored files that load, to be broken one at a time."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pytest

from bot.content import ContentErrors, Mistake, load

# The day on which the tests' clock stands.
TODAY = date(2026, 11, 23)


def tip(name: str, text: str) -> str:
    return f'[[tip]]\nid = "{name}"\ntext = "{text}"\n'


TIP = tip("lock", "锁上手机。")
PHRASE = '[home.hello]\nzh = "你好，{name}"\nen = "Hello, {name}"\n'
ENTRY = (
    '[[entry]]\nid = "zijing-what"\ntitle = "是什么"\nquestions = ["紫荆云是什么", "介绍紫荆云"]\nanswer = "云支教。"\n'
)
CAMPAIGN = f'id = "zijing"\ntitle = "紫荆云陪伴"\n{ENTRY}'
SOURCE = '[source]\npublisher = "学生会"\ntitle = "报名通知"\ndate = 2026-11-20\n'
LOCAL_ENTRY = (
    '[[entry]]\nid = "zijing-now"\ntitle = "怎么报名"\nquestions = ["紫荆云怎么报名"]\nanswer = "11月30日前报名。"\n'
)
LOCAL = f'valid_until = 2026-11-30\ntopic = "zijing"\n{SOURCE}{LOCAL_ENTRY}'
OPTION = '[[option]]\nid = "a"\nnumber = 1\ntitle = "甲"\n'
POLL = f'id = "demo"\ntitle = "演示"\ndemo = true\n{OPTION}'
GOOD: dict[str, str | bytes] = {
    "tips/a.toml": TIP,
    "phrases/a.toml": PHRASE,
    "campaigns/a.toml": CAMPAIGN,
    "local/a.toml": LOCAL,
    "polls/a.toml": POLL,
}


def write(folder: Path, files: Mapping[str, str | bytes]) -> Path:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return folder


def mistakes(folder: Path) -> tuple[Mistake, ...]:
    with pytest.raises(ContentErrors) as caught:
        load(folder, TODAY)
    return caught.value.mistakes
