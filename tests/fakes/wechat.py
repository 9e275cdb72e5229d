"""A fake of the Official Accounts' API: real HTTP on the loopback, its own clock, tokens, windows and consents.

In a test:     fake = FakeWeChat(clock); async with listening(fake) as api_base: ...
As a process:  python -m tests.fakes.wechat --port 8082
What people do is told to it (`said`, `tapped`, `consented`, `left`), as the platform itself would know it.
"""

import argparse
import asyncio
import json
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any, Literal
from urllib.parse import parse_qs

import msgspec
import uvicorn
from starlette.types import Receive, Scope, Send

from tests.fakes.loopback import listening, read_body

__all__ = ["DROP", "HANG", "FakeWeChat", "Fault", "Grants", "listening"]

APP_ID = "wx5823bf96d3bd56c7"
SECRET = "c94b1ce7fe2f4ab49a0bbd7b9ab0c9d1"
CUSTOM_SEND = "/cgi-bin/message/custom/send"
BIZSEND = "/cgi-bin/message/subscribe/bizsend"
MASS_SEND = "/cgi-bin/message/mass/sendall"
TOKEN = "/cgi-bin/stable_token"
QUOTA = "/cgi-bin/openapi/quota/get"
MEDIA_UPLOAD = "/cgi-bin/media/upload"
MENU_NOW = "/cgi-bin/get_current_selfmenu_info"
MENU_CREATE = "/cgi-bin/menu/create"
MESSAGES = {
    0: "ok",
    -1: "system error",
    40001: "invalid credential, access_token is invalid or not latest",
    40003: "invalid openid",
    40013: "invalid appid",
    40014: "invalid access_token",
    40018: "invalid button name size",
    40019: "invalid button key size",
    40125: "invalid appsecret",
    42001: "access_token expired",
    43101: "user refuse to accept the msg",
    45009: "reach max api daily quota limit",
    45011: "api minute-quota reach limit",
    45015: "response out of time limit or subscription is canceled",
    45047: "out of response count limit",
    48001: "api unauthorized",
}


class ApiCall(msgspec.Struct, frozen=True):
    """A call that arrived, refused ones too."""

    path: str
    token: str
    body: dict[str, Any]


class Fault(msgspec.Struct, frozen=True):
    """What to do instead of the work; `done` does the work first."""

    errcode: int = 0
    status: int = 200
    page: str = ""
    hang: bool = False
    drop: bool = False
    done: bool = False


HANG = Fault(hang=True)
DROP = Fault(drop=True)

# Nobody outside knows which grant a message is taken from when two are open.
Semantics = Literal["both", "shorter first", "longer first"]


class Grants:
    """Which customer-service messages the platform lets through to one person: 5 in 48 h, 3 in a minute."""

    def __init__(self, semantics: Semantics) -> None:
        self._semantics = semantics
        self._open: dict[str, list[Any]] = {}

    def message(self, at: datetime) -> None:
        self._open["message"] = [at + timedelta(hours=48), 5]

    def tap(self, at: datetime) -> None:
        self._open["tap"] = [at + timedelta(seconds=60), 3]

    def leave(self) -> None:
        self._open.clear()

    def send(self, at: datetime) -> int:
        """The errcode of a send at this instant."""
        still = [grant for grant in self._open.values() if at < grant[0]]
        if not still:
            return 45015
        usable = sorted((grant for grant in still if grant[1] > 0), key=lambda grant: grant[0])
        if not usable:
            return 45047
        taken = {"both": usable, "shorter first": usable[:1], "longer first": usable[-1:]}[self._semantics]
        for grant in taken:
            grant[1] -= 1
        return 0


