import asyncio
import socket

import pytest


def test_tests_cannot_reach_the_network() -> None:
    with socket.socket() as outward, pytest.raises(AssertionError, match="loopback only"):
        outward.connect(("192.0.2.1", 80))
    with pytest.raises(AssertionError, match="loopback only"):
        socket.getaddrinfo("example.org", 443)


async def test_neither_can_a_client_in_the_event_loop() -> None:
    with pytest.raises(AssertionError, match="loopback only"):
        await asyncio.open_connection("192.0.2.1", 80)
