"""A Bot API that accepts every message at once and counts them: GET /count. Argument: PORT."""

import asyncio
import re
import sys
from typing import cast

import uvloop

_SENT = b'{"ok":true,"result":{"message_id":%d,"date":1795332016,"chat":{"id":1,"type":"private"},"text":"-"}}'
_ELSE = b'{"ok":true,"result":{"id":7000000001,"is_bot":true,"first_name":"fake","username":"fake_bot","sent":%d}}'
_LENGTH = re.compile(rb"\r\ncontent-length: (\d+)", re.IGNORECASE)


class BotApi(asyncio.Protocol):
    sent = 0

    def __init__(self) -> None:
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's has its methods, not its class

    def data_received(self, data: bytes) -> None:
        self._received += data
        head = self._received.find(b"\r\n\r\n")
        length = _LENGTH.search(self._received) if head > 0 else None
        if head < 0 or (length and len(self._received) < head + 4 + int(length[1])):
            return
        is_message = b"/sendMessage " in self._received[:head]
        BotApi.sent += is_message
        self._received = b""
        body = (_SENT if is_message else _ELSE) % BotApi.sent
        head_out = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n"
        self._transport.write(head_out % len(body) + body)


async def main() -> None:
    server = await asyncio.get_running_loop().create_server(BotApi, "127.0.0.1", int(sys.argv[1]))
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(main())
