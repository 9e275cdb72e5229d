import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import httpx
import pytest
from msgspec import json

from bot.channels.telegram import presence as presence_module
from bot.channels.telegram import webhook as webhook_module
from bot.channels.telegram.client import TelegramClient
from bot.channels.telegram.interpreter import Interpreter
from bot.channels.telegram.presence import Presence
from bot.channels.telegram.webhook import BODY_BYTES, PATH, Webhook
from bot.context import Unavailable
from bot.messages import Button, Link, Message, Picture, Reply
from tests.channels.telegram.recorded import AT, NAMES, body, offer, payload
from tests.fakes.loopback import listening
from tests.fakes.telegram import DROP, HANG, TOKEN, FakeTelegram, Fault, serving, too_many

SECRET = "s3cret_for-tests"
HEADERS = {"X-Telegram-Bot-Api-Secret-Token": SECRET, "Content-Type": "application/json"}
NO_PREVIEW = {"is_disabled": True}

Answer = Callable[[Message], Awaitable[Reply]]


async def talk(message: Message) -> Reply:
    """A little bot: votes are noted, pages replace each other, the rest is repeated."""
    if message.text.startswith("/vote"):
        return Reply("记下了", notice="" if message.anonymous else "已记下 3 号")
    if message.text.startswith("/stories"):
        return Reply("第二页", ((Button("上一页", "/stories 1"),),), replaces=True)
    if message.text == "/left":
        return Reply("再见")
    if message.text.startswith("/moved"):
        return Reply()
    return Reply(f"你说：{message.text}")


class Site:
    """The webhook at work: a real server, a real client towards a fake Telegram."""

    def __init__(self, fake: FakeTelegram, http: httpx.AsyncClient, webhook: Webhook) -> None:
        self.fake = fake
        self.http = http
        self.webhook = webhook

    async def post(self, content: Any, headers: dict[str, str] = HEADERS) -> httpx.Response:
        return await self.http.post(PATH, content=content, headers=headers)

    async def hear(self, name: str) -> Any:
        """What our response makes Telegram do; None for nothing."""
        response = await self.post(body(name))
        assert response.status_code == 200
        return json.decode(response.content) if response.content else None


@contextlib.asynccontextmanager
async def site_of(answer: Answer, pages: str = "") -> AsyncIterator[Site]:
    fake = FakeTelegram()
    async with serving(fake) as api_base:
        client = TelegramClient(TOKEN, api_base)
        interpreter = Interpreter(
            bot_id="7000000001",
            client=client,
            answer=answer,
            offers=offer,
            presence=Presence(client.hint),
            clock=lambda: AT,
            site=pages,
        )
        interpreter.username = fake.username
        webhook = Webhook(SECRET, interpreter, client)
        async with (
            listening(webhook) as address,
            httpx.AsyncClient(base_url=address, timeout=10) as http,
        ):
            yield Site(fake, http, webhook)
            await webhook.close()
            await client.close()


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    async with site_of(talk) as site:
        yield site


VOTED = {
    "method": "answerCallbackQuery",
    "callback_query_id": "2074084325771265536",
    "text": "已记下 3 号",
    "show_alert": True,
}
PAGE = {"text": "第二页", "link_preview_options": NO_PREVIEW}
BACK = {"reply_markup": {"inline_keyboard": [[{"text": "上一页", "callback_data": "/stories 1"}]]}}
GROUP = -1001789012345


def sent(chat: int, text: str, **more: object) -> dict[str, object]:
    return {"method": "sendMessage", "chat_id": chat, "text": text, "link_preview_options": NO_PREVIEW, **more}


def below(message_id: int) -> dict[str, object]:
    return {"message_id": message_id, "allow_sending_without_reply": True}


