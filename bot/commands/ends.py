"""How a command runs and how it ends."""

import asyncio
import sys
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from bot.domain.text import visible

Result = TypeVar("Result")

OK, FAILED, CANNOT_BEGIN = 0, 1, 2

IN_USE = "已有服务在用这个数据库，请先停掉它 / another process writes to this database; stop it"
NO_DATABASE = "还没有数据库，请先启动一次服务 / there is no database yet; run the service once"

OLD_SCHEMA = "数据库是旧版本的，请先更新 / the database is of an older version; first run: haowangmin migrate"


def cannot_begin(*lines: str) -> int:
    print(*map(visible, lines), sep="\n", file=sys.stderr)
    return CANNOT_BEGIN


def tell(*lines: str) -> None:
    """Print what may hold words of people or of a platform: they give the terminal no orders."""
    print(*map(visible, lines), sep="\n")


def with_loop(work: Coroutine[Any, Any, Result]) -> Result:
    """Run to the end, on uvloop where there is one."""
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        return runner.run(work)


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    if sys.platform == "win32":
        return None
    import uvloop

    return uvloop.new_event_loop
