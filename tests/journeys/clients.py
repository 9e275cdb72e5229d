"""People's clients: what is typed and tapped goes through the real routes, and what the person sees comes back."""

import asyncio
import itertools
from typing import Any, Protocol

import httpx
from msgspec import json

from bot.app import App
from tests.channels.wechat.official_account import call, read_answer
from tests.fakes.telegram import FakeTelegram

SECRET = "s3cret_for-journeys"
WING = {"id": 5120043377, "is_bot": False, "first_name": "Wing"}
CHAT = {"id": WING["id"], "type": "private", "first_name": "Wing"}
OPENID = "oDF3iY9P32sK_5GgYiRkjsCo45bk"


class Client(Protocol):
    async def begin(self) -> str:
        """What is seen when the talk is opened."""
        ...

    async def type(self, text: str) -> str: ...

    async def tap(self, label: str) -> str:
        """Choose what the last reply offers under this label, as the platform lets one choose."""
        ...

    async def letter(self) -> str:
        """What comes without having been asked for; empty where the platform takes none."""
        ...


class _Asgi:
    def __init__(self, app: App) -> None:
        self.app = app
        self.http = httpx.AsyncClient(transport=httpx.ASGITransport(app.asgi), base_url="https://bot.example")
        self._numbers = itertools.count(1)

    @property
    def at(self) -> int:
        return int(self.app.clock().timestamp())

    def number(self) -> int:
        return next(self._numbers)


class TelegramClient(_Asgi):
    """A private chat: messages, keyboards below them, alerts."""

    def __init__(self, app: App, fake: FakeTelegram) -> None:
        super().__init__(app)
        self._fake = fake
        self._letters = 0
        self._keys: dict[str, str] = {}

    async def begin(self) -> str:
        return await self.type("/start")

    async def type(self, text: str) -> str:
        return await self._update(message={"message_id": self.number(), "from": WING, "chat": CHAT, "text": text})

    async def tap(self, label: str) -> str:
        tapped = {"message_id": self.number(), "chat": CHAT, "date": self.at, "text": "…"}
        tap = {"id": str(self.number()), "from": WING, "chat_instance": "1", "message": tapped}
        return await self._update(callback_query={**tap, "data": self._keys[label]})

    async def letter(self) -> str:
        """The next one that has not been looked at."""
        written = await self._fake.wait_for("sendMessage", self._letters + 1)
        self._letters += 1
        return self._seen({"method": written[-1].method, **written[-1].params})

    async def _update(self, **kind: dict[str, Any]) -> str:
        for what in kind.values():
            what.setdefault("date", self.at)
        update = {"update_id": 875214000 + self.number(), **kind}
        headers = {"X-Telegram-Bot-Api-Secret-Token": SECRET}
        answer = await self.http.post("/telegram/webhook", content=json.encode(update), headers=headers)
        assert answer.status_code == 200
        return self._seen(json.decode(answer.content)) if answer.content else ""

    def _seen(self, call: dict[str, Any]) -> str:
        if call["method"] == "answerCallbackQuery":
            return f"（弹出）{call['text']}" if "text" in call else ""
        if call["method"] not in ("sendMessage", "sendPhoto", "editMessageText"):
            return ""
        rows = call.get("reply_markup", {}).get("inline_keyboard", ())
        self._keys |= {key["text"]: key["callback_data"] for row in rows for key in row if "callback_data" in key}
        pages = [key["web_app"]["url"] for row in rows for key in row if "web_app" in key]
        keys = ["  ".join(f"[{key['text']}]" for key in row) for row in rows]
        picture = ["（图片）"] if call["method"] == "sendPhoto" else []
        return "\n".join([*picture, call.get("text") or call.get("caption", ""), *keys, *(f"  → {p}" for p in pages)])


class WeChatClient(_Asgi):
    """An Official Account in secure mode: all that is chosen is typed."""

    async def begin(self) -> str:
        return await self._post("<MsgType><![CDATA[event]]></MsgType><Event><![CDATA[subscribe]]></Event>")

    async def type(self, text: str) -> str:
        number = f"<MsgId>{24840911220000000 + self.number()}</MsgId>"
        return await self._post(f"<MsgType><![CDATA[text]]></MsgType><Content><![CDATA[{text}]]></Content>{number}")

    async def tap(self, label: str) -> str:
        return await self.type(label)

    async def letter(self) -> str:
        return ""

    async def _post(self, elements: str) -> str:
        xml = (
            f"<xml><ToUserName><![CDATA[gh_7f083739789a]]></ToUserName><FromUserName><![CDATA[{OPENID}]]>"
            f"</FromUserName><CreateTime>{self.at}</CreateTime>{elements}</xml>"
        )
        made = call(xml, timestamp=str(self.at))
        answer = await self.http.post("/wechat/callback", params=made.query, content=made.body)
        return "" if answer.text == "success" else read_answer(answer)["Content"]


class WebClient(_Asgi):
    """The page's own calls, with its cookie."""

    def __init__(self, app: App) -> None:
        super().__init__(app)
        self._commands: dict[str, str] = {}

    async def begin(self) -> str:
        await self.http.get("/api/inbox")
        return await self.type("开始")

    async def type(self, text: str) -> str:
        answer = await self.http.post("/api/chat", json={"text": text, "id": f"m{self.number()}"})
        assert answer.status_code == 200
        said = answer.json()
        self._commands |= {button["label"]: button["command"] for button in said["buttons"]}
        keys = "  ".join(f"[{button['label']}]" for button in said["buttons"])
        return "\n".join(
            filter(None, (said["text"], f"（图片 {said['picture']}）" if said.get("picture") else "", keys))
        )

    async def tap(self, label: str) -> str:
        return await self.type(self._commands[label])

    async def letter(self) -> str:
        async with asyncio.timeout(10):
            while not (waiting := (await self.http.get("/api/inbox")).json()["messages"]):  # noqa: ASYNC110  # so does the page
                await asyncio.sleep(0.05)
        await self.http.post("/api/inbox", json={"seen": [one["id"] for one in waiting]})
        return str(waiting[0]["text"])
