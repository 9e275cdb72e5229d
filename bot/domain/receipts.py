"""Receipts: short codes by which voters find their row of the published ledger."""

import base64
import hmac

_BYTES = 5  # eight characters


def receipts_key(poll_key: bytes) -> bytes:
    """The key of a poll's receipts. It is published with the ledger and tells nothing of the key it is made from."""
    return hmac.digest(poll_key, b"receipts", "sha256")


def receipt_code(key: bytes, seq: int, voter: bytes) -> str:
    """The receipt of a voter's ledger row: until the key is published, nobody can tell which row it is of."""
    code = base64.b32encode(hmac.digest(key, seq.to_bytes(8, "big") + voter, "sha256")[:_BYTES]).decode()
    return f"{code[:4]}-{code[4:]}"
