import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.conftest import Clock
from tests.hostile.house import House, house


@pytest.fixture
def seed() -> int:
    """HOSTILE_SEED repeats what an earlier run drew."""
    return int(os.environ.get("HOSTILE_SEED", int.from_bytes(os.urandom(4))))


@pytest.fixture
async def home(tmp_path: Path, clock: Clock) -> AsyncIterator[House]:
    async with house(tmp_path, clock) as home:
        yield home
