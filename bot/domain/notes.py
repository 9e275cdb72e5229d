"""Signed notes and checkpoints, as https://c2sp.org/signed-note and https://c2sp.org/tlog-checkpoint define them."""

import hashlib
from base64 import b64encode
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec import Struct

_ED25519 = b"\x01"  # signed-note, "Signature types"


class Checkpoint(Struct, frozen=True):
    """The head of a poll's ledger when it had `size` rows; `note` is what was signed, with its signature."""

    size: int
    note: str
    at: datetime


class Signer:
    """Signs notes under a name. `seed` is the 32 secret bytes of an Ed25519 key; `vkey` verifies what it signs."""

    def __init__(self, name: str, seed: bytes) -> None:
        self.name = name
        self._key = Ed25519PrivateKey.from_private_bytes(seed)
        public = _ED25519 + self._key.public_key().public_bytes_raw()
        self._id = hashlib.sha256(f"{name}\n".encode() + public).digest()[:4]
        self.vkey = f"{name}+{self._id.hex()}+{b64encode(public).decode()}"

    def sign(self, text: str) -> str:
        """The signed note of a text that ends in a newline."""
        signature = b64encode(self._id + self._key.sign(text.encode())).decode()
        return f"{text}\n— {self.name} {signature}\n"

    def checkpoint(self, size: int, root: bytes) -> str:
        """The signed head of the log that has the signer's name."""
        return self.sign(f"{self.name}\n{size}\n{b64encode(root).decode()}\n")


def poll_signer(seed: bytes, poll: str) -> Signer:
    """Who signs for a poll: the name tells two services apart that have a poll of the same name."""
    public = Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()
    return Signer(f"haowangmin/{hashlib.sha256(public).hexdigest()[:8]}/{poll}", seed)
