"""Receipts: short codes by which voters find their row of the published ledger."""

import base64
from functools import lru_cache

from bot.domain.mac import KEYS_BEGUN, mac

_BYTES = 5  # eight characters


@lru_cache(KEYS_BEGUN)
def receipts_key(poll_key: bytes) -> bytes:
    """The key of a poll's receipts. It is published with the ledger and tells nothing of the key it is made from."""
    return mac(poll_key, b"receipts")


def receipt_code(key: bytes, seq: int, voter: bytes) -> str:
    """The receipt of a voter's ledger row: until the key is published, nobody can tell which row it is of."""
    code = base64.b32encode(mac(key, seq.to_bytes(8, "big") + voter)[:_BYTES]).decode()
    return f"{code[:4]}-{code[4:]}"
