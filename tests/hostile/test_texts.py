"""A text is a text, wherever it comes out: nothing in it runs, links, commands or breaks what is around it."""

import json
import logging
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from xml.etree import ElementTree

import pytest

from bot.channels.telegram.render import to_messages
from bot.channels.wechat.render import printable, render, text_content, to_xml
from bot.commands.ends import tell
from bot.commands.logs import FORMAT, JsonRecords, Records
from bot.commands.unanswered import _listed, _table
from bot.domain.questions import grouped
from bot.domain.stories import written
from bot.domain.text import visible
from bot.domain.times import home_date
from bot.messages import Button, Reply
from bot.storage.questions import QuestionRecords
from handlers.review import sheet
from tests.channels.wechat.official_account import NOW
from tests.conftest import Clock
from tests.handlers.conftest import Talk
from tests.hostile.house import Heard, House, house
from tests.hostile.samples import FIVE_MEGABYTES, HOSTILE
from tests.hostile.writing import on_page, on_telegram, on_web, on_wechat, published
from tests.shipped import shipped

each = pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
_ORDERS = frozenset(map(chr, [*range(9), *range(11, 32), *range(127, 160), 0x2028, 0x2029, *range(0x202A, 0x202F)]))


@pytest.fixture
async def home(tmp_path: Path, clock: Clock) -> AsyncIterator[House]:
    async with house(tmp_path, clock, operator_name=f"名{HOSTILE['html']}", operator_contact=HOSTILE["links"]) as home:
        yield home


async def test_stories(home: House) -> None:
    """Title, text and author's name of all kinds, on every channel; in one test, for the app takes long to begin."""
    plain = await published(home, "一个平常的题目", "一个平常的故事，说的是邻居阿姨教大家用手机。", "阿明", 0)
    expected_tags = (await on_page(home, f"/stories/{plain}")).tags
    for place, text in enumerate(HOSTILE.values(), start=1):
        title, name = text[:38], f"作{text[:13]}"
        number = await published(home, title, text, name, place)
        shown = [line for line in written(text).split("\n") if line]

        page = await on_page(home, f"/stories/{number}")
        assert len([tag for tag in page.tags if tag[0] != "p"]) == len([tag for tag in expected_tags if tag[0] != "p"])
        assert {name for tag in page.tags for name in tag[1]} == {name for tag in expected_tags for name in tag[1]}
        assert set(shown) <= set(page.texts), text
        assert " ".join(written(title).split()) in page.texts

        made = await on_telegram(home, f"看故事 {number}", 10**6 + place)
        assert made["method"] == "sendMessage"
        assert "parse_mode" not in made
        assert "entities" not in made
        assert all(line in str(made["text"]) for line in shown)

        xml = ElementTree.fromstring(await on_wechat(home, f"看故事 {number}", 10**12 + place))
        tags = [element.tag for element in xml]
        assert tags == ["ToUserName", "FromUserName", "CreateTime", "MsgType", "Content"]
        content = xml.findtext("Content") or ""
        assert xml.findtext("MsgType") == "text"
        assert "<a" not in content.casefold().replace(" ", "").replace("\t", "")
        assert all(line in content.replace("＜", "<") for line in shown)

        answer = await on_web(home, f"看故事 {number}")
        assert all(line in str(answer["text"]) for line in shown)
    page = await on_page(home, "/stories")
    assert home.errors.said == []
    assert "script" not in [tag for tag, names in page.tags if "src" not in names]


async def test_the_operators_own_words(home: House) -> None:
    page = await on_page(home, "/")
    scripts = [names for tag, names in page.tags if tag == "script"]
    assert all("src" in names or "type" in names for names in scripts)
    assert any(HOSTILE["html"] in text for text in page.texts)
    setup = next(text for text in page.texts if text.startswith("{"))
    assert "<" not in setup
    assert json.loads(setup)["name"] == f"名{HOSTILE['html']}"
    assert HOSTILE["html"] in str((await on_web(home, "关于"))["text"])


async def test_what_people_ask(home: House, clock: Clock) -> None:
    """Kept, grouped, and read by an operator in a terminal."""
    talk = Talk(home.app, "telegram", "7")
    for text in HOSTILE.values():
        await talk.says(text)
    clock.passes(days=2)
    kept = await QuestionRecords(home.app.database).to_look_at(home_date(clock.now) - timedelta(days=6), clock.now)
    entries = home.app.shelf.library.knowledge.entries
    lines = list(_table([_listed(group, entries) for group in grouped(kept)], 7))
    for line in lines:
        assert not _ORDERS & set(line)
        assert "\n" not in line
    assert home.errors.said == []


