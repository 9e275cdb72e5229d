"""A server that reads nothing and always says the same: what the load generator reaches at most. Argument: PORT."""

import asyncio
import sys
from typing import cast

import uvloop

_BODY = b'{"method":"answerCallbackQuery","callback_query_id":"2074084325771265536","text":"AAAA-AAAA"}'
_ANSWER = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%b" % (len(_BODY), _BODY)


class Trivial(asyncio.Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's has its methods, not its class

    def data_received(self, _data: bytes) -> None:
        self._transport.write(_ANSWER)


async def main() -> None:
    server = await asyncio.get_running_loop().create_server(Trivial, "127.0.0.1", int(sys.argv[1]))
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(main())
