"""The HTTP server, uvicorn, as this service runs it."""

import socket
import sys
from collections.abc import Callable

import uvicorn
from starlette.types import ASGIApp

# A connection without a request, and the end of the running ones at a stop, in seconds.
IDLE_SECONDS = 75
STOP_SECONDS = 10
BACKLOG = 4096


class Server(uvicorn.Server):
    """Says when it listens."""

    def __init__(self, asgi: ASGIApp, host: str, port: int, on_listening: Callable[[], None]) -> None:
        config = uvicorn.Config(
            asgi,
            host=host,
            port=port,
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            backlog=BACKLOG,
            timeout_keep_alive=IDLE_SECONDS,
            timeout_graceful_shutdown=STOP_SECONDS,
        )
        super().__init__(config)
        self._on_listening = on_listening

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._on_listening()


def announce(host: str, port: int) -> None:
    """Print the address to open."""
    shown = "127.0.0.1" if host in ("0.0.0.0", "::", "") else host  # noqa: S104  # compared, not bound
    sys.stdout.write(f"好网民 bot 已启动，请打开 / ready, open: http://{shown}:{port}\n")
    sys.stdout.flush()
