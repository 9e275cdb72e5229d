"""A disk that is full under the real server: it says so, loses nothing, and goes on when there is room again."""

import random
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.fakes.telegram import FakeTelegram, serving
from tests.faults.audit import Audit, recount_findings
from tests.faults.crowd import Crowd
from tests.faults.electorate import Electorate
from tests.faults.service import Service

DISK_MEGABYTES = 64
LINES = 20


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A folder whose `data` is a file system of its own."""
    data = tmp_path / "data"
    data.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={DISK_MEGABYTES}m", "tmpfs", data], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("a small disk cannot be mounted here: that takes root")
    yield tmp_path
    subprocess.run(["umount", data], check=True)


@pytest.mark.timeout(300)
async def test_a_full_disk(small_disk: Path, seed: int) -> None:
    electorate = Electorate(random.Random(seed), "telegram")
    async with serving(FakeTelegram()) as api_base:
        service = Service(small_disk, api_base, "webhook")
        await service.start()
        try:
            async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{service.port}") as http:
                before = await voted(service, electorate)
                assert (await http.get("/readyz")).status_code == 200
                ballast = small_disk / "data" / "ballast"
                fill(ballast)
                full = await voted(service, electorate, seconds=3)
                ready = await http.get("/readyz")
                assert (await http.get("/livez")).status_code == 200
                ballast.unlink()
                again = await http.get("/readyz")
                after = await voted(service, electorate)
            findings = [*await Audit(electorate, service).after_restart(), *await recount_findings(service.database)]
        finally:
            await service.close()
    assert before.answered
    assert not before.sent_away
    assert full.sent_away
    assert (ready.status_code, ready.json()["database"]) == (503, "the database cannot be used: its disk is full")
    assert (again.status_code, again.json()["database"]) == (200, "ready")
    assert after.answered
    assert not after.sent_away
    assert not electorate.faults
    assert not findings
    assert "Traceback" not in service.log()


async def voted(service: Service, electorate: Electorate, seconds: float = 1) -> Crowd:
    crowd = Crowd(electorate, service.port)
    await crowd.come(LINES)
    await crowd.vote(seconds, arrival=0.1)
    return crowd


def fill(file: Path) -> None:
    with file.open("wb", buffering=0) as ballast:
        try:
            while True:
                ballast.write(bytes(4096))
        except OSError:
            return
