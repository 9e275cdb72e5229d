"""A platform that is away: it takes calls and never answers, refuses connections, or has had too many calls."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Literal

Death = Literal["hangs", "refuses", "had too many"]
RETRY_AFTER = 3
# As the Bot API says it and as an Official Account's API does.
_TOO_MANY = json.dumps(
    {
        "ok": False,
        "error_code": 429,
        "description": f"Too Many Requests: retry after {RETRY_AFTER}",
        "parameters": {"retry_after": RETRY_AFTER},
        "errcode": 45011,
        "errmsg": "api minute-quota reach limit",
    }
).encode()
_ANSWER = b"HTTP/1.1 429 Too Many Requests\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b"


@asynccontextmanager
async def dead(death: Death) -> AsyncIterator[str]:
    """Its address, `http://127.0.0.1:PORT`."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        if death == "refuses":  # nobody listens there, and nobody else can
            yield address
            return
        over = asyncio.Event()

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            while death == "had too many" and await _read_request(reader):
                writer.write(_ANSWER % (len(_TOO_MANY), _TOO_MANY))
            await over.wait()
            writer.close()

        server = await asyncio.start_server(serve, sock=listener)
        try:
            yield address
        finally:
            over.set()
            server.close()
            await server.wait_closed()


async def _read_request(reader: asyncio.StreamReader) -> bool:
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        await reader.readexactly(int((head.partition("content-length:")[2].split() or ["0"])[0]))
    except (asyncio.IncompleteReadError, ConnectionError):
        return False
    return True
