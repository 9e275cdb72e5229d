"""What operators decide in the terminal: here, or by the service that has the database open."""

import getpass
from collections.abc import Awaitable, Callable
from typing import TypeVar

import httpx
import msgspec

from bot.app import REVIEW_KEY, App, build, reviewers_of
from bot.commands.ends import cannot_begin, with_loop
from bot.config import Settings
from bot.domain.reviewers import Reviewer, reviewer_at_terminal
from bot.storage.keys import Keys
from bot.storage.lock import InUse, exclusive
from bot.web.review import Decided

ANSWER_SECONDS = 30.0

Wanted = TypeVar("Wanted")


def who_decides(settings: Settings, name: str | None) -> Reviewer | None:
    """Who goes by the name, else by the login; None, after saying so, for one whom the settings do not know."""
    reviewer = reviewer_at_terminal(reviewers_of(settings), name or getpass.getuser())
    if not reviewer:
        cannot_begin(
            "OPERATOR_ACCOUNTS 里没有 terminal:这个名字，请用 --as 写对名字 / "
            "no terminal:NAME of OPERATOR_ACCOUNTS; say who you are with --as"
        )
    return reviewer


def decided(
    settings: Settings, port: int, path: str, wanted: Wanted, here: Callable[[App, Wanted], Awaitable[str]]
) -> str | None:
    """The outcome's code; None, after saying so, when a service runs and does not answer, or not at this port."""
    try:
        with exclusive(settings.database):
            return with_loop(_decide_here(settings, wanted, here))
    except InUse:
        try:
            return _decide_there(settings, f"http://127.0.0.1:{port}{path}", wanted)
        except httpx.ReadTimeout:
            cannot_begin(
                f"服务 {ANSWER_SECONDS:.0f} 秒没有回答，也许已经做了：先看看，再决定要不要重来 / "
                f"no answer within {ANSWER_SECONDS:.0f} s, perhaps it is done: look before you try again"
            )
            return None
        except (httpx.HTTPError, msgspec.DecodeError) as fault:
            cannot_begin(
                f"服务开着，但 127.0.0.1:{port} 不应答，请用 --port 写对它的端口 / "
                f"the service runs, but not there; give its port with --port ({type(fault).__name__})"
            )
            return None


async def _decide_here(settings: Settings, wanted: Wanted, here: Callable[[App, Wanted], Awaitable[str]]) -> str:
    app = build(settings)
    try:
        await app.database.migrate()
        return await here(app, wanted)
    finally:
        for channel in app.channels:
            await channel.close()
        await app.database.close()


def _decide_there(settings: Settings, address: str, wanted: object) -> str:
    key = Keys(settings.keys, settings.secret_key).key(REVIEW_KEY)
    response = httpx.post(
        address,
        content=msgspec.json.encode(wanted),
        headers={"Authorization": f"Bearer {key.hex()}", "Content-Type": "application/json"},
        timeout=ANSWER_SECONDS,
        trust_env=False,  # no proxy stands between two programs of this machine
    )
    response.raise_for_status()
    return msgspec.json.decode(response.content, type=Decided).outcome
