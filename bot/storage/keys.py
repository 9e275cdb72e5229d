"""Secret keys: files beside the database, or derived from one secret; never in the database."""

import hashlib
import hmac
import os
import secrets
from pathlib import Path

KEY_BYTES = 32
_DESTROYED = ".destroyed"
CHECKPOINTS = "checkpoints"  # signs the heads of the ledgers
DESK_LOG = "desk-log"  # chains the rows of the desk's log


def poll_key(poll: str) -> str:
    """The name of the key that a poll's pseudonyms and receipts are made with."""
    return f"polls/{poll}"


class NotOneByOne(Exception):
    """A key that is derived from the secret cannot be destroyed by itself."""


class Keys:
    """Keys by name. With a `secret` they are derived from it, and no file is needed."""

    def __init__(self, folder: Path, secret: str = "") -> None:
        self._folder = folder
        self._secret = secret.encode()
        self._known: dict[str, bytes] = {}

    def key(self, name: str) -> bytes:
        """The key `name` (`cookies`, `polls/nanyue-stories`); a file is made, mode 0600, the first time.

        Raises ValueError for a file that holds no key.
        """
        if name not in self._known:
            self._known[name] = self._derived(name) if self._secret else self._stored(name)
        return self._known[name]

    def check(self, name: str) -> bytes:
        """A value that tells whether the key is the same as before, and nothing else about it."""
        return hmac.digest(self.key(name), b"check", "sha256")[:8]

    def destroy(self, name: str) -> None:
        """Do away with a key for good: from then on it is another one at each start, which fits nothing before.

        Raises NotOneByOne.
        """
        if self._secret:
            raise NotOneByOne(name)
        path = self._path(name)
        _write_secretly(path.with_suffix(_DESTROYED), b"")
        if path.exists():
            with path.open("r+b") as file:  # in place, as far as the disk lets us
                file.write(secrets.token_bytes(KEY_BYTES))
                file.flush()
                os.fsync(file.fileno())
            path.unlink()
        self._known.pop(name, None)

    def is_destroyed(self, name: str) -> bool:
        return not self._secret and self._path(name).with_suffix(_DESTROYED).exists()

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}.key"

    def _derived(self, name: str) -> bytes:
        return hmac.digest(hashlib.sha256(self._secret).digest(), name.encode(), "sha256")

    def _stored(self, name: str) -> bytes:
        if self.is_destroyed(name):
            return secrets.token_bytes(KEY_BYTES)
        path = self._path(name)
        if not path.exists():
            _write_secretly(path, secrets.token_bytes(KEY_BYTES))
        key = path.read_bytes()
        if len(key) != KEY_BYTES:
            raise ValueError(f"{path} holds no key of {KEY_BYTES} bytes; put the file from your backup back")
        return key


def _write_secretly(path: Path, content: bytes) -> None:
    """Write a file that only we may read; it is there as a whole or not at all, also after a crash."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    new = path.with_name(f"{path.name}.{os.getpid()}.new")
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