TALK = {
    "private_text": sent(482910377, "你说：紫荆云陪伴是什么？"),
    "private_start_payload": sent(482910377, "你说：/start poll_nanyue"),
    "private_sticker": sent(482910377, "你说："),
    "group_chatter": None,
    "group_command": sent(GROUP, "记下了", reply_parameters=below(9002)),
    "group_command_topic": sent(GROUP, "你说：/tip", message_thread_id=77, reply_parameters=below(9003)),
    "group_mention": sent(GROUP, "你说：紫荆云陪伴是什么？", reply_parameters=below(9140)),
    "group_mention_of_another": None,
    "group_command_other_bot": None,
    "group_migrates": None,
    "tap": VOTED,
    "tap_in_topic": {"method": "editMessageText", "chat_id": GROUP, "message_id": 9010, **PAGE, **BACK},
    "tap_on_inaccessible": sent(482910377, "第二页", **BACK),
    "tap_by_anonymous_admin": sent(GROUP, "记下了"),
    "tap_on_inline_message": {"method": "answerCallbackQuery", "callback_query_id": "2074084325771265540"},
    "blocked": None,
    "removed_from_group": None,
    "edited": None,
    "unknown_kind": None,
    "private_via_us": None,
    "inline_words": {
        "method": "answerInlineQuery",
        "inline_query_id": "2074084325771265541",
        "results": [
            {
                "type": "article",
                "id": "1",
                "title": "紫荆云陪伴",
                "description": "有人陪",
                "input_message_content": {
                    "message_text": "紫荆云陪伴：有人陪\n\n想多问，点这里：https://t.me/haowangmin_test_bot?start=entry_some",
                    "link_preview_options": NO_PREVIEW,
                },
            }
        ],
        "cache_time": 60,
        "is_personal": True,
        "button": {"text": "到私聊里找我", "start_parameter": "inline"},
    },
    "inline_empty": {
        "method": "answerInlineQuery",
        "inline_query_id": "2074084325771265542",
        "results": [],
        "cache_time": 60,
        "is_personal": True,
        "button": {"text": "到私聊里找我", "start_parameter": "inline"},
    },
}


@pytest.mark.parametrize(("name", "heard"), TALK.items(), ids=TALK)
async def test_the_answer_rides_in_the_response(site: Site, name: str, heard: object) -> None:
    assert await site.hear(name) == heard


async def test_every_recorded_update_is_accepted(site: Site) -> None:
    for name in NAMES:
        await site.hear(name)


async def test_a_noted_tap_needs_no_call(site: Site) -> None:
    await site.hear("tap")
    await asyncio.sleep(0.1)
    assert site.fake.calls == []


async def test_another_tap_has_its_spinner_stopped(site: Site) -> None:
    await site.hear("tap_in_topic")
    (call,) = await site.fake.wait_for("answerCallbackQuery")
    assert call.params == {"callback_query_id": "2074084325771265537"}


@pytest.mark.parametrize("fault", [HANG, DROP])
async def test_a_spinner_that_cannot_be_stopped_harms_nobody(site: Site, fault: Any) -> None:
    site.fake.fail("answerCallbackQuery", fault)
    assert (await site.hear("tap_in_topic"))["method"] == "editMessageText"
    await site.fake.wait_for("answerCallbackQuery")


async def test_the_beginning_of_a_long_answer_goes_before() -> None:
    async def tell(message: Message) -> Reply:
        return Reply("长" * 4096 + "尾")

    async with site_of(tell) as site:
        assert await site.hear("private_text") == sent(482910377, "尾")
        assert [call.params["text"] for call in site.fake.said()] == ["长" * 4096]


async def test_a_long_answer_is_not_held_up_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    async def tell(message: Message) -> Reply:
        return Reply("长" * 4096 + "尾")

    monkeypatch.setattr(webhook_module, "FIRST_PARTS_SECONDS", 0.2)
    async with site_of(tell) as site:
        site.fake.fail("sendMessage", HANG)
        assert await site.hear("private_text") == sent(482910377, "尾")


async def test_nothing_is_answered_before_the_work_is_done() -> None:
    stored = asyncio.Event()

    async def store(message: Message) -> Reply:
        await stored.wait()
        return Reply("记下了")

    async with site_of(store) as site:
        posting = asyncio.create_task(site.hear("private_text"))
        done, _ = await asyncio.wait({posting}, timeout=0.3)
        assert not done
        stored.set()
        assert (await posting)["text"] == "记下了"


async def test_what_could_not_be_stored_is_asked_for_again() -> None:
    async def fail(message: Message) -> Reply:
        raise Unavailable

    async with site_of(fail) as site:
        response = await site.post(body("tap"))
        assert response.status_code == 503
        assert response.headers["Retry-After"] == "5"


async def test_a_button_that_telegram_cannot_carry_costs_only_the_buttons(caplog: pytest.LogCaptureFixture) -> None:
    async def err(message: Message) -> Reply:
        return Reply("选", ((Button("好", "/vote " + "x" * 64),),))

    async with site_of(err) as site:
        assert await site.hear("private_text") == sent(482910377, "选")
    assert "without its buttons" in caplog.text


WRONG_SECRETS: list[dict[str, str]] = [
    {},
    {"X-Telegram-Bot-Api-Secret-Token": ""},
    {"X-Telegram-Bot-Api-Secret-Token": SECRET[:-1]},
    {"X-Telegram-Bot-Api-Secret-Token": SECRET + "x"},
    {"X-Telegram-Bot-Api-Secret-Token": SECRET.upper()},
]


