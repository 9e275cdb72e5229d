"""Starts the server again and again: python -m tests.faults.nursery [FAULT], then a line of arguments for each start.

Each is a process of its own, forked from one that has loaded all modules and word lists: that takes two seconds, which
a start after a kill need not take again. It answers with the process id, and tells in the log how a process ended.
"""

import contextlib
import os
import signal
import sys
from importlib import import_module
from typing import NoReturn

from bot.__main__ import main
from tests.faults.broken import break_promise

ENDED = "process {} ended with "
LOADED = ("bot.commands.service", "bot.channels.telegram", "bot.channels.wechat", "uvicorn")


def start(arguments: list[str]) -> int:
    return os.fork() or _serve(arguments)


def _serve(arguments: list[str]) -> NoReturn:
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.dup2(os.open(os.devnull, os.O_RDONLY), sys.stdin.fileno())
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    sys.exit(main(arguments))


def _tell_ends(_signal: int, _frame: object) -> None:
    with contextlib.suppress(ChildProcessError):
        while (ended := os.waitpid(-1, os.WNOHANG))[0]:
            os.write(sys.stderr.fileno(), f"{ENDED.format(ended[0])}{os.waitstatus_to_exitcode(ended[1])}\n".encode())


if __name__ == "__main__":
    for module in LOADED:
        import_module(module)
    import_module("bot.app")._read_ahead()
    if sys.argv[1:]:
        break_promise(sys.argv[1])
    signal.signal(signal.SIGCHLD, _tell_ends)  # who was killed is gone at once
    for line in sys.stdin:
        sys.stdout.write(f"{start(line.split())}\n")
        sys.stdout.flush()
