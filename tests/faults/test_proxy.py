"""The proxy of docs/deployment.md, where nginx is at hand: whom it lets through, and whom it does not."""

import asyncio
import contextlib
import os
import re
import shutil
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from starlette.types import Receive, Scope, Send

from tests.fakes.loopback import listening, read_body

NGINX = os.environ.get("NGINX") or shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
DEPLOYMENT = Path(__file__).parents[2] / "docs" / "deployment.md"
MEGABYTE = 1024 * 1024
SLOW_SECONDS = 1
AT_ONCE = 80  # more than the 50 that one address of people may have

pytestmark = pytest.mark.skipif(
    not NGINX, reason="no nginx found: install it (Debian: nginx-light) or name it in NGINX"
)


class Behind:
    """What stands behind the proxy: it answers when it may, and remembers how it was called."""

    def __init__(self) -> None:
        self.go = asyncio.Event()
        self.headers: dict[str, str] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await read_body(receive)
        self.headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        await self.go.wait()
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})
        await send({"type": "http.response.body", "body": b""})


class Proxied:
    def __init__(self, port: int, behind: Behind) -> None:
        self.port = port
        self.behind = behind
        limits = httpx.Limits(max_connections=AT_ONCE)
        self.http = httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=30, limits=limits, trust_env=False)

    async def post(self, path: str, size: int = 10) -> int:
        return (await self.http.post(path, content=b"x" * size)).status_code

    async def statuses(self, path: str) -> list[int]:
        """Of many calls that last, all from one address."""
        self.behind.go.clear()
        calls = [asyncio.create_task(self.post(path)) for _ in range(AT_ONCE)]
        await asyncio.sleep(1)
        self.behind.go.set()
        return await asyncio.gather(*calls)


@pytest.fixture
async def proxied(tmp_path: Path) -> AsyncIterator[Proxied]:
    behind = Behind()
    behind.go.set()
    async with listening(behind) as address:
        port = _free_port()
        (tmp_path / "nginx.conf").write_text(_configuration(tmp_path, port, address))
        command = [str(NGINX), "-p", str(tmp_path), "-e", "stderr", "-c", str(tmp_path / "nginx.conf")]
        process = await asyncio.create_subprocess_exec(*command)
        try:
            await _listens(port)
            there = Proxied(port, behind)
            yield there
            await there.http.aclose()
        finally:
            with contextlib.suppress(ProcessLookupError):
                process.terminate()
            await process.wait()


async def test_people_are_counted_by_their_address_and_the_platforms_are_not(proxied: Proxied) -> None:
    people = await proxied.statuses("/api/chat")
    assert (people.count(200), people.count(503)) == (50, AT_ONCE - 50)
    for path in ("/telegram/webhook", "/wechat/callback", "/wechat/callback/"):
        assert await proxied.statuses(path) == [200] * AT_ONCE


@pytest.mark.parametrize(
    ("path", "megabytes", "status"),
    [
        ("/api/photo", 10.5, 200),
        ("/api/photo", 12, 413),
        ("/desk/sheets/answers", 2.01, 200),
        ("/desk/sheets/answers", 4, 413),
        ("/telegram/webhook", 0.9, 200),
        ("/wechat/callback", 2, 413),
        ("/api/chat", 2, 413),
    ],
)
async def test_what_the_service_takes_comes_through(proxied: Proxied, path: str, megabytes: float, status: int) -> None:
    assert await proxied.post(path, int(megabytes * MEGABYTE)) == status


@pytest.mark.parametrize("path", ["/api/chat", "/telegram/webhook", "/api/photo", "/desk/sheets/tips"])
async def test_the_service_hears_who_calls(proxied: Proxied, path: str) -> None:
    await proxied.http.post(path, headers={"Host": "bot.example.org", "X-Forwarded-For": "203.0.113.9"})
    said = proxied.behind.headers
    assert (said["host"], said["x-forwarded-for"], said["x-forwarded-proto"]) == (
        "bot.example.org",
        "127.0.0.1",
        "http",
    )


async def test_who_sends_too_slowly_never_reaches_the_service(proxied: Proxied) -> None:
    for begun in (b"GET / HT", b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nx"):
        reader, writer = await asyncio.open_connection("127.0.0.1", proxied.port)
        writer.write(begun)
        answer = await asyncio.wait_for(reader.read(), 10 * SLOW_SECONDS)
        assert answer == b"" or b" 408 " in answer.splitlines()[0]
        writer.close()
        await writer.wait_closed()
    assert proxied.behind.headers == {}


def _configuration(folder: Path, port: int, behind: str) -> str:
    """The example as it stands there, but for what is not on this machine: its name, its certificate, its ports."""
    example = re.search(r"```nginx\n(.*?)```", DEPLOYMENT.read_text(), re.DOTALL)
    assert example
    here = example[1].replace("listen 443 ssl;", f"listen 127.0.0.1:{port};").replace("http://127.0.0.1:8080", behind)
    here = re.sub(r"(client_\w+_timeout) 10s", rf"\1 {SLOW_SECONDS}s", here)
    folders = "".join(
        f"{name}_temp_path {folder / name};\n" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    main = f"daemon off;\nmaster_process off;\npid {folder / 'pid'};\nerror_log stderr crit;\nevents {{}}\n"
    return f"{main}http {{\naccess_log off;\n{folders}{here}}}\n"


async def _listens(port: int) -> None:
    async with asyncio.timeout(10):
        while True:
            with contextlib.suppress(OSError):
                _, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.close()
                await writer.wait_closed()
                return
            await asyncio.sleep(0.05)


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port
