"""What hostile bodies cost in memory, measured in a process of its own. httpx's own decoding took 3.8 GB for one."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import faults
from tests.support.origin import Origin, Script

pytest.importorskip("resource", reason="memory is measured by getrusage, which this system has not got")

ASK = """
import asyncio, resource, sys
from aggregator.clock import now
from aggregator.fetch.client import Client
from aggregator.fetch.robots import MemoryRobotsCache
from aggregator.models import FetchSettings, Request

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # KiB on Linux, bytes on macOS

async def main(netloc, *paths):
    settings = FetchSettings(contact="", per_host_delay_s=0, allow_hosts=(netloc,))
    async with Client(settings, clock=now, robots=MemoryRobotsCache()) as client:
        await client.get(Request(f"http://{netloc}/nothing"))  # everything imported and warm
        before = peak()
        got = await client.get(Request(f"http://{netloc}/body"))
        grown = (peak() - before) // (1024 if sys.platform == "linux" else 1024 * 1024)
        print(got.outcome, grown)

asyncio.run(main(*sys.argv[1:]))
"""


@pytest.mark.parametrize(
    ("script", "outcome"),
    [
        (faults.gzip_bomb(1024), "too_large"),
        (faults.double_gzip(3000), "bad_encoding"),
        (faults.ratio_bomb, "too_large"),
        (faults.big(100), "too_large"),
        (faults.forever, "too_large"),
        (faults.header_bomb(4096), "too_large"),
    ],
    ids=["gzip bomb of 1 GiB", "double gzip of 3 GiB", "ratio bomb", "100 MiB", "endless", "4 MiB of headers"],
)
def test_no_body_costs_more_than_its_cap(origin: Origin, script: Script, outcome: str) -> None:
    origin.fault("/body", script)
    root = Path(__file__).parents[2]
    run = subprocess.run(
        [sys.executable, "-c", ASK, origin.netloc], cwd=root, capture_output=True, text=True, timeout=120, check=True
    )
    said, grown_mib = run.stdout.split()
    assert said == outcome
    assert int(grown_mib) < 64  # caps are 10 MiB raw and 15 MiB decoded
