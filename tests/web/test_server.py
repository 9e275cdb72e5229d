"""The HTTP server itself, by sockets: what it does with those who begin a request and do not end it."""

import asyncio
import re
import resource
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest
from starlette.types import ASGIApp, Receive, Scope, Send

from bot.channels.asgi import HungUp, body_of, respond
from bot.web import server as server_module
from bot.web.server import Server, bind

MOST = 20
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
            await respond(scope, send, 200, body=body)


@pytest.fixture
def endpoint(monkeypatch: pytest.MonkeyPatch) -> Endpoint:
    monkeypatch.setattr(server_module, "REQUEST_SECONDS", 0.5)
    return Endpoint()


@asynccontextmanager
async def connected(endpoint: ASGIApp) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
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


async def opened(address: tuple[str, int]) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    return await asyncio.open_connection(*address)


async def test_connections_that_say_nothing_make_room_for_those_that_do(
    endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server_module, "REQUEST_SECONDS", 60)
    monkeypatch.setattr(server_module, "MOST_CONNECTIONS", MOST)
    async with connected(endpoint) as (reader, writer):
        address = writer.get_extra_info("peername")
        silent = [await opened(address) for _ in range(5 * MOST)]
        late_reader, late_writer = await opened(address)
        late_writer.write(REQUEST)
        assert (await late_reader.readuntil(b"body")).startswith(b"HTTP/1.1 200")
        assert await reader.read() == b""  # the first has waited longest
        kept = [not (r.at_eof() or r.exception()) for r, _ in silent]
        assert 0 < sum(kept) <= MOST
        assert all(kept[-MOST // 2 :])
        for _, other in (*silent, (late_reader, late_writer)):
            other.close()


LAST = b"POST / HTTP/1.1\r\nHost: bot\r\nConnection: close\r\nContent-Length: 4\r\n\r\nlast"
CALLS = {
    "one": b"",
    "several at once": REQUEST * 3,
    "without a body": b"HEAD / HTTP/1.1\r\nHost: bot\r\n\r\n",
    "of old": b"POST / HTTP/1.0\r\nContent-Length: 4\r\n\r\nbody",
    "in doubt": b"POST / HTTP/1.1\r\nHost: bot\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\nbody",
}


@pytest.mark.parametrize("calls", CALLS.values(), ids=CALLS)
async def test_an_answer_at_once_is_the_same(endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch, calls: bytes) -> None:
    at_once = await answers(endpoint, calls + LAST)
    monkeypatch.setattr(server_module, "answer_at_once", lambda *_: False)

    assert at_once == await answers(endpoint, calls + LAST)
    assert b"content-length: 4\r\n" in at_once


async def answers(endpoint: Endpoint, calls: bytes) -> bytes:
    """All that comes back until the connection is closed, without the time."""
    async with connected(endpoint) as (reader, writer):
        writer.write(calls)
        async with asyncio.timeout(20):
            return re.sub(rb"date: [^\r]+\r\n", b"", await reader.read())


async def test_who_is_served_keeps_the_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server_module, "MOST_CONNECTIONS", 2)
    answer_now = asyncio.Event()

    async def slow(scope: Scope, receive: Receive, send: Send) -> None:
        body = await body_of(receive, 1000)
        await answer_now.wait()
        await respond(scope, send, 200, body=body)

    async with connected(slow) as (reader, writer):
        address = writer.get_extra_info("peername")
        second_reader, second_writer = await opened(address)
        for served in (writer, second_writer):
            served.write(REQUEST)
        await asyncio.sleep(0.2)
        refused, refused_writer = await opened(address)
        with suppress(ConnectionResetError):
            assert await refused.read() == b""
        answer_now.set()
        for served_reader in (reader, second_reader):
            assert (await served_reader.readuntil(b"body")).startswith(b"HTTP/1.1 200")
        refused_writer.close()
        second_writer.close()


def test_the_limit_of_open_files_is_raised_and_kept_to(monkeypatch: pytest.MonkeyPatch) -> None:
    limits = (256, 1000)
    monkeypatch.setattr(resource, "getrlimit", lambda _: limits)
    raised: list[tuple[int, int]] = []
    monkeypatch.setattr(resource, "setrlimit", lambda _, new: raised.append(new))
    assert server_module.most_connections() == 500
    assert raised == [(1000, 1000)]
    limits = (1024, resource.RLIM_INFINITY)
    assert server_module.most_connections() == server_module.MOST_CONNECTIONS
    assert raised[1:] == [(server_module.FILES, resource.RLIM_INFINITY)]
