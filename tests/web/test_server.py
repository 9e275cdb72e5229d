"""The HTTP server itself, by sockets: what it does with those who begin a request and do not end it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from starlette.types import Receive, Scope, Send

from bot.channels.asgi import HungUp, body_of, respond
from bot.web import server as server_module
from bot.web.server import Server, bind

REQUEST = b"POST / HTTP/1.1\r\nHost: bot\r\nContent-Length: 4\r\n\r\nbody"


class Endpoint:
    """Repeats what is posted to it, as the platforms' webhooks read it."""

    def __init__(self) -> None:
        self.hung_up = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            body = await body_of(receive, 1000)
        except HungUp:
            self.hung_up += 1
        else:
            await respond(send, 200, body=body)


@pytest.fixture
def endpoint(monkeypatch: pytest.MonkeyPatch) -> Endpoint:
    monkeypatch.setattr(server_module, "REQUEST_SECONDS", 0.5)
    return Endpoint()


@asynccontextmanager
async def connected(endpoint: Endpoint) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    listener = bind("127.0.0.1", 0)
    listening = asyncio.Event()
    server = Server(endpoint, listening.set)
    serving = asyncio.create_task(server.serve([listener]))
    try:
        async with asyncio.timeout(20):
            await listening.wait()
            reader, writer = await asyncio.open_connection(*listener.getsockname())
            yield reader, writer
            writer.close()
    finally:
        server.should_exit = True
        await serving


@pytest.mark.parametrize("sent", [b"", b"POST / HT", REQUEST[:-1], REQUEST + REQUEST[:-1]])
async def test_a_request_that_does_not_come_is_not_waited_for(endpoint: Endpoint, sent: bytes) -> None:
    async with connected(endpoint) as (reader, writer):
        writer.write(sent)
        if sent.startswith(REQUEST):
            assert (await reader.readuntil(b"body")).startswith(b"HTTP/1.1 200")
        assert await reader.read() == b""
    assert endpoint.hung_up == int(sent.endswith(b"bod"))


async def test_a_connection_that_waits_for_its_next_request_is_kept(endpoint: Endpoint) -> None:
    async with connected(endpoint) as (reader, writer):
        for _ in range(2):
            writer.write(REQUEST)
            assert (await reader.readuntil(b"body")).startswith(b"HTTP/1.1 200")
            await asyncio.sleep(2)
