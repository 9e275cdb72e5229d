import pytest

from bot.storage.database import Database
from tests.conftest import Clock
from tests.delivery.samples import Service


@pytest.fixture
def service(database: Database, clock: Clock) -> Service:
    """It is 09:00 in Shanghai."""
    return Service(database, clock)
