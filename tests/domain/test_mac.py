import hmac

import pytest

from bot.domain.mac import mac


@pytest.mark.parametrize("length", [0, 16, 32, 63, 64, 65, 200])
def test_it_is_the_hmac_of_the_standard_library(length: int) -> None:
    key = bytes(range(length))

    for message in (b"", b"voter", bytes(300), b"voter"):
        assert mac(key, message) == hmac.digest(key, message, "sha256")
