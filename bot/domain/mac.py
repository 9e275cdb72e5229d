"""HMAC-SHA-256 under keys that are used for every vote."""

import hmac
from functools import lru_cache

# Of polls and their receipts; one that is dropped is only begun anew.
KEYS_BEGUN = 64


def mac(key: bytes, message: bytes) -> bytes:
    """The same as `hmac.digest`, which lets other threads run for a fraction of a microsecond's work."""
    begun = _begun(key).copy()
    begun.update(message)
    return begun.digest()


@lru_cache(KEYS_BEGUN)
def _begun(key: bytes) -> hmac.HMAC:
    return hmac.new(key, digestmod="sha256")
