"""Serves an ASGI app over real HTTP in the test's own event loop."""

import asyncio
import contextlib
import logging
import socket
from collections.abc import AsyncIterator, Iterator
from typing import Any

import uvicorn
from starlette.types import Receive


class Server(uvicorn.Server):
    """A uvicorn that leaves the test's signals alone and tells when it listens."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.up = asyncio.Event()
        self.down = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.up.set()

    async def main_loop(self) -> None:
        await self.down.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """At once: uvicorn's own takes a tenth of a second, in every test."""
        for server in self.servers:
            server.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        await asyncio.wait([asyncio.create_task(asyncio.sleep(0)), *self.server_state.tasks], timeout=1)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@contextlib.asynccontextmanager
async def listening(app: Any) -> AsyncIterator[str]:
    """Serve any ASGI app in this event loop on a free port of the loopback; gives `http://127.0.0.1:PORT`."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        config = uvicorn.Config(
            app,
            lifespan="off",
            ws="none",
            log_config=None,
            access_log=False,
            date_header=False,  # a fake platform has a clock of its own
            timeout_graceful_shutdown=1,
        )
        logging.getLogger("uvicorn").setLevel(logging.CRITICAL)
        server = Server(config)
        running = asyncio.create_task(server.serve([listener]))
        await server.up.wait()
        try:
            yield address
        finally:
            server.down.set()
            await running


async def read_body(receive: Receive) -> bytes:
    """The whole body of a request."""
    body: bytes = b""
    while True:
        event = await receive()
        body += event.get("body", b"")
        if not event.get("more_body", False):
            return body
