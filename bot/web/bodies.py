"""Reads a JSON body or a form, and says kindly what is wrong with one that cannot be used."""

import asyncio
from email.message import Message
from email.parser import HeaderParser
from typing import TypeVar
from urllib.parse import parse_qsl

import msgspec
from starlette.requests import ClientDisconnect, Request

MAX_BODY_BYTES = 1024 * 1024
MAX_FORM_BYTES = 16 * 1024
MAX_FIELDS = 60
BODY_SECONDS = 10.0  # for the whole body, so that nobody holds a connection with a byte now and then
UPLOAD_SECONDS = 60.0  # for a file over a slow network
SLOW = 408

Body = TypeVar("Body", bound=msgspec.Struct)


class Refused(Exception):
    """The request cannot be used; `key` is the phrase that says what to send, with its `blanks`."""

    def __init__(self, status: int, key: str, **blanks: object) -> None:
        super().__init__(key)
        self.status = status
        self.key = key
        self.blanks = blanks


async def read_json(request: Request, shape: type[Body], malformed: Refused) -> Body:
    """The body as `shape`. Raises Refused (408, 413, 415), and `malformed` for what is no such object."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise Refused(415, "web.refused.type")
    too_large = Refused(413, "web.refused.size", limit=MAX_BODY_BYTES)
    body = await read_bytes(request, MAX_BODY_BYTES, BODY_SECONDS, malformed, too_large)
    try:
        return msgspec.json.decode(body, type=shape)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise malformed from error


async def read_form(request: Request, most: int = MAX_FORM_BYTES) -> dict[str, str]:
    """The fields of a form of at most so many bytes, the first of each name. Raises Refused (400, 408, 413, 415)."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        raise Refused(415, "desk.refused.form")
    malformed, too_large = Refused(400, "desk.refused.form"), Refused(413, "web.refused.size", limit=most)
    body = await read_bytes(request, most, BODY_SECONDS, malformed, too_large)
    try:
        fields = parse_qsl(body.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=MAX_FIELDS)
    except ValueError as error:
        raise malformed from error
    return dict(reversed(fields))


async def read_upload(request: Request, most: int) -> tuple[dict[str, str], bytes]:
    """The fields of a form and the one file in it, empty for none. Raises Refused (400, 408, 413, 415)."""
    kind, options = _type_of(request.headers.get("content-type", ""))
    if kind != "multipart/form-data":
        return await read_form(request), b""
    malformed, too_large = Refused(400, "desk.refused.form"), Refused(413, "web.refused.size", limit=most)
    body = await read_bytes(request, most, UPLOAD_SECONDS, malformed, too_large)
    try:
        return _parts(body, options["boundary"].encode("ascii"))
    except (ValueError, LookupError) as error:
        raise malformed from error


def _type_of(value: str) -> tuple[str, dict[str, str]]:
    """A header's value and its parameters (RFC 9110, 5.6.6)."""
    message = Message()
    message["content-type"] = value
    return message.get_content_type(), {name.lower(): text for name, text in message.get_params(failobj=[])[1:]}


def _parts(body: bytes, boundary: bytes) -> tuple[dict[str, str], bytes]:
    """RFC 7578. Raises ValueError, LookupError for what is none."""
    if not boundary:
        raise ValueError("no boundary")
    first, *pieces, last = (b"\r\n" + body).split(b"\r\n--" + boundary)
    if first or not last.startswith(b"--") or len(pieces) > MAX_FIELDS:
        raise ValueError("no form")
    fields, file = dict[str, str](), b""
    for piece in pieces:
        head, between, content = piece.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        part = HeaderParser().parsestr(head.decode("utf-8"))
        name = part.get_param("name", header="content-disposition")
        if not between or not isinstance(name, str):
            raise ValueError("no part")
        if part.get_param("filename", header="content-disposition") is not None:
            file = content
        else:
            fields.setdefault(name, content.decode("utf-8"))
    return fields, file


async def read_bytes(request: Request, most: int, seconds: float, malformed: Refused, too_large: Refused) -> bytes:
    """The body, at most so many bytes within so many seconds. Raises Refused: 408, or one of those given."""
    try:
        async with asyncio.timeout(seconds):
            return await _read(request, most, malformed, too_large)
    except TimeoutError as error:
        raise Refused(SLOW, "web.refused.slow", seconds=round(seconds)) from error


async def _read(request: Request, most: int, malformed: Refused, too_large: Refused) -> bytes:
    announced = request.headers.get("content-length", "0")
    if announced.isascii() and announced.isdigit() and int(announced[:20]) > most:
        raise too_large
    body = bytearray()
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > most:
                raise too_large
    except ClientDisconnect as error:
        raise malformed from error
    return bytes(body)
