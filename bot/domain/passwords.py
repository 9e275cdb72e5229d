"""Passwords: which ones will do, and Argon2id, by which they are kept."""

import sys
import unicodedata
from itertools import pairwise
from os import urandom

from cryptography.exceptions import InvalidKey
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

MIN_PASSWORD, MAX_PASSWORD = 12, 256
MIN_DIFFERENT = 5
# RFC 9106 asks for memory first; 0.1 to 0.2 s of one core of a small server (2026-11-30).
MEMORY_KIB, PASSES, LANES = 64 * 1024, 2, 1
_SALT_BYTES, _KEY_BYTES = 16, 32


def unfit(password: str, name: str) -> str:
    """Why this is no password for whoever has the name, as a code; empty when it will do."""
    plain = _normal(password)
    reasons = {
        "short": len(plain) < MIN_PASSWORD,
        "long": len(plain) > MAX_PASSWORD,
        "plain": len(set(plain)) < MIN_DIFFERENT or _is_a_row(plain),
        "name": _normal(name).casefold() in plain.casefold() and len(plain) - len(name) < MIN_PASSWORD,
    }
    return next((code for code, holds in reasons.items() if holds), "")


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


def _is_a_row(plain: str) -> bool:
    """Whether it only counts on, as 8901 and abcd do, or repeats a few characters."""
    around = 10 if plain.isdigit() else sys.maxunicode
    steps = {(ord(b) - ord(a)) % around for a, b in pairwise(plain)}
    return len(steps) == 1 or any(plain in plain[:length] * len(plain) for length in range(1, MIN_DIFFERENT))