class FakeWeChat:
    """State of the platform; tests read `calls`, `sent` and `fetches`, and write through the methods."""

    def __init__(self, clock: Callable[[], datetime], semantics: Semantics = "both") -> None:
        self.clock = clock
        self.calls: list[ApiCall] = []
        self.sent: list[tuple[str, str, str]] = []  # path, openid, text
        self.refused: list[tuple[str, int]] = []  # path, errcode
        self.unauthorised: set[str] = set()
        self.lifetime = timedelta(seconds=7200)
        self.delay_seconds = 0.0
        self.media: dict[str, bytes] = {}  # by media_id
        self.menu: dict[str, Any] = {"is_menu_open": 0}  # as get_current_selfmenu_info tells it
        self._semantics: Semantics = semantics
        self._grants: dict[str, Grants] = {}
        self._consents: dict[tuple[str, str], int] = {}
        self._tokens: dict[str, datetime] = {}
        self._revoked: set[str] = set()
        self._faults: dict[str, deque[Fault]] = {}
        self._forced: list[datetime] = []
        self._closing = asyncio.Event()

    def said(self, openid: str) -> None:
        self._person(openid).message(self.clock())

    def tapped(self, openid: str) -> None:
        self._person(openid).tap(self.clock())

    def left(self, openid: str) -> None:
        self._person(openid).leave()
        for key in [key for key in self._consents if key[0] == openid]:
            del self._consents[key]

    def consented(self, openid: str, template: str) -> None:
        self._person(openid)
        self._consents[openid, template] = self._consents.get((openid, template), 0) + 1

    def withdrew(self, openid: str, template: str) -> None:
        self._consents.pop((openid, template), None)

    def fail(self, path: str, fault: Fault, times: int = 1) -> None:
        """The next calls of the path meet the fault."""
        self._faults.setdefault(path, deque()).extend([fault] * times)

    def revoke_tokens(self) -> None:
        """All tokens are worth nothing from now on: somebody has forced a new one."""
        self._revoked.update(self._tokens)

    @property
    def fetches(self) -> list[bool]:
        """Whether it was forced, of each request for a token."""
        return [call.body.get("force_refresh", False) for call in self.calls if call.path == TOKEN]

    def close(self) -> None:
        """End what hangs."""
        self._closing.set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        path, token = scope["path"], parse_qs(scope["query_string"].decode()).get("access_token", [""])[0]
        raw = await read_body(receive)
        body = _form(raw) if path == MEDIA_UPLOAD else json.loads(raw or b"{}")
        self.calls.append(ApiCall(path, token, body))
        await asyncio.sleep(self.delay_seconds)
        faults = self._faults.get(path)
        fault = faults.popleft() if faults else None
        if fault is None or fault.done:
            answer = self._work(path, token, body)
        if fault is None:
            await self._respond(send, 200, json.dumps(answer).encode())
        else:
            await self._suffer(fault, send)

    async def _suffer(self, fault: Fault, send: Send) -> None:
        if fault.hang:
            await self._closing.wait()
        elif fault.drop:
            # A response that is announced and never comes: uvicorn closes the connection.
            await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"999")]})
        else:
            page = fault.page.encode() or json.dumps(_answer(fault.errcode)).encode()
            await self._respond(send, fault.status, page)

    def _work(self, path: str, token: str, body: dict[str, Any]) -> dict[str, Any]:
        if path == TOKEN:
            return self._fetch(body)
        if errcode := self._token_fault(token):
            return _answer(errcode)
        if path == QUOTA:
            errcode = 48001 if body["cgi_path"] in self.unauthorised else 0
            return _answer(errcode) | {"quota": {"daily_limit": 500000, "used": 0, "remain": 500000}}
        if path == MEDIA_UPLOAD:
            return _answer(48001) if path in self.unauthorised else self._keep_media(body["media"])
        if path in (MENU_NOW, MENU_CREATE):
            return _answer(48001) if path in self.unauthorised else self._menu(path, body)
        errcode = 48001 if path in self.unauthorised else self.take(path, body)
        if errcode:
            self.refused.append((path, errcode))
        return _answer(errcode)

    def _keep_media(self, data: bytes) -> dict[str, Any]:
        media_id = f"media_{len(self.media) + 1}_of_the_platform"
        self.media[media_id] = data
        return {"type": "image", "media_id": media_id, "created_at": int(self.clock().timestamp())}

    def _menu(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        if path == MENU_NOW:
            return self.menu
        if errcode := next(filter(None, (_button_fault(button, 16) for button in body["button"])), 0):
            return _answer(errcode)
        buttons = [
            {"name": one["name"], "sub_button": {"list": one["sub_button"]}} if "sub_button" in one else one
            for one in body["button"]
        ]
        self.menu = {"is_menu_open": 1, "selfmenu_info": {"button": buttons}}
        return _answer(0)

    def take(self, path: str, body: dict[str, Any]) -> int:
        """The errcode of a message; 0 when it reaches the person."""
        openid = body["touser"]
        if openid not in self._grants:
            return 40003
        if path == CUSTOM_SEND:
            assert body["msgtype"] == "text"
            text = body["text"]["content"]
            errcode = 45002 if len(text.encode()) > 2048 else self._grants[openid].send(self.clock())
        elif path == BIZSEND:
            key = openid, body["template_id"]
            text = "|".join(field["value"] for field in body["data"].values())
            errcode = self._spend_consent(key, body["data"])
        else:
            return 40066
        if not errcode:
            self.sent.append((path, openid, text))
        return errcode

    def _spend_consent(self, key: tuple[str, str], data: dict[str, Any]) -> int:
        if not self._consents.get(key):
            return 43101
        if any(name.startswith("thing") and not 1 <= len(field["value"]) <= 20 for name, field in data.items()):
            return 47003
        self._consents[key] -= 1
        return 0

    def _fetch(self, body: dict[str, Any]) -> dict[str, Any]:
        if body["appid"] != APP_ID:
            return _answer(40013)
        if body["secret"] != SECRET:
            return _answer(40125)
        now = self.clock()
        if body["force_refresh"]:
            return self._force(now)
        for text, expires_at in self._tokens.items():
            if text not in self._revoked and expires_at - now > timedelta(minutes=5):
                return {"access_token": text, "expires_in": int((expires_at - now).total_seconds())}
        return self._new_token(now)

    def _force(self, now: datetime) -> dict[str, Any]:
        today = [at for at in self._forced if at > now - timedelta(days=1)]
        if len(today) >= 20 or (today and now - today[-1] < timedelta(seconds=30)):
            return _answer(45009)
        self._forced.append(now)
        self.revoke_tokens()
        return self._new_token(now)

    def _new_token(self, now: datetime) -> dict[str, Any]:
        text = f"{len(self._tokens)}_token_of_the_platform"
        self._tokens[text] = now + self.lifetime
        return {"access_token": text, "expires_in": int(self.lifetime.total_seconds())}

    def _token_fault(self, token: str) -> int:
        if token not in self._tokens:
            return 40014
        if token in self._revoked:
            return 40001
        return 42001 if self.clock() >= self._tokens[token] else 0

    def _person(self, openid: str) -> Grants:
        return self._grants.setdefault(openid, Grants(self._semantics))

    async def _respond(self, send: Send, status: int, body: bytes) -> None:
        date = format_datetime(self.clock().astimezone(UTC), usegmt=True).encode()
        headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body)), (b"date", date)]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})


