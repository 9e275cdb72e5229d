"""The command line as its user meets it: processes of their own, with settings and folders of their own."""

import io
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, chdir, contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from unittest import mock

from bot.__main__ import main
from bot.config import PROJECT, Settings

SECONDS = 60


class Shell:
    """Starts commands from a folder that is not the project's, with a data folder whose name is no plain ASCII."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self.folder = folder
        self.data = folder / "数据 folder"
        self.port = free_port()
        self._settings = {"DATA_DIR": str(self.data), "PORT": str(self.port), **settings}

    def environment(self, **settings: str) -> dict[str, str]:
        names = {name.upper() for name in Settings.model_fields}
        kept = {name: value for name, value in os.environ.items() if name not in names}
        tools = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        return {**kept, "PATH": tools, "PYTHONPATH": str(PROJECT), **self._settings, **settings}

    def __call__(self, *arguments: str, said: str = "", **settings: str) -> "subprocess.CompletedProcess[str]":
        """Run a command to its end, with `said` as its input."""
        return subprocess.run(
            [sys.executable, "-m", "bot", *arguments],
            input=said,
            capture_output=True,
            text=True,
            cwd=self.folder,
            env=self.environment(**settings),
            timeout=SECONDS,
            check=False,
        )

    def here(self, *arguments: str, said: str = "", **settings: str) -> "subprocess.CompletedProcess[str]":
        """The same in this process: two seconds of imports less."""
        out, err = io.StringIO(), io.StringIO()
        with ExitStack() as stack:
            stack.callback(os.umask, os.umask(0o022))  # the command's own stays with it
            stack.enter_context(mock.patch.dict(os.environ, self.environment(**settings), clear=True))
            stack.enter_context(mock.patch("sys.stdin", io.StringIO(said)))
            for there in (chdir(self.folder), redirect_stdout(out), redirect_stderr(err)):
                stack.enter_context(there)
            code = main(arguments)
        return subprocess.CompletedProcess(arguments, code, out.getvalue(), err.getvalue())

    @contextmanager
    def running(self, **settings: str) -> Iterator["subprocess.Popen[str]"]:
        """The service, from when it says that it is ready."""
        command = [sys.executable, "-m", "bot", "run"]
        with self.started(command, self.environment(**settings)) as process:
            assert process.stdout
            line = process.stdout.readline()
            assert f"http://127.0.0.1:{self.port}" in line, line + (process.stderr.read() if process.stderr else "")
            yield process

    @contextmanager
    def started(self, command: list[str], environment: dict[str, str]) -> Iterator["subprocess.Popen[str]"]:
        pipe = subprocess.PIPE
        with subprocess.Popen(
            command, stdout=pipe, stderr=pipe, text=True, cwd=self.folder, env=environment
        ) as process:
            try:
                yield process
            finally:
                process.terminate()
                process.communicate(timeout=SECONDS)


def small_content(folder: Path) -> Path:
    """The authored content but for the campaigns, which take a second to learn."""
    campaigns = shutil.ignore_patterns("campaigns", "guides")
    return Path(shutil.copytree(PROJECT / "content", folder / "content", ignore=campaigns))


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
