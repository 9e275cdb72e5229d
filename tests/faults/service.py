"""The real server as a process of its own, to be started, killed and started again."""

import asyncio
import contextlib
import os
import signal
import socket
import sys
from pathlib import Path

from tests.channels.wechat.official_account import AES_KEY, APP_ID
from tests.channels.wechat.official_account import TOKEN as WECHAT_TOKEN
from tests.command_line import small_content
from tests.fakes.telegram import TOKEN
from tests.faults.nursery import ENDED

PROJECT = Path(__file__).parents[2]
SECRET = "s3cret_for-tests"
STARTED_WITHIN_SECONDS = 120  # on a machine with much other work


class Service:
    """`mode` is TELEGRAM_MODE, `database` a URL: without one it is SQLite. `fault` names a promise to be broken.

    Without the answers of campaigns and guides, where `content` is not "all": it starts in half the time.
    """

    def __init__(
        self,
        folder: Path,
        api_base: str,
        mode: str,
        fault: str = "",
        database: str = "",
        content: str = "small",
        **settings: str,
    ) -> None:
        self.port = _free_port()
        self.data = folder / "data"
        self.database = database or f"sqlite:///{self.data / 'haowangmin.db'}"
        self._folder = folder
        self._fault = fault
        self._environment = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(PROJECT),
            "DATA_DIR": str(self.data),
            "DATABASE_URL": self.database,
            "CONTENT_DIR": str(small_content(folder) if content == "small" else PROJECT / "content"),
            "PUBLIC_URL": f"http://127.0.0.1:{self.port}",
            "TELEGRAM_API_BASE": api_base,
            "TELEGRAM_BOT_TOKEN": TOKEN,
            "TELEGRAM_MODE": mode,
            "TELEGRAM_WEBHOOK_SECRET": SECRET,
            "WECHAT_APP_ID": APP_ID,
            "WECHAT_APP_SECRET": "c94b1ce7fe2f4ab49a0bbd7b9ab0c9d1",
            "WECHAT_TOKEN": WECHAT_TOKEN,
            "WECHAT_ENCODING_AES_KEY": AES_KEY,
            **settings,
        }
        self._nursery: asyncio.subprocess.Process | None = None
        self._process = 0

    async def start(self) -> None:
        """Start and wait until it listens."""
        self._nursery = self._nursery or await self._prepared()
        assert self._nursery.stdin
        assert self._nursery.stdout
        async with asyncio.timeout(STARTED_WITHIN_SECONDS):
            self._nursery.stdin.write(f"run --port {self.port}\n".encode())
            self._process = int(await self._nursery.stdout.readline())
            while not await self._listens():
                assert self.is_alive(), self.log()
                await asyncio.sleep(0.02)

    async def _prepared(self) -> asyncio.subprocess.Process:
        faults = [self._fault] if self._fault else []
        with (self._folder / "server.log").open("ab") as log:
            return await asyncio.create_subprocess_exec(
                sys.executable, "-m", "tests.faults.nursery", *faults,
                cwd=self._folder, env=self._environment,
                stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=log,
            )  # fmt: skip

    async def kill(self) -> None:
        """SIGKILL, as a power cut or the kernel's memory killer: no chance to finish anything."""
        if self._process and self.is_alive():
            os.kill(self._process, signal.SIGKILL)
            while self.is_alive():  # noqa: ASYNC110  # it is another process, which sets no event
                await asyncio.sleep(0.002)

    async def stop(self) -> int:
        """SIGTERM, as a supervisor or a new version would; the exit code."""
        os.kill(self._process, signal.SIGTERM)
        ended = ENDED.format(self._process)
        while ended not in self.log():  # noqa: ASYNC110  # it is another process, which sets no event
            await asyncio.sleep(0.01)
        return int(self.log().partition(ended)[2].split()[0])

    def cpu_seconds(self) -> float:
        """What all threads of the server have used, in ticks of the kernel's clock."""
        user, system = Path(f"/proc/{self._process}/stat").read_text().rpartition(")")[2].split()[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")

    def is_alive(self) -> bool:
        with contextlib.suppress(ProcessLookupError):
            os.kill(self._process, 0)
            return True
        return False

    def resident(self) -> int:
        """Bytes of memory that the server holds."""
        status = Path(f"/proc/{self._process}/status").read_text()
        return int(status.partition("VmRSS:")[2].split()[0]) * 1024

    async def close(self) -> None:
        """For good."""
        await self.kill()
        if self._nursery:
            await self._nursery.communicate(b"")  # the end of what it reads ends it

    async def command(self, *arguments: str) -> tuple[int, bytes]:
        """Run another command beside the server, on the same data; exit code and output. It shares the log."""
        with (self._folder / "server.log").open("ab") as log:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "bot", *arguments,
                cwd=self._folder, env=self._environment, stdout=asyncio.subprocess.PIPE, stderr=log,
            )  # fmt: skip
        output, _ = await process.communicate()
        return process.returncode or 0, output

    def log(self) -> str:
        return (self._folder / "server.log").read_text()

    async def _listens(self) -> bool:
        with contextlib.suppress(OSError):
            _, writer = await asyncio.open_connection("127.0.0.1", self.port)
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()
            return True
        return False


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port
