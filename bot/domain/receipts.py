"""Receipts: short codes by which voters find their row of the published ledger."""

from functools import lru_cache

from bot.domain.mac import KEYS_BEGUN, mac

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"  # RFC 4648, base 32
_PAIRS = tuple(first + second for first in _LETTERS for second in _LETTERS)
_BYTES = 5  # four pairs


@lru_cache(KEYS_BEGUN)
def receipts_key(poll_key: bytes) -> bytes:
    """The key of a poll's receipts. It is published with the ledger and tells nothing of the key it is made from."""
    return mac(poll_key, b"receipts")


def receipt_code(key: bytes, seq: int, voter: bytes) -> str:
    """The receipt of a voter's ledger row: until the key is published, nobody can tell which row it is of."""
    bits = int.from_bytes(mac(key, seq.to_bytes(8, "big") + voter)[:_BYTES], "big")
    return f"{_PAIRS[bits >> 30]}{_PAIRS[bits >> 20 & 1023]}-{_PAIRS[bits >> 10 & 1023]}{_PAIRS[bits & 1023]}"
