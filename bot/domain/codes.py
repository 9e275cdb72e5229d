"""The six digits of an authenticator (TOTP, RFC 6238), each good for one time."""

import hmac
from base64 import b32encode
from datetime import datetime

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

# What all authenticators understand: SHA-1, 6 digits, 30 seconds.
DIGITS, STEP_SECONDS = 6, 30
SECRET_BYTES = 20
# RFC 6238, 5.2: one step for a slow hand, and one for a clock that is ahead.
STEPS_ASIDE = (0, -1, 1)
_NONCE_BYTES = 12
_GROUP = 4


def matching_step(secret: bytes, code: str, now: datetime, last: int) -> int | None:
    """The time step of which this is the code; None for a wrong one, and for one not after the `last` that was used."""
    given = "".join(code.split()).encode()
    current = int(now.timestamp()) // STEP_SECONDS
    matching = [
        current + aside
        for aside in STEPS_ASIDE
        if hmac.compare_digest(_totp(secret).generate((current + aside) * STEP_SECONDS), given)
    ]
    return next((step for step in matching if step > last), None)


def provisioning_uri(secret: bytes, name: str, issuer: str) -> str:
    """What an authenticator opens."""
    return _totp(secret).get_provisioning_uri(name, issuer)


def in_groups(secret: bytes) -> str:
    """The secret as somebody can type it."""
    text = b32encode(secret).decode()
    return " ".join(text[at : at + _GROUP] for at in range(0, len(text), _GROUP))


def sealed(secret: bytes, key: bytes, nonce: bytes, name: str) -> bytes:
    """The secret as the database may hold it; it opens for the same name alone."""
    return nonce + AESGCM(key).encrypt(nonce, secret, name.encode())


def opened(box: bytes, key: bytes, name: str) -> bytes:
    """Raises InvalidTag for what was sealed with another key, or for another name."""
    return AESGCM(key).decrypt(box[:_NONCE_BYTES], box[_NONCE_BYTES:], name.encode())


def _totp(secret: bytes) -> TOTP:
    return TOTP(secret, DIGITS, SHA1(), STEP_SECONDS)  # noqa: S303  # of an HMAC; authenticators know no other
