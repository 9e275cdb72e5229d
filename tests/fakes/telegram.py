"""A Bot API server for tests: real HTTP on the loopback, recorded calls, faults on demand.

In a test:       fake = FakeTelegram(); async with serving(fake) as api_base: ...
As a process:    python -m tests.fakes.telegram --port 8081
                 (GET /control/calls, POST /control/updates {update}, POST /control/faults {"method", fault fields})
"""

import argparse
import asyncio
import contextlib
import email
import email.message
import json
import re
import time
from collections import deque
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any
from urllib.parse import parse_qsl

import msgspec
import uvicorn
from starlette.types import Message, Receive, Scope, Send

from tests.fakes.loopback import listening, read_body

TOKEN = "7000000001:AAFakeTokenForTestsOnly_0123456789abc"
USERNAME = "haowangmin_test_bot"

# Bot API 10.1: what each method takes. A parameter that is not here is answered with 400.
PARAMETERS = {
    "getMe": set(),
    "setWebhook": {"url", "max_connections", "allowed_updates", "drop_pending_updates", "secret_token"},
    "getWebhookInfo": set(),
    "deleteWebhook": {"drop_pending_updates"},
    "setMyCommands": {"commands", "scope", "language_code"},
    "getMyCommands": {"scope", "language_code"},
    "setMyDescription": {"description", "language_code"},
    "getMyDescription": {"language_code"},
    "setMyShortDescription": {"short_description", "language_code"},
    "getMyShortDescription": {"language_code"},
    "getChatMember": {"chat_id", "user_id"},
    "getUpdates": {"offset", "limit", "timeout", "allowed_updates"},
    "sendMessage": {
        "chat_id",
        "message_thread_id",
        "text",
        "link_preview_options",
        "reply_parameters",
        "reply_markup",
        "allow_paid_broadcast",
    },
    "sendPhoto": {
        "chat_id",
        "message_thread_id",
        "photo",
        "caption",
        "reply_parameters",
        "reply_markup",
        "allow_paid_broadcast",
    },
    "getFile": {"file_id"},
    "editMessageText": {"chat_id", "message_id", "text", "link_preview_options", "reply_markup"},
    "sendChatAction": {"chat_id", "message_thread_id", "action"},
    "answerCallbackQuery": {"callback_query_id", "text", "show_alert"},
    "answerInlineQuery": {"inline_query_id", "results", "cache_time", "is_personal", "next_offset", "button"},
}
_TEXTS = {
    *("text", "caption", "photo", "file_id", "url", "secret_token", "language_code"),
    *("callback_query_id", "inline_query_id", "description", "short_description"),
}
MAX_RESULTS = 50
START_PARAMETER = re.compile(r"[A-Za-z0-9_-]{1,64}")


class ApiCall(msgspec.Struct, frozen=True):
    """A call that arrived, refused ones too; `at` is time.monotonic()."""

    method: str
    params: dict[str, Any]
    at: float


class Fault(msgspec.Struct, frozen=True):
    """What to do instead of the work. `hang` and `drop` do the work first when `done` is set."""

    status: int = 0
    description: str = ""
    retry_after: int = 0
    migrate_to_chat_id: int = 0
    hang: bool = False
    drop: bool = False
    done: bool = False
    page: str = ""  # an answer that is not from the Bot API (a proxy's error page)


TOO_MANY = "Too Many Requests: retry after {}"
BLOCKED = Fault(403, "Forbidden: bot was blocked by the user")
CHAT_NOT_FOUND = Fault(400, "Bad Request: chat not found")
CANNOT_PARSE = Fault(400, "Bad Request: can't parse entities: Unsupported start tag")
NOT_MODIFIED = Fault(400, "Bad Request: message is not modified: specified new message content is the same")
CONFLICT = Fault(409, "Conflict: terminated by other getUpdates request")
WRONG_FILE = Fault(400, "Bad Request: wrong file identifier/HTTP URL specified")
HANG = Fault(hang=True)
DROP = Fault(drop=True)


