"""A person who writes a story, an operator who approves it, and what each place then shows of it."""

import json
from html.parser import HTMLParser

import pytest

from bot.domain.reviewers import Reviewer
from bot.domain.stories import Decision
from tests.channels.telegram import recorded as telegram
from tests.channels.wechat import payloads_recorded as wechat
from tests.channels.wechat.official_account import call, decrypted, elements
from tests.handlers.conftest import Talk
from tests.hostile.house import House


async def published(home: House, title: str, text: str, name: str, number: int) -> int:
    """Written step by step, sent in and approved; the story's number."""
    talk = Talk(home.app, "web", f"author-{number}")
    typed = ("投稿", "满14岁了", f"标题：{title}", f"正文：{text}", "跳过", "我自己", name, "同意")
    heard = [(said, (await talk.says(said)).text) for said in typed]
    (story,) = await home.app.services.stories.of(talk.sender)
    if story.state != "submitted":
        told = "\n".join(f"> {said[:80]}\n{answer[:80]}" for said, answer in heard)
        pytest.fail(f"it was not sent in:\n{told}", pytrace=False)
    decision = Decision(story.id, "approve", story.code, Reviewer(("terminal:mei",)), home.app.clock())
    assert await home.app.services.stories.decide(decision) == "approved"
    return story.id


async def on_telegram(home: House, said: str, number: int) -> dict[str, object]:
    """The call that rides back to Telegram."""
    update = telegram.payload("private_text") | {"update_id": number}
    update["message"]["text"] = said
    heard = await home.post_telegram(json.dumps(update).encode())
    assert heard.status == 200
    made: dict[str, object] = json.loads(heard.body.decode("utf-8", "strict"))
    return made


async def on_wechat(home: House, said: str, number: int) -> str:
    """The XML of the reply, as the platform reads it."""
    xml = wechat.TEXT.replace("紫荆云陪伴是什么？", said).replace("24840911220367145", str(number))
    made = call(xml, timestamp=str(int(home.app.clock().timestamp())))
    heard = await home.post_wechat(made.query, made.body)
    assert heard.status == 200
    return decrypted(elements(heard.body.decode())["Encrypt"])


async def on_web(home: House, said: str) -> dict[str, object]:
    body = json.dumps({"text": said}).encode()
    heard = await home.call("POST", "/api/chat", b"", ((b"content-type", b"application/json"),), body)
    assert heard.status == 200, heard
    answer: dict[str, object] = json.loads(heard.body.decode("utf-8", "strict"))
    return answer


class Reading(HTMLParser):
    """`tags` of a page in their order, and all that is to be read on it."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, tuple[str, ...]]] = []
        self.texts: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, tuple(name for name, _ in attrs)))

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


async def on_page(home: House, path: str) -> Reading:
    heard = await home.call("GET", path, b"", (), b"")
    assert heard.status == 200
    assert heard.headers["content-type"] == "text/html; charset=utf-8"
    return Reading(heard.body.decode("utf-8", "strict"))
