"""Server processes, each held on one core, and the wait until they are at rest."""

import contextlib
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

PROJECT = Path(__file__).parent.parent
STARTED_WITHIN_SECONDS = 120  # on a machine with other work
# A server is at rest when it spent no tick of CPU time (10 ms) in so long.
REST_SECONDS = 0.3


class Process:
    """A Python module that listens on `port`, on `core` alone; what it says goes to `log`."""

    def __init__(self, arguments: list[str], environment: Mapping[str, str], port: int, core: int, log: Path) -> None:
        self.port = port
        self._log = log
        with log.open("ab") as file:
            self._process = subprocess.Popen(
                [sys.executable, "-m", *arguments],
                env={"PATH": os.environ["PATH"], "PYTHONPATH": _python_path(), **environment},
                cwd=log.parent,
                stdout=file,
                stderr=file,
            )
        os.sched_setaffinity(self._process.pid, {core})

    def wait_until_it_listens(self) -> None:
        deadline = time.monotonic() + STARTED_WITHIN_SECONDS
        while True:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
                return
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"a server did not start:\n{self._log.read_text()[-2000:]}")
            time.sleep(0.05)

    def wait_until_it_rests(self) -> None:
        before = -1.0
        while (now := self.cpu_seconds()) != before:
            before = now
            time.sleep(REST_SECONDS)

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait()

    def cpu_seconds(self) -> float:
        """What all its threads have used, in ticks of the kernel's clock."""
        user, system = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


@contextlib.contextmanager
def running(
    arguments: list[str], environment: Mapping[str, str], *, port: int, core: int, log: Path
) -> Iterator[Process]:
    """Start, wait until it listens, and stop at the end."""
    process = Process(arguments, environment, port, core, log)
    try:
        process.wait_until_it_listens()
        yield process
    finally:
        process.stop()


@contextlib.contextmanager
def on_disk() -> Iterator[Path]:
    """A folder for a while; a temporary one of the system's may be in memory, where a commit costs nothing."""
    disk = PROJECT / "build"
    disk.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=disk) as folder:
        yield Path(folder)


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def _python_path() -> str:
    return os.pathsep.join(filter(None, (str(PROJECT), os.environ.get("PYTHONPATH"))))