def too_many(seconds: int) -> Fault:
    return Fault(429, TOO_MANY.format(seconds), retry_after=seconds)


class Refusal(Exception):
    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.description)
        self.fault = fault


class FakeTelegram:
    """State of the server; tests read `calls` and `webhook`, and write through `push` and `fail`.

    More messages than `per_second` in a second, where that is set, are refused with 429 and counted in `flooded`.
    """

    def __init__(self, token: str = TOKEN, username: str = USERNAME, per_second: int | None = None) -> None:
        self.token = token
        self.username = username
        self.calls: list[ApiCall] = []
        self.updates: list[dict[str, Any]] = []
        self.webhook: dict[str, Any] = {"url": "", "has_custom_certificate": False, "pending_update_count": 0}
        self.files: dict[str, bytes] = {}  # by file_id: what was uploaded, and what people sent
        self.profile: dict[tuple[str, str, str], Any] = {}  # by what, scope and language
        self.inline = True  # BotFather's /setinline
        self.admins: set[int] = set()
        self.closing = False
        self.clock: Callable[[], datetime] | None = None  # its Date, where it tells one
        self.flooded = 0
        self._accepted: deque[float] | None = deque(maxlen=per_second) if per_second else None
        self._faults: dict[str, deque[Fault]] = {}
        self._changed = asyncio.Event()
        self._message_id = 1000

    def push(self, *updates: dict[str, Any]) -> None:
        """Updates that wait for getUpdates."""
        self.updates.extend(updates)
        self._wake()

    def fail(self, method: str, fault: Fault, times: int = 1) -> None:
        """The next calls of the method meet the fault."""
        self._faults.setdefault(method, deque()).extend([fault] * times)

    def heal(self) -> None:
        """Forget the faults that nobody has met."""
        self._faults.clear()

    def close(self) -> None:
        """End what hangs."""
        self.closing = True
        self._wake()

    def said(self, *methods: str) -> list[ApiCall]:
        """The calls of these methods; of the talking ones when none is named."""
        wanted = methods or ("sendMessage", "sendPhoto", "editMessageText", "answerCallbackQuery")
        return [call for call in self.calls if call.method in wanted]

    async def wait_for(self, method: str, count: int = 1, within: float = 5.0) -> list[ApiCall]:
        """The calls of the method as soon as there are `count`; TimeoutError otherwise."""
        await self.until(lambda: len(self.said(method)) >= count, within)
        return self.said(method)

    async def emptied(self, within: float = 5.0) -> None:
        """Wait until getUpdates has confirmed all; TimeoutError otherwise."""
        await self.until(lambda: not self.updates, within)

    async def until(self, holds: Callable[[], bool], within: float = 5.0) -> None:
        """Wait for what calls bring about; TimeoutError otherwise."""
        async with asyncio.timeout(within):
            while not holds():
                await self._change()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        send = _dated(send, self.clock()) if self.clock else send
        body = await read_body(receive)
        if scope["path"].startswith("/control/"):
            await _respond(send, 200, self._control(scope["path"], body))
            return
        if scope["path"].startswith("/file/"):
            await self._serve(scope["path"], send)
            return
        method = self._method(scope["path"])
        params = _params(scope, body)
        self.calls.append(call := ApiCall(method, params, time.monotonic()))
        self._wake()
        if self._is_too_many(call):
            await _respond_fault(send, too_many(1))
            return
        await self._answer(method, params, send)

    def _is_too_many(self, call: ApiCall) -> bool:
        if self._accepted is None or call.method not in ("sendMessage", "sendPhoto"):
            return False
        if len(self._accepted) == self._accepted.maxlen and call.at - self._accepted[0] < 1:
            self.flooded += 1
            return True
        self._accepted.append(call.at)
        return False

    async def _answer(self, method: str, params: dict[str, Any], send: Send) -> None:
        faults = self._faults.get(method)
        fault = faults.popleft() if faults else None
        try:
            if fault and not fault.done:
                await self._suffer(fault, send)
            result = await self._work(method, params)
            if fault:
                await self._suffer(fault, send)
        except Refusal as refusal:
            await _respond_fault(send, refusal.fault)
            return
        except ConnectionAbortedError:
            return
        await _respond(send, 200, {"ok": True, "result": result})

    async def _suffer(self, fault: Fault, send: Send) -> None:
        if fault.drop:
            # A response that is announced and never comes: uvicorn closes the connection.
            await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"999")]})
            raise ConnectionAbortedError
        while fault.hang and not self.closing:
            await self._change()
        raise Refusal(fault if fault.status else Fault(502, "Bad Gateway"))

    async def _work(self, method: str, params: dict[str, Any]) -> object:
        if method not in PARAMETERS:
            raise Refusal(Fault(404 if method else 401, "Not Found" if method else "Unauthorized"))
        unknown = params.keys() - PARAMETERS[method]
        if unknown:
            raise Refusal(Fault(400, f"Bad Request: unknown parameters {sorted(unknown)}"))
        match method:
            case "getMe":
                return self._me()
            case "getUpdates":
                return await self._poll(params)
            case "getWebhookInfo":
                return self.webhook
            case "setWebhook" | "deleteWebhook":
                self.webhook = {"url": "", **params}
            case "sendMessage" | "editMessageText":
                return self._message(params)
            case "sendPhoto":
                return self._photo(params)
            case "getFile":
                return self._file(params["file_id"])
        return self._present(method, params) if "My" in method else self._note(method, params)

    def _note(self, method: str, params: dict[str, Any]) -> object:
        if method == "getChatMember":
            return {"status": "administrator" if params["user_id"] in self.admins else "member"}
        return _note(method, params)

    def _me(self) -> dict[str, Any]:
        bot_id = int(self.token.partition(":")[0])
        return {
            "id": bot_id,
            "is_bot": True,
            "first_name": "好网民（测试）",
            "username": self.username,
            "supports_inline_queries": self.inline,
        }

    def _message(self, params: dict[str, Any]) -> dict[str, Any]:
        text = params.get("text", "")
        if not text.strip():
            raise Refusal(Fault(400, "Bad Request: message text is empty"))
        if len(text.encode("utf-16-le")) // 2 > 4096:
            raise Refusal(Fault(400, "Bad Request: message is too long"))
        for row in params.get("reply_markup", {}).get("inline_keyboard", ()):
            for button in row:
                _check_button(button, is_private=int(params["chat_id"]) > 0)
        self._message_id += 1
        chat = {"id": params["chat_id"], "type": "private"}
        return {"message_id": params.get("message_id", self._message_id), "chat": chat, "date": int(time.time())}

    def _present(self, method: str, params: dict[str, Any]) -> object:
        """Bot API, setMyCommands and its like, by scope and language; what is not set is empty."""
        what = method[3:]
        field = {"MyCommands": "commands", "MyDescription": "description"}.get(what, "short_description")
        place = what, params.get("scope", {"type": "default"})["type"], params.get("language_code", "")
        if method.startswith("get"):
            shown = self.profile.get(place, [] if field == "commands" else "")
            return shown if field == "commands" else {field: shown}
        value = params.get(field, "")
        limit = {"commands": 100, "description": 512}.get(field, 120)
        if len(value) > limit:
            raise Refusal(Fault(400, f"Bad Request: {field} is too long"))
        self.profile[place] = value
        return True

    def _photo(self, params: dict[str, Any]) -> dict[str, Any]:
        """A new photo gets a file_id; a known file_id is shown again."""
        photo = params["photo"]
        if isinstance(photo, bytes):
            file_id = f"photo-{len(self.files) + 1}"
            self.files[file_id] = photo
        elif photo in self.files:
            file_id = photo
        else:
            raise Refusal(WRONG_FILE)
        caption = params.get("caption", "")
        if len(caption.encode("utf-16-le")) // 2 > 1024:
            raise Refusal(Fault(400, "Bad Request: message caption is too long"))
        message = self._message({**params, "text": caption or "photo"})
        return {**message, "photo": [{"file_id": f"{file_id}-thumb"}, {"file_id": file_id}]}

    def _file(self, file_id: str) -> dict[str, Any]:
        if file_id not in self.files:
            raise Refusal(WRONG_FILE)
        if len(self.files[file_id]) > 20 * 1024 * 1024:
            raise Refusal(Fault(400, "Bad Request: file is too big"))
        return {"file_id": file_id, "file_size": len(self.files[file_id]), "file_path": f"photos/{file_id}"}

    async def _serve(self, path: str, send: Send) -> None:
        """Bot API, getFile: the file is at /file/bot<token>/<file_path>."""
        file_id = path.removeprefix(f"/file/bot{self.token}/photos/")
        faults = self._faults.get("file")
        if faults:
            fault = faults.popleft()
            await _respond(send, fault.status, fault.page or fault.description)
        elif file_id in self.files:
            await _respond_bytes(send, 200, self.files[file_id], b"application/octet-stream")
        else:
            await _respond(send, 404, {"ok": False, "error_code": 404, "description": "Not Found"})

    async def _poll(self, params: dict[str, Any]) -> list[dict[str, Any]]:
        if self.webhook["url"]:
            raise Refusal(Fault(409, "Conflict: can't use getUpdates method while webhook is active"))
        offset = int(params.get("offset", 0))
        if offset:
            self.updates = self._from(offset)
            self._wake()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(float(params.get("timeout", 0)) or 0.001):
                while not self._from(offset) and not self.closing:
                    await self._change()
        return self._from(offset)[: int(params.get("limit", 100))]

    def _from(self, offset: int) -> list[dict[str, Any]]:
        return [update for update in self.updates if update["update_id"] >= offset]

    def _method(self, path: str) -> str:
        """The method's name; empty when the token is wrong."""
        return path.rpartition("/")[2] if path.startswith(f"/bot{self.token}/") else ""

    def _control(self, path: str, body: bytes) -> object:
        if path == "/control/updates":
            self.push(json.loads(body))
        elif path == "/control/faults":
            order = json.loads(body)
            self.fail(order.pop("method"), msgspec.convert(order, Fault))
        return [msgspec.to_builtins(call) for call in self.calls]

    def _wake(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()

    async def _change(self) -> None:
        await self._changed.wait()


def _note(method: str, params: dict[str, Any]) -> bool:
    """What has no result but that it was accepted."""
    if method == "answerInlineQuery":
        _check_results(params)
    return True


def _check_button(button: dict[str, Any], *, is_private: bool) -> None:
    """Exactly one of the kinds of buttons; a Web App in private chats alone."""
    ((kind, value),) = ((kind, value) for kind, value in button.items() if kind != "text")
    if kind == "callback_data" and not 1 <= len(value.encode()) <= 64:
        raise Refusal(Fault(400, "Bad Request: BUTTON_DATA_INVALID"))
    if kind == "web_app" and not is_private:
        raise Refusal(Fault(400, "Bad Request: BUTTON_TYPE_INVALID"))
    if kind in ("web_app", "url") and not (value["url"] if kind == "web_app" else value).startswith("https://"):
        raise Refusal(Fault(400, "Bad Request: BUTTON_URL_INVALID"))


def _check_results(params: dict[str, Any]) -> None:
    """Bot API, answerInlineQuery, InlineQueryResultArticle, InlineQueryResultsButton."""
    results, button = params["results"], params.get("button")
    names = [result["id"] for result in results]
    if len(names) > MAX_RESULTS:
        raise Refusal(Fault(400, "Bad Request: RESULTS_TOO_MUCH"))
    if len(set(names)) < len(names):
        raise Refusal(Fault(400, "Bad Request: RESULT_ID_DUPLICATE"))
    if not all(1 <= len(name.encode()) <= 64 for name in names):
        raise Refusal(Fault(400, "Bad Request: RESULT_ID_INVALID"))
    if button and not START_PARAMETER.fullmatch(button["start_parameter"]):
        raise Refusal(Fault(400, "Bad Request: START_PARAM_INVALID"))
    for result in results:
        text = result["input_message_content"]["message_text"]
        if not result["title"] or not text.strip():
            raise Refusal(
                Fault(400, "Bad Request: ARTICLE_TITLE_EMPTY" if text else "Bad Request: message text is empty")
            )
        if len(text.encode("utf-16-le")) // 2 > 4096:
            raise Refusal(Fault(400, "Bad Request: message is too long"))


def _params(scope: Scope, body: bytes) -> dict[str, Any]:
    """Form fields as python-telegram-bot sends them (JSON but for texts), or a JSON object; "42" is 42 in both."""
    headers = dict(scope["headers"])
    if headers.get(b"content-type", b"").startswith(b"application/json"):
        given: dict[str, Any] = json.loads(body or b"{}")
        return {name: _value(v) if isinstance(v, str) and name not in _TEXTS else v for name, v in given.items()}
    if headers.get(b"content-type", b"").startswith(b"multipart/form-data"):
        return _parts(headers[b"content-type"], body)
    fields = [*parse_qsl(scope["query_string"].decode()), *parse_qsl(body.decode(), keep_blank_values=True)]
    return {name: value if name in _TEXTS else _value(value) for name, value in fields}


def _parts(content_type: bytes, body: bytes) -> dict[str, Any]:
    """The fields of a multipart form; a file as its bytes."""
    form = email.message_from_bytes(b"Content-Type: " + content_type + b"\r\n\r\n" + body)
    fields: dict[str, Any] = {}
    for part in form.get_payload():
        assert isinstance(part, email.message.Message)
        name, content = str(part.get_param("name", header="content-disposition")), part.get_payload(decode=True)
        assert isinstance(content, bytes)
        is_text = part.get_filename() is None
        fields[name] = (content.decode() if name in _TEXTS else _value(content.decode())) if is_text else content
    return fields


def _value(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _dated(send: Send, now: datetime) -> Send:
    date = format_datetime(now.astimezone(UTC), usegmt=True).encode()

    async def with_date(event: Message) -> None:
        if event["type"] == "http.response.start":
            event["headers"] = [*event["headers"], (b"date", date)]
        await send(event)

    return with_date


async def _respond_fault(send: Send, fault: Fault) -> None:
    if fault.page:
        await _respond(send, fault.status, fault.page)
        return
    answer: dict[str, Any] = {"ok": False, "error_code": fault.status, "description": fault.description}
    parameters = {"retry_after": fault.retry_after, "migrate_to_chat_id": fault.migrate_to_chat_id}
    if any(parameters.values()):
        answer["parameters"] = {name: value for name, value in parameters.items() if value}
    await _respond(send, fault.status, answer)


async def _respond(send: Send, status: int, answer: object) -> None:
    body = answer.encode() if isinstance(answer, str) else msgspec.json.encode(answer)
    await _respond_bytes(send, status, body, b"application/json")


async def _respond_bytes(send: Send, status: int, body: bytes, content_type: bytes) -> None:
    headers = [(b"content-type", content_type), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


@contextlib.asynccontextmanager
async def serving(fake: FakeTelegram) -> AsyncIterator[str]:
    """Serve the fake in this event loop; gives the API base that ends in `/bot`."""
    async with listening(fake) as address:
        try:
            yield f"{address}/bot"
        finally:
            fake.close()


def main() -> None:
    parser = argparse.ArgumentParser(description="A fake of Telegram's Bot API on the loopback.")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--token", default=TOKEN)
    options = parser.parse_args()
    fake = FakeTelegram(options.token)
    uvicorn.run(fake, host="127.0.0.1", port=options.port, lifespan="off", ws="none", log_level="warning")


if __name__ == "__main__":
    main()
