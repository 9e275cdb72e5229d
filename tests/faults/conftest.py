import os
import secrets

import pytest


@pytest.fixture
def seed() -> int:
    """KILL_SEED repeats the votes and moments of an earlier run, as far as the machine does."""
    return int(os.environ.get("KILL_SEED", secrets.randbits(32)))
