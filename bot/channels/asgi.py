"""What the platforms' webhooks need of ASGI, and no more: votes pass here."""

from starlette.types import Receive, Scope, Send

JSON = (b"content-type", b"application/json")
PLAIN = (b"content-type", b"text/plain; charset=utf-8")
XML = (b"content-type", b"application/xml")

# A header's name and value.
Header = tuple[bytes, bytes]
# The extension of ASGI by which our server takes an answer in one piece: `answer` of status, headers and body.
AT_ONCE = "haowangmin.at_once"


class TooLong(Exception):
    """The body has more bytes than the platform ever sends."""


class HungUp(Exception):
    """The caller went away before the body was there, or was too slow."""


async def body_of(receive: Receive, most: int) -> bytes:
    """The posted bytes. Raises TooLong for over `most` of them; HungUp, also where the server lost its patience."""
    event = await receive()
    body = event.get("body", b"")
    while len(body) <= most and event.get("more_body"):
        event = await receive()
        body += event.get("body", b"")
    if len(body) > most:
        raise TooLong
    if event["type"] == "http.disconnect":
        raise HungUp
    return bytes(body)


async def respond(scope: Scope, send: Send, status: int, *headers: Header, body: bytes = b"") -> None:
    headers = ((b"content-length", b"%d" % len(body)), *headers)
    at_once = scope.get("extensions", {}).get(AT_ONCE)
    if at_once and at_once["answer"](status, headers, body):
        return
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
