"""One whole way through the service on each channel, word by word as people see it.

The transcripts lie beside this file. Where a sentence is changed on purpose: RECORD=1 pytest tests/journeys; then read
what is new.
"""

import os
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.app import App
from bot.config import Settings
from bot.domain.reviewers import Reviewer
from bot.domain.stories import Decision
from tests.channels.wechat.official_account import AES_KEY, APP_ID
from tests.channels.wechat.official_account import TOKEN as WECHAT_TOKEN
from tests.conftest import Clock
from tests.fakes.telegram import TOKEN, FakeTelegram, serving
from tests.journeys.clients import SECRET, Client, TelegramClient, WebClient, WeChatClient
from tests.shipped import shipped

FOLDER = Path(__file__).parent
# On the web the person, and with it the receipt, is made of chance.
RECEIPT = re.compile("回执 [A-Z2-7]{4}-[A-Z2-7]{4}")
CHANNELS = ("telegram", "wechat", "web")
# `> label` chooses what was offered; `= what` is done by somebody else.
JOURNEY = (
    *(
        "紫荆云陪伴是什么？",
        "那有多少人参加",
        "180万人投票对吧",
        "北京有多少这样的活动",
        "點樣先可以訂閱",
        "Are you a person?",
    ),
    *("每天晚上八点", "写给长辈", "今日一招", "暂停到12月1号", "继续"),
    *(
        "投稿",
        "> 满14岁了",
        "楼道里的护苗人",
        "楼上的陈姨每天放学后教我们认网上的骗局，三年没停过。",
        "跳过",
        "> 别的大人",
        "> 都同意了",
    ),
    *("> 匿名", "> 同意，交上去", "我的投稿", "= approve", "看故事", "看故事 1"),
    *("好网民投票", "投票 3", "投票 5", "我的投票", "看结果", "投票 99"),
    *("我的", "关于", "退订", "谢谢", "我不想活了"),
)


@asynccontextmanager
async def service(folder: Path, clock: Clock, fake: FakeTelegram) -> AsyncIterator[App]:
    async with serving(fake) as api_base:
        settings = Settings(
            data_dir=folder / "data",
            secret_key="k" * 43,
            public_url="https://bot.example",
            telegram_bot_token=TOKEN,
            telegram_api_base=api_base,
            telegram_mode="webhook",
            telegram_webhook_secret=SECRET,
            wechat_app_id=APP_ID,
            wechat_app_secret="0" * 32,
            wechat_token=WECHAT_TOKEN,
            wechat_encoding_aes_key=AES_KEY,
        )
        async with App(settings, shipped(), clock).running() as app:
            await fake.wait_for("setMyShortDescription", 2)  # it has its name then
            yield app


async def approve(app: App) -> None:
    """Another person reads the story and lets it through; the author gets a letter."""
    (waiting,) = await app.services.stories.waiting(1)
    story, reviewer = waiting.story, Reviewer(("terminal:reviewer",))
    decision = Decision(story.id, "approve", story.code, reviewer, app.clock())
    assert await app.services.stories.decide(decision) == "approved"


def client_of(channel: str, app: App, fake: FakeTelegram) -> Client:
    if channel == "telegram":
        return TelegramClient(app, fake)
    return WeChatClient(app) if channel == "wechat" else WebClient(app)


async def transcript(app: App, client: Client, clock: Clock) -> str:
    lines = ["（打开）", await client.begin()]
    for line in JOURNEY:
        clock.passes(seconds=20)
        if line.startswith("= "):
            await approve(app)
            seen = await client.letter()
        else:
            seen = await (client.tap(line[2:]) if line.startswith("> ") else client.type(line))
        lines += ["", f"我：{line}", seen]
    seen = re.sub(r"\d+ 个内容文件", "N 个内容文件", "\n".join(lines))
    return RECEIPT.sub("回执 ABCD-2345", seen) + "\n"


@pytest.mark.parametrize("channel", CHANNELS)
async def test_a_whole_journey_reads_as_recorded(channel: str, tmp_path: Path, clock: Clock) -> None:
    fake = FakeTelegram()
    async with service(tmp_path, clock, fake) as app:
        seen = await transcript(app, client_of(channel, app, fake), clock)
    recorded = FOLDER / f"{channel}.txt"
    if os.environ.get("RECORD"):
        recorded.write_text(seen, "utf-8")
    assert seen == recorded.read_text("utf-8")


@pytest.mark.parametrize("channel", CHANNELS)
def test_nobody_is_told_what_is_not_so(channel: str) -> None:
    """What must be, and must not be, whatever the sentences are."""
    said = (FOLDER / f"{channel}.txt").read_text("utf-8")
    assert "不是政府部门或报社的官方账号" in said
    assert "演示" in said
    assert "12356" in said
    assert "2021-04-27" in said
    assert RECEIPT.search(said)
    assert not re.search(r"\{\w+\}|None|Traceback|<b>|http://", said)
