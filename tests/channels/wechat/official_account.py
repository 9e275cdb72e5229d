"""The platform's side of a secure-mode Official Account, written from 消息加解密说明 with `cryptography` alone."""

import base64
import hashlib
import os
import struct
from collections.abc import Mapping
from datetime import UTC, datetime
from xml.etree import ElementTree

import httpx
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from msgspec import Struct

APP_ID = "wx5823bf96d3bd56c7"
TOKEN = "spamtest-QDG6eK"
AES_KEY = "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"
NEXT_AES_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"  # its last two bits are not canonical
OPENID = "oDF3iY9P32sK_5GgYiRkjsCo45bk"
NOW = datetime(2026, 11, 22, 12, 30, tzinfo=UTC)
STAMP = str(int(NOW.timestamp()))
BLOCK = 32


class Call(Struct, frozen=True):
    """What the platform would post: the address's query and the body."""

    query: dict[str, str]
    body: bytes


def signature(*parts: str, token: str = TOKEN) -> str:
    return hashlib.sha1("".join(sorted([token, *parts])).encode()).hexdigest()


def encrypted(plain: bytes, *, aes_key: str = AES_KEY, app_id: str = APP_ID, padding: bytes | None = None) -> str:
    """Base64 of AES-256-CBC over 16 random bytes, the length, the text and the app id, padded to 32 bytes."""
    packed = os.urandom(16) + struct.pack(">I", len(plain)) + plain + app_id.encode()
    count = BLOCK - len(packed) % BLOCK
    cipher = _cipher(aes_key).encryptor()
    sealed = cipher.update(packed + (bytes([count]) * count if padding is None else padding))
    return base64.b64encode(sealed + cipher.finalize()).decode()


def decrypted(sealed: str, *, aes_key: str = AES_KEY, app_id: str = APP_ID) -> str:
    cipher = _cipher(aes_key).decryptor()
    packed = cipher.update(base64.b64decode(sealed, validate=True)) + cipher.finalize()
    count = packed[-1]
    assert 1 <= count <= BLOCK
    assert packed.endswith(bytes([count]) * count)
    (length,) = struct.unpack(">I", packed[16:20])
    assert packed[20 + length : -count] == app_id.encode()
    return packed[20 : 20 + length].decode()


def signed_call(sealed: str, *, timestamp: str = STAMP, nonce: str = "1320562132", body: str = "") -> Call:
    query = {
        "signature": signature(timestamp, nonce),
        "timestamp": timestamp,
        "nonce": nonce,
        "openid": OPENID,
        "encrypt_type": "aes",
        "msg_signature": signature(timestamp, nonce, sealed),
    }
    body = body or (
        f"<xml><ToUserName><![CDATA[gh_7f083739789a]]></ToUserName><Encrypt><![CDATA[{sealed}]]></Encrypt></xml>"
    )
    return Call(query, body.encode())


def call(xml: str, *, aes_key: str = AES_KEY, app_id: str = APP_ID, timestamp: str = STAMP) -> Call:
    return signed_call(encrypted(xml.encode(), aes_key=aes_key, app_id=app_id), timestamp=timestamp)


def read_answer(answer: httpx.Response, *, aes_key: str = AES_KEY) -> Mapping[str, str]:
    """The elements of a sealed answer, after checking its signature as the platform would."""
    assert answer.status_code == 200
    envelope = elements(answer.text)
    signed = signature(envelope["TimeStamp"], envelope["Nonce"], envelope["Encrypt"])
    assert envelope["MsgSignature"] == signed
    return elements(decrypted(envelope["Encrypt"], aes_key=aes_key))


def elements(xml: str) -> Mapping[str, str]:
    return {element.tag: element.text or "" for element in ElementTree.fromstring(xml)}


def _cipher(aes_key: str) -> Cipher[modes.CBC]:
    # 43 characters carry 258 bits; the key is the first 256, whatever the last two are.
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    bits = "".join(f"{alphabet.index(character):06b}" for character in aes_key)
    key = int(bits[:256], 2).to_bytes(32, "big")
    return Cipher(algorithms.AES(key), modes.CBC(key[:16]))