async def refuse(message: Message) -> Reply:
    raise AssertionError("this message should not have come in")


@pytest.fixture
async def gate() -> AsyncIterator[Site]:
    async with site_of(refuse) as site:
        yield site


@pytest.mark.parametrize("headers", WRONG_SECRETS)
async def test_strangers_are_turned_away(gate: Site, headers: dict[str, str], caplog: pytest.LogCaptureFixture) -> None:
    response = await gate.post(body("tap"), headers)
    assert (response.status_code, response.content) == (403, b"")
    assert SECRET not in caplog.text


@pytest.mark.parametrize("other", [SECRET, "wrong", ""])
async def test_a_secret_that_is_told_twice_is_none(gate: Site, other: str) -> None:
    name = "X-Telegram-Bot-Api-Secret-Token"
    for told in ([(name, SECRET), (name, other)], [(name, other), (name, SECRET)]):
        assert (await gate.http.post(PATH, content=body("tap"), headers=told)).status_code == 403


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "HEAD"])
async def test_only_post_is_served(gate: Site, method: str) -> None:
    response = await gate.http.request(method, PATH, headers=HEADERS)
    assert (response.status_code, response.headers["Allow"]) == (405, "POST")


MALFORMED = {
    "empty": b"",
    "no JSON": b"update_id=1",
    "cut off": b'{"update_id": 1, "message": {',
    "a list": b"[]",
    "null": b"null",
    "no id": b"{}",
    "text as id": b'{"update_id": "1"}',
    "huge id": b'{"update_id": 1' + b"0" * 5000 + b"}",
    "number as text": body("private_text").replace("紫荆云陪伴是什么？".encode(), b"").replace(b'""', b"5"),
    "half a surrogate": b'{"update_id": 1, "callback_query": {"id": "\\ud800", "from": {"id": 1}}}',
    "broken UTF-8": body("private_text").replace("紫".encode(), b"\xff\xfe"),
    "deep": b'{"update_id": 1, "x": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "two values": b'{"update_id": 1}{"update_id": 2}',
}


@pytest.mark.parametrize("content", MALFORMED.values(), ids=MALFORMED)
async def test_malformed_bodies_are_refused(gate: Site, content: bytes) -> None:
    response = await gate.post(content)
    assert (response.status_code, response.content) == (400, b"")


def padded(size: int) -> bytes:
    start, end = b'{"update_id": 1, "pad": "', b'"}'
    return start + b"x" * (size - len(start) - len(end)) + end


async def in_chunks(content: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(content), 65536):
        yield content[start : start + 65536]


async def test_a_body_of_one_mebibyte_is_read(gate: Site) -> None:
    assert (await gate.post(padded(BODY_BYTES))).status_code == 200
    assert (await gate.post(in_chunks(padded(BODY_BYTES)))).status_code == 200


async def test_a_larger_body_is_refused(gate: Site) -> None:
    assert (await gate.post(padded(BODY_BYTES + 1))).status_code == 413
    assert (await gate.post(in_chunks(padded(BODY_BYTES + 1)))).status_code == 413


async def test_many_at_once(site: Site) -> None:
    taps = [payload("tap") | {"update_id": number} for number in range(100)]
    responses = await asyncio.gather(*(site.post(json.encode(tap)) for tap in taps))
    assert [json.decode(response.content) for response in responses] == [VOTED] * 100


async def test_a_picture_goes_out_by_itself_before_the_update_is_acknowledged() -> None:
    async def show(_message: Message) -> Reply:
        return Reply("一共 40 个账号", picture=Picture("/polls/p.png", "哪件事？"))

    async with site_of(show) as site:
        assert await site.hear("private_text") is None
        assert [call.params["text"] for call in site.fake.said()] == ["一共 40 个账号"]  # in words: there is no gallery


@pytest.mark.parametrize(
    ("name", "opens", "site", "key"),
    [
        ("private_text", "打开网页", "https://bot.example", {"web_app": {"url": "https://bot.example/stories/12"}}),
        ("group_command", "打开网页", "https://bot.example", {"url": "https://bot.example/stories/12"}),
        ("private_text", "打开网页", "http://127.0.0.1:8080", None),
        ("private_text", "打开网页", "", None),
        ("private_text", "", "https://bot.example", None),
    ],
)
async def test_a_page_opens_inside_telegram_where_it_may(name: str, opens: str, site: str, key: object) -> None:
    async def show(_message: Message) -> Reply:
        return Reply("好故事", ((Button("首页", "/start"),),), link=Link("story", "12", "转给朋友看", opens))

    async with site_of(show, site) as place:
        answer = await place.hear(name)
    page = [[{"text": "打开网页", **key}]] if isinstance(key, dict) else []
    assert answer["reply_markup"]["inline_keyboard"] == [[{"text": "首页", "callback_data": "/start"}], *page]
    assert "?start=story_12" in answer["text"]