@pytest.mark.parametrize("size", [FIVE_MEGABYTES, 900 * 1024])
async def test_a_text_of_megabytes(home: House, size: int) -> None:
    """Refused by its length, or answered that it is too long."""
    words = "长" * (size // 3)
    update = {
        "update_id": 1,
        "message": {"message_id": 1, "from": {"id": 5}, "chat": {"id": 5, "type": "private"}, "text": words},
    }
    posted: list[tuple[str, Heard]] = [
        ("telegram", await home.post_telegram(json.dumps(update, ensure_ascii=False).encode())),
        (
            "web",
            await home.call(
                "POST",
                "/api/chat",
                b"",
                ((b"content-type", b"application/json"),),
                json.dumps({"text": words}, ensure_ascii=False).encode(),
            ),
        ),
        (
            "wechat",
            await home.post_wechat(
                {"timestamp": str(int(home.app.clock().timestamp())), "msg_signature": "a"}, words.encode()
            ),
        ),
    ]
    for channel, heard in posted:
        expected = 413 if size == FIVE_MEGABYTES or channel == "wechat" else 200
        assert heard.status == expected, channel
        assert len(heard.body) < 4096, "what was said is not sent back"


@each
def test_wechat_xml(text: str) -> None:
    """Parsed back it is one reply with the same text, but for what XML cannot carry and for the tags of links."""
    phrases = shipped().phrases
    shown = render(Reply(text, ((Button(text, "/tip"),),)), phrases)
    xml = ElementTree.fromstring(to_xml(text_content(shown), openid=text, account=text, at=NOW))
    assert [element.tag for element in xml] == ["ToUserName", "FromUserName", "CreateTime", "MsgType", "Content"]
    assert xml.findtext("Content", "").replace("\n", "") == shown.replace("\r", "\n").replace("\n", "")
    assert shown.replace("＜", "<").startswith(printable(text).strip()[:20])


@each
def test_telegram_call(text: str) -> None:
    for call in to_messages(Reply(text, ((Button(text[:10], "/tip"),),)), 5):
        assert not {"parse_mode", "entities", "caption_entities"} & set(call.params)


@each
def test_terminal(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    tell(text)
    shown = capsys.readouterr().out
    assert not _ORDERS & set(shown)
    assert shown.encode("utf-8", "strict")


def test_json_for_a_terminal_is_json() -> None:
    orders = "a\x7f\x85\u202e\u2028"
    assert json.loads(visible(json.dumps(orders, ensure_ascii=False))) == orders


@each
def test_log(text: str) -> None:
    """One record, one line at the margin; a forged one stands inside it."""
    forged = f"{text}\n2026-11-30 00:00:00,000 ERROR bot: forged\rover\x1b[2K"
    try:
        raise ValueError(forged)
    except ValueError:
        record = logging.getLogger("bot").makeRecord("bot", logging.ERROR, __file__, 1, "%s", (forged,), None)
    record.exc_info = (ValueError, ValueError(forged), None)
    first, *others = Records(FORMAT).format(record).split("\n")
    assert " ERROR bot: " in first
    assert all(line.startswith("    ") for line in others)
    assert not _ORDERS & set(first + "".join(others))
    assert (first + "".join(others)).encode("utf-8", "strict")
    line = JsonRecords().format(record)
    assert not ({"\n"} | _ORDERS) & set(line)
    assert "ERROR bot: forged" in json.loads(line)["message"]


async def test_a_reviewer_sees_what_would_be_public(home: House) -> None:
    talk = Talk(home.app, "web", "author")
    for said in (
        "投稿",
        "满14岁了",
        f"标题：{HOSTILE['bidi'][:30]}",
        f"正文：{HOSTILE['control']}",
        "跳过",
        "我自己",
        "匿名",
        "同意",
    ):
        await talk.says(said)
    (waiting,) = await home.app.services.stories.waiting(5)
    shown = sheet(lambda key, **blanks: home.app.shelf.library.phrases.say("zh", key, **blanks), waiting)
    assert not _ORDERS & set(shown)
    assert waiting.story.text in shown
