"""The HTTP server, uvicorn, as this service runs it."""

import asyncio
import math
import socket
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

from bot.channels.asgi import AT_ONCE, Header

# A connection without a request, and the end of the running ones at a stop, in seconds.
IDLE_SECONDS = 75
STOP_SECONDS = 5
LAST_MOMENT_SECONDS = 1.0
# For a whole request, from its first byte or the connection's beginning: as long as a photo may take.
REQUEST_SECONDS = 60
BACKLOG = 4096
# Connections at a time: four times what may wait for an answer (bot/turns.py).
MOST_CONNECTIONS = 4096
# Files and sockets: what is not for them goes to the platforms, the database and the logs.
FILES = 65536
OTHER_FILES = 512
TICKS_A_SECOND = 10  # of uvicorn's main loop


def bind(host: str, port: int) -> socket.socket:
    """The socket to serve on; nobody can connect yet. Raises OSError when the address is taken or is not ours."""
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
    except BaseException:
        listener.close()
        raise
    return listener


def most_connections() -> int:
    """How many this process can have, after its limit of open files was raised as far as the system allows."""
    if sys.platform == "win32":  # which has no such limit
        return MOST_CONNECTIONS
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = FILES if hard == resource.RLIM_INFINITY else min(FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with suppress(ValueError, OSError):  # macOS has a lower limit than it names
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
            soft = wanted
    files = FILES if soft == resource.RLIM_INFINITY else soft
    return min(MOST_CONNECTIONS, max(files - OTHER_FILES, files // 2))


class Connection(HttpToolsProtocol):
    """Uvicorn's own, which knows since when it waits for the rest of a request (in seconds of the loop's clock).

    Uvicorn has no deadline for that, and a timer for each request costs a vote more than it is worth.
    """

    waits_since = math.inf

    most = MOST_CONNECTIONS

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        super().connection_made(transport)
        self.waits_since = self.loop.time()
        if len(self.connections) > self.most:
            self._make_room()

    def _make_room(self) -> None:
        """Hang up on a tenth, those first who have sent no whole request for the longest time; on nobody who is served.

        Where all are served that leaves the one who has just come.
        """
        others = [c for c in self.connections if isinstance(c, Connection) and not c.is_served]
        for connection in sorted(others, key=lambda other: other.waits_since)[: max(1, self.most // 10)]:
            connection.transport.abort()

    @property
    def is_served(self) -> bool:
        """Whether a whole request is here, and its answer is not complete."""
        return self.waits_since == math.inf and self.cycle is not None and not self.cycle.response_complete

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.waits_since = self.loop.time()

    def on_headers_complete(self) -> None:
        super().on_headers_complete()
        if self.cycle and self.cycle.scope is self.scope:  # else it goes on as another protocol
            self.scope["extensions"] = {AT_ONCE: {"answer": partial(answer_at_once, self.cycle)}}

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self.waits_since = math.inf


def answer_at_once(cycle: RequestResponseCycle, status: int, headers: Sequence[Header], body: bytes) -> bool:
    """Write a whole answer; False, and nothing was done, where the connection is in any other than its usual state.

    Uvicorn's own way checks each header by two patterns, which takes a fifth of the time of a tap. The headers are
    constants of ours, `content-length` among them.
    """
    is_usual = cycle.keep_alive and not (cycle.disconnected or cycle.response_started or cycle.flow.write_paused)
    if not is_usual or cycle.scope["method"] == "HEAD":
        return False
    cycle.response_started = cycle.response_complete = True
    cycle.waiting_for_100_continue = False
    lines = [b"%b: %b\r\n" % header for header in (*cycle.default_headers, *headers)]
    cycle.transport.write(b"".join((STATUS_LINE[status], *lines, b"\r\n", body)))
    cycle.message_event.set()
    cycle.on_response()
    return True


class Server(uvicorn.Server):
    """Says when it listens, and hangs up on who sends a request too slowly or stands in the way of others.

    Signals are left to the caller, who has more to finish than the server.
    """

    def __init__(self, asgi: ASGIApp, on_listening: Callable[[], None]) -> None:
        config = uvicorn.Config(
            asgi,
            http=Connection,
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            backlog=BACKLOG,
            timeout_keep_alive=IDLE_SECONDS,
            timeout_graceful_shutdown=STOP_SECONDS,
        )
        super().__init__(config)
        Connection.most = most_connections()
        self._on_listening = on_listening

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._on_listening()

    async def on_tick(self, counter: int) -> bool:
        if counter % TICKS_A_SECOND == 0:
            self._hang_up_on_the_slow(REQUEST_SECONDS)
        return await super().on_tick(counter)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """What is here is answered; what is half sent has a moment more, and its platform sends it again."""
        asyncio.get_running_loop().call_later(LAST_MOMENT_SECONDS, self._hang_up_on_the_slow, 0.0)
        await super().shutdown(sockets)

    def _hang_up_on_the_slow(self, patience: float) -> None:
        begun = asyncio.get_running_loop().time() - patience
        for connection in list(self.server_state.connections):
            if isinstance(connection, Connection) and connection.waits_since < begun:
                connection.transport.abort()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Uvicorn's own would raise the signal again, which ends the process before the channels are closed."""
        yield


def announce(host: str, port: int) -> None:
    """Print the address to open."""
    shown = "127.0.0.1" if host in ("0.0.0.0", "::", "") else host  # noqa: S104  # compared, not bound
    sys.stdout.write(f"好网民 bot 已启动，请打开 / ready, open: http://{shown}:{port}\n")
    sys.stdout.flush()
