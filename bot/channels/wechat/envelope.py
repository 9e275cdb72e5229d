"""Opens and seals the encrypted envelopes in which the platform and we talk (安全模式)."""

import hmac
import re
import secrets
from datetime import datetime

import xmltodict
from msgspec import Struct
from wechatpy.crypto import WeChatCrypto
from wechatpy.exceptions import InvalidAppIdException
from wechatpy.utils import WeChatSigner

from bot.channels.wechat.refusals import Forged, Malformed

# An envelope has a handful of elements; thousands of them in 64 KiB would block everybody for a tenth of a second.
MAX_ENVELOPE_TAGS = 200
_AES_KEY = re.compile(r"[A-Za-z0-9+/]{43}")
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
        self._ciphers = tuple(WeChatCrypto(token, key, app_id) for key in keys)

    def signed(self, signature: str, *parts: str) -> bool:
        """Whether `signature` is the platform's over these parts (SHA-1 with the token), in constant time."""
        signer = WeChatSigner()
        signer.add_data(self._token, *parts)
        return hmac.compare_digest(signer.signature.encode(), signature.encode())

    def open(self, ciphertext: str, signature: str, timestamp: str, nonce: str) -> Opened:
        """Decrypt with the current key, else with the previous one.

        Raises Forged when it was made for another account, Malformed when no key opens it.
        """
        forged = False
        for place, cipher in enumerate(self._ciphers):
            try:
                xml = cipher.decrypt_message({"Encrypt": ciphertext}, signature, timestamp, nonce)
                return Opened(str(xml), place)
            except InvalidAppIdException:
                forged = True
            except Exception:  # noqa: S112 - wechatpy meets junk with many unrelated types; the next key may fit
                continue
        if forged:
            raise Forged("made for another app id: check WECHAT_APP_ID")
        raise Malformed("no key opens it: check WECHAT_ENCODING_AES_KEY and WECHAT_PREVIOUS_AES_KEY")

    def seal(self, xml: str, key: int, at: datetime) -> str:
        """The answer's envelope, signed and encrypted with the key that opened the question."""
        timestamp = str(int(at.timestamp()))
        return str(self._ciphers[key].encrypt_message(xml, secrets.token_hex(8), timestamp))


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
