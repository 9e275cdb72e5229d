"""Opens and seals the encrypted envelopes in which the platform and we talk (安全模式)."""

import base64
import hashlib
import hmac
import os
import re
from datetime import datetime

import xmltodict
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from msgspec import Struct

from bot.channels.wechat.refusals import Forged, Malformed

# An envelope has a handful of elements; thousands of them in 64 KiB would block everybody for a tenth of a second.
MAX_ENVELOPE_TAGS = 200
_AES_KEY = re.compile(r"[A-Za-z0-9+/]{43}")
# 加解密说明: 16 random bytes and the length stand before the text, and all is filled up to blocks of 32 bytes.
_RANDOM_BYTES, _TEXT_AT = 16, 20
_BLOCK_BYTES = 32
_NONCE_BYTES = 8
_PADDING = tuple(bytes([count]) * count for count in range(_BLOCK_BYTES + 1))
# The envelope as the platform writes it (消息加解密说明); any other is read as XML, which takes twenty times as long.
_ENVELOPE = re.compile(
    rb"<xml>\s*<ToUserName><!\[CDATA\[[\w@.-]*\]\]></ToUserName>\s*"
    rb"<Encrypt><!\[CDATA\[([A-Za-z0-9+/=]+)\]\]></Encrypt>\s*</xml>\s*"
)


class Opened(Struct, frozen=True):
    """A decrypted payload with the key (its place among ours) that opened it, for the answer."""

    xml: str
    key: int


class Envelopes:
    """The keys of one Official Account: the current EncodingAESKey and, while it is changed, the one before.

    Raises ValueError for a key that is not 43 characters of base64. The platform hands out keys whose last
    bits are not canonical, so they are decoded leniently.
    """

    def __init__(self, *, app_id: str, token: str, aes_key: str, previous_aes_key: str = "") -> None:
        keys = [aes_key, previous_aes_key] if previous_aes_key else [aes_key]
        if not all(_AES_KEY.fullmatch(key) for key in keys):
            raise ValueError("an EncodingAESKey has 43 letters and digits")
        self._token = token
        self._app_id = app_id.encode()
        self._ciphers = tuple(_Chain(base64.b64decode(f"{key}=")) for key in keys)

    def signed(self, signature: str, *parts: str) -> bool:
        """Whether `signature` is the platform's over these parts (SHA-1 with the token), in constant time."""
        return hmac.compare_digest(self._signature(*parts).encode(), signature.encode())

    def open(self, ciphertext: str) -> Opened:
        """Decrypt with the current key, else with the previous one.

        Raises Forged when it was made for another account, Malformed when no key opens it.
        """
        for place, cipher in enumerate(self._ciphers):
            try:
                text, app_id = _unpacked(cipher.decrypted(base64.b64decode(ciphertext, validate=True)))
                xml = text.decode()
            except ValueError:  # another key, or junk
                continue
            if app_id != self._app_id:
                raise Forged("made for another app id: check WECHAT_APP_ID")
            return Opened(xml, place)
        raise Malformed("no key opens it: check WECHAT_ENCODING_AES_KEY and WECHAT_PREVIOUS_AES_KEY")

    def seal(self, xml: str, key: int, at: datetime) -> str:
        """The answer's envelope, signed and encrypted with the key that opened the question."""
        chance = os.urandom(_RANDOM_BYTES + _NONCE_BYTES)
        timestamp, nonce = str(int(at.timestamp())), chance[_RANDOM_BYTES:].hex()
        sealed = self._encrypted(chance[:_RANDOM_BYTES], xml.encode(), key)
        return (
            f"<xml><Encrypt><![CDATA[{sealed}]]></Encrypt>"
            f"<MsgSignature><![CDATA[{self._signature(timestamp, nonce, sealed)}]]></MsgSignature>"
            f"<TimeStamp>{timestamp}</TimeStamp><Nonce><![CDATA[{nonce}]]></Nonce></xml>"
        )

    def _signature(self, *parts: str) -> str:
        return hashlib.sha1("".join(sorted((self._token, *parts))).encode(), usedforsecurity=False).hexdigest()

    def _encrypted(self, salt: bytes, text: bytes, key: int) -> str:
        packed = b"".join((salt, len(text).to_bytes(4, "big"), text, self._app_id))
        padding = _PADDING[_BLOCK_BYTES - len(packed) % _BLOCK_BYTES]
        return base64.b64encode(self._ciphers[key].encrypted(packed + padding)).decode()


class _Chain:
    """AES-CBC under one key, begun once for all messages: to begin it takes ten times as long as a message.

    CBC mixes into each block the encrypted one before it, and nothing else. What stands before a message is the initial
    vector where it is read alone, here the end of another message: that makes a difference to the first block only,
    which is 16 random bytes that nobody reads.
    """

    def __init__(self, key: bytes) -> None:
        cipher = Cipher(algorithms.AES(key), modes.CBC(key[:_RANDOM_BYTES]))
        self.encrypted = cipher.encryptor().update
        self._decrypt = cipher.decryptor().update

    def decrypted(self, sealed: bytes) -> bytes:
        """What is sealed, but for its first block. Raises ValueError for what is not made of whole blocks."""
        if len(sealed) % _RANDOM_BYTES:
            raise ValueError("not in whole blocks")
        return self._decrypt(sealed)


def _unpacked(packed: bytes) -> tuple[bytes, bytes]:
    """The text and the app id that it was made for. Raises ValueError."""
    padding = packed[-1] if packed else 0
    end = _TEXT_AT + int.from_bytes(packed[_RANDOM_BYTES:_TEXT_AT], "big")
    if not (0 < padding <= _BLOCK_BYTES and packed.endswith(_PADDING[padding]) and end <= len(packed) - padding):
        raise ValueError("not what was encrypted")
    return packed[_TEXT_AT:end], packed[end:-padding]


def ciphertext_of(body: bytes) -> str:
    """The sealed part of a posted body.

    Raises Malformed when it is no XML or declares entities, Forged for a plaintext body: no signature covers
    what that says.
    """
    usual = _ENVELOPE.fullmatch(body)
    if usual:
        return usual[1].decode()
    if body.count(b"<") > MAX_ENVELOPE_TAGS:
        raise Malformed("the body has too many elements")
    try:
        root = xmltodict.parse(body)["xml"]
    except Exception as error:  # junk raises many unrelated types
        raise Malformed("the body is no XML of the platform") from error
    sealed = root.get("Encrypt") if isinstance(root, dict) else None
    if not sealed:
        raise Forged("a plaintext body: set 消息加解密方式 to 安全模式 in the account's settings")
    if not isinstance(sealed, str):
        raise Malformed("the sealed part is no text")
    return sealed