def _form(raw: bytes) -> dict[str, Any]:
    """The file of a multipart body, as 新增临时素材 wants it: a part `media` with a filename."""
    head, _, rest = raw.partition(b"\r\n\r\n")
    boundary = head.split(b"\r\n")[0]
    assert b'name="media"; filename=' in head
    return {"media": rest.rpartition(b"\r\n" + boundary)[0]}


def _button_fault(button: dict[str, Any], name_bytes: int) -> int:
    """创建菜单: what the platform says of a button that is no good."""
    if not 1 <= len(button["name"].encode()) <= name_bytes:
        return 40018
    if len(button.get("key", "").encode()) > 128:
        return 40019
    return next(filter(None, (_button_fault(below, 60) for below in button.get("sub_button", []))), 0)


def _answer(errcode: int) -> dict[str, Any]:
    return {"errcode": errcode, "errmsg": f"{MESSAGES.get(errcode, 'error')} rid: 6743ab-1f-2e"}


def main() -> None:
    parser = argparse.ArgumentParser(description="A fake of the Official Accounts' API on the loopback.")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--unauthorised", nargs="*", default=[], help="paths that the account may not call")
    options = parser.parse_args()
    fake = FakeWeChat(lambda: datetime.now(UTC))
    fake.unauthorised = set(options.unauthorised)
    uvicorn.run(
        fake, host="127.0.0.1", port=options.port, lifespan="off", ws="none", log_level="warning", date_header=False
    )


if __name__ == "__main__":
    main()
