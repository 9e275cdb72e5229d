"""Watches all that the tests log for the secrets that they use: one in any record fails the test that logged it.

TEST_LOG_LEVEL=DEBUG makes everything log as much as it can; what the command line keeps quiet stays quiet.
"""

import logging
import os
from collections.abc import Iterator

import pytest

from bot.commands.logs import LEAST_LEVELS
from tests.channels.wechat.official_account import AES_KEY, NEXT_AES_KEY
from tests.channels.wechat.official_account import TOKEN as WECHAT_TOKEN
from tests.fakes.telegram import TOKEN
from tests.fakes.wechat import SECRET as WECHAT_SECRET

SECRETS = (TOKEN, TOKEN.partition(":")[2], WECHAT_TOKEN, WECHAT_SECRET, AES_KEY, NEXT_AES_KEY, "s3cret_for-tests")


class Watch(logging.Handler):
    """`told` are the records that hold a secret."""

    def __init__(self) -> None:
        super().__init__()
        self.told: list[str] = []
        self._formatter = logging.Formatter("%(name)s: %(message)s")

    def emit(self, record: logging.LogRecord) -> None:
        text = self._formatter.format(record)
        if any(secret in text for secret in SECRETS):
            self.told.append(text)


WATCH = Watch()


def pytest_configure(config: pytest.Config) -> None:
    root = logging.getLogger()
    root.addHandler(WATCH)
    if level := os.environ.get("TEST_LOG_LEVEL"):
        root.setLevel(level)
        for library, least in LEAST_LEVELS.items():
            logging.getLogger(library).setLevel(max(least, root.level))


def pytest_unconfigure(config: pytest.Config) -> None:
    logging.getLogger().removeHandler(WATCH)


@pytest.fixture(autouse=True)
def _no_secret_is_logged() -> Iterator[None]:
    yield
    told = WATCH.told.copy()
    WATCH.told.clear()
    assert told == [], "a secret was logged"
