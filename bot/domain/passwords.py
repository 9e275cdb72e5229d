"""Passwords: which ones will do, and Argon2id, by which they are kept."""

import unicodedata
from os import urandom

from cryptography.exceptions import InvalidKey
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

MIN_PASSWORD, MAX_PASSWORD = 12, 256
# zxcvbn: from 3 on more than 10^8 guesses. It looks at so many characters, more would take it long.
_MIN_SCORE, _MAX_SCORED = 3, 72
# What somebody who knows this program tries first, besides the name.
_EXPECTED = ("haowangmin", "好网民", "网络文明", "工作台")
# RFC 9106 asks for memory first; 0.1 to 0.2 s of one core of a small server (2026-11-30).
MEMORY_KIB, PASSES, LANES = 64 * 1024, 2, 1
_SALT_BYTES, _KEY_BYTES = 16, 32


def unfit(password: str, name: str) -> str:
    """Why this is no password for whoever has the name, as a code; empty when it will do."""
    plain = _normal(password)
    if len(plain) < MIN_PASSWORD:
        return "short"
    if len(plain) > MAX_PASSWORD:
        return "long"
    return "plain" if _is_soon_guessed(plain, name) else ""


def kept(password: str, pepper: bytes) -> str:
    """What is stored instead of the password: a PHC string. Takes a tenth of a second and MEMORY_KIB."""
    return Argon2id(
        salt=urandom(_SALT_BYTES),
        length=_KEY_BYTES,
        iterations=PASSES,
        lanes=LANES,
        memory_cost=MEMORY_KIB,
        secret=pepper,
    ).derive_phc_encoded(_normal(password).encode())


def fits(password: str, stored: str, pepper: bytes) -> bool:
    """Whether this is the password; takes as long as `kept`."""
    try:
        Argon2id.verify_phc_encoded(_normal(password).encode(), stored, secret=pepper)
    except InvalidKey:
        return False
    return True


def _normal(password: str) -> str:
    """The same for the same signs, whatever keyboard they were typed with."""
    return unicodedata.normalize("NFKC", password)


def _is_soon_guessed(plain: str, name: str) -> bool:
    """Whether it is among the first that are tried: passwords that others had, rows of keys, dates, the name."""
    from zxcvbn import zxcvbn  # its lists of words load only where somebody chooses a password

    score: int = zxcvbn(plain[:_MAX_SCORED], user_inputs=[_normal(name), *_EXPECTED])["score"]
    return score < _MIN_SCORE