async def ask_who(message: Message) -> Reply:
    """A bot that obeys administrators."""
    if message.by_admin:
        return Reply("好的")
    return Reply("要管理员来做", asks_who=message.by_admin is None)


@pytest.mark.parametrize(
    ("admins", "fault", "said"),
    [({5120043377}, None, "好的"), ({1}, None, "要管理员来做"), ({5120043377}, Fault(403, "kicked"), "要管理员来做")],
    ids=["an administrator", "a member", "Telegram does not say"],
)
async def test_who_speaks_is_looked_up_where_it_matters(admins: set[int], fault: Fault | None, said: str) -> None:
    async with site_of(ask_who) as site:
        site.fake.admins = admins
        if fault:
            site.fake.fail("getChatMember", fault)
        assert (await site.hear("group_command_topic"))["text"] == said
        looked = [call.params for call in site.fake.said("getChatMember")]
        assert looked == [{"chat_id": GROUP, "user_id": 5120043377}]


async def test_an_anonymous_administrator_is_known_to_be_one() -> None:
    async with site_of(ask_who) as site:
        assert (await site.hear("group_anonymous_admin"))["text"] == "好的"
        assert site.fake.said("getChatMember") == []


async def think(message: Message) -> Reply:
    """A slow bot."""
    await asyncio.sleep(0.3)
    return Reply("想好了")


@pytest.fixture
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(presence_module, "TYPING_AFTER_SECONDS", 0.05)


TYPING = {
    "private_text": {"chat_id": 482910377, "action": "typing"},
    "group_command_topic": {"chat_id": GROUP, "action": "typing", "message_thread_id": 77},
}


@pytest.mark.usefixtures("_impatient")
@pytest.mark.parametrize(("name", "where"), TYPING.items(), ids=TYPING)
async def test_who_waits_sees_typing(name: str, where: object) -> None:
    async with site_of(think) as site:
        assert (await site.hear(name))["text"] == "想好了"
        assert [call.params for call in site.fake.said("sendChatAction")] == [where]
        await site.hear(name)  # delivered again
        assert len(site.fake.said("sendChatAction")) == 1


@pytest.mark.usefixtures("_impatient")
@pytest.mark.parametrize("name", ["tap", "group_chatter", "blocked", "inline_words"])
async def test_typing_is_for_messages_alone(name: str) -> None:
    async with site_of(think) as site:
        await site.hear(name)
        assert site.fake.said("sendChatAction") == []


async def test_nobody_sees_typing_within_a_second() -> None:
    async with site_of(think) as site:
        await site.hear("private_text")
        assert site.fake.calls == []


@pytest.mark.usefixtures("_impatient")
@pytest.mark.parametrize("fault", [HANG, DROP, too_many(30)])
async def test_typing_that_fails_holds_nobody_up(fault: Any, caplog: pytest.LogCaptureFixture) -> None:
    async with site_of(think) as site:
        site.fake.fail("sendChatAction", fault)
        async with asyncio.timeout(2):
            assert (await site.hear("private_text"))["text"] == "想好了"
            await site.hear("tap_in_topic")
            await site.fake.wait_for("answerCallbackQuery")  # no pause for the 429
        assert caplog.records == []


@pytest.mark.usefixtures("_impatient")
async def test_typing_goes_on_while_the_work_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(presence_module, "TYPING_AGAIN_SECONDS", 0.05)
    async with site_of(think) as site:
        await site.hear("private_text")
        shown = len(site.fake.said("sendChatAction"))
        assert shown > 1
        await asyncio.sleep(0.2)
        assert len(site.fake.said("sendChatAction")) == shown


@pytest.mark.usefixtures("_impatient")
async def test_typing_is_not_shown_to_all_where_everybody_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(presence_module, "AT_ONCE", 3)
    async with site_of(think) as site:
        texts = [payload("private_text") | {"update_id": number} for number in range(10)]
        await asyncio.gather(*(site.post(json.encode(text)) for text in texts))
        assert len(site.fake.said("sendChatAction")) == 3
