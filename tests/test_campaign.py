"""A hundredth of a campaign of the real size; `make campaign` holds all of it."""

import json
import subprocess
import sys

import pytest

from benchmarks.campaign import VOTES
from benchmarks.processes import PROJECT


@pytest.mark.timeout(600)  # it takes 40 s; more when the machine has other work
def test_a_campaign_is_counted_recounted_and_verified() -> None:
    command = [sys.executable, "-m", "benchmarks.campaign", "--votes", str(VOTES // 100)]
    said = subprocess.run(command, cwd=PROJECT, check=True, stdout=subprocess.PIPE).stdout
    figures = json.loads(said)["figures"]
    assert figures["votes"] == pytest.approx(VOTES / 100, rel=0.02)
    assert figures["delivered_twice"] > 1000
    assert figures["sixth_votes_refused"] > 100
    assert figures["bytes_per_vote"] <= 150
    assert figures["memory_mb"] <= 300
