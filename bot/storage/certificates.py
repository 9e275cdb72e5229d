"""Until when the certificate of the proxy in front holds, read from its file."""

from datetime import datetime
from pathlib import Path

from cryptography.x509 import load_pem_x509_certificates


def holds_until(file: Path) -> datetime | None:
    """The end of the first one in the file, which is the site's own; None where it cannot be read."""
    try:
        return load_pem_x509_certificates(file.read_bytes())[0].not_valid_after_utc
    except (OSError, ValueError):
        return None
