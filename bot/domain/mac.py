"""HMAC-SHA-256 under keys that are used for every vote."""

from functools import lru_cache
from hashlib import sha256
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hashlib import _Hash

# Of polls and their receipts; one that is dropped is only begun anew.
KEYS_BEGUN = 64
_BLOCK_BYTES = 64
_INNER, _OUTER = bytes(byte ^ 0x36 for byte in range(256)), bytes(byte ^ 0x5C for byte in range(256))


def mac(key: bytes, message: bytes) -> bytes:
    """The same as `hmac.digest(key, message, "sha256")`, by RFC 2104 from hashes that have the key in them.

    That takes a third of the time, and lets no other thread run for a fraction of a microsecond's work.
    """
    with_inner, with_outer = _begun(key)
    inner, outer = with_inner.copy(), with_outer.copy()
    inner.update(message)
    outer.update(inner.digest())
    return outer.digest()


@lru_cache(KEYS_BEGUN)
def _begun(key: bytes) -> tuple["_Hash", "_Hash"]:
    block = (sha256(key).digest() if len(key) > _BLOCK_BYTES else key).ljust(_BLOCK_BYTES, b"\0")
    return sha256(block.translate(_INNER)), sha256(block.translate(_OUTER))
